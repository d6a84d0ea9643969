package cms

import (
	"bytes"
	"context"
	"crypto/subtle"
	"crypto/x509"
	"slices"
	"time"
)

// Rules is what a message has to satisfy.
type Rules struct {
	Trust
	Usages
	ContentType  string // OID bytes; empty means id-data
	MaxSize      int    // bytes
	MaxSigners   int
	NoAttributes bool // a signature without signed attributes is taken, where that is safe

	// SigningCertificate requires a signed attribute that names the signer's
	// certificate. Further certificates that it names must be in the chain.
	SigningCertificate bool

	// Revocation judges a verified chain; nil makes no such check. Its error is
	// a Defect, or ctx's.
	Revocation func(ctx context.Context, i *Inquiry) error

	observe func(key any) // sees every key before it is computed with; for tests
}

// Content is what the caller says about the content.
type Content struct {
	Bytes    []byte
	Detached bool // the message has none; Bytes are what it signs
	Any      bool // whatever is attached
}

// Result is a message that has passed every check.
type Result struct {
	Message *Message
	Content []byte   // what was signed, attached or not
	Signers []Signer // at least one
	Passed  []string // names of the checks made
}

// Signer is one signer of a message that has passed every check.
type Signer struct {
	Chain       []*x509.Certificate // its own certificate first, a root of the caller's last
	SigningTime time.Time           // its claim; zero when it makes none
}

// Check reads a message and makes every check on it, in the order of the names
// above. The first that fails ends the check with a *Failure; when ctx ends, the error
// is ctx's. The result refers to raw, which must not change after.
func (r *Rules) Check(ctx context.Context, raw []byte, content Content) (*Result, error) {
	passed := make([]string, 0, 10)
	m, err := parse(raw, r.MaxSize, r.memory)
	if err == nil {
		err = r.checkContentType(m)
	}
	if err != nil {
		return nil, failure(CheckParsed, passed, err)
	}
	passed = append(passed, CheckParsed)
	if err := content.presence(m); err != nil {
		return nil, failure(CheckContent, passed, err)
	}
	if err := r.checkSigners(m); err != nil {
		return nil, failure(CheckSignerCertificate, passed, err)
	}
	result := &Result{Message: m, Content: m.Content, Signers: make([]Signer, 0, len(m.Signers))}
	if content.Detached {
		result.Content = content.Bytes
	}
	spent := &budget{ctx: ctx, left: maxOperations, observe: r.observe}
	for i := range m.Signers { // every one must pass
		check := signerCheck{rules: r, result: result, content: content, info: &m.Signers[i], passed: slices.Clone(passed), budget: spent}
		signer, err := check.run()
		if err != nil {
			return nil, err
		}
		result.add(signer, check.passed)
	}
	if content.Any {
		return result, nil
	}
	if subtle.ConstantTimeCompare(result.Content, content.Bytes) != 1 {
		return nil, failure(CheckContent, result.Passed, ContentDiffers)
	}
	result.Passed = append(result.Passed, CheckContent)
	return result, nil
}

// failure names the check that failed, unless it was not finished.
func failure(check string, passed []string, err error) error {
	if defect, ok := err.(Defect); ok {
		return &Failure{Check: check, Passed: passed, Defect: defect}
	}
	return err
}

// add takes a signer that has passed. The same one twice counts once.
func (r *Result) add(signer Signer, passed []string) {
	if !slices.ContainsFunc(r.Signers, func(s Signer) bool { return bytes.Equal(s.Chain[0].Raw, signer.Chain[0].Raw) }) {
		r.Signers = append(r.Signers, signer)
	}
	if r.Passed == nil || len(passed) < len(r.Passed) {
		r.Passed = passed
	}
}

// checkContentType takes id-data unless the caller allowed another type.
func (r *Rules) checkContentType(m *Message) error {
	allowed := r.ContentType
	if allowed == "" {
		allowed = oidData
	}
	if string(m.ContentType) != allowed {
		return ContentTypeRefused
	}
	return nil
}

// presence checks that the message is attached or detached as the caller said:
// it is never the message's choice.
func (c Content) presence(m *Message) error {
	switch {
	case c.Detached && m.Attached:
		return ContentAttached
	case !c.Detached && !m.Attached:
		return ContentMissing
	default:
		return nil
	}
}

func (r *Rules) checkSigners(m *Message) error {
	switch {
	case len(m.Signers) == 0:
		return SignerMissing
	case r.MaxSigners == 1 && len(m.Signers) > 1, len(m.Signers) > r.MaxSigners && m.distinctSigners() > r.MaxSigners:
		return TooManySigners
	default:
		return nil
	}
}

// distinctSigners counts the signers, each once however often it is named.
func (m *Message) distinctSigners() int {
	names := make(map[string]bool, len(m.Signers))
	for _, s := range m.Signers {
		names[string(s.Issuer)+string(s.Serial)+string(s.SubjectKeyID)] = true
	}
	return len(names)
}

