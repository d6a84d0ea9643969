package revocation

import (
	"crypto/x509"
	"slices"
	"time"
)

// skew is how far ahead of the checker's clock an answer may have been made:
// one fetched during the check would be from the future otherwise.
const skew = 5 * time.Minute

// question is about one certificate, with the answers found so far.
type question struct {
	certificate, issuer *x509.Certificate
	at                  time.Time
	inner               bool // about who signed a list or an answer
	good, revoked       bool
	newer               bool // an answer is from later than the time asked about
	crls                []*crl
	ocsp                []*ocspAnswer
	fetched             *Sources // what was fetched about it, and has been heard

	issuerDigests [len(idHashes)]struct{ name, key []byte }
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

func (q *question) addCRL(list *crl) {
	if !slices.Contains(q.crls, list) {
		q.crls = append(q.crls, list)
	}
}

func (q *question) addOCSP(answer *ocspAnswer) {
	if !slices.Contains(q.ocsp, answer) {
		q.ocsp = append(q.ocsp, answer)
	}
}

// statement is what an answer says of a certificate.
type statement struct {
	from, until time.Time // thisUpdate and nextUpdate
	clears      bool      // it may say that the certificate is good
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

// takeAll weighs the statements of one answer, and reports whether they say
// anything. One of them that the certificate is revoked outweighs the others.
func (q *question) takeAll(said []statement) (useful bool) {
	for _, s := range said {
		useful = q.take(s) || useful
	}
	return useful
}

// take weighs a statement, and reports whether it says anything.
//
// Not revoked counts from an answer that is current at the time. Revoked counts
// from any, since it is not undone, except a hold. Revoked after the time is
// good, unless the key was compromised: since when is then unknown.
func (q *question) take(s statement) bool {
	late := s.from.After(q.at.Add(skew))
	current := !late && s.until.After(q.at)
	if s.revoked && s.counts(q.at) && (current || s.reason != certificateHold) {
		q.revoked = true
		return true
	}
	q.newer = q.newer || late && s.clears
	current = current && s.clears
	q.good = q.good || current
	return current
}

func (s statement) counts(at time.Time) bool {
	return !s.since.After(at) || s.reason == keyCompromise || s.reason == caCompromise || s.reason == aaCompromise
}
