package kakaocert

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"log/slog"
)

// redacted is embedded by every type that this package returns with personal
// data or a key in it. It answers for the type wherever values become text, so
// that such a value says [redacted] under every verb of fmt, under slog, and in
// JSON and text.
type redacted struct{}

const redactedText = "[redacted]"

// Format writes [redacted] whatever the verb and flags.
func (redacted) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, redactedText) }

// MarshalText returns [redacted], so that JSON and slog have no more.
func (redacted) MarshalText() ([]byte, error) { return []byte(redactedText), nil }

// personal is embedded by every type through which a caller gives personal data.
// Such a value says [redacted] under fmt and slog. It refuses to be marshalled:
// [redacted] in a queue or a row would be found only when it is read back, after
// the user was asked.
type personal struct{}

// Format writes [redacted] whatever the verb and flags.
func (personal) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, redactedText) }

// LogValue returns [redacted].
func (personal) LogValue() slog.Value { return slog.StringValue(redactedText) }

// MarshalText refuses, and JSON with it: [Seal] keeps such a value.
func (personal) MarshalText() ([]byte, error) { return nil, errMarshal }

// MarshalBinary refuses, and encoding/gob with it: [Seal] keeps such a value.
func (personal) MarshalBinary() ([]byte, error) { return nil, errMarshal }

var errMarshal = errors.New("kakaocert: personal data must not be marshalled in clear: use Seal")

// hidden keeps a value where fmt cannot look. One pointer is not enough: under
// a verb that does not fit, fmt follows a pointer to a struct even in an
// unexported field. A pointer to a pointer it prints as an address.
type hidden[T any] struct{ at **T }

func hide[T any](value T) hidden[T] {
	pointer := &value
	return hidden[T]{&pointer}
}

// value returns what is hidden; the zero value when nothing is.
func (h hidden[T]) value() (value T) {
	if place := h.get(); place != nil {
		value = *place
	}
	return value
}

// get returns the value's place; nil when nothing is hidden.
func (h hidden[T]) get() *T {
	if h.at == nil {
		return nil
	}
	return *h.at
}

// Secret is a piece of personal data. It prints as [redacted] everywhere, also
// inside an unexported field of a foreign struct, where fmt calls no method. The
// zero Secret is empty.
type Secret struct {
	redacted
	text hidden[string]
}

// NewSecret hides text.
func NewSecret(text string) Secret {
	if text == "" {
		return Secret{}
	}
	return Secret{text: hide(text)}
}

// Reveal returns the text. What is revealed is the caller's to keep out of
// logs, errors and URLs.
func (s Secret) Reveal() string {
	return s.text.value()
}

// IsZero reports whether there is no text.
func (s Secret) IsZero() bool { return s.text.get() == nil }

// Equal compares with other in a time that depends on the lengths alone.
func (s Secret) Equal(other string) bool {
	return subtle.ConstantTimeCompare([]byte(s.Reveal()), []byte(other)) == 1
}
