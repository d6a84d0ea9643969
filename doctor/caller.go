package doctor

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/kakaocert-go/kakaocert"
)

// caller calls steps in ways that a client refuses: with an empty body, with a
// tx_id that was never issued, with the keys exchanged. A client still judges
// the answers: its status call carries the call, and a transport replaces what
// is sent.
type caller struct {
	d       *examination
	keys    [2]string         // of the dealer and the institution
	known   map[string]answer // of calls that were made, by endpoint
	client  *kakaocert.Client
	carrier kakaocert.K1100Transaction
}

func (d *examination) caller(dealerKey, institutionKey string) (*caller, error) {
	id := make([]byte, 19)
	_, _ = rand.Read(id) // never fails: crypto/rand ends the process instead
	// Hitting an existing tx_id is as unlikely as guessing a key.
	carrier, err := kakaocert.ParseTransaction[kakaocert.K1100Product](productFor(d.config.Environment, "k1100") + ":" + hex.EncodeToString(id))
	if err != nil {
		return nil, err
	}
	c := &caller{d: d, keys: [2]string{dealerKey, institutionKey}, known: make(map[string]answer), carrier: carrier}
	c.client, err = c.clientOf(d.protocol, replacer{d.transport}, d.config.Limiter)
	return c, err
}

// clientOf makes a client of the caller's keys.
func (c *caller) clientOf(protocol *kakaocert.Protocol, transport http.RoundTripper, limiter kakaocert.Limiter) (*kakaocert.Client, error) {
	config := sound()
	config.DealerKey, config.InstitutionKey, config.Environment = c.keys[0], c.keys[1], c.d.config.Environment
	config.BaseURL, config.Protocol, config.Transport, config.Limiter = c.d.config.BaseURL, protocol, transport, limiter
	config.Retries, config.TryTimeout, config.UserAgent = kakaocert.NoRetries, callTimeout, "doctor"
	return kakaocert.NewClient(config)
}

// replacement is what is sent instead of the carrier.
type replacement struct {
	method, address string
	header          http.Header // added
	values          map[string]string
	form            bool // as kauth expects: a form, and no keys
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
	request.Method, request.Host = instead.method, request.URL.Host
	for name, values := range instead.header {
		request.Header[name] = values
	}
	body, kind, err := instead.body(request)
	if err != nil {
		return nil, err
	}
	if kind != "" {
		request.Header.Set("Content-Type", kind)
	}
	request.Body, request.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	request.GetBody = nil // keeps net/http from sending it again
	return r.inner.RoundTrip(request)
}

// body returns the values in the form of the call; the values of a GET go into
// its query.
func (r replacement) body(request *http.Request) (body []byte, kind string, err error) {
	values := url.Values{}
	for name, value := range r.values {
		values.Set(name, value)
	}
	switch {
	case r.form:
		request.Header.Del("Authorization")
		request.Header.Del("Target-Authorization")
		return []byte(values.Encode()), "application/x-www-form-urlencoded", nil
	case r.method == http.MethodGet:
		request.URL.RawQuery = values.Encode()
		return nil, "", nil
	}
	body, err = json.Marshal(r.values)
	return body, "application/json", err
}

// call makes the call of a probe unless it was made already: services share
// paths.
func (c *caller) call(ctx context.Context, p probe) answer {
	key := callKey(p)
	if known, ok := c.known[key]; ok {
		return known
	}
	a := c.send(ctx, p, c.d.config.SettleID, c.d.protocol.Get("place.settle_id"))
	c.known[key] = a
	return a
}

// remembers reports that the call of a probe was made already.
func (c *caller) remembers(p probe) bool { _, is := c.known[callKey(p)]; return is }

// callKey is the same for probes that make the same call.
func callKey(p probe) string { return fmt.Sprintf("%s %t", p.endpoint(), p.step == "prepare") }

// send makes the call of a probe, a prepare with this settle_id at this place.
func (c *caller) send(ctx context.Context, p probe, settleID, place string) answer {
	if err := c.d.budget.spend(ctx); err != nil {
		return answer{err: err}
	}
	method, path, _ := strings.Cut(p.endpoint(), " ")
	base := c.d.base
	if host, rest, isOther := strings.Cut(path, " "); isOther {
		path = rest
		if c.d.config.BaseURL == "" {
			base = c.d.protocol.Get("host." + host)
		}
	}
	r := replacement{method: method, address: base + path, values: map[string]string{}, header: http.Header{}}
	switch {
	case p.service == "k2100" && p.isAtOtherHost():
		r.form, r.values[c.d.protocol.Field("client_id")] = true, c.d.loginID()
	case p.step == "prepare":
		c.addSettleID(&r, settleID, place)
	default:
		r.values[c.d.protocol.Field("tx_id")] = c.carrier.TxID()
	}
	var came kakaocert.Answer
	_, err := c.client.K1100.Status(context.WithValue(ctx, replacementKey{}, r), c.carrier, kakaocert.WithAnswer(&came))
	return c.d.answerOf(came, err)
}

// addSettleID puts the settle_id into the body or the header.
func (c *caller) addSettleID(r *replacement, settleID, place string) {
	switch {
	case settleID == "":
	case place == inHeader:
		r.header.Set(c.d.protocol.Get("header.settle_id"), settleID)
	default:
		r.values[c.d.protocol.Field("settle_id")] = settleID
	}
}

// loginID is the client_id by which kauth knows the client.
func (d *examination) loginID() string {
	if d.protocol.Get("login.client_id") == "dealer" {
		return d.config.DealerKey
	}
	return d.config.InstitutionKey
}
