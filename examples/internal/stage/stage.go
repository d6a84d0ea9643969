// Package stage sets an example up: against the built-in simulator, or, with a
// contract's keys in the environment, against the host that it names, where
// no one is asked by default.
package stage

import (
	"cmp"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"time"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/internal/env"
	"github.com/kakaocert-go/kakaocert/internal/pemfile"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
	"github.com/kakaocert-go/kakaocert/kakaocerttest/console"
)

// Flags are those of an example that asks a person.
type Flags struct {
	Person    kakaocert.Person
	SignAfter time.Duration // how long the simulated person takes
	// Browser says that the person comes with a browser: no person need be given,
	// and the simulator listens, for its pages.
	Browser bool
	trust   trustFlags
}

// Register adds the flags to a set.
func (f *Flags) Register(set *flag.FlagSet) {
	set.StringVar(&f.Person.Name, "name", "", "the user's name")
	set.StringVar(&f.Person.Birthday, "birthday", "", "YYYYMMDD")
	set.StringVar(&f.Person.Phone, "phone", "", "digits only")
	f.trust.register(set)
	set.DurationVar(&f.SignAfter, "sign-after", 3*time.Second, "the simulated person signs after this `duration`")
}

// Stage is where an example runs, and the person that it asks.
type Stage struct {
	Config kakaocert.Config // the Evidence is the example's to set
	Host   string           // for a person to read
	Remote bool             // real people are asked
	Person kakaocert.Person
	Roots  []byte // PEM; nil where no roots were given
	// Intermediates are issuing authorities that messages may not contain.
	Intermediates []*x509.Certificate
	Phone         string // address of the simulated phone, where the simulator listens

	// Simulator is the built-in one; nil where the environment has keys.
	Simulator *kakaocerttest.Service
	close     func() error
}

// Close ends a simulator that listens.
func (s *Stage) Close() {
	if s.close != nil {
		_ = s.close()
	}
}

// Set reads the environment and the flags.
func (f *Flags) Set(getenv func(string) string) (*Stage, error) {
	setting, err := env.Read(getenv)
	if err != nil {
		return nil, err
	}
	s := &Stage{Config: setting.Config, Host: setting.Host(), Remote: setting.Remote(), Person: f.Person}
	if s.Remote && !f.Browser && s.Person == (kakaocert.Person{}) {
		return nil, errors.New("this would ask a real person: give -name, -birthday and -phone")
	}
	invented := kakaocerttest.DefaultUser() // 홍길동
	if s.Person == (kakaocert.Person{}) {
		s.Person = kakaocert.Person{Name: invented.Name, Birthday: invented.Birthday, Phone: invented.Phone}
	}
	if !setting.Set {
		invented.Behaviour = kakaocerttest.SignAfter(f.SignAfter)
		return s, s.simulate(f.Browser, kakaocerttest.WithProtocol(setting.Protocol), kakaocerttest.WithUsers(invented))
	}
	return s, f.trust.read(getenv, s)
}

// simulate starts the built-in simulator, which listens where a browser needs
// its pages.
func (s *Stage) simulate(listens bool, opts ...kakaocerttest.Option) error {
	if !listens {
		s.Simulator = kakaocerttest.NewService(opts...)
		s.Config, s.Roots = s.Simulator.Config(), s.Simulator.RootPEM()
		return nil
	}
	server, err := kakaocerttest.StartServer("127.0.0.1:0", append(opts, kakaocerttest.WithHandler(console.Handler))...)
	if err != nil {
		return err
	}
	s.Simulator, s.close = server.Service, server.Close
	s.Config, s.Roots = server.Config(), server.RootPEM()
	s.Host, s.Phone = server.URL, server.URL+"/_sim/phone"
	return nil
}

// trustFlags name files of certificates; the environment does where they are
// empty.
type trustFlags struct{ roots, intermediates string }

func (f *trustFlags) register(set *flag.FlagSet) {
	set.StringVar(&f.roots, "roots", "", "PEM `file` of the root certificate, where it is not the simulator's")
	set.StringVar(&f.intermediates, "intermediates", "", "PEM `file` of issuing authorities that messages do not contain")
}

// read leaves the roots nil where none were given.
func (f *trustFlags) read(getenv func(string) string, into *Stage) error {
	if path := cmp.Or(f.intermediates, getenv(env.Intermediates)); path != "" {
		var err error
		if into.Intermediates, _, err = pemfile.Read(path); err != nil {
			return fmt.Errorf("-intermediates: %w", err)
		}
	}
	if path := cmp.Or(f.roots, getenv(env.Roots)); path != "" {
		var err error
		if _, into.Roots, err = pemfile.Read(path); err != nil {
			return fmt.Errorf("-roots: %w", err)
		}
	}
	return nil
}
