package kakaocert_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"io"
	"net/http"
	"path/filepath"
	"testing"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/internal/recorder"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

var record = flag.Bool("record", false, "record testdata/fixtures anew from the simulator")

// fixtureNonce is the one that the fixtures were recorded with.
const fixtureNonce = "FIXTURE-NONCE"

// fixtureCipher has the fixtures' own key, which protects nobody.
func fixtureCipher(t testing.TB) kakaocert.DataCipher {
	t.Helper()
	c, err := kakaocert.NewCTRCipher(b64(bytes.Repeat([]byte{1}, 32)), b64(bytes.Repeat([]byte{2}, 16)))
	require.NoError(t, err)
	return c
}

// invented is the fixtures' person under the fixtures' key.
func invented(t testing.TB) map[string]string {
	t.Helper()
	values := map[string]string{
		"name": hong.Name, "birthday": hong.Birthday, "phone_no": hong.Phone, "phone_number": hong.Phone,
		"ci": kakaocerttest.NewService().Users()[0].CI,
	}
	for key, plain := range values {
		secret, err := fixtureCipher(t).Encrypt([]byte(plain))
		require.NoError(t, err)
		values[key] = b64(secret)
	}
	return values
}

// flows are what the fixtures record: each is run to record it, and again to
// play it back.
var flows = map[string]func(*testing.T, *kakaocert.Client, kakaocert.User, string) error{
	"identity":     identityFlow(kakaocert.K1110),
	"identity-app": identityFlow(kakaocert.K1120),
	"not-signed": func(t *testing.T, client *kakaocert.Client, user kakaocert.User, nonce string) error {
		tx, err := client.K1100.Prepare(t.Context(), &kakaocert.K1100PrepareParams{Product: kakaocert.K1110, User: user})
		require.NoError(t, err)
		_, err = client.K1100.Verify(t.Context(), tx, nonce)
		assert.ErrorIs(t, err, kakaocert.ErrNotSigned)
		return nil
	},
	"requested-twice": func(t *testing.T, client *kakaocert.Client, user kakaocert.User, nonce string) error {
		tx, err := client.K1100.Prepare(t.Context(), &kakaocert.K1100PrepareParams{Product: kakaocert.K1110, User: user})
		require.NoError(t, err)
		_, err = client.K1100.Request(t.Context(), tx, &kakaocert.K1100RequestParams{Data: nonce})
		require.NoError(t, err)
		_, err = client.K1100.Request(t.Context(), tx, &kakaocert.K1100RequestParams{Data: nonce})
		assert.ErrorIs(t, err, kakaocert.ErrAlreadyRequested)
		return nil
	},
}

func identityFlow(product kakaocert.K1100Product) func(*testing.T, *kakaocert.Client, kakaocert.User, string) error {
	return func(t *testing.T, client *kakaocert.Client, user kakaocert.User, nonce string) error {
		tx, err := client.K1100.Prepare(t.Context(), &kakaocert.K1100PrepareParams{Product: product, User: user})
		if err != nil {
			return err
		}
		if _, err := client.K1100.Request(t.Context(), tx, &kakaocert.K1100RequestParams{Data: nonce, IdentifyItems: everyItem}); err != nil {
			return err
		}
		if _, err := client.K1100.Wait(soon(t), tx); err != nil {
			return err
		}
		if _, err := client.K1100.Verify(t.Context(), tx, nonce); err != nil {
			return err
		}
		info, err := client.K1100.SignerInfo(t.Context(), tx)
		if err != nil {
			return err
		}
		return info.Compare(user)
	}
}

// The client must send what was recorded, to the letter, and understand what
// came back.
func TestFixtures_ArePlayedBack(t *testing.T) {
	t.Parallel()
	for name, flow := range flows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join("testdata", "fixtures", name+".json")
			if *record {
				recordFixture(t, path, flow)
			}
			exchanges, err := recorder.Load(path)
			require.NoError(t, err)
			mock := httpmock.NewMockTransport()
			played := 0
			mock.RegisterNoResponder(func(r *http.Request) (*http.Response, error) {
				require.Less(t, played, len(exchanges), "more calls than were recorded")
				e := exchanges[played]
				played++
				assertRequest(t, e.Request, r)
				return httpmock.NewBytesResponse(e.Response.Status, e.Response.Body), nil
			})
			config := kakaocert.Config{
				DealerKey: "dealer", InstitutionKey: "institution", SettleID: aliasIn(t, exchanges[0].Request.Body, "settle_id"),
				Cipher: fixtureCipher(t), Environment: kakaocert.Test, Transport: mock,
			}
			require.NoError(t, flow(t, newClient(t, config), byHong, nonceIn(t, exchanges)))
			assert.Equal(t, len(exchanges), played)
		})
	}
}

func assertRequest(t *testing.T, want recorder.Request, got *http.Request) {
	t.Helper()
	assert.Equal(t, want.Method, got.Method)
	assert.Equal(t, want.Path, got.URL.Path)
	assert.Equal(t, want.Query, got.URL.RawQuery)
	assert.Equal(t, "KakaoAK dealer", got.Header.Get("Authorization"))
	assert.Equal(t, "KakaoAK institution", got.Header.Get("Target-Authorization"))
	if len(want.Body) > 0 {
		body, err := io.ReadAll(got.Body)
		require.NoError(t, err)
		assert.JSONEq(t, string(want.Body), string(body))
	}
}

func aliasIn(t *testing.T, body json.RawMessage, field string) string {
	t.Helper()
	var fields map[string]any
	require.NoError(t, json.Unmarshal(body, &fields))
	text, _ := fields[field].(string)
	return text
}

// nonceIn is the nonce as the recorder wrote it down.
func nonceIn(t *testing.T, exchanges []recorder.Exchange) string {
	t.Helper()
	for _, e := range exchanges {
		if len(e.Request.Body) > 0 {
			if nonce := aliasIn(t, e.Request.Body, "data"); nonce != "" {
				return nonce
			}
		}
	}
	return fixtureNonce
}

func recordFixture(t *testing.T, path string, flow func(*testing.T, *kakaocert.Client, kakaocert.User, string) error) {
	t.Helper()
	config := kakaocerttest.NewService().Config()
	r := &recorder.Recorder{Next: config.Transport, Protocol: kakaocert.DefaultProtocol(), Invented: invented(t)}
	config.Transport = r
	require.NoError(t, flow(t, newClient(t, config), byHong, fixtureNonce))
	require.NoError(t, r.Save(path))
}
