package kakaocert_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

func TestK2100_IDTokenMustBeKauthsForThisAppAndNow(t *testing.T) {
	t.Parallel()
	config := kakaocerttest.NewService().Config()
	app := config.InstitutionKey
	good := map[string]any{"iss": "https://kauth.kakao.com", "aud": app, "exp": time.Hour}
	for name, c := range map[string]struct {
		change map[string]any // nil takes a claim away, and a duration is from now
		taken  bool
	}{
		"as it should be":     {nil, true},
		"audience in a list":  {map[string]any{"aud": []string{app}}, true},
		"just over":           {map[string]any{"exp": -59 * time.Second}, true},
		"expired":             {map[string]any{"exp": -61 * time.Second}, false},
		"1970":                {map[string]any{"exp": 1}, false},
		"exp absent":          {map[string]any{"exp": nil}, false},
		"exp is text":         {map[string]any{"exp": "9999999999"}, false},
		"exp overflows":       {map[string]any{"exp": 1e300}, false},
		"another app":         {map[string]any{"aud": "another"}, false},
		"aud absent":          {map[string]any{"aud": nil}, false},
		"aud empty":           {map[string]any{"aud": []string{}}, false},
		"two apps, no azp":    {map[string]any{"aud": []string{app, "another"}}, false},
		"two apps, ours":      {map[string]any{"aud": []string{app, "another"}, "azp": app}, true},
		"another's azp":       {map[string]any{"azp": "another"}, false},
		"another issuer":      {map[string]any{"iss": "https://evil.example"}, false},
		"issuer with a slash": {map[string]any{"iss": "https://kauth.kakao.com/"}, false},
		"iss absent":          {map[string]any{"iss": nil}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var nonce string
				config := config
				config.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
					if r.URL.Path != "/oauth/token" {
						return answer(200, `{"kauth_tx_id":"k"}`), nil
					}
					claims := maps.Clone(good)
					claims["nonce"] = nonce
					for claim, value := range c.change {
						if claims[claim] = value; value == nil {
							delete(claims, claim)
						}
					}
					if fromNow, ok := claims["exp"].(time.Duration); ok {
						claims["exp"] = time.Now().Add(fromNow).Unix()
					}
					text, err := json.Marshal(claims)
					if err != nil {
						return nil, err
					}
					return answer(200, `{"tx_id":"tx","id_token":"e30.`+base64.RawURLEncoding.EncodeToString(text)+`.c2ln"}`), nil
				})
				client := newClient(t, config)
				login := begun(t, client)
				nonce = loginField(t, login, "nonce")
				_, err := client.K2100.Exchange(t.Context(), login, url.Values{"state": {loginField(t, login, "state")}, "code": {"code"}})
				if c.taken {
					require.NoError(t, err)
					return
				}
				require.True(t, isUnreadable(err), "%v", err)
			})
		})
	}
}

// Readers differ in which of two claims with one name they take.
func TestK2100_IDTokenWithARepeatedClaimIsRefused(t *testing.T) {
	t.Parallel()
	config := kakaocerttest.NewService().Config()
	for name, claims := range map[string]string{
		"once":                   `"nonce":"NONCE"`,
		"nonce twice":            `"nonce":"other","nonce":"NONCE"`,
		"nonce twice, last":      `"nonce":"NONCE","nonce":"other"`,
		"nonce twice, the same":  `"nonce":"NONCE","nonce":"NONCE"`,
		"nonce twice, escaped":   `"nonce":"NONCE","n\u006fnce":"other"`,
		"iss twice":              `"nonce":"NONCE","iss":"https://evil.example"`,
		"aud twice":              `"nonce":"NONCE","aud":"another"`,
		"exp twice":              `"nonce":"NONCE","exp":1`,
		"nonce is a list":        `"nonce":["NONCE"]`,
		"nonce in another claim": `"n":{"nonce":"NONCE"}`,
		"nonce in capitals":      `"Nonce":"NONCE"`,
	} {
		var nonce string
		config := config
		config.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
			if r.URL.Path != "/oauth/token" {
				return answer(200, `{"kauth_tx_id":"k"}`), nil
			}
			text := fmt.Sprintf(`{"iss":"https://kauth.kakao.com","aud":%q,"exp":%d,`, config.InstitutionKey, time.Now().Add(time.Hour).Unix()) +
				strings.ReplaceAll(claims, "NONCE", nonce) + "}"
			return answer(200, `{"tx_id":"tx","id_token":"e30.`+base64.RawURLEncoding.EncodeToString([]byte(text))+`.c2ln"}`), nil
		})
		client := newClient(t, config)
		login := begun(t, client)
		nonce = loginField(t, login, "nonce")
		_, err := client.K2100.Exchange(t.Context(), login, url.Values{"state": {loginField(t, login, "state")}, "code": {"code"}})
		if name == "once" {
			require.NoError(t, err)
			continue
		}
		require.Error(t, err, name)
	}
}

