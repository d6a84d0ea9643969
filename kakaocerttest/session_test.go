package kakaocerttest_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mozilla.org/pkcs7"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

const (
	checkStatus = "/v1/api/cert/sign/check_status?tx_id="
	sessionInfo = "/v1/api/cert/sign/session_info?tx_id="
)

// sessionRequested opens a transaction for a session of six hours.
func (s *sim) sessionRequested(product string) (txID string) {
	s.t.Helper()
	txID = s.prepared(product)
	out := s.ok("/sign/v2/request", fields{"tx_id": txID, "session_expires_in": 6 * 3600})
	require.Contains(s.t, out["scheme"], txID)
	return txID
}

// inProcess is a session of six hours, requested without a network.
func inProcess(t *testing.T, service *kakaocerttest.Service, product kakaocert.K2220Product) (txID string) {
	t.Helper()
	client, err := kakaocert.NewClient(service.Config())
	require.NoError(t, err)
	tx, err := client.K2220.Prepare(t.Context(), &kakaocert.K2220PrepareParams{Product: product, User: person(kakaocerttest.DefaultUser())})
	require.NoError(t, err)
	_, err = client.K2220.Request(t.Context(), tx, &kakaocert.K2220RequestParams{SessionLength: 6 * time.Hour})
	require.NoError(t, err)
	return tx.TxID()
}

func TestSession_SignedOnThePhoneAndUsed(t *testing.T) {
	t.Parallel()
	for _, product := range []string{"K2220T", "K3220T"} {
		t.Run(product, func(t *testing.T) {
			t.Parallel()
			s := start(t, kakaocerttest.Contract{}, kakaocerttest.WithDialect(kakaocerttest.Dialect{DER: true}))
			txID := s.sessionRequested(product)
			assert.Equal(t, "REQUESTED", s.ok(checkStatus+txID, nil)["status"], "the app has not brought its key")
			s.refused("E2006", http.StatusBadRequest, sessionInfo+txID, nil)
			assert.ErrorIs(t, s.service.Sign(txID), kakaocerttest.ErrNotPending)

			app := s.service.NewApp("01012345678")
			_, err := app.Sign([]byte("too early"))
			require.Error(t, err)
			require.NoError(t, app.Open(t.Context(), txID))
			assert.ErrorIs(t, app.Open(t.Context(), txID), kakaocerttest.ErrNotPending, "a session has one key")
			assert.Equal(t, "COMPLETED", s.ok(checkStatus+txID, nil)["status"])
			info := s.ok(sessionInfo+txID, nil)
			assert.Equal(t, "2026-11-23T09:00:00Z", info["session_end_at"])
			assert.EqualValues(t, 3000000001, info["user_id"])

			cms, err := base64.StdEncoding.DecodeString(s.ok("/sign/v2/verify?tx_id="+txID, nil)["signed_data"].(string))
			require.NoError(t, err)
			message, err := pkcs7.Parse(cms)
			require.NoError(t, err)
			require.NoError(t, message.Verify())
			var document map[string]string
			require.NoError(t, json.Unmarshal(message.Content, &document))
			assert.Equal(t, txID, document["tx_id"])
			assert.Equal(t, "2026-11-23T03:00:00Z", document["session_start_at"])
			spki, err := base64.StdEncoding.DecodeString(document["public_key"])
			require.NoError(t, err)
			key, err := x509.ParsePKIXPublicKey(spki)
			require.NoError(t, err)
			signed, err := app.Sign([]byte("order 1"))
			require.NoError(t, err)
			der, err := base64.StdEncoding.DecodeString(signed.Signature)
			require.NoError(t, err)
			digest := sha256.Sum256([]byte("order 1"))
			assert.True(t, ecdsa.VerifyASN1(key.(*ecdsa.PublicKey), digest[:], der))

			s.clock.Advance(6 * time.Hour)
			s.refused("E2016", http.StatusBadRequest, sessionInfo+txID, nil)
		})
	}
}

func TestSession_BadOneIsRefused(t *testing.T) {
	t.Parallel()
	s := start(t, kakaocerttest.Contract{})
	txID := s.prepared("K3220T")
	for name, length := range map[string]any{"none": nil, "short": 6*3600 - 1, "long": 48*3600 + 1, "text": "a day"} {
		status, out := s.do("/sign/v2/request", fields{"tx_id": txID}.with("session_expires_in", length))
		assert.Equal(t, "E1001", out["code"], name)
		assert.Equal(t, http.StatusBadRequest, status, name)
	}
	identity := s.requested("K1110T")
	s.refused("E2003", http.StatusBadRequest, checkStatus+identity, nil)
	s.refused("E2003", http.StatusBadRequest, sessionInfo+"unknown", nil)
	app := s.service.NewApp("01012345678")
	for name, id := range map[string]string{"identity": identity, "not requested": txID, "unknown": "unknown"} {
		assert.ErrorIs(t, app.Open(t.Context(), id), kakaocerttest.ErrNotPending, name)
	}
	other := s.service.NewApp("01099999999")
	assert.ErrorIs(t, other.Open(t.Context(), s.sessionRequested("K3220T")), kakaocerttest.ErrNotPending)
}

