// Contract asks a KakaoTalk user to sign documents (K3511, or K3510 for one).
//
//	go run ./examples/contract
//
// runs against the built-in simulator; -out leaves evidence and signatures in a
// directory. With KAKAOCERT_DEALER_KEY and the other keys in the environment it
// calls Kakao's test host instead, where real people with real phones are
// asked: the person, the roots and a key for the evidence must then be given.
package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/examples/internal/stage"
	"github.com/kakaocert-go/kakaocert/internal/shell"
)

func main() {
	if err := run(context.Background(), os.Args[1:], os.Getenv, os.Stdout); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "contract:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, getenv func(string) string, out io.Writer) error {
	var from stage.SigningFlags
	flags := flag.NewFlagSet("contract", flag.ContinueOnError)
	from.Register(flags)
	one := flags.Bool("one", false, "one document, in place of several")
	if err := flags.Parse(args); err != nil {
		return err
	}
	set, err := from.Set(getenv)
	if err != nil {
		return err
	}
	defer set.Close()
	fmt.Fprintln(out, "calling:    ", set.Host)

	product, documents := kakaocert.K3511, several()
	if *one {
		product, documents = kakaocert.K3510, documents[:1]
	}
	verified, err := sign(ctx, set, product, documents, out)
	if err != nil {
		return err
	}
	if set.Temporary {
		fmt.Fprintln(out, "not kept:   ", "-out names a directory for the evidence and the signatures")
		return nil
	}
	return export(set.Path, verified, out)
}

// several are two documents that the user reads, and one of which only the
// SHA-256 is signed.
func several() []kakaocert.Document {
	drawing := sha256.Sum256([]byte("the bytes of a large file; DigestDocumentFrom reads one"))
	return []kakaocert.Document{
		kakaocert.TextDocument("공사도급계약서", "제1조 (목적) 이 계약은 공사의 범위와 대금을 정합니다.\n제2조 (기간) 착공일부터 90일로 합니다."),
		kakaocert.TextDocument("개인정보 수집·이용 동의서", "성명과 연락처를 계약의 이행을 위하여 이용하는 데 동의합니다."),
		kakaocert.DigestDocument("설계도면", drawing),
	}
}

// sign is the whole flow.
func sign(
	ctx context.Context, set *stage.Signing, product kakaocert.K3500Product, documents []kakaocert.Document, out io.Writer,
) ([]*kakaocert.Verified, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	client, user := set.Client, kakaocert.ByPerson(set.Person)
	tx, err := client.K3500.Prepare(ctx, &kakaocert.K3500PrepareParams{Product: product, User: user})
	if err != nil {
		return nil, err
	}
	fmt.Fprintln(out, "prepared:   ", tx)

	if _, err := client.K3500.Request(ctx, tx, &kakaocert.K3500RequestParams{Title: "공사도급계약", Documents: documents}); err != nil {
		return nil, err
	}
	fmt.Fprintln(out, "requested:  ", len(documents), "to sign; the user has a message in KakaoTalk")

	status, err := client.K3500.Wait(ctx, tx, kakaocert.WithOnStatus(func(s kakaocert.TransactionStatus) {
		fmt.Fprintln(out, "status:     ", s.Status)
	}))
	if err != nil {
		return nil, err
	}
	fmt.Fprintln(out, "signed at:  ", status.SignedAt.Format(time.RFC3339))

	result, err := client.K3500.Verify(ctx, tx, documents) // once: Kakao deletes what it gave
	if err != nil {
		return nil, err
	}
	fmt.Fprintln(out, "kept:       ", "the answer is in the evidence, before anybody has looked at it")

	checked, err := result.Check(set.Verifier)
	if err != nil {
		return nil, err
	}
	verified := checked.Verified()
	fmt.Fprintln(out, "checked:    ", len(verified), "signatures, each on its own document, by one signer")
	fmt.Fprintln(out, "certificate:", stage.Told(verified...))
	return verified, set.KeepCheck(tx.TxID(), verified...)
}

// export writes the signatures to files, for anyone to check.
func export(dir string, verified []*kakaocert.Verified, out io.Writer) error {
	fmt.Fprintln(out, "written to: ", dir, "- check it with")
	for i, v := range verified {
		file := filepath.Join(dir, fmt.Sprintf("document-%03d.p7s", i+1))
		if err := os.WriteFile(file, v.SignedData(), 0o600); err != nil {
			return err
		}
		fmt.Fprintf(out, "openssl cms -verify -inform DER -in %s -CAfile %s -purpose any\n", shell.Word(file), shell.Word(filepath.Join(dir, stage.RootsFile)))
	}
	fmt.Fprintf(out, "go run ./examples/verify %s\n", shell.Word(dir))
	return nil
}
