package revocation

import (
	"context"
	"crypto/x509"
	"time"
)

// Expiry returns until when answers are worth keeping: their nextUpdate, where
// the issuer itself, or its responder, has signed them and they are current; the
// zero time otherwise, for then nothing in them can be believed.
func (s *Sources) Expiry(certificate, issuer *x509.Certificate, now time.Time) (until time.Time) {
	q := &question{certificate: certificate, issuer: issuer, at: now}
	asking := session{Inquiry: &Inquiry{At: now}, ctx: context.Background()}
	keep := func(from, next time.Time) {
		if !from.After(now.Add(skew)) && next.After(now) && (until.IsZero() || next.Before(until)) {
			until = next
		}
	}
	for _, list := range s.crls {
		if sameName(list.RawIssuer, issuer.RawSubject) && list.signedBy(issuer) {
			keep(list.ThisUpdate, list.NextUpdate)
		}
	}
	for _, answer := range s.ocsp {
		if authorised, err := asking.authorised(q, answer); err != nil || !authorised {
			continue
		}
		for _, said := range answer.statements(q, true) {
			keep(said.from, said.until)
		}
	}
	return until
}
