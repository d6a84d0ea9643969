package evidence

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/hpke"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/internal/redact"
)

// Recipient is the public key of an archive. Records are sealed to it by HPKE
// (RFC 9180), so that their writers cannot read them for ever: its private key,
// an [Opener], is elsewhere, for example in an HSM. Give two recipients, and
// keep the private key of one on paper in a safe: without one of their private
// keys the records are lost.
type Recipient struct {
	public hpke.PublicKey
	id     string
	how    string
}

// Opener is the private key of a [Recipient]. It prints as [redacted].
type Opener struct {
	redact.Output
	hidden redact.Hidden[hpke.PrivateKey]
	id     string
	how    string
}

// The kinds of keys, by the KEM that hpke uses with them.
const (
	howKey    = "AES-256-GCM"
	howP256   = "HPKE-P256"
	howX25519 = "HPKE-X25519"
	howHybrid = "HPKE-MLKEM768X25519"
)

// maxRecipients bounds a record's head.
const maxRecipients = 6

const useRecipient = "kakaocert evidence 2 recipient"

var kems = map[uint16]kem{
	hpke.DHKEM(ecdh.P256()).ID():   {howP256, 65},
	hpke.DHKEM(ecdh.X25519()).ID(): {howX25519, 32},
	hpke.MLKEM768X25519().ID():     {howHybrid, 1120},
}

type kem struct {
	how  string
	size int // bytes of an encapsulated secret, which is in front of what is sealed
}

// NewRecipient takes a public key of P-256, which every HSM and KMS can hold,
// of X25519, or of MLKEM768X25519, for records that a future quantum computer
// must not be able to read.
func NewRecipient(public hpke.PublicKey) (Recipient, error) {
	if public == nil {
		return Recipient{}, &kakaocert.ArgumentError{Field: "Recipient", Reason: "is nil"}
	}
	kem, known := kems[public.KEM().ID()]
	if !known {
		return Recipient{}, &kakaocert.ArgumentError{Field: "Recipient", Reason: "must be a key of P-256, X25519 or MLKEM768X25519"}
	}
	sum := sha256.Sum256(append([]byte(useRecipient), public.Bytes()...))
	return Recipient{public: public, id: hex.EncodeToString(sum[:8]), how: kem.how}, nil
}

// ParseRecipient reads a public key of P-256 or X25519 in PEM, as
// `openssl pkey -pubout` writes it.
func ParseRecipient(text []byte) (Recipient, error) {
	refusal := &kakaocert.ArgumentError{Field: "Recipient", Reason: "must be one PUBLIC KEY of P-256 or X25519 in PEM"}
	block, _ := pem.Decode(text)
	if block == nil || block.Type != "PUBLIC KEY" {
		return Recipient{}, refusal
	}
	parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return Recipient{}, refusal
	}
	var public *ecdh.PublicKey
	switch key := parsed.(type) {
	case *ecdh.PublicKey:
		public = key
	case *ecdsa.PublicKey:
		if public, err = key.ECDH(); err != nil {
			return Recipient{}, refusal
		}
	default:
		return Recipient{}, refusal
	}
	sealed, err := hpke.NewDHKEMPublicKey(public)
	if err != nil {
		return Recipient{}, refusal
	}
	return NewRecipient(sealed)
}

// ID names the recipient in the records that are sealed to it.
func (r Recipient) ID() string { return r.id }

func (r Recipient) join(ring *keyring) error {
	switch {
	case r.public == nil:
		return &kakaocert.ArgumentError{Field: "Recipient", Reason: "is empty"}
	case len(ring.recipients) == maxRecipients:
		return &kakaocert.ArgumentError{Field: "Recipient", Reason: "must be at most 6"}
	}
	ring.recipients = append(ring.recipients, r)
	return nil
}

// NewOpener takes the private key of a recipient. For a key that cannot leave
// its HSM, use [hpke.NewDHKEMPrivateKey] with an [ecdh.KeyExchanger], or
// [hpke.NewHybridPrivateKey]. If the HSM fails while a record is read, the error
// is [ErrKey] and wraps the HSM's own error.
func NewOpener(private hpke.PrivateKey) (Opener, error) {
	if private == nil {
		return Opener{}, &kakaocert.ArgumentError{Field: "Opener", Reason: "is nil"}
	}
	recipient, err := NewRecipient(private.PublicKey())
	if err != nil {
		return Opener{}, &kakaocert.ArgumentError{Field: "Opener", Reason: "must be a key of P-256, X25519 or MLKEM768X25519"}
	}
	return Opener{hidden: redact.Hide(private), id: recipient.id, how: recipient.how}, nil
}

// ParseOpener reads a private key of P-256 or X25519 in PEM, as
// `openssl genpkey` writes it without a password.
func ParseOpener(text []byte) (Opener, error) {
	refusal := &kakaocert.ArgumentError{Field: "Opener", Reason: "must be one PRIVATE KEY of P-256 or X25519 in PEM"}
	block, _ := pem.Decode(text)
	if block == nil || block.Type != "PRIVATE KEY" {
		return Opener{}, refusal
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return Opener{}, refusal
	}
	var private *ecdh.PrivateKey
	switch key := parsed.(type) {
	case *ecdh.PrivateKey:
		private = key
	case *ecdsa.PrivateKey:
		if private, err = key.ECDH(); err != nil {
			return Opener{}, refusal
		}
	default:
		return Opener{}, refusal
	}
	opener, err := hpke.NewDHKEMPrivateKey(private)
	if err != nil {
		return Opener{}, refusal
	}
	return NewOpener(opener)
}

// ID is the ID of the opener's [Recipient].
func (o Opener) ID() string { return o.id }

func (o Opener) join(ring *keyring) error {
	if o.id == "" {
		return &kakaocert.ArgumentError{Field: "Opener", Reason: "is empty"}
	}
	ring.openers[o.id] = o
	return nil
}
