package openapi

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
	"github.com/pb33f/libopenapi-validator/config"
	"github.com/pb33f/libopenapi-validator/content"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// described is the validator of a description of the wire.
func described(t *testing.T) validator.Validator {
	t.Helper()
	text, err := os.ReadFile("../../docs/openapi.json")
	require.NoError(t, err)
	document, err := libopenapi.NewDocument(text)
	require.NoError(t, err)
	v, errs := validator.NewValidator(document, config.WithFormatAssertions(),
		config.WithBodyDecoder("application/x-www-form-urlencoded", content.DecoderFunc(readForm)),
		config.WithRejectUnsupportedBodyContent(), config.WithRejectUndeclaredRequestBody())
	require.Empty(t, errs)
	return v
}

// readForm reads a form's fields as text; each may occur only once. The
// validator's own decoder refuses reserved characters that were encoded.
func readForm(input *content.DecodeInput) (any, error) {
	text, err := io.ReadAll(input.Body)
	if err != nil {
		return nil, err
	}
	form, err := url.ParseQuery(string(text))
	if err != nil {
		return nil, err
	}
	fields := make(map[string]any)
	for name, values := range form {
		if len(values) != 1 {
			return nil, errors.New("a field is repeated")
		}
		fields[name] = values[0]
	}
	return fields, nil
}

// exchange is a call and its answer.
type exchange struct {
	method, url string
	header      http.Header
	body        string
	status      int
	answered    http.Header
	answer      string
}

// request makes the call again.
func (e exchange) request(t *testing.T) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), e.method, e.url, strings.NewReader(e.body))
	require.NoError(t, err)
	if e.body == "" {
		r.Body = http.NoBody
		r.ContentLength = 0
	}
	r.Header = e.header.Clone()
	return r
}

func (e exchange) response(t *testing.T) *http.Response {
	t.Helper()
	return &http.Response{
		StatusCode: e.status, Header: e.answered.Clone(), Request: e.request(t),
		Body: io.NopCloser(strings.NewReader(e.answer)), ContentLength: int64(len(e.answer)),
	}
}

// verdicts are the violations of the description by the call and the answer.
func (e exchange) verdicts(t *testing.T, v validator.Validator) (call, answer string) {
	t.Helper()
	return verdict(v.ValidateHttpRequestSync(e.request(t))), verdict(v.ValidateHttpResponse(e.request(t), e.response(t)))
}

// recorder is a transport that keeps what goes through it.
type recorder struct {
	next http.RoundTripper
	mu   sync.Mutex
	all  []exchange
}

