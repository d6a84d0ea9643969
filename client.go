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
	"unicode/utf8"

	"github.com/kakaocert-go/kakaocert/internal/transport"
)

// Version is the version of this package, sent in User-Agent and kept in the
// evidence.
const Version = "0.1.0"

const ownAgent = "kakaocert-go/" + Version

// Client calls the service. It never changes after it was made, is safe for
// use by several goroutines, and one is enough for a program.
type Client struct {
	core  *core
	K1100 *K1100Service // identity, 본인인증
	K1400 *K1400Service // identity through the standard window, 인증 표준창
	K2100 *K2100Service // certified login, 인증 로그인
	K2220 *K2220Service // abbreviated signature, 축약서명
	K3100 *K3100Service // withdrawal consent, 출금동의
	K3500 *K3500Service // signature, 전자서명
}

// NewClient checks the configuration. The error is an [*ArgumentError] that
// names the first field that cannot be used. It sends nothing.
func NewClient(config Config) (*Client, error) {
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
		Header:       header(config.UserAgent),
		Keys:         config.keys(),
		Timeout:      cmp.Or(config.TryTimeout, defaultTryTimeout),
		OnceTimeout:  cmp.Or(config.VerifyTimeout, defaultVerifyTimeout),
		Retries:      config.retries(),
		BodyLimit:    bodyLimit,
		OnceLimit:    verifyLimit,
		Gate:         &transport.Gate{Limiter: config.Limiter, Pause: config.MaintenancePause},
		Logger:       config.Logger,
		Judge:        c.judge,
	}
	return &Client{
		core:  c,
		K1100: &K1100Service{flow[K1100Product]{c, "k1100"}},
		K1400: &K1400Service{flow[K1400Product]{c, "k1400"}},
		K2100: &K2100Service{flow[K2100Product]{c, "k2100"}},
		K2220: &K2220Service{flow[K2220Product]{c, "k2220"}},
		K3100: &K3100Service{flow[K3100Product]{c, "k3100"}},
		K3500: &K3500Service{flow[K3500Product]{c, "k3500"}},
	}, nil
}

// VerifyBudget returns the longest time that a verify can take: every try, the
// pauses, the waits for a Limiter, and what a Sink may take. It is for leases
// and for grace periods at shutdown.
func (c *Client) VerifyBudget() time.Duration {
	tries := time.Duration(c.core.sender.Retries + 1)
	budget := tries*(c.core.sender.OnceTimeout+2*sinkLimit) + (tries-1)*transport.LongestPause
	if c.core.sender.Gate.Limiter != nil {
		budget += tries * transport.LongestTurn
	}
	return budget
}

// KeyVersion returns the number of the contract's current key; 0 where the
// contract has one. Keep it with a transaction that is kept for years.
func (c *Client) KeyVersion() int { return c.core.cipher.KeyVersion() }

// IsTerminal reports whether a transaction with this status will never change
// again: for programs that ask Status themselves, in place of Wait.
func (c *Client) IsTerminal(status Status) bool {
	return status == StatusCompleted || c.core.terminal(status)
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

type callOptions struct {
	answers   []*Answer
	reference string
}

// WithAnswer keeps the call's last answer in into, also when the call fails. It
// is zero when no answer came.
func WithAnswer(into *Answer) CallOption {
	return func(o *callOptions) {
		if into != nil {
			o.answers = append(o.answers, into)
		}
	}
}

// WithReference notes the institution's own reference in the evidence of a
// verify, as [EvidenceMeta.Ref]: at most 200 characters, without personal data,
// since a Sink need not encrypt it.
func WithReference(reference string) CallOption {
	return func(o *callOptions) { o.reference = reference }
}

// step is one call, before the service and product give it a path.
type step struct {
	service string // "k1100"
	name    string // "prepare"
	product string // "K1110T"
	txID    string
	body    map[string]any // nil for the steps that have a query
	header  http.Header    // of this call alone, or nil
	form    url.Values     // in its place for kauth, which knows its client by client_id

	// For verify only: what the evidence notes, and the ID of the last record.
	meta     *EvidenceMeta
	evidence *string
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
	options, err := readOptions(opts)
	if err != nil {
		return r, err
	}
	if st.meta != nil {
		st.meta.Ref = options.reference
	}
	ctx, end := c.observe(ctx, operationSpan(call))
	result := c.sender.Do(ctx, call)
	r.answer = answerOf(result, st.evidence)
	for _, into := range options.answers {
		*into = r.answer
	}
	err = c.failure(st, result, r.answer)
	if err == nil {
		r.fields, _ = result.Parsed.(answerFields)
		err = r.check()
	}
	if err == nil {
		err = read(r)
	}
	end(r.operationEnd(result, err))
	return r, err
}

func readOptions(opts []CallOption) (callOptions, error) {
	if len(opts) == 0 { // as in most calls: no memory is taken
		return callOptions{}, nil
	}
	var options callOptions
	for _, opt := range opts {
		if opt == nil {
			return options, &ArgumentError{Field: "CallOption", Reason: "must not be nil"}
		}
		opt(&options)
	}
	return options, checkText("WithReference", options.reference, maxReference, utf8.RuneCountInString)
}

// hostOf returns where a step is, whatever its path.
func (c *core) hostOf(service, name string) *url.URL {
	return cmp.Or(c.hosts[c.protocol.host(service, name)], c.base)
}

const maxReference = 200

func (c *core) call(st step) (*transport.Call, error) {
	method, path := c.protocol.Endpoint(st.service, st.name)
	call := &transport.Call{
		Operation: st.operation(), Product: st.product, TxID: st.txID,
		Method: method, Path: strings.Replace(path, "{product}", st.product, 1),
		Base: c.hostOf(st.service, st.name), Keyless: st.form != nil, Header: st.header,
		Observe: c.observeTries(st), Urgency: transport.Continues,
	}
	switch st.name {
	case "prepare":
		call.Repeat, call.RepeatInternal = true, true
		call.Urgency = transport.Begins
	case "status", "signer", "session":
		call.Repeat, call.RepeatInternal = true, true
	case "token":
		call.Urgency = transport.Urgent
	case "verify":
		call.RepeatInternal = true
		call.Urgency = transport.Urgent
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
