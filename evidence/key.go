package evidence

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/hex"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/internal/redact"
)

// KeySize is the length of a key in bytes.
const KeySize = 32

// The names by which keys are derived, one for each use. (FORMAT.md, "Keys")
const (
	useKeyID   = "kakaocert evidence 1 key id"
	useJournal = "kakaocert evidence 1 journal"
	useFile    = "kakaocert evidence 1 file"
)

const (
	suiteGCM   = "AES-256-GCM"
	suitePlain = "UNSAFE-PLAINTEXT"
)

// Key encrypts records and vouches for the journal. It prints as [redacted].
// Who loses it loses the records; who changes it keeps the old one for reading.
type Key struct {
	redact.Output
	hidden redact.Hidden[secrets]
}

// secrets are the key's own; nil of the zero Key.
func (k Key) secrets() *secrets { return k.hidden.Get() }

type secrets struct {
	id      string
	suite   string
	secret  [KeySize]byte
	journal []byte
}

// NewKey makes a key of 32 random bytes, such as `openssl rand 32` gives.
func NewKey(secret []byte) (Key, error) {
	if len(secret) != KeySize {
		return Key{}, &kakaocert.ArgumentError{Field: "Key", Reason: "is not 32 bytes"}
	}
	if [KeySize]byte(secret) == [KeySize]byte{} {
		return Key{}, &kakaocert.ArgumentError{Field: "Key", Reason: "is all zero"}
	}
	return newKey(secret, suiteGCM), nil
}

// UnsafePlaintext returns the key that encrypts nothing: records hold personal
// data, and with it anyone who reads the disk or a backup reads them. Changes by
// accident still show; changes by design do not.
func UnsafePlaintext() Key { return newKey(make([]byte, KeySize), suitePlain) }

func newKey(secret []byte, suite string) Key {
	s := &secrets{suite: suite, secret: [KeySize]byte(secret)}
	s.id = hex.EncodeToString(s.derive(nil, useKeyID, 8))
	s.journal = s.derive(nil, useJournal, KeySize)
	return Key{hidden: redact.Hide(*s)}
}

// ID names the key in the records written with it. It says nothing about the
// key's bytes.
func (k Key) ID() string {
	if k.secrets() == nil {
		return ""
	}
	return k.secrets().id
}

// derive is HKDF-SHA-256 (RFC 5869). It fails for absurd lengths only.
func (s *secrets) derive(salt []byte, use string, length int) []byte {
	key, err := hkdf.Key(sha256.New, s.secret[:], salt, use, length)
	if err != nil {
		panic("evidence: " + err.Error())
	}
	return key
}

// keyring is the keys given for reading, by ID.
type keyring map[string]Key

// find returns nil for a key that was not given.
func (r keyring) find(id string) *secrets {
	if key, found := r[id]; found {
		return key.secrets()
	}
	return nil
}

func newKeyring(keys ...Key) (keyring, error) {
	ring := make(keyring, len(keys))
	for _, k := range keys {
		if k.secrets() == nil {
			return nil, &kakaocert.ArgumentError{Field: "Key", Reason: "is empty"}
		}
		ring[k.ID()] = k
	}
	return ring, nil
}
