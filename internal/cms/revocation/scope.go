package revocation

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"slices"

	"golang.org/x/crypto/cryptobyte"
	cryptobyte_asn1 "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/kakaocert-go/kakaocert/internal/cms"
)

// scope is which certificates a CRL is about (RFC 5280 section 5.2.5).
type scope struct {
	onlyPeople, onlyAuthorities bool
	indirect                    bool     // entries may be of other issuers' certificates
	attributes                  bool     // it is about attribute certificates only
	points                      [][]byte // GeneralNames; nil when it is about all
}

// read reads IssuingDistributionPoint, and reports false for a CRL that cannot
// say that a certificate is good: one of attribute certificates, of some
// reasons only, or with entries of other issuers.
func (s *scope) read(extensions []pkix.Extension) bool {
	value := extension(extensions, oidIssuingPoint)
	if value == nil {
		return !hasExtension(extensions, oidIssuingPoint)
	}
	var point struct {
		Point      asn1.RawValue  `asn1:"optional,tag:0"`
		People     bool           `asn1:"optional,tag:1"`
		Authority  bool           `asn1:"optional,tag:2"`
		Reasons    asn1.BitString `asn1:"optional,tag:3"`
		Indirect   bool           `asn1:"optional,tag:4"`
		Attributes bool           `asn1:"optional,tag:5"`
	}
	if rest, err := asn1.Unmarshal(value, &point); err != nil || len(rest) > 0 {
		return false
	}
	s.onlyPeople, s.onlyAuthorities = point.People, point.Authority
	s.indirect, s.attributes = point.Indirect, point.Attributes
	if len(point.Point.FullBytes) > 0 {
		if s.points = fullNames(point.Point.Bytes); s.points == nil {
			return false
		}
	}
	return point.Reasons.BitLength == 0 && !point.Indirect && !point.Attributes
}

// covers reports whether the certificate is within the scope: of the right
// kind, and pointing to one of the CRL's own distribution points.
func (s *scope) covers(certificate *x509.Certificate) bool {
	authority := certificate.BasicConstraintsValid && certificate.IsCA
	if s.onlyPeople && authority || s.onlyAuthorities && !authority {
		return false
	}
	if s.points == nil {
		return true
	}
	return slices.ContainsFunc(readPoints(certificate), func(p point) bool {
		return p.issuers == nil && slices.ContainsFunc(p.names, func(name []byte) bool {
			return slices.ContainsFunc(s.points, func(own []byte) bool { return bytes.Equal(name, own) })
		})
	})
}

var (
	oidCRLPoints = asn1.ObjectIdentifier{2, 5, 29, 31}

	tag0 = cryptobyte_asn1.Tag(0).Constructed().ContextSpecific()
	tag1 = cryptobyte_asn1.Tag(1).ContextSpecific()
	tag2 = cryptobyte_asn1.Tag(2).Constructed().ContextSpecific()

	tagURI  = cryptobyte_asn1.Tag(6).ContextSpecific()
	tagName = cryptobyte_asn1.Tag(4).Constructed().ContextSpecific()
)

// point is one DistributionPoint of a certificate (RFC 5280 section 4.2.1.13).
// Its names are alternatives: each leads to the same list.
type point struct {
	names   [][]byte // GeneralNames, each in its encoding
	issuers [][]byte // cRLIssuer, likewise
}

// readPoints reads cRLDistributionPoints as far as it can be read.
func readPoints(certificate *x509.Certificate) (all []point) {
	in := cryptobyte.String(extension(certificate.Extensions, oidCRLPoints))
	var points cryptobyte.String
	if !in.ReadASN1(&points, cryptobyte_asn1.SEQUENCE) {
		return nil
	}
	for !points.Empty() {
		var one, name, issuers cryptobyte.String
		var named, foreign bool
		if !points.ReadASN1(&one, cryptobyte_asn1.SEQUENCE) || !one.ReadOptionalASN1(&name, &named, tag0) ||
			!one.SkipOptionalASN1(tag1) || !one.ReadOptionalASN1(&issuers, &foreign, tag2) {
			return all
		}
		all = append(all, point{names: fullNames(name), issuers: elements(issuers)})
	}
	return all
}

// fullNames returns the GeneralNames of a DistributionPointName, each in its
// encoding; nil when it has none.
func fullNames(name []byte) [][]byte {
	in := cryptobyte.String(name)
	var names cryptobyte.String
	if !in.ReadASN1(&names, tag0) || !in.Empty() {
		return nil
	}
	return elements(names)
}

func elements(in cryptobyte.String) (all [][]byte) {
	for !in.Empty() {
		var one cryptobyte.String
		var tag cryptobyte_asn1.Tag
		if !in.ReadAnyASN1Element(&one, &tag) {
			return nil
		}
		all = append(all, one)
	}
	return all
}

// Addresses returns where the certificate says that its CRLs are: for each
// distribution point, URIs of the same list.
func Addresses(certificate *x509.Certificate) (all [][]string) {
	if uris := certificate.CRLDistributionPoints; len(uris) == 1 { // of one point
		return [][]string{uris}
	}
	for _, p := range readPoints(certificate) {
		var uris []string
		for _, name := range p.names {
			in := cryptobyte.String(name)
			var uri cryptobyte.String
			if in.ReadASN1(&uri, tagURI) {
				uris = append(uris, string(uri))
			}
		}
		if len(uris) > 0 {
			all = append(all, uris)
		}
	}
	return all
}

// namesCRLIssuer reports whether the certificate says that this other authority
// issues a list about it.
func namesCRLIssuer(certificate *x509.Certificate, name []byte) bool {
	return slices.ContainsFunc(readPoints(certificate), func(p point) bool {
		return slices.ContainsFunc(p.issuers, func(encoded []byte) bool {
			in := cryptobyte.String(encoded)
			var inner cryptobyte.String
			return in.ReadASN1(&inner, tagName) && sameName(inner, name)
		})
	})
}

func sameName(a, b []byte) bool { return cms.SameName(a, b) }
