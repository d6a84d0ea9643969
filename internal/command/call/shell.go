package call

import (
	"regexp"
	"strings"
)

var plainWord = regexp.MustCompile(`^[A-Za-z0-9_./:=@%+,-]+$`)

// ShellQuote makes one word of a text, for a POSIX shell.
func ShellQuote(text string) string {
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// ShellWord quotes only what has to be quoted.
func ShellWord(text string) string {
	if plainWord.MatchString(text) {
		return text
	}
	return ShellQuote(text)
}
