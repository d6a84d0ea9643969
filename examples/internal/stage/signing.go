package stage

import (
	"context"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/evidence"
)

// The names of the evidence's key and of the roots in an example's directory.
const (
	KeyFile   = "evidence.key"
	RootsFile = "roots.pem"
)

// SigningFlags are those of an example that fetches signatures.
type SigningFlags struct {
	Flags
	keep keepFlags
}

// Register adds the flags to a set.
func (f *SigningFlags) Register(set *flag.FlagSet) {
	f.Flags.Register(set)
	f.keep.register(set)
}

// Signing is a stage on which signatures are made, kept and checked.
type Signing struct {
	*Stage
	Client   *kakaocert.Client
	Verifier *kakaocert.Verifier // trusts the stage's roots, and no others
	Dir      *evidence.Log
	Path     string // of the directory
	// Temporary says that the directory was not asked for, and is gone with the
	// evidence and its key when the stage is closed.
	Temporary bool
}

// Set reads the environment and the flags, and opens the directory. Close it
// when done.
//
// Where no key for the evidence is given, one is made in the directory, which is
// no place for a real key: real people's signatures want one of their own.
func (f *SigningFlags) Set(getenv func(string) string) (*Signing, error) {
	set, err := f.Flags.Set(getenv)
	if err != nil {
		return nil, err
	}
	if err := f.keep.refuseUsed(); err != nil {
		return nil, err
	}
	s, err := f.keep.open(set)
	if err == nil {
		s.Temporary = f.keep.path == ""
	}
	return s, err
}

// keepFlags say where signatures are kept.
type keepFlags struct{ path, keyFile string }

func (f *keepFlags) register(set *flag.FlagSet) {
	set.StringVar(&f.path, "out", "", "`directory` for evidence and signatures; without it nothing is kept at the end")
	set.StringVar(&f.keyFile, "key", "", "`file` with the evidence's key, 32 random bytes")
}

// refuseUsed keeps the signatures of an earlier run from being overwritten.
func (f *keepFlags) refuseUsed() error {
	if f.path == "" {
		return nil
	}
	if _, err := os.Lstat(filepath.Join(f.path, RootsFile)); !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("-out: %s contains an earlier run, which is not overwritten: give another directory", f.path)
	}
	return nil
}

func (f *keepFlags) open(set *Stage) (*Signing, error) {
	if set.Roots == nil {
		return nil, errors.New("no roots are trusted: give -roots")
	}
	if f.keyFile == "" && set.Remote {
		return nil, errors.New("the signature is a real person's: give -key, a file of 32 random bytes")
	}
	s := &Signing{Stage: set, Path: f.path}
	var err error
	if s.Verifier, err = set.verifier(); err != nil {
		return nil, err
	}
	if s.Path == "" {
		if s.Path, err = os.MkdirTemp("", "kakaocert-"); err != nil {
			return nil, err
		}
	}
	if err := s.openEvidence(f.keyFile); err != nil {
		return nil, err
	}
	set.Config.Evidence = s.Dir
	s.Client, err = kakaocert.NewClient(set.Config)
	return s, errors.Join(err, s.writeRoots())
}

// verifier checks revocation at the addresses that the certificates name. A
// simulator always answers; where a real authority does not, the signature is
// accepted, and [Told] says so.
func (s *Stage) verifier() (*kakaocert.Verifier, error) {
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(s.Roots) {
		return nil, errors.New("the roots are not PEM")
	}
	from := kakaocert.RevocationFetcherConfig{BaseURL: s.Config.BaseURL}
	if s.Simulator != nil {
		from.Transport = s.Config.Transport // nil where the simulator listens
	}
	fetcher, err := kakaocert.NewRevocationFetcher(from)
	if err != nil {
		return nil, err
	}
	mode := kakaocert.RevocationHard
	if s.Remote {
		mode = kakaocert.RevocationSoft
	}
	return kakaocert.NewVerifier(pool, kakaocert.WithIntermediates(s.Intermediates...),
		kakaocert.WithRevocation(mode, kakaocert.RevocationData{}), kakaocert.WithRevocationFetcher(fetcher))
}

// Told says for a person to read whether the certificates were revoked.
func Told(verified ...*kakaocert.Verified) string {
	for _, v := range verified {
		if found := v.Revocation(); found.Status != kakaocert.RevocationGood {
			return "revocation is UNKNOWN: no authority said that the certificates are good"
		}
	}
	return notRevoked
}

const notRevoked = "not revoked, say their authorities"

// openEvidence opens one directory, for one run of an example. A program that runs
// for years keeps one for each month: [evidence.OpenMonths].
func (s *Signing) openEvidence(keyFile string) error {
	if keyFile == "" {
		keyFile = filepath.Join(s.Path, KeyFile)
		if _, err := MakeKey(keyFile); err != nil {
			return err
		}
	}
	key, err := ReadKey(keyFile)
	if err != nil {
		return err
	}
	s.Dir, err = evidence.Open(s.Path, key)
	return err
}

func (s *Signing) writeRoots() error {
	return os.WriteFile(filepath.Join(s.Path, RootsFile), s.Roots, 0o600)
}

// Close ends the use of the directory, and a simulator that listens.
func (s *Signing) Close() {
	_ = s.Dir.Close()
	s.Stage.Close()
	if s.Temporary {
		_ = os.RemoveAll(s.Path)
	}
}

// Answer returns the record of the transaction's whole answer, which may hold
// the signature; nil where there is none.
func (s *Signing) Answer(txID string) (*evidence.Record, error) {
	for record, err := range s.Dir.Archive().ByTxID(context.Background(), txID) {
		if err != nil {
			return nil, err
		}
		if record.Outcome == evidence.Committed {
			return record, nil
		}
	}
	return nil, nil
}

// KeepCheck keeps with the transaction's record what the check of its
// signatures rested on, so that it can be made again offline, also when the caller
// has gone away meanwhile. A check that is there already stays the one.
func (s *Signing) KeepCheck(txID string, verified ...*kakaocert.Verified) error {
	record, err := s.Answer(txID)
	if err != nil {
		return err
	}
	if record == nil {
		return errors.New("the transaction has no record")
	}
	for attachment, err := range record.Attachments() {
		if err != nil {
			return err
		}
		if attachment.Name == evidence.CheckName {
			return nil
		}
	}
	if told := Told(verified...); told != notRevoked && s.Config.Logger != nil {
		s.Config.Logger.Warn(told, "tx_id", txID)
	}
	return s.Dir.AttachCheck(context.Background(), record.ID, time.Now(), verified...)
}
