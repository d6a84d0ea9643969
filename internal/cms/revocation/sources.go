package revocation

import (
	"context"
	"crypto/x509"
	"time"
)

// Sources are answers that have been read.
type Sources struct {
	crls []*crl
	ocsp []*ocspAnswer
}

// Add adds other answers.
func (s *Sources) Add(other *Sources) {
	s.crls = append(s.crls, other.crls...)
	s.ocsp = append(s.ocsp, other.ocsp...)
}

// Data returns the answers as they came.
func (s *Sources) Data() (data Data) {
	for _, list := range s.crls {
		data.CRLs = append(data.CRLs, list.Raw)
	}
	for _, answer := range s.ocsp {
		data.OCSP = append(data.OCSP, answer.raw)
	}
	return data
}

// Read reads answers. The ones that cannot be read are left out, and counted.
func Read(data Data) (s *Sources, unreadable int) {
	s = new(Sources)
	for _, raw := range data.CRLs {
		if list, err := readCRL(raw); err == nil {
			s.crls = append(s.crls, list)
		} else {
			unreadable++
		}
	}
	for _, raw := range data.OCSP {
		if answer, err := readOCSP(raw); err == nil {
			s.ocsp = append(s.ocsp, answer)
		} else {
			unreadable++
		}
	}
	return s, unreadable
}

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
