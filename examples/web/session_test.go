package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/examples/internal/sealed"
)

func TestSession_RefusesAForeignCookie(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.ask("identity", "message")
	first := b.cookie().Value
	b.ask("contract", "message")
	second := b.cookie().Value
	middle := min(len(first), len(second)) / 2 &^ 3

	other := open(t)
	other.ask("identity", "message")

	for name, value := range map[string]string{
		"changed":           first[:40] + swapLetter(first[40:41]) + first[41:],
		"cut":               first[:len(first)-4],
		"two put together":  first[:middle] + second[middle:],
		"of another key":    other.cookie().Value,
		"nothing":           "AAAA",
		"not even encoding": "!",
	} {
		t.Run(name, func(t *testing.T) {
			for _, path := range []string{"/wait", "/result"} {
				b.bring(value)
				_, status, text := b.get(path + "?lang=en")
				assert.Equal(t, http.StatusForbidden, status)
				assert.Contains(t, text, "This cannot be accepted")
			}
			b.bring(value)
			_, status, _ := b.post("/finish", nil)
			assert.Equal(t, http.StatusForbidden, status)
			b.bring(value)
			_, status, _ = b.get("/status")
			assert.Equal(t, http.StatusUnauthorized, status)
		})
	}
	assert.Zero(t, b.sim.Calls("verify"))
	assert.Contains(t, b.log.String(), "level=ERROR")
	b.bring(first)
	at, _, _ := b.get("/wait")
	assert.Equal(t, "/wait", at, "and what is ours is not")
}

func swapLetter(letter string) string {
	if letter == "A" {
		return "B"
	}
	return "A"
}

func TestSession_OldCookieIsOver(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.ask("identity", "message")
	visit := b.unseal()
	assert.Equal(t, "홍길동", visit.Person.Name)
	key, err := os.ReadFile(filepath.Join(b.dir, sessionKeyFile))
	require.NoError(t, err)
	old, err := sealed.NewCookie("visit", key, -time.Second, false)
	require.NoError(t, err)
	w := httptest.NewRecorder()
	require.NoError(t, (&sessions{old}).put(w, visit))
	b.bring(w.Result().Cookies()[0].Value)
	at, _, _ := b.get("/wait")
	assert.Equal(t, "/", at)
}

func TestSession_KeyIsMadeOnceForItsOwnerAlone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	_, err := openSessions(dir, false)
	require.NoError(t, err)
	path := filepath.Join(dir, sessionKeyFile)
	key, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Len(t, key, 32)
	_, err = openSessions(dir, false)
	require.NoError(t, err)
	again, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, key, again)
	info, err := os.Stat(path)
	require.NoError(t, err)
	assert.Zero(t, info.Mode().Perm()&0o077)
}
