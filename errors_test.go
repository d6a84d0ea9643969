package kakaocert_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

func TestStatusError_ReportsStatusAndResult(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ body, result, said string }{
		{`{"result":"N"}`, "N", "k1100.verify K1110T: result N"},
		{`{"status":"EXPIRED"}`, "", "k1100.verify K1110T: status EXPIRED"},
		{`{"result":"Y","status":"REQUESTED"}`, "Y", "k1100.verify K1110T: status REQUESTED, result Y"},
		{`{"result":"<b>"}`, "(unprintable)", "k1100.verify K1110T: result (unprintable)"},
	} {
		tx, err := kakaocert.ParseTransaction[kakaocert.K1100Product]("K1110T:tx")
		require.NoError(t, err)
		_, err = newClient(t, configWith(t, nil)).K1100.Restore(tx, []byte(c.body), "nonce")
		status, ok := errors.AsType[*kakaocert.StatusError](err)
		require.True(t, ok, c.body)
		assert.Equal(t, c.result, status.Result)
		assert.Equal(t, "kakaocert: "+c.said, err.Error())
	}
}

// Each cause is produced at the simulator, which does not share the
// client's table of codes.
func TestErrors_EachCauseComesBackAsItsError(t *testing.T) {
	t.Parallel()
	withUser := func(b kakaocerttest.Behaviour) kakaocerttest.Option {
		user := kakaocerttest.DefaultUser()
		user.Behaviour = b
		return kakaocerttest.WithUsers(user)
	}
	prepare := func(user kakaocert.User) func(*testing.T, *kakaocerttest.Server, *kakaocert.Client) error {
		return func(t *testing.T, _ *kakaocerttest.Server, client *kakaocert.Client) error {
			_, err := client.K1100.Prepare(t.Context(), &kakaocert.K1100PrepareParams{Product: kakaocert.K1110, User: user})
			return err
		}
	}
	withConfig := func(change func(*kakaocert.Config)) func(*testing.T, *kakaocerttest.Server, *kakaocert.Client) error {
		return func(t *testing.T, server *kakaocerttest.Server, _ *kakaocert.Client) error {
			config := server.Config()
			change(&config)
			return prepare(byHong)(t, server, newClient(t, config))
		}
	}
	request := func(params *kakaocert.K1100RequestParams) func(*testing.T, *kakaocerttest.Server, *kakaocert.Client) error {
		return func(t *testing.T, _ *kakaocerttest.Server, client *kakaocert.Client) error {
			_, err := client.K1100.Request(t.Context(), prepared(t, client), params)
			return err
		}
	}
	for _, c := range []struct {
		name   string
		code   kakaocert.Code
		status int
		opts   []kakaocerttest.Option
		act    func(*testing.T, *kakaocerttest.Server, *kakaocert.Client) error
	}{
		{"foreign number", kakaocert.ErrParameter, 400, []kakaocerttest.Option{withUser(kakaocerttest.ForeignNumber())}, prepare(byHong)},
		{"no permission", kakaocert.ErrPermission, 403, []kakaocerttest.Option{kakaocerttest.WithContract(kakaocerttest.Contract{Denied: []string{"k1100"}})}, prepare(byHong)},
		{"wrong dealer key", kakaocert.ErrKey, 401, nil, withConfig(func(c *kakaocert.Config) { c.DealerKey = "wrong" })},
		{"swapped keys", kakaocert.ErrKey, 401, nil, withConfig(func(c *kakaocert.Config) {
			c.DealerKey, c.InstitutionKey = c.InstitutionKey, c.DealerKey
		})},
		{"wrong settle_id", kakaocert.ErrSettleID, 400, nil, withConfig(func(c *kakaocert.Config) { c.SettleID = "wrong" })},
		{"desc differs", kakaocert.ErrDesc, 400, []kakaocerttest.Option{kakaocerttest.WithContract(kakaocerttest.Contract{Desc: &kakaocerttest.Desc{RequestType: "가입"}})}, request(&kakaocert.K1100RequestParams{
			Data: "nonce", Desc: &kakaocert.Desc{RequestType: "탈퇴"},
		})},
		{"product on the wrong host", kakaocert.ErrWrongHost, 400, nil, withConfig(func(c *kakaocert.Config) { c.Environment = kakaocert.Production })},
		{"no such user", kakaocert.ErrUserNotFound, 400, nil, prepare(kakaocert.ByPerson(kakaocert.Person{Name: "성춘향", Birthday: "19900101", Phone: "01000000000"}))},
		{"user without a certificate", kakaocert.ErrUserNotFound, 400, []kakaocerttest.Option{withUser(kakaocerttest.NoCertificate())}, prepare(byHong)},
		{"another name", kakaocert.ErrUserMismatch, 400, nil, prepare(kakaocert.ByPerson(kakaocert.Person{Name: "성춘향", Birthday: "19900101", Phone: "01012345678"}))},
		{"unknown tx_id", kakaocert.ErrUnknownTransaction, 400, nil, func(t *testing.T, _ *kakaocerttest.Server, client *kakaocert.Client) error {
			var tx kakaocert.K1100Transaction
			require.NoError(t, tx.UnmarshalText([]byte("K1110T:unknown")))
			_, err := client.K1100.Status(t.Context(), tx)
			return err
		}},
		{"verified a second time", kakaocert.ErrUnknownTransaction, 400, nil, func(t *testing.T, _ *kakaocerttest.Server, client *kakaocert.Client) error {
			tx := requested(t, client, "nonce")
			_, err := client.K1100.Verify(t.Context(), tx, "nonce")
			require.NoError(t, err)
			_, err = client.K1100.Verify(t.Context(), tx, "nonce")
			return err
		}},
		{"requested a second time", kakaocert.ErrAlreadyRequested, 400, nil, func(t *testing.T, _ *kakaocerttest.Server, client *kakaocert.Client) error {
			_, err := client.K1100.Request(t.Context(), requested(t, client, "nonce"), &kakaocert.K1100RequestParams{Data: "nonce"})
			return err
		}},
		{"dormant account", kakaocert.ErrUserUnavailable, 400, []kakaocerttest.Option{withUser(kakaocerttest.Dormant())}, prepare(byHong)},
		{"not signed yet", kakaocert.ErrNotSigned, 400, []kakaocerttest.Option{withUser(kakaocerttest.Ignore())}, func(t *testing.T, _ *kakaocerttest.Server, client *kakaocert.Client) error {
			_, err := client.K1100.Verify(t.Context(), requested(t, client, "nonce"), "nonce")
			return err
		}},
		{"not signed in time", kakaocert.ErrRequestExpired, 400, []kakaocerttest.Option{withUser(kakaocerttest.Ignore())}, func(t *testing.T, server *kakaocerttest.Server, client *kakaocert.Client) error {
			tx := requested(t, client, "nonce")
			server.Clock().Advance(24 * time.Hour)
			_, err := client.K1100.Verify(t.Context(), tx, "nonce")
			return err
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			server, client := setup(t, c.opts...)
			err := c.act(t, server, client)
			require.ErrorIs(t, err, c.code)
			failure, ok := errors.AsType[*kakaocert.APIError](err)
			require.True(t, ok)
			assert.Equal(t, c.status, failure.StatusCode)
			assert.Contains(t, err.Error(), c.code.Meaning())
		})
	}
}

