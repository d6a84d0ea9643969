// Package revocation answers whether a certificate was revoked, by CRLs (RFC
// 5280) and OCSP answers (RFC 6960) that somebody else brought. Everything in
// an answer is checked before it counts: who signed it and may, what it is
// about, and whether it is current.
package revocation

import (
	"crypto/x509"
	"slices"
	"time"
)

// Status is good, revoked or unknown.
type Status int

// What is known of a certificate.
const (
	Unknown Status = iota // nothing current says
	Good
	Revoked
)

// Data are CRLs, in DER or PEM, and OCSP answers, in DER.
type Data struct {
	CRLs [][]byte
	OCSP [][]byte
}

// Result is the answer for a chain, with what it rests on.
type Result struct {
	Status Status
	Used   Data
}

// skew is how far ahead of the checker's clock an answer may have been made:
// one fetched during the check would be from the future otherwise.
const skew = 5 * time.Minute

// Sources are answers that have been read.
type Sources struct {
	crls []*crl
	ocsp []*ocspAnswer
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

// Fetch brings answers about a certificate that those at hand say nothing of.
type Fetch func(certificate, issuer *x509.Certificate) (Data, error)

// Check asks about every certificate of a chain but the root, at that time.
// The chain has been verified at that time. Fetch may be nil.
func Check(chain []*x509.Certificate, at time.Time, fetch Fetch, sources ...*Sources) Result {
	var result Result
	if len(chain) < 2 { // the root itself: nobody is above it to say
		return result
	}
	result.Status = Good
	for i, certificate := range chain[:len(chain)-1] {
		q := question{certificate: certificate, issuer: chain[i+1], at: at}
		q.ask(sources...)
		if q.status() == Unknown && fetch != nil {
			if data, err := fetch(q.certificate, q.issuer); err == nil {
				fetched, _ := Read(data)
				q.ask(fetched)
			}
		}
		result.add(q)
	}
	return result
}

// add takes the answer for one certificate: one revoked revokes the chain, one
// unknown leaves it unknown.
func (r *Result) add(q question) {
	switch q.status() {
	case Revoked:
		r.Status = Revoked
	case Unknown:
		if r.Status == Good {
			r.Status = Unknown
		}
	}
	for _, list := range q.crls {
		if !slices.ContainsFunc(r.Used.CRLs, func(raw []byte) bool { return &raw[0] == &list.Raw[0] }) {
			r.Used.CRLs = append(r.Used.CRLs, list.Raw)
		}
	}
	r.Used.OCSP = append(r.Used.OCSP, q.ocsp...)
}

// question is about one certificate, with the answers found so far.
type question struct {
	certificate, issuer *x509.Certificate
	at                  time.Time
	good, revoked       bool
	crls                []*crl
	ocsp                [][]byte
}

// status: one answer that it was revoked outweighs any that it was not.
func (q *question) status() Status {
	switch {
	case q.revoked:
		return Revoked
	case q.good:
		return Good
	default:
		return Unknown
	}
}

func (q *question) ask(sources ...*Sources) {
	for _, s := range sources {
		for _, list := range s.crls {
			if list.speaksFor(q) && q.take(list.statement(q.certificate)) {
				q.crls = append(q.crls, list)
			}
		}
		for _, answer := range s.ocsp {
			if said, ok := answer.statement(q); ok && q.take(said) {
				q.ocsp = append(q.ocsp, answer.raw)
			}
		}
	}
}

// statement is what an authentic answer says of a certificate.
type statement struct {
	from, until time.Time // thisUpdate and nextUpdate
	revoked     bool
	since       time.Time
	reason      int
}

// Reasons of RFC 5280 section 5.3.1.
const (
	keyCompromise   = 1
	caCompromise    = 2
	certificateHold = 6
	removeFromCRL   = 8
	aaCompromise    = 10
)

// take weighs a statement, and reports whether it says anything.
//
// Not revoked counts from an answer that is current at the time. Revoked counts
// from any, since it is not undone, except a hold. Revoked after the time is
// good, unless the key was compromised: then nobody knows since when.
func (q *question) take(s statement) bool {
	current := !s.from.After(q.at.Add(skew)) && s.until.After(q.at)
	if s.revoked && (s.counts(q.at)) && (current || s.reason != certificateHold) {
		q.revoked = true
		return true
	}
	q.good = q.good || current
	return current
}

func (s statement) counts(at time.Time) bool {
	return !s.since.After(at) || s.reason == keyCompromise || s.reason == caCompromise || s.reason == aaCompromise
}
