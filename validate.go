package kakaocert

import (
	"bytes"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// The shapes of personal data: what is sent is checked by them, and so is what
// was decrypted, since the service's cipher does not protect integrity.

const (
	maxName   = 100
	ciText    = 88
	ciBytes   = 64
	minPhone  = 10
	maxPhone  = 11
	birthForm = "20060102"
	// minBirthYear is before the birth of any living person.
	minBirthYear = 1850
)

// checkName accepts a name as KakaoTalk writes it: composed syllables, not the
// conjoining letters (NFD) that some systems write for file names.
func checkName(field, name string) error {
	if strings.Trim(name, " \u3000\u00a0") == "" {
		return &ArgumentError{Field: field, Reason: "must not be empty"}
	}
	if reason := notText(name); reason != "" {
		return &ArgumentError{Field: field, Reason: reason}
	}
	if strings.ContainsFunc(name, isConjoining) {
		return &ArgumentError{Field: field, Reason: "must be composed (NFC): conjoining jamo and the Hangul filler are not accepted"}
	}
	if !isName(name) {
		return &ArgumentError{Field: field, Reason: "must be at most 100 printable characters"}
	}
	return nil
}

func checkBirthday(field, birthday string) error {
	if !isBirthday(birthday) {
		return &ArgumentError{Field: field, Reason: "must be a date in the form YYYYMMDD"}
	}
	// A day later than here may have begun in Korea, and on Kiribati's islands.
	if date, _ := time.Parse(birthForm, birthday); date.Year() < minBirthYear || date.After(time.Now().Add(14*time.Hour)) {
		return &ArgumentError{Field: field, Reason: "must be a date from 1850 to today"}
	}
	return nil
}

func checkPhone(field, phone string) error {
	if !isPhone(phone) {
		return &ArgumentError{Field: field, Reason: "must be 10 or 11 digits"}
	}
	return nil
}

func checkCI(field, ci string) error {
	if !isCI(ci) {
		return &ArgumentError{Field: field, Reason: "must be 88 characters of standard Base64 for 64 bytes"}
	}
	return nil
}

// isConjoining reports a jamo that only makes a syllable together with others,
// or a filler that cannot be seen.
func isConjoining(r rune) bool {
	return r >= 0x1100 && r <= 0x11ff || r >= 0xa960 && r <= 0xa97f || r >= 0xd7b0 && r <= 0xd7ff || r == 0x3164 || r == 0xffa0
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

// isCI accepts only the canonical spelling: strict decoding, and no white space,
// which is removed before.
func isCI(s string) bool {
	var buf [ciBytes + 2]byte
	if len(s) != ciText {
		return false
	}
	n, err := base64.StdEncoding.Strict().Decode(buf[:], []byte(s))
	return err == nil && n == ciBytes
}

// checkKey accepts a bare key: anything that could break a header or that hints
// at a pasted header is refused.
func checkKey(field, key string) error {
	switch {
	case key == "":
		return &ArgumentError{Field: field, Reason: "must not be empty"}
	case strings.HasPrefix(key, "KakaoAK"):
		return &ArgumentError{Field: field, Reason: "must be the bare key, without KakaoAK"}
	case !isGraphic(key):
		return &ArgumentError{Field: field, Reason: "must be printable ASCII without spaces"}
	}
	return nil
}

func checkSettleID(field, id string) error {
	if id == "" {
		return &ArgumentError{Field: field, Reason: "must not be empty"}
	}
	if !isGraphic(id) || len(id) > 128 {
		return &ArgumentError{Field: field, Reason: "must be at most 128 characters of printable ASCII"}
	}
	return nil
}

// isGraphic reports whether s is printable ASCII without space.
func isGraphic(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
}

func isControl(r rune) bool { return r < ' ' || r > '~' }

// count counts characters the way the contract does.
func (p *Protocol) count(s string) int {
	switch p.Get("count.text") {
	case "runes":
		return utf8.RuneCountInString(s)
	case "bytes":
		return len(s)
	}
	n := 0
	for _, r := range s {
		n += utf16.RuneLen(r)
	}
	return n
}

// checkText accepts text that arrives as it was written: encoding/json would
// replace what is not UTF-8 without an error.
func checkText(field, text string, limit int, count func(string) int) error {
	if reason := notText(text); reason != "" {
		return &ArgumentError{Field: field, Reason: reason}
	}
	if count(text) > limit {
		return &ArgumentError{Field: field, Reason: fmt.Sprintf("must be at most %d characters", limit)}
	}
	return nil
}

const notUTF8 = "must be UTF-8; convert CP949 (EUC-KR) before"

// replaced reports that encoding/json did not find UTF-8: it writes an escape
// for what it cannot read, and U+FFFD itself in three bytes.
func replaced(encoded []byte) bool {
	withoutBackslashes := bytes.ReplaceAll(encoded, []byte(`\\`), nil)
	return !utf8.Valid(encoded) || bytes.Contains(withoutBackslashes, []byte(`\ufffd`))
}

// notText returns why s is not text, or "".
func notText(s string) string {
	switch {
	case !utf8.ValidString(s):
		return notUTF8
	case strings.ContainsRune(s, 0):
		return "must not contain NUL"
	}
	return ""
}

func isReturnURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.IsAbs() && len(s) <= maxReturnURL && isGraphic(s)
}

// checkTxID keeps what cannot be a tx_id out of URLs, logs and rows: anything
// but printable ASCII without space.
func checkTxID(txID string) (reason string) {
	if txID == "" {
		return "has no tx_id"
	}
	if len(txID) > maxTxID {
		return "has a tx_id of more than 256 bytes"
	}
	for i := range len(txID) {
		if txID[i] <= ' ' || txID[i] > '~' {
			return "has a tx_id with characters that are not printable ASCII"
		}
	}
	return ""
}

func checkNonce(field, nonce string, count func(string) int) error {
	if nonce == "" {
		return &ArgumentError{Field: field, Reason: "must not be empty"}
	}
	return checkText(field, nonce, maxNonce, count)
}

func sameText(a, b []byte) bool { return subtle.ConstantTimeCompare(a, b) == 1 }

// withoutSpace removes the white space that encoders break lines with.
func withoutSpace(text string) string {
	if !strings.ContainsAny(text, " \t\r\n") {
		return text
	}
	return strings.NewReplacer(" ", "", "\t", "", "\r", "", "\n", "").Replace(text)
}

// decodeBase64 reads the standard or the URL-safe alphabet, padded or not, in
// one line or several.
func decodeBase64(text string) ([]byte, error) {
	text = withoutSpace(text)
	encoding := base64.StdEncoding
	if strings.ContainsAny(text, "-_") {
		encoding = base64.URLEncoding
	}
	if !strings.HasSuffix(text, "=") {
		encoding = encoding.WithPadding(base64.NoPadding)
	}
	return encoding.Strict().DecodeString(text)
}
