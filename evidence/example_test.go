package evidence_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/evidence"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// withEvidence makes a client that keeps every answer to verify in a directory.
func withEvidence(config kakaocert.Config, path string, secret []byte) (*kakaocert.Client, *evidence.Log, error) {
	key, err := evidence.NewKey(secret) // 32 random bytes from your key store
	if err != nil {
		return nil, nil, err
	}
	dir, err := evidence.Open(path, key) // closed when the program ends
	if err != nil {
		return nil, nil, err
	}
	config.Evidence = dir
	client, err := kakaocert.NewClient(config)
	return client, dir, err
}

// The directory is given to the client, which stores there whatever verify
// brings.
func ExampleOpen() {
	secret := make([]byte, evidence.KeySize)
	_, _ = rand.Read(secret)
	path, remove := temporary()
	defer remove()
	client, dir, err := withEvidence(kakaocerttest.NewService().Config(), path, secret)
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = dir.Close() }()

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
	for record, err := range dir.Archive().ByTxID(context.Background(), tx.TxID()) {
		fmt.Println(record.Meta.Product, record.Outcome, err)
	}
	// Output: K1110T committed <nil>
}

// A program that runs for years keeps a directory for each month.
func ExampleOpenMonths() {
	secret := make([]byte, evidence.KeySize)
	_, _ = rand.Read(secret)
	key, err := evidence.NewKey(secret)
	if err != nil {
		log.Fatal(err)
	}
	path, remove := temporary()
	defer remove()
	months, err := evidence.OpenMonths(path, key)
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = months.Close() }()

	config := kakaocerttest.NewService().Config()
	config.Evidence = months
	if _, err := kakaocert.NewClient(config); err != nil {
		log.Fatal(err)
	}
	directories, err := months.Directories() // each is for OpenArchive, and for an audit
	fmt.Println(len(directories), err)
	// Output: 1 <nil>
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

// What the law wants gone leaves a tombstone.
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
