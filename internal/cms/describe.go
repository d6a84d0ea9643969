package cms

import (
	"crypto/x509"
	"encoding/hex"
	"time"
)

// Description is what a message says of itself. Nothing in it was verified.
type Description struct {
	BER           bool
	ContentType   string // dotted
	Attached      bool
	ContentLength int
	Digests       []string // dotted
	Certificates  []*x509.Certificate
	Unreadable    int // certificates that are not DER or not X.509
	CRLs          int
	Signers       []SignerDescription
}

// SignerDescription is one signer's part of it.
type SignerDescription struct {
	Issuer             []byte            // DER of the Name; nil when named by SubjectKeyID
	Serial             string            // bytes in lower-case hex
	SubjectKeyID       string            // likewise
	Certificate        *x509.Certificate // the one it names; nil when there is none, or more
	Digest             string            // dotted
	Signature          string            // algorithm, dotted
	Attributes         []string          // signed, dotted
	UnsignedAttributes []string
	SigningTime        time.Time // a claim; zero when there is none
}

// Describe reads a message without verifying it.
func Describe(raw []byte, maxSize int) (Description, error) {
	m, err := Parse(raw, maxSize)
	if err != nil {
		return Description{}, err
	}
	d := Description{
		BER:           m.BER,
		ContentType:   dotted(m.ContentType),
		Attached:      m.Attached,
		ContentLength: len(m.Content),
		CRLs:          len(m.CRLs),
	}
	for _, a := range m.Digests {
		d.Digests = append(d.Digests, dotted(a.OID))
	}
	for _, c := range m.Certificates {
		if c.X509 == nil {
			d.Unreadable++
		} else {
			d.Certificates = append(d.Certificates, c.X509)
		}
	}
	for i := range m.Signers {
		d.Signers = append(d.Signers, m.describe(&m.Signers[i]))
	}
	return d, nil
}

func (m *Message) describe(s *SignerInfo) SignerDescription {
	d := SignerDescription{
		Issuer:             s.Issuer,
		Serial:             hex.EncodeToString(s.Serial),
		SubjectKeyID:       hex.EncodeToString(s.SubjectKeyID),
		Digest:             dotted(s.Digest.OID),
		Signature:          dotted(s.SignatureAlgorithm.OID),
		Attributes:         attributeTypes(s.Attributes),
		UnsignedAttributes: attributeTypes(s.Unsigned),
	}
	if found, err := m.candidates(s); err == nil && len(found) == 1 {
		d.Certificate = found[0]
	}
	var seen attributeValues
	if s.Attributes != nil && seen.read(s.attributes) == nil && seen.signingTime.found == 1 {
		d.SigningTime, _ = readTime(seen.signingTime.value)
	}
	return d
}

// attributeTypes lists the types in a SET OF Attribute.
func attributeTypes(raw []byte) []string {
	var types []string
	whole := cursor{rest: raw}
	set, _ := whole.next()
	for c := set.inside(); !c.empty(); {
		e, _ := c.next()
		in := e.inside()
		if oid, ok := in.take(tagOID); ok {
			types = append(types, dotted(oid.body))
		}
	}
	return types
}

// maxOID is far above the length of any OID in use. A number as long as a message
// would take seconds to write in decimal.
const maxOID = 64

// dotted writes an OID's bytes as numbers, and bytes that are not an OID as hex, as
// far as they are of use.
func dotted(oid []byte) string {
	if len(oid) > maxOID {
		return hex.EncodeToString(oid[:maxOID]) + "..."
	}
	var parsed x509.OID
	if err := parsed.UnmarshalBinary(oid); err != nil {
		return hex.EncodeToString(oid)
	}
	return parsed.String()
}
