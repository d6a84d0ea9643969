package kakaocerttest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"sync"
	"time"
)

// KeyType is the kind of a user's signing key.
type KeyType string

const (
	RSA   KeyType = "RSA"   // 2048 bits, PKCS #1 v1.5
	ECDSA KeyType = "ECDSA" // P-256
)

// authority is the certification authority of a service: a root, an issuing CA
// below it, and the revoked certificates.
type authority struct {
	root, issuing *issuer

	mu      sync.Mutex
	revoked []x509.RevocationListEntry
}

// issuer is a CA certificate and its key.
type issuer struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

const year = 365 * 24 * time.Hour

func newAuthority(now time.Time, pki string) (*authority, error) {
	root, err := newIssuer("kakaocert simulated root CA", nil, now, pki)
	if err != nil {
		return nil, err
	}
	issuing, err := newIssuer("kakaocert simulated issuing CA", root, now, pki)
	if err != nil {
		return nil, err
	}
	return &authority{root: root, issuing: issuing}, nil
}

// newIssuer makes a CA; without a parent it is a root.
func newIssuer(name string, parent *issuer, now time.Time, pki string) (*issuer, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber:          new(big.Int).SetBytes(append([]byte{1}, random(15)...)),
		Subject:               pkix.Name{Country: []string{"KR"}, Organization: []string{"kakaocert simulator"}, CommonName: name},
		NotBefore:             now.Add(-20 * year),
		NotAfter:              now.Add(30 * year),
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign | x509.KeyUsageDigitalSignature,
		BasicConstraintsValid: true,
		IsCA:                  true,
	}
	self := &issuer{cert: template, key: key}
	if parent == nil {
		parent = self
	} else {
		template.MaxPathLenZero = true
		template.CRLDistributionPoints = []string{pki + "root.crl"}
		template.OCSPServer = []string{pki + "ocsp"}
		template.IssuingCertificateURL = []string{pki + "root.cer"}
	}
	self.cert, err = parent.issue(template, &key.PublicKey)
	return self, err
}

func (i *issuer) issue(template *x509.Certificate, public crypto.PublicKey) (*x509.Certificate, error) {
	raw, err := x509.CreateCertificate(rand.Reader, template, i.cert, public, i.key)
	if err != nil {
		return nil, fmt.Errorf("kakaocerttest: issue certificate: %w", err)
	}
	return x509.ParseCertificate(raw)
}

// leaf issues a user's certificate.
func (a *authority) leaf(name string, serial *big.Int, public crypto.PublicKey, from, until time.Time, pki string) (*x509.Certificate, error) {
	return a.issuing.issue(&x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{Country: []string{"KR"}, Organization: []string{"kakaocert simulator"}, OrganizationalUnit: []string{"KakaoTalk user"}, CommonName: name},
		NotBefore:             from,
		NotAfter:              until,
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment,
		BasicConstraintsValid: true,
		CRLDistributionPoints: []string{pki + "ca.crl"},
		OCSPServer:            []string{pki + "ocsp"},
		IssuingCertificateURL: []string{pki + "ca.cer"},
	}, public)
}

// Roots returns the root certificate as a pool for [kakaocert.NewVerifier].
func (s *Service) Roots() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(s.authority.root.cert)
	return pool
}

// RootPEM returns the root certificate as PEM.
func (s *Service) RootPEM() []byte { return certificatePEM(s.authority.root.cert) }

// IssuingCA returns the certificate that issues the users' certificates. Every
// signed message contains it too.
func (s *Service) IssuingCA() *x509.Certificate { return s.authority.issuing.cert }

func certificatePEM(c *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
}

// credential is a user's certificate and key. The serial number exists from the
// start; the key is made only when something is signed, because making an RSA
// key takes longer than everything else that the service does.
type credential struct {
	serial      *big.Int
	from, until time.Time
	issue       func() (*identity, error) // once
}

// identity is a certificate and key for a signature.
type identity struct {
	cert *x509.Certificate
	key  crypto.Signer
}

func (c *credential) validAt(t time.Time) bool { return !t.Before(c.from) && !t.After(c.until) }

// serialBytes is the content of the serial number's DER INTEGER: with a 00 in
// front when the top bit is set.
func serialBytes(serial *big.Int) []byte {
	data := serial.Bytes()
	if len(data) == 0 || data[0]&0x80 != 0 {
		return append([]byte{0}, data...)
	}
	return data
}

// newSerial is 16 random bytes whose top bit is set or not, as asked.
func newSerial(topBit bool) *big.Int {
	b := random(16)
	b[0] = b[0]&0x7f | 0x40
	if topBit {
		b[0] |= 0x80
	}
	return new(big.Int).SetBytes(b)
}

// newCredential is a certificate for the account that will be valid between two
// times.
func (s *Service) newCredential(a *account, serial *big.Int, from, until time.Time) *credential {
	u := a.get()
	c := &credential{serial: serial, from: from.Truncate(time.Second), until: until.Truncate(time.Second)}
	c.issue = sync.OnceValues(func() (*identity, error) {
		key, err := signingKey(u.Key, a.number)
		if err != nil {
			return nil, err
		}
		cert, err := s.authority.leaf(u.Name, serial, key.Public(), c.from, c.until, s.pkiURL)
		return &identity{cert, key}, err
	})
	return c
}

// credential returns the account's certificate for a signature made at that
// time; when it has expired or was revoked, it makes a new one.
func (s *Service) credential(a *account, at time.Time) *credential {
	a.certMu.Lock()
	defer a.certMu.Unlock()
	if a.cert != nil && a.cert.validAt(at) {
		return a.cert
	}
	serial := newSerial(a.number%2 == 0)
	if a.cert == nil && a.get().Serial != "" {
		serial, _ = parseSerial(a.get().Serial) // was checked when the user was added
	}
	a.cert = s.newCredential(a, serial, at.Add(-24*time.Hour), at.Add(3*year))
	return a.cert
}

// rsaKeys are shared by all services of a process: the first users of two
// services have the same key, but two users of one service never do.
var rsaKeys struct {
	mu   sync.Mutex
	made map[int]func() (*rsa.PrivateKey, error)
}

func signingKey(kind KeyType, number int) (crypto.Signer, error) {
	if kind == ECDSA {
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	}
	rsaKeys.mu.Lock()
	if rsaKeys.made == nil {
		rsaKeys.made = make(map[int]func() (*rsa.PrivateKey, error))
	}
	generate := rsaKeys.made[number]
	if generate == nil {
		generate = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })
		rsaKeys.made[number] = generate
	}
	rsaKeys.mu.Unlock()
	return generate()
}
