package cms

import (
	"bytes"
	"crypto/x509"
	"errors"
	"math"
	"slices"
	"time"
)

const (
	maxDepthOfPath = 16 // certificates in a chain
	maxPaths       = 4  // chains of one signer that are looked for
)

// search builds the chains of one signer. It goes from issuer to issuer by
// name, comparing issuer and subject byte for byte (RFC 5280 section 7.1), and
// has crypto/x509 verify one whole chain at a time. The first is verified at
// once; when it leads nowhere, every further link is verified, once, before
// going past it, so that neither many certificates of one name nor explaining a
// refusal costs more than the budget.
type search struct {
	trust   *Trust
	budget  *budget
	usage   *Usages
	wanted  int // chains that may sign; then the search ends
	issuers []*x509.Certificate
	careful bool
	links   map[link]bool
	paths   [][]*x509.Certificate
	usable  int // of the paths

	defect Defect            // found farthest up
	height int               // how far up that is
	orphan *x509.Certificate // whose issuer is missing there
}

type link struct{ child, parent *x509.Certificate }

// chains returns the chains from the signer to the caller's roots. The error is
// a Defect, or the context's.
func (t *Trust) chains(m *Message, signer *x509.Certificate, b *budget, usage *Usages, wanted int) ([][]*x509.Certificate, error) {
	switch {
	case unhandled(signer):
		return nil, CriticalExtension
	case t.timeDefect(signer) != "":
		return nil, t.timeDefect(signer)
	}
	s := search{trust: t, budget: b, usage: usage, wanted: wanted, defect: UnknownAuthority}
	s.issuers = slices.Clip(slices.Clone(t.Intermediates))
	for _, c := range m.Certificates {
		if c.X509 != nil && c.X509 != signer && !contains(s.issuers, c.X509) {
			s.issuers = append(s.issuers, c.X509)
		}
	}
	err := s.up([]*x509.Certificate{signer})
	var defect Defect
	switch {
	case len(s.paths) > 0 && (err == nil || errors.As(err, &defect)):
		return s.paths, nil
	case err != nil:
		return nil, err
	case s.defect == UnknownAuthority && s.orphan != nil:
		return nil, s.missing(s.orphan)
	default:
		return nil, s.defect
	}
}

// blame notes why the path ends, if that is farther up than what was noted.
func (s *search) blame(height int, defect Defect) {
	if height > s.height {
		s.defect, s.height = defect, height
	}
}

// up takes the path to its ends. An error ends the search.
func (s *search) up(path []*x509.Certificate) error {
	child := path[len(path)-1]
	if weaklySigned(child) {
		s.blame(len(path), IssuerAlgorithm)
		return nil
	}
	if s.trust.names[string(child.RawIssuer)] > 0 || len(path) == 1 && s.trust.names[string(child.RawSubject)] > 0 {
		if signed, err := s.verify(path); err != nil || !signed {
			return err
		}
	}
	if len(path) == maxDepthOfPath {
		s.blame(len(path), PathTooLong)
		return nil
	}
	for _, parent := range s.parents(path) {
		if s.usable >= s.wanted {
			return nil
		}
		if s.careful {
			if ok, err := s.linked(child, parent); err != nil {
				return err
			} else if !ok {
				s.blame(len(path), IssuerSignature)
				continue
			}
		}
		if err := s.up(append(path[:len(path):len(path)], parent)); err != nil {
			return err
		}
	}
	s.careful = true // this way leads nowhere
	if len(path) > s.height {
		s.blame(len(path), UnknownAuthority)
		s.orphan = child
	}
	return nil
}

// parents returns the certificates that may have issued the last of the path,
// the likeliest first. Nothing is computed with their keys.
func (s *search) parents(path []*x509.Certificate) []*x509.Certificate {
	child := path[len(path)-1]
	var likely, others []*x509.Certificate
	for _, c := range s.issuers {
		if !bytes.Equal(c.RawSubject, child.RawIssuer) || sameAuthority(path, c) || s.isAnchor(c) {
			continue
		}
		if defect := s.issuerDefect(path, c); defect != "" {
			s.blame(len(path), defect)
		} else if bytes.Equal(c.SubjectKeyId, child.AuthorityKeyId) {
			likely = append(likely, c)
		} else {
			others = append(others, c)
		}
	}
	return append(likely, others...)
}

