package docs

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
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
	config := kakaocerttest.NewService().Config()
	config.Evidence, config.Transport = kakaocert.UnsafeNoEvidence(), w.listen(config.Transport)
	client, err := kakaocert.NewClient(config)
	require.NoError(t, err)
	for _, user := range usersInEachForm() {
		w.identify(t, client, kakaocert.K1120, user)
	}
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

// wire contains the fields that were sent and received, by step.
type wire struct {
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

// listen collects the names of all fields. The steps after a prepare have the
// product of the prepare.
func (w *wire) listen(inner http.RoundTripper) http.RoundTripper {
	var product string
	return listener(func(r *http.Request) (*http.Response, error) {
		var sent []byte
		if r.Body != nil {
			sent, _ = io.ReadAll(r.Body)
			r.Body = io.NopCloser(bytes.NewReader(sent))
		}
		response, err := inner.RoundTrip(r)
		if err != nil {
			return nil, err
		}
		answered, err := io.ReadAll(response.Body)
		response.Body = io.NopCloser(bytes.NewReader(answered))
		words := strings.Split(r.URL.Path, "/")
		step := words[len(words)-1]
		if words[len(words)-2] == "prepare" {
			product, step = step, "prepare"
		}
		name := strings.TrimSuffix(product, "T") + " " + step
		if w.sent[name] == nil {
			w.order = append(w.order, name)
			w.sent[name], w.answered[name] = make(map[string]bool), make(map[string]bool)
		}
		for field := range r.URL.Query() {
			w.sent[name][field] = true
		}
		addNames(w.sent[name], "", sent)
		addNames(w.answered[name], "", answered)
		return response, err
	})
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

func (w *wire) consent(t *testing.T, client *kakaocert.Client) {
	t.Helper()
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