func (c *recorder) RoundTrip(r *http.Request) (*http.Response, error) {
	e := exchange{method: r.Method, url: r.URL.String(), header: r.Header.Clone()}
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		e.body = string(body)
		r = r.Clone(r.Context())
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	response, err := c.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(response.Body)
	_ = response.Body.Close()
	if err != nil {
		return nil, err
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	e.status, e.answered, e.answer = response.StatusCode, response.Header.Clone(), string(body)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all = append(c.all, e)
	return response, nil
}

// world is a simulator and a client whose exchanges are recorded.
type world struct {
	*testing.T
	server *kakaocerttest.Server
	client *kakaocert.Client
	config kakaocert.Config
	record *recorder
	user   kakaocert.User
	person kakaocerttest.User
}

func newWorld(t *testing.T, opts ...kakaocerttest.Option) *world {
	t.Helper()
	w := &world{T: t, server: kakaocerttest.NewServer(t, opts...), record: &recorder{next: http.DefaultTransport}, person: kakaocerttest.DefaultUser()}
	w.config = w.server.Config()
	w.config.Transport, w.config.Evidence, w.config.Retries = w.record, kakaocert.UnsafeNoEvidence(), kakaocert.NoRetries
	var err error
	w.client, err = kakaocert.NewClient(w.config)
	require.NoError(t, err)
	w.user = kakaocert.ByPerson(kakaocert.Person{Name: w.person.Name, Birthday: w.person.Birthday, Phone: w.person.Phone})
	return w
}

func (w *world) soon() context.Context {
	ctx, cancel := context.WithTimeout(w.Context(), 5*time.Minute)
	w.Cleanup(cancel)
	return ctx
}

var items = []kakaocert.IdentifyItem{kakaocert.IdentifyCI, kakaocert.IdentifyName, kakaocert.IdentifyBirthday, kakaocert.IdentifyPhoneNumber}

func (w *world) k1100() {
	for product, user := range map[kakaocert.K1100Product]kakaocert.User{
		kakaocert.K1110: w.user, kakaocert.K1120: kakaocert.ByCI(w.person.CI),
	} {
		tx, err := w.client.K1100.Prepare(w.Context(), &kakaocert.K1100PrepareParams{Product: product, User: user})
		require.NoError(w, err)
		params := &kakaocert.K1100RequestParams{
			Data: "nonce", Title: "본인확인", IdentifyItems: items, ExpiresIn: 5 * time.Minute, ExtraMessage: "안내",
			Desc: &kakaocert.Desc{RequestType: "가입", RequestOrganization: "예시은행", ReceiverName: "홍길동"},
		}
		if product == kakaocert.K1120 {
			params.ReturnURL = "https://bank.example/back"
		}
		_, err = w.client.K1100.Request(w.Context(), tx, params)
		require.NoError(w, err)
		_, err = w.client.K1100.Wait(w.soon(), tx)
		require.NoError(w, err)
		_, err = w.client.K1100.Verify(w.Context(), tx, "nonce")
		require.NoError(w, err)
		_, err = w.client.K1100.SignerInfo(w.Context(), tx)
		require.NoError(w, err)
		_, err = w.client.K1100.Verify(w.Context(), tx, "nonce")
		require.ErrorIs(w, err, kakaocert.ErrUnknownTransaction)
	}
}

func (w *world) k1400() {
	window, err := w.client.K1400.Begin("")
	require.NoError(w, err)
	callback, err := w.server.SignInWindow(w.Context(), kakaocerttest.Window{
		RedirectURI: "https://bank.example/back", SettleID: w.config.SettleID, SignData: window.SignData(), State: window.State(), IdentifyItems: []string{"NAME"},
	}, w.person.Phone)
	require.NoError(w, err)
	back, err := url.Parse(callback)
	require.NoError(w, err)
	tx, err := w.client.K1400.ParseRedirect(window, back.Query())
	require.NoError(w, err)
	_, err = w.client.K1400.Status(w.Context(), tx)
	require.NoError(w, err)
	_, err = w.client.K1400.Verify(w.Context(), tx, window)
	require.NoError(w, err)
	_, err = w.client.K1400.SignerInfo(w.Context(), tx)
	require.NoError(w, err)
}

func (w *world) k2100() {
	login, err := w.client.K2100.Prepare(w.Context(), &kakaocert.K2100PrepareParams{RedirectURI: "https://bank.example/back", IdentifyItems: items})
	require.NoError(w, err)
	address, err := w.client.K2100.AuthorizeURL(login, nil)
	require.NoError(w, err)
	callback, err := w.server.LogIn(w.Context(), address, w.person.Phone)
	require.NoError(w, err)
	back, err := url.Parse(callback)
	require.NoError(w, err)
	tokens, err := w.client.K2100.Exchange(w.Context(), login, back.Query())
	require.NoError(w, err)
	_, err = w.client.K2100.Verify(w.Context(), tokens.Transaction, login)
	require.NoError(w, err)
	_, err = w.client.K2100.SignerInfo(w.Context(), tokens.Transaction)
	require.NoError(w, err)
	_, err = w.client.K2100.Exchange(w.Context(), login, back.Query())
	require.Error(w, err, "a code is good once")
}

func (w *world) k2220() {
	for _, product := range []kakaocert.K2220Product{kakaocert.K2220, kakaocert.K3220} {
		tx, err := w.client.K2220.Prepare(w.Context(), &kakaocert.K2220PrepareParams{Product: product, User: w.user})
		require.NoError(w, err)
		_, err = w.client.K2220.Request(w.Context(), tx, &kakaocert.K2220RequestParams{SessionLength: 24 * time.Hour, Title: "주식 주문", IdentifyItems: items})
		require.NoError(w, err)
		require.NoError(w, w.server.NewApp(w.person.Phone).Open(w.Context(), tx.TxID()))
		_, err = w.client.K2220.Wait(w.soon(), tx)
		require.NoError(w, err)
		_, err = w.client.K2220.SessionInfo(w.Context(), tx)
		require.NoError(w, err)
		_, err = w.client.K2220.Verify(w.Context(), tx, 24*time.Hour)
		require.NoError(w, err)
		_, err = w.client.K2220.SignerInfo(w.Context(), tx)
		require.NoError(w, err)
	}
}

func (w *world) k3100() {
	tx, err := w.client.K3100.Prepare(w.Context(), &kakaocert.K3100PrepareParams{Product: kakaocert.K3110, User: w.user})
	require.NoError(w, err)
	consent := &kakaocert.Consent{
		BillingOrganization: "예시전력", BankName: "예시은행", AccountNumber: "3333-01-1234567",
		AccountHolder: w.person.Name, AccountHolderBirthday: w.person.Birthday, CollectionType: kakaocert.CollectionCMS,
	}
	_, err = w.client.K3100.Request(w.Context(), tx, &kakaocert.K3100RequestParams{Consent: consent, Title: "출금동의", IdentifyItems: items})
	require.NoError(w, err)
	_, err = w.client.K3100.Wait(w.soon(), tx)
	require.NoError(w, err)
	_, err = w.client.K3100.Verify(w.Context(), tx, consent)
	require.NoError(w, err)
	_, err = w.client.K3100.SignerInfo(w.Context(), tx)
	require.NoError(w, err)
}

func (w *world) k3500() {
	text := kakaocert.TextDocument("약정서", "제1조 (목적)")
	digest := kakaocert.DigestDocument("동의서", sha256.Sum256([]byte("성명의 이용에 동의합니다.")))
	for product, documents := range map[kakaocert.K3500Product][]kakaocert.Document{
		kakaocert.K3510: {text}, kakaocert.K3520: {digest}, kakaocert.K3511: {text, digest},
	} {
		tx, err := w.client.K3500.Prepare(w.Context(), &kakaocert.K3500PrepareParams{Product: product, User: w.user})
		require.NoError(w, err)
		_, err = w.client.K3500.Request(w.Context(), tx, &kakaocert.K3500RequestParams{Title: "대출 계약", Documents: documents, IdentifyItems: items})
		require.NoError(w, err)
		_, err = w.client.K3500.Wait(w.soon(), tx)
		require.NoError(w, err)
		_, err = w.client.K3500.Verify(w.Context(), tx, documents)
		require.NoError(w, err)
		_, err = w.client.K3500.SignerInfo(w.Context(), tx)
		require.NoError(w, err)
	}
}

// refusals causes answers with codes.
func (w *world) refusals() {
	nobody := kakaocert.ByPerson(kakaocert.Person{Name: "성춘향", Birthday: "19900101", Phone: "01000000000"})
	_, err := w.client.K1100.Prepare(w.Context(), &kakaocert.K1100PrepareParams{Product: kakaocert.K1110, User: nobody})
	require.ErrorIs(w, err, kakaocert.ErrUserNotFound)
	for _, kind := range []kakaocerttest.FaultKind{kakaocerttest.InternalError, kakaocerttest.Maintenance} {
		require.NoError(w, w.server.Inject(kakaocerttest.Fault{Kind: kind}))
		_, err = w.client.K3500.Prepare(w.Context(), &kakaocert.K3500PrepareParams{Product: kakaocert.K3510, User: w.user})
		require.Error(w, err)
	}
}

// declined is a transaction whose user declined.
func (w *world) declined() {
	user := w.person
	user.Behaviour = kakaocerttest.RefuseAfter(0)
	user.Phone, user.CI = "01011112222", ""
	require.NoError(w, w.server.AddUser(user))
	asked := kakaocert.ByPerson(kakaocert.Person{Name: user.Name, Birthday: user.Birthday, Phone: user.Phone})
	tx, err := w.client.K1100.Prepare(w.Context(), &kakaocert.K1100PrepareParams{Product: kakaocert.K1110, User: asked})
	require.NoError(w, err)
	_, err = w.client.K1100.Request(w.Context(), tx, &kakaocert.K1100RequestParams{Data: "nonce"})
	require.NoError(w, err)
	_, err = w.client.K1100.Wait(w.soon(), tx)
	require.ErrorAs(w, err, new(*kakaocert.StatusError))
	_, err = w.client.K1100.Verify(w.Context(), tx, "nonce")
	require.ErrorAs(w, err, new(*kakaocert.StatusError))
}

// everything is the exchanges of every service.
func everything(t *testing.T, opts ...kakaocerttest.Option) []exchange {
	t.Helper()
	w := newWorld(t, opts...)
	w.k1100()
	w.k1400()
	w.k2100()
	w.k2220()
	w.k3100()
	w.k3500()
	w.refusals()
	w.declined()
	return w.record.all
}
