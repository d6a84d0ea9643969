package kakaocerttest

import (
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/ocsp"
)

// pkiPath is where the service publishes certificates, CRLs and OCSP answers:
// root.pem, root.cer, ca.cer, root.crl, ca.crl, ocsp by POST and GET (RFC 6960,
// appendix A), and time stamps at tsa by POST (RFC 3161 section 3.4). No key is
// needed.
const pkiPath = "/_pki/"

// currentFor is how long a CRL and an OCSP answer are current.
const currentFor = 24 * time.Hour

func (a *authority) revoke(serial *big.Int, at time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.revoked = append(a.revoked, x509.RevocationListEntry{SerialNumber: serial, RevocationTime: at, ReasonCode: ocsp.CessationOfOperation})
}

func (a *authority) revocation(serial *big.Int) (entry x509.RevocationListEntry, found bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	i := slices.IndexFunc(a.revoked, func(e x509.RevocationListEntry) bool { return e.SerialNumber.Cmp(serial) == 0 })
	if i < 0 {
		return entry, false
	}
	return a.revoked[i], true
}

// Revoke revokes the certificate with which the user with this phone number
// signs, from now on by the clock, or returns [ErrNoUser]. The next signature
// uses a new certificate.
func (s *Service) Revoke(phone string) error {
	a := s.users.withPhone(phone)
	if a == nil {
		return ErrNoUser
	}
	now := s.clock.Now()
	serial := s.credential(a, now).serial
	s.authority.revoke(serial, now)
	a.certMu.Lock()
	defer a.certMu.Unlock()
	a.cert = s.newCredential(a, newSerial(serial.BitLen()%8 != 0), now.Add(-24*time.Hour), now.Add(3*year))
	return nil
}

// CRL returns the issuing CA's list of revoked certificates, as DER, current
// for a day by the clock.
func (s *Service) CRL() ([]byte, error) {
	s.authority.mu.Lock()
	revoked := slices.Clone(s.authority.revoked)
	s.authority.mu.Unlock()
	return s.authority.issuing.crl(revoked, s.clock.Now())
}

// RootCRL returns the root CA's list, as DER, which is empty.
func (s *Service) RootCRL() ([]byte, error) {
	return s.authority.root.crl(nil, s.clock.Now())
}

func (i *issuer) crl(revoked []x509.RevocationListEntry, now time.Time) ([]byte, error) {
	raw, err := x509.CreateRevocationList(rand.Reader, &x509.RevocationList{
		Number:                    big.NewInt(now.UnixNano()),
		ThisUpdate:                now,
		NextUpdate:                now.Add(currentFor),
		RevokedCertificateEntries: revoked,
	}, i.cert, i.key)
	if err != nil {
		return nil, fmt.Errorf("kakaocerttest: CRL: %w", err)
	}
	return raw, nil
}

// OCSP answers a request (RFC 6960, DER) about a certificate of the issuing or
// the root CA: revoked, good, or, for a certificate of another CA,
// unauthorized. The CA itself signs.
func (s *Service) OCSP(request []byte) ([]byte, error) {
	asked, err := ocsp.ParseRequest(request)
	if err != nil {
		return ocsp.MalformedRequestErrorResponse, nil
	}
	by := s.authority.issuing
	if !by.isMeant(asked) {
		by = s.authority.root
	}
	if !by.isMeant(asked) {
		return ocsp.UnauthorizedErrorResponse, nil
	}
	now := s.clock.Now()
	template := ocsp.Response{
		Status: ocsp.Good, SerialNumber: asked.SerialNumber, IssuerHash: asked.HashAlgorithm,
		ThisUpdate: now, NextUpdate: now.Add(currentFor),
	}
	if entry, found := s.authority.revocation(asked.SerialNumber); found && by == s.authority.issuing {
		template.Status, template.RevokedAt, template.RevocationReason = ocsp.Revoked, entry.RevocationTime, entry.ReasonCode
	}
	raw, err := ocsp.CreateResponse(by.cert, by.cert, template, by.key)
	if err != nil {
		return nil, fmt.Errorf("kakaocerttest: OCSP: %w", err)
	}
	return raw, nil
}

// isMeant compares the request's hashes of the issuer's name and key (RFC 6960,
// section 4.1.1).
func (i *issuer) isMeant(r *ocsp.Request) bool {
	if r.HashAlgorithm != crypto.SHA1 && r.HashAlgorithm != crypto.SHA256 {
		return false
	}
	public, err := i.key.PublicKey.Bytes()
	if err != nil {
		return false
	}
	hash := func(b []byte) []byte {
		h := r.HashAlgorithm.New()
		h.Write(b)
		return h.Sum(nil)
	}
	return slices.Equal(hash(i.cert.RawSubject), r.IssuerNameHash) && slices.Equal(hash(public), r.IssuerKeyHash)
}

func (s *Service) servePKI(r *http.Request) reply {
	name := strings.TrimPrefix(r.URL.Path, pkiPath)
	if encoded, isOCSP := strings.CutPrefix(name, "ocsp"); isOCSP {
		return s.serveOCSP(r, encoded)
	}
	if name == "tsa" {
		return s.serveStamp(r)
	}
	if r.Method != http.MethodGet {
		return plainReply(http.StatusMethodNotAllowed, "method not allowed\n")
	}
	switch name {
	case "root.pem":
		return textReply(http.StatusOK, "application/x-pem-file", string(s.RootPEM()))
	case "root.cer":
		return textReply(http.StatusOK, "application/pkix-cert", string(s.authority.root.cert.Raw))
	case "ca.cer":
		return textReply(http.StatusOK, "application/pkix-cert", string(s.authority.issuing.cert.Raw))
	case "ca.crl":
		return rawReply("application/pkix-crl", s.CRL)
	case "root.crl":
		return rawReply("application/pkix-crl", s.RootCRL)
	}
	return plainReply(http.StatusNotFound, "no such path\n")
}

func rawReply(contentType string, make func() ([]byte, error)) reply {
	raw, err := make()
	if err != nil {
		return plainReply(http.StatusInternalServerError, err.Error()+"\n")
	}
	return textReply(http.StatusOK, contentType, string(raw))
}

const maxOCSPRequest = 64 << 10

func (s *Service) serveOCSP(r *http.Request, encoded string) reply {
	var request []byte
	var err error
	switch r.Method {
	case http.MethodPost:
		request, err = io.ReadAll(io.LimitReader(r.Body, maxOCSPRequest))
	case http.MethodGet:
		request, err = base64.StdEncoding.DecodeString(strings.TrimPrefix(encoded, "/"))
	default:
		return plainReply(http.StatusMethodNotAllowed, "method not allowed\n")
	}
	if err != nil {
		return plainReply(http.StatusBadRequest, "not an OCSP request\n")
	}
	return rawReply("application/ocsp-response", func() ([]byte, error) { return s.OCSP(request) })
}
