package cms

import "crypto/x509"

// DefaultMaxSize is how many octets a message may have unless said otherwise.
const DefaultMaxSize = 1 << 20

// maxCertificates is how many certificates, and how many CRLs, a message may
// bring.
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
	Content      []byte        // its octets
	Digests      []Algorithm   // announced in front of the content
	Certificates []Certificate // material, not trust
	OtherKinds   int           // attribute certificates and the like, which are passed over
	CRLs         [][]byte      // likewise
	Signers      []SignerInfo
}

// Certificate is a certificate as it lies in a message.
type Certificate struct {
	Raw  []byte
	X509 *x509.Certificate // nil where it was not DER or could not be read
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
}

// Parse reads a ContentInfo that holds a SignedData, in BER or DER, of at most
// maxSize octets. The message refers to raw, which must not change after.
func Parse(raw []byte, maxSize int) (*Message, error) {
	if len(raw) > maxSize {
		return nil, TooLarge
	}
	n, err := normalise(raw)
	if err != nil {
		return nil, err
	}
	m := &Message{Raw: raw, BER: n.changed != nil}
	whole := cursor{rest: n.der}
	body, err := signedData(&whole)
	if err != nil {
		return nil, err
	}
	if err := m.read(n, body.inside()); err != nil {
		return nil, err
	}
	return m, nil
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

// read reads the fields of SignedData in their order.
func (m *Message) read(n normalised, c cursor) error {
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
		m.readCertificates(n, certificates)
	}
	if crls, ok := c.take(context1); ok {
		if crls.count() > maxCertificates {
			return TooManyCertificates
		}
		m.readCRLs(n, crls)
	}
	signers, ok := c.take(tagSet)
	if !ok || !c.empty() {
		return BadStructure
	}
	return m.readSigners(n, signers)
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

// readContent reads EncapsulatedContentInfo (RFC 5652 section 5.2). The content
// is an OCTET STRING; the bare element that PKCS #7 allowed is not read.
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
	octets, ok := explicit.only(tagOctetString)
	m.Attached, m.Content = ok, octets.body
	return ok
}

// readCertificates keeps what it cannot read as such: one bad certificate
// beside the signer's does not spoil the message (RFC 5652 section 10.2.2).
func (m *Message) readCertificates(n normalised, set element) {
	m.Certificates = make([]Certificate, 0, set.count())
	for c := set.inside(); !c.empty(); {
		e, ok := c.next()
		if !ok || e.tag != tagSequence {
			m.OtherKinds++
			continue
		}
		certificate := Certificate{Raw: e.raw}
		if n.asReceived(e) {
			certificate.X509, _ = x509.ParseCertificate(e.raw)
		}
		m.Certificates = append(m.Certificates, certificate)
	}
}

func (m *Message) readCRLs(n normalised, set element) {
	for c := set.inside(); !c.empty(); {
		e, ok := c.next()
		if ok && e.tag == tagSequence && n.asReceived(e) {
			m.CRLs = append(m.CRLs, e.raw)
		}
	}
}

func (m *Message) readSigners(n normalised, set element) error {
	if set.count() > MaxSigners {
		return TooManySigners
	}
	m.Signers = make([]SignerInfo, 0, set.count())
	for c := set.inside(); !c.empty(); {
		e, ok := c.take(tagSequence)
		if !ok {
			return BadStructure
		}
		s, ok := readSignerInfo(n, e)
		if !ok {
			return BadStructure
		}
		m.Signers = append(m.Signers, s)
	}
	return nil
}

func readSignerInfo(n normalised, e element) (s SignerInfo, ok bool) {
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
		s.AttributesDER = n.asReceived(attributes)
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
		s.Unsigned = unsigned.raw
	}
	return s, c.empty()
}

// readIdentifier reads SignerIdentifier: issuer and serial, or a subject key
// identifier (RFC 5652 section 5.3).
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
