package kakaocerttest_test

import (
	"bytes"
	"crypto/x509"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/internal/judge"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
	"github.com/kakaocert-go/kakaocert/timestamp"
)

func TestStamp_OverHTTP(t *testing.T) {
	t.Parallel()
	s := start(t, kakaocerttest.Contract{})
	verifier, err := timestamp.NewVerifier(timestamp.Config{Roots: s.service.Roots()})
	require.NoError(t, err)
	authority, err := timestamp.NewHTTPAuthority(timestamp.HTTPConfig{URL: s.url + "/_pki/tsa", Transport: s.http.Transport})
	require.NoError(t, err)
	stamp := func(policy string) (*timestamp.Token, error) {
		config := timestamp.StamperConfig{Authority: authority, Verifier: verifier}
		if policy != "" {
			config.Policy, err = x509.ParseOID(policy)
			require.NoError(t, err)
		}
		stamper, err := timestamp.NewStamper(config)
		require.NoError(t, err)
		return stamper.Stamp(t.Context(), []byte("message"))
	}
	first, err := stamp("1.3.6.1.4.1.32473.3161")
	require.NoError(t, err)
	assert.Equal(t, noon, first.Time)
	assert.Equal(t, time.Second, first.Accuracy)
	s.clock.Advance(20 * 365 * 24 * time.Hour)
	second, err := stamp("")
	require.NoError(t, err)
	assert.Positive(t, second.Serial.Cmp(first.Serial))
	assert.NotEqual(t, first.Chain[0].Raw, second.Chain[0].Raw, "its certificate has ended")

	_, err = stamp("1.2.3.4")
	var refusal *timestamp.RefusedError
	require.ErrorAs(t, err, &refusal)
	assert.Equal(t, []timestamp.Failure{timestamp.UnacceptedPolicy}, refusal.Failures)
	for _, request := range []string{"", "0\x03\x02\x01\x01"} {
		got, err := s.http.Post(s.url+"/_pki/tsa", "application/timestamp-query", bytes.NewReader([]byte(request)))
		assert.Equal(t, []byte("0\x09\x30\x07\x02\x01\x02\x03\x02\x02\x04"), fetch(t, got, err), "badDataFormat")
	}
	got, err := s.http.Get(s.url + "/_pki/tsa")
	require.NoError(t, err)
	require.NoError(t, got.Body.Close())
	assert.Equal(t, http.StatusMethodNotAllowed, got.StatusCode)
}

func TestStamp_IsGoodForOpenSSL(t *testing.T) {
	t.Parallel()
	openssl := judge.Need(t, "openssl")
	s := kakaocerttest.NewService()
	dir := t.TempDir()
	write := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, content, 0o600))
		return path
	}
	run := func(args ...string) {
		out, err := exec.CommandContext(t.Context(), openssl, append([]string{"ts"}, args...)...).CombinedOutput()
		require.NoError(t, err, "%s", out)
	}
	data, roots, query := write("data", []byte("message")), write("roots.pem", s.RootPEM()), filepath.Join(dir, "query")
	for _, digest := range []string{"-sha256", "-sha384", "-sha512"} {
		run("-query", "-data", data, digest, "-cert", "-out", query)
		request, err := os.ReadFile(query)
		require.NoError(t, err)
		response, err := s.Stamp(t.Context(), request)
		require.NoError(t, err)
		run("-verify", "-queryfile", query, "-in", write("reply", response), "-CAfile", roots)
	}
	run("-query", "-data", data, "-sha1", "-out", query)
	request, err := os.ReadFile(query)
	require.NoError(t, err)
	response, err := s.Stamp(t.Context(), request)
	require.NoError(t, err)
	assert.Equal(t, []byte("0\x09\x30\x07\x02\x01\x02\x03\x02\x07\x80"), response, "badAlg")
}
