// Package fronttest visits the pages of the examples in tests.
package fronttest

import (
	"bytes"
	"context"
	"flag"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/examples/internal/front"
	"github.com/kakaocert-go/kakaocert/examples/internal/stage"
	"github.com/kakaocert-go/kakaocert/examples/internal/stage/stagetest"
)

// Bank is a page over TLS, as the cookies want it, and the simulator behind, whose
// user signs at once.
type Bank struct {
	Set  *stage.Signing
	t    *testing.T
	page *httptest.Server
}

// Open serves a page until the test ends.
func Open(t *testing.T, page func(*stage.Signing, front.Site) http.Handler) *Bank {
	t.Helper()
	from := stage.SigningFlags{Flags: stage.Flags{Browser: true}}
	flags := flag.NewFlagSet("page", flag.ContinueOnError)
	from.Register(flags)
	require.NoError(t, flags.Parse([]string{"-out", t.TempDir(), "-sign-after", "0"}))
	set, err := from.Set(stagetest.Getenv())
	require.NoError(t, err)
	t.Cleanup(set.Close)
	server := httptest.NewUnstartedServer(nil)
	at, err := front.SiteOf("https://"+server.Listener.Addr().String(), server.Listener.Addr())
	require.NoError(t, err)
	server.Config.Handler = page(set, at)
	server.StartTLS()
	t.Cleanup(server.Close)
	return &Bank{set, t, server}
}

// Browser is one that keeps cookies and stays where it is sent.
func (b *Bank) Browser() *http.Client {
	jar, err := cookiejar.New(nil)
	require.NoError(b.t, err)
	return &http.Client{
		Transport: b.page.Client().Transport, Jar: jar,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Do goes to an address, or a path of the page.
func (b *Bank) Do(browser *http.Client, method, address string) (location, text string, status int) {
	b.t.Helper()
	if strings.HasPrefix(address, "/") {
		address = b.page.URL + address
	}
	request, err := http.NewRequestWithContext(b.t.Context(), method, address, nil)
	require.NoError(b.t, err)
	answer, err := browser.Do(request)
	require.NoError(b.t, err)
	body, err := io.ReadAll(answer.Body)
	require.NoError(b.t, err)
	require.NoError(b.t, answer.Body.Close())
	return answer.Header.Get("Location"), string(body), answer.StatusCode
}

// Header is that of the page.
func (b *Bank) Header() http.Header {
	b.t.Helper()
	answer, err := b.Browser().Get(b.page.URL)
	require.NoError(b.t, err)
	require.NoError(b.t, answer.Body.Close())
	return answer.Header
}

// ServesUntilInterrupted starts a program and waits for its page.
func ServesUntilInterrupted(t *testing.T, program front.Program) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out, in := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		ended <- program.Run(ctx, []string{"-listen", "127.0.0.1:0", "-out", t.TempDir()}, stagetest.Getenv(), in, io.Discard)
		_ = in.Close()
	}()
	printed := make([]byte, 4096)
	var all bytes.Buffer
	for !strings.Contains(all.String(), "page:") || !strings.HasSuffix(all.String(), "\n") {
		n, err := out.Read(printed)
		require.NoError(t, err, all.String())
		all.Write(printed[:n])
	}
	_, address, _ := strings.Cut(all.String(), "page:")
	answer, err := http.Get(strings.TrimSpace(address))
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	assert.Equal(t, http.StatusOK, answer.StatusCode)
	cancel()
	assert.NoError(t, <-ended)
}
