package kakaocert

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"unicode"
)

// Provenance records where a fact about the wire comes from.
type Provenance string

const (
	ProvenanceDoc      Provenance = "DOC"     // read in Kakao's own public documents
	ProvenanceSDK      Provenance = "SDK"     // read in Kakao's own published mobile SDK sources
	ProvenanceField    Provenance = "FIELD"   // seen in two or more independent integrations
	ProvenanceFieldOne Provenance = "FIELD-1" // seen in one integration only
	ProvenanceAssumed  Provenance = "ASSUMED" // our own choice where nothing public says
)

// Protocol is the wire: the method and path of every step, names of fields,
// values and encodings, as a table that never changes. A contract holder whose
// papers say otherwise loads the differences with [ParseProtocol]; client and
// simulator take the same value.
type Protocol struct {
	values map[string]string
	found  map[string]string
	lists  map[string][]string

	fields   map[string][]string // lists of "field." without that
	statuses map[string]Status   // by what the wire calls them
}

// ProtocolEntry is one line of a [Protocol].
type ProtocolEntry struct {
	Key        string     // "step.k1100.request"
	Value      string     // "POST /sign/v2/request"
	Provenance Provenance // how sure the default is
	Changed    bool       // the value is not the default
	Meaning    string
	Found      string // how the protocol file says that the value was found
	// Alternatives are other values under which a step is known or likely, in
	// the order in which to try them. Where Value is one of them, the default
	// takes its place.
	Alternatives []string
}

// DefaultProtocol returns the wire as far as it is known.
func DefaultProtocol() *Protocol { return newProtocol(protocolFile{}) }

// ParseProtocol reads the differences from [DefaultProtocol]: one JSON object
// of keys and text values, or of objects that also say how the value was found:
//
//	{"step.k1100.status": {"value": "GET /sign/v2/state", "found": "doctor, 2026-11-26"}}
//
// Unknown and repeated keys, values of the wrong form, and two fields of one
// message under one name are a [*ProtocolError].
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
	p := newProtocol(changes)
	if err := p.checkNames(changes); err != nil {
		return nil, err
	}
	return p, nil
}

const maxProtocolFile = 1 << 20

// ProtocolError says what is wrong in a protocol file.
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

func newProtocol(file protocolFile) *Protocol {
	p := &Protocol{
		found:  file.found,
		values: make(map[string]string, len(protocolTable)),
		lists:  make(map[string][]string, len(protocolTable)),

		fields:   make(map[string][]string, len(protocolTable)),
		statuses: make(map[string]Status, len(statusKeys)),
	}
	for _, row := range protocolTable {
		value, changed := file.values[row.key]
		if !changed {
			value = row.value
		}
		p.values[row.key] = value
		p.lists[row.key] = strings.Fields(value)
		if name, isField := strings.CutPrefix(row.key, "field."); isField {
			p.fields[name] = p.lists[row.key]
		}
	}
	for status, key := range statusKeys {
		p.statuses[p.values[key]] = status
	}
	return p
}

// Get returns the value under key; "" where there is no such key.
func (p *Protocol) Get(key string) string { return p.values[key] }

// List returns the words of the value under key, to be read and not changed. Of
// a field's names the first is sent, and all are understood.
func (p *Protocol) List(key string) []string { return p.lists[key] }

// Field returns the name under which a field is sent.
func (p *Protocol) Field(name string) string {
	names := p.fields[name]
	if len(names) == 0 {
		return ""
	}
	return names[0]
}

// Endpoint returns method and path of a step such as "prepare" of a service
// such as "k1100". The path contains {product} where the product code goes. Both are
// empty where there is no such step.
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

func (p *Protocol) Entries() []ProtocolEntry {
	entries := make([]ProtocolEntry, len(protocolTable))
	for i, row := range protocolTable {
		value := p.values[row.key]
		entries[i] = ProtocolEntry{
			Key: row.key, Value: value, Provenance: row.provenance,
			Changed: value != row.value, Meaning: row.meaning, Found: p.found[row.key],
			Alternatives: row.alternativesTo(value),
		}
	}
	return entries
}

// protocolFile is what a protocol file says.
type protocolFile struct {
	values map[string]string
	found  map[string]string
	lines  map[string]int // of the values
}

// protocolReader walks the tokens itself, since json.Unmarshal would neither
// name the line nor see that a key is repeated.
type protocolReader struct {
	text    []byte
	decoder *json.Decoder
}

func (r protocolReader) refuse(key, reason string) error {
	offset := min(int(r.decoder.InputOffset()), len(r.text))
	return &ProtocolError{Line: r.line(offset), Key: key, Reason: reason}
}

func (r protocolReader) line(offset int) int { return 1 + bytes.Count(r.text[:offset], []byte("\n")) }

// token returns the next token, or an error for text that is not JSON.
func (r protocolReader) token() (json.Token, error) {
	token, err := r.decoder.Token()
	if err == nil {
		return token, nil
	}
	offset := int(r.decoder.InputOffset())
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		offset = int(e.Offset)
	}
	return nil, &ProtocolError{Line: r.line(min(offset, len(r.text))), Reason: "is not JSON"}
}

