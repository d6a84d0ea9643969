package kakaocert

import (
	"bytes"
	"context"
	"crypto/x509"
	"time"

	"github.com/kakaocert-go/kakaocert/internal/cms"
	"github.com/kakaocert-go/kakaocert/internal/cms/revocation"
)

// RevocationMode says what becomes of a signature when nothing says whether
// its certificates were revoked. A revoked one is refused in both modes that
// check.
type RevocationMode int

const (
	RevocationOff  RevocationMode = iota // nothing is checked: the default
	RevocationSoft                       // unknown is accepted
	RevocationHard                       // unknown is refused
)

// RevocationStatus is one of three answers.
type RevocationStatus string

const (
	RevocationGood    RevocationStatus = "good"    // no certificate below the root was revoked
	RevocationRevoked RevocationStatus = "revoked" // one was
	RevocationUnknown RevocationStatus = "unknown" // nothing current says so of one
)

// RevocationData are answers of certificate authorities: CRLs in DER or PEM
// (RFC 5280), OCSP answers in DER (RFC 6960).
type RevocationData struct {
	CRLs [][]byte
	OCSP [][]byte
}

// RevocationFetcher brings answers from the network. It is asked about one
// certificate, of which the answers at hand say nothing current, and its
// issuer; both belong to a chain that has been verified. Implementations must
// bound their time and what they read, and be safe for concurrent use. An
// error leaves the certificate unknown. What they return is checked as
// everything else is.
type RevocationFetcher interface {
	FetchRevocation(certificate, issuer *x509.Certificate) (RevocationData, error)
}

// Revocation is what was found, with the answers it rests on: keep them beside
// the signature, for the day when the authority no longer answers.
type Revocation struct {
	Status   RevocationStatus // empty when nothing was checked
	Evidence RevocationData
}

// WithRevocation checks every certificate below the root by the CRLs and OCSP
// answers given, and by CRLs in the message. They have to be current at the
// time of the check (see [WithTime]) and signed by the certificate's issuer, or,
// for OCSP, by whom it authorised. Revoked after that time is good, unless the
// key was compromised.
func WithRevocation(mode RevocationMode, given RevocationData) VerifierOption {
	return func(v *Verifier) error {
		if mode < RevocationOff || mode > RevocationHard {
			return &ArgumentError{Field: "WithRevocation", Reason: "has an unknown mode"}
		}
		sources, unreadable := revocation.Read(given.clone().internal())
		if unreadable > 0 {
			return &ArgumentError{Field: "WithRevocation", Reason: "has a CRL or OCSP answer that cannot be read"}
		}
		v.revocation.mode, v.revocation.sources = mode, sources
		return nil
	}
}

// WithRevocationFetcher asks the fetcher where [WithRevocation] is on and the
// answers at hand do not suffice.
func WithRevocationFetcher(fetcher RevocationFetcher) VerifierOption {
	return func(v *Verifier) error {
		if fetcher == nil {
			return &ArgumentError{Field: "WithRevocationFetcher", Reason: "must not be nil"}
		}
		v.revocation.fetch = func(certificate, issuer *x509.Certificate) (revocation.Data, error) {
			data, err := fetcher.FetchRevocation(certificate, issuer)
			return data.internal(), err
		}
		return nil
	}
}

// Revocation returns what was found about revocation.
func (v *Verified) Revocation() Revocation {
	if !v.made() {
		return Revocation{}
	}
	all := v.revocation.get()
	if all == nil {
		return Revocation{}
	}
	found := (*all)[v.Certificate()]
	found.Evidence = found.Evidence.clone()
	return found
}

// revocationRules is what a Verifier was told about revocation.
type revocationRules struct {
	mode    RevocationMode
	sources *revocation.Sources
	fetch   revocation.Fetch
}

// revocations is what was found of each signer, by the certificate.
type revocations map[*x509.Certificate]Revocation

// judge returns the check of one message, which notes what it finds in
// verified; nil when revocation is off.
func (r *revocationRules) judge(verified *Verified) func(context.Context, *cms.Message, []*x509.Certificate, time.Time) error {
	if r.mode == RevocationOff {
		return nil
	}
	found := make(revocations)
	verified.revocation = hide(found)
	return func(_ context.Context, m *cms.Message, chain []*x509.Certificate, at time.Time) error {
		inMessage, _ := revocation.Read(revocation.Data{CRLs: m.CRLs})
		result := revocation.Check(chain, at, r.fetch, r.sources, inMessage)
		found[chain[0]] = Revocation{Status: statusOf(result.Status), Evidence: RevocationData(result.Used)}
		switch {
		case result.Status == revocation.Revoked:
			return cms.Revoked
		case result.Status == revocation.Unknown && r.mode == RevocationHard:
			return cms.RevocationUnknown
		default:
			return nil
		}
	}
}

func statusOf(s revocation.Status) RevocationStatus {
	switch s {
	case revocation.Good:
		return RevocationGood
	case revocation.Revoked:
		return RevocationRevoked
	default:
		return RevocationUnknown
	}
}

func (d RevocationData) internal() revocation.Data { return revocation.Data(d) }

func (d RevocationData) clone() RevocationData {
	return RevocationData{CRLs: cloneAll(d.CRLs), OCSP: cloneAll(d.OCSP)}
}

func cloneAll(list [][]byte) [][]byte {
	var clones [][]byte
	for _, octets := range list {
		clones = append(clones, bytes.Clone(octets))
	}
	return clones
}
