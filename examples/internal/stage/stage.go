// Package stage sets an example up: against the built-in simulator, or, with a
// contract's keys in the environment, against the host that it names, where
// nobody is asked by default.
package stage

import (
	"errors"
	"flag"
	"os"
	"time"

	"github.com/kakaocert-go/kakaocert"
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
