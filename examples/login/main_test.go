package main

import (
	"log/slog"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/examples/internal/front"
	"github.com/kakaocert-go/kakaocert/examples/internal/front/fronttest"
	"github.com/kakaocert-go/kakaocert/examples/internal/stage"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

type bank struct {
	*fronttest.Bank
	t *testing.T
}

func open(t *testing.T) *bank {
	t.Helper()
	return &bank{fronttest.Open(t, func(set *stage.Signing, at front.Site) http.Handler {
		return newServer(set, at, slog.New(slog.DiscardHandler))
	}), t}
}

// begin begins a login and returns where kauth sends the browser back to.
func (b *bank) begin(browser *http.Client) (callback string) {
	b.t.Helper()
	target, _, status := b.Do(browser, http.MethodPost, "/login")
	require.Equal(b.t, http.StatusSeeOther, status)
	callback, err := b.Set.Simulator.LogIn(b.t.Context(), target, kakaocerttest.DefaultUser().Phone)
	require.NoError(b.t, err)
	return callback
}

func TestLogin_InAndOut(t *testing.T) {
	t.Parallel()
	bank := open(t)
	browser := bank.Browser()
	_, text, _ := bank.Do(browser, http.MethodGet, "/")
	assert.Contains(t, text, "카카오 인증 로그인")
	callback := bank.begin(browser)
	location, _, status := bank.Do(browser, http.MethodGet, callback)
	require.Equal(t, http.StatusSeeOther, status)
	assert.Equal(t, "/?lang=ko", location)
	_, text, _ = bank.Do(browser, http.MethodGet, "/")
	assert.Contains(t, text, "홍길동님, 안녕하세요")

	_, _, status = bank.Do(browser, http.MethodGet, callback)
	assert.Equal(t, http.StatusBadRequest, status, "a login is good for one return")
	bank.Do(browser, http.MethodPost, "/logout")
	_, text, _ = bank.Do(browser, http.MethodGet, "/")
	assert.NotContains(t, text, "홍길동")
	records := 0
	for _, err := range bank.Set.Dir.Archive().Records(t.Context()) {
		require.NoError(t, err)
		records++
	}
	assert.Equal(t, 1, records, "what was signed is in the evidence")
}

// Somebody lets a victim's browser follow the attacker's own callback.
func TestLogin_RefusesAnotherBrowsersLogin(t *testing.T) {
	t.Parallel()
	bank := open(t)
	attacker, victim := bank.Browser(), bank.Browser()
	callback := bank.begin(attacker)
	_, _, status := bank.Do(victim, http.MethodGet, callback)
	assert.Equal(t, http.StatusBadRequest, status, "no login was begun there")
	bank.begin(victim)
	_, text, status := bank.Do(victim, http.MethodGet, callback)
	assert.Equal(t, http.StatusBadRequest, status)
	assert.Contains(t, text, "이 브라우저에서 시작한 로그인이 아닙니다")
	_, text, _ = bank.Do(victim, http.MethodGet, "/")
	assert.NotContains(t, text, "홍길동")
	assert.Zero(t, bank.Set.Simulator.Calls("token"))
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
			browser := bank.Browser()
			require.NoError(t, bank.Set.Simulator.Inject(kakaocerttest.Fault{Kind: kind}))
			_, text, status := bank.Do(browser, http.MethodGet, bank.begin(browser))
			assert.Equal(t, c.status, status)
			assert.Contains(t, text, c.words)
			_, text, _ = bank.Do(browser, http.MethodGet, "/")
			assert.NotContains(t, text, "홍길동")
		})
	}
	bank := open(t)
	browser := bank.Browser()
	require.NoError(t, bank.Set.Simulator.SetBehaviour(kakaocerttest.DefaultUser().Phone, kakaocerttest.RefuseAfter(0)))
	_, text, status := bank.Do(browser, http.MethodGet, bank.begin(browser))
	assert.Equal(t, http.StatusOK, status)
	assert.Contains(t, text, "로그인을 취소했습니다")
}

func TestRun_ServesThePageUntilInterrupted(t *testing.T) {
	t.Parallel()
	fronttest.ServesUntilInterrupted(t, program)
}
