package transport_test

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/internal/transport"
)

func TestGuard_RefusesWhatLoosensTLS(t *testing.T) {
	t.Parallel()
	dial := func(context.Context, string, string) (net.Conn, error) { return nil, net.ErrClosed }
	for name, rt := range map[string]*http.Transport{
		"skips certificates": {TLSClientConfig: &tls.Config{InsecureSkipVerify: true}},
		"TLS 1.1 at least":   {TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS11}},
		"TLS 1.1 at most":    {TLSClientConfig: &tls.Config{MaxVersion: tls.VersionTLS11}},
		"own TLS dialer":     {DialTLSContext: dial},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, reason := transport.Guard(rt)
			assert.NotEmpty(t, reason)
		})
	}
}

func TestGuard_DefaultHasTLS12AndCertificateChecks(t *testing.T) {
	t.Parallel()
	for _, none := range []http.RoundTripper{nil, (*http.Transport)(nil)} {
		rt, reason := transport.Guard(none)
		require.Empty(t, reason)
		config := rt.(*http.Transport).TLSClientConfig
		assert.EqualValues(t, tls.VersionTLS12, config.MinVersion)
		assert.False(t, config.InsecureSkipVerify)
	}
}

func TestGuard_CopiesATransport(t *testing.T) {
	t.Parallel()
	given := &http.Transport{TLSClientConfig: &tls.Config{}}
	got, reason := transport.Guard(given)
	require.Empty(t, reason)
	given.TLSClientConfig.InsecureSkipVerify = true
	config := got.(*http.Transport).TLSClientConfig
	assert.False(t, config.InsecureSkipVerify)
	assert.EqualValues(t, tls.VersionTLS12, config.MinVersion)
	assert.Zero(t, given.TLSClientConfig.MinVersion, "the caller's own is left alone")
}
