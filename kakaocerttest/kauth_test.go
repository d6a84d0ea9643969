package kakaocerttest_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

const verifier = "0123456789012345678901234567890123456789012"

// browse opens a page, or sends its form, and does not follow redirects.
func (s *sim) browse(address string, form url.Values) (int, http.Header, string) {
	s.t.Helper()
	method, body := http.MethodGet, ""
	if form != nil {
		method, body = http.MethodPost, form.Encode()
	}
	request, err := http.NewRequestWithContext(s.t.Context(), method, address, strings.NewReader(body))
	require.NoError(s.t, err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	browser := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := browser.Do(request)
	require.NoError(s.t, err)
	text, err := io.ReadAll(answer.Body)
	require.NoError(s.t, err)
	require.NoError(s.t, answer.Body.Close())
	return answer.StatusCode, answer.Header, string(text)
}

// post sends a form as a client does.
func (s *sim) post(path string, form url.Values) (int, fields) {
	s.t.Helper()
	status, _, text := s.browse(s.url+path, form)
	var out fields
	require.NoError(s.t, json.Unmarshal([]byte(text), &out), text)
	return status, out
}

var loginForm = url.Values{
	"client_id": {institutionKey}, "cert_type": {"k2100"}, "settle_id": {settleID},
	"sign_data": {"the data"}, "sign_identify_items": {"name,phone_number"},
}

// but returns a copy of the form with another value; "" removes it.
func but(form url.Values, name, value string) url.Values {
	out := make(url.Values, len(form)+1)
	for k, v := range form {
		out[k] = v
	}
	if out.Set(name, value); value == "" {
		out.Del(name)
	}
	return out
}

// page is the query of the login page for a login that was prepared.
func (s *sim) page() url.Values {
	s.t.Helper()
	status, out := s.post("/oauth/authorize/prepare", loginForm)
	require.Equal(s.t, http.StatusOK, status, out)
	challenge := sha256.Sum256([]byte(verifier))
	return url.Values{
		"client_id": {institutionKey}, "response_type": {"code"}, "prompt": {"cert"}, "redirect_uri": {"https://bank.example/back"},
		"state": {"the state"}, "nonce": {"the nonce"}, "kauth_tx_id": {out["kauth_tx_id"].(string)},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(challenge[:])}, "code_challenge_method": {"S256"},
	}
}

func (s *sim) address(page url.Values) string { return s.url + "/oauth/authorize?" + page.Encode() }

var agree = url.Values{"decision": {"agree"}, "phone": {"01012345678"}}

// loggedIn is the form that exchanges the code of a user who has logged in.
func (s *sim) loggedIn() url.Values {
	s.t.Helper()
	address := s.address(s.page())
	status, header, _ := s.browse(address, agree)
	require.Equal(s.t, http.StatusSeeOther, status)
	require.Equal(s.t, "/oauth/authorize", strings.Split(header.Get("Location"), "?")[0])
	status, header, _ = s.browse(address, nil)
	require.Equal(s.t, http.StatusSeeOther, status)
	back, err := url.Parse(header.Get("Location"))
	require.NoError(s.t, err)
	require.Equal(s.t, "the state", back.Query().Get("state"))
	return url.Values{
		"grant_type": {"authorization_code"}, "client_id": {institutionKey}, "redirect_uri": {"https://bank.example/back"},
		"code": back.Query()["code"], "code_verifier": {verifier},
	}
}

func TestLogin_InABrowser(t *testing.T) {
	t.Parallel()
	s := start(t, kakaocerttest.Contract{})
	form := s.loggedIn()
	status, out := s.post("/oauth/token", form)
	require.Equal(t, http.StatusOK, status, out)
	txID := out["tx_id"].(string)
	parts := strings.Split(out["id_token"].(string), ".")
	require.Len(t, parts, 3)
	claims, err := base64.RawURLEncoding.DecodeString(parts[1])
	require.NoError(t, err)
	assert.Contains(t, string(claims), `"nonce":"the nonce"`)

	verified := s.ok("/sign/v2/verify?tx_id="+txID, nil)
	assert.Equal(t, "Y", verified["result"])
	assert.NotEmpty(t, verified["signed_data"])
	signer := s.ok("/sign/v2/signer?tx_id="+txID, nil)
	assert.Equal(t, "홍길동", s.open(signer["name"]))
	assert.NotContains(t, signer, "birthday")

	status, out = s.post("/oauth/token", form)
	assert.Equal(t, http.StatusBadRequest, status)
	assert.Equal(t, "invalid_grant", out["error"], "a code is good once")
}

