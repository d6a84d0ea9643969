package doctor_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
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

// watchHealth examines the configuration now and then, until the context ends.
func watchHealth(ctx context.Context, config kakaocert.Config, every time.Duration, keep func(*doctor.Report)) {
	for {
		if report, err := doctor.Examine(ctx, config, doctor.Options{}); err == nil {
			keep(report)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(every):
		}
	}
}

// serveHealth answers a monitor from the last report, and calls nothing itself.
func serveHealth(last *atomic.Pointer[doctor.Report]) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		report := last.Load()
		if report == nil || !report.Healthy() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		_ = json.NewEncoder(w).Encode(report) // it contains no personal data and no key
	}
}

// A monitor asks often, but Kakao is asked only every few minutes.
func ExampleReport() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var last atomic.Pointer[doctor.Report]
	watchHealth(ctx, config, 5*time.Minute, func(report *doctor.Report) {
		last.Store(report) // in a program this is all, and watchHealth has a goroutine of its own
		cancel()
	})
	answer := httptest.NewRecorder()
	serveHealth(&last)(answer, httptest.NewRequest(http.MethodGet, "/health/kakao", nil))
	fmt.Println(answer.Code)
	// Output: 200
}

// A support ticket contains everything that can be learned without a person.
// The examination takes about half a minute; its report contains no personal
// data and no key.
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