// sameAuthority reports whether the path contains the authority already.
func sameAuthority(path []*x509.Certificate, c *x509.Certificate) bool {
	return slices.ContainsFunc(path, func(other *x509.Certificate) bool {
		return bytes.Equal(other.RawSubject, c.RawSubject) &&
			bytes.Equal(other.RawSubjectPublicKeyInfo, c.RawSubjectPublicKeyInfo)
	})
}

// isAnchor reports whether a chain that was found ends in this authority.
func (s *search) isAnchor(c *x509.Certificate) bool {
	return slices.ContainsFunc(s.paths, func(path []*x509.Certificate) bool {
		return sameAuthority(path[len(path)-1:], c)
	})
}

// issuerDefect says why the certificate cannot be the issuer above the path.
func (s *search) issuerDefect(path []*x509.Certificate, c *x509.Certificate) Defect {
	switch {
	case !c.BasicConstraintsValid || !c.IsCA:
		return IssuerNotCA
	case c.KeyUsage != 0 && c.KeyUsage&x509.KeyUsageCertSign == 0:
		return IssuerMayNotSign
	case c.PublicKeyAlgorithm == x509.UnknownPublicKeyAlgorithm, keyDefect(c, s.trust.given(c)) != "":
		return IssuerAlgorithm
	case unhandled(c):
		return CriticalExtension
	case s.trust.timeDefect(c) != "":
		return s.trust.timeDefect(c)
	case tooLong(path, c):
		return PathTooLong
	default:
		return ""
	}
}

// linked verifies, once, that parent signed child.
func (s *search) linked(child, parent *x509.Certificate) (bool, error) {
	key := link{child, parent}
	if ok, known := s.links[key]; known {
		return ok, nil
	}
	if err := s.budget.spend(1, parent); err != nil {
		return false, err
	}
	ok := child.CheckSignatureFrom(parent) == nil
	s.note(child, parent, ok)
	return ok, nil
}

// note remembers whether parent signed child.
func (s *search) note(child, parent *x509.Certificate, signed bool) {
	if s.links == nil {
		s.links = make(map[link]bool)
	}
	s.links[link{child, parent}] = signed
}

// verify has one path verified up to the roots. It reports whether each
// certificate in the path signed the one below.
func (s *search) verify(path []*x509.Certificate) (signed bool, err error) {
	if !s.careful {
		s.careful = true
		if ok, err := s.remembered(path); ok || err != nil {
			return ok, err
		}
		if err := s.budget.spend(s.trust.cost(path), path[1:]...); err != nil {
			return false, err
		}
		if roots, err := s.trust.askX509(path, s.trust.roots); err == nil {
			for _, root := range roots {
				s.accept(path, root)
			}
			s.noteAll(path)
			return true, nil
		}
	}
	for i := range len(path) - 1 {
		if ok, err := s.linked(path[i], path[i+1]); err != nil {
			return false, err
		} else if !ok {
			s.blame(i+1, IssuerSignature)
			return false, nil
		}
	}
	return true, s.toRoot(path)
}

// remembered reports whether the authorities of the path led to a root before,
// and signed this signer's certificate.
func (s *search) remembered(path []*x509.Certificate) (bool, error) {
	above := s.trust.memory.above(path)
	if above == nil {
		return false, nil
	}
	if err := s.budget.spend(1, above[0]); err != nil {
		return false, err
	}
	if path[0].CheckSignatureFrom(above[0]) != nil {
		return false, nil
	}
	before := len(s.paths)
	s.accept(path, above[len(above)-1])
	if len(s.paths) == before {
		return false, nil // another root may do
	}
	s.noteAll(path)
	return true, nil
}

// noteAll remembers that each signed the one below, where the search goes on and
// there are others than these.
func (s *search) noteAll(path []*x509.Certificate) {
	if s.usable >= s.wanted || len(s.issuers) < len(path) {
		return
	}
	for i := range len(path) - 1 {
		s.note(path[i], path[i+1], true)
	}
}