func TestLoginPage_Shows(t *testing.T) {
	t.Parallel()
	user := kakaocerttest.DefaultUser()
	user.Behaviour = kakaocerttest.Manual()
	asleep := kakaocerttest.User{Name: "임꺽정", Birthday: "19880808", Phone: "01087654321", Behaviour: kakaocerttest.Dormant()}
	s := start(t, kakaocerttest.Contract{}, kakaocerttest.WithUsers(user, asleep))
	address := s.address(s.page())
	status, header, text := s.browse(address+"&lang=en", nil)
	require.Equal(t, http.StatusOK, status)
	assert.Contains(t, text, "홍*동 (010*****678)")
	assert.NotContains(t, text, "홍길동")
	assert.Contains(t, text, "the data")
	assert.Contains(t, text, "Agree and log in")
	assert.Contains(t, header.Get("Content-Security-Policy"), "frame-ancestors 'none'")
	assert.Equal(t, "no-store", header.Get("Cache-Control"))

	status, _, text = s.browse(address, url.Values{"decision": {"agree"}, "phone": {asleep.Phone}})
	require.Equal(t, http.StatusOK, status)
	assert.Contains(t, text, "E2005")

	status, _, _ = s.browse(address, agree)
	require.Equal(t, http.StatusSeeOther, status)
	status, _, text = s.browse(address, nil)
	require.Equal(t, http.StatusOK, status)
	assert.Contains(t, text, `http-equiv="refresh"`, "it waits for the phone")
	status, _, text = s.browse(address+"&state=another", nil)
	assert.Equal(t, http.StatusBadRequest, status, "the address is the one at which the user agreed: %s", text)

	waiting := s.service.Transactions()
	require.Len(t, waiting, 1)
	assert.True(t, waiting[0].Pending)
	assert.Equal(t, "K2100T", waiting[0].Product)
	require.NoError(t, s.service.Decline(waiting[0].TxID))
	status, header, _ = s.browse(address, nil)
	require.Equal(t, http.StatusSeeOther, status)
	assert.Contains(t, header.Get("Location"), "error=access_denied")

	address = s.address(s.page())
	s.browse(address, url.Values{"decision": {"cancel"}})
	_, header, _ = s.browse(address, nil)
	assert.Contains(t, header.Get("Location"), "error=access_denied")
	assert.Contains(t, header.Get("Location"), "state=the+state")
}

func TestLogin_BadOneIsRefused(t *testing.T) {
	t.Parallel()
	s := start(t, kakaocerttest.Contract{RedirectURIs: []string{"https://bank.example/back"}})
	for name, c := range map[string]struct{ field, value, want string }{
		"client":         {"client_id", "another", "invalid_client"},
		"no client":      {"client_id", "", "invalid_request"},
		"kind":           {"cert_type", "k9999", "invalid_request"},
		"no data":        {"sign_data", "", "invalid_request"},
		"data":           {"sign_data", strings.Repeat("x", 41), "invalid_request"},
		"item":           {"sign_identify_items", "shoe_size", "invalid_request"},
		"item twice":     {"sign_identify_items", "name,name", "invalid_request"},
		"unknown":        {"colour", "red", "invalid_request"},
		"transaction":    {"tx_id", "0123", "invalid_request"},
		"settlement":     {"settle_id", "another", ""},
		"not settlement": {"settle_id", "", ""},
	} {
		_, out := s.post("/oauth/authorize/prepare", but(loginForm, c.field, c.value))
		if c.want == "" {
			assert.Equal(t, "E1005", out["code"], name)
			continue
		}
		assert.Equal(t, c.want, out["error"], name)
	}
	status, _, _ := s.browse(s.url+"/oauth/authorize/prepare", nil)
	assert.Equal(t, http.StatusMethodNotAllowed, status)

	page := s.page()
	for name, value := range map[string]string{
		"kauth_tx_id": "another", "client_id": "another", "redirect_uri": "https://evil.example/", "response_type": "token", "prompt": "login",
		"state": "", "code_challenge": "", "code_challenge_method": "plain",
	} {
		status, header, _ := s.browse(s.address(but(page, name, value)), nil)
		assert.Equal(t, http.StatusBadRequest, status, name)
		assert.Empty(t, header.Get("Location"), name)
	}
	s.clock.Advance(11 * time.Minute)
	status, _, _ = s.browse(s.address(page), nil)
	assert.Equal(t, http.StatusBadRequest, status, "a login waits ten minutes")
}

