package evidence

import (
	"crypto/rand"
	"encoding/hex"
	"strings"
	"time"
)

const (
	journalName = "journal"
	recordsName = "records"

	recordSuffix     = ".record"
	attachmentSuffix = ".attachment"
)

const (
	idTime = "20060102T150405Z"
	idSize = len(idTime) + 1 + 16
)

// newID names a record or an attachment: its second in UTC, so that names sort
// by time, and 8 random bytes.
func newID(at time.Time) string {
	random := make([]byte, 8)
	_, _ = rand.Read(random) // never fails
	return at.UTC().Format(idTime) + "-" + hex.EncodeToString(random)
}

// isID keeps what is no name of ours out of file paths.
func isID(s string) bool {
	if len(s) != idSize || s[len(idTime)] != '-' {
		return false
	}
	if _, err := time.Parse(idTime, s[:len(idTime)]); err != nil {
		return false
	}
	return isHex(s[len(idTime)+1:], 8)
}

// isHex reports whether s is lower-case hex of so many bytes.
func isHex(s string, size int) bool {
	return len(s) == 2*size && strings.Trim(s, "0123456789abcdef") == ""
}

// isWord reports whether s may stand in clear in a file: printable ASCII
// without space.
func isWord(s string, most int) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return s != "" && len(s) <= most
}

// keyName is a key's ID fit for an error.
func keyName(id string) string {
	if !isHex(id, 8) {
		return "a key without a name"
	}
	return "key " + id
}

// isFileName reports whether a record or an attachment may have that name.
func isFileName(name string) bool {
	id, isRecord := strings.CutSuffix(name, recordSuffix)
	id, isAttachment := strings.CutSuffix(id, attachmentSuffix)
	return isRecord != isAttachment && isID(id)
}