func TestSession_LoginIsItsUsersOnly(t *testing.T) {
	t.Parallel()
	other := kakaocerttest.User{Name: "임꺽정", Birthday: "19880808", Phone: "01087654321"}
	s := start(t, kakaocerttest.Contract{}, kakaocerttest.WithUsers(kakaocerttest.DefaultUser(), other))
	with := but(loginForm, "cert_type", "k2220")
	for name, txID := range map[string]string{"none": "", "unknown": "unknown", "without a login": s.sessionRequested("K3220T")} {
		status, out := s.post("/oauth/authorize/prepare", but(with, "tx_id", txID))
		assert.Equal(t, http.StatusBadRequest, status, name)
		assert.NotContains(t, out, "kauth_tx_id", name)
	}
	_, out := s.post("/oauth/authorize/prepare", but(with, "tx_id", s.sessionRequested("K2220T")))
	page := but(s.page(), "kauth_tx_id", out["kauth_tx_id"].(string))
	status, _, text := s.browse(s.address(page), url.Values{"decision": {"agree"}, "phone": {other.Phone}})
	assert.Equal(t, http.StatusOK, status)
	assert.Contains(t, text, "E2002")
	_, _, text = s.browse(s.address(page), agree)
	assert.Contains(t, text, "E2003", "no app has brought a key")
}

func TestApp_WaitsForItsUser(t *testing.T) {
	t.Parallel()
	for behaviour, want := range map[kakaocerttest.Behaviour]error{
		kakaocerttest.SignAfter(3 * time.Second):   nil,
		kakaocerttest.RefuseAfter(3 * time.Second): kakaocerttest.ErrNotPending,
		kakaocerttest.Ignore():                     kakaocerttest.ErrNotPending, // it expires
	} {
		for _, product := range []kakaocert.K2220Product{kakaocert.K2220, kakaocert.K3220} {
			t.Run(string(product)+" "+behaviour.String(), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					user := kakaocerttest.DefaultUser()
					user.Behaviour = behaviour
					service := kakaocerttest.NewService(kakaocerttest.WithUsers(user))
					txID := inProcess(t, service, product)
					time.Sleep(time.Minute) // the user sees nothing before the app is opened
					app := service.NewApp(user.Phone)
					began := time.Now()
					assert.ErrorIs(t, app.Open(t.Context(), txID), want)
					assert.GreaterOrEqual(t, time.Since(began), 3*time.Second)
				})
			})
		}
	}
	synctest.Test(t, func(t *testing.T) {
		user := kakaocerttest.DefaultUser()
		user.Behaviour = kakaocerttest.Manual()
		service := kakaocerttest.NewService(kakaocerttest.WithUsers(user))
		txID := inProcess(t, service, kakaocert.K3220)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		assert.ErrorIs(t, service.NewApp(user.Phone).Open(ctx, txID), context.DeadlineExceeded)
		shown, _ := service.Transaction(txID)
		assert.True(t, shown.Pending)
		require.NoError(t, service.Sign(txID))
		shown, _ = service.Transaction(txID)
		assert.Equal(t, shown.SignedAt.Add(6*time.Hour).Truncate(time.Second), shown.SessionEndAt)
	})
}

func TestApp_FaultsAreItsOwn(t *testing.T) {
	t.Parallel()
	service := kakaocerttest.NewService()
	for _, bad := range []kakaocerttest.Fault{
		{Step: "order", Kind: kakaocerttest.DropAfter}, {Step: "verify", Kind: kakaocerttest.WrongKey},
		{Step: "token", Kind: kakaocerttest.WrongState}, {Step: "prepare", Kind: kakaocerttest.UsedCode},
	} {
		assert.Error(t, service.Inject(bad), bad.Kind)
	}
	require.NoError(t, service.Inject(kakaocerttest.Fault{Kind: kakaocerttest.Slow, Times: kakaocerttest.Always}))
	app := service.NewApp("01012345678")
	require.NoError(t, app.Open(t.Context(), inProcess(t, service, kakaocert.K3220)))
	_, err := app.Sign([]byte("order"))
	require.NoError(t, err)
	assert.Len(t, service.Faults(), 1, "a fault of any step is one of a call")
}
