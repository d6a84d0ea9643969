package kakaocert_test

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// check checks a signature: ten lines, and no network but for revocation.
func check(roots *x509.CertPool, fetcher kakaocert.RevocationFetcher, signedData, text []byte, ci, vid string) error {
	verifier, err := kakaocert.NewVerifier(roots, kakaocert.WithRevocationFetcher(fetcher)) // the root of the contract, and no other
	if err != nil {
		return err
	}
	verified, err := verifier.Verify(signedData, kakaocert.ExpectContent(text))
	if err != nil {
		return err // matches ErrSignature, ErrUntrusted, ErrContentMismatch and so on
	}
	return verified.CompareVID(ci, vid) // whose signature it is
}

func ExampleVerified_CompareVID() {
	sim := kakaocerttest.NewService()
	config := sim.Config()
	config.Evidence = kakaocert.UnsafeNoEvidence() // an example keeps nothing
	client, err := kakaocert.NewClient(config)
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	ci := kakaocerttest.DefaultUser().CI
	tx, err := client.K3500.Prepare(ctx, &kakaocert.K3500PrepareParams{Product: kakaocert.K3510, User: kakaocert.ByCI(ci)})
	if err != nil {
		log.Fatal(err)
	}
	text := "제1조 (목적) 이 약관은 거래의 조건을 정합니다."
	documents := []kakaocert.Document{kakaocert.TextDocument("약관", text)}
	if _, err := client.K3500.Request(ctx, tx, &kakaocert.K3500RequestParams{Documents: documents}); err != nil {
		log.Fatal(err)
	}
	result, err := client.K3500.Verify(ctx, tx, documents)
	if err != nil {
		log.Fatal(err)
	}
	vid := result.VID().Reveal()
	fetcher, err := kakaocert.NewRevocationFetcher(kakaocert.RevocationFetcherConfig{Transport: sim.Transport()})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(check(sim.Roots(), fetcher, result.SignedData()[0], []byte(text), ci, vid))

	another := kakaocerttest.User{Name: "성춘향", Birthday: "19920505", Phone: "01023456789"}
	if err := sim.AddUser(another); err != nil {
		log.Fatal(err)
	}
	for _, user := range sim.Users() {
		if user.Phone == another.Phone {
			fmt.Println(check(sim.Roots(), fetcher, result.SignedData()[0], []byte(text), user.CI, vid))
		}
	}
	// Output:
	// <nil>
	// kakaocert: signature check failed: vid: vid-mismatch
}

func ExampleVerifier_Verify() {
	// The service's root certificate, from the contract.
	pem, err := os.ReadFile("testdata/cms/root.pem")
	if err != nil {
		log.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)

	// A signature kept since that day, and what was to be signed.
	then := time.Date(2026, time.June, 1, 12, 0, 0, 0, time.UTC)
	signedData, err := os.ReadFile("testdata/cms/good/rsa-in-pieces.ber")
	if err != nil {
		log.Fatal(err)
	}

	verifier, err := kakaocert.NewVerifier(roots, kakaocert.WithTime(then), kakaocert.UnsafeNoRevocation())
	if err != nil {
		log.Fatal(err)
	}
	verified, err := verifier.Verify(signedData, kakaocert.ExpectContent("본인은 위 계약에 동의합니다."))
	switch {
	case errors.Is(err, kakaocert.ErrUntrusted), errors.Is(err, kakaocert.ErrContentMismatch):
		log.Fatal("a security event: ", err)
	case err != nil:
		log.Fatal(err)
	}
	fmt.Println(verified.Checks())

	_, err = verifier.Verify(signedData, kakaocert.ExpectContent("다른 내용"))
	fmt.Println(err)
	// Output:
	// [parsed signer_certificate algorithms signed_attributes signature chain key_usage content]
	// kakaocert: signature check failed: content: content-differs
}

func ExampleNewVerifier() {
	roots := x509.NewCertPool() // and no certificate in it
	_, err := kakaocert.NewVerifier(roots, kakaocert.UnsafeNoRevocation())
	fmt.Println(err)
	// Output: kakaocert: roots has no certificate
}

func ExampleNewRevocationFetcher() {
	sim := kakaocerttest.NewService()
	fetcher, err := kakaocert.NewRevocationFetcher(kakaocert.RevocationFetcherConfig{
		Transport: sim.Transport(), // without it: the addresses in the certificates, on the public Internet
	})
	if err != nil {
		log.Fatal(err)
	}
	_, err = kakaocert.NewVerifier(sim.Roots(),
		kakaocert.WithRevocation(kakaocert.RevocationSoft, kakaocert.RevocationData{}), // without it: hard
		kakaocert.WithRevocationFetcher(fetcher),
	)
	fmt.Println(err)
	// Output: <nil>
}

func ExampleComputeVID() {
	const ci = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw==" // of no person
	vid, err := kakaocert.ComputeVID(ci, []byte{0x00, 0x80})                                              // 128 with the leading 00 of its DER
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(vid)
	fmt.Println(vid.Hex())
	// Output:
	// [redacted]
	// cbc1507095123a88d2753456e4760b4c91dcb4db6c52dfcfa3cab6f1d32da72f
}

func ExampleExplainVID() {
	const ci = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw==" // of no person
	serial := []byte{0x00, 0x80}
	wrong, err := kakaocert.ComputeVID(ci, serial[1:])
	if err != nil {
		log.Fatal(err)
	}
	text, err := kakaocert.ExplainVID(ci, wrong.Hex(), serial)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(text)
	// Output: only the leading zero differs: it was made from the serial number without its leading 00
}
