// Identity asks a KakaoTalk user to prove who they are (K1110).
//
//	go run ./examples/identity
//
// runs against the built-in simulator. With KAKAOCERT_DEALER_KEY and the other
// keys in the environment it calls Kakao's test host instead, where real
// people with real phones are asked: the person must then be given.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/examples/internal/stage"
)

func main() {
	if err := run(context.Background(), os.Args[1:], os.Getenv, os.Stdout); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "identity:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, getenv func(string) string, out io.Writer) error {
	var person stage.Flags
	flags := flag.NewFlagSet("identity", flag.ContinueOnError)
	person.Register(flags)
	if err := flags.Parse(args); err != nil {
		return err
	}
	set, err := person.Set(getenv)
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "calling:    ", set.Host)
	return identify(ctx, set.Config, set.Person, out)
}

// identify is the whole flow.
func identify(ctx context.Context, config kakaocert.Config, person kakaocert.Person, out io.Writer) error {
	client, err := kakaocert.NewClient(config)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()

	user := kakaocert.ByPerson(person)
	tx, err := client.K1100.Prepare(ctx, &kakaocert.K1100PrepareParams{Product: kakaocert.K1110, User: user})
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "prepared:   ", tx)

	nonce := kakaocert.NewNonce() // keep it with tx in the server's session
	if _, err := client.K1100.Request(ctx, tx, &kakaocert.K1100RequestParams{
		Data:          nonce,
		IdentifyItems: []kakaocert.IdentifyItem{kakaocert.IdentifyName, kakaocert.IdentifyBirthday},
	}); err != nil {
		return err
	}
	fmt.Fprintln(out, "requested:  ", "the user has a message in KakaoTalk")

	status, err := client.K1100.Wait(ctx, tx, kakaocert.WithOnStatus(func(s kakaocert.TransactionStatus) {
		fmt.Fprintln(out, "status:     ", s.Status)
	}))
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "signed at:  ", status.SignedAt.Format(time.RFC3339))

	if _, err := client.K1100.Verify(ctx, tx, nonce); err != nil {
		return err
	}
	fmt.Fprintln(out, "verified:   ", "it is this request's nonce")

	info, err := client.K1100.SignerInfo(ctx, tx)
	if err != nil {
		return err
	}
	if err := info.Compare(user, kakaocert.IdentifyName, kakaocert.IdentifyBirthday); err != nil {
		return err
	}
	fmt.Fprintln(out, "signer:     ", "name and birthday are the user's")
	return nil
}
