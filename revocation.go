package kakaocert

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"

	"github.com/kakaocert-go/kakaocert/internal/cms"
	"github.com/kakaocert-go/kakaocert/internal/cms/revocation"
)

// RevocationMode says what happens to a signature when it is unknown whether
// its certificates were revoked. Both refuse a revoked one.
type RevocationMode int

const (
	RevocationSoft RevocationMode = iota + 1 // accept unknown
	RevocationHard                           // refuse unknown
)

// RevocationStatus is good, revoked or unknown.
type RevocationStatus string

const (
	RevocationGood    RevocationStatus = "good"    // no certificate below the root was revoked
	RevocationRevoked RevocationStatus = "revoked" // one was
	RevocationUnknown RevocationStatus = "unknown" // nothing current says so of one
)

// RevocationData are CRLs in DER or PEM (RFC 5280) and OCSP answers in DER (RFC
// 6960).
type RevocationData struct {
	CRLs [][]byte
	OCSP [][]byte
}

// RevocationFetcher gets answers from the network, about one certificate of a
// verified chain at a time. It must end with the context, limit what it reads,
// and be safe for concurrent use. The answers that it returns are checked like all
// others, also when they come with an error.
type RevocationFetcher interface {
	FetchRevocation(ctx context.Context, certificate, issuer *x509.Certificate) (RevocationData, error)
}

// Revocation is what was found, with the answers it rests on, to be kept with
// the signature.
type Revocation struct {
	Status   RevocationStatus // empty when nothing was checked
	Evidence RevocationData
	Hint     string // why the status is unknown, where that is known
	Err      error  // of the [RevocationFetcher], whatever the status
}

// WithRevocation checks every certificate below the root by the answers given,
// and by CRLs in the message. They must be current at the time of the check and
// signed by the certificate's issuer, or by its OCSP responder. Revoked after
// that time is good, unless the key was compromised.
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

// WithRevocationFetcher asks the fetcher where the answers given with
// [WithRevocation] do not suffice. Without that the mode is [RevocationHard].
func WithRevocationFetcher(fetcher RevocationFetcher) VerifierOption {
	return func(v *Verifier) error {
		if fetcher == nil {
			return &ArgumentError{Field: "WithRevocationFetcher", Reason: "must not be nil"}
		}
		v.revocation.fetcher = fetcher
		return nil
	}
}

// UnsafeNoRevocation does not check revocation: the signature of a stolen phone
// that was reported is as good as any.
func UnsafeNoRevocation() VerifierOption {
	return func(v *Verifier) error {
		v.revocation.off = true
		return nil
	}
}

func (v *Verified) Revocation() Revocation {
	if !v.made() {
		return Revocation{}
	}
	all := v.revocation.Get()
	if all == nil {
		return Revocation{}
	}
	found := all.of(v.Certificate())
	if found == nil {
		return Revocation{}
	}
	copied := *found
	copied.Evidence = copied.Evidence.clone()
	return copied
}

// revocationRules is what the options of a Verifier say about revocation.
type revocationRules struct {
	off     bool // by UnsafeNoRevocation
	mode    RevocationMode
	sources *revocation.Sources
	fetcher RevocationFetcher
	memory  *revocation.Memory // of what a fetcher of the caller's returned
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
		r.mode = RevocationHard
	}
	r.memory = new(revocation.Memory)
	return nil
}

// fetch returns what asks the fetcher; nil where there is none.
func (r *revocationRules) fetch() revocation.Fetch {
	if r.fetcher == nil {
		return nil
	}
	if own, ok := r.fetcher.(revocationFetcher); ok {
		return own.fetch
	}
	return func(ctx context.Context, certificate, issuer *x509.Certificate) (*revocation.Sources, error) {
		data, err := r.fetcher.FetchRevocation(ctx, certificate, issuer)
		return r.memory.Read(data.internal()), err
	}
}

// revocations is what was found of each signer.
type revocations struct{ list []signerRevocation }

type signerRevocation struct {
	signer *x509.Certificate
	Revocation
}

// of returns what was found of the signer; nil where there is nothing.
func (f *revocations) of(signer *x509.Certificate) *Revocation {
	for i := range f.list {
		if f.list[i].signer == signer {
			return &f.list[i].Revocation
		}
	}
	return nil
}

// judge returns the check of one message, which notes what it finds in
// verified; nil when revocation is off.
func (r *revocationRules) judge(verified *Verified) func(context.Context, *cms.Inquiry) error {
	if r.off {
		return nil
	}
	verified.revocation = hide(revocations{})
	found := verified.revocation.Get()
	return func(ctx context.Context, i *cms.Inquiry) error {
		var inMessage *revocation.Sources
		if len(i.Message.CRLs) > 0 {
			inMessage, _ = revocation.Read(revocation.Data{CRLs: i.Message.CRLs})
		}
		inquiry := revocation.Inquiry{
			Chain: i.Chain, At: i.At, Given: r.sources, Foreign: inMessage, Fetch: r.fetch(),
			Authorities: i.Authorities, Spend: i.Spend,
		}
		result, err := inquiry.Check(ctx)
		if err != nil {
			return err
		}
		if known := found.of(i.Chain[0]); known == nil {
			found.list = append(found.list, signerRevocation{i.Chain[0], foundOf(result)})
		} else if known.Status == RevocationUnknown || result.Status == revocation.Revoked {
			*known = foundOf(result)
		}
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

func foundOf(result revocation.Result) Revocation {
	r := Revocation{Status: statusOf(result.Status), Evidence: RevocationData(result.Used), Err: errors.Join(result.Errors...)}
	if result.Status == revocation.Unknown && result.Newer {
		r.Hint = hintNewer
	}
	return r
}

const hintNewer = "the CRL or OCSP answer is newer than the time of the check"

// explain adds to a check that failed on revocation what was found.
func (f *revocations) explain(e *VerifyError) {
	if f == nil || e.Check != cms.CheckRevocation {
		return
	}
	for _, r := range f.list {
		if r.Hint != "" {
			e.Hint = r.Hint
		}
		e.fetch = errors.Join(e.fetch, r.Err)
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
	for _, raw := range list {
		clones = append(clones, bytes.Clone(raw))
	}
	return clones
}
