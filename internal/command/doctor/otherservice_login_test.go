package doctor

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/internal/command/call/calltest"
	"github.com/kakaocert-go/kakaocert/internal/env"
)

// institution is a backend in front of the other service, with a protocol file where
// the doctor wrote one.
type institution struct {
	*kakaocert.Client
	config   kakaocert.Config
	verifier *kakaocert.Verifier
}

func institutionOf(t *testing.T, edition string) institution {
	t.Helper()
	environ := otherService(t, edition)
	file := filepath.Join(t.TempDir(), "protocol.json")
	run(t, environ, "", "doctor", "--write", file)
	if edition == "1" {
		environ = calltest.With(environ, env.Protocol, file)
	}
	value := (&ward{t: t, environ: environ}).get
	setting, err := env.Read(value)
	require.NoError(t, err)
	config := setting.Config
	config.Evidence = kakaocert.UnsafeNoEvidence()
	client, err := kakaocert.NewClient(config)
	require.NoError(t, err)
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM(calltest.Read(t, value(env.Roots))))
	verifier, err := kakaocert.NewVerifier(roots, kakaocert.UnsafeNoRevocation())
	require.NoError(t, err)
	return institution{client, config, verifier}
}

// browser is at the address, and returns what it comes back with.
func (i institution) browser(t *testing.T, address string) url.Values {
	t.Helper()
	stays := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	require.NoError(t, err)
	answer, err := stays.Do(request)
	require.NoError(t, err)
	defer answer.Body.Close()
	require.Equal(t, http.StatusFound, answer.StatusCode)
	back, err := answer.Location()
	require.NoError(t, err)
	assert.Equal(t, "bank.example", back.Host)
	return back.Query()
}

// appSigns has the app of a session sign an order.
func (i institution) appSigns(t *testing.T, txID string, order []byte) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, i.config.BaseURL+"/app/"+txID, bytes.NewReader(order))
	require.NoError(t, err)
	answer, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer answer.Body.Close()
	require.Equal(t, http.StatusOK, answer.StatusCode)
	text, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return string(text)
}

const backAtTheBank = "https://bank.example/back"

var (
	hong = kakaocert.ByPerson(kakaocert.Person{Name: "홍길동", Birthday: "19900101", Phone: "01012345678"})
	who  = []kakaocert.IdentifyItem{kakaocert.IdentifyName, kakaocert.IdentifyBirthday, kakaocert.IdentifyPhoneNumber}
)

// The products that begin in a browser or an app, in both editions of the wire.
func TestClient_PassesTheOtherServiceInBrowserAndApp(t *testing.T) {
	t.Parallel()
	for _, edition := range []string{"1", "2"} {
		t.Run("edition "+edition, func(t *testing.T) {
			t.Parallel()
			bank := institutionOf(t, edition)
			t.Run("K1400", func(t *testing.T) { bank.opensTheWindow(t, edition) })
			t.Run("K2100", bank.logsIn)
			for _, product := range []kakaocert.K2220Product{kakaocert.K2220, kakaocert.K3220} {
				t.Run(string(product), func(t *testing.T) { bank.takesOrders(t, product) })
			}
		})
	}
}

func (i institution) windowAddress(window *kakaocert.K1400Window, settleID string) string {
	return i.config.BaseURL + "/window?" + url.Values{
		"redirectUri": {backAtTheBank}, "settleId": {settleID}, "signData": {window.SignData()},
		"identifyItems": {"NAME,BIRTHDAY,PHONE_NUMBER"}, "state": {window.State()},
	}.Encode()
}

func (i institution) opensTheWindow(t *testing.T, edition string) {
	window, err := i.K1400.Begin("")
	require.NoError(t, err)
	tx, err := i.K1400.ParseRedirect(window, i.browser(t, i.windowAddress(window, i.config.SettleID)))
	require.NoError(t, err)
	status, err := i.K1400.Status(t.Context(), tx)
	require.NoError(t, err)
	assert.Equal(t, kakaocert.StatusCompleted, status.Status)
	result, err := i.K1400.Verify(t.Context(), tx, window)
	require.NoError(t, err)
	verified, err := result.Check(i.verifier)
	if edition == "1" {
		require.ErrorIs(t, err, kakaocert.ErrNoSignature, "the text comes in clear")
	} else {
		require.NoError(t, err)
		require.NoError(t, verified.CheckVID(result))
	}
	info, err := i.K1400.SignerInfo(t.Context(), tx)
	require.NoError(t, err)
	require.NoError(t, info.Compare(hong, who...))

	other, err := i.K1400.Begin("")
	require.NoError(t, err)
	back := i.browser(t, i.windowAddress(other, i.config.SettleID))
	back.Del("state")
	tx, err = i.K1400.ParseRedirect(window, back)
	require.NoError(t, err)
	_, err = i.K1400.Verify(t.Context(), tx, window)
	require.ErrorIs(t, err, kakaocert.ErrNonceMismatch, "a window of another browser")

	_, err = i.K1400.ParseRedirect(window, i.browser(t, i.windowAddress(window, "another")))
	refused, is := errors.AsType[*kakaocert.RedirectError](err)
	require.True(t, is, "%v", err)
	assert.Equal(t, kakaocert.ErrSettleID, refused.Code)
}

