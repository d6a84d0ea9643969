package revocation

import (
	"context"
	"crypto/x509"
	"time"
)

// Expiry returns until when an answer is worth keeping: its nextUpdate, where the
// issuer itself, or its responder, has signed it and it is current; the zero time
// otherwise, for then nothing in it can be believed. It reports false where data
// cannot be read.
func Expiry(data Data, certificate, issuer *x509.Certificate, now time.Time) (until time.Time, readable bool) {
	sources, unreadable := Read(data)
	if unreadable > 0 {
		return time.Time{}, false
	}
	q := &question{certificate: certificate, issuer: issuer, at: now}
	s := session{Inquiry: &Inquiry{At: now}, ctx: context.Background()}
	keep := func(from, next time.Time) {
		if !from.After(now.Add(skew)) && next.After(now) && (until.IsZero() || next.Before(until)) {
			until = next
		}
	}
	for _, list := range sources.crls {
		if sameName(list.RawIssuer, issuer.RawSubject) && list.signedBy(issuer) {
			keep(list.ThisUpdate, list.NextUpdate)
		}
	}
	for _, answer := range sources.ocsp {
		if authorised, err := s.authorised(q, answer); err != nil || !authorised {
			continue
		}
		for _, said := range answer.statements(q, true) {
			keep(said.from, said.until)
		}
	}
	return until, true
}
