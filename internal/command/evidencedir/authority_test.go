package evidencedir

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/internal/command/call"
	"github.com/kakaocert-go/kakaocert/internal/command/call/calltest"
)

// The secrets that no output may contain.
const (
	tsaUser  = "bank:비밀번호:1"
	tsaToken = "token-1"
)

// demanding is the simulator's authority behind a check of who asks.
func demanding(t *testing.T, h *calltest.Host, knows func(*http.Request) bool) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !knows(r) {
			http.Error(w, "who are you?", http.StatusUnauthorized)
			return
		}
		r.URL.Path = "/_pki/tsa"
		h.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server
}

func assertNoSecret(t *testing.T, got calltest.Called) {
	t.Helper()
	for _, secret := range []string{"비밀번호", tsaToken, "YmFuazr"} { // the last is Base64
		assert.NotContains(t, got.Out+got.Errors, secret)
	}
}

func TestEvidenceCheckpoint_LogsInAtTheAuthority(t *testing.T) {
	t.Parallel()
	h := calltest.NewHost(t)
	dir, roots := signedAt(t, h, "off")
	server := demanding(t, h, func(r *http.Request) bool {
		user, password, _ := r.BasicAuth()
		return user+":"+password == tsaUser || r.Header.Get("Authorization") == "Bearer "+tsaToken && r.Header.Get("X-Contract") == "7"
	})
	server.Start()
	user := calltest.Write(t, "user", []byte(tsaUser+"\r\n"))
	wrong := calltest.Write(t, "wrong", []byte("bank:other\n"))
	header := calltest.Write(t, "header", []byte("\ufeffauthorization: Bearer "+tsaToken+"\n\nX-Contract:7"))
	args := []string{"evidence", "checkpoint", dir, "--origin", "bank.example", "--sign-key", signKey(t), "--tsa-url", server.URL, "--tsa-roots", roots}
	for name, c := range map[string]struct {
		environ []string
		flags   []string
		code    int
	}{
		"nothing":                       {nil, nil, call.ExitNo},
		"another password":              {nil, []string{"--tsa-user-file", wrong}, call.ExitNo},
		"a user in a file":              {nil, []string{"--tsa-user-file", user}, call.ExitDone},
		"a user in a variable":          {[]string{"KAKAOCERT_TSA_USER=" + tsaUser}, nil, call.ExitDone},
		"a file instead of a variable":  {[]string{"KAKAOCERT_TSA_USER=bank:other"}, []string{"--tsa-user-file", user}, call.ExitDone},
		"headers in a file":             {nil, []string{"--tsa-header-file", header}, call.ExitDone},
		"headers in a variable":         {[]string{"KAKAOCERT_TSA_HEADER=Authorization: Bearer " + tsaToken + "\nX-Contract: 7"}, nil, call.ExitDone},
		"two of them":                   {nil, []string{"--tsa-header-file", header, "--tsa-user-file", user}, call.ExitWrong},
		"no password":                   {[]string{"KAKAOCERT_TSA_USER=" + tsaToken}, nil, call.ExitWrong},
		"two lines for one":             {[]string{"KAKAOCERT_TSA_USER=" + tsaUser + "\n" + tsaUser}, nil, call.ExitWrong},
		"no header":                     {[]string{"KAKAOCERT_TSA_HEADER=" + tsaToken}, nil, call.ExitWrong},
		"a header's name with a space":  {[]string{"KAKAOCERT_TSA_HEADER=Bearer " + tsaToken + ": 1"}, nil, call.ExitWrong},
		"a header's name with a quote":  {[]string{"KAKAOCERT_TSA_HEADER=\"X\": " + tsaToken}, nil, call.ExitWrong},
		"a header that is not ASCII":    {[]string{"KAKAOCERT_TSA_HEADER=X-Key: 비밀번호"}, nil, call.ExitWrong},
		"a file that is not there":      {nil, []string{"--tsa-user-file", dir + "/absent"}, call.ExitWrong},
		"an empty file":                 {nil, []string{"--tsa-user-file", calltest.Write(t, "empty", []byte("\n"))}, call.ExitWrong},
		"an empty file of headers":      {nil, []string{"--tsa-header-file", calltest.Write(t, "empty", nil)}, call.ExitWrong},
		"a certificate over plain http": {nil, []string{"--tsa-client-cert", roots}, call.ExitWrong},
	} {
		args[2] = filepath.Join(t.TempDir(), "unstamped")
		require.NoError(t, os.CopyFS(args[2], os.DirFS(dir)))
		got := run(t, c.environ, "", append(args, c.flags...)...)
		assert.Equal(t, c.code, got.Code, "%s: %s", name, got.Errors)
		assertNoSecret(t, got)
	}
	args[8] = "http://tsa.example/"
	for _, flags := range [][]string{{"--tsa-user-file", user}, {"--tsa-header-file", header}} {
		got := run(t, nil, "", append(args, flags...)...)
		assert.Equal(t, call.ExitWrong, got.Code)
		assert.Contains(t, got.Errors, "must be https where a Header is sent, except to this machine")
		assertNoSecret(t, got)
	}
	for _, flag := range []string{"--tsa-user-file", "--tsa-header-file", "--tsa-client-cert"} {
		got := run(t, nil, "", append(args[:7:7], flag, user)...)
		assert.Equal(t, call.ExitWrong, got.Code)
		assert.Contains(t, got.Errors, flag+" needs --tsa-url")
	}
}

// clientCertificate issues a client's certificate by its own key, and returns a
// file of it, with the key or without.
func clientCertificate(t *testing.T, withKey bool) (path string, cert *x509.Certificate) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "bank"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	if withKey {
		private, err := x509.MarshalPKCS8PrivateKey(key)
		require.NoError(t, err)
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})...)
	}
	cert, err = x509.ParseCertificate(der)
	require.NoError(t, err)
	return calltest.Write(t, "client.pem", text), cert
}

// The server's certificate is of no authority that the machine trusts, so a call
// ends there. What the client would show is seen by a connection that trusts it.
func TestCertifiedTransport_ShowsItsCertificate(t *testing.T) {
	t.Parallel()
	h := calltest.NewHost(t)
	path, cert := clientCertificate(t, true)
	server := demanding(t, h, func(r *http.Request) bool { return len(r.TLS.PeerCertificates) == 1 })
	clients := x509.NewCertPool()
	clients.AddCert(cert)
	server.TLS = &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: clients}
	server.StartTLS()
	shown, err := certifiedTransport(path, server.URL)
	require.NoError(t, err)
	shown.TLSClientConfig.RootCAs = x509.NewCertPool()
	shown.TLSClientConfig.RootCAs.AddCert(server.Certificate())
	t.Cleanup(shown.CloseIdleConnections)
	response, err := (&http.Client{Transport: shown}).Get(server.URL)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	assert.Equal(t, http.StatusMethodNotAllowed, response.StatusCode, "the authority wants a POST")

	alone, _ := clientCertificate(t, false)
	_, err = certifiedTransport(alone, server.URL)
	assert.ErrorContains(t, err, "--tsa-client-cert: must contain a certificate and its private key, in PEM")
}
