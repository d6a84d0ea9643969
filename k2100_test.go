package kakaocert_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
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

const (
	callbackURL = "https://bank.example/login/back?from=kakao"
	hongPhone   = "01012345678"
)

// loginSetup is setup with a Sink, without which a login is not verified.
func loginSetup(t *testing.T, opts ...kakaocerttest.Option) (*kakaocerttest.Server, *kakaocert.Client, *memorySink) {
	t.Helper()
	server := kakaocerttest.NewServer(t, opts...)
	sink := new(memorySink)
	config := server.Config()
	config.Evidence = sink
	return server, newClient(t, config), sink
}

func begun(t testing.TB, client *kakaocert.Client) *kakaocert.K2100Login {
	t.Helper()
	login, err := client.K2100.Prepare(t.Context(), &kakaocert.K2100PrepareParams{
		RedirectURI: callbackURL, IdentifyItems: []kakaocert.IdentifyItem{kakaocert.IdentifyName, kakaocert.IdentifyBirthday},
	})
	require.NoError(t, err)
	return login
}

// cameBack is the query of the address at which 홍길동's browser came back.
func cameBack(t testing.TB, server *kakaocerttest.Server, client *kakaocert.Client, login *kakaocert.K2100Login) url.Values {
	t.Helper()
	address, err := client.K2100.AuthorizeURL(login, nil)
	require.NoError(t, err)
	callback, err := server.LogIn(t.Context(), address, hongPhone)
	require.NoError(t, err)
	back, err := url.Parse(callback)
	require.NoError(t, err)
	return back.Query()
}

func TestK2100_EndToEnd(t *testing.T) {
	t.Parallel()
	server, client, sink := loginSetup(t)
	login := begun(t, client)
	kept, err := kakaocert.ParseK2100Login(login.Reveal()) // as it comes back in the cookie
	require.NoError(t, err)

	callback := cameBack(t, server, client, login)
	assert.Equal(t, "kakao", callback.Get("from"), "what the address had is still there")
	tokens, err := client.K2100.Exchange(t.Context(), kept, callback)
	require.NoError(t, err)
	assert.NotEmpty(t, tokens.AccessToken.Reveal())
	assert.NotEmpty(t, tokens.RefreshToken.Reveal())
	assert.NotEmpty(t, tokens.IDToken.Reveal())
	assert.Equal(t, 21599*time.Second, tokens.ExpiresIn)

	result, err := client.K2100.Verify(t.Context(), tokens.Transaction, kept)
	require.NoError(t, err)
	require.Len(t, sink.all(), 1, "the answer was kept first")
	assert.Equal(t, "K2100T", sink.all()[0].meta.Product)
	verifier, err := kakaocert.NewVerifier(server.Roots(), kakaocert.UnsafeNoRevocation())
	require.NoError(t, err)
	verified, err := result.Check(verifier)
	require.NoError(t, err)
	require.NoError(t, verified.CheckVID(result))

	info, err := client.K2100.SignerInfo(t.Context(), tokens.Transaction)
	require.NoError(t, err)
	require.NoError(t, info.Compare(byHong, kakaocert.IdentifyName, kakaocert.IdentifyBirthday))
	assert.True(t, info.Phone.IsZero(), "was not asked for")

	restored, err := client.K2100.Restore(tokens.Transaction, sink.all()[0].body, kept)
	require.NoError(t, err)
	assert.Equal(t, result.SignedData(), restored.SignedData())
	_, err = client.K2100.Verify(t.Context(), tokens.Transaction, kept)
	assert.ErrorIs(t, err, kakaocert.ErrUnknownTransaction, "once only")
}

