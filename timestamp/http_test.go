package timestamp_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/internal/cms/cmstest"
	"github.com/kakaocert-go/kakaocert/timestamp"
)

const reply = "application/timestamp-reply"

// serve answers by HTTP as the world's authority does, and then as the test
// says.
func serve(t *testing.T, w *world, change func(w http.ResponseWriter, response []byte)) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		request, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		assert.Equal(t, http.MethodPost, r.Method)
		assert.Equal(t, "application/timestamp-query", r.Header.Get("Content-Type"))
		assert.Equal(t, reply, r.Header.Get("Accept"))
		assert.Equal(t, "secret", r.Header.Get("X-Key"))
		response, err := (&authority{world: w}).Stamp(r.Context(), request)
		assert.NoError(t, err)
		change(rw, response)
	}))
	t.Cleanup(server.Close)
	return server
}

func httpAuthority(t *testing.T, c timestamp.HTTPConfig) timestamp.Authority {
	t.Helper()
	c.Header = http.Header{"x-key": {"secret"}}
	a, err := timestamp.NewHTTPAuthority(c)
	require.NoError(t, err)
	return a
}

func TestHTTPAuthority_GetsATokenByHTTP(t *testing.T) {
	t.Parallel()
	w := newWorld()
	server := serve(t, w, func(rw http.ResponseWriter, response []byte) {
		rw.Header().Set("Content-Type", reply+"; charset=binary")
		_, _ = rw.Write(response)
	})
	token, err := stamper(t, httpAuthority(t, timestamp.HTTPConfig{URL: server.URL}), w.verifier(t), x509.OID{}).Stamp(t.Context(), message)
	require.NoError(t, err)
	assert.Equal(t, cmstest.Now, token.Time)
}

func TestHTTPAuthority_RefusesOtherAnswers(t *testing.T) {
	t.Parallel()
	w := newWorld()
	elsewhere := serve(t, w, func(rw http.ResponseWriter, _ []byte) {
		assert.Fail(t, "a redirect was followed")
		rw.WriteHeader(http.StatusOK)
	})
	for name, test := range map[string]struct {
		answer func(rw http.ResponseWriter, response []byte)
		want   string
	}{
		"status": {func(rw http.ResponseWriter, _ []byte) {
			http.Error(rw, "a stranger's words", http.StatusInternalServerError)
		}, "the HTTP status must be 200"},
		"redirect": {func(rw http.ResponseWriter, _ []byte) {
			rw.Header().Set("Location", elsewhere.URL)
			rw.WriteHeader(http.StatusTemporaryRedirect)
		}, "the HTTP status must be 200"},
		"type": {func(rw http.ResponseWriter, response []byte) {
			rw.Header().Set("Content-Type", "text/html")
			_, _ = rw.Write(response)
		}, "the answer is not what was asked for"},
		"no type": {func(rw http.ResponseWriter, response []byte) {
			rw.Header()["Content-Type"] = nil
			_, _ = rw.Write(response)
		}, "the answer is not what was asked for"},
		"size": {func(rw http.ResponseWriter, response []byte) {
			rw.Header().Set("Content-Type", reply)
			_, _ = rw.Write(append(response, make([]byte, 200<<10)...))
		}, "the answer is larger than allowed"},
		"cut": {func(rw http.ResponseWriter, response []byte) {
			rw.Header().Set("Content-Type", reply)
			rw.Header().Set("Content-Length", "5000")
			_, _ = rw.Write(response[:20])
		}, "the connection failed"},
	} {
		server := serve(t, w, test.answer)
		_, err := stamper(t, httpAuthority(t, timestamp.HTTPConfig{URL: server.URL}), w.verifier(t), x509.OID{}).Stamp(t.Context(), message)
		var failed *timestamp.HTTPError
		require.ErrorAs(t, err, &failed, name)
		assert.Equal(t, "timestamp: time stamp could not be fetched: "+test.want, err.Error(), name)
	}
}

func TestHTTPAuthority_HidesItsHeader(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"https://tsa.example/", "http://localhost:8080/", "http://127.0.0.1/", "http://[::1]/"} {
		a := httpAuthority(t, timestamp.HTTPConfig{URL: url})
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%x"} {
			assert.NotContains(t, fmt.Sprintf(verb, a), "secret", verb)
			assert.NotContains(t, fmt.Sprintf(verb, &struct{ a timestamp.Authority }{a}), "secret", verb)
		}
	}
}

// silent never answers.
type silent struct{}

func (silent) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

func TestHTTPAuthority_EndsWithItsTimeAndTheContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := httpAuthority(t, timestamp.HTTPConfig{URL: "https://tsa.example/", Transport: silent{}})
		began := time.Now()
		_, err := a.Stamp(t.Context(), nil)
		assert.EqualError(t, err, "time stamp could not be fetched: no answer came in time")
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, 10*time.Second, time.Since(began))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = a.Stamp(ctx, nil)
		assert.Equal(t, context.DeadlineExceeded, err)
		assert.Equal(t, 11*time.Second, time.Since(began))
	})
}

func TestNewHTTPAuthority_RefusesWhatCannotBeUsed(t *testing.T) {
	t.Parallel()
	for _, c := range []timestamp.HTTPConfig{
		{}, {URL: "tsa.example"}, {URL: "ftp://tsa.example/"}, {URL: "https://user:word@tsa.example/"}, {URL: "http://tsa.example/", Timeout: -1},
		{URL: "http://tsa.example/", Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}},
		{URL: "http://tsa.example/", Header: http.Header{"X-Key": {"password"}}},
		{URL: "http://127.0.0.1.tsa.example/", Header: http.Header{"X-Key": {"password"}}},
		{URL: "https://tsa.example/", Header: http.Header{"": {"password"}}},
		{URL: "https://tsa.example/", Header: http.Header{"X Key": {"password"}}},
		{URL: "https://tsa.example/", Header: http.Header{"X-Key": {"password\r\nX-Other: 1"}}},
		{URL: "https://tsa.example/", Header: http.Header{"X-Key": {"p\u00e4ssword"}}},
		{URL: "https://tsa.example/", Header: http.Header{"X-Key": {"password"}, "x-key": {"other"}}},
	} {
		_, err := timestamp.NewHTTPAuthority(c)
		var argument *kakaocert.ArgumentError
		require.ErrorAs(t, err, &argument)
		assert.NotContains(t, err.Error(), "word")
	}
}
