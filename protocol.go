package kakaocert

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Provenance says how a fact about the wire is known.
type Provenance string

const (
	ProvenanceDoc     Provenance = "DOC"     // read in Kakao's own public documents
	ProvenanceSDK     Provenance = "SDK"     // read in Kakao's own published mobile SDK sources
	ProvenanceField   Provenance = "FIELD"   // seen in two or more independent integrations
	ProvenanceAssumed Provenance = "ASSUMED" // our own choice where nothing public says
)

// Protocol is what this package takes to be the wire: the method and path of
// every step, the names of fields, the values and encodings that are not
// public. A contract holder whose papers say otherwise loads the differences
// with [ParseProtocol]; client and simulator take the same value, so that both
// move together.
//
// A Protocol is a table of keys and text values that never changes. The table
// is in [Protocol.Entries].
type Protocol struct {
	values map[string]string
	lists  map[string][]string
}

// ProtocolEntry is one line of a [Protocol].
type ProtocolEntry struct {
	Key        string     // "step.k1100.request"
	Value      string     // "POST /sign/v2/request/{product}"
	Provenance Provenance // how sure the default is
	Changed    bool       // the value is not the default
	Meaning    string
}

// DefaultProtocol returns the wire as far as it is known.
func DefaultProtocol() *Protocol { return newProtocol(nil) }

// ParseProtocol reads the differences from [DefaultProtocol]: one JSON object
// that maps keys of the table to text values. An unknown key, a key that
// is repeated and a value of the wrong form are refused with a
// [*ProtocolError] that has the line and the key.
func ParseProtocol(r io.Reader) (*Protocol, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxProtocolFile+1))
	if err != nil {
		return nil, fmt.Errorf("kakaocert: protocol file: %w", err)
	}
	if len(text) > maxProtocolFile {
		return nil, &ProtocolError{Line: 1, Reason: "file is larger than 1 MiB"}
	}
	changes, err := readChanges(text)
	if err != nil {
		return nil, err
	}
	return newProtocol(changes), nil
}

const maxProtocolFile = 1 << 20

// ProtocolError says which line and key of a protocol file cannot be used.
type ProtocolError struct {
	Line   int    // from 1
	Key    string // empty where the text is not JSON
	Reason string
}

func (e *ProtocolError) Error() string {
	if e.Key == "" {
		return fmt.Sprintf("kakaocert: protocol file: line %d: %s", e.Line, e.Reason)
	}
	return fmt.Sprintf("kakaocert: protocol file: line %d: key %q %s", e.Line, e.Key, e.Reason)
}

func newProtocol(changes map[string]string) *Protocol {
	p := &Protocol{
		values: make(map[string]string, len(protocolTable)),
		lists:  make(map[string][]string, len(protocolTable)),
	}
	for _, row := range protocolTable {
		value, changed := changes[row.key]
		if !changed {
			value = row.value
		}
		p.values[row.key] = value
		p.lists[row.key] = strings.Fields(value)
	}
	return p
}

// Get returns the value under key; "" where there is no such key. Of a list it
// is the whole text; see [Protocol.List].
func (p *Protocol) Get(key string) string { return p.values[key] }

// List returns the words of the value under key. Of a field's names the first
// is the one that is sent, and all are understood in an answer. It is the
// caller's to read, not to change.
func (p *Protocol) List(key string) []string { return p.lists[key] }

// Field returns the name under which a field is sent.
func (p *Protocol) Field(name string) string {
	names := p.lists["field."+name]
	if len(names) == 0 {
		return ""
	}
	return names[0]
}

// Endpoint returns method and path of one step ("prepare", "request",
// "status", "verify", "signer") of one service ("k1100"). The path has
// {product} where the product code goes, if it goes there. Both are empty
// where the service has no such step.
func (p *Protocol) Endpoint(service, step string) (method, path string) {
	words := p.lists["step."+service+"."+step]
	if len(words) < 2 {
		return "", ""
	}
	return words[0], words[len(words)-1]
}

// hostNames are the hosts that a step may be at besides the service's own.
var hostNames = []string{"kauth", "kapi"}

// host is the name of the host that a step is at; "" is the service's own.
func (p *Protocol) host(service, step string) string {
	if words := p.lists["step."+service+"."+step]; len(words) == 3 {
		return words[1]
	}
	return ""
}

// Entries returns the whole table in the order of the documentation.
func (p *Protocol) Entries() []ProtocolEntry {
	entries := make([]ProtocolEntry, len(protocolTable))
	for i, row := range protocolTable {
		value := p.values[row.key]
		entries[i] = ProtocolEntry{
			Key: row.key, Value: value, Provenance: row.provenance,
			Changed: value != row.value, Meaning: row.meaning,
		}
	}
	return entries
}

// readChanges walks the tokens itself, since json.Unmarshal would neither tell
// the line nor see that a key is repeated.
func readChanges(text []byte) (map[string]string, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	refuse := func(key, reason string) error {
		offset := min(int(decoder.InputOffset()), len(text))
		return &ProtocolError{Line: 1 + bytes.Count(text[:offset], []byte("\n")), Key: key, Reason: reason}
	}
	syntax := func(err error) error {
		offset := int(decoder.InputOffset())
		if e, ok := errors.AsType[*json.SyntaxError](err); ok {
			offset = int(e.Offset)
		}
		offset = min(offset, len(text))
		return &ProtocolError{Line: 1 + bytes.Count(text[:offset], []byte("\n")), Reason: "is not JSON"}
	}

	token, err := decoder.Token()
	if err != nil {
		return nil, syntax(err)
	}
	if token != json.Delim('{') {
		return nil, refuse("", "is not one object")
	}
	changes := make(map[string]string)
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return nil, syntax(err)
		}
		key := token.(string) // the decoder lets nothing else stand before a colon
		row, known := protocolRows[key]
		if !known {
			return nil, refuse(key, "is unknown")
		}
		if _, twice := changes[key]; twice {
			return nil, refuse(key, "is repeated")
		}
		if token, err = decoder.Token(); err != nil {
			return nil, syntax(err)
		}
		value, isText := token.(string)
		if !isText {
			return nil, refuse(key, "is not text")
		}
		if reason := row.form.check(value); reason != "" {
			return nil, refuse(key, reason)
		}
		changes[key] = value
	}
	if _, err := decoder.Token(); err != nil {
		return nil, syntax(err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, refuse("", "has more after the object")
	}
	return changes, nil
}
