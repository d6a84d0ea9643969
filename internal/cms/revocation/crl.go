package revocation

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"sync"

	"golang.org/x/crypto/cryptobyte"
	cryptobyte_asn1 "golang.org/x/crypto/cryptobyte/asn1"
)

var errUnreadable = errors.New("revocation: not readable")

// crl is a CRL that has been read.
type crl struct {
	*x509.RevocationList
	entries  map[string]int // by the serial's octets
	scope    scope
	unusable bool     // it has a critical extension that is not understood
	verified sync.Map // by digest of the issuer's certificate: whether it signed
}

func readCRL(raw []byte) (*crl, error) {
	if block, rest := pem.Decode(raw); block != nil && block.Type == "X509 CRL" && len(bytes.TrimSpace(rest)) == 0 {
		raw = block.Bytes
	}
	list, err := x509.ParseRevocationList(raw)
	if err != nil {
		return nil, errUnreadable
	}
	c := &crl{RevocationList: list, entries: make(map[string]int, len(list.RevokedCertificateEntries))}
	for i, entry := range list.RevokedCertificateEntries {
		c.entries[string(entry.SerialNumber.Bytes())] = i
		// RFC 5280 section 5.3: then the CRL must not be used for any certificate.
		c.unusable = c.unusable || hasUnknownCritical(entry.Extensions, oidReason, oidInvalidity)
	}
	// Section 5.2: likewise. A delta CRL is marked by such an extension.
	c.unusable = c.unusable || hasUnknownCritical(list.Extensions, oidIssuingPoint, oidCRLNumber, oidAuthorityKey)
	if !c.scope.read(list.Extensions) {
		c.unusable = true
	}
	return c, nil
}

var (
	oidReason       = asn1.ObjectIdentifier{2, 5, 29, 21}
	oidInvalidity   = asn1.ObjectIdentifier{2, 5, 29, 24}
	oidIssuingPoint = asn1.ObjectIdentifier{2, 5, 29, 28}
	oidCRLNumber    = asn1.ObjectIdentifier{2, 5, 29, 20}
	oidAuthorityKey = asn1.ObjectIdentifier{2, 5, 29, 35}
	oidCRLPoints    = asn1.ObjectIdentifier{2, 5, 29, 31}
)

func hasUnknownCritical(extensions []pkix.Extension, known ...asn1.ObjectIdentifier) bool {
	for _, e := range extensions {
		if e.Critical && !containsOID(known, e.Id) {
			return true
		}
	}
	return false
}

func containsOID(list []asn1.ObjectIdentifier, oid asn1.ObjectIdentifier) bool {
	for _, other := range list {
		if other.Equal(oid) {
			return true
		}
	}
	return false
}

// speaksFor reports whether the CRL is the issuer's own word on certificates
// like this one (RFC 5280 section 6.3.3).
func (c *crl) speaksFor(q *question) bool {
	return !c.unusable &&
		bytes.Equal(c.RawIssuer, q.issuer.RawSubject) &&
		c.scope.covers(q.certificate) &&
		c.signedBy(q.issuer)
}

// signedBy checks the signature, once for each issuer: a CRL may be large. Only
// issuers in a chain to a trusted root are asked about, so they are few.
func (c *crl) signedBy(issuer *x509.Certificate) bool {
	key := sha256.Sum256(issuer.Raw)
	if known, ok := c.verified.Load(key); ok {
		return known.(bool)
	}
	ok := !weak(c.SignatureAlgorithm) && c.CheckSignatureFrom(issuer) == nil
	c.verified.Store(key, ok)
	return ok
}

// weak names what crypto/x509 still takes for CRLs.
func weak(algorithm x509.SignatureAlgorithm) bool {
	return algorithm == x509.SHA1WithRSA || algorithm == x509.ECDSAWithSHA1
}

