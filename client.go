package kakaocert

import (
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/kakaocert-go/kakaocert/internal/transport"
)

// Version is the version of this package, sent in User-Agent and kept in the
// evidence.
const Version = "0.1.0"

const ownAgent = "kakaocert-go/" + Version

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

	// Environment sets the host and the T of the product codes together.
	Environment Environment

	// Evidence receives verify's answer before anybody else. K3100 and K3500
	// refuse to verify without; [UnsafeNoEvidence] is a Sink too.
	Evidence Sink

	// BaseURL takes the place of Kakao's hosts, kauth and kapi included: the
	// address of a simulator or of the institution's own gateway. Plain http is
	// for loopback only.
	BaseURL string

	// Transport carries the calls: for proxies, private roots, or tests. An
	// [http.Transport] that skips certificate checks is refused. One's own must
	// not repeat a call by itself: request and verify are sent once. Nil is
	// right for most.
	Transport http.RoundTripper

	// Protocol is the wire; nil is [DefaultProtocol].
	Protocol *Protocol

	// ClientSecret is the client_secret of the institution's app at kauth, for
	// K2100, where the app has one switched on. (ASSUMED)
	ClientSecret string

	// Logger gets a debug line for each try: operation, product, tx_id,
	// status, code, duration, attempt, and nothing else. Nil logs nothing.
	Logger *slog.Logger
}

// Client calls the service. It never changes after it was made, is safe for
// use by several goroutines, and one is enough for a program.
type Client struct {
	K1100 *K1100Service // identity, 본인인증
	K2100 *K2100Service // certified login, 인증 로그인
	K2220 *K2220Service // abbreviated signature, 축약서명
	K3100 *K3100Service // withdrawal consent, 출금동의
	K3500 *K3500Service // signature, 전자서명
}

// Option is an option of [NewClient].
type Option func(*settings)

type settings struct {
	tryTimeout    time.Duration
	verifyTimeout time.Duration
	retries       int
	bodyLimit     int64
	verifyLimit   int64
	userAgent     string
}

// WithTryTimeout limits one try of a call, from connecting to the last byte of
// the answer. The default is 10 s. It is not for verify.
func WithTryTimeout(d time.Duration) Option { return func(s *settings) { s.tryTimeout = d } }

// WithVerifyTimeout limits one try of a verify, which goes on whether or not
// the caller still waits. The default is 60 s.
func WithVerifyTimeout(d time.Duration) Option { return func(s *settings) { s.verifyTimeout = d } }

// WithRetries says how often a call is tried again where that is safe, 0 to
// 10 times. The default is 2.
func WithRetries(n int) Option { return func(s *settings) { s.retries = n } }

// WithBodyLimit limits the answer to a call, in bytes. The default is 1 MiB.
// It is not for verify.
func WithBodyLimit(n int64) Option { return func(s *settings) { s.bodyLimit = n } }

// WithVerifyLimit limits the answer to a verify, in bytes. The default is 64
// MiB, several times what 200 documents need.
func WithVerifyLimit(n int64) Option { return func(s *settings) { s.verifyLimit = n } }

// WithUserAgent adds the institution's own words, in printable ASCII, to the
// User-Agent.
func WithUserAgent(words string) Option { return func(s *settings) { s.userAgent = words } }

