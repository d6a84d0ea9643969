package cms

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
)

// maxOperations is how many public-key operations one message may cost. A
// message with one signer below one authority costs three.
const maxOperations = 64

// Keys of a message: RSA keys with fewer bits are weak; longer keys and larger
// exponents are work on demand for a stranger. A key that the caller gave may
// have up to maxGivenRSABits and any exponent.
const (
	minRSABits      = 2048
	maxRSABits      = 4096
	maxGivenRSABits = 8192
	maxExponent     = 65537
)

// budget is what may still be spent on one message.
type budget struct {
	ctx     context.Context
	left    int
	observe func(key any) // sees every key before it is computed with; for tests
}

// spend takes n operations with the keys of these certificates. It fails with
// TooManyOperations, or with the context's error.
func (b *budget) spend(n int, keys ...*x509.Certificate) error {
	if err := b.ctx.Err(); err != nil {
		return err
	}
	if n > b.left {
		return TooManyOperations
	}
	b.left -= n
	if b.observe != nil {
		for _, c := range keys {
			b.observe(c.PublicKey)
		}
	}
	return nil
}

// keyDefect says what is wrong with the key of a certificate, whatever it is
// used for; given is true for certificates that the caller gave.
func keyDefect(c *x509.Certificate, given bool) Defect {
	switch key := c.PublicKey.(type) {
	case *rsa.PublicKey:
		switch bits := key.N.BitLen(); {
		case bits < minRSABits, bits > maxGivenRSABits, bits > maxRSABits && !given:
			return KeySize
		case key.E > maxExponent && !given:
			return KeyExponent
		}
	case *ecdsa.PublicKey:
		if key.Curve == elliptic.P224() {
			return KeyCurve
		}
	}
	return ""
}
