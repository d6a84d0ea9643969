// Verify checks stored evidence again, as years later: the directory, and every
// signature in it. It has no client and no network.
//
//	go run ./examples/contract -out /tmp/contract
//	go run ./examples/verify /tmp/contract
//
// Without a directory it has the simulator make one first.
package main

import (
	"context"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/kakaocert-go/kakaocert/evidence"
	"github.com/kakaocert-go/kakaocert/examples/internal/stage"
)

func main() {
	if err := run(context.Background(), os.Args[1:], os.Stdout); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "verify:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("verify", flag.ContinueOnError)
	keyFile := flags.String("key", "", "`file` with the evidence's key (default: evidence.key in the directory)")
	rootsFile := flags.String("roots", "", "PEM `file` of the roots that are trusted (default: roots.pem in the directory)")
	if err := flags.Parse(args); err != nil {
		return err
	}
	path := flags.Arg(0)
	if path == "" {
		made, err := store(ctx)
		if err != nil {
			return err
		}
		defer func() { _ = os.RemoveAll(made) }()
		path = made
		fmt.Fprintln(out, "made:       ", path, "by the built-in simulator")
	}
	if *keyFile == "" {
		*keyFile = filepath.Join(path, stage.KeyFile)
	}
	if *rootsFile == "" {
		*rootsFile = filepath.Join(path, stage.RootsFile)
	}
	key, err := stage.ReadKey(*keyFile)
	if err != nil {
		return err
	}
	roots, err := os.ReadFile(*rootsFile)
	if err != nil {
		return err
	}
	return verify(ctx, path, key, roots, out)
}

// verify is all there is to it.
func verify(ctx context.Context, path string, key evidence.Key, roots []byte, out io.Writer) error {
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(roots) {
		return errors.New("the roots are not PEM")
	}
	archive, err := evidence.OpenArchive(path, key)
	if err != nil {
		return err
	}
	defer func() { _ = archive.Close() }()

	report, err := archive.Verify(ctx) // of the directory: nothing changed, taken away or put there
	if err != nil {
		return err
	}
	if err := report.Err(); err != nil {
		return err
	}
	fmt.Fprintln(out, "directory:  ", "as it was written; whole answers:", report.Committed, "heads:", report.Heads)

	for record, err := range archive.Records(ctx) {
		if err != nil {
			return err
		}
		checks, err := record.Recheck(pool, nil) // of the signatures: as on the day of their check
		if errors.Is(err, evidence.ErrNoSignature) {
			continue
		}
		if err != nil {
			return err
		}
		for i, check := range checks {
			if check.Err != nil {
				return fmt.Errorf("signature %d of %s: %w", i+1, record.ID, check.Err)
			}
			fmt.Fprintln(out, "signature:  ", record.Meta.Product, i+1, check.Verified.Checks())
		}
	}
	return nil
}