func TestK2100_SignsItsOwnData(t *testing.T) {
	t.Parallel()
	for name, protocol := range map[string]string{"sign_data": `{}`, "state": `{"signed.login": "state"}`} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, client, _ := loginSetup(t, kakaocerttest.WithProtocol(parseProtocol(t, protocol)))
			login, err := client.K2100.Prepare(t.Context(), &kakaocert.K2100PrepareParams{RedirectURI: callbackURL, Data: "길동증권에 로그인합니다"})
			require.NoError(t, err)
			tokens, err := client.K2100.Exchange(t.Context(), login, cameBack(t, server, client, login))
			require.NoError(t, err)
			result, err := client.K2100.Verify(t.Context(), tokens.Transaction, login)
			require.NoError(t, err)
			verifier, err := kakaocert.NewVerifier(server.Roots(), kakaocert.UnsafeNoRevocation())
			require.NoError(t, err)
			verified, err := result.Check(verifier)
			require.NoError(t, err)
			assert.Equal(t, name == "sign_data", string(verified.Content()) == "길동증권에 로그인합니다")
		})
	}
}

func TestK2100_AuthorizeURLIsKauthsAndHasNoSecret(t *testing.T) {
	t.Parallel()
	service := kakaocerttest.NewService()
	config := service.Config()
	var hosts []string
	config.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
		hosts = append(hosts, r.URL.Host+" "+r.Header.Get("Authorization")+r.Header.Get("Target-Authorization"))
		return service.Transport().RoundTrip(r)
	})
	client := newClient(t, config)
	login := begun(t, client)
	assert.Equal(t, []string{"kauth.kakao.com "}, hosts, "kauth gets no key header")
	prepared(t, client)
	assert.Equal(t, "cbt-cert-sign.kakao.com KakaoAK "+config.DealerKey+"KakaoAK "+config.InstitutionKey, hosts[1])

	address, err := client.K2100.AuthorizeURL(login, nil)
	require.NoError(t, err)
	u, err := url.Parse(address)
	require.NoError(t, err)
	assert.Equal(t, "https://kauth.kakao.com/oauth/authorize", u.Scheme+"://"+u.Host+u.Path)
	assert.Equal(t, "code", u.Query().Get("response_type"))
	assert.Equal(t, "S256", u.Query().Get("code_challenge_method"))
	assert.Equal(t, config.InstitutionKey, u.Query().Get("client_id"))
	assert.NotContains(t, address, loginField(t, login, "verifier"))
	assert.NotContains(t, address, config.DealerKey)
}

// loginField looks into the text of a login.
func loginField(t testing.TB, login *kakaocert.K2100Login, name string) string {
	t.Helper()
	text, err := base64.RawURLEncoding.DecodeString(login.Reveal())
	require.NoError(t, err)
	var fields map[string]string
	require.NoError(t, json.Unmarshal(text, &fields))
	require.NotEmpty(t, fields[name])
	return fields[name]
}

func TestK2100_AnotherLoginsStateIsRefusedUnsent(t *testing.T) {
	t.Parallel()
	server, client, _ := loginSetup(t)
	require.NoError(t, server.Inject(kakaocerttest.Fault{Kind: kakaocerttest.WrongState}))
	login := begun(t, client)
	_, err := client.K2100.Exchange(t.Context(), login, cameBack(t, server, client, login))
	assert.ErrorIs(t, err, kakaocert.ErrStateMismatch)
	_, err = client.K2100.Exchange(t.Context(), login, url.Values{"code": {"code"}})
	assert.ErrorIs(t, err, kakaocert.ErrStateMismatch)
	assert.Zero(t, server.Calls("token"))
}

func TestK2100_CodeIsGoodOnceAndForItsOwnLoginOnly(t *testing.T) {
	t.Parallel()
	server, client, _ := loginSetup(t)
	login := begun(t, client)
	callback := cameBack(t, server, client, login)
	_, err := client.K2100.Exchange(t.Context(), login, callback)
	require.NoError(t, err)
	_, err = client.K2100.Exchange(t.Context(), login, callback)
	assert.ErrorIs(t, err, kakaocert.ErrInvalidGrant)
	refused, ok := errors.AsType[*kakaocert.APIError](err)
	require.True(t, ok)
	assert.Equal(t, http.StatusBadRequest, refused.StatusCode)
	assert.NotEmpty(t, refused.Message().Reveal())

	require.NoError(t, server.Inject(kakaocerttest.Fault{Kind: kakaocerttest.UsedCode}))
	login = begun(t, client)
	_, err = client.K2100.Exchange(t.Context(), login, cameBack(t, server, client, login))
	assert.ErrorIs(t, err, kakaocert.ErrInvalidGrant)

	victim, mine := begun(t, client), begun(t, client)
	stolen := cameBack(t, server, client, victim)
	stolen.Set("state", loginField(t, mine, "state"))
	_, err = client.K2100.Exchange(t.Context(), mine, stolen)
	assert.ErrorIs(t, err, kakaocert.ErrInvalidGrant, "the verifier does not fit")
}

