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

// Config is what a [Client] needs to know. It prints as [redacted]; do not
// keep it in an unexported field by value, where fmt looks past that.
type Config struct {
	redacted

	// DealerKey is the REST API key of the dealer's app (Authorization), and
	// InstitutionKey that of the institution's (Target-Authorization). Both
	// are given bare, without "KakaoAK". (DOC)
	DealerKey      string
	InstitutionKey string

	// SettleID is the settlement unit from the contract. It may be empty where
	// every prepare names its own. (DOC) At most 128 characters of ASCII.
	SettleID string

	// Cipher encrypts personal data and carries the number of its key.
	Cipher DataCipher

	// OlderCiphers have the keys that the contract had before, newest first.
	// They only decrypt: a transaction that was prepared under an older key is
	// answered under it. One answer is read with one key, never with several.
	OlderCiphers []DataCipher

	// Environment sets the host and the T of the product codes together.
	Environment Environment

	// Evidence receives verify's answer before anybody else. Every service but
	// K1100 and K1400 refuses to verify without; [UnsafeNoEvidence] is a Sink too.
	Evidence Sink

	// BaseURL takes the place of Kakao's hosts, kauth and kapi included: the
	// address of a simulator or of the institution's own gateway. Plain http is
	// for loopback only.
	BaseURL string

	// Transport carries the calls: for proxies, private roots, or tests. An
	// [http.Transport] that skips certificate checks is refused. A custom implementation must
	// not repeat a call by itself: request and verify are sent once. Nil is
	// right for most.
	Transport http.RoundTripper

	// Protocol is the wire; nil is [DefaultProtocol].
	Protocol *Protocol

	// ClientSecret is the client_secret of the institution's app at kauth, for
	// K2100, where the app has one switched on. (ASSUMED)
	ClientSecret string

	// TryTimeout limits one try of a call, from connecting to the last byte of the
	// answer. 0 is the default of 10 s. It is not for verify.
	TryTimeout time.Duration

	// VerifyTimeout limits one try of a verify, which goes on whether or not the
	// caller still waits. 0 is the default of 60 s.
	VerifyTimeout time.Duration

	// Retries is how often a call is tried again where that is safe, at most 10
	// times. 0 is the default of 2, and [NoRetries] is never.
	Retries int

	// Limiter keeps the calls to a rate. Nil sends them at once.
	Limiter Limiter

	// MaintenancePause is how long no call is sent to a host that has answered
	// [ErrMaintenance]: they fail with a [*MaintenanceError]. Then one call tries
	// it. An answer's Retry-After makes it longer, up to an hour. Verify and the
	// exchange of a login's code are sent all the same, for their time runs. At
	// most an hour; 0 sends every call.
	MaintenancePause time.Duration

	// UserAgent is added to the User-Agent. It must be printable ASCII, at most
	// 200 characters.
	UserAgent string

	// Logger gets a debug line for each try: operation, product, tx_id,
	// status, code, duration, attempt, and nothing else. Nil logs nothing.
	Logger *slog.Logger

	// Observer learns of each operation, try, wait and use of the evidence. Nil
	// observes nothing, and costs nothing.
	Observer Observer
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

// Limiter says when a call may be sent; a *rate.Limiter of golang.org/x/time/rate
// is one. Several clients may share it.
type Limiter interface {
	// Wait returns nil when one call may be sent. It must end with its context. An
	// error is that of the call: nothing is sent then. It is called before each
	// try, by one goroutine of a client at a time, which goes by urgency: verify
	// and the exchange of a login's code first, prepare last.
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
	if u.Scheme != "https" && (u.Scheme != "http" || !isLoopback(u.Hostname())) {
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
// the product code together, so that a product cannot be called on the wrong
// host (E1007). The zero Environment is refused: nobody reaches production by
// forgetting a field.
type Environment int

const (
	// Test is cbt-cert-sign.kakao.com, with a T behind every product code.
	// Its users are real: the test host asks real people on real phones. (DOC)
	Test Environment = iota + 1
	// Production is cert-sign.kakao.com. (DOC)
	Production
)

// String returns "test", "production" or "unset".
func (e Environment) String() string {
	switch e {
	case Test:
		return "test"
	case Production:
		return "production"
	}
	return "unset"
}

// BaseURL returns the scheme and name of Kakao's host, for firewall
// allow-lists. (DOC)
func (e Environment) BaseURL() string {
	if e == Production {
		return "https://cert-sign.kakao.com"
	}
	return "https://cbt-cert-sign.kakao.com"
}

// suffix is what stands behind a product code. (DOC)
func (e Environment) suffix() string {
	if e == Test {
		return "T"
	}
	return ""
}

// NewTransport returns a Transport for several clients, which then share its
// connections: a dealer's program has a [Client] for each institution, and all of
// them call the same host. An [http.Transport] that is given to Config.Transport
// itself is copied, and each client has connections of its own.
//
// The base is copied and checked as Config.Transport is; nil is the default. The
// error is an [*ArgumentError].
func NewTransport(base *http.Transport) (http.RoundTripper, error) {
	guarded, reason := transport.Guard(base)
	if reason != "" {
		return nil, &ArgumentError{Field: "base", Reason: reason}
	}
	return sharedTransport{guarded.(*http.Transport)}, nil
}

// sharedTransport is one that NewClient does not copy.
type sharedTransport struct{ *http.Transport }
