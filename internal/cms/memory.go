package cms

import (
	"bytes"
	"crypto/x509"
	"slices"
	"sync"
	"sync/atomic"
)

// maxRemembered is how many chains of authorities a Trust remembers.
const maxRemembered = 64

// memory remembers chains of authorities, from the one that issues to signers up
// to a root of the caller's, whose signatures were found right: many signers have
// the same. It remembers nothing else, and nothing that failed. That each signed
// the one below follows from the bytes, which are compared; everything that
// depends on the time, the signer or the caller is checked every time. A message
// adds only what one of the roots has signed. The zero memory is empty.
type memory struct {
	adding sync.Mutex
	chains atomic.Pointer[[]remembered] // the oldest first; replaced, never changed
}

// remembered is a copy of one chain, which keeps nothing of the message in which
// it came. It is read when it is needed: many a Verifier checks one message.
type remembered struct {
	raw          [][]byte
	certificates func() []*x509.Certificate
}

func (m *memory) all() []remembered {
	if chains := m.chains.Load(); chains != nil {
		return *chains
	}
	return nil
}

// known returns the authority with these bytes, which then need not be read
// again.
func (m *memory) known(raw []byte) *x509.Certificate {
	for _, chain := range m.all() {
		for i := range chain.raw {
			if bytes.Equal(chain.raw[i], raw) {
				if certificates := chain.certificates(); certificates != nil {
					return certificates[i]
				}
			}
		}
	}
	return nil
}

// above returns the authorities above the signer's certificate, a root last,
// where they are those of the path with a root above it.
func (m *memory) above(path []*x509.Certificate) []*x509.Certificate {
	if demandsPolicy(path[0]) {
		return nil
	}
	for _, chain := range m.all() {
		if !slices.EqualFunc(path[1:], chain.raw[:len(chain.raw)-1], hasBytes) {
			continue
		}
		if certificates := chain.certificates(); certificates != nil && bytes.Equal(certificates[0].RawSubject, path[0].RawIssuer) {
			return certificates
		}
	}
	return nil
}

// add remembers the authorities of a chain that has passed.
func (m *memory) add(authorities []*x509.Certificate) {
	if len(authorities) == 0 || slices.ContainsFunc(authorities, demandsPolicy) || m.has(authorities) {
		return
	}
	own := remembered{raw: make([][]byte, len(authorities))}
	for i, c := range authorities {
		own.raw[i] = bytes.Clone(c.Raw)
	}
	own.certificates = sync.OnceValue(func() []*x509.Certificate { return readAll(own.raw) })
	m.adding.Lock()
	defer m.adding.Unlock()
	if m.has(authorities) {
		return
	}
	chains := slices.Clone(m.all())
	chains = append(chains[max(0, len(chains)-maxRemembered+1):], own)
	m.chains.Store(&chains)
}

// readAll reads certificates; nil where one cannot be read.
func readAll(raw [][]byte) []*x509.Certificate {
	certificates := make([]*x509.Certificate, len(raw))
	for i := range raw {
		c, err := x509.ParseCertificate(raw[i])
		if err != nil {
			return nil
		}
		certificates[i] = c
	}
	return certificates
}

func (m *memory) has(authorities []*x509.Certificate) bool {
	return slices.ContainsFunc(m.all(), func(chain remembered) bool { return slices.EqualFunc(authorities, chain.raw, hasBytes) })
}

func hasBytes(c *x509.Certificate, raw []byte) bool { return bytes.Equal(c.Raw, raw) }

// demandsPolicy reports whether a chain with the certificate must have policies
// (RFC 5280 section 4.2.1.11), which crypto/x509 then looks at with the whole
// chain before it.
func demandsPolicy(c *x509.Certificate) bool {
	return c.RequireExplicitPolicy > 0 || c.RequireExplicitPolicyZero
}
