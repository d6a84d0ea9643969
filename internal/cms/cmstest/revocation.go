package cmstest

import (
	"crypto"
	"crypto/rand"
	"crypto/x509"
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
