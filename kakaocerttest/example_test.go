package kakaocerttest_test

import (
	"context"
	"fmt"
	"time"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// A whole identity check in one process: the user signs two minutes after the
// request, as the clock that the program owns has it.
func ExampleNewService() {
	clock := kakaocerttest.NewClock(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	user := kakaocerttest.DefaultUser()
	user.Behaviour = kakaocerttest.SignAfter(2 * time.Minute)
	sim := kakaocerttest.NewService(kakaocerttest.WithClock(clock), kakaocerttest.WithUsers(user))

	client, err := kakaocert.NewClient(sim.Config())
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	tx, err := client.K1100.Prepare(ctx, &kakaocert.K1100PrepareParams{
		Product: kakaocert.K1110,
		User:    kakaocert.ByPerson(kakaocert.Person{Name: user.Name, Birthday: user.Birthday, Phone: user.Phone}),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := client.K1100.Request(ctx, tx, &kakaocert.K1100RequestParams{Data: "nonce"}); err != nil {
		fmt.Println(err)
		return
	}
	for range 2 {
		status, err := client.K1100.Status(ctx, tx)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(status.Status)
		clock.Advance(2 * time.Minute)
	}
	// Output:
	// REQUESTED
	// COMPLETED
}
