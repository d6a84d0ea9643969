// Package stage sets an example up: against the built-in simulator, or, with a
// contract's keys in the environment, against the host that it names, where
// nobody is asked by default.
package stage

import (
	"crypto/rand"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/evidence"
	"github.com/kakaocert-go/kakaocert/internal/env"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// Flags are those of an example that asks a person.
type Flags struct {
	Person    kakaocert.Person
	SignAfter time.Duration // how long the simulated person takes
	roots     string
}

// Register adds the flags to a set.
func (f *Flags) Register(set *flag.FlagSet) {
	set.StringVar(&f.Person.Name, "name", "", "the user's name")
	set.StringVar(&f.Person.Birthday, "birthday", "", "YYYYMMDD")
	set.StringVar(&f.Person.Phone, "phone", "", "digits only")
	set.StringVar(&f.roots, "roots", "", "PEM `file` of the root certificate, where it is not the simulator's")
	set.DurationVar(&f.SignAfter, "sign-after", 3*time.Second, "how `long` the simulated person takes to sign")
}

// Stage is where an example runs, and whom it asks.
type Stage struct {
	Config kakaocert.Config // the Evidence is the example's to set
	Host   string           // for a person to read
	Remote bool             // real people are asked
	Person kakaocert.Person
	Roots  []byte // PEM; nil where nobody said whom to trust
}

// Set reads the environment and the flags.
func (f *Flags) Set(getenv func(string) string) (*Stage, error) {
	setting, err := env.Read(getenv)
	if err != nil {
		return nil, err
	}
	s := &Stage{Config: setting.Config, Host: setting.Host(), Remote: setting.Remote(), Person: f.Person}
	if s.Remote && s.Person == (kakaocert.Person{}) {
		return nil, errors.New("this would ask a real person: give -name, -birthday and -phone")
	}
	invented := kakaocerttest.DefaultUser() // 홍길동
	if s.Person == (kakaocert.Person{}) {
		s.Person = kakaocert.Person{Name: invented.Name, Birthday: invented.Birthday, Phone: invented.Phone}
	}
	if !setting.Set {
		invented.Behaviour = kakaocerttest.SignAfter(f.SignAfter)
		simulator := kakaocerttest.NewService(kakaocerttest.WithProtocol(setting.Protocol), kakaocerttest.WithUsers(invented))
		s.Config, s.Roots = simulator.Config(), simulator.RootPEM()
		return s, nil
	}
	path := f.roots
	if path == "" {
		path = getenv(env.Roots)
	}
	if path != "" {
		s.Roots, err = os.ReadFile(path)
	}
	return s, err
}

// Verifier trusts the stage's roots, and no others.
func (s *Stage) Verifier() (*kakaocert.Verifier, error) { return Verifier(s.Roots) }

// Verifier trusts the roots in this PEM, and no others.
func Verifier(roots []byte) (*kakaocert.Verifier, error) {
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(roots) {
		return nil, errors.New("whom to trust is for you to say: -roots takes a PEM file")
	}
	return kakaocert.NewVerifier(pool)
}

// The names of the evidence's key and of the roots in an example's directory.
const (
	KeyFile   = "evidence.key"
	RootsFile = "roots.pem"
)

// OpenEvidence opens the directory in which an example keeps its evidence; an
// empty path is a new one. The key is in keyFile, 32 bytes. Where none is given
// the example makes one and leaves it beside, which is no place for a real key:
// real people's signatures want a key of their own.
func (s *Stage) OpenEvidence(path, keyFile string) (dir *evidence.Dir, in string, err error) {
	if path == "" {
		if path, err = os.MkdirTemp("", "kakaocert-"); err != nil {
			return nil, "", err
		}
	}
	if keyFile == "" && s.Remote {
		return nil, "", errors.New("the signature is a real person's: give -key, a file of 32 random bytes")
	}
	if keyFile == "" {
		keyFile = filepath.Join(path, KeyFile)
		if err := makeKey(keyFile); err != nil {
			return nil, "", err
		}
	}
	key, err := ReadKey(keyFile)
	if err != nil {
		return nil, "", err
	}
	dir, err = evidence.Open(path, key)
	return dir, path, err
}

// ReadKey reads a key of 32 bytes.
func ReadKey(path string) (evidence.Key, error) {
	secret, err := os.ReadFile(path)
	if err != nil {
		return evidence.Key{}, err
	}
	return evidence.NewKey(secret)
}

// makeKey makes a key where there is none yet.
func makeKey(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	secret := make([]byte, evidence.KeySize)
	_, _ = rand.Read(secret) // never fails
	return os.WriteFile(path, secret, 0o600)
}

// KeepCheck keeps beside the transaction's record what the check of its
// signatures rested on, so that it can be made again offline.
func KeepCheck(dir *evidence.Dir, txID string, verified ...*kakaocert.Verified) error {
	for record, err := range dir.Archive().ByTxID(txID) {
		if err != nil {
			return err
		}
		return dir.AttachCheck(record.ID, time.Now(), verified...)
	}
	return fmt.Errorf("no record of the transaction")
}
