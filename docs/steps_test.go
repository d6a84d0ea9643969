package docs

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// The fields that each step sends and receives come from flows on the simulator
// in which everything is set.
func TestTables_StepsComeFromTheWire(t *testing.T) {
	w := newWire()
	service := kakaocerttest.NewService()
	config := service.Config()
	config.Evidence, config.Transport = kakaocert.UnsafeNoEvidence(), w.listen(config.Transport)
	client, err := kakaocert.NewClient(config)
	require.NoError(t, err)
	for _, user := range usersInEachForm() {
		w.identify(t, client, kakaocert.K1120, user)
	}
	w.openWindow(t, service, client)
	w.logIn(t, service, client)
	w.openSession(t, service, client)
	w.consent(t, client)
	w.contract(t, client, kakaocert.K3520, kakaocert.TextDocument("제목", "제1조"))
	w.contract(t, client, kakaocert.K3521, kakaocert.TextDocument("제목", "제1조"), kakaocert.TextDocument("약관", "제2조"))
	for path, head := range map[string]string{
		"docs/assumptions.md":    "step | sent | answered",
		"docs/assumptions.ko.md": "단계 | 보내는 필드 | 응답의 필드",
	} {
		named(t, path).generated(t, "steps", append([]string{"| " + head + " |", "|---|---|---|"}, w.rows()...))
	}
}

// wire contains the fields that were sent and received, by step of the product that
// calls now.
type wire struct {
	product        string
	order          []string
	sent, answered map[string]map[string]bool // names of fields
}

func newWire() *wire {
	return &wire{sent: make(map[string]map[string]bool), answered: make(map[string]map[string]bool)}
}

// rows are the rows of the table.
func (w *wire) rows() []string {
	rows := make([]string, len(w.order))
	for i, step := range w.order {
		rows[i] = fmt.Sprintf("| %s | %s | %s |", step, inOrder(w.sent[step]), inOrder(w.answered[step]))
	}
	return rows
}

// inOrder lists names in alphabetical order.
func inOrder(names map[string]bool) string {
	return "`" + strings.Join(slices.Sorted(maps.Keys(names)), "`, `") + "`"
}

type listener func(*http.Request) (*http.Response, error)

func (l listener) RoundTrip(r *http.Request) (*http.Response, error) { return l(r) }

// stepOf is the step that a path belongs to.
func stepOf(path string) string {
	words := strings.Split(path, "/")
	switch last := words[len(words)-1]; {
	case words[len(words)-2] == "prepare":
		return "prepare" // before the product
	case last == "check_status":
		return "status"
	case last == "session_info":
		return "session"
	default:
		return last
	}
}

// step returns the names of the product's step.
func (w *wire) step(step string) (sent, answered map[string]bool) {
	name := w.product + " " + step
	if w.sent[name] == nil {
		w.order = append(w.order, name)
		w.sent[name], w.answered[name] = make(map[string]bool), make(map[string]bool)
	}
	return w.sent[name], w.answered[name]
}

// listen collects the names of all fields.
func (w *wire) listen(inner http.RoundTripper) http.RoundTripper {
	return listener(func(r *http.Request) (*http.Response, error) {
		var body []byte
		if r.Body != nil {
			body, _ = io.ReadAll(r.Body)
			r.Body = io.NopCloser(bytes.NewReader(body))
		}
		response, err := inner.RoundTrip(r)
		if err != nil {
			return nil, err
		}
		text, err := io.ReadAll(response.Body)
		response.Body = io.NopCloser(bytes.NewReader(text))
		sent, answered := w.step(stepOf(r.URL.Path))
		addQuery(sent, r.URL.Query())
		if form, err := url.ParseQuery(string(body)); err == nil && r.Header.Get("Content-Type") == "application/x-www-form-urlencoded" {
			addQuery(sent, form)
		}
		addNames(sent, "", body)
		addNames(answered, "", text)
		return response, err
	})
}

// browse adds what a browser's way to and from the service contains.
func (w *wire) browse(t *testing.T, step, there, back string) url.Values {
	t.Helper()
	to, err := url.Parse(there)
	require.NoError(t, err)
	from, err := url.Parse(back)
	require.NoError(t, err)
	sent, answered := w.step(step)
	addQuery(sent, to.Query())
	addQuery(answered, from.Query())
	return from.Query()
}

