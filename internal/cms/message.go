package cms

import (
	"crypto/x509"
	"slices"
)

// DefaultMaxSize is how many bytes a message may have unless said otherwise.
const DefaultMaxSize = 1 << 20

// maxCertificates is how many certificates, and how many CRLs, a message may
// contain.
const maxCertificates = 32

// MaxSigners bounds what is read; how many are allowed is the caller's to say.
const MaxSigners = 16

// Message is a SignedData (RFC 5652 section 5.1) that has been read. Nothing in
// it has been verified.
type Message struct {
	Raw          []byte        // as received
	BER          bool          // Raw is not DER
	ContentType  []byte        // OID
	Attached     bool          // there is content
	Content      []byte        // its bytes
	Digests      []Algorithm   // announced in front of the content
	Certificates []Certificate // material, not trust
	OtherKinds   int           // attribute certificates and the like, which are passed over
	CRLs         [][]byte      // likewise
	Signers      []SignerInfo

	passed []element // what was passed over
	memory *memory   // of authorities that were read before
}

// Certificate is a certificate as it lies in a message.
type Certificate struct {
	Raw  []byte
	X509 *x509.Certificate // nil where it was not DER or could not be read

	beyond bool // it has a certificate's form, but crypto/x509 does not read it
}

// Algorithm is an AlgorithmIdentifier.
type Algorithm struct {
	OID        []byte
	Parameters []byte // whole element; nil when absent
}

// SignerInfo is one signer's part (RFC 5652 section 5.3).
type SignerInfo struct {
	Version            []byte
	Issuer             []byte // Name, when the signer is named by issuer and serial
	Serial             []byte // contents of the INTEGER
	SubjectKeyID       []byte // when it is named by that
	Digest             Algorithm
	Attributes         []byte // signed, with the tag [0]; nil when absent
	AttributesDER      bool   // as received
	Signature          []byte
	SignatureAlgorithm Algorithm
	Unsigned           []byte // unsigned attributes, with the tag [1]: never trusted

	attributes element
	unsigned   element
}

// Parse reads a ContentInfo that holds a SignedData, in BER or DER, of at most
// maxSize bytes. The message refers to raw, which must not change after.
func Parse(raw []byte, maxSize int) (*Message, error) { return parse(raw, maxSize, new(memory)) }

func parse(raw []byte, maxSize int, known *memory) (*Message, error) {
	if len(raw) > maxSize {
		return nil, TooLarge
	}
	n, err := normalise(raw)
	if err != nil {
		return nil, err
	}
	m := &Message{Raw: raw, BER: len(n.changed) > 0, memory: known}
	whole := n.cursor()
	body, err := signedData(&whole)
	if err == nil {
		err = m.read(body.inside())
	}
	if len(n.long) > 0 && (err == BadStructure || !m.passesOver(n.long)) {
		return nil, BadTag
	}
	if err != nil {
		return nil, err
	}
	return m, nil
}

// passesOver reports whether all of these offsets are within elements of the
// message that are passed over: unsigned attributes, and certificates and lists
// of other forms than X.509's.
func (m *Message) passesOver(offsets []int) bool {
	for _, at := range offsets {
		if !slices.ContainsFunc(m.passed, func(e element) bool { return at >= e.at && at < e.at+len(e.raw) }) {
			return false
		}
	}
	return true
}

// signedData opens the ContentInfo (RFC 5652 section 3).
func signedData(whole *cursor) (element, error) {
	info, ok := whole.take(tagSequence)
	if !ok {
		return element{}, NotSignedData
	}
	c := info.inside()
	oid, ok := c.take(tagOID)
	if !ok || string(oid.body) != oidSignedData {
		return element{}, NotSignedData
	}
	explicit, ok := c.take(context0)
	if !ok || !c.empty() {
		return element{}, BadStructure
	}
	body, ok := explicit.only(tagSequence)
	if !ok {
		return element{}, BadStructure
	}
	return body, nil
}

// read reads the fields of SignedData (RFC 5652 section 5.1) in their order.
// Certificates, lists and signers are counted before they are decoded.
//
//	SignedData ::= SEQUENCE {
//	  version CMSVersion,
//	  digestAlgorithms DigestAlgorithmIdentifiers,
//	  encapContentInfo EncapsulatedContentInfo,
//	  certificates [0] IMPLICIT CertificateSet OPTIONAL,
//	  crls [1] IMPLICIT RevocationInfoChoices OPTIONAL,
//	  signerInfos SignerInfos }
func (m *Message) read(c cursor) error {
	if _, ok := c.take(tagInteger); !ok { // version: says nothing that the fields do not
		return BadStructure
	}
	digests, ok := c.take(tagSet)
	if !ok || !m.readDigests(digests) {
		return BadStructure
	}
	encapsulated, ok := c.take(tagSequence)
	if !ok || !m.readContent(encapsulated) {
		return BadStructure
	}
	if certificates, ok := c.take(context0); ok {
		if certificates.count() > maxCertificates {
			return TooManyCertificates
		}
		m.readCertificates(certificates)
	}
	if crls, ok := c.take(context1); ok {
		if crls.count() > maxCertificates {
			return TooManyCertificates
		}
		m.readCRLs(crls)
	}
	signers, ok := c.take(tagSet)
	if !ok || !c.empty() {
		return BadStructure
	}
	return m.readSigners(signers)
}

func (m *Message) readDigests(set element) bool {
	if set.count() > MaxSigners {
		return false
	}
	m.Digests = make([]Algorithm, 0, set.count())
	for c := set.inside(); !c.empty(); {
		e, _ := c.next()
		a, ok := readAlgorithm(e, tagSequence)
		if !ok {
			return false
		}
		m.Digests = append(m.Digests, a)
	}
	return true
}

