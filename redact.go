package kakaocert

import (
	"crypto/subtle"
	"fmt"
	"io"
	"log/slog"
)

// redacted is embedded by every type that holds personal data or a key. It
// answers for the type wherever values become text, so that such a value says
// [redacted] under every verb of fmt, under slog, and in JSON and text.
type redacted struct{}

const redactedText = "[redacted]"

// Format writes [redacted] whatever the verb and flags.
func (redacted) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, redactedText) }

// String returns [redacted].
func (redacted) String() string { return redactedText }

// LogValue returns [redacted].
func (redacted) LogValue() slog.Value { return slog.StringValue(redactedText) }

// MarshalText returns [redacted].
func (redacted) MarshalText() ([]byte, error) { return []byte(redactedText), nil }

// MarshalJSON returns "[redacted]".
func (redacted) MarshalJSON() ([]byte, error) { return []byte(`"` + redactedText + `"`), nil }

// Secret is a piece of personal data. It prints as [redacted] everywhere, also
// inside an unexported field of a foreign struct, where fmt asks no method:
// the text sits behind a pointer. The zero Secret is empty.
type Secret struct {
	redacted
	text *string
}

// NewSecret hides text.
func NewSecret(text string) Secret {
	if text == "" {
		return Secret{}
	}
	return Secret{text: &text}
}

// Reveal returns the text. What is revealed is the caller's to keep out of
// logs, errors and URLs.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// IsZero reports whether there is no text.
func (s Secret) IsZero() bool { return s.text == nil }

// Equal compares with other in a time that depends on the lengths alone.
func (s Secret) Equal(other string) bool {
	return subtle.ConstantTimeCompare([]byte(s.Reveal()), []byte(other)) == 1
}
