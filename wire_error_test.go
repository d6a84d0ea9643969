package kakaocert_test

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// echoing answers every connection with the same bytes, in which KEY is the
// dealer's key as it was in the request.
func echoing(t *testing.T, answer string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				request, err := http.ReadRequest(bufio.NewReader(conn))
				if err != nil {
					return
				}
				key := strings.TrimPrefix(request.Header.Get("Authorization")+request.Header.Get("Proxy-Authorization"), "KakaoAK ")
				_, _ = fmt.Fprint(conn, strings.ReplaceAll(answer, "KEY", key))
			}()
		}
	}()
	return "http://" + listener.Addr().String()
}

func TestErrors_HaveNothingOfWhatAHostilePeerEchoes(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]string{
		"status line":       "HTTP/1.1 KEY what\r\n\r\n",
		"no HTTP":           "KEY\r\n\r\n",
		"header line":       "HTTP/1.1 200 OK\r\nKEY\r\n\r\n",
		"length":            "HTTP/1.1 200 OK\r\nContent-Length: KEY\r\n\r\n",
		"two lengths":       "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: KEY\r\n\r\n",
		"transfer encoding": "HTTP/1.1 200 OK\r\nTransfer-Encoding: KEY\r\n\r\n",
		"chunk":             "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nKEY\r\n",
		"trailer":           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: KEY KEY\r\n\r\n0\r\n\r\n",
		"location":          "HTTP/1.1 302 KEY\r\nLocation: https://KEY/\r\nContent-Length: 0\r\n\r\n",
		"code":              "HTTP/1.1 400 Bad\r\nContent-Length: 60\r\n\r\n{\"code\":\"KEY KEY KEY\",\"message\":\"KEY\"}                                ",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := kakaocerttest.NewService().Config()
			config.Transport, config.BaseURL = nil, echoing(t, answer)
			config.Retries, config.TryTimeout = kakaocert.NoRetries, 5*time.Second
			client := newClient(t, config)
			_, err := client.K1100.Prepare(t.Context(), &kakaocert.K1100PrepareParams{Product: kakaocert.K1110, User: byHong})
			require.Error(t, err)
			for walked := err; walked != nil; walked = errors.Unwrap(walked) {
				for _, verb := range []string{"%v", "%+v", "%s", "%q"} {
					assert.NotContains(t, fmt.Sprintf(verb, walked), config.DealerKey)
				}
			}
		})
	}
}

func TestErrors_HaveNothingOfAProxysWords(t *testing.T) {
	t.Parallel()
	config := kakaocerttest.NewService().Config()
	const words = "secret words of the proxy"
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, words, http.StatusForbidden) }))
	t.Cleanup(proxy.Close)
	raw := echoing(t, "HTTP/1.1 403 "+words+"\r\n\r\n")
	for _, address := range []string{proxy.URL, raw} {
		target, err := url.Parse(address)
		require.NoError(t, err)
		config.Transport = &http.Transport{Proxy: http.ProxyURL(target)}
		config.Retries = kakaocert.NoRetries
		_, err = newClient(t, config).K1100.Prepare(t.Context(), &kakaocert.K1100PrepareParams{Product: kakaocert.K1110, User: byHong})
		require.Error(t, err)
		assert.NotContains(t, err.Error(), "secret words")
	}
}
