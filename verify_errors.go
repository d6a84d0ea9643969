package kakaocert

import (
	"errors"

	"github.com/kakaocert-go/kakaocert/internal/cms"
)

// What errors.Is finds in the error of a check that failed. Each stands for
// one check of a [Verifier], save where it says more.
var (
	// ErrMalformed: the octets are not one SignedData within the limits.
	ErrMalformed = errors.New("kakaocert: malformed signed data")
	// ErrSignerCertificate: there is not one signer with its certificate.
	ErrSignerCertificate = errors.New("kakaocert: no certificate of one signer")
	// ErrAlgorithm: an algorithm or key is weak, unknown or does not fit.
	ErrAlgorithm = errors.New("kakaocert: algorithm not accepted")
	// ErrSignedAttributes: what the signer signed does not cover the content.
	ErrSignedAttributes = errors.New("kakaocert: signed attributes not accepted")
	// ErrSignature: the signer's key did not make this signature.
	ErrSignature = errors.New("kakaocert: wrong signature")
	// ErrUntrusted: no valid chain leads to the roots, for whatever reason.
	ErrUntrusted = errors.New("kakaocert: no chain to a trusted root")
	// ErrKeyUsage: the certificate is not for signing.
	ErrKeyUsage = errors.New("kakaocert: certificate not for signing")
	// ErrRevoked: a certificate of the chain was revoked.
	ErrRevoked = errors.New("kakaocert: certificate revoked")
	// ErrRevocationUnknown: nothing current says that it was not.
	ErrRevocationUnknown = errors.New("kakaocert: revocation unknown")
	// ErrContentMismatch: the content is not what was to be signed. A detached
	// message that signs something else is ErrSignedAttributes as well.
	ErrContentMismatch = errors.New("kakaocert: other content")
	// ErrVIDMismatch: another person signed than the one with this CI.
	ErrVIDMismatch = errors.New("kakaocert: other VID")
	// ErrCIMismatch: the two CI are not the same person's.
	ErrCIMismatch = errors.New("kakaocert: other CI")
)

// VerifyError says which check a message failed. It is the sentinel error of
// that check, such as [ErrSignature], and its [Defect]. It holds nothing of
// what the message says.
type VerifyError struct {
	Check  string   // "parsed", "signer_certificate", "algorithms", "signed_attributes", "signature", "chain", "key_usage", "revocation", "content" or "vid"
	Passed []string // the checks before it, in the order in which they were made
	Defect Defect

	otherContent bool
}

// Defect is precisely what is wrong, as one of many fixed words such as
// "trailing-data", "digest-algorithm" or "certificate-expired": for logs, and
// for errors.Is where a sentinel error is not precise enough.
type Defect string

func (d Defect) Error() string { return string(d) }

func (e *VerifyError) Error() string {
	return "kakaocert: signature check failed: " + e.Check + ": " + string(e.Defect)
}

// Unwrap returns the defect.
func (e *VerifyError) Unwrap() error { return e.Defect }

// Is matches the sentinel error of the check.
func (e *VerifyError) Is(target error) bool {
	if target == ErrContentMismatch && e.otherContent {
		return true
	}
	return target == e.sentinel()
}

func (e *VerifyError) sentinel() error {
	switch e.Check {
	case cms.CheckParsed:
		return ErrMalformed
	case cms.CheckSignerCertificate:
		return ErrSignerCertificate
	case cms.CheckAlgorithms:
		return ErrAlgorithm
	case cms.CheckSignedAttributes:
		return ErrSignedAttributes
	case cms.CheckSignature:
		return ErrSignature
	case cms.CheckChain:
		return ErrUntrusted
	case cms.CheckKeyUsage:
		return ErrKeyUsage
	case cms.CheckRevocation:
		if e.Defect == Defect(cms.Revoked) {
			return ErrRevoked
		}
		return ErrRevocationUnknown
	case cms.CheckContent:
		return ErrContentMismatch
	case cms.CheckVID:
		return ErrVIDMismatch
	default:
		return nil
	}
}
