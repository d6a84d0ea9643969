package kakaocerttest_test

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mozilla.org/pkcs7"
	"golang.org/x/crypto/ocsp"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// Made with Java's MessageDigest and BigInteger.toByteArray.
func TestVIDVectors(t *testing.T) {
	t.Parallel()
	for serial, want := range map[string]string{
		"01":               "063f0e4e6060a87e9141d2b080085d37310e0ccdc33c98239cc1da89a9dbeaae",
		"7f":               "ffde945a051679c1010fe9f487d0bfd76146020bcc3e4a765767631959f4ebec",
		"80":               "cbc1507095123a88d2753456e4760b4c91dcb4db6c52dfcfa3cab6f1d32da72f",
		"f1e2d3c4b5a69788": "e3e55ba787fbc46d690a7d0ac51b14628d6982371c9dd21cbd66f9bd972b5f98",
		"ffffffffffffffffffffffffffffffffffffffff": "1db34c67888372edab91f87d1dd11e1d9db8c8c446799988d105f4dd56b6253c",
	} {
		t.Run(serial, func(t *testing.T) {
			t.Parallel()
			user := kakaocerttest.DefaultUser()
			user.CI, user.Serial, user.Key = ciOfVectors, serial, kakaocerttest.ECDSA
			s := start(t, kakaocerttest.Contract{}, kakaocerttest.WithUsers(user), kakaocerttest.WithDialect(kakaocerttest.Dialect{IdentityCMS: true}))
			answer := s.ok(path("verify", "K1110T", s.requested("K1110T")), nil)
			assert.Equal(t, want, answer["vid"])
			got := s.certificate(answer["signed_data"]).SerialNumber.Bytes()
			assert.Equal(t, serial, hex.EncodeToString(got))
		})
	}
}

func (s *sim) certificate(signed any) *x509.Certificate {
	s.t.Helper()
	raw, err := base64.StdEncoding.DecodeString(signed.(string))
	require.NoError(s.t, err)
	message, err := pkcs7.Parse(raw)
	require.NoError(s.t, err)
	return message.GetOnlySigner()
}

// signOne lets the default user sign a text and returns the certificate.
func (s *sim) signOne() *x509.Certificate {
	s.t.Helper()
	txID := s.prepared("K3510T")
	s.ok(path("request", "K3510T", ""), fields{"tx_id": txID, "document_type": "TEXT", "data": "text"})
	return s.certificate(s.ok(path("verify", "K3510T", txID), nil)["signed_data"])
}

func TestSerialsWithAndWithoutTopBit(t *testing.T) {
	t.Parallel()
	second := kakaocerttest.User{Name: "김철수", Birthday: "19851224", Phone: "01011112222", Key: kakaocerttest.ECDSA}
	first := kakaocerttest.DefaultUser()
	first.Key = kakaocerttest.ECDSA
	s := start(t, kakaocerttest.Contract{}, kakaocerttest.WithUsers(first, second))
	assert.Equal(t, 128, s.signOne().SerialNumber.BitLen())
	txID := s.ok(path("prepare", "K3510T", ""), s.person(second))["tx_id"]
	s.ok(path("request", "K3510T", ""), fields{"tx_id": txID, "document_type": "TEXT", "data": "text"})
	cert := s.certificate(s.ok(path("verify", "K3510T", txID.(string)), nil)["signed_data"])
	assert.Equal(t, 127, cert.SerialNumber.BitLen())
	assert.Equal(t, "김철수", cert.Subject.CommonName)
}

func TestCertificatesFollowTheClock(t *testing.T) {
	t.Parallel()
	user := kakaocerttest.DefaultUser()
	user.Key = kakaocerttest.ECDSA
	s := start(t, kakaocerttest.Contract{}, kakaocerttest.WithUsers(user))
	first := s.signOne()
	assert.Equal(t, first, s.signOne(), "one certificate for as long as it lasts")
	s.clock.Advance(4 * 365 * 24 * time.Hour)
	second := s.signOne()
	assert.NotEqual(t, first.SerialNumber, second.SerialNumber)
	_, err := second.Verify(x509.VerifyOptions{
		Roots: s.service.Roots(), Intermediates: poolOf(s.service.IssuingCA()),
		CurrentTime: s.clock.Now(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	})
	require.NoError(t, err)
}

func poolOf(certs ...*x509.Certificate) *x509.CertPool {
	pool := x509.NewCertPool()
	for _, c := range certs {
		pool.AddCert(c)
	}
	return pool
}

func fetch(t *testing.T, response *http.Response, err error) []byte {
	t.Helper()
	require.NoError(t, err)
	defer func() { require.NoError(t, response.Body.Close()) }()
	raw, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, response.StatusCode, "%s", raw)
	return raw
}

