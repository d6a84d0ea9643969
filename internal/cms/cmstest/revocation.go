package cmstest

import (
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"time"

	"golang.org/x/crypto/ocsp"
)

// CRL has the authority revoke certificates. It is current for a day around
// [Now] unless changed.
func (ca *Identity) CRL(revoked []x509.RevocationListEntry, changes ...func(*x509.RevocationList)) []byte {
	template := &x509.RevocationList{
		Number:                    big.NewInt(1),
		ThisUpdate:                Now.Add(-12 * time.Hour),
		NextUpdate:                Now.Add(12 * time.Hour),
		RevokedCertificateEntries: revoked,
	}
	for _, change := range changes {
		change(template)
	}
	der, err := x509.CreateRevocationList(rand.Reader, template, ca.Certificate, ca.Key)
	if err != nil {
		panic(err)
	}
	return der
}

// Revoked is the entry of a certificate in a CRL.
func (ca *Identity) Revoked(since time.Time, reason int) []x509.RevocationListEntry {
	return []x509.RevocationListEntry{{SerialNumber: ca.Certificate.SerialNumber, RevocationTime: since, ReasonCode: reason}}
}

// OCSP answers that the certificate, issued by ca, is good, unless changed. The
// responder signs, and its certificate lies in the answer unless it is ca's.
func (ca *Identity) OCSP(responder, about *Identity, changes ...func(*ocsp.Response)) []byte {
	template := ocsp.Response{
		Status:       ocsp.Good,
		SerialNumber: about.Certificate.SerialNumber,
		ThisUpdate:   Now.Add(-time.Hour),
		NextUpdate:   Now.Add(time.Hour),
		IssuerHash:   crypto.SHA1,
	}
	if responder != ca {
		template.Certificate = responder.Certificate
	}
	for _, change := range changes {
		change(&template)
	}
	der, err := ocsp.CreateResponse(ca.Certificate, responder.Certificate, template, responder.Key)
	if err != nil {
		panic(err)
	}
	return der
}

// ocspOuter and ocspBasic are OCSPResponse and BasicOCSPResponse (RFC 6960 section
// 4.2.1).
type ocspOuter struct {
	Status asn1.Enumerated
	Bytes  struct {
		Type     asn1.ObjectIdentifier
		Response []byte
	} `asn1:"explicit,tag:0"`
}

type ocspBasic struct {
	Signed struct {
		Responder  asn1.RawValue
		ProducedAt time.Time `asn1:"generalized"`
		Responses  []asn1.RawValue
		Extensions []pkix.Extension `asn1:"explicit,tag:1,optional,omitempty"`
	}
	Algorithm    pkix.AlgorithmIdentifier
	Signature    asn1.BitString
	Certificates []asn1.RawValue `asn1:"explicit,tag:0,optional"`
}

// MergeOCSP signs one answer with what several answers say. The responder has an
// ECDSA key and made each of them.
func MergeOCSP(responder *Identity, answers ...[]byte) []byte {
	outer, merged := readOCSP(answers[0])
	for _, raw := range answers[1:] {
		_, one := readOCSP(raw)
		merged.Signed.Responses = append(merged.Signed.Responses, one.Signed.Responses...)
	}
	return signOCSP(responder, outer, merged)
}

// ExtendOCSP adds an extension to the whole of an answer, and signs it. The
// responder has an ECDSA key.
func ExtendOCSP(responder *Identity, answer []byte, extension pkix.Extension) []byte {
	outer, basic := readOCSP(answer)
	basic.Signed.Extensions = append(basic.Signed.Extensions, extension)
	return signOCSP(responder, outer, basic)
}

func readOCSP(answer []byte) (outer ocspOuter, basic ocspBasic) {
	parse(answer, &outer)
	parse(outer.Bytes.Response, &basic)
	return outer, basic
}

func signOCSP(responder *Identity, outer ocspOuter, basic ocspBasic) []byte {
	digest := sha256.Sum256(derOf(basic.Signed))
	signature, err := responder.Key.Sign(rand.Reader, digest[:], crypto.SHA256)
	if err != nil {
		panic(err)
	}
	basic.Signature = asn1.BitString{Bytes: signature, BitLength: 8 * len(signature)}
	outer.Bytes.Response = derOf(basic)
	return derOf(outer)
}

func parse(der []byte, into any) {
	if rest, err := asn1.Unmarshal(der, into); err != nil || len(rest) > 0 {
		panic("cmstest: not an answer")
	}
}

func derOf(value any) []byte {
	der, err := asn1.Marshal(value)
	if err != nil {
		panic(err)
	}
	return der
}
