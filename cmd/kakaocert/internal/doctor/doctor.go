// Package doctor has the verb that examines a configuration and the host that it
// names.
package doctor

import (
	"context"
	"net/http"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/cmd/kakaocert/internal/call"
	"github.com/kakaocert-go/kakaocert/internal/env"
)

const doctorHelp = `Step by step against the host that the environment names: variables, keys, cipher,
address, TLS, clock; whether the service accepts the keys, the product codes and
the settle_id; and whether each path of the protocol answers as an API does. What
is wrong comes with what to do.

Nobody is asked to sign, no transaction is opened, and nothing is fetched: steps
are called with a tx_id that is made up, and prepare with nothing in it, with the
settle_id alone, and, to see whether the service can decrypt, with a person who
cannot be (kakaocert doctor, 19000101, 01000000000).

Each check is ok, wrong, unknown or skipped. Unknown is what cannot be known
without a person; what would tell is said. --json prints an object for each:

   {"check": "keys", "result": "wrong", "cause": "swapped", "seen": "..."}

The checks of paths are named path.k1100.prepare and so on; they have the endpoint
and how sure the protocol is of it (provenance) too.

What is at kauth and kapi is not called. A path without the product code cannot show
whether the contract grants the step: the service does not know a made-up tx_id.

Exit status: 0 nothing is wrong, 1 something is, 2 wrong call.

   kakaocert sim | tee sim.env             to try it: in one terminal
   . ./sim.env && kakaocert doctor         in another`

// Command is the verb doctor.
func Command(getenv func(string) string) *cli.Command {
	return &cli.Command{
		Name:        "doctor",
		Usage:       "check keys, clock, TLS, host, product and paths against the configured host",
		UsageText:   "kakaocert doctor [--json]",
		Description: doctorHelp,
		Flags: []cli.Flag{
			call.JSONFlag("print one JSON object a check"),
		},
		Action: func(ctx context.Context, cmd *cli.Command) error {
			if err := call.NoArguments(cmd); err != nil {
				return err
			}
			d := &doctor{getenv: getenv, report: &report{
				out: call.Stdout(cmd), words: words.In(call.Stdout(cmd).Lang()), asJSON: cmd.Bool("json"),
			}}
			return d.run(ctx)
		},
	}
}

// doctor examines one configuration, and keeps what later checks need.
type doctor struct {
	*report
	getenv    func(string) string
	transport http.RoundTripper // nil but in tests

	protocol    *kakaocert.Protocol
	environment kakaocert.Environment // 0 where it is not known
	cipher      kakaocert.DataCipher  // nil where there is none
	base        string                // address without a slash at its end; empty where there is none
	keysFormed  bool

	budget budget
}

// run makes all checks in their order.
func (d *doctor) run(ctx context.Context) error {
	protocolReadable := d.examineProtocol()
	d.examineEnvironment()
	d.examineKeys()
	d.examineCipher()
	d.examineRoots()
	d.examineAddress()
	reached := d.examineHost(ctx)
	if protocolReadable && reached && d.keysFormed && d.environment != 0 {
		d.examineService(ctx)
	} else {
		d.skip("service")
		d.skipAnswers()
	}
	return d.conclude()
}

// skipAnswers reports the checks that need the service's answers, and of the
// settle_id what can be said without.
func (d *doctor) skipAnswers() {
	d.skip("keys", "product")
	if d.examineSettleIDForm() {
		d.skip("settle_id")
	}
	d.skip(d.pathChecks()...)
	d.skip(d.furtherChecks()...)
	d.skip("decryption")
}

// examineProtocol reads the protocol file.
func (d *doctor) examineProtocol() (readable bool) {
	protocol, err := env.ReadProtocol(d.getenv)
	if err != nil {
		d.protocol = kakaocert.DefaultProtocol()
		d.say("protocol", "protocol.broken", err)
		return false
	}
	d.protocol = protocol
	var changed []string
	assumed, all := 0, protocol.Entries()
	for _, entry := range all {
		if entry.Changed {
			changed = append(changed, entry.Key)
		} else if entry.Provenance == kakaocert.ProvenanceAssumed {
			assumed++
		}
	}
	if len(changed) > 0 {
		d.say("protocol", "protocol.file", strings.Join(changed, ", "), assumed)
	} else {
		d.say("protocol", "protocol.default", len(all), assumed)
	}
	return true
}

func (d *doctor) examineEnvironment() {
	environment, err := env.ReadEnvironment(d.getenv)
	switch {
	case err != nil:
		d.say("environment", "environment.unknown")
	case d.getenv(env.Environment) == "":
		d.say("environment", "environment.default")
	default:
		d.say("environment", "environment."+environment.String())
	}
	d.environment = environment
}
