package kakaocert

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/kakaocert-go/kakaocert/internal/transport"
)

// Config is what a [Client] needs to know. It prints as [redacted]; do not keep
// it in an unexported field by value, where fmt looks past that.
type Config struct {
	redacted

	DealerKey      string // REST API key of the dealer's app (Authorization), without "KakaoAK" (DOC)
	InstitutionKey string // that of the institution's app (Target-Authorization) (DOC)
	SettleID       string // settlement unit; may be empty where every prepare names its own (DOC)
	Environment    Environment

	Cipher DataCipher // of the contract's key

	// OlderCiphers have the keys that the contract had before, newest first. A
	// transaction that was prepared under an older key is answered under it.
	OlderCiphers []DataCipher

	// Evidence receives verify's answer before the caller does. Every service but
	// K1100 and K1400 refuses to verify without; [UnsafeNoEvidence] is a Sink too.
	Evidence Sink

	// BaseURL replaces Kakao's hosts, kauth and kapi included: the
	// address of a simulator or of the institution's own gateway. Plain http is
	// for loopback only.
	BaseURL string

	// Transport carries the calls: for proxies, private roots, or tests. An
	// [http.Transport] that skips certificate checks is refused. A custom one must
	// not repeat a call by itself. Nil is right for most.
	Transport http.RoundTripper

	Protocol     *Protocol // the wire; nil is [DefaultProtocol]
	ClientSecret string    // client_secret of the institution's app at kauth, for K2100, where it has one (ASSUMED)

	TryTimeout    time.Duration // of one try of a call other than verify; 0 is 10 s
	VerifyTimeout time.Duration // of one try of a verify, whether or not the caller still waits; 0 is 60 s
	Retries       int           // how often a call is tried again where that is safe, at most 10; 0 is 2, [NoRetries] never
	Limiter       Limiter       // keeps the calls to a rate; nil sends them at once

	// MaintenancePause is how long no call is sent to a host that has answered
	// [ErrMaintenance]: they fail with a [*MaintenanceError]. Then one call tries
	// it. Retry-After makes it longer. Verify and the exchange of a login's code
	// are sent all the same. At most an hour; 0 sends every call.
	MaintenancePause time.Duration

	UserAgent string // added to the User-Agent; at most 200 characters of printable ASCII

	// Logger gets a debug line for each try: operation, product, tx_id, status,
	// code, duration, attempt, and nothing else. Nil logs nothing.
	Logger *slog.Logger

	Observer Observer // nil observes nothing, and costs nothing
}

func (c Config) check() error {
	if err := checkKey("Config.DealerKey", c.DealerKey); err != nil {
		return err
	}
	if err := checkKey("Config.InstitutionKey", c.InstitutionKey); err != nil {
		return err
	}
	if c.SettleID != "" {
		if err := checkSettleID("Config.SettleID", c.SettleID); err != nil {
			return err
		}
	}
	if c.ClientSecret != "" && !isGraphic(c.ClientSecret) {
		return &ArgumentError{Field: "Config.ClientSecret", Reason: "must be printable ASCII without spaces"}
	}
	if c.Cipher == nil {
		return &ArgumentError{Field: "Config.Cipher", Reason: "must be set"}
	}
	if slices.Contains(c.OlderCiphers, nil) {
		return &ArgumentError{Field: "Config.OlderCiphers", Reason: "must not contain nil"}
	}
	if c.Environment != Test && c.Environment != Production {
		return &ArgumentError{Field: "Config.Environment", Reason: "must be Test or Production"}
	}
	return c.checkCalls()
}

// Limiter says when a call may be sent, such as a *rate.Limiter of
// golang.org/x/time/rate. Several clients may share it.
type Limiter interface {
	// Wait returns nil when one call may be sent, and ends with its context. On an
	// error nothing is sent. A client asks before each try, one goroutine at a
	// time, in the order of urgency: verify first, prepare last.
	Wait(ctx context.Context) error
}

// NoRetries is for Config.Retries: no call is tried again.
const NoRetries = -1

const (
	defaultTryTimeout    = 10 * time.Second
	defaultVerifyTimeout = 60 * time.Second
	defaultRetries       = 2
	maxRetries           = 10
	maxUserAgent         = 200
	maxMaintenancePause  = time.Hour

	bodyLimit   = 1 << 20  // bytes of an answer
	verifyLimit = 64 << 20 // bytes of a verify's answer: several times what 200 documents need
)

