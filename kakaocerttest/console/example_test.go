package console_test

import (
	"context"
	"fmt"
	"net/http"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
	"github.com/kakaocert-go/kakaocert/kakaocerttest/console"
)

// A program in another language plays the user with one HTTP call.
func ExampleHandler() {
	user := kakaocerttest.DefaultUser()
	user.Behaviour = kakaocerttest.Manual()
	sim, err := kakaocerttest.StartServer("127.0.0.1:0", kakaocerttest.WithHandler(console.Handler), kakaocerttest.WithUsers(user))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = sim.Close() }()
	client, err := kakaocert.NewClient(sim.Config())
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	tx, err := client.K1100.Prepare(ctx, &kakaocert.K1100PrepareParams{Product: kakaocert.K1110, User: kakaocert.ByCI(user.CI)})
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := client.K1100.Request(ctx, tx, &kakaocert.K1100RequestParams{Data: "nonce"}); err != nil {
		fmt.Println(err)
		return
	}
	response, err := http.Post(sim.URL+"/_sim/transactions/"+tx.TxID()+"/sign", "", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = response.Body.Close() }()
	status, err := client.K1100.Status(ctx, tx)
	fmt.Println(response.StatusCode, status.Status, err)
	// Output: 204 COMPLETED <nil>
}
