package kakaocerttest_test

import (
	"context"
	"fmt"
	"time"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// A complete identity check in one process: the user signs two minutes after
// the request, by the clock of the program.
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

// An answer is lost after the work was done: the request has reached the user,
// and the client learns that by asking for the status.
func ExampleService_Inject() {
	sim := kakaocerttest.NewService()
	err := sim.Inject(kakaocerttest.Fault{Step: "request", Kind: kakaocerttest.DropAfter})
	if err != nil {
		fmt.Println(err)
		return
	}
	client, err := kakaocert.NewClient(sim.Config())
	if err != nil {
		fmt.Println(err)
		return
	}
	user := kakaocerttest.DefaultUser()
	ctx := context.Background()
	tx, err := client.K1100.Prepare(ctx, &kakaocert.K1100PrepareParams{
		Product: kakaocert.K1110,
		User:    kakaocert.ByCI(user.CI),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = client.K1100.Request(ctx, tx, &kakaocert.K1100RequestParams{Data: "nonce"})
	fmt.Println("error:", err)
	fmt.Println("requests:", sim.Calls("request"), "status:", sim.Calls("status"))
	// Output:
	// error: <nil>
	// requests: 1 status: 1
}

// A document that is signed for real, and checked with the service's root.
func ExampleService_Roots() {
	sim := kakaocerttest.NewService()
	config := sim.Config()
	config.Evidence = kakaocert.UnsafeNoEvidence() // an example keeps nothing
	client, err := kakaocert.NewClient(config)
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	tx, err := client.K3500.Prepare(ctx, &kakaocert.K3500PrepareParams{
		Product: kakaocert.K3510,
		User:    kakaocert.ByCI(kakaocerttest.DefaultUser().CI),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	documents := []kakaocert.Document{kakaocert.TextDocument("약관", "제1조 (목적)")}
	if _, err := client.K3500.Request(ctx, tx, &kakaocert.K3500RequestParams{Documents: documents}); err != nil {
		fmt.Println(err)
		return
	}
	result, err := client.K3500.Verify(ctx, tx, documents)
	if err != nil {
		fmt.Println(err)
		return
	}
	fetcher, err := kakaocert.NewRevocationFetcher(kakaocert.RevocationFetcherConfig{Transport: sim.Transport()})
	if err != nil {
		fmt.Println(err)
		return
	}
	verifier, err := kakaocert.NewVerifier(sim.Roots(), kakaocert.WithRevocationFetcher(fetcher))
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := result.Check(verifier); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("signed as asked")
	// Output: signed as asked
}