func addQuery(names map[string]bool, query url.Values) {
	for name := range query {
		names[name] = true
	}
}

// addNames adds the names of an object's fields, and of the objects in its arrays.
func addNames(names map[string]bool, prefix string, text []byte) {
	var object map[string]json.RawMessage
	if json.Unmarshal(text, &object) != nil {
		return
	}
	for name, value := range object {
		names[prefix+name] = true
		var list []json.RawMessage
		if json.Unmarshal(value, &list) == nil {
			for _, element := range list {
				addNames(names, prefix+name+"[].", element)
			}
		}
	}
}

// usersInEachForm are one user, named in each of the three ways.
func usersInEachForm() []kakaocert.User {
	person := kakaocerttest.DefaultUser()
	return []kakaocert.User{
		kakaocert.ByPerson(kakaocert.Person{Name: person.Name, Birthday: person.Birthday, Phone: person.Phone}),
		kakaocert.ByCI(person.CI), kakaocert.ByCIAndPhone(person.CI, person.Phone),
	}
}

var everyItem = []kakaocert.IdentifyItem{
	kakaocert.IdentifyCI, kakaocert.IdentifyName, kakaocert.IdentifyBirthday, kakaocert.IdentifyPhoneNumber,
}

var display = &kakaocert.Desc{RequestType: "본인확인", RequestOrganization: "예시은행", ReceiverName: "홍길동"}

func (w *wire) identify(t *testing.T, client *kakaocert.Client, product kakaocert.K1100Product, user kakaocert.User) {
	t.Helper()
	w.product = string(product)
	ctx := context.Background()
	tx, err := client.K1100.Prepare(ctx, &kakaocert.K1100PrepareParams{Product: product, User: user})
	require.NoError(t, err)
	nonce := kakaocert.NewNonce()
	_, err = client.K1100.Request(ctx, tx, &kakaocert.K1100RequestParams{
		Data: nonce, IdentifyItems: everyItem, Desc: display, ExpiresIn: 5 * time.Minute,
		ExtraMessage: "안내", ReturnURL: "https://bank.example/back", Title: "본인확인",
	})
	require.NoError(t, err)
	_, err = client.K1100.Status(ctx, tx)
	require.NoError(t, err)
	_, err = client.K1100.Verify(ctx, tx, nonce)
	require.NoError(t, err)
	_, err = client.K1100.SignerInfo(ctx, tx)
	require.NoError(t, err)
}

const backAddress = "https://bank.example/back"

func (w *wire) openWindow(t *testing.T, service *kakaocerttest.Service, client *kakaocert.Client) {
	t.Helper()
	w.product = string(kakaocert.K1400)
	ctx := context.Background()
	window, err := client.K1400.Begin("")
	require.NoError(t, err)
	asked := kakaocerttest.Window{
		RedirectURI: backAddress, SettleID: service.Config().SettleID, SignData: window.SignData(), State: window.State(),
		IdentifyItems: []string{"CI", "NAME", "BIRTHDAY", "PHONE_NUMBER"},
	}
	back, err := service.SignInWindow(ctx, asked, kakaocerttest.DefaultUser().Phone)
	require.NoError(t, err)
	tx, err := client.K1400.ParseRedirect(window, w.browse(t, "window", optionsOf(asked), back))
	require.NoError(t, err)
	_, err = client.K1400.Status(ctx, tx)
	require.NoError(t, err)
	_, err = client.K1400.Verify(ctx, tx, window)
	require.NoError(t, err)
	_, err = client.K1400.SignerInfo(ctx, tx)
	require.NoError(t, err)
}

// optionsOf is an address whose query is the options of Kakao.Cert.identify: the
// simulator has them in snake case.
func optionsOf(asked kakaocerttest.Window) string {
	return afterUnderscore.ReplaceAllStringFunc(asked.URL(""), func(found string) string { return strings.ToUpper(found[1:]) })
}

var afterUnderscore = regexp.MustCompile(`_[a-z]`)

