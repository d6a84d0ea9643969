package kakaocerttest

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/kakaocert-go/kakaocert/internal/cms/cmstest"
)

// stampingAuthority is the time stamping authority below the issuing CA.
type stampingAuthority struct {
	mu     sync.Mutex
	signer *cmstest.Identity
	serial int
}

// stampPolicy is the policy of the simulator's time stamps, below the arc for
// examples (RFC 9371, appendix A).
var stampPolicy = cmstest.OID(1, 3, 6, 1, 4, 1, 32473, 3161)

// Bits of PKIFailureInfo (RFC 3161 section 2.4.2).
const (
	failBadAlg           = 0
	failBadDataFormat    = 5
	failUnacceptedPolicy = 15
)

// Stamp answers a request for a time stamp (RFC 3161, DER) with the time of the
// clock, as a time stamping authority does: a Service is a timestamp.Authority.
// Trust it by [Service.Roots]. Below /_pki/ it answers by HTTP, at tsa.
func (s *Service) Stamp(_ context.Context, request []byte) ([]byte, error) {
	asked, ok := cmstest.ReadTimeRequest(request)
	if !ok {
		return cmstest.TimeRefusal(failBadDataFormat), nil
	}
	known := false
	for _, hash := range [][]byte{cmstest.SHA256, cmstest.SHA384, cmstest.SHA512} {
		known = known || bytes.Contains(asked.Imprint, hash)
	}
	switch {
	case !known:
		return cmstest.TimeRefusal(failBadAlg), nil
	case asked.Policy != nil && !bytes.Equal(asked.Policy, stampPolicy):
		return cmstest.TimeRefusal(failUnacceptedPolicy), nil
	}
	now := s.clock.Now()
	a := &s.stamping
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.signer == nil || now.Before(a.signer.Certificate.NotBefore) || now.After(a.signer.Certificate.NotAfter) {
		var err error
		if a.signer, err = s.authority.stamper(now, s.pkiURL); err != nil {
			return nil, err
		}
	}
	a.serial++
	info := cmstest.NewTimeInfo(asked.Imprint, now, a.serial)
	info.Policy, info.Nonce = stampPolicy, asked.Nonce
	info.Accuracy = cmstest.TLV(0x30, cmstest.Integer(1))
	issuing := &cmstest.Identity{Certificate: s.authority.issuing.cert, Key: s.authority.issuing.key}
	return cmstest.TimeResponse(cmstest.NewToken(info.Encode(), cmstest.Settings{}, a.signer, issuing).Sign().Encode()), nil
}

// stamper issues the certificate of the time stamping authority.
func (a *authority) stamper(now time.Time, pki string) (*cmstest.Identity, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber:          newSerial(false),
		Subject:               pkix.Name{Country: []string{"KR"}, Organization: []string{"kakaocert simulator"}, CommonName: "kakaocert simulated TSA"},
		NotBefore:             now.Add(-24 * time.Hour),
		NotAfter:              now.Add(10 * year),
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment,
		BasicConstraintsValid: true,
		CRLDistributionPoints: []string{pki + "ca.crl"},
		OCSPServer:            []string{pki + "ocsp"},
		IssuingCertificateURL: []string{pki + "ca.cer"},
	}
	cmstest.ForTimeStamps(template)
	cert, err := a.issuing.issue(template, &key.PublicKey)
	if err != nil {
		return nil, fmt.Errorf("kakaocerttest: time stamping authority: %w", err)
	}
	return &cmstest.Identity{Certificate: cert, Key: key}, nil
}

const maxStampRequest = 64 << 10

func (s *Service) serveStamp(r *http.Request) reply {
	if r.Method != http.MethodPost {
		return plainReply(http.StatusMethodNotAllowed, "method not allowed\n")
	}
	request, err := io.ReadAll(io.LimitReader(r.Body, maxStampRequest))
	if err != nil || r.Header.Get("Content-Type") != "application/timestamp-query" {
		return plainReply(http.StatusBadRequest, "not a request for a time stamp\n")
	}
	return rawReply("application/timestamp-reply", func() ([]byte, error) { return s.Stamp(r.Context(), request) })
}
