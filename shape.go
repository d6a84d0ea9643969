package kakaocert

import (
	"encoding/base64"
	"time"
	"unicode"
	"unicode/utf8"
)

// The shapes of personal data: what is sent is checked by them, and so is what
// was decrypted, since the service's cipher has no integrity of its own.

const (
	maxName   = 100
	ciText    = 88
	ciBytes   = 64
	minPhone  = 10
	maxPhone  = 11
	birthForm = "20060102"
)

func checkName(field, name string) error {
	if name == "" {
		return &ArgumentError{Field: field, Reason: "is empty"}
	}
	if !isName(name) {
		return &ArgumentError{Field: field, Reason: "is not at most 100 characters of printable UTF-8"}
	}
	return nil
}

func checkBirthday(field, birthday string) error {
	if !isBirthday(birthday) {
		return &ArgumentError{Field: field, Reason: "is not a date in the form YYYYMMDD"}
	}
	return nil
}

func checkPhone(field, phone string) error {
	if !isPhone(phone) {
		return &ArgumentError{Field: field, Reason: "is not 10 or 11 digits"}
	}
	return nil
}

func checkCI(field, ci string) error {
	if !isCI(ci) {
		return &ArgumentError{Field: field, Reason: "is not 88 characters of standard Base64 for 64 bytes"}
	}
	return nil
}

func isName(s string) bool {
	if s == "" || !utf8.ValidString(s) || utf8.RuneCountInString(s) > maxName {
		return false
	}
	for _, r := range s {
		if !unicode.IsPrint(r) {
			return false
		}
	}
	return true
}

func isBirthday(s string) bool {
	_, err := time.Parse(birthForm, s)
	return err == nil && isDigits(s)
}

func isPhone(s string) bool {
	return len(s) >= minPhone && len(s) <= maxPhone && isDigits(s)
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// isCI wants the one canonical spelling: strict decoding, no line breaks.
func isCI(s string) bool {
	var buf [ciBytes + 2]byte
	if len(s) != ciText {
		return false
	}
	n, err := base64.StdEncoding.Strict().Decode(buf[:], []byte(s))
	return err == nil && n == ciBytes
}
