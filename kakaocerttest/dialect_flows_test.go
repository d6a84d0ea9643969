package kakaocerttest_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// A flow is taken through by the client, and returns the first error.
type clientFlow func(*visitor) error

// visitor is the client in a flow on a host that speaks a dialect.
type visitor struct {
	*testing.T
	*kakaocert.Client
	server  *kakaocerttest.Server
	config  kakaocert.Config
	dialect kakaocerttest.Dialect
}

var items = []kakaocert.IdentifyItem{kakaocert.IdentifyName, kakaocert.IdentifyCI}

const loginReturn = "https://bank.example/back"

// desc is the display data in the contract's form, which is the caller's to know.
func (v *visitor) desc() (*kakaocert.Desc, kakaocert.Extra) {
	switch v.dialect.Desc {
	case kakaocerttest.DescText:
		return &kakaocert.Desc{Raw: json.RawMessage(`"계좌 개설"`)}, nil
	case kakaocerttest.DescNone:
		return nil, kakaocert.Extra{"request_type": "계좌 개설"}
	}
	return &kakaocert.Desc{RequestType: "계좌 개설"}, nil
}

// signer asks who signed.
func signer[P kakaocert.Product](v *visitor, s interface {
	SignerInfo(ctx context.Context, tx kakaocert.Transaction[P], opts ...kakaocert.CallOption) (*kakaocert.SignerInfo, error)
}, tx kakaocert.Transaction[P]) error {
	info, err := s.SignerInfo(v.Context(), tx)
	if err != nil {
		return err
	}
	user := kakaocerttest.DefaultUser()
	assert.Equal(v, user.Name, info.Name.Reveal())
	return info.Compare(kakaocert.ByCI(user.CI))
}

func (v *visitor) verifier() *kakaocert.Verifier {
	v.Helper()
	verifier, err := kakaocert.NewVerifier(v.server.Roots(), kakaocert.UnsafeNoRevocation())
	require.NoError(v, err)
	return verifier
}

// serviceFlows are the whole flows of all services.
var serviceFlows = map[string]clientFlow{
	"K1110": identityFlow(kakaocert.K1110),
	"K1120": identityFlow(kakaocert.K1120),
	"K1400": windowFlow,
	"K2100": loginFlow,
	"K2220": sessionFlow(kakaocert.K2220),
	"K3220": sessionFlow(kakaocert.K3220),
	"K3110": consentFlow(kakaocert.K3110),
	"K3120": consentFlow(kakaocert.K3120),
	"K3510": documentsFlow(kakaocert.K3510, 1),
	"K3520": documentsFlow(kakaocert.K3520, 1),
	"K3511": documentsFlow(kakaocert.K3511, 3),
	"K3521": documentsFlow(kakaocert.K3521, 2),
}

func identityFlow(product kakaocert.K1100Product) clientFlow {
	return func(v *visitor) error {
		tx, err := v.K1100.Prepare(v.Context(), &kakaocert.K1100PrepareParams{Product: product, User: person(kakaocerttest.DefaultUser())})
		if err != nil {
			return err
		}
		desc, extra := v.desc()
		receipt, err := v.K1100.Request(v.Context(), tx, &kakaocert.K1100RequestParams{Data: "nonce-1", IdentifyItems: items, Desc: desc, Extra: extra})
		if err != nil {
			return err
		}
		assert.Equal(v, product == kakaocert.K1120, strings.HasPrefix(receipt.AppLink, "kakaotalk://me/cert/sign?tx_id="))
		status, err := v.K1100.Status(v.Context(), tx)
		if err != nil {
			return err
		}
		assert.Equal(v, kakaocert.StatusCompleted, status.Status)
		assert.False(v, status.SignedAt.IsZero())
		assert.False(v, status.RequestExpiredAt.IsZero())
		result, err := v.K1100.Verify(v.Context(), tx, "nonce-1")
		if err != nil {
			return err
		}
		assert.Equal(v, kakaocerttest.DefaultUser().CI, result.CI().Reveal())
		if v.dialect.IdentityCMS {
			verified, err := result.Check(v.verifier())
			require.NoError(v, err)
			require.NoError(v, verified.CheckVID(result))
		}
		_, err = v.K1100.Verify(v.Context(), tx, "nonce-1")
		assert.ErrorIs(v, err, kakaocert.ErrUnknownTransaction, "an error is understood too")
		return signer(v, v.K1100, tx)
	}
}

