package doctor

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/internal/env"
	"github.com/kakaocert-go/kakaocert/internal/transport"
)

// caller calls steps in ways that a client refuses to: with nothing in them,
// with a tx_id that nobody gave out, with the keys exchanged. A client judges
// the answers all the same: its status call is the carrier, and what goes out is
// put in its place.
type caller struct {
	protocol *kakaocert.Protocol
	base     string
	budget   *budget
	known    map[string]answer
	client   *kakaocert.Client
	carrier  kakaocert.K1100Transaction
}

func (d *doctor) caller(dealerKey, institutionKey string) (*caller, error) {
	id := make([]byte, 19)
	_, _ = rand.Read(id) // never fails: crypto/rand ends the process instead
	// That the tx_id is anybody's is as likely as guessing a key.
	carrier, err := kakaocert.ParseTransaction[kakaocert.K1100Product](productFor(d.environment, "k1100") + ":" + hex.EncodeToString(id))
	if err != nil {
		return nil, err
	}
	inner, _ := transport.Guard(d.transport)
	config := sound()
	config.DealerKey, config.InstitutionKey, config.Environment = dealerKey, institutionKey, d.environment
	config.BaseURL, config.Protocol, config.Transport = d.getenv(env.BaseURL), d.protocol, replacer{inner}
	config.Retries, config.TryTimeout, config.UserAgent = kakaocert.NoRetries, callTimeout, "doctor"
	client, err := kakaocert.NewClient(config)
	if err != nil {
		return nil, err
	}
	return &caller{protocol: d.protocol, base: d.base, budget: &d.budget, known: make(map[string]answer), client: client, carrier: carrier}, nil
}

// replacement is what is sent instead of the carrier.
type replacement struct {
	method, address string
	values          map[string]string
}

// replacer is a transport that sends the context's replacement.
type replacer struct{ inner http.RoundTripper }

type replacementKey struct{}

func (r replacer) RoundTrip(carrier *http.Request) (*http.Response, error) {
	instead, isReplacement := carrier.Context().Value(replacementKey{}).(replacement)
	if !isReplacement {
		return r.inner.RoundTrip(carrier)
	}
	request := carrier.Clone(carrier.Context())
	var err error
	if request.URL, err = url.Parse(instead.address); err != nil {
		return nil, err
	}
	request.Method = instead.method
	if instead.method == http.MethodGet {
		query := url.Values{}
		for name, value := range instead.values {
			query.Set(name, value)
		}
		request.URL.RawQuery = query.Encode()
		request.Body = io.NopCloser(bytes.NewReader(nil)) // keeps net/http from sending it again by itself
		return r.inner.RoundTrip(request)
	}
	body, err := json.Marshal(instead.values)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Body, request.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return r.inner.RoundTrip(request)
}

// answer is how one call ended.
type answer struct {
	err    error // nothing came, or not all of it
	status int
	code   kakaocert.Code
	words  string   // the service's; never shown, for they may quote what was sent
	names  []string // of the fields, sorted; nil where the body is no JSON object
}

// step calls one step with the made-up tx_id; prepare with the given fields,
// or none.
func (c *caller) step(ctx context.Context, service, step, product string, fields map[string]string) answer {
	method, path := c.protocol.Endpoint(service, step)
	return c.endpoint(ctx, step, method, strings.Replace(path, "{product}", product, 1), fields)
}

// endpoint calls a step somewhere. What was asked with nothing in it is not asked
// again: services share paths.
func (c *caller) endpoint(ctx context.Context, step, method, path string, fields map[string]string) answer {
	key := fmt.Sprintf("%s %s %t", method, path, step == "prepare")
	if known, ok := c.known[key]; ok && fields == nil {
		return known
	}
	if err := c.budget.spend(ctx); err != nil {
		return answer{err: err}
	}
	values := maps.Clone(fields)
	if values == nil {
		values = map[string]string{}
	}
	if step != "prepare" {
		values[c.protocol.Field("tx_id")] = c.carrier.TxID()
	}
	ctx = context.WithValue(ctx, replacementKey{}, replacement{method, c.base + path, values})
	var came kakaocert.Answer
	_, err := c.client.K1100.Status(ctx, c.carrier, kakaocert.WithAnswer(&came))
	a := answerOf(came, err)
	if fields == nil {
		c.known[key] = a
	}
	return a
}

// answerOf keeps of an answer what a client makes of it.
func answerOf(came kakaocert.Answer, err error) answer {
	a := answer{status: came.StatusCode()}
	if broken, is := errors.AsType[*kakaocert.ConnectionError](err); is {
		a.err = broken.Err
		return a
	}
	if refusal, is := errors.AsType[*kakaocert.APIError](err); is {
		a.code, a.words = refusal.Code, refusal.Message().Reveal()
	}
	var body map[string]json.RawMessage
	if json.Unmarshal(came.Body(), &body) == nil && body != nil {
		a.names = slices.Sorted(maps.Keys(body))
	}
	return a
}

// kind is what an answer says about the path that it came from.
type kind string

const (
	kindAPI      kind = "answers"    // a code of the service
	kindDenied   kind = "permission" // E1002
	kindKeys     kind = "keys"       // E1004
	kindProduct  kind = "product"    // E1007
	kindBusy     kind = "busy"       // E0001, E0002, 429, 5xx
	kindOther    kind = "other_code" // a code, but none of the service's
	kindNoCode   kind = "no_code"    // a JSON object that refuses without a code
	kindAccepted kind = "accepted"   // a JSON object, and no refusal
	kindFront    kind = "front"      // 401 or 403 without a code
	kindMissing  kind = "missing"    // 404, or something that is no API
	kindMethod   kind = "method"     // 405
	kindNothing  kind = "no_answer"

	// Of E1001, in the light of the other paths.
	kindParameters kind = "parameters"
	kindElsewhere  kind = "elsewhere"
)

var serviceCode = regexp.MustCompile(`^E[0-9]{4}$`)

func (a answer) kind() kind {
	switch {
	case a.err != nil:
		return kindNothing
	case a.code == kakaocert.ErrPermission:
		return kindDenied
	case a.code == kakaocert.ErrKey:
		return kindKeys
	case a.code == kakaocert.ErrWrongHost:
		return kindProduct
	case a.code == kakaocert.ErrInternal, a.code == kakaocert.ErrMaintenance:
		return kindBusy
	case serviceCode.MatchString(string(a.code)):
		return kindAPI
	case a.status == http.StatusTooManyRequests, a.status >= 500:
		return kindBusy
	case a.code != "":
		return kindOther
	case a.status == http.StatusUnauthorized, a.status == http.StatusForbidden:
		return kindFront
	case a.status == http.StatusMethodNotAllowed:
		return kindMethod
	case a.status == http.StatusNotFound, a.names == nil, a.status >= 300 && a.status < 400:
		return kindMissing
	case a.status >= 400:
		return kindNoCode
	}
	return kindAccepted
}

// fromService reports that the service itself has answered.
func (a answer) fromService() bool { return serviceCode.MatchString(string(a.code)) && a.err == nil }
