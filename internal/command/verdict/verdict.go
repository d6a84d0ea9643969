// Package verdict says what a check of a signature found, and why a call failed, in
// words for programs and for people.
package verdict

import (
	"errors"
	"strings"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/internal/cms"
	"github.com/kakaocert-go/kakaocert/internal/command/call"
)

// Verdict is what the check of one signature found.
type Verdict struct {
	Verified bool     `json:"verified"`
	Reason   string   `json:"reason"`           // the check that failed
	Defect   string   `json:"defect,omitempty"` // what precisely
	Checks   []string `json:"checks"`           // those that passed, in their order
	// Revocation is good, revoked or unknown; empty where it was not checked, or
	// where the checks did not come that far.
	Revocation string  `json:"revocation,omitempty"`
	Signer     *Signer `json:"signer"` // of a signature that was verified
	Hint       string  `json:"hint,omitempty"`
}

// Of takes either what was verified or why it was not.
func Of(verified *kakaocert.Verified, err error, showSubject bool) Verdict {
	if err == nil {
		revocation := verified.Revocation()
		v := Verdict{
			Verified: true, Checks: verified.Checks(), Revocation: string(revocation.Status),
			Signer: signerOf(verified.Certificate(), showSubject), Hint: revocation.Hint,
		}
		if v.Hint == "" && revocation.Status == kakaocert.RevocationUnknown {
			v.Hint = whyNotFetched(revocation.Err)
		}
		return v
	}
	v := Verdict{Reason: Reason(err), Checks: []string{}}
	switch {
	case errors.Is(err, kakaocert.ErrRevoked):
		v.Revocation = string(kakaocert.RevocationRevoked)
	case errors.Is(err, kakaocert.ErrRevocationUnknown):
		v.Revocation = string(kakaocert.RevocationUnknown)
	}
	if failed, ok := errors.AsType[*kakaocert.VerifyError](err); ok {
		v.Defect, v.Checks, v.Hint = string(failed.Defect), append(v.Checks, failed.Passed...), failed.Hint
	}
	if v.Hint == "" && v.Revocation == string(kakaocert.RevocationUnknown) {
		v.Hint = whyNotFetched(err)
	}
	return v
}

// whyNotFetched is the first error of the fetcher, where there is one.
func whyNotFetched(err error) string {
	if failed, ok := errors.AsType[*kakaocert.RevocationFetchError](err); ok {
		return strings.TrimPrefix(failed.Error(), "kakaocert: ")
	}
	return ""
}

// CheckVID is the last check of what was verified: that it is this person's.
func (v *Verdict) CheckVID(verified *kakaocert.Verified, ci, vid string) error {
	err := verified.CompareVID(ci, vid)
	if err == nil {
		v.Checks = append(v.Checks, cms.CheckVID)
		return nil
	}
	v.Verified, v.Reason = false, Reason(err)
	if failed, ok := errors.AsType[*kakaocert.VerifyError](err); ok {
		v.Defect = string(failed.Defect)
	}
	return err
}

// Show prints the verdict for people, under a line with its subject.
func (v Verdict) Show(c *call.Console) {
	if v.Signer != nil {
		call.Field(c, "signer", "%s", v.Signer.Subject)
		call.Field(c, "serial", "%s", v.Signer.Serial)
	}
	switch {
	case v.Verified && v.Revocation == "":
		call.Field(c, "revocation", "not checked")
	case v.Verified && v.Revocation == string(kakaocert.RevocationUnknown):
		call.Field(c, "revocation", "unknown: no authority said that the certificates are good")
	}
	if len(v.Checks) > 0 {
		call.Field(c, "passed", "%s", strings.Join(v.Checks, ", "))
	}
}

// Word is the verdict in a word or two.
func (v Verdict) Word(c *call.Console) string {
	if v.Verified {
		return c.Paint(call.Green, c.T("verified"))
	}
	why := v.Reason
	if v.Defect != "" {
		why += ": " + v.Defect
	}
	return c.Paint(call.Red, c.T("NOT VERIFIED")) + ": " + why
}
