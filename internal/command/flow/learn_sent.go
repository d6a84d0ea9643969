package flow

import (
	"bytes"
	"cmp"
	"encoding/json"
	"io"
	"net/http"
	"sync"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/internal/places"
	"github.com/kakaocert-go/kakaocert/internal/transport"
)

// sentFields is a transport that notes what a flow sends, so that an echo of it
// is known.
type sentFields struct {
	next http.RoundTripper
	txID string // the name that every step has sent, and every answer may have

	mu     sync.Mutex
	fields map[[2]string]bool // name and value
	texts  map[string]bool
}

func newSentFields(p *kakaocert.Protocol) *sentFields {
	return &sentFields{txID: p.Field("tx_id"), fields: make(map[[2]string]bool), texts: make(map[string]bool)}
}

// through makes the transport that calls go through; nil is the library's own.
func (s *sentFields) through(next http.RoundTripper) http.RoundTripper {
	s.next = cmp.Or[http.RoundTripper](next, transport.Default())
	return s
}

// RoundTrip notes the fields of the body.
func (s *sentFields) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil && r.GetBody != nil {
		body, err := r.GetBody()
		if err != nil {
			return nil, err
		}
		text, err := io.ReadAll(body)
		if err != nil {
			return nil, err
		}
		s.note(text)
	}
	return s.next.RoundTrip(r)
}

func (s *sentFields) note(body []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var walk func(value json.RawMessage)
	walk = func(value json.RawMessage) {
		var fields map[string]json.RawMessage
		var elements []json.RawMessage
		switch {
		case json.Unmarshal(value, &fields) == nil:
			for name, field := range fields {
				s.fields[[2]string{name, canonical(field)}] = true
				walk(field)
			}
		case json.Unmarshal(value, &elements) == nil:
			for _, element := range elements {
				walk(element)
			}
		default:
			s.texts[places.Text(value)] = true
		}
	}
	if bytes.HasPrefix(bytes.TrimSpace(body), []byte("{")) {
		walk(body)
	}
}

// has reports whether a field with this name and value was sent. A tx_id in an
// answer is not an echo.
func (s *sentFields) has(name string, value json.RawMessage) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return name != s.txID && s.fields[[2]string{name, canonical(value)}]
}

// hasText reports whether text was sent under any name.
func (s *sentFields) hasText(text string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.texts[text]
}