// NewClient checks the configuration and returns a client, or an
// [*ArgumentError] that names the first field that cannot be used. It sends
// nothing.
func NewClient(config Config, opts ...Option) (*Client, error) {
	set := settings{
		tryTimeout: 10 * time.Second, verifyTimeout: 60 * time.Second, retries: 2,
		bodyLimit: 1 << 20, verifyLimit: 64 << 20,
	}
	for _, opt := range opts {
		if opt == nil {
			return nil, &ArgumentError{Field: "Option", Reason: "is nil"}
		}
		opt(&set)
	}
	if err := set.check(); err != nil {
		return nil, err
	}
	if err := config.check(); err != nil {
		return nil, err
	}
	base, err := config.base()
	if err != nil {
		return nil, err
	}
	roundTripper, reason := transport.Guard(config.Transport)
	if reason != "" {
		return nil, &ArgumentError{Field: "Config.Transport", Reason: reason}
	}
	protocol := config.Protocol
	if protocol == nil {
		protocol = DefaultProtocol()
	}
	hosts, err := config.hosts(protocol)
	if err != nil {
		return nil, err
	}
	c := &core{
		environment: config.Environment,
		settleID:    config.SettleID,
		cipher:      config.Cipher,
		evidence:    config.Evidence,
		protocol:    protocol,
		base:        base,
		hosts:       hosts,
		loginID:     NewSecret(config.loginID(protocol)),
		loginSecret: NewSecret(config.ClientSecret),
	}
	c.sender = &transport.Sender{
		RoundTripper: roundTripper,
		Base:         base,
		Header:       header(set.userAgent),
		Keys:         config.keys(),
		Timeout:      set.tryTimeout,
		OnceTimeout:  set.verifyTimeout,
		Retries:      set.retries,
		BodyLimit:    set.bodyLimit,
		OnceLimit:    set.verifyLimit,
		Logger:       config.Logger,
		Judge:        c.judge,
	}
	return &Client{
		K1100: &K1100Service{flow[K1100Product]{c, "k1100"}},
		K2100: &K2100Service{flow[K2100Product]{c, "k2100"}},
		K2220: &K2220Service{flow[K2220Product]{c, "k2220"}},
		K3100: &K3100Service{flow[K3100Product]{c, "k3100"}},
		K3500: &K3500Service{flow[K3500Product]{c, "k3500"}},
	}, nil
}

func (s settings) check() error {
	switch {
	case s.tryTimeout <= 0:
		return &ArgumentError{Field: "WithTryTimeout", Reason: "is not positive"}
	case s.verifyTimeout <= 0:
		return &ArgumentError{Field: "WithVerifyTimeout", Reason: "is not positive"}
	case s.retries < 0 || s.retries > 10:
		return &ArgumentError{Field: "WithRetries", Reason: "is not 0 to 10"}
	case s.bodyLimit <= 0:
		return &ArgumentError{Field: "WithBodyLimit", Reason: "is not positive"}
	case s.verifyLimit <= 0:
		return &ArgumentError{Field: "WithVerifyLimit", Reason: "is not positive"}
	case strings.ContainsFunc(s.userAgent, isControl):
		return &ArgumentError{Field: "WithUserAgent", Reason: "has control characters"}
	}
	return nil
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
		return &ArgumentError{Field: "Config.ClientSecret", Reason: "has characters that are not printable ASCII"}
	}
	if c.Cipher == nil {
		return &ArgumentError{Field: "Config.Cipher", Reason: "is not set"}
	}
	if c.Environment != Test && c.Environment != Production {
		return &ArgumentError{Field: "Config.Environment", Reason: "is neither Test nor Production"}
	}
	return nil
}

// checkKey wants a bare key: anything that could break a header or that hints
// at a pasted header is refused.
func checkKey(field, key string) error {
	switch {
	case key == "":
		return &ArgumentError{Field: field, Reason: "is empty"}
	case strings.HasPrefix(key, "KakaoAK"):
		return &ArgumentError{Field: field, Reason: "begins with KakaoAK: give the bare key"}
	case !isGraphic(key):
		return &ArgumentError{Field: field, Reason: "has characters that are not printable ASCII"}
	}
	return nil
}

func checkSettleID(field, id string) error {
	if id == "" {
		return &ArgumentError{Field: field, Reason: "is empty"}
	}
	if !isGraphic(id) || len(id) > 128 {
		return &ArgumentError{Field: field, Reason: "is not at most 128 characters of printable ASCII"}
	}
	return nil
}

// isGraphic reports whether s is printable ASCII without space.
func isGraphic(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
}

func isControl(r rune) bool { return r < ' ' || r > '~' }

func header(userAgent string) http.Header {
	agent := ownAgent
	if userAgent != "" {
		agent += " " + userAgent
	}
	return http.Header{
		"Accept":          {"application/json"},
		"Accept-Encoding": {"identity"}, // the evidence is the bytes as they came
		"User-Agent":      {agent},
	}
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
		return refuse("is not an absolute URL")
	}
	if u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return refuse("has more than scheme, host and path")
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !isLoopback(u.Hostname())) {
		return refuse("is neither https nor http to loopback")
	}
	for _, other := range []Environment{Test, Production} {
		if other != c.Environment && strings.EqualFold(u.Scheme+"://"+u.Hostname(), other.BaseURL()) {
			return refuse("is the host of the other environment")
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

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
