package timestamp

import (
	"bytes"
	"context"
	"crypto"
	"crypto/x509"
	"errors"
	"math/big"
	"slices"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/internal/cms"
	"github.com/kakaocert-go/kakaocert/internal/cms/revocation"
)

// Config says whose tokens a [Verifier] accepts.
type Config struct {
	// Roots are the authority's root certificates, from a source that is trusted.
	// No other is trusted, neither the system's nor one of a token. Required.
	Roots *x509.CertPool
	// Intermediates are issuing authorities that a token may lack. They are not
	// trusted by being given here.
	Intermediates []*x509.Certificate
	// Policies are the policies under which a token may be made; empty allows all.
	Policies []x509.OID
	// Revocation are CRLs and OCSP answers about the authority's certificates. What
	// they show as revoked before the token's time is refused, or at any time where
	// the key was compromised. Otherwise revocation is not checked.
	Revocation kakaocert.RevocationData
}

// Verifier checks tokens, offline. It is safe for concurrent use.
type Verifier struct {
	roots         *x509.CertPool
	intermediates []*x509.Certificate
	policies      []x509.OID
	revocation    *revocation.Sources // nil where nothing was given
}

// NewVerifier returns a Verifier. The error is a [*kakaocert.ArgumentError].
func NewVerifier(c Config) (*Verifier, error) {
	refuse := func(field, reason string) (*Verifier, error) {
		return nil, &kakaocert.ArgumentError{Field: "Config." + field, Reason: reason}
	}
	switch {
	case c.Roots == nil || c.Roots.Equal(x509.NewCertPool()):
		return refuse("Roots", "has no certificate")
	case slices.ContainsFunc(c.Intermediates, func(c *x509.Certificate) bool { return c == nil || len(c.Raw) == 0 }):
		return refuse("Intermediates", "has a certificate that was not parsed")
	}
	v := &Verifier{roots: c.Roots.Clone(), intermediates: slices.Clone(c.Intermediates), policies: slices.Clone(c.Policies)}
	if len(c.Revocation.CRLs)+len(c.Revocation.OCSP) > 0 {
		sources, unreadable := revocation.Read(revocation.Data(c.Revocation))
		if unreadable > 0 {
			return refuse("Revocation", "has a CRL or OCSP answer that cannot be read")
		}
		v.revocation = sources
	}
	return v, nil
}

// Token is a token that has passed every check.
type Token struct {
	Info
	Raw   []byte              // in DER
	Chain []*x509.Certificate // the signer's certificate first, a root of the verifier's last
}

// Check checks a token of a message as of the token's own time: its signer's
// certificate may have ended since. The error is a [*TokenError].
func (v *Verifier) Check(token, message []byte) (*Token, error) {
	return v.check(token, message, wanted{})
}

// wanted is what the request of a new token has set.
type wanted struct {
	nonce  *big.Int    // nil: any
	policy x509.OID    // zero: any
	hash   crypto.Hash // 0: any that is allowed
}

func (v *Verifier) check(token, message []byte, want wanted) (*Token, error) {
	if len(token) <= MaxToken { // else it is refused unread
		token = bytes.Clone(token)
	}
	info, err := Parse(token)
	switch {
	case err != nil:
		return nil, err
	case !info.Covers(message), want.hash != 0 && want.hash != info.Hash:
		return nil, refused(ImprintDiffers)
	case want.nonce != nil && (info.nonce == nil || info.nonce.Cmp(want.nonce) != 0):
		return nil, refused(NonceDiffers)
	case !want.policy.Equal(x509.OID{}) && !want.policy.Equal(info.Policy):
		return nil, refused(PolicyDiffers)
	case len(v.policies) > 0 && !slices.ContainsFunc(v.policies, info.Policy.Equal):
		return nil, refused(PolicyDiffers)
	}
	rules := cms.Rules{
		Trust: cms.NewTrust(v.roots), Usages: cms.Usages{TimeStamping: true}, ContentType: typeTSTInfo,
		MaxSize: MaxToken, MaxSigners: 1, SigningCertificate: true,
	}
	rules.At, rules.Intermediates = info.Time, v.intermediates
	if v.revocation != nil {
		rules.Revocation = v.judge
	}
	result, err := rules.Check(context.Background(), token, cms.Content{Any: true})
	if err != nil {
		return nil, ofSignature(err)
	}
	chain := result.Signers[0].Chain
	if !info.isNameOf(chain[0]) {
		return nil, refused(AuthorityDiffers)
	}
	return &Token{Info: *info, Raw: token, Chain: chain}, nil
}

// judge refuses what the answers given show as revoked.
func (v *Verifier) judge(ctx context.Context, i *cms.Inquiry) error {
	inquiry := revocation.Inquiry{Chain: i.Chain, At: i.At, Given: v.revocation, Authorities: i.Authorities, Spend: i.Spend}
	result, err := inquiry.Check(ctx)
	if err == nil && result.Status == revocation.Revoked {
		err = cms.Revoked
	}
	return err
}

// ofSignature is the error of a check that package cms makes.
func ofSignature(err error) error {
	var failure *cms.Failure
	var defect cms.Defect
	switch {
	case errors.As(err, &failure):
	case errors.As(err, &defect):
		failure = &cms.Failure{Check: cms.CheckParsed, Defect: defect}
	default:
		return err
	}
	d := kakaocert.Defect(failure.Defect)
	return &TokenError{Defect: d, err: &kakaocert.VerifyError{Check: failure.Check, Passed: failure.Passed, Defect: d}}
}
