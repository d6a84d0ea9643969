package cms

import (
	"bytes"
	"crypto/x509"
	"errors"
	"time"
)

// explainPath goes up from the signer through the issuers at hand (the
// message's and the caller's intermediates) and names the first thing wrong.
// The answer is already no; this only says why. A root is asked about through
// crypto/x509 alone, since a pool does not show what is in it.
func (t *Trust) explainPath(m *Message, signer *x509.Certificate) Defect {
	child := signer
	for depth := 0; depth <= maxCertificates; depth++ {
		if weaklySigned(child) {
			return IssuerAlgorithm
		}
		if defect := t.explainRoot(child, depth); defect != "" {
			return defect
		}
		parent, defect := t.issuerOf(m, child)
		if parent == nil || parent == child {
			return defect
		}
		if defect := t.explainIssuer(parent, depth); defect != "" {
			return defect
		}
		child = parent
	}
	return PathTooLong
}

// issuerOf finds the issuer of child, or says why there is none.
func (t *Trust) issuerOf(m *Message, child *x509.Certificate) (*x509.Certificate, Defect) {
	defect := UnknownAuthority
	for i := range len(m.Certificates) + len(t.Intermediates) {
		parent := nth(m, t, i)
		if parent == nil || parent == child || !bytes.Equal(parent.RawSubject, child.RawIssuer) {
			continue
		}
		if !worthTrying(parent) { // not even to explain
			defect = IssuerAlgorithm
			continue
		}
		t.compute(parent)
		err := child.CheckSignatureFrom(parent)
		if err == nil && !bytes.Equal(parent.RawSubject, parent.RawIssuer) {
			return parent, ""
		}
		if d := explainSignature(parent, err); d != "" {
			defect = d
		}
	}
	return nil, defect
}

func nth(m *Message, t *Trust, i int) *x509.Certificate {
	if i < len(m.Certificates) {
		return m.Certificates[i].X509
	}
	return t.Intermediates[i-len(m.Certificates)]
}

// explainSignature says why parent is no issuer. A root in the message is none
// and no reason either.
func explainSignature(parent *x509.Certificate, err error) Defect {
	var weak x509.InsecureAlgorithmError
	var constraint x509.ConstraintViolationError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &constraint) && (!parent.BasicConstraintsValid || !parent.IsCA):
		return IssuerNotCA
	case errors.As(err, &constraint):
		return IssuerMayNotSign
	case errors.As(err, &weak), errors.Is(err, x509.ErrUnsupportedAlgorithm):
		return IssuerAlgorithm
	default:
		return IssuerSignature
	}
}

// explainIssuer looks at an issuer that has below other issuers under it.
func (t *Trust) explainIssuer(c *x509.Certificate, below int) Defect {
	switch {
	case len(c.UnhandledCriticalExtensions) > 0:
		return CriticalExtension
	case t.At.Before(c.NotBefore) || t.At.After(c.NotAfter):
		return t.explainTime(c)
	case !c.BasicConstraintsValid || !c.IsCA:
		return IssuerNotCA
	case c.MaxPathLen >= 0 && below > c.MaxPathLen:
		return PathTooLong
	default:
		return ""
	}
}

// explainRoot asks whether child would chain to a root directly at some moment
// of its own validity: then a root is there, and its dates or its path length
// are what is wrong.
func (t *Trust) explainRoot(child *x509.Certificate, depth int) Defect {
	options := x509.VerifyOptions{Roots: t.Roots, Intermediates: x509.NewCertPool(), KeyUsages: anyKeyUsage, CurrentTime: t.At}
	if _, err := child.Verify(options); err == nil {
		if depth > 0 { // it does, from here: then the root forbids what lies below
			return PathTooLong
		}
		return ""
	}
	for _, options.CurrentTime = range []time.Time{child.NotBefore, child.NotAfter} {
		chains, err := child.Verify(options)
		if err != nil {
			continue
		}
		root := chains[0][len(chains[0])-1]
		if t.At.Before(root.NotBefore) || t.At.After(root.NotAfter) {
			return t.explainTime(root)
		}
	}
	return ""
}

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