// These have no cause that a caller could produce.
func TestErrors_CodesThatNoCallerCauses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		code   kakaocert.Code
		status int
		tries  int
	}{
		{kakaocert.ErrInternal, 400, 3},
		{kakaocert.ErrMaintenance, 503, 1},
		{kakaocert.ErrSessionExpired, 400, 1},
		{"E1003", 400, 1},
	} {
		t.Run(string(c.code), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				tries := 0
				client := newClient(t, configWith(t, roundTripper(func(*http.Request) (*http.Response, error) {
					tries++
					return answer(c.status, fmt.Sprintf(`{"code":%q,"message":"words"}`, string(c.code))), nil
				})))
				_, err := client.K1100.Prepare(t.Context(), &kakaocert.K1100PrepareParams{Product: kakaocert.K1110, User: byHong})
				require.ErrorIs(t, err, c.code)
				assert.Equal(t, c.tries, tries)
				failure, ok := errors.AsType[*kakaocert.APIError](err)
				require.True(t, ok)
				assert.Equal(t, "words", failure.Message().Reveal())
				assert.NotContains(t, err.Error(), "words")
			})
		})
	}
}

func TestErrors_BodyIsReadLeniently(t *testing.T) {
	t.Parallel()
	for body, code := range map[string]kakaocert.Code{
		`{"code":"E2001"}`:                     "E2001",
		`{"error_code":"E2001","msg":"x"}`:     "E2001",
		`{"errcode":"E2001","extra":{"a":[]}}`: "E2001",
		`{"code":-401}`:                        "-401",
		`{"code":null,"errcode":"E2001"}`:      "E2001",
		`{"code":"홍길동"}`:                       "",
		`{"code":"E2001\nforged log line"}`:    "",
		`{"code":["E2001"]}`:                   "",
		`{"code":"01012345678"}`:               "",
		`{"code":"010-1234-5678"}`:             "",
		`{"code":19900101}`:                    "",
		`[]`:                                   "",
		``:                                     "",
	} {
		client := newClient(t, configWith(t, roundTripper(func(*http.Request) (*http.Response, error) { return answer(400, body), nil })))
		_, err := client.K1100.Prepare(t.Context(), &kakaocert.K1100PrepareParams{Product: kakaocert.K1110, User: byHong})
		failure, ok := errors.AsType[*kakaocert.APIError](err)
		require.True(t, ok, body)
		assert.Equal(t, code, failure.Code, body)
		assert.NotContains(t, err.Error(), "\n")
	}
}