func TestK2100_DeclineIsAnErrorOfItsOwn(t *testing.T) {
	t.Parallel()
	user := kakaocerttest.DefaultUser()
	user.Behaviour = kakaocerttest.RefuseAfter(0)
	server, client, _ := loginSetup(t, kakaocerttest.WithUsers(user))
	login := begun(t, client)
	_, err := client.K2100.Exchange(t.Context(), login, cameBack(t, server, client, login))
	assert.ErrorIs(t, err, kakaocert.ErrAccessDenied)
	declined, ok := errors.AsType[*kakaocert.RedirectError](err)
	require.True(t, ok)
	assert.Equal(t, "K2100T", declined.Product)
	assert.Zero(t, server.Calls("token"))
}

func TestK2100_LostExchangeIsNotRepeated(t *testing.T) {
	t.Parallel()
	for _, fault := range []kakaocerttest.Fault{
		{Step: "token", Kind: kakaocerttest.DropBefore},
		{Step: "token", Kind: kakaocerttest.DropAfter},
		{Step: "token", Kind: kakaocerttest.CutBody},
		{Step: "token", Kind: kakaocerttest.BadGateway},
		{Step: "token", Kind: kakaocerttest.Unavailable},
	} {
		t.Run(string(fault.Kind), func(t *testing.T) {
			t.Parallel()
			server, client, _ := loginSetup(t)
			require.NoError(t, server.Inject(fault))
			login := begun(t, client)
			_, err := client.K2100.Exchange(t.Context(), login, cameBack(t, server, client, login))
			assert.ErrorIs(t, err, kakaocert.ErrOutcomeUnknown)
			assert.Equal(t, 1, server.Calls("token"))
		})
	}
}

func TestK2100_ExchangeThatWasNotDoneIsTriedAgain(t *testing.T) {
	t.Parallel()
	server, client, _ := loginSetup(t)
	require.NoError(t, server.Inject(kakaocerttest.Fault{Step: "prepare", Kind: kakaocerttest.DropAfter}))
	require.NoError(t, server.Inject(kakaocerttest.Fault{Step: "token", Kind: kakaocerttest.TooManyRequests}))
	login := begun(t, client)
	_, err := client.K2100.Exchange(t.Context(), login, cameBack(t, server, client, login))
	require.NoError(t, err)
	assert.Equal(t, 2, server.Calls("prepare"))
	assert.Equal(t, 2, server.Calls("token"))
}

func TestK2100_AnotherLoginsAnswerIsRefused(t *testing.T) {
	t.Parallel()
	server, client, sink := loginSetup(t)
	require.NoError(t, server.Inject(kakaocerttest.Fault{Kind: kakaocerttest.AnotherDocument}))
	login := begun(t, client)
	tokens, err := client.K2100.Exchange(t.Context(), login, cameBack(t, server, client, login))
	require.NoError(t, err)
	_, err = client.K2100.Verify(t.Context(), tokens.Transaction, login)
	assert.ErrorIs(t, err, kakaocert.ErrNonceMismatch)
	assert.Equal(t, "committed", sink.all()[0].ended, "it is evidence all the same")

	other := begun(t, client)
	tokens, err = client.K2100.Exchange(t.Context(), other, cameBack(t, server, client, other))
	require.NoError(t, err)
	_, err = client.K2100.Verify(t.Context(), tokens.Transaction, login)
	assert.ErrorIs(t, err, kakaocert.ErrNonceMismatch)
}

