package kakaocert

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/kakaocert-go/kakaocert/internal/members"
	"github.com/kakaocert-go/kakaocert/internal/places"
)

// answerFields is an answer's JSON object as it is read: what is looked for, is looked
// for at the top, and then inside the object that place.answer names. (FIELD)
type answerFields struct {
	top   object
	data  object // the first of place.answer that is an object; nil where there is none
	where string // the name of that object in place.answer
	fault object // what "error" contains: for codes and words of errors only
}

// parseBody reads an answer, compressed or not, of at most limit bytes once it
// is unpacked. The fields are empty where it is not a JSON object.
func parseBody(raw []byte, limit int64, p *Protocol) answerFields {
	raw, err := places.Unpack(raw, limit)
	if err != nil {
		return answerFields{}
	}
	top, err := parseObject(raw)
	if err != nil {
		return answerFields{}
	}
	fields := answerFields{top: top, fault: inner(top["error"])}
	for _, name := range p.List("place.answer") {
		if fields.data = inner(top.at(name)); fields.data != nil {
			fields.where = name
			break
		}
	}
	return fields
}

// inner reads a value that is an object; nil for any other.
func inner(value json.RawMessage) object {
	if len(value) == 0 || value[0] != '{' {
		return nil
	}
	inside, _ := parseObject(value)
	return inside
}

func (f answerFields) isObject() bool { return f.top != nil }

// text returns the first of the names that is text or a number, at the top and
// then inside; else "".
func (f answerFields) text(names []string) string {
	if text := f.top.text(names); text != "" {
		return text
	}
	return f.data.text(names)
}

// time returns the first of the names that can be read as a point in time.
func (f answerFields) time(names []string) time.Time {
	if t := f.top.time(names); !t.IsZero() {
		return t
	}
	return f.data.time(names)
}

// list returns the first of the names that is an array with something in it.
func (f answerFields) list(names []string) json.RawMessage {
	if list := f.top.list(names); list != nil {
		return list
	}
	return f.data.list(names)
}

// has reports whether one of the names is there, whatever it is.
func (f answerFields) has(names []string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return f.top.at(name) != nil || f.data.at(name) != nil })
}

// both returns the text of both places, for what must not differ.
func (f answerFields) both(names []string) (top, inside string) {
	return f.top.text(names), f.data.text(names)
}

// misplaced reports that one of the names is there, but neither as text nor as
// a number. An empty field counts as absent, and so does the object that the fields
// are in.
func (f answerFields) misplaced(names []string) bool {
	wrapper, _, _ := strings.Cut(f.where, ".")
	return slices.ContainsFunc(names, func(name string) bool {
		return name != wrapper && f.top.misplaced(name) || f.data.misplaced(name)
	})
}

func (o object) misplaced(name string) bool {
	value := o.at(name)
	return value != nil && asText(value) == "" && !isEmpty(value)
}

// isEmpty reports that a value is an empty text, object or list.
func isEmpty(value json.RawMessage) bool {
	return len(value) > 1 && strings.ContainsRune(`"{[`, rune(value[0])) && len(bytes.TrimSpace(value[1:len(value)-1])) == 0
}

// object is a JSON object, read leniently: names are tried in turn, null counts
// as absent, and a number may take the place of text. A name may be a
// path: "data.request_token".
type object map[string]json.RawMessage

var errNoObject = errors.New("no JSON object")

// byteOrderMark may be before JSON; RFC 8259, section 8.1, lets a reader
// pass over it.
var byteOrderMark = []byte("\xef\xbb\xbf")

// maxNames is far above what any answer contains. More are not decoded: each
// takes many times the memory of its text.
const maxNames = 1000

func parseObject(raw []byte) (object, error) {
	o, _, ok := members.Split(bytes.TrimPrefix(raw, byteOrderMark), maxNames)
	if !ok {
		return nil, errNoObject
	}
	return o, nil
}

// parseSigned is for text that is read by others too: nothing is before it, and
// readers differ in which of two values they take where a name is repeated.
func parseSigned(raw []byte) (o object, repeated bool, err error) {
	o, names, ok := members.Split(raw, maxNames)
	if !ok {
		return nil, false, errNoObject
	}
	return o, names != len(o), nil
}

// at returns the value of a name or path; nil where it is absent or null.
func (o object) at(name string) json.RawMessage {
	if o == nil {
		return nil
	}
	value, there := o[name]
	if !there {
		before, after, isPath := strings.Cut(name, ".")
		if !isPath {
			return nil
		}
		return inner(o[before]).at(after)
	}
	if len(value) == 0 || bytes.Equal(value, []byte("null")) {
		return nil
	}
	return value
}

// text returns the first of the names that is text or a number, else "".
func (o object) text(names []string) string {
	for _, name := range names {
		if text := asText(o.at(name)); text != "" {
			return text
		}
	}
	return ""
}

// list returns the first of the names that is an array with something in it.
func (o object) list(names []string) json.RawMessage {
	for _, name := range names {
		value := o.at(name)
		if len(value) > 1 && value[0] == '[' && len(bytes.TrimSpace(value[1:len(value)-1])) > 0 {
			return value
		}
	}
	return nil
}

// time returns the first of the names that can be read as a point in time, and
// the zero time where there is none. A time without a zone is UTC. (SDK)
func (o object) time(names []string) time.Time {
	for _, name := range names {
		text := strings.Replace(asText(o.at(name)), " ", "T", 1)
		if text == "" {
			continue
		}
		for _, form := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02T15:04:05.999999999Z0700"} {
			if t, err := time.Parse(form, text); err == nil {
				return t.UTC()
			}
		}
	}
	return time.Time{}
}

// asText returns a JSON value that is text or a number, and "" for any other.
func asText(value json.RawMessage) string {
	if len(value) == 0 {
		return ""
	}
	if ch := value[0]; ch == '-' || ch >= '0' && ch <= '9' {
		return string(value)
	}
	if value[0] != '"' {
		return ""
	}
	if inner := value[1 : len(value)-1]; isPlain(inner) {
		return string(inner)
	}
	var s string
	if json.Unmarshal(value, &s) != nil {
		return ""
	}
	return s
}

// isPlain reports that JSON text contains no escapes.
func isPlain(inner []byte) bool {
	return bytes.IndexByte(inner, '\\') < 0 && utf8.Valid(inner)
}
