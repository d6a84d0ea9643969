// Package doctor defines the verb that examines what the environment says, and the host
// that it names, with the package doctor.
package doctor

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/doctor"
	"github.com/kakaocert-go/kakaocert/internal/command/call"
	"github.com/kakaocert-go/kakaocert/internal/env"
)

const doctorHelp = `Checks, one after the other, against the host that the environment names: variables, keys,
cipher, roots, address, TLS, clock; whether the service accepts the keys, the product codes
and the settle_id; and whether each path of the protocol answers as an API does. For what is
wrong it says what to do.

No one is asked to sign, no transaction is opened, and nothing is fetched: steps
are called with an invented tx_id, prepare with the settle_id alone, and, to
see whether the service can decrypt, with a person who cannot exist (kakaocert
doctor, 19000101, 01000000000). At most 40 calls are made, one a second where they
leave this machine. The production host is called only with --production.

Each check is ok, wrong, unknown or skipped. Unknown is what cannot be known
without a person; the output says how to find out. A path that is ok shows the code of
its refusal, such as E1001 or E2003: an incomplete call must be refused. --json prints
one object for each check:

   {"check": "keys", "result": "wrong", "cause": "swapped", "seen": "..."}

The checks of paths are named path.k1100.prepare and so on; they also have the endpoint
and its provenance.

With --write, the known alternatives are tried for each path that does not exist, one call
a second, and those that exist are written as a protocol file for KAKAOCERT_PROTOCOL. A
path counts as found only when it says that a made-up tx_id is unknown (E2003). What
one product shows is taken for the others; run doctor with the file to call them all.

Exit status: 0 nothing is wrong, 1 something is, 2 wrong call, 130 interrupted.

   kakaocert sim | tee sim.env             to try it: in one terminal
   . ./sim.env && kakaocert doctor         in another`

// Command is the verb doctor.
func Command(getenv func(string) string) *cli.Command { return verb{getenv: getenv}.command() }

// verb is the verb in an environment.
type verb struct {
	getenv func(string) string
	pace   time.Duration // in place of the doctor's own, for tests; 0 is its own
}

func (v verb) command() *cli.Command {
	return &cli.Command{
		Name:        "doctor",
		Usage:       "check keys, clock, TLS, host, product and paths against the configured host",
		UsageText:   "kakaocert doctor [--write FILE] [--production] [--json]",
		Description: doctorHelp,
		Flags: []cli.Flag{
			call.TextFlag("write", "try the known alternatives for paths that do not exist, and write those that do to this new `FILE`"),
			&cli.BoolFlag{Name: "production", Usage: "call the production host"},
			call.JSONFlag("print JSON, one object for each check"),
		},
		Action: v.run,
	}
}

func (v verb) run(ctx context.Context, cmd *cli.Command) error {
	if err := call.NoArguments(cmd); err != nil {
		return err
	}
	file := cmd.String("write")
	if _, err := os.Lstat(file); file != "" && !errors.Is(err, os.ErrNotExist) {
		return call.Wrong("--write: %s is there, and is not overwritten", file)
	}
	e := readEnvironment(v.getenv)
	if e.config.Environment == kakaocert.Production && !cmd.Bool("production") {
		return call.Wrong("%s is production: say --production to call its host", env.Environment)
	}
	p := newPrinter(call.Stdout(cmd), cmd.Bool("json"))
	defer p.erase()
	e.examine(ctx, p, doctor.Options{
		Scope: doctor.Everything, Skip: e.skip, Search: file != "", Pace: v.paceFor(e, file != ""),
	}, file)
	err := p.conclude()
	if ctx.Err() != nil {
		return call.ErrInterrupted
	}
	return err
}

// paceFor is zero where the calls do not leave this machine, and no path is looked
// for.
func (v verb) paceFor(e *environment, searching bool) time.Duration {
	local := e.config.BaseURL != "" && !env.Setting{Set: true, Config: e.config}.Remote()
	if v.pace == 0 && local && !searching {
		return -1
	}
	return v.pace
}