// In a contract whose client_id is the dealer's, so is the audience; and the
// issuer stays kauth's where BaseURL takes kauth's place.
func TestK2100_IDTokenIsForWhoeverTheClientIDIs(t *testing.T) {
	t.Parallel()
	for _, who := range []string{"institution", "dealer"} {
		server := kakaocerttest.NewServer(t, kakaocerttest.WithProtocol(parseProtocol(t, `{"login.client_id": "`+who+`"}`)))
		config := server.Config()
		config.Evidence = new(memorySink)
		client := newClient(t, config)
		login := begun(t, client)
		tokens, err := client.K2100.Exchange(t.Context(), login, cameBack(t, server, client, login))
		require.NoError(t, err, who)
		assert.False(t, tokens.IDToken.IsZero())
	}
}

func TestK2100_CallbackWithARepeatedParameterIsRefused(t *testing.T) {
	t.Parallel()
	client := newClient(t, kakaocerttest.NewService().Config())
	login := begun(t, client)
	state := loginField(t, login, "state")
	for name, callback := range map[string]url.Values{
		"state twice": {"state": {state, "other"}, "code": {"c"}},
		"code twice":  {"state": {state}, "code": {"c", "d"}},
		"error twice": {"state": {state}, "error": {"access_denied", "x"}},
	} {
		_, err := client.K2100.Exchange(t.Context(), login, callback)
		require.ErrorAs(t, err, new(*kakaocert.ArgumentError), name)
	}
}

func TestK2100_RedirectURIThatCannotBeSafeIsRefused(t *testing.T) {
	t.Parallel()
	client := newClient(t, kakaocerttest.NewService().Config())
	for _, address := range []string{
		"https://bank.example/back?state=x", "https://bank.example/back?a=b&code=x", "https://bank.example/?error=x",
		"javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "vbscript:x", "blob:https://bank.example/x",
		"https://user:word@bank.example/", "https://user@bank.example/", "https://:443/", "https://bank.example/#", "JavaScript:alert(1)",
	} {
		_, err := client.K2100.Prepare(t.Context(), &kakaocert.K2100PrepareParams{RedirectURI: address})
		require.ErrorAs(t, err, new(*kakaocert.ArgumentError), address)
	}
	renamed := kakaocerttest.NewService().Config()
	renamed.Protocol = parseProtocol(t, `{"field.state": "st", "field.code": "ticket", "field.oauth_error": "problem"}`)
	for _, address := range []string{"https://bank.example/?st=x", "https://bank.example/?a=b&ticket=x", "https://bank.example/?problem", "https://bank.example/?%73t=x"} {
		_, err := newClient(t, renamed).K2100.Prepare(t.Context(), &kakaocert.K2100PrepareParams{RedirectURI: address})
		require.ErrorAs(t, err, new(*kakaocert.ArgumentError), address)
	}
	for _, address := range []string{"https://bank.example/back?next=x", "kakaoabc://oauth", "http://127.0.0.1:8080/back"} {
		_, err := client.K2100.Prepare(t.Context(), &kakaocert.K2100PrepareParams{RedirectURI: address})
		require.NoError(t, err, address)
	}
}

func TestK2100_AuthorizeURLHasPromptAndFurtherParameters(t *testing.T) {
	t.Parallel()
	client := newClient(t, kakaocerttest.NewService().Config())
	login := begun(t, client)
	address, err := client.K2100.AuthorizeURL(login, &kakaocert.AuthorizeParams{
		Scope: []string{"openid", "profile"}, LoginHint: "hint", ChannelPublicID: "_channel", ServiceTerms: []string{"a", "b"}, DeviceType: "pc",
	})
	require.NoError(t, err)
	parsed, err := url.Parse(address)
	require.NoError(t, err)
	query := parsed.Query()
	assert.Equal(t, "cert", query.Get("prompt"))
	assert.Equal(t, "openid profile", query.Get("scope"))
	assert.Equal(t, "hint", query.Get("login_hint"))
	assert.Equal(t, "_channel", query.Get("channel_public_id"))
	assert.Equal(t, "a,b", query.Get("service_terms"))
	assert.Equal(t, "pc", query.Get("device_type"))
	_, err = client.K2100.AuthorizeURL(login, &kakaocert.AuthorizeParams{LoginHint: "a\nb"})
	require.ErrorAs(t, err, new(*kakaocert.ArgumentError))
}