func TestK2100_IDTokenWithAnotherNonceIsRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		claims string
		want   func(error) bool
	}{
		"another":   {`{"nonce":"another"}`, isNonceMismatch},
		"none":      {`{"sub":"1"}`, isNonceMismatch},
		"no object": {`[]`, isUnreadable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, _, _ := loginSetup(t)
			config := server.Config()
			config.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
				if r.URL.Path == "/oauth/token" {
					return answer(200, `{"tx_id":"tx","id_token":"e30.`+base64.RawURLEncoding.EncodeToString([]byte(c.claims))+`.c2ln"}`), nil
				}
				return http.DefaultTransport.RoundTrip(r)
			})
			client := newClient(t, config)
			login := begun(t, client)
			_, err := client.K2100.Exchange(t.Context(), login, cameBack(t, server, client, login))
			assert.True(t, c.want(err), "%v", err)
		})
	}
}

func isNonceMismatch(err error) bool { return errors.Is(err, kakaocert.ErrNonceMismatch) }

func isUnreadable(err error) bool {
	_, ok := errors.AsType[*kakaocert.DecodeError](err)
	return ok
}

func TestK2100_UnusableLoginIsRefusedUnsent(t *testing.T) {
	t.Parallel()
	server, client, _ := loginSetup(t)
	for name, params := range map[string]*kakaocert.K2100PrepareParams{
		"nil":             nil,
		"no address":      {},
		"relative":        {RedirectURI: "/back"},
		"fragment":        {RedirectURI: "https://bank.example/#back"},
		"http elsewhere":  {RedirectURI: "http://bank.example/back"},
		"https, no host":  {RedirectURI: "https:/back"},
		"long":            {RedirectURI: "https://bank.example/" + strings.Repeat("x", 512)},
		"data":            {RedirectURI: callbackURL, Data: strings.Repeat("가", 41)},
		"items twice":     {RedirectURI: callbackURL, IdentifyItems: []kakaocert.IdentifyItem{"NAME", "NAME"}},
		"no item's word":  {RedirectURI: callbackURL, IdentifyItems: []kakaocert.IdentifyItem{"SHOE,SIZE"}},
		"settlement unit": {RedirectURI: callbackURL, SettleID: "a b"},
	} {
		_, err := client.K2100.Prepare(t.Context(), params)
		_, ok := errors.AsType[*kakaocert.ArgumentError](err)
		assert.True(t, ok, "%s: %v", name, err)
	}
	assert.Zero(t, server.Calls("prepare"))
	for _, address := range []string{"http://127.0.0.1:8080/back", "http://localhost/back", "kakao0123://oauth"} {
		_, err := client.K2100.Prepare(t.Context(), &kakaocert.K2100PrepareParams{RedirectURI: address})
		assert.NoError(t, err, address)
	}

	config := kakaocerttest.NewService(kakaocerttest.WithEnvironment(kakaocert.Production)).Config()
	config.Evidence = kakaocert.UnsafeNoEvidence()
	production := newClient(t, config)
	login := begun(t, client)
	tx := kakaocert.K2100Transaction{}
	require.NoError(t, tx.UnmarshalText([]byte("K2100:tx")))
	for name, try := range map[string]func() error{
		"environment, address":  func() error { _, err := production.K2100.AuthorizeURL(login, nil); return err },
		"environment, exchange": func() error { _, err := production.K2100.Exchange(t.Context(), login, nil); return err },
		"environment, verify":   func() error { _, err := production.K2100.Verify(t.Context(), tx, login); return err },
		"environment, restore":  func() error { _, err := production.K2100.Restore(tx, []byte("{}"), login); return err },
		"zero login":            func() error { _, err := client.K2100.AuthorizeURL(new(kakaocert.K2100Login), nil); return err },
		"nil login":             func() error { _, err := client.K2100.AuthorizeURL(nil, nil); return err },
		"no code": func() error {
			_, err := client.K2100.Exchange(t.Context(), login, url.Values{"state": {loginField(t, login, "state")}})
			return err
		},
	} {
		_, ok := errors.AsType[*kakaocert.ArgumentError](try())
		assert.True(t, ok, name)
	}
}

