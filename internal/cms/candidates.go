package cms

import (
	"bytes"
	"crypto/x509"
)

// maxCandidates is how many certificates of the message may answer to the
// signer's name.
const maxCandidates = 4

// candidates returns the certificates that the signer may mean, never simply
// the first one: those with the issuer and serial, or those with the subject
// key identifier, that it names (RFC 5652 section 5.3).
func (m *Message) candidates(s *SignerInfo) ([]*x509.Certificate, error) {
	if !s.versionAgrees() {
		return nil, SignerVersion
	}
	found := make([]*x509.Certificate, 0, maxCandidates)
	unreadable, beyond := false, false
	for _, c := range m.Certificates {
		switch {
		case c.X509 == nil:
			unreadable, beyond = true, beyond || c.beyond
		case !s.names(c.X509) || contains(found, c.X509):
		case len(found) == maxCandidates:
			return nil, TooManyCandidates
		default:
			found = append(found, c.X509)
		}
	}
	switch {
	case len(found) > 0:
		return found, nil
	case beyond:
		return nil, SignerCertificateUnsupported
	case unreadable:
		return nil, SignerCertificateUnreadable
	default:
		return nil, SignerCertificateMissing
	}
}

// versionAgrees checks the version against how the signer is named: 1 is by
// issuer and serial, 3 by subject key identifier (RFC 5652 section 5.3).
func (s *SignerInfo) versionAgrees() bool {
	if s.SubjectKeyID != nil {
		return string(s.Version) == "\x03"
	}
	return string(s.Version) == "\x01"
}

func (s *SignerInfo) names(c *x509.Certificate) bool {
	if s.SubjectKeyID != nil {
		return len(s.SubjectKeyID) > 0 && bytes.Equal(s.SubjectKeyID, c.SubjectKeyId)
	}
	return bytes.Equal(s.Issuer, c.RawIssuer) && bytes.Equal(s.Serial, SerialBytes(c))
}

// contains reports whether the very same certificate is in the list.
func contains(list []*x509.Certificate, c *x509.Certificate) bool {
	for _, other := range list {
		if bytes.Equal(other.Raw, c.Raw) {
			return true
		}
	}
	return false
}
