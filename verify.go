package kakaocert

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"slices"
	"time"

	"github.com/kakaocert-go/kakaocert/internal/cms"
)

// Verifier checks signatures: CMS SignedData (RFC 5652). It needs no [Client]
// and, unless it is given a [RevocationFetcher], no network. Any number of
// goroutines may use one, which remembers up to 64 chains of authorities.
type Verifier struct {
	rules      cms.Rules
	at         time.Time // zero: now
	revocation revocationRules
}

// NewVerifier returns a Verifier that trusts the roots alone: the service's
// root certificate, which comes with the contract, its fingerprint verified out
// of band. The error is an [*ArgumentError].
//
// Whether certificates may have been revoked has no default: give
// [WithRevocation] or [WithRevocationFetcher], or say outright
// [UnsafeNoRevocation]. Otherwise certificates must be valid now, and the
// message must have one signer, at most 1 MiB and content of type id-data.
func NewVerifier(roots *x509.CertPool, opts ...VerifierOption) (*Verifier, error) {
	if roots == nil || roots.Equal(x509.NewCertPool()) {
		return nil, &ArgumentError{Field: "roots", Reason: "has no certificate"}
	}
	v := &Verifier{rules: cms.Rules{
		Trust:      cms.NewTrust(roots),
		MaxSize:    cms.DefaultMaxSize,
		MaxSigners: 1,
	}}
	for _, opt := range opts {
		if opt == nil {
			return nil, &ArgumentError{Field: "VerifierOption", Reason: "must not be nil"}
		}
		if err := opt(v); err != nil {
			return nil, err
		}
	}
	if err := v.revocation.settle(); err != nil {
		return nil, err
	}
	return v, nil
}

// Verify is [Verifier.VerifyContext] with [context.Background].
func (v *Verifier) Verify(signedData []byte, content ContentRule) (*Verified, error) {
	return v.VerifyContext(context.Background(), signedData, content)
}

