package kakaocert

import (
	"bytes"
	"context"
	"crypto/x509"
	"time"

	"github.com/kakaocert-go/kakaocert/internal/cms"
	"github.com/kakaocert-go/kakaocert/internal/cms/revocation"
)

// RevocationMode says what happens to a signature when it is unknown whether
// its certificates were revoked. Both modes refuse a revoked certificate. The
// zero RevocationMode is refused.
type RevocationMode int

const (
	RevocationSoft RevocationMode = iota + 1 // accept unknown
	RevocationHard                           // refuse unknown
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

// RevocationFetcher gets answers from the network. A [Verifier] asks it about
// one certificate at a time, with its issuer, where the answers that it was
// given say nothing current; both certificates belong to a chain that has been
// verified. Implementations must end when the context ends, limit their time
// and what they read, and be safe for concurrent use. After an error the
// certificate is unknown. A Verifier checks what they return like everything
// else.
type RevocationFetcher interface {
	FetchRevocation(ctx context.Context, certificate, issuer *x509.Certificate) (RevocationData, error)
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
		if mode != RevocationSoft && mode != RevocationHard {
			return &ArgumentError{Field: "WithRevocation", Reason: "must be given RevocationSoft or RevocationHard"}
		}
		sources, unreadable := revocation.Read(given.clone().internal())
		if unreadable > 0 {
			return &ArgumentError{Field: "WithRevocation", Reason: "has a CRL or OCSP answer that cannot be read"}
		}
		v.revocation.mode, v.revocation.sources = mode, sources
		return nil
	}
}

// WithRevocationFetcher checks every certificate below the root, and asks the
// fetcher where the answers given with [WithRevocation] do not suffice. Without
// WithRevocation the mode is [RevocationHard].
func WithRevocationFetcher(fetcher RevocationFetcher) VerifierOption {
	return func(v *Verifier) error {
		if fetcher == nil {
			return &ArgumentError{Field: "WithRevocationFetcher", Reason: "must not be nil"}
		}
		v.revocation.fetcher = fetcher
		return nil
	}
}

// UnsafeNoRevocation does not check revocation: a signature of a stolen phone,
// reported and revoked, is as good as any. It must be the only option about
// revocation.
func UnsafeNoRevocation() VerifierOption {
	return func(v *Verifier) error {
		v.revocation.off = true
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
	off     bool // by UnsafeNoRevocation
	mode    RevocationMode
	sources *revocation.Sources
	fetcher RevocationFetcher
}

// settle checks that exactly one statement about revocation was made, and takes
// hard as the mode of a fetcher that came alone.
func (r *revocationRules) settle() error {
	told := r.mode != 0 || r.fetcher != nil
	switch {
	case r.off && told:
		return &ArgumentError{Field: "UnsafeNoRevocation", Reason: "must not be given with WithRevocation or WithRevocationFetcher"}
	case !r.off && !told:
		return &ArgumentError{Field: "VerifierOption", Reason: "must be given one of WithRevocation, WithRevocationFetcher and UnsafeNoRevocation"}
	case r.mode == 0 && !r.off:
		r.mode, r.sources = RevocationHard, new(revocation.Sources)
	}
	return nil
}

// fetch returns what asks the fetcher; nil where there is none.
func (r *revocationRules) fetch(ctx context.Context) revocation.Fetch {
	if r.fetcher == nil {
		return nil
	}
	return func(certificate, issuer *x509.Certificate) (revocation.Data, error) {
		data, err := r.fetcher.FetchRevocation(ctx, certificate, issuer)
		return data.internal(), err
	}
}

// revocations is what was found of each signer, by the certificate.
type revocations map[*x509.Certificate]Revocation

// judge returns the check of one message, which notes what it finds in
// verified; nil when revocation is off.
func (r *revocationRules) judge(verified *Verified) func(context.Context, *cms.Message, []*x509.Certificate, time.Time) error {
	if r.off {
		return nil
	}
	found := make(revocations)
	verified.revocation = hide(found)
	return func(ctx context.Context, m *cms.Message, chain []*x509.Certificate, at time.Time) error {
		inMessage, _ := revocation.Read(revocation.Data{CRLs: m.CRLs})
		result := revocation.Check(chain, at, r.fetch(ctx), r.sources, inMessage)
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
