package kakaocert

import (
	"crypto/elliptic"
	"crypto/x509"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ocsp"

	"github.com/kakaocert-go/kakaocert/internal/cms/cmstest"
)

// BenchmarkVerifyRevocation takes the check with revocation, every CRL and OCSP
// answer kept from an earlier check, and the check without in turn.
func BenchmarkVerifyRevocation(b *testing.B) {
	at := func(list, responder string) cmstest.Change {
		return func(c *x509.Certificate) {
			c.CRLDistributionPoints, c.OCSPServer = []string{list}, []string{responder}
		}
	}
	root := cmstest.Root("Example Root", cmstest.RSAKey(2048))
	ca := root.Authority("Example Issuing CA", cmstest.RSAKey(2048), at("http://crl.example/root.crl", "http://ocsp.example/root"))
	person := ca.Person(cmstest.RSAKey(2048), at("http://crl.example/ca.crl", "http://ocsp.example/ca"))
	message := cmstest.New([]byte(revocationContent), cmstest.Settings{}, person, ca).Sign().Encode()
	current := func(l *x509.RevocationList) {
		l.ThisUpdate, l.NextUpdate = time.Now().Add(-time.Hour), time.Now().Add(24*time.Hour)
	}
	good := func(r *ocsp.Response) {
		r.ThisUpdate, r.NextUpdate = time.Now().Add(-time.Hour), time.Now().Add(24*time.Hour)
	}
	var entries []x509.RevocationListEntry
	for range 100 {
		entries = append(entries, ca.Person(cmstest.ECKey(elliptic.P256())).Revoked(time.Now().Add(-time.Hour), 0)...)
	}
	w := &network{answers: map[string]func(*http.Request) *http.Response{
		"http://crl.example/root.crl": says(200, root.CRL(nil, current)),
		"http://crl.example/ca.crl":   says(200, ca.CRL(entries, current)),
		"http://ocsp.example/root":    says(200, root.OCSP(root, ca, good)),
		"http://ocsp.example/ca":      says(200, ca.OCSP(ca, person, good)),
	}}
	fetcher, err := NewRevocationFetcher(RevocationFetcherConfig{Transport: w})
	require.NoError(b, err)
	rule := ExpectContent(revocationContent)
	check := func(option VerifierOption) func() error {
		v, err := NewVerifier(cmstest.Pool(root), option)
		require.NoError(b, err)
		return func() error {
			_, err := v.Verify(message, rule)
			return err
		}
	}
	with, without := check(WithRevocationFetcher(fetcher)), check(UnsafeNoRevocation())
	require.NoError(b, with())
	inTurn(b, with, without, "with/without")
	require.Len(b, w.asked, 4)
}
