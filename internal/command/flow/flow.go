// Package flow defines the verbs that take a person through a flow: identity,
// withdrawal and contract.
package flow

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/internal/command/call"
	"github.com/kakaocert-go/kakaocert/internal/env"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// flow is a flow on its way: where it runs, the person it asks, and what came of it.
type flow struct {
	*steps
	cmd        *cli.Command
	setting    env.Setting
	simulator  *kakaocerttest.Service // nil where calls go to a host
	client     *kakaocert.Client
	config     kakaocert.Config  // without the sink
	person     *kakaocert.Person // nil: the signer is not compared
	asked      asked
	roots      *call.Trust // nil: signatures are not checked
	revocation kakaocert.RevocationMode
	key        storeKey
	store      *store // nil: nothing is kept
	sink       kakaocert.Sink
	code       kakaocert.Code // of the service, if that ended the flow
	learner    *learner       // nil: no names are learned
	resuming   bool
	timeout    time.Duration
	poll       time.Duration

	at          string // the step under way
	transaction string // in its text form; empty before there is one
	requested   bool   // the person may have been asked
	outcome     flowOutcome
}

// identifyItems are asked for and compared, whatever the flow.
var identifyItems = []kakaocert.IdentifyItem{kakaocert.IdentifyName, kakaocert.IdentifyBirthday}

// flowFlags are those of every flow, after its own.
func flowFlags(product string, own ...cli.Flag) []cli.Flag {
	if product != "" {
		own = append(own, call.TextFlag("product", "product `CODE`, without the test host's T (default: "+product+")"))
	}
	return append(own,
		call.TextFlag("name", "the person's `NAME`, as registered with Kakao"),
		call.TextFlag("birthday", "the person's birthday, `YYYYMMDD`"),
		call.TextFlag("phone", "the person's phone `NUMBER`, digits only"),
		call.TextFlag("title", "`TITLE` that the person sees (default: that of the first text, if there are texts)"),
		call.TextFlag("desc", "display data that the contract fixes is in this `FILE`, as JSON"),
		call.IntermediatesFlag(),
		call.TextFlag("roots", "trust the certificates in this `PEM` file (default: $KAKAOCERT_ROOTS; the built-in simulator's own)"),
		call.RevocationFlag("hard against a simulator, soft against a host"),
		&cli.DurationFlag{Name: "timeout", Value: 5 * time.Minute, Usage: "wait for the signature for this `DURATION`", OnlyOnce: true},
		&cli.DurationFlag{Name: "poll", Value: 2 * time.Second, Usage: "first `DURATION` between two status calls; it grows to five times that", OnlyOnce: true},
		call.ShowSubjectFlag(),
		call.JSONFlag("print the result as one JSON object, and the steps on standard error"),
	)
}

// flowHelp says what all flows have in common.
const flowHelp = `
Without keys in the environment the built-in simulator is called, and the person is invented.
If the host is not on loopback, real people are asked on real phones, also on the test host:
--name, --birthday and --phone must then be given.

Exit status: 0 verified, 1 not verified (reason, step and error say why), 2 wrong call: nobody was
asked, 130 interrupted.
`

// flowAction runs a flow to its end.
func flowAction(getenv func(string) string, run func(*flow, context.Context) error) cli.ActionFunc {
	return func(ctx context.Context, cmd *cli.Command) error {
		f, err := newFlow(cmd, getenv)
		if err != nil {
			return err
		}
		return f.finish(run(f, ctx))
	}
}

// newFlow reads the call. Nothing is sent yet, and every mistake is a wrong
// call.
func newFlow(cmd *cli.Command, getenv func(string) string) (*flow, error) {
	getenv, err := learnFrom(cmd.String("learn"), getenv)
	if err != nil {
		return nil, err
	}
	setting, err := env.Read(getenv)
	if err != nil {
		return nil, call.Wrong("%w", err)
	}
	f := &flow{cmd: cmd, setting: setting, steps: newSteps(cmd), timeout: cmd.Duration("timeout"), poll: cmd.Duration("poll")}
	for name, duration := range map[string]time.Duration{"timeout": f.timeout, "poll": f.poll} {
		if duration <= 0 {
			return nil, call.Wrong("--%s must be longer than 0, such as 30s or 5m", name)
		}
	}
	if f.roots, err = call.ReadRoots(cmd, f.rootsVariable(getenv)); err != nil {
		return nil, err
	}
	usual := kakaocert.RevocationHard
	if setting.Remote() {
		usual = kakaocert.RevocationSoft
	}
	if f.revocation, err = call.ReadRevocationMode(cmd, usual); err != nil {
		return nil, err
	}
	if f.key, err = readStoreKey(cmd.String("key-file")); err != nil {
		return nil, err
	}
	if f.learner, err = newLearner(cmd, setting); err != nil {
		return nil, err
	}
	f.asked.Title = cmd.String("title")
	return f, f.readDesc()
}

// rootsVariable hides the environment's roots from the built-in simulator:
// they go with the environment's keys.
func (f *flow) rootsVariable(getenv func(string) string) func(string) string {
	if f.setting.Set {
		return getenv
	}
	return func(string) string { return "" }
}

func (f *flow) readDesc() error {
	if !f.cmd.IsSet("desc") {
		return nil
	}
	var err error
	f.asked.Desc, err = call.ReadText("desc", f.cmd.String("desc"))
	return err
}

