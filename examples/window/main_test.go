package main

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/examples/internal/front"
	"github.com/kakaocert-go/kakaocert/examples/internal/front/fronttest"
	"github.com/kakaocert-go/kakaocert/examples/internal/stage"
	"github.com/kakaocert-go/kakaocert/examples/internal/stage/stagetest"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

type bank struct {
	*fronttest.Bank
	t *testing.T
}

func open(t *testing.T) *bank {
	t.Helper()
	return &bank{fronttest.Open(t, func(set *stage.Signing, at front.Site) http.Handler {
		sdk, err := kakaoSDK{}.on(set)
		require.NoError(t, err)
		return newServer(set, at, sdk, slog.New(slog.DiscardHandler))
	}), t}
}

// begin opens a window and returns where it sends the browser once the person has
// signed, or not.
func (b *bank) begin(browser *http.Client) (callback string) {
	b.t.Helper()
	_, text, status := b.Do(browser, http.MethodPost, "/window")
	require.Equal(b.t, http.StatusOK, status)
	var got opening
	require.NoError(b.t, json.Unmarshal([]byte(text), &got))
	assert.NotEmpty(b.t, got.Key)
	o := got.Options
	callback, err := b.Set.Simulator.SignInWindow(b.t.Context(), kakaocerttest.Window{
		RedirectURI: o.RedirectURI, SettleID: o.SettleID, SignData: o.SignData, IdentifyItems: o.IdentifyItems, State: o.State,
	}, kakaocerttest.DefaultUser().Phone)
	require.NoError(b.t, err)
	return callback
}

func TestWindow_ProvesWhoSomebodyIs(t *testing.T) {
	t.Parallel()
	bank := open(t)
	browser := bank.Browser()
	_, text, _ := bank.Do(browser, http.MethodGet, "/")
	assert.Contains(t, text, "카카오 인증 표준창 열기")
	assert.Contains(t, text, bank.Set.Config.BaseURL+"/_window/kakao.js")
	callback := bank.begin(browser)
	location, _, status := bank.Do(browser, http.MethodGet, callback)
	require.Equal(t, http.StatusSeeOther, status)
	assert.Equal(t, "/?lang=ko", location)
	_, text, _ = bank.Do(browser, http.MethodGet, "/")
	assert.Contains(t, text, "홍길동님, 본인인증이 완료되었습니다")
	_, text, _ = bank.Do(bank.Browser(), http.MethodGet, "/")
	assert.NotContains(t, text, "홍길동")

	_, _, status = bank.Do(browser, http.MethodGet, callback)
	assert.Equal(t, http.StatusBadRequest, status, "a window is good for one return")
	bank.Do(browser, http.MethodPost, "/end")
	_, text, _ = bank.Do(browser, http.MethodGet, "/")
	assert.NotContains(t, text, "홍길동")
}

// An attacker lets a victim's browser follow the attacker's own callback: the
// victim would go on as the attacker. Without the state, which the window need not
// give back, the signed text shows it.
func TestWindow_RefusesATransactionOfAnotherSession(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(url.Values){
		"as it came": func(url.Values) {}, "without the state": func(q url.Values) { q.Del("state") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bank := open(t)
			attacker, victim := bank.Browser(), bank.Browser()
			callback, err := url.Parse(bank.begin(attacker))
			require.NoError(t, err)
			query := callback.Query()
			change(query)
			callback.RawQuery = query.Encode()
			_, _, status := bank.Do(victim, http.MethodGet, callback.String())
			assert.Equal(t, http.StatusBadRequest, status, "no window was opened there")
			assert.Zero(t, bank.Set.Simulator.Calls("verify"))

			bank.begin(victim)
			_, text, status := bank.Do(victim, http.MethodGet, callback.String())
			assert.Equal(t, http.StatusBadRequest, status)
			assert.Contains(t, text, "이 브라우저에서 시작한 인증이 아닙니다")
			_, text, _ = bank.Do(victim, http.MethodGet, "/")
			assert.NotContains(t, text, "홍길동")
			assert.Zero(t, bank.Set.Simulator.Calls("signer"))
		})
	}
}

