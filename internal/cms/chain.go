package cms

import (
	"bytes"
	"crypto/x509"
	"errors"
	"time"
)

// clockSkew is how far ahead of the checker's clock a certificate may have been
// issued. CRLs and OCSP answers have the same allowance.
const clockSkew = 5 * time.Minute

// Trust is what the caller trusts, and when. Make it with NewTrust.
type Trust struct {
	Intermediates []*x509.Certificate // material in addition to the message's own
	At            time.Time           // for every certificate in the chain

	roots  *x509.CertPool
	names  map[string]int // of the roots: how many have the subject
	memory *memory
}

// NewTrust trusts the roots: never the system's, never one from a message.
func NewTrust(roots *x509.CertPool) Trust {
	t := Trust{roots: roots.Clone(), names: make(map[string]int), memory: new(memory)}
	//lint:ignore SA1019 what it leaves out are the system's roots, which have no say here
	for _, name := range roots.Subjects() {
		t.names[string(name)]++
	}
	return t
}

// given reports whether the caller gave the certificate.
func (t *Trust) given(c *x509.Certificate) bool { return contains(t.Intermediates, c) }

// has reports whether the certificate is one of the roots.
func (t *Trust) has(c *x509.Certificate) bool {
	p := plain(c)
	p.RawIssuer = nil // nothing is looked for above it
	p.NotBefore, p.NotAfter = t.At, t.At
	_, err := p.Verify(x509.VerifyOptions{Roots: t.roots, Intermediates: x509.NewCertPool(), CurrentTime: t.At, KeyUsages: anyKeyUsage})
	return err == nil
}

// timeDefect says whether the certificate is out of date.
func (t *Trust) timeDefect(c *x509.Certificate) Defect {
	switch {
	case t.At.Before(c.NotBefore.Add(-clockSkew)):
		return CertificateNotYet
	case t.At.After(c.NotAfter):
		return CertificateExpired
	default:
		return ""
	}
}

// askX509 has crypto/x509 verify one chain: the signer's certificate, the
// issuers above it and a root of the pool. It checks signatures, CA bits, dates
// and policies (RFC 5280 section 6.1). It is shown copies from which names and
// path lengths were taken, since those are checked here (see chainDefect):
// crypto/x509 refuses names that it does not know, counts self-issued
// authorities, and does not look at directory names.
func (t *Trust) askX509(path []*x509.Certificate, roots *x509.CertPool) (found []*x509.Certificate, err error) {
	above := x509.NewCertPool()
	for i, c := range path[1:] {
		above.AddCertWithConstraint(plain(c), func(below []*x509.Certificate) error {
			if len(below) != i+1 {
				return errOutOfPlace
			}
			return nil
		})
	}
	chains, err := plain(path[0]).Verify(x509.VerifyOptions{
		Roots: roots, Intermediates: above, CurrentTime: t.At, KeyUsages: anyKeyUsage,
	})
	if err != nil {
		return nil, err
	}
	for _, chain := range chains {
		found = append(found, chain[len(chain)-1])
	}
	return found, nil
}

var (
	anyKeyUsage   = []x509.ExtKeyUsage{x509.ExtKeyUsageAny}
	errOutOfPlace = errors.New("cms: out of place")
)

// plain copies a certificate for crypto/x509, without what is checked here.
func plain(c *x509.Certificate) *x509.Certificate {
	p := *c
	p.NotBefore = c.NotBefore.Add(-clockSkew)
	p.MaxPathLen = -1
	p.DNSNames, p.EmailAddresses, p.IPAddresses, p.URIs = nil, nil, nil, nil
	p.UnhandledCriticalExtensions = nil // see unhandled
	return &p
}

// unhandled reports whether the certificate contains a critical extension that
// neither crypto/x509 nor this package knows.
func unhandled(c *x509.Certificate) bool {
	for _, id := range c.UnhandledCriticalExtensions {
		if !id.Equal(oidSubjectAltName) && !id.Equal(oidNameConstraints) {
			return true
		}
	}
	return false
}

// rootDefect says why a root of the caller's, though its key signed the chain
// below it, does not count.
func (t *Trust) rootDefect(root *x509.Certificate) Defect {
	switch {
	case unhandled(root):
		return CriticalExtension
	case earlyExtensions(root):
		return CertificateVersion
	case keyDefect(root, true) != "":
		return IssuerAlgorithm
	default:
		return t.timeDefect(root)
	}
}

// chainDefect checks what only the whole chain shows: path lengths (RFC 5280
// section 4.2.1.9) and name constraints (section 4.2.1.10).
func chainDefect(chain []*x509.Certificate) Defect {
	for i := range chain {
		if i > 0 && tooLong(chain[:i], chain[i]) {
			return PathTooLong
		}
	}
	return constraintDefect(chain)
}

// tooLong reports whether there are more authorities below the issuer than it
// allows. Those that only issued to themselves do not count, and neither does
// the signer.
func tooLong(below []*x509.Certificate, issuer *x509.Certificate) bool {
	if !issuer.BasicConstraintsValid || issuer.MaxPathLen < 0 {
		return false
	}
	authorities := 0
	for _, c := range below[1:] {
		if !selfIssued(c) {
			authorities++
		}
	}
	return authorities > issuer.MaxPathLen
}

func selfIssued(c *x509.Certificate) bool { return bytes.Equal(c.RawSubject, c.RawIssuer) }

// weaklySigned reports whether the certificate's own signature is of a kind
// that crypto/x509 does not take.
func weaklySigned(c *x509.Certificate) bool {
	switch c.SignatureAlgorithm {
	case x509.UnknownSignatureAlgorithm, x509.MD2WithRSA, x509.MD5WithRSA, x509.SHA1WithRSA,
		x509.DSAWithSHA1, x509.DSAWithSHA256, x509.ECDSAWithSHA1:
		return true
	default:
		return false
	}
}
