package kakaocerttest_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

const bankReturn = "https://bank.example/back?from=window"

func window() kakaocerttest.Window {
	return kakaocerttest.Window{
		RedirectURI: bankReturn, SettleID: settleID, SignData: "text of this session",
		IdentifyItems: []string{"NAME", "CI"}, State: "state-1",
	}
}

// ended is the address to which the window has sent the browser.
func ended(t *testing.T, location string) url.Values {
	t.Helper()
	u, err := url.Parse(location)
	require.NoError(t, err)
	assert.Equal(t, "https://bank.example/back", u.Scheme+"://"+u.Host+u.Path)
	assert.Equal(t, "window", u.Query().Get("from"))
	assert.Equal(t, "state-1", u.Query().Get("state"))
	return u.Query()
}

// k1400 is the path of a step, which is K1100's.
func k1400(step, txID string) string {
	return path(step, "K1110T", "")[:len("/sign/v2/")] + step + "?tx_id=" + txID
}

func TestWindow_UserSigns(t *testing.T) {
	t.Parallel()
	user := kakaocerttest.DefaultUser()
	user.Behaviour = kakaocerttest.Manual()
	s := start(t, kakaocerttest.Contract{}, kakaocerttest.WithUsers(user))
	address := window().URL(s.url)
	status, header, page := s.browse(address, nil)
	require.Equal(t, http.StatusOK, status, page)
	assert.Contains(t, page, "모의 카카오 인증 표준창")
	assert.Contains(t, page, "text of this session")
	assert.Contains(t, header.Get("Content-Security-Policy"), "form-action 'self' https://bank.example;")

	status, header, _ = s.browse(address, url.Values{"phone": {user.Phone}, "decision": {"agree"}})
	require.Equal(t, http.StatusSeeOther, status)
	waiting := s.url + header.Get("Location")
	status, _, page = s.browse(waiting, nil)
	require.Equal(t, http.StatusOK, status)
	assert.Contains(t, page, "휴대전화에서 서명해")

	all := s.service.Transactions()
	require.Len(t, all, 1)
	assert.Equal(t, "K1400T", all[0].Product)
	s.refused("E2006", 400, k1400("verify", all[0].TxID), nil)
	require.NoError(t, s.service.Sign(all[0].TxID))
	status, header, _ = s.browse(waiting, nil)
	require.Equal(t, http.StatusFound, status)
	back := ended(t, header.Get("Location"))
	assert.Equal(t, all[0].TxID, back.Get("tx_id"))
	assert.False(t, back.Has("error_code"))

	txID := back.Get("tx_id")
	assert.Equal(t, "COMPLETED", s.ok(k1400("status", txID), nil)["status"])
	verified := s.ok(k1400("verify", txID), nil)
	assert.Equal(t, "text of this session", verified["data"])
	assert.NotEmpty(t, verified["vid"])
	s.refused("E2003", 400, k1400("verify", txID), nil)
	signer := s.ok(k1400("signer", txID), nil)
	assert.Equal(t, user.Name, s.open(signer["name"]))
	assert.Equal(t, user.CI, s.open(signer["ci"]))
	assert.NotContains(t, signer, "birthday", "which was not asked for")
}

func TestWindow_UserDoesNotSign(t *testing.T) {
	t.Parallel()
	for behaviour, want := range map[kakaocerttest.Behaviour]string{
		kakaocerttest.RefuseAfter(0): "CANCELED", kakaocerttest.Ignore(): "E2007",
	} {
		user := kakaocerttest.DefaultUser()
		user.Behaviour = behaviour
		s := start(t, kakaocerttest.Contract{}, kakaocerttest.WithUsers(user))
		_, header, _ := s.browse(window().URL(s.url), url.Values{"phone": {user.Phone}, "decision": {"agree"}})
		s.clock.Advance(10 * time.Minute)
		status, header, _ := s.browse(s.url+header.Get("Location"), nil)
		require.Equal(t, http.StatusFound, status)
		back := ended(t, header.Get("Location"))
		assert.Equal(t, want, back.Get("error_code"))
		assert.False(t, back.Has("tx_id"))
	}
	s := start(t, kakaocerttest.Contract{})
	_, header, _ := s.browse(window().URL(s.url), url.Values{"decision": {"cancel"}})
	assert.Equal(t, "CANCELED", ended(t, header.Get("Location")).Get("error_code"))
	status, _, page := s.browse(window().URL(s.url), url.Values{"phone": {"01000000000"}, "decision": {"agree"}})
	assert.Equal(t, http.StatusOK, status)
	assert.Contains(t, page, "E2001")
	assert.Empty(t, s.service.Transactions())
}

func TestWindow_RefusesWhatItCannotTrust(t *testing.T) {
	t.Parallel()
	s := start(t, kakaocerttest.Contract{RedirectURIs: []string{bankReturn}})
	good, err := url.Parse(window().URL(s.url))
	require.NoError(t, err)
	for name, wrong := range map[string]url.Values{
		"no return":          {"redirect_uri": nil},
		"another return":     {"redirect_uri": {"https://evil.example/"}},
		"return by script":   {"redirect_uri": {"javascript:alert(1)"}},
		"return with tx_id":  {"redirect_uri": {bankReturn + "&tx_id=x"}},
		"another settle_id":  {"settle_id": {"x"}},
		"nothing to sign":    {"sign_data": nil},
		"too much to sign":   {"sign_data": {"01234567890123456789012345678901234567890"}},
		"unknown item":       {"identify_items": {"NAME,SHOE_SIZE"}},
		"item twice":         {"identify_items": {"NAME,NAME"}},
		"field twice":        {"state": {"a", "b"}},
		"window of no login": {"id": {"x"}},
	} {
		query := good.Query()
		for field, values := range wrong {
			query[field] = values
			if values == nil {
				delete(query, field)
			}
		}
		status, header, _ := s.browse(s.url+"/_window/?"+query.Encode(), nil)
		assert.Equal(t, http.StatusBadRequest, status, name)
		assert.Empty(t, header.Get("Location"), name)
	}
	status, header, script := s.browse(s.url+"/_window/kakao.js", nil)
	assert.Equal(t, http.StatusOK, status)
	assert.Equal(t, "text/javascript; charset=utf-8", header.Get("Content-Type"))
	assert.Contains(t, script, "identify(options)")
	status, _, _ = s.browse(s.url+"/_window/other", nil)
	assert.Equal(t, http.StatusNotFound, status)

	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, good.String(), nil)
	require.NoError(t, err)
	request.Host = "evil.example"
	answer, err := http.DefaultTransport.RoundTrip(request)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	assert.Equal(t, http.StatusForbidden, answer.StatusCode)
}

func TestSignInWindow_PlaysTheBrowser(t *testing.T) {
	t.Parallel()
	user := kakaocerttest.DefaultUser()
	s := start(t, kakaocerttest.Contract{})
	callback, err := s.service.SignInWindow(t.Context(), window(), user.Phone)
	require.NoError(t, err)
	assert.Equal(t, s.service.Transactions()[0].TxID, ended(t, callback).Get("tx_id"))
	_, err = s.service.SignInWindow(t.Context(), kakaocerttest.Window{}, user.Phone)
	assert.ErrorContains(t, err, "refuses")
	_, err = s.service.SignInWindow(t.Context(), window(), "01000000000")
	assert.ErrorContains(t, err, "refuses")
}
