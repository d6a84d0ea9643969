package cmstest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"sync/atomic"
	"time"
)

// Now is the moment that tests check at. Certificates are valid around it.
var Now = time.Date(2026, time.June, 1, 12, 0, 0, 0, time.UTC)

// Identity is a certificate with its key.
type Identity struct {
	Certificate *x509.Certificate
	Key         crypto.Signer
}

// Change alters a certificate before it is signed.
type Change func(*x509.Certificate)

var serials atomic.Int64

// RSAKey makes an RSA key.
func RSAKey(bits int) *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		panic(err)
	}
	return key
}

// ECKey makes an ECDSA key.
func ECKey(curve elliptic.Curve) *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		panic(err)
	}
	return key
}

// Root makes a certificate authority that signed its own certificate.
func Root(name string, key crypto.Signer, changes ...Change) *Identity {
	template := Template(name)
	authority(template)
	root := &Identity{Certificate: template, Key: key}
	return root.issue(template, key.Public(), key, changes)
}

// Authority issues the certificate of an authority below ca.
func (ca *Identity) Authority(name string, key crypto.Signer, changes ...Change) *Identity {
	template := Template(name)
	authority(template)
	return ca.issue(template, key.Public(), key, changes)
}

// Person issues a certificate to sign documents with.
func (ca *Identity) Person(key crypto.Signer, changes ...Change) *Identity {
	return ca.issue(Template("홍길동"), key.Public(), key, changes)
}

// PersonWith issues a certificate for a public key whose private key is unknown.
func (ca *Identity) PersonWith(key crypto.PublicKey, changes ...Change) *Identity {
	return ca.issue(Template("홍길동"), key, nil, changes)
}

// Template is a certificate for signing, valid around [Now].
func Template(name string) *x509.Certificate {
	serial := sha256.Sum256(big.NewInt(serials.Add(1)).Bytes())
	serial[0] = 0xf1 // its DER has a leading 00
	return &x509.Certificate{
		SerialNumber:          new(big.Int).SetBytes(serial[:8]),
		Subject:               pkix.Name{Country: []string{"KR"}, Organization: []string{"Example"}, CommonName: name},
		NotBefore:             Now.AddDate(-5, 0, 0),
		NotAfter:              Now.AddDate(70, 0, 0),
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment,
		BasicConstraintsValid: true,
		MaxPathLen:            -1,
	}
}

func authority(template *x509.Certificate) {
	template.IsCA = true
	template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
}

func (ca *Identity) issue(template *x509.Certificate, public crypto.PublicKey, key crypto.Signer, changes []Change) *Identity {
	spki, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		panic(err)
	}
	id := sha256.Sum256(spki)
	template.SubjectKeyId = id[:20]
	for _, change := range changes {
		change(template)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, ca.Certificate, public, ca.Key)
	if err != nil {
		panic(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	return &Identity{Certificate: certificate, Key: key}
}

// PEM returns the certificate as PEM.
func (ca *Identity) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca.Certificate.Raw})
}

// Pool returns a pool of these certificates.
func Pool(ids ...*Identity) *x509.CertPool {
	pool := x509.NewCertPool()
	for _, id := range ids {
		pool.AddCert(id.Certificate)
	}
	return pool
}