// A code says what an answer means, whatever the HTTP status; but a field of
// that name in a good answer is not an error.
func TestErrors_CodeInAnAnswerWithStatus200(t *testing.T) {
	t.Parallel()
	for body, good := range map[string]bool{
		`{"tx_id":"tx","code":"E2001"}`: false,
		`{"tx_id":"tx","code":"0"}`:     true,
		`{"tx_id":"tx","code":"OK"}`:    true,
	} {
		client := newClient(t, configWith(t, roundTripper(func(*http.Request) (*http.Response, error) { return answer(200, body), nil })))
		_, err := client.K1100.Prepare(t.Context(), &kakaocert.K1100PrepareParams{Product: kakaocert.K1110, User: byHong})
		assert.Equal(t, good, err == nil, body)
	}
}

func TestErrors_RedirectIsRefused(t *testing.T) {
	t.Parallel()
	calls := 0
	client := newClient(t, configWith(t, roundTripper(func(*http.Request) (*http.Response, error) {
		calls++
		response := answer(302, "")
		response.Header.Set("Location", "https://elsewhere.example/")
		return response, nil
	})))
	_, err := client.K1100.Prepare(t.Context(), &kakaocert.K1100PrepareParams{Product: kakaocert.K1110, User: byHong})
	assert.EqualError(t, err, "kakaocert: k1100.prepare K1110T: redirect refused (HTTP 302)")
	assert.Equal(t, 1, calls)
}