// signerCheck makes the checks of one signer.
type signerCheck struct {
	rules   *Rules
	result  *Result
	content Content
	info    *SignerInfo
	passed  []string
	budget  *budget

	candidates []*x509.Certificate   // those that have passed so far
	paths      [][]*x509.Certificate // their chains, likewise
	scheme     scheme
	attributes signedAttributes
}

func (s *signerCheck) run() (Signer, error) {
	for _, step := range [...]struct {
		name string
		make func(*signerCheck) error
	}{
		{CheckSignerCertificate, (*signerCheck).certificate},
		{CheckAlgorithms, (*signerCheck).algorithms},
		{CheckSignedAttributes, (*signerCheck).checkAttributes},
		{CheckSignature, (*signerCheck).signature},
		{CheckChain, (*signerCheck).chains},
		{CheckKeyUsage, (*signerCheck).usage},
		{CheckRevocation, (*signerCheck).revocation},
	} {
		if step.name == CheckRevocation && s.rules.Revocation == nil {
			continue
		}
		if err := step.make(s); err != nil {
			return Signer{}, failure(step.name, s.passed, err)
		}
		if step.name != CheckSignedAttributes || s.info.Attributes != nil {
			s.passed = append(s.passed, step.name)
		}
	}
	for _, path := range s.paths[1:] { // several certificates of one key: which one did the signer mean?
		if !bytes.Equal(path[0].Raw, s.paths[0][0].Raw) {
			return Signer{}, failure(CheckSignerCertificate, s.passed[:1], SignerCertificateAmbiguous)
		}
	}
	return Signer{Chain: s.paths[0], SigningTime: s.attributes.claim}, nil
}

func (s *signerCheck) certificate() (err error) {
	s.candidates, err = s.result.Message.candidates(s.info)
	return err
}

func (s *signerCheck) algorithms() (err error) {
	if s.scheme, err = s.info.scheme(s.result.Message.Digests); err != nil {
		return err
	}
	s.candidates, err = narrow(s.candidates, func(c *x509.Certificate) error {
		return s.scheme.fits(c, s.rules.given(c))
	})
	return err
}

func (s *signerCheck) checkAttributes() (err error) {
	if s.info.Attributes == nil && s.rules.NoAttributes && !s.content.Any {
		return s.withoutAttributes()
	}
	s.attributes, err = s.info.checkAttributes(s.result.Message.ContentType, s.result.Content, s.scheme.hash)
	if err == nil && s.rules.SigningCertificate && len(s.attributes.certificates) == 0 {
		err = SigningCertificateMissing
	}
	return err
}

// withoutAttributes takes a signature made over the content itself, which RFC
// 5652 section 5.3 allows for id-data only. The content is the caller's, and
// not the encoding of attributes, so that it is not a replay of a signature that was
// made over those.
func (s *signerCheck) withoutAttributes() error {
	switch {
	case string(s.result.Message.ContentType) != oidData:
		return AttributesMissing
	case isAttributes(s.result.Content):
		return ContentIsAttributes
	default:
		return nil
	}
}

func (s *signerCheck) signature() (err error) {
	s.candidates, err = narrow(s.candidates, s.attributes.means)
	if err != nil {
		return err
	}
	digest := s.info.signedDigest(s.scheme.hash, s.result.Content)
	s.candidates, err = narrow(s.candidates, func(c *x509.Certificate) error {
		if err := s.budget.spend(1, c); err != nil {
			return err
		}
		return s.scheme.verify(c, digest, s.info.Signature)
	})
	return err
}

func (s *signerCheck) chains() (first error) {
	wanted := 1
	if s.rules.Revocation != nil { // whichever says that something was revoked is heard
		wanted = maxPaths
	}
	for _, c := range s.candidates {
		paths, err := s.rules.chains(s.result.Message, c, s.budget, &s.rules.Usages, wanted)
		if err != nil && first == nil {
			first = err
		}
		s.paths = append(s.paths, paths...)
	}
	if len(s.paths) > 0 {
		return nil
	}
	return first
}

func (s *signerCheck) usage() (err error) {
	s.paths, err = narrow(s.paths, s.rules.Usages.check)
	if err == nil && s.rules.SigningCertificate {
		s.paths, err = narrow(s.paths, s.attributes.allIn)
	}
	return err
}

// revocation keeps the chains that pass. One in which something was revoked
// outweighs all others.
func (s *signerCheck) revocation() (err error) {
	var final error // whatever the other chains say
	s.paths, err = narrow(s.paths, func(path []*x509.Certificate) error {
		err := s.rules.Revocation(s.budget.ctx, &Inquiry{
			Message: s.result.Message, Chain: path, At: s.rules.At, rules: s.rules, budget: s.budget,
		})
		if err != nil && err != RevocationUnknown && final != Revoked {
			final = err
		}
		return err
	})
	if final != nil {
		return final
	}
	return err
}

// narrow keeps what passes the test. When nothing does, the first error says
// why.
func narrow[T any](list []T, test func(T) error) ([]T, error) {
	var first error
	kept := list[:0]
	for _, item := range list {
		if err := test(item); err == nil {
			kept = append(kept, item)
		} else if first == nil {
			first = err
		}
	}
	if len(kept) == 0 {
		return nil, first
	}
	return kept, nil
}