func TestRevocationOverHTTP(t *testing.T) {
	t.Parallel()
	user := kakaocerttest.DefaultUser()
	user.Key = kakaocerttest.ECDSA
	s := start(t, kakaocerttest.Contract{}, kakaocerttest.WithUsers(user))
	leaf, ca := s.signOne(), s.service.IssuingCA()
	require.Equal(t, []string{s.url + "/_pki/ca.crl"}, leaf.CRLDistributionPoints)
	require.Equal(t, []string{s.url + "/_pki/ocsp"}, leaf.OCSPServer)

	ask := func() *ocsp.Response {
		request, err := ocsp.CreateRequest(leaf, ca, nil)
		require.NoError(t, err)
		posted, err := s.http.Post(leaf.OCSPServer[0], "application/ocsp-request", bytes.NewReader(request))
		byPost, err := ocsp.ParseResponseForCert(fetch(t, posted, err), leaf, ca)
		require.NoError(t, err)
		got, err := s.http.Get(leaf.OCSPServer[0] + "/" + base64.StdEncoding.EncodeToString(request))
		byGet, err := ocsp.ParseResponseForCert(fetch(t, got, err), leaf, ca)
		require.NoError(t, err)
		assert.Equal(t, byPost.Status, byGet.Status)
		return byPost
	}
	list := func() *x509.RevocationList {
		got, err := s.http.Get(leaf.CRLDistributionPoints[0])
		crl, err := x509.ParseRevocationList(fetch(t, got, err))
		require.NoError(t, err)
		require.NoError(t, crl.CheckSignatureFrom(ca))
		return crl
	}
	assert.Equal(t, ocsp.Good, ask().Status)
	assert.Empty(t, list().RevokedCertificateEntries)

	s.clock.Advance(time.Minute)
	require.NoError(t, s.service.Revoke(user.Phone))
	require.Error(t, s.service.Revoke("01000000000"))
	answer := ask()
	assert.Equal(t, ocsp.Revoked, answer.Status)
	assert.True(t, noon.Add(time.Minute).Equal(answer.RevokedAt))
	entries := list().RevokedCertificateEntries
	require.Len(t, entries, 1)
	assert.Equal(t, leaf.SerialNumber, entries[0].SerialNumber)
	assert.NotEqual(t, leaf.SerialNumber, s.signOne().SerialNumber, "the user has a new certificate")

	got, err := s.http.Get(s.url + "/_pki/root.pem")
	assert.Equal(t, s.service.RootPEM(), fetch(t, got, err))
	got, err = s.http.Get(s.url + "/_pki/ca.cer")
	assert.Equal(t, ca.Raw, fetch(t, got, err))
	got, err = s.http.Get(s.url + "/_pki/root.crl")
	_, err = x509.ParseRevocationList(fetch(t, got, err))
	require.NoError(t, err)
}

func TestOCSPRefuses(t *testing.T) {
	t.Parallel()
	service, stranger := kakaocerttest.NewService(), kakaocerttest.NewService() // whose CA has the same name
	raw, err := service.OCSP([]byte("no request"))
	require.NoError(t, err)
	assert.Equal(t, ocsp.MalformedRequestErrorResponse, raw)
	request, err := ocsp.CreateRequest(stranger.IssuingCA(), stranger.IssuingCA(), nil)
	require.NoError(t, err)
	raw, err = service.OCSP(request)
	require.NoError(t, err)
	assert.Equal(t, ocsp.UnauthorizedErrorResponse, raw)
}

func TestService_AuthoritiesNameWhereTheyAnswer(t *testing.T) {
	t.Parallel()
	service := kakaocerttest.NewService()
	server := kakaocerttest.NewServer(t)
	for name, test := range map[string]struct {
		service *kakaocerttest.Service
		config  kakaocert.RevocationFetcherConfig
	}{
		"in process": {service, kakaocert.RevocationFetcherConfig{Transport: service.Transport()}},
		"over TCP":   {server.Service, kakaocert.RevocationFetcherConfig{BaseURL: server.URL}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root, err := x509.ParseCertificate(pemBytes(t, test.service.RootPEM()))
			require.NoError(t, err)
			fetcher, err := kakaocert.NewRevocationFetcher(test.config)
			require.NoError(t, err)
			got, err := fetcher.FetchRevocation(t.Context(), test.service.IssuingCA(), root)
			require.NoError(t, err)
			require.Len(t, got.CRLs, 1)
			require.Len(t, got.OCSP, 1)
			answer, err := ocsp.ParseResponseForCert(got.OCSP[0], test.service.IssuingCA(), root)
			require.NoError(t, err)
			assert.Equal(t, ocsp.Good, answer.Status)
		})
	}
}

func pemBytes(t *testing.T, text []byte) []byte {
	t.Helper()
	block, _ := pem.Decode(text)
	require.NotNil(t, block)
	return block.Bytes
}
