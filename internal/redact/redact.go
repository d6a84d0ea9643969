// Package redact keeps personal data and keys out of everything that turns values
// into text.
package redact

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
)

// Text is what a value prints in place of its contents.
const Text = "[redacted]"

// Output is embedded by every type that is returned with personal data or a key
// in it. It answers for the type wherever values become text, so that such a
// value says [redacted] under every verb of fmt, under slog, and in JSON and
// text.
type Output struct{}

// Format writes [redacted] whatever the verb and flags.
func (Output) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, Text) }

// MarshalText returns [redacted], so that JSON and slog have no more.
func (Output) MarshalText() ([]byte, error) { return []byte(Text), nil }

// Input is embedded by every type through which a caller gives personal data.
// Such a value says [redacted] under fmt and slog. It refuses to be marshalled:
// [redacted] in a queue or a row would be found only when it is read back, after
// the user was asked.
type Input struct{}

// Format writes [redacted] whatever the verb and flags.
func (Input) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, Text) }

// LogValue returns [redacted].
func (Input) LogValue() slog.Value { return slog.StringValue(Text) }

// MarshalText refuses, and JSON with it.
func (Input) MarshalText() ([]byte, error) { return nil, errMarshal }

// MarshalBinary refuses, and encoding/gob with it.
func (Input) MarshalBinary() ([]byte, error) { return nil, errMarshal }

var errMarshal = errors.New("kakaocert: personal data must not be marshalled in clear: use Seal")

// Hidden keeps a value where fmt cannot look. One pointer is not enough: under a
// verb that does not fit, fmt follows a pointer to a struct even in an unexported
// field. A pointer to a pointer it prints as an address.
type Hidden[T any] struct{ at **T }

// Hide hides a value.
func Hide[T any](value T) Hidden[T] {
	both := &struct { // in one piece of memory
		at    *T
		value T
	}{value: value}
	both.at = &both.value
	return Hidden[T]{&both.at}
}

// Value returns what is hidden, or the zero value when nothing is.
func (h Hidden[T]) Value() (value T) {
	if place := h.Get(); place != nil {
		value = *place
	}
	return value
}

// Get returns the place of what is hidden, or nil when nothing is.
func (h Hidden[T]) Get() *T {
	if h.at == nil {
		return nil
	}
	return *h.at
}
