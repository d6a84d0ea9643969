package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestServer_RefusesPostsOfAnotherPage(t *testing.T) {
	t.Parallel()
	b := open(t)
	tx := b.ask("identity", "message")
	require.NoError(t, b.sim.Sign(tx.TxID))
	for name, value := range map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"} {
		for _, path := range []string{"/start", "/finish"} {
			r := b.request(http.MethodPost, path, hong("identity", "message"))
			r.Header.Del("Sec-Fetch-Site")
			r.Header.Set(name, value)
			response, _ := b.do(r)
			assert.Equal(t, http.StatusForbidden, response.StatusCode)
		}
	}
	assert.Equal(t, 1, b.sim.Calls("prepare"))
	assert.Zero(t, b.sim.Calls("verify"))
	response, _ := b.do(b.request(http.MethodGet, "/finish", nil))
	assert.Equal(t, http.StatusMethodNotAllowed, response.StatusCode, "a link cannot finish")
}

func TestServer_EveryAnswerHasTheHeaders(t *testing.T) {
	t.Parallel()
	b := open(t)
	for _, path := range []string{"/", "/style/bank.css", "/static/start.js", "/static/wait.js", "/style/mark.svg", "/status", "/nothing"} {
		response, text := b.do(b.request(http.MethodGet, path, nil))
		assert.Contains(t, response.Header.Get("Content-Security-Policy"), "default-src 'none'; script-src 'self'; style-src 'self'", path)
		assert.NotContains(t, response.Header.Get("Content-Security-Policy"), "unsafe")
		assert.Equal(t, "nosniff", response.Header.Get("X-Content-Type-Options"), path)
		assert.Equal(t, "no-store", response.Header.Get("Cache-Control"), path)
		assert.NotContains(t, text, "style=", path)
		assert.NotContains(t, text, "onclick", path)
	}
}

func TestServer_SendsAnotherHostNameHome(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.browser.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	r := b.request(http.MethodPost, "/start", hong("identity", "app"))
	r.Host = "evil.example"
	response, _ := b.do(r)
	assert.Equal(t, http.StatusSeeOther, response.StatusCode)
	assert.Equal(t, b.page.URL+"/", response.Header.Get("Location"))
	assert.Zero(t, b.sim.Calls("prepare"))
}

func TestServer_RefusesAForeignForm(t *testing.T) {
	t.Parallel()
	b := open(t)
	_, status, _ := b.post("/start", url.Values{"kind": {"loan"}})
	assert.Equal(t, http.StatusBadRequest, status)
	_, status, _ = b.post("/start", url.Values{"kind": {"identity"}, "name": {strings.Repeat("x", 8<<10)}})
	assert.Equal(t, http.StatusBadRequest, status)
	assert.Zero(t, b.sim.Calls("prepare"))
}

func TestServer_StartsWithoutASession(t *testing.T) {
	t.Parallel()
	b := open(t)
	for _, path := range []string{"/wait?lang=en", "/result?lang=en"} {
		at, status, text := b.get(path)
		assert.Equal(t, "/", at)
		assert.Equal(t, http.StatusOK, status)
		assert.Contains(t, text, `<html lang="en">`)
	}
}

func TestServer_ShowsOnlyLinksThatOpenAnApp(t *testing.T) {
	t.Parallel()
	for link, shown := range map[string]bool{
		"kakaotalk://me/cert/sign?tx_id=1": true, "https://kakao.example/open": true, "intent://cert#Intent;end": true,
		"javascript:alert(1)": false, "data:text/html,x": false, "//evil.example": false, "": false,
	} {
		assert.Equal(t, shown, appLink(link) != "", link)
	}
}