func readChanges(text []byte) (file protocolFile, err error) {
	text = bytes.TrimPrefix(text, byteOrderMark)
	r := protocolReader{text, json.NewDecoder(bytes.NewReader(text))}
	file = protocolFile{values: make(map[string]string), found: make(map[string]string), lines: make(map[string]int)}
	token, err := r.token()
	if err != nil {
		return file, err
	}
	if token != json.Delim('{') {
		return file, r.refuse("", "is not one object")
	}
	for r.decoder.More() {
		if err := r.entry(file); err != nil {
			return file, err
		}
	}
	if _, err := r.token(); err != nil {
		return file, err
	}
	if _, err := r.decoder.Token(); err != io.EOF {
		return file, r.refuse("", "has more after the object")
	}
	return file, nil
}

// entry reads one key and its value.
func (r protocolReader) entry(file protocolFile) error {
	token, err := r.token()
	if err != nil {
		return err
	}
	key := token.(string) // the decoder lets nothing else come before a colon
	row, known := protocolRows[key]
	if !known {
		return r.refuse(key, "is unknown")
	}
	if _, twice := file.values[key]; twice {
		return r.refuse(key, "is repeated")
	}
	if token, err = r.token(); err != nil {
		return err
	}
	value, isText := token.(string)
	if token == json.Delim('{') {
		value, file.found[key], err = r.noted(key)
		isText = err == nil
	}
	if err != nil {
		return err
	}
	if !isText {
		return r.refuse(key, "must be text, or an object with value and found")
	}
	if reason := row.form.check(value); reason != "" {
		return r.refuse(key, reason)
	}
	file.values[key], file.lines[key] = value, r.line(int(r.decoder.InputOffset()))
	return nil
}

const maxFound = 200

// isUnprintable holds for format characters too, which can turn around how a line reads.
func isUnprintable(ch rune) bool { return !unicode.IsPrint(ch) }

// noted reads a value with a note of how it was found.
func (r protocolReader) noted(key string) (value, found string, err error) {
	seen := make(map[string]bool)
	for r.decoder.More() {
		name, err := r.token()
		if err != nil {
			return "", "", err
		}
		token, err := r.token()
		if err != nil {
			return "", "", err
		}
		text, isText := token.(string)
		switch {
		case !isText || seen[name.(string)]:
			return "", "", r.refuse(key, "must have value and found once, as text")
		case name == "value":
			value = text
		case name == "found" && len(text) <= maxFound && isText && !strings.ContainsFunc(text, isUnprintable):
			found = text
		default:
			return "", "", r.refuse(key, "must have value and found alone, the latter at most 200 bytes of printable text")
		}
		seen[name.(string)] = true
	}
	if _, err := r.token(); err != nil {
		return "", "", err
	}
	if !seen["value"] {
		return "", "", r.refuse(key, "must have a value")
	}
	return value, found, nil
}

// messages are the fields that go together in one message. Under one name, only
// one of two would be sent.
var messages = [][]string{
	{"settle_id", "type", "name", "birthday", "phone_no", "ci", "enc_version"}, // prepare
	{
		"tx_id", "data", "document_type", "documents", "title", "desc", "request_type", "identify_items",
		"expires_in", "return_url", "extra_message", "session_expires_in",
	}, // request
	{"request_type", "request_organization", "receiver_name"}, // desc
	{"title", "document_type", "data"},                        // one of documents
	{"billing_organization", "bank_name", "account_number", "account_holder", "account_holder_birthday", "service_type"},
	{"client_id", "cert_type", "settle_id", "sign_data", "sign_identify_items", "tx_id"}, // prepare at kauth
	{
		"client_id", "redirect_uri", "response_type", "state", "login_nonce", "code_challenge", "code_challenge_method",
		"kauth_tx_id", "prompt", "scope", "login_hint", "channel_public_id", "service_terms", "device_type",
	}, // authorize
	{"state", "code", "oauth_error"}, // the callback
	{"grant_type", "client_id", "client_secret", "redirect_uri", "code", "code_verifier"}, // token
	{"tx_id", "window_error", "state"}, // the redirect of the window
}

// ownHeaders are those of a call that no settle_id may replace, and those that
// net/http does not send as they are given.
var ownHeaders = []string{
	"Authorization", "Target-Authorization", "Accept", "Accept-Encoding", "Content-Type", "User-Agent",
	"Host", "Content-Length", "Transfer-Encoding", "Trailer", "Connection",
}

// checkNames refuses two fields of one message under one name, and names that
// differ in capitals alone.
func (p *Protocol) checkNames(file protocolFile) error {
	for _, keys := range messages {
		for i, key := range keys {
			for _, other := range keys[:i] {
				if strings.EqualFold(p.Field(key), p.Field(other)) {
					return file.clash("field."+key, "field."+other)
				}
			}
		}
	}
	const header = "header.settle_id"
	if slices.Contains(ownHeaders, http.CanonicalHeaderKey(p.Get(header))) {
		return &ProtocolError{Line: file.lines[header], Key: header, Reason: "must not be a header that each call has"}
	}
	return nil
}

// clash blames the one of two keys that the file has, or has last.
func (file protocolFile) clash(key, other string) error {
	if file.lines[other] > file.lines[key] {
		key, other = other, key
	}
	return &ProtocolError{Line: file.lines[key], Key: key, Reason: "must not be the name of " + other + ", which is in the same message"}
}
