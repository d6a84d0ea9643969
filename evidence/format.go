package evidence

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"hash/crc32"
	"io"
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

// magic is the first line of every record and attachment.
const magic = "kakaocert-evidence 1\n"

// maxHead is the longest head, both lines together.
const maxHead = 4096

const (
	kindRecord     = "record"
	kindAttachment = "attachment"
)

// fileHead is what a file says in clear. (FORMAT.md, "Head")
type fileHead struct {
	Kind    string    `json:"kind"`
	ID      string    `json:"id"`
	Suite   string    `json:"suite"`
	Key     string    `json:"key"`
	Salt    string    `json:"salt"`
	At      time.Time `json:"at"`
	Record  string    `json:"record,omitempty"`
	Product string    `json:"product,omitempty"`
	TxID    string    `json:"tx_id,omitempty"`
	Attempt int       `json:"attempt,omitempty"`
	Client  string    `json:"client,omitempty"`
}

// sealedHead is the rest of what is known at the beginning, in the first
// frame: a digest of a document of few possible contents gives it away.
type sealedHead struct {
	Asked      []string `json:"asked,omitempty"`
	KeyVersion int      `json:"key_version,omitempty"`
	Ref        string   `json:"ref,omitempty"`
	Name       string   `json:"name,omitempty"`
}

// ending is what the last frame says.
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

// decodeHead reads a whole head.
func decodeHead(raw []byte) (h fileHead, salt []byte, err error) {
	line, found := bytes.CutPrefix(raw, []byte(magic))
	if !found {
		return h, nil, damaged("first line is not that of version 1")
	}
	if err := decodeStrict(line, &h); err != nil {
		return fileHead{}, nil, damaged("head is not understood")
	}
	salt, err = hex.DecodeString(h.Salt)
	if err != nil || len(salt) != KeySize {
		return fileHead{}, nil, damaged("head has no salt")
	}
	return h, salt, nil
}

// decodeStrict reads one JSON value without unknown names, and nothing after.
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

// A frame is its head, its sealed bytes and a tag. (FORMAT.md, "Frames")
const (
	frameHeadSize = 9
	maxFrame      = 16 << 10 // of plaintext
)

const (
	frameHead      byte = 'H' // the sealed head; always the first, and no other
	frameData      byte = 'D' // a piece of the body
	frameCommitted byte = 'C' // the end
	frameAborted   byte = 'A' // the end
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func encodeFrameHead(kind byte, length int) [frameHeadSize]byte {
	var head [frameHeadSize]byte
	head[0] = kind
	binary.BigEndian.PutUint32(head[1:5], uint32(length))
	binary.BigEndian.PutUint32(head[5:9], crc32.Checksum(head[:5], castagnoli))
	return head
}

// decodeFrameHead distinguishes a frame that was cut off from one whose length was
// changed: only a head that is right is believed about what follows.
func decodeFrameHead(head [frameHeadSize]byte) (kind byte, length int, ok bool) {
	length = int(binary.BigEndian.Uint32(head[1:5]))
	ok = binary.BigEndian.Uint32(head[5:9]) == crc32.Checksum(head[:5], castagnoli)
	return head[0], length, ok && length <= maxFrame
}

// nonce is a frame's place in the file. The key is the file's own, so no nonce
// comes twice under one key.
func nonce(frame uint64) []byte {
	return binary.BigEndian.AppendUint64(make([]byte, 4, 12), frame)
}

// tagSize is what a frame is longer than its plaintext, in either suite.
const tagSize = 16

// suite seals and opens frames. It is the part of [cipher.AEAD] that is used.
type suite interface {
	Seal(dst, nonce, plaintext, additional []byte) []byte
	Open(dst, nonce, sealed, additional []byte) ([]byte, error)
}

// forFile returns the suite for one file: its key hangs on the file's salt and
// on every byte of its head.
func (s *secrets) forFile(salt, head []byte) suite {
	sum := sha256.Sum256(head)
	key := s.derive(salt, useFile+string(sum[:]), KeySize)
	if s.suite == suitePlain {
		return plain{key: key}
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		panic("evidence: " + err.Error()) // 32 bytes are a key of AES
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic("evidence: " + err.Error()) // AES has blocks of 16 bytes
	}
	return aead
}

// plain seals nothing; its tag shows a change made by accident.
type plain struct{ key []byte }

var errTag = errors.New("evidence: tag differs")

func (p plain) tag(nonce, plaintext, additional []byte) []byte {
	mac := hmac.New(sha256.New, p.key)
	_, _ = mac.Write(nonce)
	_, _ = mac.Write(additional)
	_, _ = mac.Write(plaintext)
	return mac.Sum(nil)[:tagSize]
}

func (p plain) Seal(dst, nonce, plaintext, additional []byte) []byte {
	return append(append(dst, plaintext...), p.tag(nonce, plaintext, additional)...)
}

func (p plain) Open(dst, nonce, sealed, additional []byte) ([]byte, error) {
	if len(sealed) < tagSize {
		return nil, errTag
	}
	plaintext, tag := sealed[:len(sealed)-tagSize], sealed[len(sealed)-tagSize:]
	if subtle.ConstantTimeCompare(tag, p.tag(nonce, plaintext, additional)) != 1 {
		return nil, errTag
	}
	return append(dst, plaintext...), nil
}
