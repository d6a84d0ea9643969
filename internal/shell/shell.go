// Package shell writes words for a POSIX shell.
package shell

import (
	"regexp"
	"strings"
)

var plainWord = regexp.MustCompile(`^[A-Za-z0-9_./:=@%+,-]+$`)

// Quote makes one word of a text.
func Quote(text string) string {
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// Word quotes only what has to be quoted.
func Word(text string) string {
	if plainWord.MatchString(text) {
		return text
	}
	return Quote(text)
}
