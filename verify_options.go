package kakaocert

import (
	"crypto/x509"
	"slices"
	"time"

	"github.com/kakaocert-go/kakaocert/internal/cms"
)

// VerifierOption changes how a [Verifier] checks.
type VerifierOption func(*Verifier) error

// AtTime sets the time at which every certificate, and every answer about
// revocation, has to be valid: for old signatures, a time that does not come
// from the signer. The default is the time of the check.
func AtTime(t time.Time) VerifierOption {
	return func(v *Verifier) error {
		if t.IsZero() {
			return &ArgumentError{Field: "AtTime", Reason: "is the zero time"}
		}
		v.at = t
		return nil
	}
}

// WithIntermediates adds certificates of issuing authorities, for messages that
// do not bring their own. They are not trusted for being here.
func WithIntermediates(certificates ...*x509.Certificate) VerifierOption {
	return func(v *Verifier) error {
		if slices.ContainsFunc(certificates, func(c *x509.Certificate) bool { return c == nil || len(c.Raw) == 0 }) {
			return &ArgumentError{Field: "WithIntermediates", Reason: "has a certificate that was not parsed"}
		}
		v.rules.Intermediates = slices.Clone(certificates)
		return nil
	}
}

// maxMessageSize is the largest cap that can be asked for.
const maxMessageSize = 1 << 30

// WithMaxSize caps a message at that many octets, up to 1 GiB. The default is
// 1 MiB.
func WithMaxSize(octets int) VerifierOption {
	return func(v *Verifier) error {
		if octets < 1 || octets > maxMessageSize {
			return &ArgumentError{Field: "WithMaxSize", Reason: "is not within 1 and 1 GiB"}
		}
		v.rules.MaxSize = octets
		return nil
	}
}

// WithSigners allows up to that many signers, at most 16. Every one of them
// must pass every check. The default is one.
func WithSigners(most int) VerifierOption {
	return func(v *Verifier) error {
		if most < 1 || most > cms.MaxSigners {
			return &ArgumentError{Field: "WithSigners", Reason: "is not within 1 and 16"}
		}
		v.rules.MaxSigners = most
		return nil
	}
}

// WithContentType wants content of this type in place of id-data (RFC 5652
// section 4).
func WithContentType(oid x509.OID) VerifierOption {
	return func(v *Verifier) error {
		octets, err := oid.MarshalBinary()
		if err != nil || len(octets) == 0 {
			return &ArgumentError{Field: "WithContentType", Reason: "is not an object identifier"}
		}
		v.rules.ContentType = string(octets)
		return nil
	}
}
