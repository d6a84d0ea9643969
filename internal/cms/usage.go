package cms

import (
	"crypto/x509"
	"slices"
)

// Extended key usages that sign documents, or anything.
const (
	usageEmail    = "1.3.6.1.5.5.7.3.4"  // RFC 5280 section 4.2.1.12
	usageDocument = "1.3.6.1.5.5.7.3.36" // RFC 9336
	usageAny      = "2.5.29.37.0"        // RFC 5280

	usageTimeStamping = "1.3.6.1.5.5.7.3.8" // RFC 5280
)

// Usages is what the signer's certificate may be for.
type Usages struct {
	ExtendedKeyUsages []string // further ones that are allowed, dotted
	AuthoritySigner   bool     // a certificate authority's own certificate may sign
	TimeStamping      bool     // it must be for time stamps alone, not for documents
}

// check checks that the certificate is for signing, that it is a person's, and
// that the issuers above it may sign certificates and issue such ones (RFC 5280
// sections 4.2.1.3, 4.2.1.9 and 4.2.1.12). A usage that a certificate does
// not state does not restrict it.
func (u *Usages) check(chain []*x509.Certificate) error {
	signing := x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment
	leaf := chain[0]
	switch {
	case leaf.KeyUsage&signing == 0 && statesKeyUsage(leaf):
		return KeyUsage
	case !u.AuthoritySigner && leaf.BasicConstraintsValid && leaf.IsCA && maySignCertificates(leaf):
		return SignerIsAuthority
	case u.TimeStamping && !forTimeStamps(leaf), !u.extended(chain):
		return ExtendedKeyUsage
	case u.TimeStamping && leaf.KeyUsage&^signing != 0: // RFC 5280 section 4.2.1.12
		return KeyUsage
	}
	for _, issuer := range chain[1:] {
		if !maySignCertificates(issuer) {
			return KeyUsage
		}
	}
	return nil
}

func maySignCertificates(c *x509.Certificate) bool {
	return c.KeyUsage&x509.KeyUsageCertSign != 0 || !statesKeyUsage(c)
}

// statesKeyUsage also sees the extension in which no bit is set.
func statesKeyUsage(c *x509.Certificate) bool {
	return c.KeyUsage != 0 || extension(c, oidKeyUsage) != nil
}

// extended reports whether one usage that signs documents is common to all
// certificates of the chain that state extended usages.
func (u *Usages) extended(chain []*x509.Certificate) bool {
	accepted := append([]string{usageEmail, usageDocument, usageAny}, u.ExtendedKeyUsages...)
	if u.TimeStamping {
		accepted = []string{usageTimeStamping}
	}
	for _, c := range chain {
		value := extension(c, oidExtendedKeyUsage)
		if value == nil {
			continue
		}
		stated := readUsages(value)
		if slices.Contains(stated, usageAny) {
			continue
		}
		accepted = slices.DeleteFunc(accepted, func(usage string) bool { return !slices.Contains(stated, usage) })
	}
	return len(accepted) > 0
}

// forTimeStamps reports whether the certificate has the one extended usage of
// time stamping authorities, in a critical extension (RFC 3161 section 2.3).
func forTimeStamps(c *x509.Certificate) bool {
	for _, e := range c.Extensions {
		if e.Id.Equal(oidExtendedKeyUsage) {
			return e.Critical && slices.Equal(readUsages(e.Value), []string{usageTimeStamping})
		}
	}
	return false
}

// readUsages reads ExtKeyUsageSyntax ::= SEQUENCE SIZE (1..MAX) OF KeyPurposeId.
func readUsages(value []byte) (all []string) {
	whole := cursor{rest: value}
	sequence, _ := whole.take(tagSequence)
	for c := sequence.inside(); !c.empty(); {
		e, _ := c.next()
		all = append(all, dotted(e.body))
	}
	return all
}
