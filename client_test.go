package kakaocert_test

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
)

func TestNewClient_NamesTheWrongField(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		field  string
		change func(*kakaocert.Config)
	}{
		"no dealer key":         {"Config.DealerKey", func(c *kakaocert.Config) { c.DealerKey = "" }},
		"header as key":         {"Config.DealerKey", func(c *kakaocert.Config) { c.DealerKey = "KakaoAK abc" }},
		"line break in key":     {"Config.InstitutionKey", func(c *kakaocert.Config) { c.InstitutionKey = "a\r\nHost: b" }},
		"no institution key":    {"Config.InstitutionKey", func(c *kakaocert.Config) { c.InstitutionKey = "" }},
		"blank in settle_id":    {"Config.SettleID", func(c *kakaocert.Config) { c.SettleID = "a b" }},
		"no cipher":             {"Config.Cipher", func(c *kakaocert.Config) { c.Cipher = nil }},
		"no environment":        {"Config.Environment", func(c *kakaocert.Config) { c.Environment = 0 }},
		"unknown environment":   {"Config.Environment", func(c *kakaocert.Config) { c.Environment = 3 }},
		"http elsewhere":        {"Config.BaseURL", func(c *kakaocert.Config) { c.BaseURL = "http://gateway.example" }},
		"http, loopback's look": {"Config.BaseURL", func(c *kakaocert.Config) { c.BaseURL = "http://127.0.0.1.example" }},
		"no scheme":             {"Config.BaseURL", func(c *kakaocert.Config) { c.BaseURL = "gateway.example" }},
		"password":              {"Config.BaseURL", func(c *kakaocert.Config) { c.BaseURL = "https://a:b@gateway.example" }},
		"query":                 {"Config.BaseURL", func(c *kakaocert.Config) { c.BaseURL = "https://gateway.example/?a=b" }},
		"no certificate check": {"Config.Transport", func(c *kakaocert.Config) {
			c.Transport = &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := configWith(t, nil)
			c.change(&config)
			_, err := kakaocert.NewClient(config)
			argument, ok := errors.AsType[*kakaocert.ArgumentError](err)
			require.True(t, ok, "%v", err)
			assert.Equal(t, c.field, argument.Field)
		})
	}
}

// However it is spelled: a Test client must not ask the people of production.
func TestConfig_HostOfTheOtherEnvironmentIsRefused(t *testing.T) {
	t.Parallel()
	hosts := map[kakaocert.Environment]string{kakaocert.Test: "cert-sign.kakao.com", kakaocert.Production: "cbt-cert-sign.kakao.com"}
	for environment, other := range hosts {
		for _, address := range []string{
			"https://" + other, "https://" + other + "/", "https://" + other + ":443", "https://" + other + ".", "https://" + other + ".:443/path",
			"https://" + other + "..", "HTTPS://" + strings.ToUpper(other) + "./", "https://" + strings.Replace(other, "-", "%2d", 1),
			"https://" + strings.Replace(other, "c", "\uff43", 1), "https://" + strings.ReplaceAll(other, ".", "\u3002"),
			"https://" + strings.Replace(other, "k", "\u212a", 1), "https://" + other + "\u3002", "https://" + strings.Replace(other, "-", "\u00ad-", 1),
		} {
			config := configWith(t, nil)
			config.Environment, config.BaseURL = environment, address
			_, err := kakaocert.NewClient(config)
			argument, ok := errors.AsType[*kakaocert.ArgumentError](err)
			require.True(t, ok, "%s %s", environment, address)
			assert.Equal(t, "Config.BaseURL", argument.Field)
			config.BaseURL = "https://" + map[kakaocert.Environment]string{kakaocert.Test: hosts[kakaocert.Production], kakaocert.Production: hosts[kakaocert.Test]}[environment] + "."
			_, err = kakaocert.NewClient(config)
			assert.NoError(t, err, "its own")
		}
	}
}

