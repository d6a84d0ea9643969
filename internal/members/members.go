// Package members splits a JSON object (RFC 8259) into its names and values.
package members

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

// Split returns the names and values of a JSON object. The values are parts of
// it, where encoding/json would copy each. Of a name that is repeated it returns
// the last value, as encoding/json does; names counts every one. It reports false
// for what is not a JSON object, and for one with more names than the limit.
func Split(object []byte, limit int) (values map[string]json.RawMessage, names int, ok bool) {
	rest := trim(object)
	if len(rest) == 0 || rest[0] != '{' || !json.Valid(rest) {
		return nil, 0, false
	}
	values = make(map[string]json.RawMessage)
	for rest = trim(rest[1:]); rest[0] != '}'; names++ {
		if names == limit {
			return nil, 0, false
		}
		quoted := first(rest)
		rest = trim(trim(rest[len(quoted):])[1:]) // behind the colon
		value := first(rest)
		if rest = trim(rest[len(value):]); rest[0] == ',' {
			rest = trim(rest[1:])
		}
		values[unquote(quoted)] = value
	}
	return values, names, true
}

// trim removes the white space in front.
func trim(text []byte) []byte { return bytes.TrimLeft(text, " \t\r\n") }

// first returns the value with which valid JSON begins. Something must follow a
// number or a word.
func first(text []byte) []byte {
	depth := 0
	for i := 0; ; i++ {
		switch text[i] {
		case '"':
			i = endOfString(text, i)
		case '{', '[':
			depth++
			continue
		case '}', ']':
			if depth == 0 { // of what the value is in
				return text[:i:i]
			}
			depth--
		case ',', ' ', '\t', '\r', '\n':
			if depth == 0 {
				return text[:i:i]
			}
			continue
		default:
			continue
		}
		if depth == 0 {
			return text[: i+1 : i+1]
		}
	}
}

// endOfString returns where the string that begins at i has its last quotation
// mark.
func endOfString(text []byte, i int) int {
	for i++; text[i] != '"'; i++ {
		if text[i] == '\\' {
			i++
		}
	}
	return i
}

func unquote(quoted []byte) string {
	inner := quoted[1 : len(quoted)-1]
	if bytes.IndexByte(inner, '\\') < 0 && utf8.Valid(inner) {
		return string(inner)
	}
	var name string
	_ = json.Unmarshal(quoted, &name) // it is valid
	return name
}