func TestArgumentError_ComesBeforeAnythingIsSent(t *testing.T) {
	t.Parallel()
	client := newClient(t, configWith(t, roundTripper(func(*http.Request) (*http.Response, error) {
		t.Error("something was sent")
		return nil, http.ErrServerClosed
	})))
	var tx kakaocert.K1100Transaction
	require.NoError(t, tx.UnmarshalText([]byte("K1110T:tx")))
	prepare := func(p kakaocert.K1100PrepareParams) func() error {
		return func() error { _, err := client.K1100.Prepare(t.Context(), &p); return err }
	}
	person := func(name, birthday, phone string) func() error {
		return prepare(kakaocert.K1100PrepareParams{Product: kakaocert.K1110, User: kakaocert.ByPerson(kakaocert.Person{Name: name, Birthday: birthday, Phone: phone})})
	}
	request := func(p kakaocert.K1100RequestParams) func() error {
		return func() error { _, err := client.K1100.Request(t.Context(), tx, &p); return err }
	}
	for _, c := range []struct {
		field string
		call  func() error
	}{
		{"params", func() error { _, err := client.K1100.Prepare(t.Context(), nil); return err }},
		{"params", func() error { _, err := client.K1100.Request(t.Context(), tx, nil); return err }},
		{"Product", prepare(kakaocert.K1100PrepareParams{User: byHong})},
		{"Product", prepare(kakaocert.K1100PrepareParams{Product: "K1110T", User: byHong})},
		{"User", prepare(kakaocert.K1100PrepareParams{Product: kakaocert.K1110})},
		{"SettleID", prepare(kakaocert.K1100PrepareParams{Product: kakaocert.K1110, User: byHong, SettleID: "a b"})},
		{"Person.Name", person("", "19900101", "01012345678")},
		{"Person.Name", person("홍\n길동", "19900101", "01012345678")},
		{"Person.Name", person(strings.Repeat("홍", 101), "19900101", "01012345678")},
		{"Person.Name", person("\xff", "19900101", "01012345678")},
		{"Person.Birthday", person("홍길동", "900101", "01012345678")},
		{"Person.Birthday", person("홍길동", "19900230", "01012345678")},
		{"Person.Phone", person("홍길동", "19900101", "010-1234-5678")},
		{"Person.Phone", person("홍길동", "19900101", "010123456")},
		{"Person.Phone", person("홍길동", "19900101", "010123456789")},
		{"User.CI", prepare(kakaocert.K1100PrepareParams{Product: kakaocert.K1110, User: kakaocert.ByCI("AAAA")})},
		{"User.CI", prepare(kakaocert.K1100PrepareParams{Product: kakaocert.K1110, User: kakaocert.ByCI(strings.Repeat("-", 86) + "==")})},
		{"User.Phone", prepare(kakaocert.K1100PrepareParams{Product: kakaocert.K1110, User: kakaocert.ByCIAndPhone(b64(make([]byte, 64)), "")})},
		{"Transaction", func() error {
			_, err := client.K1100.Request(t.Context(), kakaocert.K1100Transaction{}, &kakaocert.K1100RequestParams{Data: "n"})
			return err
		}},
		{"Transaction", func() error { _, err := client.K1100.Status(t.Context(), kakaocert.K1100Transaction{}); return err }},
		{"Transaction", func() error {
			_, err := client.K1100.Verify(t.Context(), kakaocert.K1100Transaction{}, "n")
			return err
		}},
		{"Transaction", func() error { _, err := client.K1100.SignerInfo(t.Context(), kakaocert.K1100Transaction{}); return err }},
		{"nonce", func() error { _, err := client.K1100.Verify(t.Context(), tx, ""); return err }},
		{"Data", request(kakaocert.K1100RequestParams{})},
		{"Data", request(kakaocert.K1100RequestParams{Data: strings.Repeat("x", 41)})},
		{"Data", request(kakaocert.K1100RequestParams{Data: strings.Repeat("𝄞", 21)})}, // 42 UTF-16 units
		{"Title", request(kakaocert.K1100RequestParams{Data: "n", Title: "\xff"})},
		{"ExtraMessage", request(kakaocert.K1100RequestParams{Data: "n", ExtraMessage: strings.Repeat("가", 501)})},
		{"ExpiresIn", request(kakaocert.K1100RequestParams{Data: "n", ExpiresIn: 1500 * time.Millisecond})},
		{"ExpiresIn", request(kakaocert.K1100RequestParams{Data: "n", ExpiresIn: -time.Second})},
		{"ReturnURL", request(kakaocert.K1100RequestParams{Data: "n", ReturnURL: "bank://back"})}, // K1110 is not app-to-app
		{"IdentifyItems", request(kakaocert.K1100RequestParams{Data: "n", IdentifyItems: []kakaocert.IdentifyItem{"a b"}})},
		{"IdentifyItems", request(kakaocert.K1100RequestParams{Data: "n", IdentifyItems: []kakaocert.IdentifyItem{"CI", "CI"}})},
		{"Desc.Raw", request(kakaocert.K1100RequestParams{Data: "n", Desc: &kakaocert.Desc{Raw: []byte("{")}})},
	} {
		argument, ok := errors.AsType[*kakaocert.ArgumentError](c.call())
		if assert.True(t, ok, c.field) {
			assert.Equal(t, c.field, argument.Field)
		}
	}
}
