package kakaocert

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/kakaocert-go/kakaocert/internal/transport"
)

// core is what the services of a client share.
type core struct {
	redacted
	environment Environment
	settleID    string
	cipher      DataCipher
	evidence    Sink
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

// do is the one path that every call takes.
func (c *core) do(ctx context.Context, st step, opts []CallOption) (Answer, object, error) {
	call, err := c.call(st)
	if err != nil {
		return Answer{}, nil, err
	}
	var options callOptions
	for _, opt := range opts {
		if opt == nil {
			return Answer{}, nil, &ArgumentError{Field: "CallOption", Reason: "is nil"}
		}
		opt(&options)
	}
	result := c.sender.Do(ctx, call)
	answer := answerOf(result)
	for _, into := range options.answers {
		*into = answer
	}
	if err := c.failure(st, result, answer); err != nil {
		return answer, nil, err
	}
	body, _ := result.Parsed.(object)
	if body == nil {
		return answer, nil, st.undecodable("", "is not a JSON object", nil, answer)
	}
	return answer, body, nil
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