func TestK2100_IsNotVerifiedWithoutEvidence(t *testing.T) {
	t.Parallel()
	server, client := setup(t)
	login := begun(t, client)
	tokens, err := client.K2100.Exchange(t.Context(), login, cameBack(t, server, client, login))
	require.NoError(t, err)
	_, err = client.K2100.Verify(t.Context(), tokens.Transaction, login)
	refused, ok := errors.AsType[*kakaocert.ArgumentError](err)
	require.True(t, ok, "%v", err)
	assert.Equal(t, "Config.Evidence", refused.Field)
	assert.Zero(t, server.Calls("verify"))
}

func TestK2100_ClientSecretAndDealerKeyFollowTheContract(t *testing.T) {
	t.Parallel()
	server, client, _ := loginSetup(t,
		kakaocerttest.WithContract(kakaocerttest.Contract{ClientSecret: "the-client-secret"}),
		kakaocerttest.WithProtocol(parseProtocol(t, `{"login.client_id": "dealer", "field.cert_type": "certificate"}`)))
	login := begun(t, client)
	_, err := client.K2100.Exchange(t.Context(), login, cameBack(t, server, client, login))
	require.NoError(t, err)

	config := server.Config()
	config.ClientSecret = ""
	client = newClient(t, config)
	login = begun(t, client)
	_, err = client.K2100.Exchange(t.Context(), login, cameBack(t, server, client, login))
	assert.ErrorIs(t, err, kakaocert.Code("invalid_client"))
	config.ClientSecret = "two words"
	_, err = kakaocert.NewClient(config)
	assert.ErrorContains(t, err, "Config.ClientSecret")
}

func TestK2100_WaitsForThePhone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		user := kakaocerttest.DefaultUser()
		user.Behaviour = kakaocerttest.SignAfter(7 * time.Second)
		service := kakaocerttest.NewService(kakaocerttest.WithUsers(user))
		client := newClient(t, service.Config())
		address, err := client.K2100.AuthorizeURL(begun(t, client), nil)
		require.NoError(t, err)
		began := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = service.LogIn(ctx, address, hongPhone)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		_, err = service.LogIn(t.Context(), address, hongPhone)
		require.NoError(t, err)
		assert.WithinDuration(t, began.Add(7*time.Second), time.Now(), time.Second)
	})
}

func TestK2100_PrintsNothingOfALogin(t *testing.T) {
	t.Parallel()
	server := kakaocerttest.NewServer(t, kakaocerttest.WithContract(kakaocerttest.Contract{ClientSecret: "the-client-secret-of-kauth"}))
	var log lockedBuffer
	var addresses, forms []string
	config := server.Config()
	config.Evidence = kakaocert.UnsafeNoEvidence()
	config.Logger = slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	config.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
		addresses = append(addresses, r.URL.String())
		if r.GetBody != nil {
			body, _ := r.GetBody()
			text, _ := io.ReadAll(body)
			forms = append(forms, string(text))
		}
		return http.DefaultTransport.RoundTrip(r)
	})
	client := newClient(t, config)
	login := begun(t, client)
	callback := cameBack(t, server, client, login)
	var kept kakaocert.Answer
	tokens, err := client.K2100.Exchange(t.Context(), login, callback, kakaocert.WithAnswer(&kept))
	require.NoError(t, err)
	result, err := client.K2100.Verify(t.Context(), tokens.Transaction, login)
	require.NoError(t, err)
	_, again := client.K2100.Exchange(t.Context(), login, callback)
	require.Error(t, again)

	secrets := canaries{
		config.ClientSecret, callback.Get("code"), loginField(t, login, "verifier"), loginField(t, login, "nonce"),
		tokens.AccessToken.Reveal(), tokens.RefreshToken.Reveal(), tokens.IDToken.Reveal(), login.Reveal(), config.DealerKey, config.InstitutionKey,
	}
	require.Contains(t, strings.Join(forms, "\n"), secrets[1], "the canary was there to be found")
	holder := struct {
		login  *kakaocert.K2100Login
		value  kakaocert.K2100Login
		tokens *kakaocert.K2100Tokens
		copied kakaocert.K2100Tokens
		result *kakaocert.K2100Result
		client *kakaocert.Client
	}{login, *login, tokens, *tokens, result, client}
	for name, value := range map[string]any{
		"login": login, "login copied": *login, "logins": []kakaocert.K2100Login{*login}, "tokens": tokens, "tokens copied": *tokens,
		"answer": kept, "result": result, "error": again, "client": *client, "service": client.K2100, "service copied": *client.K2100,
		"foreign": holder, "*foreign": &holder,
	} {
		secrets.check(t, name, spell(t, value))
	}
	secrets.check(t, "log", log.String())
	secrets.check(t, "URLs", strings.Join(addresses, "\n"))
}

