package sealed_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/examples/internal/sealed"
)

func newCookie(t *testing.T, name string, key byte, secure bool) *sealed.Cookie {
	t.Helper()
	secret := make([]byte, 32)
	secret[0] = key
	c, err := sealed.NewCookie(name, secret, time.Minute, secure)
	require.NoError(t, err)
	return c
}

// bring is a request with that value under that name.
func bring(name, value string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.AddCookie(&http.Cookie{Name: name, Value: value})
	return r
}

func TestCookie_ValueIsItsOwnAndForItsTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		visit := newCookie(t, "visit", 1, false)
		value := visit.Seal([]byte("홍길동")).Value
		text, err := visit.Open(bring("visit", value))
		require.NoError(t, err)
		assert.Equal(t, "홍길동", string(text))

		_, err = newCookie(t, "user", 1, false).Open(bring("user", value))
		require.ErrorIs(t, err, sealed.ErrForged, "another cookie's")
		_, err = newCookie(t, "visit", 2, false).Open(bring("visit", value))
		require.ErrorIs(t, err, sealed.ErrForged, "another key's")
		for i := range len(value) {
			letter := byte('A')
			if value[i] == letter {
				letter = 'B'
			}
			_, err = visit.Open(bring("visit", value[:i]+string(letter)+value[i+1:]))
			require.ErrorIs(t, err, sealed.ErrForged, i)
			_, err = visit.Open(bring("visit", value[:i]))
			require.ErrorIs(t, err, sealed.ErrForged, i)
		}
		_, err = visit.Open(bring("other", value))
		require.ErrorIs(t, err, sealed.ErrNone)
		time.Sleep(time.Minute)
		_, err = visit.Open(bring("visit", value))
		require.ErrorIs(t, err, sealed.ErrOver)
	})
}

func TestCookie_IsForTheBrowserAlone(t *testing.T) {
	t.Parallel()
	for secure, name := range map[bool]string{false: "visit", true: "__Host-visit"} {
		cookie := newCookie(t, "visit", 1, secure)
		sealedValue := cookie.Seal([]byte("value"))
		assert.Equal(t, name, sealedValue.Name)
		assert.Equal(t, secure, sealedValue.Secure)
		assert.True(t, sealedValue.HttpOnly)
		assert.Equal(t, http.SameSiteLaxMode, sealedValue.SameSite)
		assert.Equal(t, "/", sealedValue.Path)
		assert.Empty(t, sealedValue.Domain)
		assert.Equal(t, 60, sealedValue.MaxAge)
		assert.Negative(t, cookie.Gone().MaxAge)
		assert.Empty(t, cookie.Gone().Value)
	}
}

func TestCookie_RefusesABadKey(t *testing.T) {
	t.Parallel()
	_, err := sealed.NewCookie("visit", make([]byte, 31), time.Minute, true)
	require.Error(t, err)
}
