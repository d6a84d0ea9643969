// Package recorder records calls as fixtures and keeps whatever is personal or
// secret out of them: only what is known to be harmless is written as it was.
package recorder

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/internal/places"
)

// Exchange is one call and its answer.
type Exchange struct {
	Request  Request  `json:"request"`
	Response Response `json:"response"`
}

// Request is a call without its headers, which hold the keys.
type Request struct {
	Method string          `json:"method"`
	Host   string          `json:"host,omitempty"` // where no real person is in the calls
	Path   string          `json:"path"`
	Query  string          `json:"query,omitempty"`
	Body   json.RawMessage `json:"body,omitempty"`
	Form   string          `json:"form,omitempty"` // in its place, to kauth
}

// Response is an answer. A body that is not JSON is not recorded.
type Response struct {
	Status int             `json:"status"`
	Body   json.RawMessage `json:"body,omitempty"`
}

// Recorder is a transport that records what passes through it.
type Recorder struct {
	Next     http.RoundTripper
	Protocol *kakaocert.Protocol
	// Invented takes the place of every personal value, by the field's key in
	// the Protocol: "name", "birthday", "phone_no", "phone_number", "ci". They
	// are written as they are given: encrypted with a key of the fixtures' own.
	Invented map[string]string
	// NobodyReal says that the calls are a simulator's: they are recorded as they
	// are, with signatures that can be checked.
	NobodyReal bool

	mu        sync.Mutex
	exchanges []Exchange
	aliases   map[string]string
}

// RoundTrip passes the call on and records it.
func (r *Recorder) RoundTrip(request *http.Request) (*http.Response, error) {
	sent, err := drain(&request.Body)
	if err != nil {
		return nil, err
	}
	response, err := r.Next.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	got, err := drain(&response.Body)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.NobodyReal {
		r.exchanges = append(r.exchanges, asItIs(request, sent, response.StatusCode, got))
		return response, nil
	}
	query := request.URL.Query()
	for name, values := range query {
		for i := range values {
			values[i] = r.value(name, values[i]).(string)
		}
	}
	r.exchanges = append(r.exchanges, Exchange{
		Request:  Request{Method: request.Method, Path: request.URL.Path, Query: query.Encode(), Body: r.scrub(sent)},
		Response: Response{response.StatusCode, r.scrub(got)},
	})
	return response, nil
}

func asItIs(request *http.Request, sent []byte, status int, got []byte) Exchange {
	e := Exchange{
		Request:  Request{Method: request.Method, Host: request.URL.Host, Path: request.URL.Path, Query: request.URL.RawQuery},
		Response: Response{Status: status},
	}
	if json.Valid(sent) {
		e.Request.Body = sent
	} else {
		e.Request.Form = string(sent)
	}
	if json.Valid(got) {
		e.Response.Body = got
	}
	return e
}

// Exchanges returns what was recorded.
func (r *Recorder) Exchanges() []Exchange {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.exchanges
}

// drain reads a body and puts it back.
func drain(body *io.ReadCloser) ([]byte, error) {
	if *body == nil {
		return nil, nil
	}
	text, err := io.ReadAll(*body)
	if err := errors.Join(err, (*body).Close()); err != nil {
		return nil, err
	}
	*body = io.NopCloser(bytes.NewReader(text))
	return text, nil
}

// Save writes what was recorded.
func (r *Recorder) Save(path string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	text, err := json.MarshalIndent(r.exchanges, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}

// Load reads what was saved.
func Load(path string) ([]Exchange, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var exchanges []Exchange
	return exchanges, json.Unmarshal(text, &exchanges)
}

// maxBody bounds an answer that came compressed.
const maxBody = 64 << 20

func (r *Recorder) scrub(body []byte) json.RawMessage {
	var fields map[string]any
	if plain, err := places.Unpack(body, maxBody); err != nil || json.Unmarshal(plain, &fields) != nil {
		return nil
	}
	for name, value := range fields {
		fields[name] = r.value(name, value)
	}
	text, err := json.Marshal(fields)
	if err != nil {
		return nil
	}
	return text
}

// harmless are the fields whose values stay.
var harmless = []string{
	"type", "enc_version", "document_type", "identify_items", "expires_in",
	"result", "status", "requested_at", "request_expired_at", "signed_at", "error_code",
}

// value is what is written in place of a field's value.
func (r *Recorder) value(name string, value any) any {
	for key, invented := range r.Invented {
		if value != nil && slices.Contains(r.Protocol.List("field."+key), name) {
			return invented
		}
	}
	for _, key := range harmless {
		if slices.Contains(r.Protocol.List("field."+key), name) {
			return value
		}
	}
	if text, ok := value.(string); ok {
		return r.alias(name, text)
	}
	if value == nil {
		return nil
	}
	return "(scrubbed)"
}

// alias gives a text the same other name wherever it occurs, so that a tx_id
// or a nonce can be followed through the flow.
func (r *Recorder) alias(name, text string) string {
	if r.aliases == nil {
		r.aliases = make(map[string]string)
	}
	alias, known := r.aliases[text]
	if !known {
		alias = fmt.Sprintf("%s-%d", strings.ReplaceAll(name, "_", "-"), len(r.aliases)+1)
		r.aliases[text] = alias
	}
	return alias
}

// Alias returns what a text was recorded as.
func (r *Recorder) Alias(text string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.aliases[text]
}
