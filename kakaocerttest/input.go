package kakaocerttest

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"mime"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/kakaocert-go/kakaocert"
)

// input is the arguments of a call. Fields are read by their key in the
// protocol, and a field that the step did not read is refused at the end: in a
// test a misspelt name should not pass.
type input struct {
	protocol *kakaocert.Protocol
	fields   map[string]json.RawMessage
	path     string // where the object is: "" or "desc."
	taken    []string
}

func jsonInput(p *kakaocert.Protocol, contentType string, text []byte) (*input, *failure) {
	if kind, _, err := mime.ParseMediaType(contentType); err != nil || kind != "application/json" {
		return nil, fail("E1001", "Content-Type is not application/json")
	}
	return objectInput(p, text, "")
}

func objectInput(p *kakaocert.Protocol, text []byte, path string) (*input, *failure) {
	if !utf8.Valid(text) {
		return nil, fail("E1001", "the body is not UTF-8")
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil || fields == nil {
		return nil, fail("E1001", cmp.Or(strings.TrimSuffix(path, "."), "the body")+" is not a JSON object")
	}
	return &input{protocol: p, fields: fields, path: path}, nil
}

func queryInput(p *kakaocert.Protocol, query url.Values) (*input, *failure) {
	fields := make(map[string]json.RawMessage, len(query))
	for name, values := range query {
		if len(values) != 1 {
			return nil, invalid(name, "is repeated")
		}
		text, err := json.Marshal(values[0])
		if err != nil {
			return nil, invalid(name, "is not text")
		}
		fields[name] = text
	}
	return &input{protocol: p, fields: fields}, nil
}

func formInput(p *kakaocert.Protocol, contentType string, text []byte) (*input, *failure) {
	if kind, _, err := mime.ParseMediaType(contentType); err != nil || kind != "application/x-www-form-urlencoded" {
		return nil, fail("E1001", "Content-Type is not application/x-www-form-urlencoded")
	}
	values, err := url.ParseQuery(string(text))
	if err != nil || !utf8.Valid(text) {
		return nil, fail("E1001", "the body is not a form")
	}
	return queryInput(p, values)
}

// raw returns a field's value, or nil if it is absent or null, and its name for
// messages.
func (in *input) raw(key string) (value json.RawMessage, name string) {
	name = in.protocol.Field(key)
	in.taken = append(in.taken, name)
	value = in.fields[name]
	if bytes.Equal(value, []byte("null")) {
		value = nil
	}
	return value, in.path + name
}

// fromHeader reads a field from a header instead of the body, where the field
// is then refused as unknown.
func (in *input) fromHeader(key, value string) {
	name := in.protocol.Field(key)
	if _, there := in.fields[name]; there {
		in.fields["(in the body) "+name] = json.RawMessage(`""`)
	}
	text, _ := json.Marshal(value) // a text can always be encoded
	in.fields[name] = text
}

// optional returns a text, or "" if it is absent.
func (in *input) optional(key string) (string, *failure) {
	value, name := in.raw(key)
	if value == nil {
		return "", nil
	}
	var text string
	if json.Unmarshal(value, &text) != nil {
		return "", invalid(name, "is not text")
	}
	return text, nil
}

// text returns a required text.
func (in *input) text(key string) (string, *failure) {
	text, err := in.optional(key)
	if err == nil && text == "" {
		return "", invalid(in.path+in.protocol.Field(key), "is missing")
	}
	return text, err
}

// integer returns a whole number and whether it is present.
func (in *input) integer(key string) (n int64, there bool, err *failure) {
	value, name := in.raw(key)
	if value == nil {
		return 0, false, nil
	}
	if json.Unmarshal(value, &n) != nil {
		return 0, false, invalid(name, "is not a whole number")
	}
	return n, true, nil
}

// list returns the elements of an array, or nil if it is absent.
func (in *input) list(key string) ([]json.RawMessage, *failure) {
	value, name := in.raw(key)
	if value == nil {
		return nil, nil
	}
	var elements []json.RawMessage
	if json.Unmarshal(value, &elements) != nil {
		return nil, invalid(name, "is not an array")
	}
	return elements, nil
}

// secret returns a required field, decrypted.
func (in *input) secret(key string, with *cipherKey) (string, *failure) {
	text, err := in.text(key)
	if err != nil {
		return "", err
	}
	name := in.path + in.protocol.Field(key)
	raw, decodeErr := decodeText(in.protocol.Get("encoding.cipher"), text)
	if decodeErr != nil {
		return "", invalid(name, "is not in the encoding of encrypted values")
	}
	plain, openErr := with.open(raw)
	if openErr != nil || !utf8.Valid(plain) {
		return "", invalid(name, "cannot be decrypted")
	}
	return string(plain), nil
}

// end refuses fields that the step did not read.
func (in *input) end() *failure {
	for name := range in.fields {
		if !slices.Contains(in.taken, name) {
			return invalid(in.path+name, "is not expected here")
		}
	}
	return nil
}

// length counts as the service does according to the protocol.
func length(p *kakaocert.Protocol, text string) int {
	switch p.Get("count.text") {
	case "bytes":
		return len(text)
	case "runes":
		return utf8.RuneCountInString(text)
	}
	return len(utf16.Encode([]rune(text)))
}

// The forms of personal data that the service requires after decryption.

func isName(s string) bool {
	n := utf8.RuneCountInString(s)
	return utf8.ValidString(s) && n >= 1 && n <= 100
}

func isDate(s string) bool {
	_, err := time.Parse("20060102", s)
	return err == nil
}

func isPhone(s string) bool { return (len(s) == 10 || len(s) == 11) && onlyOf(s, "0123456789") }

func isCI(s string) bool {
	raw, err := base64.StdEncoding.Strict().DecodeString(s)
	return err == nil && len(raw) == 64 && len(s) == 88
}

func onlyOf(s, alphabet string) bool {
	for _, r := range s {
		found := false
		for _, a := range alphabet {
			found = found || a == r
		}
		if !found {
			return false
		}
	}
	return true
}
