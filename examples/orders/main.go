// Orders lets a KakaoTalk user sign a temporary key while logging in (K2220),
// and then takes 1,000 stock orders, each signed with that key by the user's
// app and each checked.
//
//	go run ./examples/orders
//
// runs against the built-in simulator, which has the app too: a real one has
// Kakao's mobile SDK for its part.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/examples/internal/stage"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

func main() {
	if err := run(context.Background(), os.Args[1:], os.Getenv, os.Stdout); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "orders:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, getenv func(string) string, out io.Writer) error {
	var from stage.SigningFlags
	flags := flag.NewFlagSet("orders", flag.ContinueOnError)
	from.Register(flags)
	count := flags.Int("orders", 1000, "`number` of orders to sign")
	if err := flags.Parse(args); err != nil {
		return err
	}
	set, err := from.Set(getenv)
	if err != nil {
		return err
	}
	defer set.Close()
	if set.Simulator == nil {
		return errors.New("the app is a simulated one: run this without keys in the environment")
	}
	fmt.Fprintln(out, "calling:    ", set.Host)

	app := set.Simulator.NewApp(set.Person.Phone)
	stored, err := begin(ctx, set, app, out)
	if err != nil {
		return err
	}
	return trade(ctx, stored, app, *count, out)
}

const sessionLength = 24 * time.Hour

// begin logs the user in and returns where the session is kept.
func begin(ctx context.Context, set *stage.Signing, app *kakaocerttest.App, out io.Writer) (stored string, err error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	client := set.Client
	tx, err := client.K2220.Prepare(ctx, &kakaocert.K2220PrepareParams{Product: kakaocert.K2220, User: kakaocert.ByPerson(set.Person)})
	if err != nil {
		return "", err
	}
	if _, err := client.K2220.Request(ctx, tx, &kakaocert.K2220RequestParams{SessionLength: sessionLength, Title: "주식 주문"}); err != nil {
		return "", err
	}
	fmt.Fprintln(out, "requested:  ", tx, "for", sessionLength)

	if err := app.Open(ctx, tx.TxID()); err != nil { // on the user's phone
		return "", err
	}
	if _, err := client.K2220.Wait(ctx, tx); err != nil {
		return "", err
	}
	result, err := client.K2220.Verify(ctx, tx, sessionLength) // once
	if err != nil {
		return "", err
	}
	session, verified, err := result.Check(set.Verifier)
	if err != nil {
		return "", err
	}
	if ci := result.CI(); !ci.IsZero() { // where the contract grants it
		if err := verified.CheckVID(result); err != nil {
			return "", err
		}
	}
	if err := set.KeepCheck(tx.TxID(), verified); err != nil {
		return "", err
	}
	fmt.Fprintln(out, "certificate:", stage.Told(verified))
	fmt.Fprintln(out, "logged in:  ", "the session ends at", session.EndAt().Format(time.RFC3339))

	text, err := json.Marshal(session)
	if err != nil {
		return "", err
	}
	stored = filepath.Join(set.Path, "session.json")
	return stored, os.WriteFile(stored, text, 0o600)
}

// order is what the app signs. The number makes each one different from all
// others, so that none can come twice.
type order struct {
	Number   int    `json:"number"`
	Code     string `json:"code"`
	Side     string `json:"side"`
	Quantity int    `json:"quantity"`
	Price    int    `json:"price"`
}

// trade takes orders with the session that was kept.
func trade(ctx context.Context, stored string, app *kakaocerttest.App, count int, out io.Writer) error {
	text, err := os.ReadFile(stored)
	if err != nil {
		return err
	}
	var session kakaocert.Session
	if err := json.Unmarshal(text, &session); err != nil {
		return err
	}
	seen := kakaocert.NewMemoryReplayStore() // a table, where several servers take orders
	var last kakaocerttest.SignedOrder
	for number := range count {
		data, err := json.Marshal(order{Number: number + 1, Code: "000000", Side: "buy", Quantity: 10, Price: 50_000 + number})
		if err != nil {
			return err
		}
		if last, err = app.Sign(data); err != nil { // on the user's phone
			return err
		}
		if err := session.VerifyOnce(ctx, seen, last.Data, last.Signature); err != nil {
			return fmt.Errorf("order %d: %w", number+1, err)
		}
	}
	fmt.Fprintln(out, "accepted:   ", count, "orders, each signed and each new")

	err = session.VerifyOnce(ctx, seen, last.Data, last.Signature)
	if !errors.Is(err, kakaocert.ErrReplayed) {
		return fmt.Errorf("the last order again: %w", err)
	}
	fmt.Fprintln(out, "refused:    ", "the last one once more")
	return nil
}