func TestNewClient_RefusesSettingsOutOfRange(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		field  string
		change func(*kakaocert.Config)
	}{
		{"TryTimeout", func(c *kakaocert.Config) { c.TryTimeout = -1 }},
		{"VerifyTimeout", func(c *kakaocert.Config) { c.VerifyTimeout = -time.Second }},
		{"Retries", func(c *kakaocert.Config) { c.Retries = -2 }},
		{"Retries", func(c *kakaocert.Config) { c.Retries = 11 }},
		{"MaintenancePause", func(c *kakaocert.Config) { c.MaintenancePause = -1 }},
		{"MaintenancePause", func(c *kakaocert.Config) { c.MaintenancePause = time.Hour + 1 }},
		{"UserAgent", func(c *kakaocert.Config) { c.UserAgent = "a\nb" }},
		{"UserAgent", func(c *kakaocert.Config) { c.UserAgent = "우리은행" }},
		{"UserAgent", func(c *kakaocert.Config) { c.UserAgent = strings.Repeat("a", 201) }},
	} {
		config := configWith(t, nil)
		c.change(&config)
		_, err := kakaocert.NewClient(config)
		argument, ok := errors.AsType[*kakaocert.ArgumentError](err)
		require.True(t, ok, c.field)
		assert.Equal(t, "Config."+c.field, argument.Field)
		assert.Contains(t, argument.Reason, "must", "the reason says what must hold")
	}
}

func TestClient_VerifyBudgetCoversEveryTry(t *testing.T) {
	t.Parallel()
	config := configWith(t, nil)
	config.VerifyTimeout, config.Retries = 10*time.Second, kakaocert.NoRetries
	single := newClient(t, config).VerifyBudget()
	assert.GreaterOrEqual(t, single, 10*time.Second)
	config.Retries = 1
	assert.Equal(t, 2*single+30*time.Second, newClient(t, config).VerifyBudget(), "two tries and the longest pause")
}

func TestClient_IsTerminalFollowsTheProtocol(t *testing.T) {
	t.Parallel()
	client := newClient(t, configWith(t, nil))
	for status, want := range map[kakaocert.Status]bool{
		kakaocert.StatusCompleted: true, kakaocert.StatusExpired: true, kakaocert.StatusRejected: true,
		kakaocert.StatusPrepared: false, kakaocert.StatusRequested: false, "NEW_ONE": false,
	} {
		assert.Equal(t, want, client.IsTerminal(status), status)
	}
}

// The environment decides host and product code together.
func TestConfig_EnvironmentSetsHostAndProduct(t *testing.T) {
	t.Parallel()
	for environment, want := range map[kakaocert.Environment]string{
		kakaocert.Test:       "https://cbt-cert-sign.kakao.com/sign/v2/prepare/K1110T",
		kakaocert.Production: "https://cert-sign.kakao.com/sign/v2/prepare/K1110",
	} {
		var got *http.Request
		config := configWith(t, roundTripper(func(r *http.Request) (*http.Response, error) {
			got = r
			return answer(200, `{"tx_id":"tx"}`), nil
		}))
		config.Environment = environment
		config.UserAgent = "bank/1"
		client := newClient(t, config)
		tx := prepared(t, client)
		assert.Equal(t, want, got.URL.String())
		assert.Equal(t, "KakaoAK "+config.DealerKey, got.Header.Get("Authorization"))
		assert.Equal(t, "KakaoAK "+config.InstitutionKey, got.Header.Get("Target-Authorization"))
		assert.Equal(t, "application/json", got.Header.Get("Content-Type"))
		assert.Equal(t, "kakaocert-go/"+kakaocert.Version+" bank/1", got.Header.Get("User-Agent"))
		assert.Equal(t, "identity", got.Header.Get("Accept-Encoding"), "what is stored is what was sent")
		assert.Equal(t, environment, tx.Environment())
	}
}

