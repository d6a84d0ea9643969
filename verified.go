package kakaocert

import (
	"bytes"
	"crypto/x509"
	"slices"
	"time"

	"github.com/kakaocert-go/kakaocert/internal/cms"
)

// Verified is a message that has passed every check of a [Verifier], which
// alone makes it; the zero Verified has nothing and passes no check. It does
// not change. It prints as [redacted], for a certificate has a name in it.
type Verified struct {
	redacted
	result     hidden[cms.Result]
	signer     int
	revocation hidden[revocations]
}

// made reports whether v comes from Verify.
func (v *Verified) made() bool { return v != nil && v.result.Get() != nil }

// Content returns a copy of what was signed, attached or not.
func (v *Verified) Content() []byte {
	if !v.made() {
		return nil
	}
	return bytes.Clone(v.result.Get().Content)
}

// SignedData returns a copy of the message as it came: the evidence.
func (v *Verified) SignedData() []byte {
	if !v.made() {
		return nil
	}
	return bytes.Clone(v.result.Get().Message.Raw)
}

// Certificate returns the signer's certificate. It is shared: do not change it.
func (v *Verified) Certificate() *x509.Certificate {
	if !v.made() {
		return nil
	}
	return v.result.Get().Signers[v.signer].Chain[0]
}

// Chain returns the certificates from the signer's to the root, both included.
func (v *Verified) Chain() []*x509.Certificate {
	if !v.made() {
		return nil
	}
	return slices.Clone(v.result.Get().Signers[v.signer].Chain)
}

// SerialNumber returns the octets of the certificate's serial number as they
// stand in its DER, a leading 00 included: what a VID is made from.
func (v *Verified) SerialNumber() []byte {
	if !v.made() {
		return nil
	}
	return bytes.Clone(cms.SerialOctets(v.Certificate()))
}

// SigningTime returns when the signer claims to have signed, if it does. Nobody
// else has confirmed it, and no check depends on it.
func (v *Verified) SigningTime() (claim time.Time, ok bool) {
	if !v.made() {
		return time.Time{}, false
	}
	claim = v.result.Get().Signers[v.signer].SigningTime
	return claim, !claim.IsZero()
}

// Checks returns the names of the checks that were made, in their order.
func (v *Verified) Checks() []string {
	if !v.made() {
		return nil
	}
	return slices.Clone(v.result.Get().Passed)
}

// Cosigners returns the other signers, where [WithSigners] allowed them. Each
// has passed the same checks.
func (v *Verified) Cosigners() []*Verified {
	if !v.made() {
		return nil
	}
	var others []*Verified
	for i := range v.result.Get().Signers {
		if i != v.signer {
			others = append(others, &Verified{result: v.result, signer: i, revocation: v.revocation})
		}
	}
	return others
}

// VIDSource has the CI and the VID of an answer. Every result of a verify is
// one.
type VIDSource interface {
	CI() Secret
	VID() Secret
}

// CheckVID checks that the signer is the person with the CI: that the VID of the
// result is the VID of the CI and of the certificate's serial number. When it is
// not, the error is [ErrVIDMismatch], a [*VerifyError] of the check "vid". It is
// an [*ArgumentError] where the result has no CI or no VID, which the contract
// grants.
func (v *Verified) CheckVID(result VIDSource) error {
	if result == nil || result.CI().IsZero() || result.VID().IsZero() {
		return &ArgumentError{Field: "result", Reason: "must have a CI and a VID, which the contract grants"}
	}
	return v.CompareVID(result.CI().Reveal(), result.VID().Reveal())
}

// CompareVID is [Verified.CheckVID] for a CI in Base64 and a VID in hex or Base64
// that were kept.
func (v *Verified) CompareVID(ci, vid string) error {
	if !v.made() {
		return errNotVerified
	}
	expected, err := ComputeVID(ci, cms.SerialOctets(v.Certificate()))
	if err != nil {
		return err
	}
	given, err := parseVID(vid)
	if err != nil {
		return err
	}
	if !expected.equal(given) {
		return &VerifyError{Check: cms.CheckVID, Passed: v.Checks(), Defect: Defect(cms.VIDMismatch)}
	}
	return nil
}

var errNotVerified = &ArgumentError{Field: "Verified", Reason: "must come from a Verifier"}
