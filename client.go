package kakaocert

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/kakaocert-go/kakaocert/internal/transport"
)

// Version is the version of this package, sent in User-Agent and kept in the
// evidence.
const Version = "0.1.0"

const ownAgent = "kakaocert-go/" + Version

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
		older:       slices.Clone(config.OlderCiphers),
		evidence:    config.Evidence,
		observer:    config.Observer,
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

// core is what the services of a client share.
type core struct {
	redacted
	environment Environment
	settleID    string
	cipher      DataCipher
	older       []DataCipher // keys that only decrypt
	evidence    Sink
	observer    Observer // nil for none
	protocol    *Protocol
	base        *url.URL
	hosts       map[string]*url.URL // Kakao's others, by name in the Protocol
	loginID     Secret              // client_id and client_secret at kauth
	loginSecret Secret
	sender      *transport.Sender
}

// CallOption is an option of one call.
type CallOption func(*callOptions)

type callOptions struct{ answers []*Answer }

// WithAnswer keeps the call's last answer in into, also when the call fails:
// fields that this package does not know are there. It is zero when no answer
// came.
func WithAnswer(into *Answer) CallOption {
	return func(o *callOptions) {
		if into != nil {
			o.answers = append(o.answers, into)
		}
	}
}

// step is one call, before the service and product give it a path.
type step struct {
	service string // "k1100"
	name    string // "prepare"
	product string // "K1110T"
	txID    string
	body    map[string]any // nil for the steps that have a query
	form    url.Values     // in its place for kauth, which knows its client by client_id
	meta    *EvidenceMeta  // verify only
}

func (st step) operation() string { return st.service + "." + st.name }

// do is the one path that every call takes: what is read of an accepted answer
// is read inside it, so that an Observer learns whether it could be. An answer
// that came is in the reply also when there is an error.
func (c *core) do(ctx context.Context, st step, opts []CallOption, read func(reply) error) (reply, error) {
	r := reply{core: c, step: st}
	call, err := c.call(st)
	if err != nil {
		return r, err
	}
	var options callOptions
	for _, opt := range opts {
		if opt == nil {
			return r, &ArgumentError{Field: "CallOption", Reason: "is nil"}
		}
		opt(&options)
	}
	ctx, end := c.observe(ctx, operationSpan(call))
	result := c.sender.Do(ctx, call)
	r.answer = answerOf(result)
	for _, into := range options.answers {
		*into = r.answer
	}
	err = c.failure(st, result, r.answer)
	if err == nil {
		r.fields, _ = result.Parsed.(object)
		err = r.check()
	}
	if err == nil {
		err = read(r)
	}
	end(r.operationEnd(result, err))
	return r, err
}

// hostOf returns where a step is, whatever its path.
func (c *core) hostOf(service, name string) *url.URL {
	return cmp.Or(c.hosts[c.protocol.host(service, name)], c.base)
}

func (c *core) call(st step) (*transport.Call, error) {
	method, path := c.protocol.Endpoint(st.service, st.name)
	call := &transport.Call{
		Operation: st.operation(), Product: st.product, TxID: st.txID,
		Method: method, Path: strings.Replace(path, "{product}", st.product, 1),
		Base: c.hostOf(st.service, st.name), Keyless: st.form != nil,
		Observe: c.observeTries(st),
	}
	switch st.name {
	case "prepare":
		call.Repeat, call.RepeatInternal = true, true
	case "status", "signer", "session":
		call.Repeat, call.RepeatInternal = true, true
	case "verify":
		call.RepeatInternal = true
		call.Store = c.store(st)
	}
	return call, c.fill(call, st)
}

// fill gives the call its arguments: as JSON or a form where the step posts, in
// the query where it gets.
func (c *core) fill(call *transport.Call, st step) error {
	if st.form != nil {
		call.Body, call.Form = []byte(st.form.Encode()), true
		return nil
	}
	if call.Method == http.MethodGet {
		call.Query = url.QueryEscape(c.protocol.Field("tx_id")) + "=" + url.QueryEscape(st.txID)
		return nil
	}
	body := st.body
	if body == nil {
		body = map[string]any{c.protocol.Field("tx_id"): st.txID}
	}
	text, err := json.Marshal(body)
	call.Body = text
	return err
}
