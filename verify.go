package kakaocert

import (
	"bytes"
	"crypto/x509"
	"errors"
	"time"

	"github.com/kakaocert-go/kakaocert/internal/cms"
)

// Verifier checks signatures: CMS SignedData (RFC 5652), as the service returns
// it for K3100 and K3500. It needs no [Client] and, unless it is given a
// [RevocationFetcher], no network. It does not change, and any number of
// goroutines may use it.
type Verifier struct {
	rules      cms.Rules
	at         time.Time // zero: now
	revocation revocationRules
}

// NewVerifier returns a Verifier that trusts the roots: the service's root
// certificate, which comes with the contract, its fingerprint confirmed by
// another way. It is an [*ArgumentError] when there are none, since the
// system's roots have no say here.
//
// Without options: certificates have to be valid now, the message has one
// signer, at most 1 MiB and content of type id-data, and revocation is not
// checked.
func NewVerifier(roots *x509.CertPool, opts ...VerifierOption) (*Verifier, error) {
	if roots == nil || roots.Equal(x509.NewCertPool()) {
		return nil, &ArgumentError{Field: "roots", Reason: "has no certificate"}
	}
	v := &Verifier{rules: cms.Rules{
		Trust:      cms.Trust{Roots: roots.Clone()},
		MaxSize:    cms.DefaultMaxSize,
		MaxSigners: 1,
	}}
	for _, opt := range opts {
		if opt == nil {
			return nil, &ArgumentError{Field: "VerifierOption", Reason: "is nil"}
		}
		if err := opt(v); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// Verify checks a message in DER or BER, in this order: it can be read; the
// signer's certificate is in it; algorithms; signed attributes; signature;
// chain to the roots; key usage; revocation, if asked for; content. The first
// check that fails ends it with a [*VerifyError].
//
// Who signed is for [Verified.CheckVID] to say, or for the signer's data.
func (v *Verifier) Verify(signedData []byte, content ContentRule) (*Verified, error) {
	rule := content.rule.get()
	if rule == nil {
		return nil, &ArgumentError{Field: "content", Reason: "is not given"}
	}
	rules := v.rules // a copy, with the time
	if rules.At = v.at; rules.At.IsZero() {
		rules.At = time.Now()
	}
	if len(signedData) <= rules.MaxSize { // else it is refused unread
		signedData = bytes.Clone(signedData)
	}
	verified := new(Verified)
	rules.Revocation = v.revocation.judge(verified)
	result, err := rules.Check(signedData, *rule)
	if err != nil {
		return nil, verifyError(err, rule.Detached)
	}
	verified.result = hide(*result)
	return verified, nil
}

// verifyError gives a failed check the type that callers know.
func verifyError(err error, detached bool) error {
	var failure *cms.Failure
	if !errors.As(err, &failure) {
		return err
	}
	return &VerifyError{
		Check:        failure.Check,
		Passed:       failure.Passed,
		Defect:       Defect(failure.Defect),
		otherContent: detached && failure.Defect == cms.MessageDigestDiffers,
	}
}

// ContentRule is what the caller knows about the content. Whether a signature
// is attached to its content is the caller's statement, never the message's
// choice. The zero ContentRule is refused.
type ContentRule struct {
	redacted
	rule hidden[cms.Content]
}

// ExpectContent wants a message with content, octet for octet this: the text,
// the nonce or the hash that was sent to be signed.
func ExpectContent[T ~string | ~[]byte](content T) ContentRule {
	return ContentRule{rule: hide(cms.Content{Octets: append([]byte{}, content...)})}
}

// DetachedContent wants a message without content, and this is what it signs.
func DetachedContent[T ~string | ~[]byte](content T) ContentRule {
	return ContentRule{rule: hide(cms.Content{Octets: append([]byte{}, content...), Detached: true})}
}

// UnsafeAnyContent takes whatever content the message has: the caller, who has
// nothing to compare it with, must judge it by [Verified.Content].
func UnsafeAnyContent() ContentRule {
	return ContentRule{rule: hide(cms.Content{Any: true})}
}
