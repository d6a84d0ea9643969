package cms

import "crypto/x509"

const oidKeyUsage = "2.5.29.15" // RFC 5280 section 4.2.1.3

// checkUsage checks that the certificate is for signing, and that the issuers
// above it may sign certificates (RFC 5280 sections 4.2.1.3 and 4.2.1.12).
// What a certificate does not state does not restrict it.
func checkUsage(chain []*x509.Certificate) error {
	signing := x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment
	if leaf := chain[0]; leaf.KeyUsage&signing == 0 && statesKeyUsage(leaf) {
		return KeyUsage
	} else if onlyForOthers(leaf) {
		return ExtendedKeyUsage
	}
	for _, issuer := range chain[1:] {
		if issuer.KeyUsage&x509.KeyUsageCertSign == 0 && statesKeyUsage(issuer) {
			return KeyUsage
		}
	}
	return nil
}

// statesKeyUsage also sees the extension in which no bit is set.
func statesKeyUsage(c *x509.Certificate) bool {
	if c.KeyUsage != 0 {
		return true
	}
	for _, extension := range c.Extensions {
		if extension.Id.String() == oidKeyUsage {
			return true
		}
	}
	return false
}

// onlyForOthers reports whether there are extended usages and all are for
// something that is not signing documents.
func onlyForOthers(c *x509.Certificate) bool {
	if len(c.ExtKeyUsage) == 0 || len(c.UnknownExtKeyUsage) > 0 {
		return false
	}
	for _, usage := range c.ExtKeyUsage {
		switch usage {
		case x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageCodeSigning, x509.ExtKeyUsageTimeStamping, x509.ExtKeyUsageOCSPSigning:
		default:
			return false
		}
	}
	return true
}
