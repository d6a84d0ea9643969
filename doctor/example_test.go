package doctor_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/doctor"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// config is the configuration of the program's client.
var config = kakaocerttest.NewService().Config()

// A health check makes two calls: one without keys, and one that asks for the
// status of a transaction that does not exist.
func ExampleExamine() {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	report, err := doctor.Examine(ctx, config, doctor.Options{})
	if err != nil {
		log.Fatal(err)
	}
	for _, f := range report.Findings {
		if f.Result == doctor.Wrong {
			fmt.Printf("%s: %s (for the %s)\n%s\n", f.Check, f.Seen.In("en"), f.Owner, f.Todo.In("en"))
		}
	}
	fmt.Println("healthy:", report.Healthy())
	// Output: healthy: true
}

// What goes into a support ticket is everything that can be known without a
// person. It takes about half a minute, and contains no personal data and no key.
func ExampleExamine_ticket() {
	wrong := config
	wrong.DealerKey, wrong.InstitutionKey = config.InstitutionKey, config.DealerKey
	report, err := doctor.Examine(context.Background(), wrong, doctor.Options{
		Scope: doctor.Everything,
		Pace:  -1, // against a simulator; the service deserves the default
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, f := range report.Findings {
		if f.Result == doctor.Wrong && f.Owner == kakaocert.OwnerInstitution {
			fmt.Println(f.Check, f.Cause)
			fmt.Println(f.Todo.In("ko"))
		}
	}
	// Output:
	// keys swapped
	// Config.DealerKey와 Config.InstitutionKey를 서로 바꾸십시오.
}
