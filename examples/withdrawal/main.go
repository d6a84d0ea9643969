// Withdrawal asks a KakaoTalk user to agree to withdrawals from an account
// (K3110), and makes what the institution files with KFTC (금융결제원).
//
//	go run ./examples/withdrawal
//
// runs against the built-in simulator. With KAKAOCERT_DEALER_KEY and the other
// keys in the environment it calls Kakao's test host instead, where real people
// with real phones are asked: the person, the roots and a key for the evidence
// must then be given.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/examples/internal/stage"
)

func main() {
	if err := run(context.Background(), os.Args[1:], os.Getenv, os.Stdout); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "withdrawal:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, getenv func(string) string, out io.Writer) error {
	var from stage.SigningFlags
	flags := flag.NewFlagSet("withdrawal", flag.ContinueOnError)
	from.Register(flags)
	if err := flags.Parse(args); err != nil {
		return err
	}
	set, err := from.Set(getenv)
	if err != nil {
		return err
	}
	defer set.Close()
	fmt.Fprintln(out, "calling:    ", set.Host)

	export, err := agree(ctx, set, out)
	if err != nil {
		return err
	}
	signature, items, err := file(set.Path, export)
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "filed:      ", signature, "and", items)
	if err := checkAgain(signature, items, set.Verifier, set.Config); err != nil {
		return err
	}
	fmt.Fprintln(out, "checked:    ", "the two files, once more and on their own")
	return nil
}

// agree is the whole flow.
func agree(ctx context.Context, set *stage.Signing, out io.Writer) (*kakaocert.ConsentExport, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	client, user := set.Client, kakaocert.ByPerson(set.Person)
	consent := &kakaocert.Consent{
		BillingOrganization:   "예시가스",
		BankName:              "예시은행",
		AccountNumber:         "100-20-300400",
		AccountHolder:         set.Person.Name, // the user's own account
		AccountHolderBirthday: set.Person.Birthday,
		CollectionType:        kakaocert.CollectionCMS,
	}
	tx, err := client.K3100.Prepare(ctx, &kakaocert.K3100PrepareParams{Product: kakaocert.K3110, User: user})
	if err != nil {
		return nil, err
	}
	fmt.Fprintln(out, "prepared:   ", tx)

	if _, err := client.K3100.Request(ctx, tx, &kakaocert.K3100RequestParams{
		Consent: consent, Title: "자동이체 출금동의",
	}); err != nil {
		return nil, err
	}
	fmt.Fprintln(out, "requested:  ", "the user has a message in KakaoTalk")

	status, err := client.K3100.Wait(ctx, tx, kakaocert.WithOnStatus(func(s kakaocert.TransactionStatus) {
		fmt.Fprintln(out, "status:     ", s.Status)
	}))
	if err != nil {
		return nil, err
	}
	fmt.Fprintln(out, "signed at:  ", status.SignedAt.Format(time.RFC3339))

	result, err := client.K3100.Verify(ctx, tx, consent) // once: Kakao deletes what it gave
	if err != nil {
		return nil, err
	}
	fmt.Fprintln(out, "kept:       ", "the answer is in the evidence, before anybody has looked at it")

	verified, err := result.Check(set.Verifier)
	if err != nil {
		return nil, err
	}
	fmt.Fprintln(out, "checked:    ", "signed, and it is this consent, item by item")
	fmt.Fprintln(out, "certificate:", stage.Told(verified))
	if err := set.KeepCheck(tx.TxID(), verified); err != nil {
		return nil, err
	}
	if ci := result.CI(); !ci.IsZero() { // where the contract grants it
		if err := verified.CheckVID(result); err != nil {
			return nil, err
		}
		fmt.Fprintln(out, "signer:     ", "the certificate is of the person with this CI")
	}
	return result.Export(set.Verifier)
}

// file writes the export's two files.
func file(dir string, export *kakaocert.ConsentExport) (signature, items string, err error) {
	signature, items = filepath.Join(dir, "consent.p7s"), filepath.Join(dir, "consent.json")
	text, err := export.Items()
	if err != nil {
		return "", "", err
	}
	if err := os.WriteFile(signature, export.SignedData(), 0o600); err != nil {
		return "", "", err
	}
	return signature, items, os.WriteFile(items, text, 0o600)
}

// checkAgain needs the two files, the root and the contract's cipher; no
// network, and nothing of what was before.
func checkAgain(signature, items string, verifier *kakaocert.Verifier, config kakaocert.Config) error {
	der, err := os.ReadFile(signature)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(items)
	if err != nil {
		return err
	}
	export, err := kakaocert.ParseConsentExport(der, text)
	if err != nil {
		return err
	}
	_, err = export.Check(verifier, config.Protocol, append(config.OlderCiphers, config.Cipher)...)
	return err
}
