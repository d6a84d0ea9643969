package shell

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestWord_QuotesWhatAShellWouldTakeApart(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"/tmp/contract": "/tmp/contract",
		"a=b,c":         "a=b,c",
		"":              `''`,
		"a folder":      `'a folder'`,
		"it's":          `'it'\''s'`,
		"$HOME":         `'$HOME'`,
		"~":             `'~'`,
		"a\nb":          "'a\nb'",
		"계약":            `'계약'`,
	} {
		assert.Equal(t, want, Word(text))
	}
}
