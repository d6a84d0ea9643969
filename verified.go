package kakaocert

import (
	"bytes"
	"crypto/x509"
	"slices"
	"time"

	"github.com/kakaocert-go/kakaocert/internal/cms"
)

// Verified is a message that has passed every check of a [Verifier], which
// alone makes it. It does not change. It prints as [redacted].
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

// SignedData returns a copy of the message as it came.
func (v *Verified) SignedData() []byte {
	if !v.made() {
		return nil
	}
	return bytes.Clone(v.result.Get().Message.Raw)
}

// Certificate returns the signer's certificate, to be read and not changed.
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

// SerialNumber returns the bytes of the certificate's serial number as in its
// DER, a leading 00 included.
func (v *Verified) SerialNumber() []byte {
	if !v.made() {
		return nil
	}
	return bytes.Clone(cms.SerialBytes(v.Certificate()))
}

// SigningTime returns when the signer claims to have signed. No check depends
// on it.
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

// Cosigners returns the other signers, where [WithSigners] allowed them.
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

// VIDSource is the result of any verify.
type VIDSource interface {
	CI() Secret
	VID() Secret
}

// CheckVID checks that the signer is the person with the CI: that the VID of
// the result is that of its CI and of the certificate's serial number. Else it
// is [ErrVIDMismatch], or an [*ArgumentError] where the contract grants no CI
// or VID.
func (v *Verified) CheckVID(result VIDSource) error {
	if result == nil || result.CI().IsZero() || result.VID().IsZero() {
		return &ArgumentError{Field: "result", Reason: "must have a CI and a VID, which the contract grants"}
	}
	return v.CompareVID(result.CI().Reveal(), result.VID().Reveal())
}

// CompareVID is CheckVID for a CI in Base64 and a VID in hex or Base64.
func (v *Verified) CompareVID(ci, vid string) error {
	if !v.made() {
		return errNotVerified
	}
	expected, err := ComputeVID(ci, cms.SerialBytes(v.Certificate()))
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