func TestConfig_BasePathStaysInFrontAndTxIDsAreEscaped(t *testing.T) {
	t.Parallel()
	var got string
	config := configWith(t, roundTripper(func(r *http.Request) (*http.Response, error) {
		got = r.URL.String()
		return answer(200, `{"status":"REQUESTED"}`), nil
	}))
	config.BaseURL = "https://gateway.example/kakao%2Fcert/"
	var tx kakaocert.K1100Transaction
	require.NoError(t, tx.UnmarshalText([]byte("K1110T:a&b=c/d?e")))
	_, err := newClient(t, config).K1100.Status(t.Context(), tx)
	require.NoError(t, err)
	assert.Equal(t, "https://gateway.example/kakao%2Fcert/sign/v2/status?tx_id=a%26b%3Dc%2Fd%3Fe", got)
}

func TestClient_AnswerOverTheLimitIsAnErrorAndNotHeld(t *testing.T) {
	t.Parallel()
	config := configWith(t, roundTripper(func(*http.Request) (*http.Response, error) {
		return answer(200, `{"status":"REQUESTED","padding":"`+string(make([]byte, 4096))+`"}`), nil
	}))
	var tx kakaocert.K1100Transaction
	require.NoError(t, tx.UnmarshalText([]byte("K1110T:tx")))
	config.Retries = kakaocert.NoRetries
	client := newClient(t, config)
	client.LimitAnswers(1024, 1024)
	_, err := client.K1100.Status(t.Context(), tx)
	_, ok := errors.AsType[*kakaocert.ConnectionError](err)
	require.True(t, ok, "%v", err)
	assert.ErrorContains(t, err, "longer than the cap")
}

func TestWithAnswer_KeepsUnknownFields(t *testing.T) {
	t.Parallel()
	config := configWith(t, roundTripper(func(*http.Request) (*http.Response, error) {
		return answer(200, `{"tx_id":"tx","new_field":1}`), nil
	}))
	var kept kakaocert.Answer
	_, err := newClient(t, config).K1100.Prepare(t.Context(),
		&kakaocert.K1100PrepareParams{Product: kakaocert.K1110, User: byHong, SettleID: "another"}, kakaocert.WithAnswer(&kept))
	require.NoError(t, err)
	assert.Equal(t, 200, kept.StatusCode())
	assert.Contains(t, string(kept.Body()), "new_field")
	assert.Equal(t, "application/json", kept.Header().Get("Content-Type"))
}

func TestWithAnswer_KeepsTheAnswerOfAFailedCall(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		rt     roundTripper
		status int
		body   string
	}{
		{answering(404, "no such path"), 404, "no such path"},
		{answering(502, "<html>"), 502, "<html>"},
		{answering(200, "<html>"), 200, "<html>"},
		{cut, 200, `{"tx`},
		{dialing(errors.New("connection refused")), 0, ""},
	} {
		var kept kakaocert.Answer
		config := configWith(t, c.rt)
		config.Retries = kakaocert.NoRetries
		_, err := newClient(t, config).K1100.Prepare(t.Context(),
			&kakaocert.K1100PrepareParams{Product: kakaocert.K1110, User: byHong}, kakaocert.WithAnswer(nil), kakaocert.WithAnswer(&kept))
		require.Error(t, err)
		assert.Equal(t, c.status, kept.StatusCode())
		assert.Equal(t, c.body, string(kept.Body()))
	}
}

func TestOptions_NilIsRefusedEverywhere(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	client := newClient(t, configWith(t, answering(200, `{"tx_id":"tx"}`)))
	for field, call := range map[string]func() error{
		"CipherOption": func() error {
			_, err := kakaocert.NewGCMCipher(base64.StdEncoding.EncodeToString(make([]byte, 32)), nil)
			return err
		},
		"CallOption": func() error {
			_, err := client.K1100.Prepare(ctx, &kakaocert.K1100PrepareParams{Product: kakaocert.K1110, User: byHong}, nil)
			return err
		},
		"WaitOption": func() error {
			_, err := client.K1100.Wait(ctx, kakaocert.K1100Transaction{}, nil)
			return err
		},
	} {
		argument, ok := errors.AsType[*kakaocert.ArgumentError](call())
		require.True(t, ok, field)
		assert.Equal(t, field, argument.Field)
	}
}
