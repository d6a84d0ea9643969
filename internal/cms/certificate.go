package cms

import "crypto/x509"

// readCertificate reads a certificate that lies in a message. It must be DER as
// received.
func (m *Message) readCertificate(e element) Certificate {
	c := Certificate{Raw: e.raw}
	if !e.asReceived() {
		return c
	}
	if c.X509 = m.memory.known(e.raw); c.X509 != nil {
		return c
	}
	parsed, err := x509.ParseCertificate(e.raw)
	switch {
	case err != nil:
		c.beyond = hasForm(e)
	case !earlyExtensions(parsed):
		c.X509 = parsed
	}
	return c
}

// hasForm reports whether an element consists of what a certificate consists of
// (RFC 5280 section 4.1). Then it is crypto/x509 that does not read it, for
// instance for a BIT STRING in a name.
//
//	Certificate ::= SEQUENCE {
//	  tbsCertificate TBSCertificate,
//	  signatureAlgorithm AlgorithmIdentifier,
//	  signatureValue BIT STRING }
func hasForm(e element) bool {
	c := e.inside()
	tbs, ok := c.take(tagSequence)
	if !ok {
		return false
	}
	_, hasAlgorithm := c.take(tagSequence)
	_, hasSignature := c.take(tagBitString)
	in := tbs.inside()
	in.take(context0)
	_, hasSerial := in.take(tagInteger)
	for range 5 { // signature, issuer, validity, subject, subjectPublicKeyInfo
		if _, ok := in.take(tagSequence); !ok {
			return false
		}
	}
	return hasAlgorithm && hasSignature && c.empty() && hasSerial
}

// earlyExtensions reports whether a certificate has fields that its version
// does not have: extensions below version 3, identifiers in version 1 (RFC 5280
// section 4.1.2). crypto/x509 passes them over, and so would not see what they
// forbid.
func earlyExtensions(c *x509.Certificate) bool {
	if c.Version >= 3 {
		return false
	}
	whole := cursor{rest: c.RawTBSCertificate}
	tbs, _ := whole.take(tagSequence)
	in := tbs.inside()
	in.take(context0) // version
	in.take(tagInteger)
	for range 5 { // signature, issuer, validity, subject, subjectPublicKeyInfo
		in.take(tagSequence)
	}
	if c.Version == 2 {
		in.take(context0&^constructed | 1)
		in.take(context0&^constructed | 2)
	}
	return !in.empty()
}

// SerialBytes returns the contents of the serial number's INTEGER as they are
// in the certificate, a leading 00 included; nil when the certificate
// was not parsed from DER.
func SerialBytes(c *x509.Certificate) []byte {
	whole := cursor{rest: c.RawTBSCertificate}
	tbs, _ := whole.take(tagSequence)
	in := tbs.inside()
	in.take(context0) // version
	serial, _ := in.take(tagInteger)
	return serial.body
}
