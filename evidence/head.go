package evidence

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"time"
)

const (
	idTime = "20060102T150405Z"
	idSize = len(idTime) + 1 + 16
)

// newID makes the name of a record, an attachment or a chain: the second in
// UTC, so that names sort by time, and 8 random bytes.
func newID(at time.Time) string {
	random := make([]byte, 8)
	_, _ = rand.Read(random) // never fails
	return at.UTC().Format(idTime) + "-" + hex.EncodeToString(random)
}

// isID keeps names that do not follow the format out of file paths.
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

// isWord reports whether a file may contain s in clear: printable ASCII without
// space.
func isWord(s string, most int) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return s != "" && len(s) <= most
}

// keyName is a key's ID in a form that an error may contain.
func keyName(id string) string {
	if !isHex(id, 8) {
		return "a key without a name"
	}
	return "key " + id
}

// The first line of every record and attachment, by the version of the format.
const (
	magic1 = "kakaocert-evidence 1\n"
	magic  = "kakaocert-evidence 2\n"
)

// maxHead is the longest head, both lines together. Six keys of MLKEM768X25519
// make up most of it.
const maxHead = 16 << 10

// maxHead1 is the longest head of version 1.
const maxHead1 = 4096

// fileHead is the part of a head in clear. (FORMAT.md, "Head")
type fileHead struct {
	Kind    Kind      `json:"kind"`
	ID      string    `json:"id"`
	Suite   string    `json:"suite"`
	Key     string    `json:"key,omitempty"`  // version 1 only
	Salt    string    `json:"salt,omitempty"` // version 1 only
	At      time.Time `json:"at"`
	Record  string    `json:"record,omitempty"`
	Product string    `json:"product,omitempty"`
	TxID    string    `json:"tx_id,omitempty"`
	Attempt int       `json:"attempt,omitempty"`
	Client  string    `json:"client,omitempty"`
	Keys    []wrapped `json:"keys,omitempty"` // version 2 only

	salt []byte
}

// sealedHead is the encrypted part, in the first frame. The digest of a
// document with few possible contents would reveal the document.
type sealedHead struct {
	Asked      []string `json:"asked,omitempty"`
	KeyVersion int      `json:"key_version,omitempty"`
	Ref        string   `json:"ref,omitempty"`
	Name       string   `json:"name,omitempty"`
}

// ending is the content of the last frame.
type ending struct {
	At     time.Time `json:"at"`
	Reason string    `json:"reason,omitempty"`
}

func (h fileHead) encode() ([]byte, error) {
	line, err := json.Marshal(h)
	if err != nil {
		return nil, err
	}
	return append(append([]byte(magic), line...), '\n'), nil
}

// decodeHead reads a whole head of either version.
func decodeHead(raw []byte) (h fileHead, err error) {
	line, current := bytes.CutPrefix(raw, []byte(magic))
	if !current {
		line = bytes.TrimPrefix(raw, []byte(magic1))
	}
	if err := decodeStrict(line, &h); err != nil {
		return fileHead{}, damaged("head is not understood")
	}
	switch {
	case current && (h.Key != "" || h.Salt != "" || len(h.Keys) == 0),
		!current && (len(h.Keys) > 0 || len(raw) > maxHead1):
		return fileHead{}, damaged("head is of another version than its first line")
	case current:
		return h, nil
	}
	h.salt, err = hex.DecodeString(h.Salt)
	if err != nil || len(h.salt) != KeySize {
		return fileHead{}, damaged("head has no salt")
	}
	return h, nil
}

// decodeStrict reads one JSON value. It refuses unknown names, and anything
// after the value.
func decodeStrict(data []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("evidence: more than one JSON value")
	}
	return nil
}