func TestWindow_ReportsWhatWentWrong(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		behaviour kakaocerttest.Behaviour
		fault     kakaocerttest.Fault
		change    func(url.Values)
		words     string
		status    int
	}{
		"declined":         {behaviour: kakaocerttest.RefuseAfter(0), words: "본인인증을 마치지 않았습니다", status: http.StatusOK},
		"maintenance":      {fault: kakaocerttest.Fault{Step: "verify", Kind: kakaocerttest.Maintenance}, words: "지금은 본인인증을 할 수 없습니다", status: http.StatusBadGateway},
		"lost":             {fault: kakaocerttest.Fault{Step: "verify", Kind: kakaocerttest.DropAfter}, words: "본인인증을 마치지 못했습니다", status: http.StatusBadRequest},
		"both":             {change: func(q url.Values) { q.Set("error_code", "X") }, words: "이 브라우저에서 시작한 인증이 아닙니다", status: http.StatusBadRequest},
		"neither":          {change: func(q url.Values) { q.Del("tx_id") }, words: "이 브라우저에서 시작한 인증이 아닙니다", status: http.StatusBadRequest},
		"twice":            {change: func(q url.Values) { q.Add("tx_id", "other") }, words: "이 브라우저에서 시작한 인증이 아닙니다", status: http.StatusBadRequest},
		"unknown tx_id":    {change: func(q url.Values) { q.Set("tx_id", "0123456789abcdef") }, words: "본인인증을 마치지 못했습니다", status: http.StatusBadRequest},
		"script as a code": {change: func(q url.Values) { q.Del("tx_id"); q.Set("error_code", "<script>") }, words: "본인인증을 마치지 않았습니다", status: http.StatusOK},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bank := open(t)
			browser := bank.Browser()
			if c.behaviour != (kakaocerttest.Behaviour{}) {
				require.NoError(t, bank.Set.Simulator.SetBehaviour(kakaocerttest.DefaultUser().Phone, c.behaviour))
			}
			callback, err := url.Parse(bank.begin(browser))
			require.NoError(t, err)
			if c.fault.Kind != "" {
				require.NoError(t, bank.Set.Simulator.Inject(c.fault))
			}
			if c.change != nil {
				query := callback.Query()
				c.change(query)
				callback.RawQuery = query.Encode()
			}
			_, text, status := bank.Do(browser, http.MethodGet, callback.String())
			assert.Equal(t, c.status, status)
			assert.Contains(t, text, c.words)
			assert.NotContains(t, text, "<script>")
			assert.NotContains(t, text, "홍길동")
		})
	}
}

func TestWindow_LoadsNoScriptsButItsOwnAndKakaos(t *testing.T) {
	t.Parallel()
	bank := open(t)
	assert.Contains(t, bank.Header().Get("Content-Security-Policy"), "script-src 'self' "+bank.Set.Config.BaseURL+"; ")
	_, text, status := bank.Do(bank.Browser(), http.MethodGet, "/static/window.js")
	assert.Equal(t, http.StatusOK, status)
	assert.Contains(t, text, "Kakao.Cert.identify(options)")
}

func TestRun_ServesThePageUntilInterrupted(t *testing.T) {
	t.Parallel()
	fronttest.ServesUntilInterrupted(t, program())
}

// Where Kakao's SDK is must be said on a real host.
func TestRun_WantsTheSDKOnARealHost(t *testing.T) {
	t.Parallel()
	environ := append(stagetest.Simulator(t), "KAKAOCERT_BASE_URL=https://gateway.example")
	key := t.TempDir() + "/key"
	_, err := stage.MakeKey(key)
	require.NoError(t, err)
	for _, args := range [][]string{nil, {"-sdk", "https://sdk.example/kakao.js"}, {"-javascript-key", "k"}, {"-sdk", "http://sdk.example/kakao.js", "-javascript-key", "k"}} {
		err := program().Run(t.Context(), append(args, "-listen", "127.0.0.1:0", "-key", key, "-out", t.TempDir()), stagetest.Getenv(environ...), io.Discard, io.Discard)
		assert.ErrorContains(t, err, "-sdk")
	}
}
