// Package places finds where a value is in a JSON answer whose field names are
// not known. An answer is the other side's text: a place has a path only where a
// protocol file can name it.
package places

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"regexp"
	"strings"

	"github.com/kakaocert-go/kakaocert/internal/cms"
)

// Place is one field of an answer, or one element of an array.
type Place struct {
	// Path is the names from the top with dots between, as a protocol file has
	// them. It is empty where no file can name the place: inside an array, under
	// a name that is repeated or is not one of letters, digits, _, - and dots.
	Path  string
	Value json.RawMessage
	Echo  bool // it repeats what was sent, or is in an object that does
}

// Sent reports whether a field with this name and value was sent. An object
// below the top that contains one is an echo as a whole.
type Sent func(name string, value json.RawMessage) bool

// byteOrderMark may come before JSON; RFC 8259, section 8.1, lets a reader pass
// over it.
var byteOrderMark = []byte("\xef\xbb\xbf")

// Unpack returns the JSON of an answer. It undoes gzip (RFC 1952), once, and
// passes over a byte order mark. An answer may come compressed although identity
// was asked for; a stored answer is known by its first bytes.
func Unpack(raw []byte, limit int64) ([]byte, error) {
	if len(raw) < 2 || raw[0] != 0x1f || raw[1] != 0x8b {
		return bytes.TrimPrefix(raw, byteOrderMark), nil
	}
	reader, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	plain, err := io.ReadAll(io.LimitReader(reader, limit+1))
	if err == nil && int64(len(plain)) > limit {
		err = errTooLarge
	}
	return bytes.TrimPrefix(plain, byteOrderMark), err
}

var errTooLarge = errors.New("larger than the cap")

const (
	maxDepth  = 16
	maxPlaces = 10_000
	maxSize   = 4 << 20 // of an answer: 200 signatures have half of it
)

// All lists the places of an answer, which is a JSON object without a byte order
// mark. It lists none where the answer is something else or has too many. A nil
// Sent is for a caller that does not know what was sent.
func All(answer []byte, sent Sent) []Place {
	if len(answer) > maxSize || !json.Valid(answer) {
		return nil
	}
	if sent == nil {
		sent = func(string, json.RawMessage) bool { return false }
	}
	w := walk{sent: sent, count: make(map[string]int)}
	if top := bytes.TrimSpace(answer); top[0] != '{' || !w.object(top, "", true, false, 0) {
		return nil
	}
	for i := range w.places {
		if w.count[w.places[i].Path] > 1 {
			w.places[i].Path = ""
		}
	}
	return w.places
}

// Fitting returns the places whose value fits.
func Fitting(all []Place, fits func(json.RawMessage) bool) (list []Place) {
	for _, p := range all {
		if fits(p.Value) {
			list = append(list, p)
		}
	}
	return list
}

// One returns the path of the only place whose value fits; "" where there are
// more or none, and where no protocol file can name it.
func One(all []Place, fits func(json.RawMessage) bool) string {
	list := Fitting(all, fits)
	if len(list) != 1 || list[0].Echo {
		return ""
	}
	return list[0].Path
}

// walk goes through the tokens: a map would hide that a name is repeated.
type walk struct {
	sent   Sent
	places []Place
	count  map[string]int
}

type member struct {
	name  string
	value json.RawMessage
}

// object adds the fields of an object whose path is prefix. Below an array,
// nothing has a path. It reports whether the answer can be gone through.
func (w *walk) object(value json.RawMessage, prefix string, named, echo bool, depth int) bool {
	if depth > maxDepth {
		return false
	}
	members := membersOf(value)
	repeated := repeatedNames(members)
	for _, m := range members {
		echo = echo || depth > 0 && w.sent(m.name, m.value)
	}
	for _, m := range members {
		path := ""
		if named && isSegment(m.name) && len(prefix)+len(m.name) <= maxPath {
			path = prefix + m.name
			w.count[path]++
		}
		below := ""
		if path != "" && !repeated[m.name] && !strings.Contains(m.name, ".") { // a path is taken apart at its dots
			below = path + "."
		}
		if !w.value(m.value, path, below, echo || w.sent(m.name, m.value), depth) {
			return false
		}
	}
	return true
}

// repeatedNames are the names that an object contains more than once. Readers differ in
// which of the values they take.
func repeatedNames(members []member) map[string]bool {
	if len(members) < 2 {
		return nil
	}
	repeated := make(map[string]bool, len(members))
	for _, m := range members {
		_, again := repeated[m.name]
		repeated[m.name] = again
	}
	return repeated
}

