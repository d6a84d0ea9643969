// Package sim defines the verb that serves the simulator.
package sim

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v3"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/internal/command/call"
	"github.com/kakaocert-go/kakaocert/internal/env"
	"github.com/kakaocert-go/kakaocert/internal/transport"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
	"github.com/kakaocert-go/kakaocert/kakaocerttest/console"
)

const simHelp = `The KakaoTalk Certification Service, simulated, for clients in any language.
Standard output has what a client needs, as lines that a shell can read:

   kakaocert sim | tee sim.env        in one terminal
   . ./sim.env                        in another

Calls are printed on standard error as they happen. Ctrl-C ends the simulator.

The page /_sim/phone plays the users' phones: there a person signs or declines.
The control interface below /_sim/ does the same for programs. It also moves the
clock and makes calls fail; docs/simulator.md describes it. Everybody who can
reach the simulator can sign, so it listens on loopback unless --public is given.

Without a seed file there is one user, 홍길동 (19900101, 01012345678), who signs
on the page, and a contract whose keys are public and the same every time.
A seed file is JSON, and every field is optional:

   {
     "environment": "test",
     "contract": {
       "dealer_key": "...", "institution_key": "...", "settle_ids": ["..."],
       "cipher_keys": [{"key": "(Base64)", "iv": "(Base64)", "version": 1}],
       "without_ci": false,
       "desc": {
         "request_type": "...", "request_organization": "...",
         "receiver_name": "..."
       },
       "denied": ["k3500", "k1100.signer"]
     },
     "dialect": {
       "without_scheme": true, "der": true, "url_safe": true,
       "base64_vid": true, "identity_cms": true
     },
     "users": [
       {
         "name": "김철수", "birthday": "19851224", "phone": "01011112222",
         "behaviour": "sign:3s", "key": "ECDSA"
       }
     ],
     "faults": [{"step": "verify", "kind": "drop_after", "times": 1}]
   }

docs/simulator.md describes all fields of dialect, which set how the host speaks
where more than one way is known.

A behaviour is sign, sign:3s, refuse, refuse:3s, ignore, manual, dormant, foreign
or no_certificate; a user without one signs at once.`

// Command is the verb sim.
func Command(getenv func(string) string) *cli.Command {
	return &cli.Command{
		Name:        "sim",
		Usage:       "serve the simulator, with a page that plays the user's phone",
		UsageText:   "kakaocert sim [--listen ADDRESS] [--seed FILE]",
		Description: simHelp,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "listen", Value: "127.0.0.1:8080", Usage: "`ADDRESS` and port; port 0 is any free one"},
			&cli.BoolFlag{Name: "public", Usage: "listen on an address that others can reach; all of them can then read and sign"},
			&cli.StringSliceFlag{Name: "allow-host", Usage: "show pages and control interface under this host `NAME` too; may be repeated"},
			&cli.StringFlag{Name: "seed", Usage: "`FILE` with contract, users, dialect and faults"},
			&cli.StringFlag{Name: "env", Usage: "which `HOST` to simulate: test or production (default: test)"},
			&cli.StringFlag{Name: "protocol", Usage: "protocol `FILE` (default: $" + env.Protocol + ")"},
			&cli.StringFlag{Name: "roots-file", Usage: "write the root certificate to this `FILE`, and keep it at the end (default: a temporary file)"},
			&cli.BoolFlag{Name: "quiet", Usage: "do not print the calls"},
			call.TextFlag("health", "serve nothing: ask the simulator at this `URL` whether it serves"),
			call.JSONFlag("print one JSON object, and the calls as JSON"),
		},
		Action: func(ctx context.Context, cmd *cli.Command) error { return simulate(ctx, cmd, getenv) },
	}
}

