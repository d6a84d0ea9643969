// Package revocation answers whether a certificate was revoked, by CRLs (RFC
// 5280) and OCSP answers (RFC 6960). Everything in them is checked before it
// counts: who signed it and may, what it is about, and whether it is current.
// Every authentic "revoked" is heard, also in what cannot say "good".
package revocation

import (
	"context"
	"crypto/x509"
	"errors"
	"slices"
	"time"
)

// Status is good, revoked or unknown.
type Status int

// The status of a certificate.
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
	Newer  bool // what is unknown would be known, but at a later time than that of the check
	Used   Data
	Errors []error // of the fetcher
}

// Fetch gets answers about a certificate of which those at hand say nothing
// current. Data that comes with an error is heard.
type Fetch func(ctx context.Context, certificate, issuer *x509.Certificate) (*Sources, error)

// Inquiry asks about every certificate of a chain but the root.
type Inquiry struct {
	Chain []*x509.Certificate // verified at that time
	At    time.Time
	Given *Sources // the caller's
	// Foreign are a stranger's, such as those in the message. Where there is a
	// fetcher they can only add "revoked": their "good" does not count.
	Foreign *Sources
	Fetch   Fetch // may be nil

	// Authorities returns chains of certificates with this subject that may sign
	// CRLs, the chain's own among them. It may be nil.
	Authorities func(subject []byte) ([][]*x509.Certificate, error)
	// Spend is asked before a signature in Foreign is verified. It may be nil.
	Spend func(key *x509.Certificate) error
}

// Check answers. An error says that it could not be found out within the limits
// of Authorities and Spend, or that the context ended.
func (i *Inquiry) Check(ctx context.Context) (Result, error) {
	if len(i.Chain) < 2 { // the root itself: no issuer above it can say
		return Result{}, nil
	}
	s := session{Inquiry: i, ctx: ctx}
	questions := make([]question, len(i.Chain)-1)
	for n := range questions {
		questions[n] = question{certificate: i.Chain[n], issuer: i.Chain[n+1], at: i.At}
		if err := s.ask(&questions[n]); err != nil {
			return Result{}, err
		}
	}
	result := Result{Status: Good}
	for n := range questions {
		q := &questions[n]
		for _, fetched := range s.fetched { // what came for another certificate may revoke this one
			if fetched == q.fetched {
				continue
			}
			if err := s.hear(q, fetched, true, false); err != nil {
				return Result{}, err
			}
		}
		result.add(q)
	}
	result.Errors = s.errors
	return result, nil
}

// session is the work of one Inquiry.
type session struct {
	*Inquiry
	ctx         context.Context
	authorities map[string][][]*x509.Certificate // by subject
	fetched     []*Sources
	responders  []*x509.Certificate // that the fetcher was asked about
	errors      []error
}

// ask hears what is at hand, and fetches what that does not say.
func (s *session) ask(q *question) error {
	err := errors.Join(s.hear(q, s.Given, true, false), s.hear(q, s.Foreign, s.Fetch == nil, true))
	if err != nil || q.status() != Unknown || s.Fetch == nil {
		return err
	}
	return s.fetch(q)
}

func (s *session) fetch(q *question) error {
	fetched, err := s.Fetch(s.ctx, q.certificate, q.issuer)
	if err := s.ctx.Err(); err != nil {
		return err
	}
	if err != nil {
		s.errors = append(s.errors, err)
	}
	if fetched == nil {
		return nil
	}
	s.fetched, q.fetched = append(s.fetched, fetched), fetched
	return s.hear(q, fetched, true, false)
}

// hear asks sources. Only with mayClear may their answer be "good".
func (s *session) hear(q *question, sources *Sources, mayClear, foreign bool) error {
	if sources == nil {
		return nil
	}
	for _, list := range sources.crls {
		said := list.statements(q.certificate, mayClear)
		if len(said) == 0 {
			continue
		}
		if authentic, err := s.authentic(q, list, foreign); err != nil {
			return err
		} else if authentic && q.takeAll(said) {
			q.addCRL(list)
		}
	}
	for _, answer := range sources.ocsp {
		said := answer.statements(q, mayClear)
		if len(said) == 0 {
			continue
		}
		if authorised, err := s.authorised(q, answer); err != nil {
			return err
		} else if authorised && q.takeAll(said) {
			q.addOCSP(answer)
		}
	}
	return nil
}

// authentic reports whether the list's own issuer signed it: under the key that
// signed the certificate, or another key of that name that chains to the roots
// (RFC 5280 section 6.3.3 (f)) and was not revoked itself.
func (s *session) authentic(q *question, list *crl, foreign bool) (bool, error) {
	own := sameName(list.RawIssuer, q.issuer.RawSubject)
	if own {
		if signed, err := s.signed(list, q.issuer, foreign); signed || err != nil {
			return signed, err
		}
	} else if !list.scope.indirect || !namesCRLIssuer(q.certificate, list.RawIssuer) {
		return false, nil
	}
	if q.inner {
		return false, nil
	}
	chains, err := s.authoritiesOf(list.RawIssuer)
	if err != nil {
		return false, err
	}
	for _, chain := range chains {
		if chain[0] == q.issuer {
			continue
		}
		if signed, err := s.signed(list, chain[0], foreign); err != nil {
			return false, err
		} else if !signed {
			continue
		}
		revoked, err := s.revoked(chain, foreign)
		return !revoked, err
	}
	return false, nil
}

func (s *session) signed(list *crl, signer *x509.Certificate, foreign bool) (bool, error) {
	if foreign && s.Spend != nil {
		if err := s.Spend(signer); err != nil {
			return false, err
		}
	}
	return list.signedBy(signer), nil
}

func (s *session) authoritiesOf(subject []byte) ([][]*x509.Certificate, error) {
	if s.Authorities == nil {
		return nil, nil
	}
	if known, ok := s.authorities[string(subject)]; ok {
		return known, nil
	}
	chains, err := s.Authorities(subject)
	if err == nil {
		if s.authorities == nil {
			s.authorities = make(map[string][][]*x509.Certificate)
		}
		s.authorities[string(subject)] = chains
	}
	return chains, err
}

// revoked reports whether an authority above the lists or answers, that is not
// in the chain, is said to be revoked. Only its issuer's own key is asked, so
// that this comes to an end.
func (s *session) revoked(chain []*x509.Certificate, foreign bool) (bool, error) {
	if len(chain) < 2 {
		return false, nil
	}
	q := &question{certificate: chain[0], issuer: chain[1], at: s.At, inner: true}
	err := errors.Join(s.hear(q, s.Given, true, false), s.hear(q, s.Foreign, true, true))
	for _, fetched := range s.fetched {
		err = errors.Join(err, s.hear(q, fetched, true, false))
	}
	return q.status() == Revoked, err
}

// add takes the answer for one certificate: one revoked revokes the chain, one
// unknown leaves it unknown.
func (r *Result) add(q *question) {
	switch q.status() {
	case Revoked:
		r.Status = Revoked
	case Unknown:
		r.Newer = r.Newer || q.newer
		if r.Status == Good {
			r.Status = Unknown
		}
	}
	for _, list := range q.crls {
		if !slices.ContainsFunc(r.Used.CRLs, func(raw []byte) bool { return &raw[0] == &list.Raw[0] }) {
			r.Used.CRLs = append(r.Used.CRLs, list.Raw)
		}
	}
	for _, answer := range q.ocsp {
		r.Used.OCSP = append(r.Used.OCSP, answer.raw)
	}
}
