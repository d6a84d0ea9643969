package evidence

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/kakaocert-go/kakaocert"
)

// CheckName is the name of the attachments that [Log.AttachCheck] makes.
const CheckName = "check"

// check is what a check was based on, and its findings. (FORMAT.md, "Checks")
type check struct {
	At           time.Time        `json:"at"`
	Signatures   []checkSignature `json:"signatures"`
	Certificates [][]byte         `json:"certificates"`
	CRLs         [][]byte         `json:"crls,omitempty"`
	OCSP         [][]byte         `json:"ocsp,omitempty"`
}

type checkSignature struct {
	SHA256     string                     `json:"sha256"`
	Passed     []string                   `json:"passed"`
	Revocation kakaocert.RevocationStatus `json:"revocation,omitempty"`
}

// AttachCheck keeps what the check of a record's signatures was based on:
// certificates, CRLs and OCSP answers, which an authority does not publish for
// ever, and which checks each signature passed. The time is that of the check:
// now, or that of [kakaocert.WithTime]. [Record.Recheck] needs no more than
// this and the roots.
func (l *Log) AttachCheck(ctx context.Context, id string, at time.Time, verified ...*kakaocert.Verified) error {
	if at.IsZero() {
		return &kakaocert.ArgumentError{Field: "at", Reason: "is the zero time"}
	}
	c := check{At: at.UTC()}
	for _, v := range verified {
		if v.Certificate() == nil {
			return &kakaocert.ArgumentError{Field: "verified", Reason: "does not come from Verify"}
		}
		c.add(v)
	}
	data, err := json.Marshal(c)
	if err != nil {
		return err
	}
	return l.Attach(ctx, id, CheckName, data)
}

func (c *check) add(v *kakaocert.Verified) {
	revocation := v.Revocation()
	c.Signatures = append(c.Signatures, checkSignature{
		SHA256: fmt.Sprintf("%x", sha256.Sum256(v.SignedData())), Passed: v.Checks(), Revocation: revocation.Status,
	})
	for _, certificate := range v.Chain() {
		c.Certificates = addOnce(c.Certificates, certificate.Raw)
	}
	for _, crl := range revocation.Evidence.CRLs {
		c.CRLs = addOnce(c.CRLs, crl)
	}
	for _, answer := range revocation.Evidence.OCSP {
		c.OCSP = addOnce(c.OCSP, answer)
	}
}

func addOnce(list [][]byte, item []byte) [][]byte {
	if slices.ContainsFunc(list, func(other []byte) bool { return bytes.Equal(other, item) }) {
		return list
	}
	return append(list, item)
}

// Recheck checks the record's signatures again, offline: each with
// [kakaocert.Verifier] against the roots, as of the time of the last check that
// [Log.AttachCheck] kept, with its certificates, CRLs and OCSP answers. Where
// that check knew about revocation this one requires it; otherwise revocation is
// not checked ([Record.RecheckOnline] does). Without such a check the time is
// that of the answer. A nil Protocol
// means [kakaocert.DefaultProtocol]. Further options apply after these.
//
// The signed content of K3500 is compared with the digests that were noted when
// verify was sent; [kakaocert.ErrContentMismatch] says that it differs, in
// number or content. A consent of K3100 is signed encrypted: check its content
// with [kakaocert.K3100Result.Check] and [kakaocert.ConsentExport.Check].
//
// The outcome of the record does not matter here: a complete answer whose
// process died is as good as any. [kakaocert.SignedDataIn] returns the
// signatures themselves.
//
// There is a DocumentCheck for each signature. The error is for a record that
// cannot be checked: [ErrNoSignature], a [*Fault], an ArgumentError.
func (r *Record) Recheck(roots *x509.CertPool, p *kakaocert.Protocol, opts ...kakaocert.VerifierOption) ([]kakaocert.DocumentCheck, error) {
	return r.recheck(context.Background(), roots, p, rechecking{opts: opts})
}

// RecheckOnline is [Record.Recheck] with revocation checked for every record:
// by what was kept with it, and the fetcher is asked for what is missing. The
// mode is for records whose last check did not know about revocation.
//
// Everything must still have been current at the time of the last check. A list
// that was made later can say that a certificate was revoked at that time, but
// not that it was good: [kakaocert.RevocationUnknown], with a hint.
func (r *Record) RecheckOnline(ctx context.Context, roots *x509.CertPool, p *kakaocert.Protocol, mode kakaocert.RevocationMode, fetcher kakaocert.RevocationFetcher, opts ...kakaocert.VerifierOption) ([]kakaocert.DocumentCheck, error) {
	return r.recheck(ctx, roots, p, rechecking{online: true, mode: mode, fetcher: fetcher, opts: opts})
}