func windowFlow(v *visitor) error {
	window, err := v.K1400.Begin("")
	require.NoError(v, err)
	callback, err := v.server.SignInWindow(v.Context(), kakaocerttest.Window{
		RedirectURI: loginReturn, SettleID: v.config.SettleID, SignData: window.SignData(), State: window.State(), IdentifyItems: []string{"NAME", "CI"},
	}, kakaocerttest.DefaultUser().Phone)
	require.NoError(v, err)
	back, err := url.Parse(callback)
	require.NoError(v, err)
	tx, err := v.K1400.ParseRedirect(window, back.Query())
	if err != nil {
		return err
	}
	if _, err := v.K1400.Status(v.Context(), tx); err != nil {
		return err
	}
	if _, err := v.K1400.Verify(v.Context(), tx, window); err != nil {
		return err
	}
	return signer(v, v.K1400, tx)
}

func loginFlow(v *visitor) error {
	login, err := v.K2100.Prepare(v.Context(), &kakaocert.K2100PrepareParams{
		RedirectURI: loginReturn, Data: "login-1", IdentifyItems: items,
	})
	if err != nil {
		return err
	}
	address, err := v.K2100.AuthorizeURL(login, nil)
	require.NoError(v, err)
	callback, err := v.server.LogIn(v.Context(), address, kakaocerttest.DefaultUser().Phone)
	require.NoError(v, err)
	back, err := url.Parse(callback)
	require.NoError(v, err)
	tokens, err := v.K2100.Exchange(v.Context(), login, back.Query())
	if err != nil {
		return err
	}
	result, err := v.K2100.Verify(v.Context(), tokens.Transaction, login)
	if err != nil {
		return err
	}
	verified, err := result.Check(v.verifier())
	require.NoError(v, err)
	require.NoError(v, verified.CheckVID(result))
	return signer(v, v.K2100, tokens.Transaction)
}

func sessionFlow(product kakaocert.K2220Product) clientFlow {
	return func(v *visitor) error {
		user := kakaocerttest.DefaultUser()
		tx, err := v.K2220.Prepare(v.Context(), &kakaocert.K2220PrepareParams{Product: product, User: person(user)})
		if err != nil {
			return err
		}
		desc, extra := v.desc()
		if _, err := v.K2220.Request(v.Context(), tx, &kakaocert.K2220RequestParams{SessionLength: 24 * time.Hour, IdentifyItems: items, Desc: desc, Extra: extra}); err != nil {
			return err
		}
		app := v.server.NewApp(user.Phone)
		if err := app.Open(v.Context(), tx.TxID()); err != nil {
			return err
		}
		if _, err := v.K2220.Status(v.Context(), tx); err != nil {
			return err
		}
		if _, err := v.K2220.SessionInfo(v.Context(), tx); err != nil {
			return err
		}
		result, err := v.K2220.Verify(v.Context(), tx, 24*time.Hour)
		if err != nil {
			return err
		}
		session, _, err := result.Check(v.verifier())
		if err != nil {
			return err
		}
		order, err := app.Sign([]byte("매수 100주"))
		require.NoError(v, err)
		require.NoError(v, session.Verify(order.Data, order.Signature))
		return signer(v, v.K2220, tx)
	}
}

func consentFlow(product kakaocert.K3100Product) clientFlow {
	return func(v *visitor) error {
		user := kakaocerttest.DefaultUser()
		consent := &kakaocert.Consent{
			BillingOrganization: "예시전력", BankName: "예시은행", AccountNumber: "3333-01-1234567",
			AccountHolder: user.Name, AccountHolderBirthday: user.Birthday, CollectionType: kakaocert.CollectionCMS,
		}
		tx, err := v.K3100.Prepare(v.Context(), &kakaocert.K3100PrepareParams{Product: product, User: person(user)})
		if err != nil {
			return err
		}
		desc, extra := v.desc()
		if _, err := v.K3100.Request(v.Context(), tx, &kakaocert.K3100RequestParams{Consent: consent, IdentifyItems: items, Desc: desc, Extra: extra}); err != nil {
			return err
		}
		if _, err := v.K3100.Status(v.Context(), tx); err != nil {
			return err
		}
		result, err := v.K3100.Verify(v.Context(), tx, consent)
		if err != nil {
			return err
		}
		verified, err := result.Check(v.verifier())
		require.NoError(v, err)
		require.NoError(v, verified.CheckVID(result))
		return signer(v, v.K3100, tx)
	}
}

func documentsFlow(product kakaocert.K3500Product, count int) clientFlow {
	return func(v *visitor) error {
		documents := []kakaocert.Document{
			kakaocert.TextDocument("약정서", "제1조"), kakaocert.DigestDocument("동의서", [32]byte{1, 2, 3}), kakaocert.TextDocument("설명서", "제3조"),
		}[:count]
		tx, err := v.K3500.Prepare(v.Context(), &kakaocert.K3500PrepareParams{Product: product, User: person(kakaocerttest.DefaultUser())})
		if err != nil {
			return err
		}
		desc, extra := v.desc()
		if _, err := v.K3500.Request(v.Context(), tx, &kakaocert.K3500RequestParams{Title: "계약", Documents: documents, IdentifyItems: items, Desc: desc, Extra: extra}); err != nil {
			return err
		}
		if _, err := v.K3500.Status(v.Context(), tx); err != nil {
			return err
		}
		result, err := v.K3500.Verify(v.Context(), tx, documents)
		if err != nil {
			return err
		}
		checked, err := result.Check(v.verifier())
		require.NoError(v, err)
		require.NoError(v, checked.CheckVID(result))
		return signer(v, v.K3500, tx)
	}
}