func (i institution) logsIn(t *testing.T) {
	login, err := i.K2100.Prepare(t.Context(), &kakaocert.K2100PrepareParams{RedirectURI: backAtTheBank, IdentifyItems: who})
	require.NoError(t, err)
	address, err := i.K2100.AuthorizeURL(login, &kakaocert.AuthorizeParams{Scope: []string{"openid"}})
	require.NoError(t, err)
	back := i.browser(t, address)
	tokens, err := i.K2100.Exchange(t.Context(), login, back)
	require.NoError(t, err)
	assert.False(t, tokens.IDToken.IsZero())
	assert.Equal(t, 21599*time.Second, tokens.ExpiresIn)
	_, err = i.K2100.Exchange(t.Context(), login, back)
	require.ErrorIs(t, err, kakaocert.ErrInvalidGrant, "a code is good once")
	result, err := i.K2100.Verify(t.Context(), tokens.Transaction, login)
	require.NoError(t, err)
	verified, err := result.Check(i.verifier)
	require.NoError(t, err)
	require.NoError(t, verified.CheckVID(result))
	info, err := i.K2100.SignerInfo(t.Context(), tokens.Transaction)
	require.NoError(t, err)
	require.NoError(t, info.Compare(hong, who...))
	_, err = i.K2100.Verify(t.Context(), tokens.Transaction, login)
	require.ErrorIs(t, err, kakaocert.ErrUnknownTransaction, "verify is once")

	_, err = i.K2100.Prepare(t.Context(), &kakaocert.K2100PrepareParams{RedirectURI: backAtTheBank, SettleID: "another"})
	require.ErrorIs(t, err, kakaocert.Code("invalid_request"))
}

func (i institution) takesOrders(t *testing.T, product kakaocert.K2220Product) {
	const length = 24 * time.Hour
	tx, err := i.K2220.Prepare(t.Context(), &kakaocert.K2220PrepareParams{Product: product, User: hong})
	require.NoError(t, err)
	receipt, err := i.K2220.Request(t.Context(), tx, &kakaocert.K2220RequestParams{SessionLength: length, Title: "주식 주문", IdentifyItems: who})
	require.NoError(t, err)
	assert.Equal(t, "kakaotalk://me/cert/sign?tx_id="+tx.TxID(), receipt.AppLink, "with and without a scheme in the answer")
	_, err = i.K2220.SessionInfo(t.Context(), tx)
	require.ErrorIs(t, err, kakaocert.ErrNotSigned)
	for {
		status, err := i.K2220.Status(t.Context(), tx)
		require.NoError(t, err)
		if status.Status == kakaocert.StatusCompleted {
			break
		}
	}
	result, err := i.K2220.Verify(t.Context(), tx, length)
	require.NoError(t, err)
	session, verified, err := result.Check(i.verifier)
	require.NoError(t, err)
	require.NoError(t, verified.CheckVID(result))
	assert.Equal(t, length, session.EndAt().Sub(session.StartAt()))
	shown, err := i.K2220.SessionInfo(t.Context(), tx)
	require.NoError(t, err)
	assert.Equal(t, kakaocert.K2220SessionInfo{UserID: kakaocert.NewSecret("3000000001"), StartAt: session.StartAt(), EndAt: session.EndAt()}, shown)

	order, err := json.Marshal(map[string]any{"number": 1, "code": "035720"})
	require.NoError(t, err)
	signature := i.appSigns(t, tx.TxID(), order)
	seen := kakaocert.NewMemoryReplayStore()
	require.NoError(t, session.VerifyOnce(t.Context(), seen, order, signature))
	require.ErrorIs(t, session.VerifyOnce(t.Context(), seen, order, signature), kakaocert.ErrReplayed)
	require.ErrorIs(t, session.Verify([]byte("another order"), signature), kakaocert.ErrSignature)
}
