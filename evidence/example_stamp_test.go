package evidence_test

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"fmt"
	"log"
	"net/http"
	"time"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/evidence"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
	"github.com/kakaocert-go/kakaocert/timestamp"
)

// withStamps has checkpoints stamped, the newest one every hour.
func withStamps(dir *evidence.Log, kms crypto.Signer, url string, trusted *timestamp.Verifier) (*evidence.Checkpointer, error) {
	authority, err := timestamp.NewHTTPAuthority(timestamp.HTTPConfig{URL: url, Header: http.Header{"X-Api-Key": {"from your contract"}}})
	if err != nil {
		return nil, err
	}
	stamper, err := timestamp.NewStamper(timestamp.StamperConfig{Authority: authority, Verifier: trusted})
	if err != nil {
		return nil, err
	}
	return dir.Checkpointer("evidence.bank.example", kms, evidence.WithStamps(stamper, time.Hour))
}

// checkByStamps checks every signature as of the time at which its record is
// known to have existed.
func checkByStamps(ctx context.Context, archive *evidence.Archive, trusted *timestamp.Verifier, roots *x509.CertPool) error {
	report, err := archive.Verify(ctx, evidence.StampedBy(trusted))
	if err != nil || report.Err() != nil {
		return fmt.Errorf("not as it was written: %w, %w", err, report.Err())
	}
	for record, err := range archive.Records(ctx) {
		if err != nil {
			return err
		}
		existed := time.Now() // nothing proves more
		if stamp, found := report.Stamp(record.ID); found {
			existed = stamp.Latest()
		}
		checks, err := record.AsOf(existed).Recheck(roots, nil)
		if err != nil {
			return err
		}
		for _, c := range checks {
			fmt.Println(record.Meta.Product, record.Outcome, c.Err)
		}
	}
	return nil
}

// signedAt has one contract signed, and keeps the answer.
func signedAt(sim *kakaocerttest.Server, path string) *evidence.Log {
	dir, err := evidence.Open(path, evidence.UnsafePlaintext())
	if err != nil {
		log.Fatal(err)
	}
	config := sim.Config()
	config.Evidence = dir
	client, err := kakaocert.NewClient(config)
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	documents := []kakaocert.Document{kakaocert.TextDocument("대출계약서", "제1조 (목적) 이 계약은 …")}
	tx, err := client.K3500.Prepare(ctx, &kakaocert.K3500PrepareParams{Product: kakaocert.K3510, User: kakaocert.ByCI(kakaocerttest.DefaultUser().CI)})
	if err != nil {
		log.Fatal(err)
	}
	if _, err := client.K3500.Request(ctx, tx, &kakaocert.K3500RequestParams{Documents: documents, Title: "대출계약서"}); err != nil {
		log.Fatal(err)
	}
	if _, err := client.K3500.Verify(ctx, tx, documents); err != nil {
		log.Fatal(err)
	}
	return dir
}

// A checkpoint is stamped today, and its signatures are checked in years. The
// simulator has a time stamping authority too.
func ExampleWithStamps() {
	path, remove := temporary()
	defer remove()
	sim, err := kakaocerttest.StartServer("127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = sim.Close() }()
	trusted, err := timestamp.NewVerifier(timestamp.Config{Roots: sim.Roots()}) // those of the authority
	if err != nil {
		log.Fatal(err)
	}
	dir := signedAt(sim, path)
	defer func() { _ = dir.Close() }()
	_, kms, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		log.Fatal(err)
	}
	maker, err := withStamps(dir, kms, sim.URL+"/_pki/tsa", trusted)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := maker.Make(context.Background()); err != nil {
		log.Fatal(err)
	}
	if err := checkByStamps(context.Background(), dir.Archive(), trusted, sim.Roots()); err != nil {
		log.Fatal(err)
	}
	// Output: K3510T committed <nil>
}
