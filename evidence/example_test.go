package evidence_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/evidence"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// withEvidence makes a client that keeps every answer to verify, in a directory
// for each month.
func withEvidence(config kakaocert.Config, parent string, secret []byte) (*kakaocert.Client, *evidence.Months, error) {
	key, err := evidence.NewKey(secret) // 32 random bytes from your key store
	if err != nil {
		return nil, nil, err
	}
	months, err := evidence.OpenMonths(parent, key) // closed when the program ends
	if err != nil {
		return nil, nil, err
	}
	config.Evidence = months
	client, err := kakaocert.NewClient(config)
	return client, months, err
}

// A program that runs for years keeps a directory for each month.
func ExampleOpenMonths() {
	secret := make([]byte, evidence.KeySize)
	_, _ = rand.Read(secret)
	path, remove := temporary()
	defer remove()
	client, months, err := withEvidence(kakaocerttest.NewService().Config(), path, secret)
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = months.Close() }()

	ctx := context.Background()
	tx, err := client.K1100.Prepare(ctx, &kakaocert.K1100PrepareParams{
		Product: kakaocert.K1110, User: kakaocert.ByCI(kakaocerttest.DefaultUser().CI),
	})
	if err != nil {
		log.Fatal(err)
	}
	if _, err := client.K1100.Request(ctx, tx, &kakaocert.K1100RequestParams{Data: "a nonce of this session"}); err != nil {
		log.Fatal(err)
	}
	if _, err := client.K1100.Verify(ctx, tx, "a nonce of this session"); err != nil {
		log.Fatal(err)
	}
	for record, err := range months.Recall(ctx, tx.TxID()) {
		fmt.Println(record.Meta.Product, record.Whole, err)
	}
	directories, err := months.Directories() // each is for OpenArchive, and for an audit
	fmt.Println(len(directories), err)
	// Output:
	// K1110T true <nil>
	// 1 <nil>
}

// withRecipients opens a directory whose records the servers can read until the
// flow has ended, and the archive for ever.
func withRecipients(path string, key evidence.Key, archive, safe []byte) (*evidence.Log, error) {
	first, err := evidence.ParseRecipient(archive) // PEM; the private key is in an HSM
	if err != nil {
		return nil, err
	}
	second, err := evidence.ParseRecipient(safe) // its private key is on paper, in a safe
	if err != nil {
		return nil, err
	}
	return evidence.Open(path, key, first, second) // log.Forget when a flow has ended
}

// With recipients a server reads a record until Forget.
func ExampleLog_Forget() {
	path, remove := temporary()
	defer remove()
	dir, err := withRecipients(path, storeOne(path), newPublicKey(), newPublicKey())
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = dir.Close() }()
	ctx := context.Background()
	record, err := dir.Begin(ctx, kakaocert.EvidenceMeta{Product: "K3510", TxID: "9876543210", BegunAt: time.Now(), Attempt: 1})
	if err != nil {
		log.Fatal(err)
	}
	if err := record.Commit(); err != nil {
		log.Fatal(err)
	}
	for range 2 {
		for recalled, err := range dir.Recall(ctx, "9876543210") {
			fmt.Println(recalled.Whole, errors.Is(err, evidence.ErrKey))
			if err := dir.Forget(ctx, recalled.ID); err != nil {
				log.Fatal(err)
			}
		}
	}
	// Output:
	// true false
	// false true
}

