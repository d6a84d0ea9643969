package cms

import (
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"time"
)

// Trust is what the caller trusts, and when.
type Trust struct {
	Roots         *x509.CertPool      // never the system's, never one from a message
	Intermediates []*x509.Certificate // material beside the message's own
	At            time.Time           // for every certificate in the chain

	observe func(key any) // sees every key that is about to be computed with; for tests
}

// compute notes that something is about to be computed with the key of c.
func (t *Trust) compute(c *x509.Certificate) {
	if t.observe != nil {
		t.observe(c.PublicKey)
	}
}

// chains returns the chains from the signer to the caller's roots (RFC 5280
// section 6). Key usage is checked apart: crypto/x509 would ask for serverAuth.
func (t *Trust) chains(m *Message, signer *x509.Certificate) ([][]*x509.Certificate, error) {
	chains, err := signer.Verify(x509.VerifyOptions{
		Roots:         t.Roots,
		Intermediates: t.intermediates(m, signer),
		CurrentTime:   t.At,
		KeyUsages:     anyKeyUsage,
	})
	if err != nil {
		return nil, t.explain(m, signer, err)
	}
	return chains, nil
}

var anyKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageAny}

func (t *Trust) intermediates(m *Message, signer *x509.Certificate) *x509.CertPool {
	pool := x509.NewCertPool()
	for _, c := range t.Intermediates {
		pool.AddCert(c)
	}
	for _, c := range m.Certificates {
		if c.X509 != nil && c.X509 != signer && c.X509.IsCA && worthTrying(c.X509) {
			pool.AddCert(c.X509)
		}
	}
	return pool
}

// worthTrying leaves out keys too weak to count and too large to be paid for.
func worthTrying(c *x509.Certificate) bool {
	key, ok := c.PublicKey.(*rsa.PublicKey)
	return !ok || key.N.BitLen() >= minRSABits && key.N.BitLen() <= maxRSABits
}

// explain turns crypto/x509's error, whose text may hold a name, into one of
// ours. Its hint is not exported, so for an unknown authority the issuers at
// hand are looked at once more.
func (t *Trust) explain(m *Message, signer *x509.Certificate, err error) Defect {
	var invalid x509.CertificateInvalidError
	var critical x509.UnhandledCriticalExtension
	switch {
	case errors.As(err, &critical):
		return CriticalExtension
	case !errors.As(err, &invalid):
		return t.explainPath(m, signer)
	}
	switch invalid.Reason {
	case x509.Expired:
		return t.explainTime(invalid.Cert)
	case x509.NotAuthorizedToSign:
		return IssuerNotCA
	case x509.TooManyIntermediates:
		return PathTooLong
	case x509.CANotAuthorizedForThisName, x509.NameConstraintsWithoutSANs, x509.UnconstrainedName, x509.TooManyConstraints:
		return NameConstraints
	case x509.NoValidChains:
		return CertificatePolicies
	default:
		return UnknownAuthority
	}
}

func (t *Trust) explainTime(c *x509.Certificate) Defect {
	if t.At.Before(c.NotBefore) {
		return CertificateNotYet
	}
	return CertificateExpired
}