// simulate serves until the context ends.
func simulate(ctx context.Context, cmd *cli.Command, getenv func(string) string) error {
	if err := call.NoArguments(cmd); err != nil {
		return err
	}
	if cmd.IsSet("health") {
		return askHealth(ctx, cmd.String("health"))
	}
	if err := checkListen(cmd.String("listen"), cmd.Bool("public")); err != nil {
		return err
	}
	plan, err := planSim(cmd, getenv)
	if err != nil {
		return call.WrongCall{Err: err}
	}
	server, err := plan.start(cmd.String("listen"), cmd.StringSlice("allow-host"))
	if err != nil {
		return err
	}
	defer func() { _ = server.Close() }()
	roots, remove, err := writeRoots(cmd.String("roots-file"), server.RootPEM())
	if err != nil {
		return err
	}
	defer remove()

	if cmd.Bool("public") {
		fmt.Fprintln(call.Stderr(cmd), "kakaocert: --public: everybody on the network can read what is here and sign: no data of real people")
	}
	if !cmd.Bool("quiet") {
		defer server.OnEvent(eventPrinter(call.Stderr(cmd), cmd.Bool("json")))()
	}
	if err := plan.printReady(cmd, server, roots); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// checkListen keeps the simulator to this machine unless --public is given.
func checkListen(address string, public bool) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return call.Wrong("--listen is not an address and a port such as 127.0.0.1:8080")
	}
	if transport.IsLoopback(host) || public {
		return nil
	}
	return call.Wrong("--listen %s can be reached by others, who could read and sign: say --public if that is meant", address)
}

// simPlan is what to simulate.
type simPlan struct {
	seed
	protocol     *kakaocert.Protocol
	protocolFile string // absolute; empty where it is the default
}

// planSim reads the files. A flag is stronger than the seed.
func planSim(cmd *cli.Command, getenv func(string) string) (*simPlan, error) {
	plan := new(simPlan)
	var err error
	if file := cmp.Or(cmd.String("protocol"), getenv(env.Protocol)); file != "" {
		if plan.protocolFile, err = filepath.Abs(file); err != nil {
			return nil, err
		}
	}
	if plan.protocol, err = env.ReadProtocol(func(string) string { return plan.protocolFile }); err != nil {
		return nil, err
	}
	if file := cmd.String("seed"); file != "" {
		if plan.seed, err = readSeed(file); err != nil {
			return nil, err
		}
	}
	if word := cmd.String("env"); word != "" {
		if plan.environment, err = environmentOf(word); err != nil {
			return nil, fmt.Errorf("--env %w", err)
		}
	}
	return plan, nil
}

// start serves the plan; what cannot be used in it is named.
func (p *simPlan) start(address string, hosts []string) (*kakaocerttest.Server, error) {
	contract, err := p.completeContract(p.protocol)
	if err != nil {
		return nil, call.WrongCall{Err: err}
	}
	server, err := kakaocerttest.StartServer(address,
		kakaocerttest.WithHandler(console.Handler),
		kakaocerttest.WithHosts(hosts...),
		kakaocerttest.WithProtocol(p.protocol),
		kakaocerttest.WithEnvironment(cmp.Or(p.environment, kakaocert.Test)),
		kakaocerttest.WithContract(contract),
		kakaocerttest.WithDialect(p.dialect),
		kakaocerttest.WithUsers(),
	)
	if _, cannotListen := errors.AsType[*net.OpError](err); cannotListen {
		return nil, err
	}
	if err != nil {
		return nil, call.WrongCall{Err: err}
	}
	if err := p.populate(server); err != nil {
		_ = server.Close()
		return nil, call.WrongCall{Err: err}
	}
	return server, nil
}

// writeRoots writes the root certificate, and returns what removes a file that the
// call did not ask to keep.
func writeRoots(path string, pem []byte) (written string, remove func(), err error) {
	remove = func() {}
	if path == "" {
		dir, err := os.MkdirTemp("", "kakaocert-sim-")
		if err != nil {
			return "", nil, err
		}
		path, remove = filepath.Join(dir, "roots.pem"), func() { _ = os.RemoveAll(dir) }
	}
	if path, err = filepath.Abs(path); err == nil {
		err = os.WriteFile(path, pem, 0o644)
	}
	if err != nil {
		remove()
		return "", nil, err
	}
	return path, remove, nil
}
