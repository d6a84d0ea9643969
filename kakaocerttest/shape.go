package kakaocerttest

import (
	"encoding/base64"
	"time"
	"unicode/utf8"
)

// The shapes of personal data, as the service checks them after decryption.

func isName(s string) bool {
	n := utf8.RuneCountInString(s)
	return utf8.ValidString(s) && n >= 1 && n <= 100
}

func isDate(s string) bool {
	_, err := time.Parse("20060102", s)
	return err == nil
}

func isPhone(s string) bool { return (len(s) == 10 || len(s) == 11) && onlyOf(s, "0123456789") }

func isCI(s string) bool {
	raw, err := base64.StdEncoding.Strict().DecodeString(s)
	return err == nil && len(raw) == 64 && len(s) == 88
}

func onlyOf(s, alphabet string) bool {
	for _, r := range s {
		found := false
		for _, a := range alphabet {
			found = found || a == r
		}
		if !found {
			return false
		}
	}
	return true
}