// productOf is the product that the call names, or else the first choice.
func productOf[P kakaocert.Product](f *flow, standard P, others ...P) (P, error) {
	given := P(f.cmd.String("product"))
	if given == "" {
		return standard, nil
	}
	known := append([]P{standard}, others...)
	if slices.Contains(known, given) {
		return given, nil
	}
	words := make([]string, len(known))
	for i, p := range known {
		words[i] = string(p)
	}
	slices.Sort(words)
	return "", call.Wrong("--product must be one of %s, without the test host's T", strings.Join(words, ", "))
}

// givenPerson is the person that the call names, as far as it does.
func (f *flow) givenPerson() (given kakaocert.Person, whole bool) {
	given = kakaocert.Person{Name: f.cmd.String("name"), Birthday: f.cmd.String("birthday"), Phone: f.cmd.String("phone")}
	return given, given.Name != "" && given.Birthday != "" && given.Phone != ""
}

var errHalfAPerson = call.Wrong("--name, --birthday and --phone are given together or not at all")

// findPerson takes the person that the call names, or the invented one where it
// may leave that out.
func (f *flow) findPerson() error {
	given, whole := f.givenPerson()
	switch {
	case whole:
	case f.setting.Remote():
		return call.Wrong("this would ask a real person, on a real phone: give --name, --birthday and --phone")
	case given != kakaocert.Person{}:
		return errHalfAPerson
	default:
		invented := kakaocerttest.DefaultUser()
		given = kakaocert.Person{Name: invented.Name, Birthday: invented.Birthday, Phone: invented.Phone}
	}
	f.person = &given
	return nil
}

func (f *flow) user() kakaocert.User { return kakaocert.ByPerson(*f.person) }

// open makes the client that asks the person and keeps what comes in the sink.
func (f *flow) open(sink kakaocert.Sink) error {
	f.sink = sink
	if f.learner != nil {
		f.config.Transport = f.learner.sent.through(f.config.Transport)
	}
	if err := f.connect(); err != nil {
		return call.WrongCall{Err: err}
	}
	f.outcome.Host, f.outcome.Environment = f.setting.Host(), f.config.Environment.String()
	if f.simulator != nil {
		f.say("calling", "%s, which knows every person that is named", f.out.T(f.outcome.Host))
	} else {
		f.say("calling", "%s", f.out.T(f.outcome.Host))
	}
	return nil
}

// connect makes the client of the configuration.
func (f *flow) connect() (err error) {
	config := f.config
	config.Evidence = f.sink
	f.client, err = kakaocert.NewClient(config)
	return err
}

// simulate starts the built-in simulator, whose one user signs when the first
// pause is over. A person that it refuses as a user is one that no client can ask
// for: prepare says why.
func (f *flow) simulate(person kakaocert.Person) kakaocert.Config {
	f.simulator = kakaocerttest.NewService(kakaocerttest.WithProtocol(f.setting.Protocol), kakaocerttest.WithUsers())
	_ = f.simulator.AddUser(kakaocerttest.User{
		Name: person.Name, Birthday: person.Birthday, Phone: person.Phone, Behaviour: kakaocerttest.SignAfter(f.poll),
	})
	if f.roots == nil {
		f.roots = &call.Trust{Pool: f.simulator.Roots(), PEM: f.simulator.RootPEM()}
	}
	return f.simulator.Config()
}

// setTransaction notes what the flow is about from here on.
func (f *flow) setTransaction(product, txID, text string) {
	f.outcome.Product, f.outcome.TxID, f.transaction = product, txID, text
}

// sayRequested says that the person has a message. When it is not known whether
// the request arrived, status will show.
func (f *flow) sayRequested(receipt *kakaocert.Receipt, err error) error {
	if errors.Is(err, kakaocert.ErrOutcomeUnknown) {
		f.requested = true
		f.say("requested", "perhaps: %v", err)
		return nil
	}
	if err != nil {
		return err
	}
	f.requested = true
	if receipt.AppLink != "" {
		f.outcome.AppLink = receipt.AppLink
		f.say("requested", "the app link is %s", receipt.AppLink)
		return nil
	}
	f.say("requested", "the person has a message in KakaoTalk")
	return nil
}

// longestPause is what pauses grow to: 10 s from the default of 2 s.
func longestPause(first time.Duration) time.Duration {
	if first > time.Minute {
		return first
	}
	return 5 * first
}

// compareSigner asks who signed, and compares.
func compareSigner[P kakaocert.Product](ctx context.Context, f *flow, s func(*kakaocert.Client) service[P], tx kakaocert.Transaction[P]) error {
	f.at = "signer"
	if f.person == nil {
		f.warn("the signer was not compared with the person: give --name, --birthday and --phone")
		return nil
	}
	for {
		var answer kakaocert.Answer
		info, err := s(f.client).SignerInfo(ctx, tx, kakaocert.WithAnswer(&answer))
		if err == nil {
			err = info.Compare(f.user(), identifyItems...)
		}
		if err == nil {
			break
		}
		if errors.Is(err, kakaocert.ErrSignerMismatch) || !f.learnSigner(&answer, err) {
			return err
		}
	}
	f.outcome.SignerMatches = identifyItems
	f.say("signer", "name and birthday are the person's")
	return nil
}

// kept is a result, also where the one who asked has gone meanwhile: verify
// gives it once.
func kept[R any](result *R, err error) (*R, error) {
	if result != nil {
		return result, nil
	}
	return nil, err
}
