package main

import (
	"bytes"
	"context"
	"flag"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/examples/internal/front"
	"github.com/kakaocert-go/kakaocert/examples/internal/stage"
	"github.com/kakaocert-go/kakaocert/examples/internal/stage/stagetest"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// bank is the page over TLS, as the cookies want it, and the simulator behind.
type bank struct {
	t    *testing.T
	set  *stage.Signing
	page *httptest.Server
}

func open(t *testing.T) *bank {
	t.Helper()
	from := stage.SigningFlags{Flags: stage.Flags{Browser: true}}
	flags := flag.NewFlagSet("login", flag.ContinueOnError)
	from.Register(flags)
	require.NoError(t, flags.Parse([]string{"-out", t.TempDir(), "-sign-after", "0"}))
	set, err := from.Set(stagetest.Getenv())
	require.NoError(t, err)
	t.Cleanup(set.Close)
	server := httptest.NewUnstartedServer(nil)
	at, err := front.SiteOf("https://"+server.Listener.Addr().String(), server.Listener.Addr())
	require.NoError(t, err)
	server.Config.Handler = newServer(set, at, slog.New(slog.DiscardHandler))
	server.StartTLS()
	t.Cleanup(server.Close)
	return &bank{t, set, server}
}

// browser is one that keeps cookies and stays where it is sent.
func (b *bank) browser() *http.Client {
	jar, err := cookiejar.New(nil)
	require.NoError(b.t, err)
	return &http.Client{
		Transport: b.page.Client().Transport, Jar: jar,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func (b *bank) do(browser *http.Client, method, address string) (location, text string, status int) {
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

// begin begins a login and returns where kauth sends the browser back to.
func (b *bank) begin(browser *http.Client) (callback string) {
	b.t.Helper()
	target, _, status := b.do(browser, http.MethodPost, "/login")
	require.Equal(b.t, http.StatusSeeOther, status)
	callback, err := b.set.Simulator.LogIn(b.t.Context(), target, kakaocerttest.DefaultUser().Phone)
	require.NoError(b.t, err)
	return callback
}

func TestLogin_InAndOut(t *testing.T) {
	t.Parallel()
	bank := open(t)
	browser := bank.browser()
	_, text, _ := bank.do(browser, http.MethodGet, "/")
	assert.Contains(t, text, "카카오 인증 로그인")
	callback := bank.begin(browser)
	location, _, status := bank.do(browser, http.MethodGet, callback)
	require.Equal(t, http.StatusSeeOther, status)
	assert.Equal(t, "/?lang=ko", location)
	_, text, _ = bank.do(browser, http.MethodGet, "/")
	assert.Contains(t, text, "홍길동님, 안녕하세요")

	_, _, status = bank.do(browser, http.MethodGet, callback)
	assert.Equal(t, http.StatusBadRequest, status, "a login is good for one return")
	bank.do(browser, http.MethodPost, "/logout")
	_, text, _ = bank.do(browser, http.MethodGet, "/")
	assert.NotContains(t, text, "홍길동")
	records := 0
	for _, err := range bank.set.Dir.Archive().Records(t.Context()) {
		require.NoError(t, err)
		records++
	}
	assert.Equal(t, 1, records, "what was signed is in the evidence")
}

// Somebody lets a victim's browser follow the attacker's own callback.
func TestLogin_RefusesAnotherBrowsersLogin(t *testing.T) {
	t.Parallel()
	bank := open(t)
	attacker, victim := bank.browser(), bank.browser()
	callback := bank.begin(attacker)
	_, _, status := bank.do(victim, http.MethodGet, callback)
	assert.Equal(t, http.StatusBadRequest, status, "no login was begun there")
	bank.begin(victim)
	_, text, status := bank.do(victim, http.MethodGet, callback)
	assert.Equal(t, http.StatusBadRequest, status)
	assert.Contains(t, text, "이 브라우저에서 시작한 로그인이 아닙니다")
	_, text, _ = bank.do(victim, http.MethodGet, "/")
	assert.NotContains(t, text, "홍길동")
	assert.Zero(t, bank.set.Simulator.Calls("token"))
}

func TestLogin_ReportsWhatWentWrong(t *testing.T) {
	t.Parallel()
	for kind, c := range map[kakaocerttest.FaultKind]struct {
		words  string
		status int
	}{
		kakaocerttest.WrongState:      {"이 브라우저에서 시작한 로그인이 아닙니다", http.StatusBadRequest},
		kakaocerttest.UsedCode:        {"다시 로그인해 주세요", http.StatusBadRequest},
		kakaocerttest.AnotherDocument: {"로그인 서명을 확인할 수 없습니다", http.StatusForbidden},
		kakaocerttest.AnotherUser:     {"로그인 서명을 확인할 수 없습니다", http.StatusForbidden},
	} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			bank := open(t)
			browser := bank.browser()
			require.NoError(t, bank.set.Simulator.Inject(kakaocerttest.Fault{Kind: kind}))
			_, text, status := bank.do(browser, http.MethodGet, bank.begin(browser))
			assert.Equal(t, c.status, status)
			assert.Contains(t, text, c.words)
			_, text, _ = bank.do(browser, http.MethodGet, "/")
			assert.NotContains(t, text, "홍길동")
		})
	}
	bank := open(t)
	browser := bank.browser()
	require.NoError(t, bank.set.Simulator.SetBehaviour(kakaocerttest.DefaultUser().Phone, kakaocerttest.RefuseAfter(0)))
	_, text, status := bank.do(browser, http.MethodGet, bank.begin(browser))
	assert.Equal(t, http.StatusOK, status)
	assert.Contains(t, text, "로그인을 취소했습니다")
}

func TestRun_ServesThePageUntilInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	out, in := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		ended <- run(ctx, []string{"-listen", "127.0.0.1:0", "-out", t.TempDir()}, stagetest.Getenv(), in, io.Discard)
		_ = in.Close()
	}()
	printed := make([]byte, 4096)
	var all bytes.Buffer
	for !strings.Contains(all.String(), "page:") || !strings.HasSuffix(all.String(), "\n") {
		n, err := out.Read(printed)
		require.NoError(t, err, all.String())
		all.Write(printed[:n])
	}
	_, after, _ := strings.Cut(all.String(), "page:")
	address, err := url.Parse(strings.TrimSpace(after))
	require.NoError(t, err)
	answer, err := http.Get(address.String())
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	assert.Equal(t, http.StatusOK, answer.StatusCode)
	cancel()
	assert.NoError(t, <-ended)
}