// AsOf returns the record for a [Record.Recheck] or [Record.RecheckOnline] that
// believes no clock of the institution. The time is one at which the record is
// known to have existed from elsewhere: Latest of its [Stamp], or the present
// where there is none.
//
// Each signature must then be good twice: at the time of its check, as without
// AsOf, and at this time too. Its certificates must not have ended by then, and
// nothing that was kept, nor the fetcher of RecheckOnline, may show that they
// were revoked before it. So a signature whose certificate has ended since is
// good with a stamp from before that, and refused without.
func (r *Record) AsOf(existed time.Time) *Record {
	again := *r
	again.existed = existed
	return &again
}

// rechecking is how a record is checked again.
type rechecking struct {
	online  bool
	mode    kakaocert.RevocationMode // where the last check did not know about revocation
	fetcher kakaocert.RevocationFetcher
	opts    []kakaocert.VerifierOption
}

// atCheck are the options for the time of the last check.
func (h *rechecking) atCheck(last check) []kakaocert.VerifierOption {
	mode := h.mode
	switch {
	case last.knewRevocation():
		mode = kakaocert.RevocationHard
	case !h.online:
		return slices.Concat(h.opts, []kakaocert.VerifierOption{kakaocert.UnsafeNoRevocation()})
	}
	return h.asking(mode, last.revocation())
}

// atLater are the options for a later time, at which the record existed. What
// was kept need not be current then: unknown passes. A fetcher is always asked,
// since what was kept may be older than a revocation, though current.
func (h *rechecking) atLater(last check, existed time.Time) []kakaocert.VerifierOption {
	given := last.revocation()
	if h.online {
		given = kakaocert.RevocationData{}
	}
	return append(h.asking(kakaocert.RevocationSoft, given), kakaocert.WithTime(existed))
}

func (h *rechecking) asking(mode kakaocert.RevocationMode, given kakaocert.RevocationData) []kakaocert.VerifierOption {
	options := append(slices.Clone(h.opts), kakaocert.WithRevocation(mode, given))
	if h.online {
		options = append(options, kakaocert.WithRevocationFetcher(h.fetcher))
	}
	return options
}

func (r *Record) recheck(ctx context.Context, roots *x509.CertPool, p *kakaocert.Protocol, how rechecking) ([]kakaocert.DocumentCheck, error) {
	signatures, err := kakaocert.SignedDataIn(r.Body(), p)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoSignature, err)
	}
	if len(signatures) == 0 {
		return nil, ErrNoSignature
	}
	last, err := r.lastCheck()
	if err != nil {
		return nil, err
	}
	verifier, err := last.verifier(roots, how.atCheck(last))
	if err != nil {
		return nil, err
	}
	checks, err := kakaocert.CheckStored(ctx, verifier, r.Body(), r.askedContent(), p)
	if err != nil || r.existed.IsZero() {
		return checks, err
	}
	verifier, err = last.verifier(roots, how.atLater(last, r.existed))
	if err != nil {
		return nil, err
	}
	later, err := kakaocert.CheckStored(ctx, verifier, r.Body(), r.askedContent(), p)
	for i, c := range later {
		if checks[i].Err == nil && c.Err != nil {
			checks[i] = c
		}
	}
	return checks, err
}

// lastCheck is the latest attached check, or otherwise what the record itself
// contains.
func (r *Record) lastCheck() (check, error) {
	last := check{At: r.EndedAt}
	if last.At.IsZero() {
		last.At = r.Meta.BegunAt
	}
	for attachment, err := range r.Attachments() {
		if err != nil {
			return check{}, err
		}
		if attachment.Name != CheckName {
			continue
		}
		last = check{}
		if decodeStrict(attachment.Data(), &last) != nil {
			return check{}, damaged("attachment %q is not what AttachCheck attaches", CheckName)
		}
	}
	return last, nil
}

func (c check) verifier(roots *x509.CertPool, opts []kakaocert.VerifierOption) (*kakaocert.Verifier, error) {
	options := []kakaocert.VerifierOption{kakaocert.WithTime(c.At)}
	var certificates []*x509.Certificate
	for _, raw := range c.Certificates {
		certificate, err := x509.ParseCertificate(raw)
		if err != nil {
			return nil, damaged("attachment %q has a certificate that cannot be read", CheckName)
		}
		certificates = append(certificates, certificate)
	}
	options = append(options, kakaocert.WithIntermediates(certificates...))
	return kakaocert.NewVerifier(roots, append(options, opts...)...)
}

// knewRevocation reports whether the check knew about revocation.
func (c check) knewRevocation() bool {
	return slices.ContainsFunc(c.Signatures, func(s checkSignature) bool { return s.Revocation == kakaocert.RevocationGood })
}

func (c check) revocation() kakaocert.RevocationData {
	return kakaocert.RevocationData{CRLs: c.CRLs, OCSP: c.OCSP}
}

// askedContent is the content that must have been signed, where it was noted
// and can be compared: a consent of K3100 is signed encrypted.
func (r *Record) askedContent() [][32]byte {
	if strings.HasPrefix(r.Meta.Product, "K31") {
		return nil
	}
	return r.Meta.Asked
}