// VerifyContext checks a message in DER or BER, in this order: it can be read;
// the signer's certificate is in it; algorithms; signed attributes; signature;
// chain to the roots; key usage; revocation; content. The first check that
// fails ends the check with a [*VerifyError]. The context is for the
// [RevocationFetcher]. [Verified.CheckVID] says who signed, or the signer's data
// say it.
//
// A message costs at most 64 public-key operations, with keys of at most 4096
// bits and exponents of at most 65537; the caller's own certificates may have
// up to 8192 bits.
func (v *Verifier) VerifyContext(ctx context.Context, signedData []byte, content ContentRule) (*Verified, error) {
	rule := content.rule.Get()
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
	result, err := rules.Check(ctx, signedData, *rule)
	if ended := ctx.Err(); ended != nil { // what was not fetched is not unknown
		return nil, ended
	}
	if err != nil {
		err = verifyError(err, rule.Detached)
		if failed, ok := err.(*VerifyError); ok {
			verified.revocation.Get().explain(failed)
		}
		return nil, err
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

// ContentRule is what the caller knows about the content. Whether it is
// attached is the caller's statement, never the message's choice. The zero
// ContentRule is refused.
type ContentRule struct {
	redacted
	rule hidden[cms.Content]
}

// ExpectContent requires a message with exactly this content.
func ExpectContent[T ~string | ~[]byte](content T) ContentRule {
	return ContentRule{rule: hide(cms.Content{Bytes: append([]byte{}, content...)})}
}

// DetachedContent requires a message without content that signs this content.
func DetachedContent[T ~string | ~[]byte](content T) ContentRule {
	return ContentRule{rule: hide(cms.Content{Bytes: append([]byte{}, content...), Detached: true})}
}

// UnsafeAnyContent accepts whatever content the message contains: the caller must
// judge it by [Verified.Content].
func UnsafeAnyContent() ContentRule {
	return ContentRule{rule: hide(cms.Content{Any: true})}
}

// VerifierOption changes how a [Verifier] checks.
type VerifierOption func(*Verifier) error

// WithTime sets the time at which certificates and answers about revocation
// must be valid: for old signatures, one that does not come from the signer.
func WithTime(t time.Time) VerifierOption {
	return func(v *Verifier) error {
		if t.IsZero() {
			return &ArgumentError{Field: "WithTime", Reason: "must not be the zero time"}
		}
		v.at = t
		return nil
	}
}

// WithIntermediates adds certificates of issuing authorities, for messages
// without them, as is usual in Korea. They are not trusted by being given here.
func WithIntermediates(certificates ...*x509.Certificate) VerifierOption {
	return func(v *Verifier) error {
		if slices.ContainsFunc(certificates, func(c *x509.Certificate) bool { return c == nil || len(c.Raw) == 0 }) {
			return &ArgumentError{Field: "WithIntermediates", Reason: "has a certificate that was not parsed"}
		}
		v.rules.Intermediates = append(v.rules.Intermediates, certificates...)
		return nil
	}
}

// maxMessageSize is the largest cap that can be asked for.
const maxMessageSize = 1 << 30

// WithMaxSize caps a message at that many bytes, up to 1 GiB.
func WithMaxSize(raw int) VerifierOption {
	return func(v *Verifier) error {
		if raw < 1 || raw > maxMessageSize {
			return &ArgumentError{Field: "WithMaxSize", Reason: "must be between 1 byte and 1 GiB"}
		}
		v.rules.MaxSize = raw
		return nil
	}
}

// WithSigners allows up to that many signers, at most 16, who must all pass.
func WithSigners(most int) VerifierOption {
	return func(v *Verifier) error {
		if most < 1 || most > cms.MaxSigners {
			return &ArgumentError{Field: "WithSigners", Reason: "must be between 1 and 16"}
		}
		v.rules.MaxSigners = most
		return nil
	}
}

// WithContentType requires this content type in place of id-data.
func WithContentType(oid x509.OID) VerifierOption {
	return func(v *Verifier) error {
		raw, err := oid.MarshalBinary()
		if err != nil || len(raw) == 0 {
			return &ArgumentError{Field: "WithContentType", Reason: "must be an object identifier"}
		}
		v.rules.ContentType = string(raw)
		return nil
	}
}

// WithExtendedKeyUsages allows further extended key usages. Without it,
// certificates that state any must state emailProtection, documentSigning (RFC
// 9336) or anyExtendedKeyUsage.
func WithExtendedKeyUsages(usages ...x509.OID) VerifierOption {
	return func(v *Verifier) error {
		for _, oid := range usages {
			if raw, err := oid.MarshalBinary(); err != nil || len(raw) == 0 {
				return &ArgumentError{Field: "WithExtendedKeyUsages", Reason: "must contain only object identifiers"}
			}
			v.rules.ExtendedKeyUsages = append(v.rules.ExtendedKeyUsages, oid.String())
		}
		return nil
	}
}

// AllowAuthoritySigner allows a signer whose certificate is an authority's own.
func AllowAuthoritySigner() VerifierOption {
	return func(v *Verifier) error {
		v.rules.AuthoritySigner = true
		return nil
	}
}

// AllowNoSignedAttributes allows a signature over the content itself (RFC 5652
// section 5.3), of type id-data. The content must be the caller's, never
// [UnsafeAnyContent], and must not be the encoding of signed attributes.
func AllowNoSignedAttributes() VerifierOption {
	return func(v *Verifier) error {
		v.rules.NoAttributes = true
		return nil
	}
}

// Errors that errors.Is finds in the error of a check that failed.
var (
	ErrMalformed         = errors.New("kakaocert: malformed signed data")                   // not one SignedData within the limits
	ErrSignerCertificate = errors.New("kakaocert: signer certificate missing or ambiguous") // not one signer with its certificate
	ErrAlgorithm         = errors.New("kakaocert: algorithm not accepted")                  // weak, unknown, or it does not fit
	ErrSignedAttributes  = errors.New("kakaocert: signed attributes not accepted")          // they do not cover the content
	ErrSignature         = errors.New("kakaocert: wrong signature")                         // not made with the signer's key
	ErrUntrusted         = errors.New("kakaocert: no chain to a trusted root")              // for whatever reason
	ErrKeyUsage          = errors.New("kakaocert: certificate not for signing")             // by its usages
	ErrRevoked           = errors.New("kakaocert: certificate revoked")                     // one of the chain
	ErrRevocationUnknown = errors.New("kakaocert: revocation unknown")                      // nothing current says
	ErrContentMismatch   = errors.New("kakaocert: content does not match")                  // if detached, it is ErrSignedAttributes too
	ErrVIDMismatch       = errors.New("kakaocert: VID does not match")                      // another person signed
	ErrCIMismatch        = errors.New("kakaocert: CI does not match")                       // two CIs of different persons
)

// VerifyError says which check a message failed. It is the sentinel error of
// that check, such as [ErrSignature], its [Defect], and the errors of the
// [RevocationFetcher].
type VerifyError struct {
	Check  string   // "parsed", "signer_certificate", "algorithms", "signed_attributes", "signature", "chain", "key_usage", "revocation", "content" or "vid"
	Passed []string // the checks before it, in the order in which they were made
	Defect Defect
	Hint   string // where revocation is unknown, why, if that is known

	otherContent bool
	fetch        error // of the RevocationFetcher
}

// Defect is precisely what is wrong, as one of many fixed words such as
// "trailing-data" or "certificate-expired": for logs, and for errors.Is.
type Defect string

func (d Defect) Error() string { return string(d) }

func (e *VerifyError) Error() string {
	return "kakaocert: signature check failed: " + e.Check + ": " + string(e.Defect)
}

func (e *VerifyError) Unwrap() []error {
	if e.fetch == nil {
		return []error{e.Defect}
	}
	return []error{e.Defect, e.fetch}
}

func (e *VerifyError) Is(target error) bool {
	if target == ErrContentMismatch && e.otherContent {
		return true
	}
	return target == e.sentinel()
}

func (e *VerifyError) sentinel() error {
	switch e.Check {
	case cms.CheckParsed:
		return ErrMalformed
	case cms.CheckSignerCertificate:
		return ErrSignerCertificate
	case cms.CheckAlgorithms:
		return ErrAlgorithm
	case cms.CheckSignedAttributes:
		return ErrSignedAttributes
	case cms.CheckSignature:
		return ErrSignature
	case cms.CheckChain:
		return ErrUntrusted
	case cms.CheckKeyUsage:
		return ErrKeyUsage
	case cms.CheckRevocation:
		if e.Defect == Defect(cms.Revoked) {
			return ErrRevoked
		}
		return ErrRevocationUnknown
	case cms.CheckContent:
		return ErrContentMismatch
	case cms.CheckVID:
		return ErrVIDMismatch
	default:
		return nil
	}
}