func FuzzParseK2100Login(f *testing.F) {
	f.Add(base64.RawURLEncoding.EncodeToString([]byte(`{"environment":"test","kauth_tx_id":"k","redirect_uri":"https://a/","state":"s","nonce":"n","verifier":"v","data":"d"}`)))
	f.Add("e30")
	f.Fuzz(func(t *testing.T, text string) {
		login, err := kakaocert.ParseK2100Login(text)
		if err != nil {
			if _, ok := errors.AsType[*kakaocert.ArgumentError](err); !ok || strings.Contains(err.Error(), text) && len(text) > 4 {
				t.Fatalf("%v", err)
			}
			return
		}
		again, err := kakaocert.ParseK2100Login(login.Reveal())
		if err != nil || again.Reveal() != login.Reveal() {
			t.Fatalf("did not come back: %v", err)
		}
	})
}

// answeringAt is a client of the simulator whose calls of one path are answered
// otherwise.
func answeringAt(t *testing.T, server *kakaocerttest.Server, path, body string) *kakaocert.Client {
	t.Helper()
	config := server.Config()
	config.Evidence = kakaocert.UnsafeNoEvidence()
	config.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
		if r.URL.Path == path {
			return answer(200, body), nil
		}
		return http.DefaultTransport.RoundTrip(r)
	})
	return newClient(t, config)
}

func TestK2100_UnusableAnswerIsRefused(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{}`, `{"kauth_tx_id":"a b"}`, `[]`} {
		client := answeringAt(t, kakaocerttest.NewServer(t), "/oauth/authorize/prepare", body)
		_, err := client.K2100.Prepare(t.Context(), &kakaocert.K2100PrepareParams{RedirectURI: callbackURL})
		assert.True(t, isUnreadable(err), "%s: %v", body, err)
	}
	for _, body := range []string{`{"access_token":"secret"}`, `{"tx_id":"a b"}`, `{"tx_id":"tx","id_token":"secret"}`, `{"tx_id":"tx","id_token":"a.!.c"}`} {
		server := kakaocerttest.NewServer(t)
		client := answeringAt(t, server, "/oauth/token", body)
		login := begun(t, client)
		_, err := client.K2100.Exchange(t.Context(), login, cameBack(t, server, client, login))
		require.True(t, isUnreadable(err), "%s: %v", body, err)
		assert.NotContains(t, err.Error(), "secret")
	}
}

// The form of K1100: the data in clear, and no CMS.
func TestK2100_WithoutCMSIsComparedAndCannotBeChecked(t *testing.T) {
	t.Parallel()
	server := kakaocerttest.NewServer(t)
	client := newClient(t, server.Config())
	login := begun(t, client)
	client = answeringAt(t, server, "/sign/v2/verify", `{"tx_id":"tx","result":"Y","status":"COMPLETED","data":"`+loginField(t, login, "data")+`"}`)
	var tx kakaocert.K2100Transaction
	require.NoError(t, tx.UnmarshalText([]byte("K2100T:tx")))
	result, err := client.K2100.Verify(t.Context(), tx, login)
	require.NoError(t, err)
	assert.Nil(t, result.SignedData())
	verifier, err := kakaocert.NewVerifier(server.Roots(), kakaocert.UnsafeNoRevocation())
	require.NoError(t, err)
	_, err = result.Check(verifier)
	require.ErrorIs(t, err, kakaocert.ErrNoSignature)
	_, err = result.Check(nil)
	require.ErrorAs(t, err, new(*kakaocert.ArgumentError))
	_, err = client.K2100.Verify(t.Context(), tx, begun(t, client))
	assert.ErrorIs(t, err, kakaocert.ErrNonceMismatch)
}
