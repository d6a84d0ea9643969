package kakaocert

import (
	"crypto/subtle"

	"github.com/kakaocert-go/kakaocert/internal/redact"
)

// Embedded by the types that hold personal data or a key; their methods answer
// wherever a value becomes text.
type (
	redacted = redact.Output // of what this package returns: [redacted]
	personal = redact.Input  // of what a caller gives: [redacted], and an error when it is marshalled
)

// hidden keeps a value where fmt cannot look.
type hidden[T any] = redact.Hidden[T]

func hide[T any](value T) hidden[T] { return redact.Hide(value) }

// Secret is a piece of personal data. It prints as [redacted] everywhere, also
// inside an unexported field of another struct.
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

// Reveal returns the text. Keep it out of logs, errors and URLs.
func (s Secret) Reveal() string {
	return s.text.Value()
}

// IsZero reports whether there is no text.
func (s Secret) IsZero() bool { return s.text.Get() == nil }

// Equal compares with other in a time that depends on the lengths alone.
func (s Secret) Equal(other string) bool {
	return subtle.ConstantTimeCompare([]byte(s.Reveal()), []byte(other)) == 1
}