// newPublicKey makes a key pair, and gives the public key in PEM.
func newPublicKey() []byte {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		log.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(private.Public())
	if err != nil {
		log.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

// withCheckpoints makes a checkpoint every minute, and keeps it elsewhere.
func withCheckpoints(ctx context.Context, dir *evidence.Log, kms crypto.Signer, keep func(evidence.Checkpoint) error) error {
	maker, err := dir.Checkpointer("evidence.bank.example", kms)
	if err != nil {
		return err
	}
	for {
		made, err := maker.Make(ctx)
		if made.Number > 0 { // it may come with an error: of a damaged chain, or of a stamp
			err = errors.Join(err, keep(made)) // made.Note, under object lock
		}
		if err != nil {
			return err // and tell somebody
		}
		select {
		case <-time.After(time.Minute):
		case <-ctx.Done():
			return nil
		}
	}
}

// An audit is given what was kept elsewhere.
func ExampleCheckpointer() {
	path, remove := temporary()
	defer remove()
	dir, err := evidence.Open(path, storeOne(path))
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = dir.Close() }()
	public, kms, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		log.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var kept []byte
	err = withCheckpoints(ctx, dir, kms, func(made evidence.Checkpoint) error {
		kept = made.Note
		cancel()
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}

	key, err := evidence.NewCheckpointKey("evidence.bank.example", public)
	if err != nil {
		log.Fatal(err)
	}
	known, err := key.Open(kept)
	if err != nil {
		log.Fatal(err)
	}
	report, err := dir.Archive().Verify(context.Background(), key, known)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(report.Checkpoints, report.Covered, report.Err())
	// Output: 1 3 <nil>
}

// Years later, on another machine, without a network.
func ExampleArchive_Verify() {
	path, remove := temporary()
	defer remove()
	key := storeOne(path)

	archive, err := evidence.OpenArchive(path, key)
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = archive.Close() }()

	report, err := archive.Verify(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	if err := report.Err(); err != nil {
		log.Fatal(err) // errors.Is tells ErrDamaged, ErrMissing, ErrExtra, ErrCutTail and ErrKey
	}
	fmt.Println("whole answers:", report.Committed)
	for record, err := range archive.ByTxID(context.Background(), "0123456789") {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(record.Meta.Product, record.Outcome, len(record.Body()), "bytes")
	}
	// Output:
	// whole answers: 1
	// K3510 committed 15 bytes
}

// A CRL of today is kept for the check of tomorrow.
func ExampleLog_Attach() {
	path, remove := temporary()
	defer remove()
	dir, err := evidence.Open(path, storeOne(path))
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = dir.Close() }()

	for record, err := range dir.Archive().ByTxID(context.Background(), "0123456789") {
		if err != nil {
			log.Fatal(err)
		}
		if err := dir.Attach(context.Background(), record.ID, "crl", []byte("the list as it was fetched")); err != nil {
			log.Fatal(err)
		}
	}
	for record := range dir.Archive().Records(context.Background()) {
		for attachment, err := range record.Attachments() {
			if err != nil {
				log.Fatal(err)
			}
			fmt.Println(attachment.Name, len(attachment.Data()), "bytes")
		}
	}
	// Output: crl 26 bytes
}

// A record that must be deleted by law leaves a tombstone.
func ExampleLog_Purge() {
	path, remove := temporary()
	defer remove()
	dir, err := evidence.Open(path, storeOne(path))
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = dir.Close() }()

	limit := time.Now().AddDate(-5, 0, 0)
	var due []string
	for record, err := range dir.Archive().Records(context.Background()) {
		if err == nil && record.Outcome != evidence.Purged && record.Meta.BegunAt.Before(limit) {
			due = append(due, record.ID)
		}
	}
	if err := dir.Purge(context.Background(), "retention of five years is over", due...); err != nil {
		log.Fatal(err)
	}
	fmt.Println("purged:", len(due))
	// Output: purged: 0
}

// storeOne stores one answer, as a client does, and returns the key.
func storeOne(path string) evidence.Key {
	secret := make([]byte, evidence.KeySize)
	_, _ = rand.Read(secret)
	key, err := evidence.NewKey(secret)
	if err != nil {
		log.Fatal(err)
	}
	dir, err := evidence.Open(path, key)
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = dir.Close() }()
	record, err := dir.Begin(context.Background(), kakaocert.EvidenceMeta{
		Product: "K3510", TxID: "0123456789", BegunAt: time.Now(), Attempt: 1,
	})
	if err != nil {
		log.Fatal(err)
	}
	if _, err := record.Write([]byte(`{"result": "Y"}`)); err != nil {
		log.Fatal(err)
	}
	if err := record.Commit(); err != nil {
		log.Fatal(err)
	}
	return key
}

func temporary() (path string, remove func()) {
	folder, err := os.MkdirTemp("", "evidence")
	if err != nil {
		log.Fatal(err)
	}
	return filepath.Join(folder, "2026-03"), func() { _ = os.RemoveAll(folder) }
}
