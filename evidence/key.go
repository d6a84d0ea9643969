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

// The labels by which keys are derived, one for each use. (FORMAT.md, "Keys")
const (
	useKeyID   = "kakaocert evidence 1 key id"
	useJournal = "kakaocert evidence 1 journal"
	useFile1   = "kakaocert evidence 1 file"
	useChain   = "kakaocert evidence 2 chain"
	useWrap    = "kakaocert evidence 2 wrap"
	useFile    = "kakaocert evidence 2 file"
)

const (
	suiteGCM   = "AES-256-GCM"
	suitePlain = "UNSAFE-PLAINTEXT"
)

// Key is shared by all writers of a log. It authenticates their entries, and it
// seals records: all of them permanently, where there is no [Recipient], or
// otherwise the recovery keys of the records whose flow has not ended. It
// prints as [redacted].
//
// Without this key, records that have no recipient cannot be read. After a
// change of keys, keep the old key for reading.
type Key struct {
	redact.Output
	hidden redact.Hidden[secrets]
}

// secrets are the secrets of the key; nil for the zero Key.
func (k Key) secrets() *secrets { return k.hidden.Get() }

type secrets struct {
	id      string
	suite   string
	secret  [KeySize]byte
	journal []byte // of version 1
	chain   []byte
	wrap    []byte
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

// UnsafePlaintext returns the key that encrypts nothing. Records contain
// personal data, and with this key anyone who reads the disk or a backup can
// read them. An audit still finds accidental changes, but not deliberate ones.
func UnsafePlaintext() Key { return newKey(make([]byte, KeySize), suitePlain) }

func newKey(secret []byte, suite string) Key {
	s := &secrets{suite: suite, secret: [KeySize]byte(secret)}
	s.id = hex.EncodeToString(s.derive(nil, useKeyID, 8))
	s.journal = s.derive(nil, useJournal, KeySize)
	s.chain = s.derive(nil, useChain, KeySize)
	s.wrap = s.derive(nil, useWrap, KeySize)
	return Key{hidden: redact.Hide(*s)}
}

// ID names the key in the records written with it. It reveals nothing about the
// key's bytes.
func (k Key) ID() string {
	if k.secrets() == nil {
		return ""
	}
	return k.secrets().id
}

// derive makes a key for one use.
func (s *secrets) derive(salt []byte, use string, length int) []byte {
	return deriveKey(s.secret[:], salt, use, length)
}

// deriveKey is HKDF-SHA-256 (RFC 5869). It fails for absurd lengths only.
func deriveKey(secret, salt []byte, use string, length int) []byte {
	key, err := hkdf.Key(sha256.New, secret, salt, use, length)
	if err != nil {
		panic("evidence: " + err.Error())
	}
	return key
}

// KeyOption is a further key of a log or an archive, in addition to its [Key]:
// an older Key, to read what was written with it; a [Recipient], to seal new
// records to; an [Opener], to read what was sealed to its recipient.
type KeyOption interface {
	join(ring *keyring) error
}

func (k Key) join(ring *keyring) error {
	if k.secrets() == nil {
		return &kakaocert.ArgumentError{Field: "Key", Reason: "is empty"}
	}
	ring.keys[k.ID()] = k
	return nil
}

// keyring holds the keys that were given: for reading, by ID, and for sealing.
type keyring struct {
	keys       map[string]Key
	openers    map[string]Opener
	recipients []Recipient
}

// find returns nil for a key that was not given.
func (r *keyring) find(id string) *secrets {
	if key, found := r.keys[id]; found {
		return key.secrets()
	}
	return nil
}

func newKeyring(options ...KeyOption) (*keyring, error) {
	ring := &keyring{keys: make(map[string]Key), openers: make(map[string]Opener)}
	for _, o := range options {
		if o == nil {
			return nil, &kakaocert.ArgumentError{Field: "Key", Reason: "is nil"}
		}
		if err := o.join(ring); err != nil {
			return nil, err
		}
	}
	return ring, nil
}