// statement returns what the CRL says of the certificate. Without nextUpdate it
// is never current.
func (c *crl) statement(certificate *x509.Certificate) statement {
	s := statement{from: c.ThisUpdate, until: c.NextUpdate}
	if i, ok := c.entries[string(certificate.SerialNumber.Bytes())]; ok {
		entry := c.RevokedCertificateEntries[i]
		s.since, s.reason = entry.RevocationTime, entry.ReasonCode
		s.revoked = s.reason != removeFromCRL
	}
	return s
}

// scope is which certificates a CRL is about (RFC 5280 section 5.2.5).
type scope struct {
	onlyPeople, onlyAuthorities bool
	points                      [][]byte // GeneralNames; nil when it is about all
}

// read reads IssuingDistributionPoint, and reports false for a CRL that cannot
// say that a certificate is good: one of attribute certificates, of some
// reasons only, or with entries of other issuers.
func (s *scope) read(extensions []pkix.Extension) bool {
	for _, e := range extensions {
		if !e.Id.Equal(oidIssuingPoint) {
			continue
		}
		var point struct {
			Point      asn1.RawValue  `asn1:"optional,tag:0"`
			People     bool           `asn1:"optional,tag:1"`
			Authority  bool           `asn1:"optional,tag:2"`
			Reasons    asn1.BitString `asn1:"optional,tag:3"`
			Indirect   bool           `asn1:"optional,tag:4"`
			Attributes bool           `asn1:"optional,tag:5"`
		}
		rest, err := asn1.Unmarshal(e.Value, &point)
		if err != nil || len(rest) > 0 || point.Reasons.BitLength > 0 || point.Indirect || point.Attributes {
			return false
		}
		s.onlyPeople, s.onlyAuthorities = point.People, point.Authority
		if len(point.Point.FullBytes) > 0 {
			if s.points = fullNames(point.Point.Bytes); s.points == nil {
				return false
			}
		}
	}
	return true
}

// covers reports whether the certificate is within the scope: of the right
// kind, and pointing to one of the CRL's own distribution points.
func (s *scope) covers(certificate *x509.Certificate) bool {
	if s.onlyPeople && certificate.IsCA || s.onlyAuthorities && !certificate.IsCA {
		return false
	}
	if s.points == nil {
		return true
	}
	for _, named := range distributionPoints(certificate) {
		for _, own := range s.points {
			if bytes.Equal(named, own) {
				return true
			}
		}
	}
	return false
}

var (
	tag0 = cryptobyte_asn1.Tag(0).Constructed().ContextSpecific()
)

// fullNames returns the GeneralNames of a DistributionPointName, each in its
// encoding; nil when it has none.
func fullNames(name []byte) [][]byte {
	in := cryptobyte.String(name)
	var names cryptobyte.String
	if !in.ReadASN1(&names, tag0) || !in.Empty() {
		return nil
	}
	var all [][]byte
	for !names.Empty() {
		var one cryptobyte.String
		var tag cryptobyte_asn1.Tag
		if !names.ReadAnyASN1Element(&one, &tag) {
			return nil
		}
		all = append(all, one)
	}
	return all
}

// distributionPoints returns the names in the certificate's
// cRLDistributionPoints (RFC 5280 section 4.2.1.13).
func distributionPoints(certificate *x509.Certificate) [][]byte {
	var all [][]byte
	for _, e := range certificate.Extensions {
		if !e.Id.Equal(oidCRLPoints) {
			continue
		}
		in := cryptobyte.String(e.Value)
		var points cryptobyte.String
		if !in.ReadASN1(&points, cryptobyte_asn1.SEQUENCE) {
			return nil
		}
		for !points.Empty() {
			var point, name cryptobyte.String
			var there bool
			if !points.ReadASN1(&point, cryptobyte_asn1.SEQUENCE) || !point.ReadOptionalASN1(&name, &there, tag0) {
				return all
			}
			all = append(all, fullNames(name)...)
		}
	}
	return all
}
