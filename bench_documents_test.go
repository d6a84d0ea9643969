package kakaocert_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mozilla.org/pkcs7"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// BenchmarkCheck200 checks one contract of 200 documents with 3000 Korean
// characters each, on one core and on all, and does what it can with a library
// on the same messages, in DER, which is all that the library reads.
func BenchmarkCheck200(b *testing.B) {
	documents := make([]kakaocert.Document, 200)
	for i := range documents {
		documents[i] = kakaocert.TextDocument(fmt.Sprint("문서 ", i), strings.Repeat("가", 2990)+fmt.Sprintf("%010d", i))
	}
	service := kakaocerttest.NewService(kakaocerttest.WithDialect(kakaocerttest.Dialect{DER: true}))
	config := service.Config()
	config.Evidence = kakaocert.UnsafeNoEvidence()
	client := newClient(b, config)
	tx := requestedDocuments(b, client, kakaocert.K3511, byHong, documents...)
	result, err := client.K3500.Verify(b.Context(), tx, documents)
	require.NoError(b, err)
	verifier, err := kakaocert.NewVerifier(service.Roots(), kakaocert.UnsafeNoRevocation())
	require.NoError(b, err)

	check := func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := result.Check(verifier); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.Run("one core", func(b *testing.B) {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
		check(b)
	})
	b.Run("all cores", check)
	b.Run("pkcs7, one core", func(b *testing.B) {
		roots, signed := service.Roots(), result.SignedData()
		b.ReportAllocs()
		for b.Loop() {
			for _, der := range signed {
				message, err := pkcs7.Parse(der)
				if err != nil {
					b.Fatal(err)
				}
				if err := message.VerifyWithChain(roots); err != nil {
					b.Fatal(err)
				}
			}
		}
	})
}
