package stage

import (
	"errors"
	"flag"
	"log/slog"
	"strings"

	"github.com/kakaocert-go/kakaocert/internal/env"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// ServingFlags are those of an example that serves visitors: they say
// themselves who they are.
type ServingFlags struct {
	keep  keepFlags
	trust trustFlags
	real  bool
}

// Register adds the flags to a set.
func (f *ServingFlags) Register(set *flag.FlagSet) {
	f.keep.register(set)
	f.trust.register(set)
	set.BoolVar(&f.real, "real", false, "let visitors ask real people, on the host that the environment names")
}

// Set reads the environment and the flags, opens the directory and, without
// keys in the environment, starts a simulator whose user 홍길동 answers by hand.
// Close it when done.
func (f *ServingFlags) Set(getenv func(string) string, log *slog.Logger) (*Signing, error) {
	setting, err := env.Read(getenv)
	if err != nil {
		return nil, err
	}
	if setting.Remote() && !f.real {
		return nil, errors.New("any visitor could ask real people, on their own phones: say -real if that is meant")
	}
	set := &Stage{Config: setting.Config, Host: setting.Host(), Remote: setting.Remote()}
	if setting.Set {
		err = f.trust.read(getenv, set)
	} else {
		user := kakaocerttest.DefaultUser()
		user.Behaviour = kakaocerttest.Manual()
		err = set.simulate(true, kakaocerttest.WithProtocol(setting.Protocol), kakaocerttest.WithUsers(user))
	}
	if err != nil {
		return nil, err
	}
	if setting.Set && !set.Remote { // a host on this machine is a simulator, such as kakaocert sim
		set.Phone = strings.TrimSuffix(set.Config.BaseURL, "/") + "/_sim/phone"
	}
	set.Config.Logger = log
	s, err := f.keep.open(set)
	if err != nil {
		set.Close()
		return nil, err
	}
	return s, nil
}
