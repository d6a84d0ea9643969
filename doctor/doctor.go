package doctor

import (
	"cmp"
	"context"
	"crypto/x509"
	"net/http"
	"strings"
	"time"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/internal/transport"
)

// Scope selects what is checked in addition to the settings, which need no
// call. Combine scopes with |.
type Scope uint

const (
	// Host is the way to the host: DNS, connection, TLS, and its clock. One
	// call without keys.
	Host Scope = 1 << iota
	// Keys is whether the service answers and accepts both keys. One call,
	// rarely two; one more where the keys are refused.
	Keys
	// SettleID is whether the service accepts the settle_id. Two calls; two more
	// where the service misses other fields first.
	SettleID
	// Paths is whether each path of the Protocol answers as the service does, and,
	// where that shows, whether the contract grants it. One call for each path: 15
	// in the default Protocol.
	Paths
	// Products is which further products the contract grants. One call each.
	Products
	// Decryption is whether the service can decrypt what the Cipher encrypts.
	// Two calls; up to four more to find the number of the key.
	Decryption

	// Health is for a health check: two calls.
	Health = Host | Keys
	// Everything is all of the above.
	Everything = Health | SettleID | Paths | Products | Decryption
)

// Options of an examination. The zero value is right for a health check.
type Options struct {
	// Scope selects what to check; 0 means Health.
	Scope Scope

	// Skip selects what to report as skipped instead of checking it.
	Skip Scope

	// Search looks for steps that are missing at the path of the Protocol, by
	// trying its alternatives ([kakaocert.ProtocolEntry]). It needs Paths. What one
	// product shows is taken for the others with the same path: an examination with
	// the result, which is in Report.Protocol, calls them all.
	Search bool

	// Roots are the certificates that signatures are checked with, and
	// Intermediates those of issuing authorities that messages do not contain. They
	// are checked if there are any.
	Roots         []*x509.Certificate
	Intermediates []*x509.Certificate

	// Pace is the least time between two calls. 0 means no pause for Health, and
	// one second for any other scope. A negative Pace means no pause.
	Pace time.Duration

	// OnFinding, if it is not nil, is called with each finding as it comes.
	OnFinding func(Finding)

	// OnCall, if it is not nil, is called before each call with its number, from 1.
	OnCall func(number int)

	// Names maps the names of fields to the names of settings in texts:
	// {"DealerKey": "DEALER_KEY"}. A field that is missing here is called
	// Config.DealerKey.
	Names map[string]string
}

// Examine checks a configuration and calls the host that it names. A missing or
// wrong field is a finding and not an error. Config.Evidence and
// Config.Observer are not used; Config.Limiter is asked before each call with
// keys. The only error is that of a context that ended before the examination
// did; the report then contains what was found so far.
func Examine(ctx context.Context, config kakaocert.Config, options Options) (*Report, error) {
	d := newExamination(config, options)
	defer d.closeConnections()
	d.examineSettings()
	reached := d.examineHost(ctx)
	if d.wants(Keys | SettleID | Paths | Products | Decryption) {
		d.examineAnswers(ctx, reached && d.callable())
	}
	d.Calls = d.budget.calls
	if d.options.Search {
		d.Protocol = d.protocolFile()
	}
	return &d.Report, ctx.Err()
}

// examination is one configuration under examination, and the state that later
// checks need.
type examination struct {
	Report
	config  kakaocert.Config
	options Options

	protocol  *kakaocert.Protocol
	transport http.RoundTripper // nil if the given value is refused
	base      string            // address without a trailing slash; empty if there is no valid one
	names     *strings.Replacer // of settings in texts
	keysAreOK bool              // as far as their form
	found     map[string]found  // by key of the protocol
	prepared  map[impossible]error
	budget    budget
}

func newExamination(config kakaocert.Config, options Options) *examination {
	options.Scope = cmp.Or(options.Scope, Health)
	protocol := config.Protocol
	if protocol == nil {
		protocol = kakaocert.DefaultProtocol()
	}
	carrier, _ := transport.Guard(config.Transport) // a client explains why it is refused
	pace := max(0, options.Pace)
	if options.Pace == 0 && options.Scope&^Health != 0 {
		pace = time.Second
	}
	return &examination{
		Report: Report{At: time.Now().UTC().Truncate(time.Second), Version: kakaocert.Version},
		config: config, options: options, protocol: protocol, transport: carrier,
		names: replacerOf(options.Names), found: make(map[string]found), prepared: make(map[impossible]error), budget: budget{pace: pace, onCall: options.OnCall},
	}
}

// closeConnections closes idle connections. A Transport that is copied, or the
// default, is used only here; any other belongs to the caller.
func (d *examination) closeConnections() {
	if own, is := d.transport.(*http.Transport); is {
		own.CloseIdleConnections()
	}
}

// wants reports whether any of the scopes is to be checked, or to be reported
// as skipped.
func (d *examination) wants(scope Scope) bool { return d.options.Scope&scope != 0 }

// makes reports whether the scope is to be checked.
func (d *examination) makes(scope Scope) bool { return d.options.Scope&^d.options.Skip&scope != 0 }

// callable reports whether a client can be made from the configuration.
func (d *examination) callable() bool {
	return d.keysAreOK && isEnvironment(d.config.Environment) && d.makes(Keys|SettleID|Paths|Products|Decryption)
}

func isEnvironment(e kakaocert.Environment) bool {
	return e == kakaocert.Test || e == kakaocert.Production
}