// value adds a value, and what is in it, whose paths begin with below.
func (w *walk) value(value json.RawMessage, path, below string, echo bool, depth int) bool {
	if len(w.places) >= maxPlaces || depth > maxDepth {
		return false
	}
	w.places = append(w.places, Place{Path: path, Value: value, Echo: echo})
	switch value[0] {
	case '{':
		return w.object(value, below, below != "", echo, depth+1)
	case '[':
		for _, element := range membersOf(value) {
			if !w.value(element.value, "", "", echo, depth+1) {
				return false
			}
		}
	}
	return true
}

// membersOf returns the members of an object, or the elements of an array, up to
// one more than there may be places. The value is JSON, of which the members are
// parts: a decoder would copy them at each depth.
func membersOf(value json.RawMessage) (members []member) {
	rest := bytes.TrimSpace(value)
	if len(rest) == 0 || rest[0] != '{' && rest[0] != '[' {
		return nil
	}
	isObject := rest[0] == '{'
	rest = bytes.TrimSpace(rest[1:])
	for len(rest) > 1 && len(members) <= maxPlaces {
		var m member
		if isObject {
			end := endOf(rest)
			m.name = Text(json.RawMessage(rest[:end]))
			rest = bytes.TrimSpace(rest[end:])[1:] // behind the colon
			rest = bytes.TrimSpace(rest)
		}
		end := endOf(rest)
		m.value = json.RawMessage(rest[:end])
		members = append(members, m)
		rest = bytes.TrimSpace(bytes.TrimSpace(rest[end:])[1:]) // behind the comma or the last bracket
	}
	return members
}

// endOf returns where the JSON value ends with which the text begins.
func endOf(text []byte) int {
	depth, inText := 0, false
	for i := 0; i < len(text); i++ {
		switch ch := text[i]; {
		case inText && ch == '\\':
			i++
		case ch == '"':
			inText = !inText
		case inText:
		case ch == '{' || ch == '[':
			depth++
			continue
		case ch == '}' || ch == ']':
			if depth--; depth < 0 { // it ends what the value is in
				return i
			}
		case depth == 0 && (ch == ',' || ch == ':' || ch <= ' '):
			return i
		default:
			continue
		}
		if depth == 0 && !inText {
			return i + 1
		}
	}
	return len(text)
}

// maxPath is the longest name that a protocol file can have.
const maxPath = 64

var segment = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,64}$`)

// isSegment rejects names that a protocol file cannot have, and those whose
// digits could be a birthday or a phone number.
func isSegment(name string) bool {
	digits := 0
	for _, ch := range name {
		if ch >= '0' && ch <= '9' {
			digits++
		}
	}
	return segment.MatchString(name) && digits < 6 && !strings.HasPrefix(name, ".") && !strings.HasSuffix(name, ".")
}

// Text returns a value that is text; "" for any other.
func Text(value json.RawMessage) (text string) {
	if len(value) == 0 || value[0] != '"' || json.Unmarshal(value, &text) != nil {
		return ""
	}
	return text
}

// IsText returns a predicate for values that are text and fit.
func IsText(fits func(text string) bool) func(json.RawMessage) bool {
	return func(value json.RawMessage) bool {
		text := Text(value)
		return text != "" && fits(text)
	}
}

// IsSignature reports that a value is CMS SignedData as text. It is not checked.
func IsSignature(value json.RawMessage) bool { return Signed(Text(value)) != nil }

// Signed reads text that is CMS SignedData; nil for any other.
func Signed(text string) *cms.Message {
	if text == "" {
		return nil
	}
	raw, err := cms.Unwrap([]byte(text), len(text))
	if err != nil {
		return nil
	}
	message, err := cms.Parse(raw, len(raw))
	if err != nil {
		return nil
	}
	return message
}

// IsSignatureList reports that a value is an array of objects that each have a
// signature, all under one name.
func IsSignatureList(value json.RawMessage) bool { return SignatureName(value) != "" }

// SignatureName returns the name under which each object of an array has its
// signature, and no other field has one; "" where there is no such name or it
// cannot be named.
func SignatureName(value json.RawMessage) (name string) {
	if len(value) == 0 || len(value) > maxSize || value[0] != '[' {
		return ""
	}
	for _, element := range membersOf(value) {
		if element.value[0] != '{' {
			return ""
		}
		found, members := "", membersOf(element.value)
		repeated := repeatedNames(members)
		for _, m := range members {
			switch {
			case !IsSignature(m.value):
			case found != "" || repeated[m.name] || !isSegment(m.name):
				return ""
			default:
				found = m.name
			}
		}
		if found == "" || name != "" && found != name {
			return ""
		}
		name = found
	}
	return name
}

var txIDLike = regexp.MustCompile(`^[A-Za-z0-9_-]{12,64}$`)

// LooksLikeTxID reports that text could be the name of a transaction, which is
// opaque: 38 characters have been seen.
func LooksLikeTxID(text string) bool { return txIDLike.MatchString(text) }