func (c Config) checkCalls() error {
	switch {
	case c.TryTimeout < 0:
		return &ArgumentError{Field: "Config.TryTimeout", Reason: "must not be negative"}
	case c.VerifyTimeout < 0:
		return &ArgumentError{Field: "Config.VerifyTimeout", Reason: "must not be negative"}
	case c.Retries < NoRetries || c.Retries > maxRetries:
		return &ArgumentError{Field: "Config.Retries", Reason: "must be NoRetries or 0 to 10"}
	case c.MaintenancePause < 0 || c.MaintenancePause > maxMaintenancePause:
		return &ArgumentError{Field: "Config.MaintenancePause", Reason: "must be 0 to 1 hour"}
	case len(c.UserAgent) > maxUserAgent || strings.ContainsFunc(c.UserAgent, isControl):
		return &ArgumentError{Field: "Config.UserAgent", Reason: "must be at most 200 characters of printable ASCII"}
	}
	return nil
}

func (c Config) retries() int {
	switch c.Retries {
	case 0:
		return defaultRetries
	case NoRetries:
		return 0
	}
	return c.Retries
}

func (c Config) keys() http.Header {
	return http.Header{
		"Authorization":        {"KakaoAK " + c.DealerKey},
		"Target-Authorization": {"KakaoAK " + c.InstitutionKey},
	}
}

// loginID is the client_id at kauth.
func (c Config) loginID(p *Protocol) string {
	if p.Get("login.client_id") == "dealer" {
		return c.DealerKey
	}
	return c.InstitutionKey
}

// base returns where calls go: Kakao's host for the environment, or BaseURL.
func (c Config) base() (*url.URL, error) {
	refuse := func(reason string) (*url.URL, error) {
		return nil, &ArgumentError{Field: "Config.BaseURL", Reason: reason}
	}
	address := c.BaseURL
	if address == "" {
		address = c.Environment.BaseURL()
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Opaque != "" {
		return refuse("must be an absolute URL")
	}
	if !isGraphic(u.Host) { // net/http would map it, full-width letters too
		return refuse("must have a host in ASCII")
	}
	if u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return refuse("must have scheme, host and path alone")
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !transport.IsLoopback(u.Hostname())) {
		return refuse("must be https, or http to loopback")
	}
	for _, other := range []Environment{Test, Production} {
		if other != c.Environment && strings.EqualFold(u.Scheme+"://"+strings.TrimRight(u.Hostname(), "."), other.BaseURL()) {
			return refuse("must not be the host of the other environment")
		}
	}
	u.Path, u.RawPath = strings.TrimRight(u.Path, "/"), strings.TrimRight(u.RawPath, "/")
	return u, nil
}

// hosts are Kakao's other hosts by their name in the Protocol; none where
// BaseURL takes the place of all.
func (c Config) hosts(p *Protocol) (map[string]*url.URL, error) {
	if c.BaseURL != "" {
		return nil, nil
	}
	hosts := make(map[string]*url.URL)
	for _, name := range hostNames {
		u, err := url.Parse(p.Get("host." + name))
		if err != nil {
			return nil, &ArgumentError{Field: "Config.Protocol", Reason: "has a host that is not a URL"}
		}
		hosts[name] = u
	}
	return hosts, nil
}

// Environment is where a client's calls go. It sets the host and the form of
// the product code together (E1007). The zero Environment is refused.
type Environment int

const (
	// Test is cbt-cert-sign.kakao.com, with a T behind every product code.
	// Its users are real: the test host asks real people on real phones. (DOC)
	Test Environment = iota + 1
	// Production is cert-sign.kakao.com. (DOC)
	Production
)

func (e Environment) String() string {
	switch e {
	case Test:
		return "test"
	case Production:
		return "production"
	}
	return "unset"
}

// BaseURL returns Kakao's host, for firewall allow-lists. (DOC)
func (e Environment) BaseURL() string {
	if e == Production {
		return "https://cert-sign.kakao.com"
	}
	return "https://cbt-cert-sign.kakao.com"
}

// suffix follows a product code. (DOC)
func (e Environment) suffix() string {
	if e == Test {
		return "T"
	}
	return ""
}

// NewTransport returns a Transport whose connections several clients share: a
// dealer's program has a [Client] for each institution. The base is copied and
// checked as Config.Transport is; nil is the default. The error is an
// [*ArgumentError].
func NewTransport(base *http.Transport) (http.RoundTripper, error) {
	guarded, reason := transport.Guard(base)
	if reason != "" {
		return nil, &ArgumentError{Field: "base", Reason: reason}
	}
	return sharedTransport{guarded.(*http.Transport)}, nil
}

// sharedTransport is one that NewClient does not copy.
type sharedTransport struct{ *http.Transport }
