package cms

import (
	"crypto/subtle"
	"crypto/x509"
	"time"
)

// Rules is what a message has to satisfy.
type Rules struct {
	Trust
	ContentType string // OID octets; empty means id-data
	MaxSize     int    // octets
	MaxSigners  int

	// Revocation judges a verified chain; nil makes no such check.
	Revocation func(m *Message, chain []*x509.Certificate, at time.Time) error
}

// Content is what the caller says about the content.
type Content struct {
	Octets   []byte
	Detached bool // the message has none; Octets are what it signs
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
// above. The first that fails ends it with a *Failure. The result refers to
// raw, which must not change after.
func (r *Rules) Check(raw []byte, content Content) (*Result, error) {
	passed := make([]string, 0, 10)
	m, err := Parse(raw, r.MaxSize)
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
	result := &Result{Message: m, Content: m.Content, Signers: make([]Signer, len(m.Signers))}
	if content.Detached {
		result.Content = content.Octets
	}
	for i := range m.Signers { // every one must pass
		check := signerCheck{rules: r, result: result, info: &m.Signers[i], passed: passed}
		if result.Signers[i], err = check.run(); err != nil {
			return nil, err
		}
		result.Passed = check.passed
	}
	if content.Any {
		return result, nil
	}
	if subtle.ConstantTimeCompare(result.Content, content.Octets) != 1 {
		return nil, failure(CheckContent, result.Passed, ContentDiffers)
	}
	result.Passed = append(result.Passed, CheckContent)
	return result, nil
}

func failure(check string, passed []string, err error) *Failure {
	defect, _ := err.(Defect)
	return &Failure{Check: check, Passed: passed, Defect: defect}
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
	case len(m.Signers) > r.MaxSigners:
		return TooManySigners
	default:
		return nil
	}
}

// signerCheck makes the checks of one signer.
type signerCheck struct {
	rules  *Rules
	result *Result
	info   *SignerInfo
	passed []string

	candidates []*x509.Certificate   // those that have passed so far
	paths      [][]*x509.Certificate // their chains, likewise
	scheme     scheme
	claim      time.Time
}

func (s *signerCheck) run() (Signer, error) {
	for _, step := range [...]struct {
		name string
		make func(*signerCheck) error
	}{
		{CheckSignerCertificate, (*signerCheck).certificate},
		{CheckAlgorithms, (*signerCheck).algorithms},
		{CheckSignedAttributes, (*signerCheck).attributes},
		{CheckSignature, (*signerCheck).signature},
		{CheckChain, (*signerCheck).chains},
		{CheckKeyUsage, (*signerCheck).usage},
	} {
		if err := step.make(s); err != nil {
			return Signer{}, failure(step.name, s.passed, err)
		}
		s.passed = append(s.passed, step.name)
	}
	if s.rules.Revocation != nil {
		if err := s.revocation(); err != nil {
			return Signer{}, failure(CheckRevocation, s.passed, err)
		}
		s.passed = append(s.passed, CheckRevocation)
	}
	return Signer{Chain: s.paths[0], SigningTime: s.claim}, nil
}

func (s *signerCheck) certificate() (err error) {
	s.candidates, err = s.result.Message.candidates(s.info)
	return err
}

func (s *signerCheck) algorithms() (err error) {
	if s.scheme, err = s.info.scheme(s.result.Message.Digests); err != nil {
		return err
	}
	s.candidates, err = narrow(s.candidates, s.scheme.fits)
	return err
}

func (s *signerCheck) attributes() (err error) {
	s.claim, err = s.info.checkAttributes(s.result.Message.ContentType, s.result.Content, s.scheme.hash)
	return err
}

func (s *signerCheck) signature() (err error) {
	digest := s.info.signedDigest(s.scheme.hash)
	s.candidates, err = narrow(s.candidates, func(c *x509.Certificate) error {
		s.rules.compute(c)
		return s.scheme.verify(c, digest, s.info.Signature)
	})
	return err
}

func (s *signerCheck) chains() (first error) {
	for _, c := range s.candidates {
		paths, err := s.rules.chains(s.result.Message, c)
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
	s.paths, err = narrow(s.paths, checkUsage)
	return err
}

// revocation takes the first chain in which nothing is revoked.
func (s *signerCheck) revocation() (first error) {
	for i, path := range s.paths {
		err := s.rules.Revocation(s.result.Message, path, s.rules.At)
		if err == nil {
			s.paths = s.paths[i:]
			return nil
		}
		if first == nil {
			first = err
		}
	}
	return first
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
