package kakaocert

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"time"
	"unicode/utf8"
)

// object is a JSON object of an answer, read leniently: names are tried in
// turn, null counts as absent, and a number may stand where text is expected.
type object map[string]json.RawMessage

var errNoObject = errors.New("no JSON object")

func parseObject(body []byte) (object, error) {
	var o object
	if err := json.Unmarshal(body, &o); err != nil || o == nil {
		return nil, errNoObject
	}
	return o, nil
}

// raw returns the first of the names that is there and is not null.
func (o object) raw(names []string) json.RawMessage {
	for _, name := range names {
		if value := o[name]; len(value) > 0 && !bytes.Equal(value, []byte("null")) {
			return value
		}
	}
	return nil
}

// text returns the first of the names that is text or a number, else "".
func (o object) text(names []string) string {
	value := o.raw(names)
	if len(value) == 0 {
		return ""
	}
	if ch := value[0]; ch == '-' || ch >= '0' && ch <= '9' {
		return string(value)
	}
	if inner := value[1 : len(value)-1]; value[0] == '"' && isPlain(inner) {
		return string(inner)
	}
	var s string
	if json.Unmarshal(value, &s) != nil {
		return ""
	}
	return s
}

// isPlain reports that JSON text stands for itself.
func isPlain(inner []byte) bool {
	return bytes.IndexByte(inner, '\\') < 0 && utf8.Valid(inner)
}

// time returns a point in time, the zero time when there is none that can be
// read. What has no zone is UTC. (SDK)
func (o object) time(names []string) time.Time {
	text := o.text(names)
	if text == "" {
		return time.Time{}
	}
	for _, form := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02T15:04:05.999999999Z0700"} {
		if t, err := time.Parse(form, strings.Replace(text, " ", "T", 1)); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}
