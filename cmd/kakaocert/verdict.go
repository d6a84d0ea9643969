package main

import (
	"errors"
	"strings"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/internal/cms"
)

// verdict is what the check of one signature found.
type verdict struct {
	Verified bool     `json:"verified"`
	Reason   string   `json:"reason"`           // the check that failed
	Defect   string   `json:"defect,omitempty"` // what precisely
	Checks   []string `json:"checks"`           // those that passed, in their order
	Signer   *signer  `json:"signer"`           // of a signature that was verified
}

// judge takes either what was verified or why it was not.
func judge(verified *kakaocert.Verified, err error, showSubject bool) verdict {
	if err == nil {
		return verdict{Verified: true, Checks: verified.Checks(), Signer: signerOf(verified.Certificate(), showSubject)}
	}
	v := verdict{Reason: reason(err), Checks: []string{}}
	if failed, ok := errors.AsType[*kakaocert.VerifyError](err); ok {
		v.Defect, v.Checks = string(failed.Defect), append(v.Checks, failed.Passed...)
	}
	return v
}

// checkVID is the last check of what was verified: that it is this person's.
func (v *verdict) checkVID(verified *kakaocert.Verified, ci, vid string) error {
	err := verified.CheckVID(ci, vid)
	if err == nil {
		v.Checks = append(v.Checks, cms.CheckVID)
		return nil
	}
	v.Verified, v.Reason = false, reason(err)
	if failed, ok := errors.AsType[*kakaocert.VerifyError](err); ok {
		v.Defect = string(failed.Defect)
	}
	return err
}

// show prints the verdict for people, under a line that has its subject.
func (v verdict) show(c *console) {
	if v.Signer != nil {
		field(c, "signer", "%s", v.Signer.Subject)
		field(c, "serial", "%s", v.Signer.Serial)
	}
	if len(v.Checks) > 0 {
		field(c, "passed", "%s", strings.Join(v.Checks, ", "))
	}
}

// word is the verdict in a word or two.
func (v verdict) word(c *console) string {
	if v.Verified {
		return c.paint(green, "verified")
	}
	why := v.Reason
	if v.Defect != "" {
		why += ": " + v.Defect
	}
	return c.paint(red, "NOT VERIFIED") + ": " + why
}