func TestToken_ExchangesACodeAsItWasAskedFor(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ field, value, want string }{
		"grant":     {"grant_type", "password", "unsupported_grant_type"},
		"client":    {"client_id", "another", "invalid_client"},
		"secret":    {"client_secret", "another", "invalid_client"},
		"address":   {"redirect_uri", "https://bank.example/", "invalid_grant"},
		"code":      {"code", "another", "invalid_grant"},
		"no code":   {"code", "", "invalid_grant"},
		"verifier":  {"code_verifier", verifier + "x", "invalid_grant"},
		"no PKCE":   {"code_verifier", "", "invalid_grant"},
		"something": {"colour", "red", "invalid_request"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, kakaocerttest.Contract{})
			_, out := s.post("/oauth/token", but(s.loggedIn(), c.field, c.value))
			assert.Equal(t, c.want, out["error"])
		})
	}
	s := start(t, kakaocerttest.Contract{Denied: []string{"k2100.token"}})
	form := s.loggedIn()
	_, out := s.post("/oauth/token", form)
	assert.Equal(t, "E1002", out["code"])

	s = start(t, kakaocerttest.Contract{})
	form = s.loggedIn()
	s.clock.Advance(11 * time.Minute)
	_, out = s.post("/oauth/token", form)
	assert.Equal(t, "invalid_grant", out["error"], "a code waits ten minutes")
}

func TestLoginPage_RefusesOtherSites(t *testing.T) {
	t.Parallel()
	s := start(t, kakaocerttest.Contract{}, kakaocerttest.WithHosts("Sim.Example"))
	address := s.address(s.page())
	status := func(method string, header ...string) int {
		request, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader("decision=cancel"))
		require.NoError(t, err)
		for i := 0; i < len(header); i += 2 {
			if header[i] == "Host" {
				request.Host = header[i+1]
			}
			request.Header.Set(header[i], header[i+1])
		}
		answer, err := http.DefaultTransport.RoundTrip(request)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		return answer.StatusCode
	}
	link := []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"}
	for name, header := range map[string][]string{
		"another host":        {"Host", "evil.example"},
		"another host's link": append([]string{"Host", "evil.example"}, link...),
		"another origin":      {"Origin", "https://evil.example"},
		"no origin":           {"Origin", "null"},
		"another site":        {"Sec-Fetch-Site", "cross-site"},
		"another port":        {"Sec-Fetch-Site", "same-site"},
		"frame":               {"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "iframe"},
	} {
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodHead, http.MethodDelete} {
			assert.Equal(t, http.StatusForbidden, status(method, header...), "%s %s", method, name)
		}
	}
	assert.Equal(t, http.StatusForbidden, status(http.MethodPost, link...), "a form of another site")
	assert.Equal(t, http.StatusOK, status(http.MethodGet, link...), "the institution's redirect")
	assert.Equal(t, http.StatusOK, status(http.MethodGet, "Host", "SIM.example:80"))
	assert.Equal(t, http.StatusMethodNotAllowed, status(http.MethodDelete))
	assert.Equal(t, http.StatusSeeOther, status(http.MethodPost, "Sec-Fetch-Site", "same-origin", "Origin", s.url))
}

func TestKauth_TakesFormsOnly(t *testing.T) {
	t.Parallel()
	s := start(t, kakaocerttest.Contract{})
	status, out := s.do("/oauth/authorize/prepare", fields{"client_id": institutionKey})
	assert.Equal(t, http.StatusBadRequest, status)
	assert.Equal(t, "invalid_request", out["error"], "a form is wanted, not JSON")
}

func TestLogIn_SaysWhatWentWrong(t *testing.T) {
	t.Parallel()
	s := start(t, kakaocerttest.Contract{})
	_, err := s.service.LogIn(t.Context(), s.address(s.page()), "01000000000")
	assert.ErrorContains(t, err, "refuses")
	_, err = s.service.LogIn(t.Context(), s.url+"/oauth/authorize?client_id=another", "01012345678")
	assert.ErrorContains(t, err, "refuses")
	require.NoError(t, s.service.Inject(kakaocerttest.Fault{Step: "authorize", Kind: kakaocerttest.DropBefore}))
	_, err = s.service.LogIn(t.Context(), s.address(s.page()), "01012345678")
	assert.Error(t, err)
	callback, err := s.service.LogIn(t.Context(), s.address(s.page()), "01012345678")
	require.NoError(t, err)
	assert.Contains(t, callback, "https://bank.example/back?")
}
