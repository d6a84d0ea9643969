package kakaocert_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
)

// inCP949 is 홍길동 as old Korean systems write it.
const inCP949 = "\xc8\xab\xb1\xe6\xb5\xbf"

// texts are the places of an input where a person's words go, each filled with
// a text.
func texts(t *testing.T, client *kakaocert.Client, text string) map[string]error {
	t.Helper()
	identity := parseTransaction[kakaocert.K1100Product](t, "K1110T:tx")
	contract := parseTransaction[kakaocert.K3500Product](t, "K3510T:tx")
	withdrawal := parseTransaction[kakaocert.K3100Product](t, "K3110T:tx")
	request := func(change func(*kakaocert.K1100RequestParams)) error {
		params := &kakaocert.K1100RequestParams{Data: "nonce"}
		change(params)
		_, err := client.K1100.Request(t.Context(), identity, params)
		return err
	}
	desc := func(d kakaocert.Desc) error {
		return request(func(p *kakaocert.K1100RequestParams) { p.Desc = &d })
	}
	sign := func(title string, document kakaocert.Document) error {
		_, err := client.K3500.Request(t.Context(), contract, &kakaocert.K3500RequestParams{Title: title, Documents: []kakaocert.Document{document}})
		return err
	}
	consent := func(change func(*kakaocert.Consent)) error {
		c := hongsConsent()
		change(c)
		_, err := client.K3100.Request(t.Context(), withdrawal, &kakaocert.K3100RequestParams{Title: "title", Consent: c})
		return err
	}
	_, nameErr := client.K1100.Prepare(t.Context(), &kakaocert.K1100PrepareParams{
		Product: kakaocert.K1110, User: kakaocert.ByPerson(kakaocert.Person{Name: text, Birthday: hong.Birthday, Phone: hong.Phone}),
	})
	_, referenceErr := client.K1100.Status(t.Context(), identity, kakaocert.WithReference(text))
	return map[string]error{
		"Person.Name":                 nameErr,
		"WithReference":               referenceErr,
		"Data":                        request(func(p *kakaocert.K1100RequestParams) { p.Data = text }),
		"Title":                       sign(text, kakaocert.TextDocument("title", "text")),
		"Documents[0].Title":          sign("title", kakaocert.TextDocument(text, "text")),
		"Documents[0].Text":           sign("title", kakaocert.TextDocument("title", text)),
		"Desc.RequestType":            desc(kakaocert.Desc{RequestType: text}),
		"Desc.RequestOrganization":    desc(kakaocert.Desc{RequestOrganization: text}),
		"Desc.ReceiverName":           desc(kakaocert.Desc{ReceiverName: text}),
		"Desc.Raw":                    desc(kakaocert.Desc{Raw: json.RawMessage(`"` + text + `"`)}),
		"Extra":                       request(func(p *kakaocert.K1100RequestParams) { p.Extra = kakaocert.Extra{"memo": []string{text}} }),
		"Consent.BillingOrganization": consent(func(c *kakaocert.Consent) { c.BillingOrganization = text }),
		"Consent.BankName":            consent(func(c *kakaocert.Consent) { c.BankName = text }),
		"Consent.AccountHolder":       consent(func(c *kakaocert.Consent) { c.AccountHolder = text }),
	}
}

func unsent(t *testing.T) *kakaocert.Client {
	t.Helper()
	return newClient(t, configWith(t, roundTripper(func(r *http.Request) (*http.Response, error) {
		t.Error("something was sent: " + r.URL.Path)
		return nil, io.EOF
	})))
}

// encoding/json replaces what is not UTF-8 without a word, so that the user
// would sign something else.
func TestTexts_InCP949AreRefusedByName(t *testing.T) {
	t.Parallel()
	for field, err := range texts(t, unsent(t), inCP949) {
		argument, ok := errors.AsType[*kakaocert.ArgumentError](err)
		require.True(t, ok, "%s: %v", field, err)
		assert.Equal(t, field, argument.Field)
		assert.Equal(t, "must be UTF-8; convert CP949 (EUC-KR) before", argument.Reason, field)
	}
}

func TestTexts_ThatAreTooLongAreToldFromThoseNotInUTF8(t *testing.T) {
	t.Parallel()
	client := newClient(t, configWith(t, answering(200, `{"result":"Y"}`)))
	all := texts(t, client, strings.Repeat("가", 65<<10))
	for _, field := range []string{"Desc.RequestType", "Desc.RequestOrganization", "Desc.ReceiverName", "Desc.Raw"} {
		delete(all, field) // the contract fixes them, at whatever length
	}
	for field, err := range all {
		argument, ok := errors.AsType[*kakaocert.ArgumentError](err)
		require.True(t, ok, "%s: %v", field, err)
		assert.Equal(t, field, argument.Field)
		assert.Contains(t, argument.Reason, "at most", field)
	}
}

// UTF-8 text is sent byte for byte, also where it looks like a mistake.
func TestTexts_InUTF8AreNotTakenForMistakes(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"가", "\ufffd", `\ufffd`, `\\ufffd`, "😀"} {
		_, err := kakaocert.Seal(sealKey(t, "key"), "row", kakaocert.TextDocument(text, text))
		require.NoError(t, err, "%q", text)
		config := configWith(t, answering(200, `{"result":"Y"}`))
		_, err = newClient(t, config).K1100.Request(t.Context(), parseTransaction[kakaocert.K1100Product](t, "K1110T:tx"),
			&kakaocert.K1100RequestParams{Data: "nonce", Extra: kakaocert.Extra{"memo": text}})
		require.NoError(t, err, "%q", text)
	}
}

func TestSeal_RefusesWhatIsNotUTF8(t *testing.T) {
	t.Parallel()
	key := sealKey(t, "key")
	argument := new(kakaocert.ArgumentError)
	_, err := kakaocert.Seal(key, "row", kakaocert.TextDocument("title", inCP949))
	require.ErrorAs(t, err, &argument)
	_, err = kakaocert.Seal(key, "row", kakaocert.Person{Name: inCP949, Birthday: hong.Birthday, Phone: hong.Phone})
	require.ErrorAs(t, err, &argument)
	_, err = kakaocert.Seal(key, "row", kakaocert.NewSecret("\xff"))
	require.ErrorAs(t, err, &argument)
}
