package timestamp

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"fmt"
	"math/big"

	"golang.org/x/crypto/cryptobyte"
	cryptobyte_asn1 "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/kakaocert-go/kakaocert"
)

// Authority carries a request to a time stamping authority and its response
// back, both in DER (TimeStampReq and TimeStampResp). It need not look into
// them. [NewHTTPAuthority] does that by HTTP; a bank with an authority in the
// house may have another way. It must end with the context, and be safe for
// concurrent use.
type Authority interface {
	Stamp(ctx context.Context, request []byte) (response []byte, err error)
}

// StamperConfig is what a [Stamper] needs. Authority and Verifier are required.
type StamperConfig struct {
	Authority Authority
	// Verifier checks every new token: one that it refuses is worth nothing later.
	Verifier *Verifier
	// Policy is the policy to ask for; zero leaves it to the authority.
	Policy x509.OID
}

// Stamper gets tokens. It is safe for concurrent use.
type Stamper struct{ config StamperConfig }

// NewStamper returns a Stamper. The error is a [*kakaocert.ArgumentError].
func NewStamper(c StamperConfig) (*Stamper, error) {
	if c.Authority == nil || c.Verifier == nil {
		return nil, &kakaocert.ArgumentError{Field: "StamperConfig", Reason: "must have an Authority and a Verifier"}
	}
	return &Stamper{c}, nil
}

// Stamp gets a token of a message, of which the authority sees the SHA-256
// alone, and checks it. The error is a [*RefusedError], a [*TokenError], or that
// of the Authority.
func (s *Stamper) Stamp(ctx context.Context, message []byte) (*Token, error) {
	nonce, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 63))
	if err != nil {
		return nil, err
	}
	request, err := newRequest(message, nonce, s.config.Policy)
	if err != nil {
		return nil, err
	}
	response, err := s.config.Authority.Stamp(ctx, request)
	if err != nil {
		return nil, fmt.Errorf("timestamp: %w", err)
	}
	raw, err := readResponse(response)
	if err != nil {
		return nil, err
	}
	return s.config.Verifier.check(raw, message, wanted{nonce: nonce, policy: s.config.Policy, hash: crypto.SHA256})
}

// newRequest encodes
//
//	TimeStampReq ::= SEQUENCE {
//	  version INTEGER { v1(1) },
//	  messageImprint MessageImprint,
//	  reqPolicy TSAPolicyId OPTIONAL,
//	  nonce INTEGER OPTIONAL,
//	  certReq BOOLEAN DEFAULT FALSE,
//	  extensions [0] IMPLICIT Extensions OPTIONAL }
func newRequest(message []byte, nonce *big.Int, policy x509.OID) ([]byte, error) {
	h := crypto.SHA256.New()
	h.Write(message)
	var b cryptobyte.Builder
	b.AddASN1(cryptobyte_asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1Int64(1)
		b.AddASN1(cryptobyte_asn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1(cryptobyte_asn1.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1(cryptobyte_asn1.OBJECT_IDENTIFIER, func(b *cryptobyte.Builder) { b.AddBytes([]byte(oidSHA256)) })
				b.AddASN1NULL()
			})
			b.AddASN1OctetString(h.Sum(nil))
		})
		if oid, err := policy.MarshalBinary(); err == nil && len(oid) > 0 {
			b.AddASN1(cryptobyte_asn1.OBJECT_IDENTIFIER, func(b *cryptobyte.Builder) { b.AddBytes(oid) })
		}
		b.AddASN1BigInt(nonce)
		b.AddASN1Boolean(true) // certReq
	})
	return b.Bytes()
}