// The client is told about these by a protocol file, and by no other way; all
// other dialects it understands without one.
var needsConfiguration = map[string]string{
	"product in path": withProductInPaths, "settle_id in the header": `{"place.settle_id": "header"}`,
	"all at once":      strings.TrimSuffix(withProductInPaths, "}") + `, "place.settle_id": "header"}`,
	"names of its own": ownNames, "names of its own, wrapped": ownNames,
}

var withProductInPaths = func() string {
	var lines []string
	for _, entry := range kakaocert.DefaultProtocol().Entries() {
		words := strings.Fields(entry.Value)
		if strings.HasPrefix(entry.Key, "step.") && len(words) == 2 && !strings.Contains(entry.Value, "{product}") {
			lines = append(lines, `"`+entry.Key+`": "`+entry.Value+`/{product}"`)
		}
	}
	return "{" + strings.Join(lines, ", ") + "}"
}()

// namesOfItsOwn are names that the protocol does not have, all of them nested.
var namesOfItsOwn = map[string]string{
	"tx_id": "payload.key", "result": "payload.yes", "status": "state.word", "nonce": "payload.token", "signed_data": "payload.signed.cms",
	"signed_documents": "payload.list", "signed_document": "one.cms", "ci": "who.link", "vid": "who.bound", "name": "who.called",
	"birthday": "who.born", "phone_number": "who.phone", "requested_at": "state.asked", "signed_at": "state.done", "request_expired_at": "state.end",
	"kauth_tx_id": "login.key", "access_token": "login.access", "session_start_at": "state.from", "session_end_at": "state.until",
	"error_code": "problem.number", "error_message": "problem.words",
}

var ownNames = func() string {
	p := kakaocert.DefaultProtocol()
	lines := make(map[string]string)
	for key, name := range namesOfItsOwn {
		lines["field."+key] = p.Field(key) + " " + name
	}
	text, err := json.Marshal(lines)
	if err != nil {
		panic(err)
	}
	return string(text)
}()

// flowDialects are all that the flows run in.
func flowDialects() map[string]kakaocerttest.Dialect {
	dialects := map[string]kakaocerttest.Dialect{
		"DER": {DER: true}, "VID in Base64": {Base64VID: true}, "no scheme": {WithoutScheme: true},
		"names of its own":          {Names: namesOfItsOwn},
		"names of its own, wrapped": {Names: namesOfItsOwn, Wrapped: true},
	}
	for name, test := range dialectTests {
		dialects[name] = test.dialect
	}
	return dialects
}

var ourKey = regexp.MustCompile(`\b(step|field|place)\.[a-z0-9_.]+\b`)

func TestClient_RunsEveryFlowInEveryDialect(t *testing.T) {
	t.Parallel()
	for name, dialect := range flowDialects() {
		for product, flow := range serviceFlows {
			t.Run(name+"/"+product, func(t *testing.T) {
				t.Parallel()
				file, isTold := needsConfiguration[name]
				err := runFlow(t, dialect, "", flow)
				if !isTold || product == "K1400" && dialect.SettleIDHeader && !dialect.ProductInPath || product == "K2100" && dialect.SettleIDHeader && !dialect.ProductInPath {
					require.NoError(t, err) // of the last two the server prepares nothing with a settle_id of its own
					return
				}
				require.Error(t, err)
				assert.False(t, kakaocert.IsSecurityEvent(err))
				key := ourKey.FindString(err.Error())
				require.NotEmpty(t, key, "must name what to change: %v", err)
				assert.NotEmpty(t, kakaocert.DefaultProtocol().Get(key), key)
				require.NoError(t, runFlow(t, dialect, file, flow))
			})
		}
	}
}

func runFlow(t *testing.T, dialect kakaocerttest.Dialect, file string, flow clientFlow) error {
	t.Helper()
	server := kakaocerttest.NewServer(t, kakaocerttest.WithDialect(dialect))
	config := server.Config()
	config.Evidence = kakaocert.UnsafeNoEvidence()
	if file != "" {
		protocol, err := kakaocert.ParseProtocol(strings.NewReader(file))
		require.NoError(t, err)
		config.Protocol = protocol
	}
	client, err := kakaocert.NewClient(config)
	require.NoError(t, err)
	err = flow(&visitor{t, client, server, config, dialect})
	if _, wrongTest := errors.AsType[*kakaocert.ArgumentError](err); wrongTest {
		require.NoError(t, err)
	}
	return err
}