func (w *wire) logIn(t *testing.T, service *kakaocerttest.Service, client *kakaocert.Client) {
	t.Helper()
	w.product = string(kakaocert.K2100)
	ctx := context.Background()
	login, err := client.K2100.Prepare(ctx, &kakaocert.K2100PrepareParams{RedirectURI: backAddress, IdentifyItems: everyItem})
	require.NoError(t, err)
	address, err := client.K2100.AuthorizeURL(login, nil)
	require.NoError(t, err)
	back, err := service.LogIn(ctx, address, kakaocerttest.DefaultUser().Phone)
	require.NoError(t, err)
	tokens, err := client.K2100.Exchange(ctx, login, w.browse(t, "authorize", address, back))
	require.NoError(t, err)
	_, err = client.K2100.Verify(ctx, tokens.Transaction, login)
	require.NoError(t, err)
	_, err = client.K2100.SignerInfo(ctx, tokens.Transaction)
	require.NoError(t, err)
}

func (w *wire) openSession(t *testing.T, service *kakaocerttest.Service, client *kakaocert.Client) {
	t.Helper()
	w.product = string(kakaocert.K2220)
	ctx := context.Background()
	const length = 24 * time.Hour
	tx, err := client.K2220.Prepare(ctx, &kakaocert.K2220PrepareParams{Product: kakaocert.K2220, User: usersInEachForm()[0]})
	require.NoError(t, err)
	_, err = client.K2220.Request(ctx, tx, &kakaocert.K2220RequestParams{
		SessionLength: length, Title: "주식 주문", IdentifyItems: everyItem, Desc: display, ReturnURL: backAddress,
	})
	require.NoError(t, err)
	require.NoError(t, service.NewApp(kakaocerttest.DefaultUser().Phone).Open(ctx, tx.TxID()))
	_, err = client.K2220.Status(ctx, tx)
	require.NoError(t, err)
	_, err = client.K2220.Verify(ctx, tx, length)
	require.NoError(t, err)
	_, err = client.K2220.SignerInfo(ctx, tx)
	require.NoError(t, err)
	_, err = client.K2220.SessionInfo(ctx, tx)
	require.NoError(t, err)
}

func (w *wire) consent(t *testing.T, client *kakaocert.Client) {
	t.Helper()
	w.product = string(kakaocert.K3120)
	ctx := context.Background()
	consent := &kakaocert.Consent{
		BillingOrganization: "예시전력", BankName: "예시은행", AccountNumber: "3333-01-1234567", AccountHolder: "홍길동",
		AccountHolderBirthday: "19900101", CollectionType: kakaocert.CollectionCMS,
	}
	tx, err := client.K3100.Prepare(ctx, &kakaocert.K3100PrepareParams{Product: kakaocert.K3120, User: usersInEachForm()[0]})
	require.NoError(t, err)
	_, err = client.K3100.Request(ctx, tx, &kakaocert.K3100RequestParams{Consent: consent, Title: "출금동의", IdentifyItems: everyItem, Desc: display})
	require.NoError(t, err)
	_, err = client.K3100.Status(ctx, tx)
	require.NoError(t, err)
	_, err = client.K3100.Verify(ctx, tx, consent)
	require.NoError(t, err)
	_, err = client.K3100.SignerInfo(ctx, tx)
	require.NoError(t, err)
}

func (w *wire) contract(t *testing.T, client *kakaocert.Client, product kakaocert.K3500Product, documents ...kakaocert.Document) {
	t.Helper()
	w.product = string(product)
	ctx := context.Background()
	tx, err := client.K3500.Prepare(ctx, &kakaocert.K3500PrepareParams{Product: product, User: usersInEachForm()[0]})
	require.NoError(t, err)
	_, err = client.K3500.Request(ctx, tx, &kakaocert.K3500RequestParams{Title: "계약", Documents: documents, IdentifyItems: everyItem, Desc: display})
	require.NoError(t, err)
	_, err = client.K3500.Status(ctx, tx)
	require.NoError(t, err)
	_, err = client.K3500.Verify(ctx, tx, documents)
	require.NoError(t, err)
	_, err = client.K3500.SignerInfo(ctx, tx)
	require.NoError(t, err)
}