// readContent reads the content and its type (RFC 5652 section 5.2). The bare
// element that PKCS #7 allowed in place of the OCTET STRING is not read.
//
//	EncapsulatedContentInfo ::= SEQUENCE {
//	  eContentType ContentType,
//	  eContent [0] EXPLICIT OCTET STRING OPTIONAL }
//
//	ContentType ::= OBJECT IDENTIFIER
func (m *Message) readContent(e element) bool {
	c := e.inside()
	oid, ok := c.take(tagOID)
	if !ok {
		return false
	}
	m.ContentType = oid.body
	if c.empty() {
		return true
	}
	explicit, ok := c.take(context0)
	if !ok || !c.empty() {
		return false
	}
	data, ok := explicit.only(tagOctetString)
	m.Attached, m.Content = ok, data.body
	return ok
}

// readCertificates keeps what it cannot read as such: one bad certificate
// next to the signer's does not spoil the message (RFC 5652 section 10.2.2).
//
//	CertificateChoices ::= CHOICE {
//	  certificate Certificate,
//	  extendedCertificate [0] IMPLICIT ExtendedCertificate, -- Obsolete
//	  v1AttrCert [1] IMPLICIT AttributeCertificateV1,       -- Obsolete
//	  v2AttrCert [2] IMPLICIT AttributeCertificateV2,
//	  other [3] IMPLICIT OtherCertificateFormat }
func (m *Message) readCertificates(set element) {
	m.Certificates = make([]Certificate, 0, set.count())
	for c := set.inside(); !c.empty(); {
		e, ok := c.next()
		if !ok || e.tag != tagSequence {
			m.OtherKinds++
			m.passed = append(m.passed, e)
			continue
		}
		m.Certificates = append(m.Certificates, m.readCertificate(e))
	}
}

func (m *Message) readCRLs(set element) {
	for c := set.inside(); !c.empty(); {
		e, ok := c.next()
		switch {
		case !ok || e.tag != tagSequence:
			m.passed = append(m.passed, e)
		case e.asReceived():
			m.CRLs = append(m.CRLs, e.raw)
		}
	}
}

func (m *Message) readSigners(set element) error {
	if set.count() > MaxSigners {
		return TooManySigners
	}
	m.Signers = make([]SignerInfo, 0, set.count())
	for c := set.inside(); !c.empty(); {
		e, ok := c.take(tagSequence)
		if !ok {
			return BadStructure
		}
		s, ok := readSignerInfo(e)
		if !ok {
			return BadStructure
		}
		m.passed = append(m.passed, s.unsigned)
		m.Signers = append(m.Signers, s)
	}
	return nil
}

// readSignerInfo reads one signer's part (RFC 5652 section 5.3).
//
//	SignerInfo ::= SEQUENCE {
//	  version CMSVersion,
//	  sid SignerIdentifier,
//	  digestAlgorithm DigestAlgorithmIdentifier,
//	  signedAttrs [0] IMPLICIT SignedAttributes OPTIONAL,
//	  signatureAlgorithm SignatureAlgorithmIdentifier,
//	  signature SignatureValue,
//	  unsignedAttrs [1] IMPLICIT UnsignedAttributes OPTIONAL }
//
//	SignatureValue ::= OCTET STRING
func readSignerInfo(e element) (s SignerInfo, ok bool) {
	c := e.inside()
	version, ok := c.take(tagInteger)
	if !ok {
		return s, false
	}
	s.Version = version.body
	if !s.readIdentifier(&c) {
		return s, false
	}
	digest, _ := c.next()
	if s.Digest, ok = readAlgorithm(digest, tagSequence); !ok {
		return s, false
	}
	if attributes, ok := c.take(context0); ok {
		s.Attributes, s.attributes = attributes.raw, attributes
		s.AttributesDER = attributes.asReceived()
	}
	algorithm, _ := c.next()
	if s.SignatureAlgorithm, ok = readAlgorithm(algorithm, tagSequence); !ok {
		return s, false
	}
	signature, ok := c.take(tagOctetString)
	if !ok {
		return s, false
	}
	s.Signature = signature.body
	if unsigned, ok := c.take(context1); ok {
		s.Unsigned, s.unsigned = unsigned.raw, unsigned
	}
	return s, c.empty()
}

// readIdentifier reads who signed (RFC 5652 sections 5.3 and 10.2.4).
//
//	SignerIdentifier ::= CHOICE {
//	  issuerAndSerialNumber IssuerAndSerialNumber,
//	  subjectKeyIdentifier [0] SubjectKeyIdentifier }
//
//	IssuerAndSerialNumber ::= SEQUENCE {
//	  issuer Name,
//	  serialNumber CertificateSerialNumber }
func (s *SignerInfo) readIdentifier(c *cursor) bool {
	if id, ok := c.take(primitive0); ok {
		s.SubjectKeyID = id.body
		return true
	}
	both, ok := c.take(tagSequence)
	if !ok {
		return false
	}
	in := both.inside()
	issuer, ok := in.take(tagSequence)
	if !ok {
		return false
	}
	serial, ok := in.take(tagInteger)
	s.Issuer, s.Serial = issuer.raw, serial.body
	return ok && in.empty() && len(serial.body) > 0
}

// readAlgorithm reads an AlgorithmIdentifier (RFC 5280 section 4.1.1.2) under
// the given tag.
func readAlgorithm(e element, tag byte) (a Algorithm, ok bool) {
	if e.tag != tag {
		return a, false
	}
	c := e.inside()
	oid, ok := c.take(tagOID)
	if !ok {
		return a, false
	}
	a.OID = oid.body
	if !c.empty() {
		parameters, _ := c.next()
		a.Parameters = parameters.raw
	}
	return a, c.empty()
}