// accept takes a chain that crypto/x509 has verified, now or before.
func (s *search) accept(path []*x509.Certificate, root *x509.Certificate) {
	chain := path
	if !bytes.Equal(root.Raw, path[0].Raw) { // else the signer is a root itself
		chain = append(path[:len(path):len(path)], root)
	}
	defect := s.trust.rootDefect(root)
	if defect == "" {
		defect = chainDefect(chain)
	}
	if defect != "" {
		s.blame(math.MaxInt, defect)
		return
	}
	s.paths = append(s.paths, chain)
	s.trust.memory.add(chain[1:])
	if s.usage.check(chain) == nil {
		s.usable++
	}
}

// toRoot looks for the root above a path whose links were verified, and then
// has the whole chain verified with it.
func (s *search) toRoot(path []*x509.Certificate) error {
	root, err := s.root(path[len(path)-1])
	if err != nil || root == nil {
		return err
	}
	if defect := s.trust.rootDefect(root); defect != "" {
		s.blame(math.MaxInt, defect)
		return nil
	}
	if err := s.budget.spend(s.trust.cost(path), path[1:]...); err != nil {
		return err
	}
	pool := x509.NewCertPool()
	pool.AddCert(plain(root))
	_, err = s.trust.askX509(path, pool)
	var invalid x509.CertificateInvalidError
	switch {
	case err == nil:
		s.accept(path, root)
	case errors.As(err, &invalid) && invalid.Reason == x509.NoValidChains:
		s.blame(math.MaxInt, CertificatePolicies)
	default:
		s.blame(len(path), UnknownAuthority)
	}
	return nil
}

// root returns the caller's root that signed the certificate, if there is one,
// whatever its dates. A pool does not show what is in it, so crypto/x509 is
// asked about moments at which the root may be in date.
func (s *search) root(child *x509.Certificate) (*x509.Certificate, error) {
	for _, c := range s.issuers { // one with name constraints that only this package reads
		if bytes.Equal(c.RawSubject, child.RawIssuer) && s.trust.has(c) {
			ok, err := s.linked(child, c)
			if ok || err != nil {
				return c, err
			}
		}
	}
	always := *plain(child)
	always.RequireExplicitPolicy, always.RequireExplicitPolicyZero = 0, false
	always.NotBefore, always.NotAfter = time.Time{}, time.Unix(1<<40, 0)
	var found *x509.Certificate
	for _, at := range [...]time.Time{s.trust.At, s.trust.At.Add(clockSkew), child.NotBefore, child.NotAfter} {
		if err := s.budget.spend(s.trust.names[string(child.RawIssuer)]); err != nil {
			return nil, err
		}
		chains, err := always.Verify(x509.VerifyOptions{
			Roots: s.trust.roots, Intermediates: x509.NewCertPool(), CurrentTime: at, KeyUsages: anyKeyUsage,
		})
		if err != nil {
			continue
		}
		found = chains[0][len(chains[0])-1]
		if s.trust.timeDefect(found) == "" {
			return found, nil
		}
	}
	return found, nil
}

// cost is how many signatures crypto/x509 may verify for the path.
func (t *Trust) cost(path []*x509.Certificate) int {
	cost := 0
	for _, child := range path {
		cost += t.names[string(child.RawIssuer)]
		for _, parent := range path[1:] {
			if bytes.Equal(parent.RawSubject, child.RawIssuer) {
				cost++
			}
		}
	}
	return cost
}

// missing says whether certificates at hand only spell the issuer's name in
// another way.
func (s *search) missing(child *x509.Certificate) Defect {
	if s.trust.names[string(child.RawIssuer)] > 0 {
		return UnknownAuthority
	}
	wanted := readName(child.RawIssuer)
	for _, c := range s.issuers {
		if bytes.Equal(c.RawSubject, child.RawIssuer) {
			return UnknownAuthority
		}
		if wanted.equal(readName(c.RawSubject)) {
			return IssuerSpelledOtherwise
		}
	}
	for name := range s.trust.names {
		if wanted.equal(readName([]byte(name))) {
			return IssuerSpelledOtherwise
		}
	}
	return UnknownAuthority
}
