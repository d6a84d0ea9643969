package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/examples/internal/front"
	"github.com/kakaocert-go/kakaocert/examples/internal/stage"
	"github.com/kakaocert-go/kakaocert/examples/internal/stage/stagetest"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// lines is a log that many goroutines write to.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// bank is the page, its simulator, and a visitor in front of it.
type bank struct {
	t       *testing.T
	sim     *kakaocerttest.Server
	getenv  func(string) string
	dir     string
	log     lines
	set     *stage.Signing
	page    *httptest.Server
	browser *http.Client
}

// open opens a bank. Nothing personal may get into its log, whatever the test does.
func open(t *testing.T, options ...kakaocerttest.Option) *bank {
	t.Helper()
	user := kakaocerttest.DefaultUser()
	user.Behaviour = kakaocerttest.Manual()
	sim := kakaocerttest.NewServer(t, append([]kakaocerttest.Option{kakaocerttest.WithUsers(user)}, options...)...)
	b := &bank{
		t: t, sim: sim, dir: t.TempDir(),
		getenv: stagetest.Getenv(append(sim.Environ(), stagetest.RootsOf(t, sim))...),
	}
	b.browser = b.newBrowser()
	b.start()
	t.Cleanup(func() {
		b.stop()
		for _, personal := range []string{"홍길동", "19900101", "01012345678", "김철수", url.QueryEscape("홍길동"), user.CI} {
			assert.NotContains(t, b.log.String(), personal)
		}
		assert.Contains(t, b.log.String(), "msg=request")
	})
	return b
}

func (b *bank) newBrowser() *http.Client {
	jar, err := cookiejar.New(nil)
	require.NoError(b.t, err)
	return &http.Client{Jar: jar}
}

func (b *bank) start() {
	b.t.Helper()
	var from stage.ServingFlags
	flags := flag.NewFlagSet("web", flag.ContinueOnError)
	from.Register(flags)
	require.NoError(b.t, flags.Parse([]string{"-out", b.dir}))
	log := slog.New(slog.NewTextHandler(&b.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	var err error
	b.set, err = from.Set(b.getenv, log)
	require.NoError(b.t, err)
	b.page = httptest.NewUnstartedServer(nil)
	at, err := front.SiteOf("", b.page.Listener.Addr())
	require.NoError(b.t, err)
	handler, err := newServer(b.set, at, log)
	require.NoError(b.t, err)
	b.page.Config = front.NewServer(handler, log)
	b.page.Start()
}

func (b *bank) stop() {
	b.page.Close()
	b.set.Close()
}

// restart is another process: nothing but the directory and the visitor's
// cookie is left.
func (b *bank) restart() {
	b.t.Helper()
	b.stop()
	b.start()
}

// do sends a request and follows where it leads.
func (b *bank) do(r *http.Request) (response *http.Response, text string) {
	b.t.Helper()
	response, err := b.browser.Do(r)
	require.NoError(b.t, err)
	defer func() { _ = response.Body.Close() }()
	raw, err := io.ReadAll(response.Body)
	require.NoError(b.t, err)
	for _, personal := range []string{"19900101", "01012345678", url.QueryEscape("홍길동")} {
		assert.NotContains(b.t, response.Request.URL.String(), personal)
	}
	return response, string(raw)
}

func (b *bank) request(method, path string, form url.Values) *http.Request {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, b.page.URL+path, strings.NewReader(form.Encode()))
	require.NoError(b.t, err)
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	return r
}

// get and post return the path that they end at, the status, and the page.
func (b *bank) get(path string) (at string, status int, text string) {
	b.t.Helper()
	response, text := b.do(b.request(http.MethodGet, path, nil))
	return response.Request.URL.Path, response.StatusCode, text
}

func (b *bank) post(path string, form url.Values) (at string, status int, text string) {
	b.t.Helper()
	response, text := b.do(b.request(http.MethodPost, path, form))
	return response.Request.URL.Path, response.StatusCode, text
}

// hong is what the form of 홍길동 says.
func hong(kind, channel string) url.Values {
	return url.Values{
		"kind": {kind}, "channel": {channel}, "name": {"홍길동"}, "birthday": {"1990-01-01"}, "phone": {"010-1234-5678"},
	}
}

// ask fills in the form and returns the transaction at the simulator.
func (b *bank) ask(kind, channel string) kakaocerttest.Transaction {
	b.t.Helper()
	at, status, text := b.post("/start?lang=en", hong(kind, channel))
	require.Equal(b.t, "/wait", at, text)
	require.Equal(b.t, http.StatusOK, status)
	all := b.sim.Transactions()
	require.NotEmpty(b.t, all)
	return all[len(all)-1]
}

// progress is what the page's question is answered with.
func (b *bank) progress() progress {
	b.t.Helper()
	_, status, text := b.get("/status?lang=en")
	require.Equal(b.t, http.StatusOK, status, text)
	var answer progress
	require.NoError(b.t, json.Unmarshal([]byte(text), &answer))
	return answer
}

// cookie is the visitor's session.
func (b *bank) cookie() *http.Cookie {
	b.t.Helper()
	at, err := url.Parse(b.page.URL)
	require.NoError(b.t, err)
	cookies := b.browser.Jar.Cookies(at)
	require.Len(b.t, cookies, 1)
	return cookies[0]
}

// bring lets the visitor come with another cookie.
func (b *bank) bring(value string) {
	b.t.Helper()
	at, err := url.Parse(b.page.URL)
	require.NoError(b.t, err)
	b.browser.Jar.SetCookies(at, []*http.Cookie{{Name: "visit", Value: value, Path: "/"}})
}

// unseal and seal read and make sessions, as only the holder of the bank's key can.
func (b *bank) unseal() *session {
	b.t.Helper()
	r := b.request(http.MethodGet, "/", nil)
	r.AddCookie(b.cookie())
	visit, err := b.sessions().get(r)
	require.NoError(b.t, err)
	return visit
}

func (b *bank) seal(visit *session) (value string) {
	b.t.Helper()
	w := httptest.NewRecorder()
	require.NoError(b.t, b.sessions().put(w, visit))
	return w.Result().Cookies()[0].Value
}

func (b *bank) sessions() *sessions {
	b.t.Helper()
	opened, err := openSessions(b.dir, false)
	require.NoError(b.t, err)
	return opened
}
