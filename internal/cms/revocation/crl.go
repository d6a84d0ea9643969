package revocation

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"math/big"
	"slices"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cryptobyte_asn1 "golang.org/x/crypto/cryptobyte/asn1"
)

var errUnreadable = errors.New("revocation: not readable")

// crl is a CRL that has been read.
type crl struct {
	*x509.RevocationList
	entries map[string][]entry // by the serial number, with its sign
	scope   scope
	// partial says that it cannot say that a certificate is good: it is a delta,
	// or has something critical that is not understood (RFC 5280 sections 5.2 and
	// 5.3), or is about some reasons only or about other issuers' certificates.
	partial bool
	signers verdicts
}

// entry is one that revokes a certificate.
type entry struct {
	issuers [][]byte // Names; nil where they are not known
	since   time.Time
	reason  int
}

// isOf reports whether the entry is about a certificate of this issuer. Without
// a known one it is taken to be: a list would not name it by mistake.
func (e *entry) isOf(issuer []byte) bool {
	return e.issuers == nil || slices.ContainsFunc(e.issuers, func(name []byte) bool { return sameName(name, issuer) })
}

func readCRL(raw []byte) (*crl, error) {
	if block, rest := pem.Decode(raw); block != nil && block.Type == "X509 CRL" && len(bytes.TrimSpace(rest)) == 0 {
		raw = block.Bytes
	}
	list, err := x509.ParseRevocationList(raw)
	if err != nil {
		return nil, errUnreadable
	}
	c := &crl{RevocationList: list, entries: make(map[string][]entry, len(list.RevokedCertificateEntries))}
	c.partial = hasUnknownCritical(list.Extensions, oidIssuingPoint, oidCRLNumber, oidAuthorityKey)
	if !c.scope.read(list.Extensions) {
		c.partial = true
	}
	delta := hasExtension(list.Extensions, oidDelta)
	c.partial = c.partial || delta
	issuers := [][]byte{list.RawIssuer}
	for _, e := range list.RevokedCertificateEntries {
		c.partial = c.partial || hasUnknownCritical(e.Extensions, oidReason, oidInvalidity, oidCertificateIssuer)
		if value := extension(e.Extensions, oidCertificateIssuer); value != nil { // of this entry and those after it
			issuers = directoryNames(value)
			c.partial = true
		}
		if e.ReasonCode == removeFromCRL {
			c.partial = true // and such an entry belongs only in a delta list
			continue
		}
		serial := string(serialKey(e.SerialNumber))
		c.entries[serial] = append(c.entries[serial], entry{issuers: issuers, since: since(&e), reason: e.ReasonCode})
	}
	return c, nil
}

func serialKey(n *big.Int) []byte {
	key := make([]byte, 1+(n.BitLen()+7)/8)
	key[0] = '+'
	if n.Sign() < 0 {
		key[0] = '-'
	}
	n.FillBytes(key[1:])
	return key
}

// since is when the certificate was revoked, or when it is said to have become
// invalid where that is earlier (RFC 5280 section 5.3.2).
func since(e *x509.RevocationListEntry) time.Time {
	value := extension(e.Extensions, oidInvalidity)
	if value == nil {
		return e.RevocationTime
	}
	var invalid time.Time
	if rest, err := asn1.UnmarshalWithParams(value, &invalid, "generalized"); err != nil || len(rest) > 0 {
		return time.Time{} // it says since when, and is not understood: since ever
	}
	if invalid.Before(e.RevocationTime) {
		return invalid
	}
	return e.RevocationTime
}

var (
	oidReason            = asn1.ObjectIdentifier{2, 5, 29, 21}
	oidInvalidity        = asn1.ObjectIdentifier{2, 5, 29, 24}
	oidDelta             = asn1.ObjectIdentifier{2, 5, 29, 27}
	oidIssuingPoint      = asn1.ObjectIdentifier{2, 5, 29, 28}
	oidCertificateIssuer = asn1.ObjectIdentifier{2, 5, 29, 29}
	oidCRLNumber         = asn1.ObjectIdentifier{2, 5, 29, 20}
	oidAuthorityKey      = asn1.ObjectIdentifier{2, 5, 29, 35}
)

func hasUnknownCritical(extensions []pkix.Extension, known ...asn1.ObjectIdentifier) bool {
	return slices.ContainsFunc(extensions, func(e pkix.Extension) bool {
		return e.Critical && !slices.ContainsFunc(known, e.Id.Equal)
	})
}

func extension(extensions []pkix.Extension, oid asn1.ObjectIdentifier) []byte {
	for _, e := range extensions {
		if e.Id.Equal(oid) {
			return e.Value
		}
	}
	return nil
}

func hasExtension(extensions []pkix.Extension, oid asn1.ObjectIdentifier) bool {
	return slices.ContainsFunc(extensions, func(e pkix.Extension) bool { return e.Id.Equal(oid) })
}

// directoryNames returns the Names among GeneralNames; nil where there is none, or
// where they cannot be read.
func directoryNames(names []byte) (all [][]byte) {
	in := cryptobyte.String(names)
	var list cryptobyte.String
	if !in.ReadASN1(&list, cryptobyte_asn1.SEQUENCE) || !in.Empty() {
		return nil
	}
	for !list.Empty() {
		var one, name cryptobyte.String
		var tag cryptobyte_asn1.Tag
		if !list.ReadAnyASN1(&one, &tag) {
			return nil
		}
		if tag == tagName && one.ReadASN1Element(&name, cryptobyte_asn1.SEQUENCE) && one.Empty() {
			all = append(all, name)
		}
	}
	return all
}

// signedBy checks the signature, once for each signer: a CRL may be large. Only
// certificates that chain to a trusted root are asked about, so they are few.
func (c *crl) signedBy(signer *x509.Certificate) bool {
	return c.signers.of(signer, func() bool {
		return (signer.KeyUsage == 0 || signer.KeyUsage&x509.KeyUsageCRLSign != 0) && !weak(c.SignatureAlgorithm) &&
			signer.CheckSignature(c.SignatureAlgorithm, c.RawTBSRevocationList, c.Signature) == nil
	})
}

// weak names what crypto/x509 has taken for CRLs.
func weak(algorithm x509.SignatureAlgorithm) bool {
	return algorithm == x509.SHA1WithRSA || algorithm == x509.ECDSAWithSHA1
}

// statements returns what the CRL says of the certificate: each of its entries,
// and that it is not revoked where the list may say that and no entry counts
// yet. Without nextUpdate it is never current.
func (c *crl) statements(certificate *x509.Certificate, mayClear bool) (said []statement) {
	if c.scope.attributes {
		return nil
	}
	clears := mayClear && !c.partial && c.scope.covers(certificate) && bytes.Equal(c.RawIssuer, certificate.RawIssuer)
	for _, e := range c.entries[string(serialKey(certificate.SerialNumber))] {
		if e.isOf(certificate.RawIssuer) {
			said = append(said, statement{from: c.ThisUpdate, until: c.NextUpdate, clears: clears, revoked: true, since: e.since, reason: e.reason})
		}
	}
	if len(said) == 0 && clears {
		said = append(said, statement{from: c.ThisUpdate, until: c.NextUpdate, clears: true})
	}
	return said
}
