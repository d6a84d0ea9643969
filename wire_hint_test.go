package kakaocert_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
)

// The error for an answer that cannot be read names the key that a protocol file
// changes, and hints at what the answer contains in its place.
func TestDecodeError_NamesTheKeyAndHintsAtThePlace(t *testing.T) {
	t.Parallel()
	message, err := os.ReadFile("testdata/cms/good/attributes-least.der")
	require.NoError(t, err)
	signed := b64(message)
	identity := parseTransaction[kakaocert.K1100Product](t, "K1110T:tx")
	one := parseTransaction[kakaocert.K3500Product](t, "K3510T:tx")
	several := parseTransaction[kakaocert.K3500Product](t, "K3511T:tx")
	for step, call := range map[string]func(*kakaocert.Client) error{
		"field.tx_id": func(c *kakaocert.Client) error {
			_, err := c.K1100.Prepare(t.Context(), &kakaocert.K1100PrepareParams{Product: kakaocert.K1110, User: byHong})
			return err
		},
		"field.status": func(c *kakaocert.Client) error { _, err := c.K1100.Status(t.Context(), identity); return err },
		"field.nonce":  func(c *kakaocert.Client) error { _, err := c.K1100.Verify(t.Context(), identity, "nonce"); return err },
		"field.result": func(c *kakaocert.Client) error {
			_, err := c.K1100.Request(t.Context(), identity, &kakaocert.K1100RequestParams{Data: "nonce"})
			return err
		},
		"field.signed_data": func(c *kakaocert.Client) error {
			_, err := c.K3500.Verify(t.Context(), one, []kakaocert.Document{contract})
			return err
		},
		"field.signed_documents": func(c *kakaocert.Client) error {
			_, err := c.K3500.Verify(t.Context(), several, []kakaocert.Document{contract, contract})
			return err
		},
		"field.signed_document": func(c *kakaocert.Client) error {
			_, err := c.K3500.Verify(t.Context(), several, []kakaocert.Document{contract, contract})
			return err
		},
	} {
		t.Run(step, func(t *testing.T) {
			t.Parallel()
			forms := map[string][2]string{ // before and behind the name
				"field.tx_id":            {`{"`, `":"0123456789abcdef0123456789abcdef"}`},
				"field.status":           {`{"`, `":"REQUESTED"}`},
				"field.nonce":            {`{"result":"Y","`, `":"nonce"}`},
				"field.result":           {`{"`, `":"Y"}`},
				"field.signed_data":      {`{"result":"Y","`, `":"` + signed + `"}`},
				"field.signed_documents": {`{"result":"Y","`, `":[{"x":"` + signed + `"}]}`},
				"field.signed_document":  {`{"result":"Y","signed_documents":[{"`, `":"` + signed + `"}]}`},
			}
			for name, want := range map[string]string{
				"zustand":               "zustand",
				"a.b":                   "a.b",
				"홍길동":                   "",
				"01012345678":           "",
				"a b":                   "",
				strings.Repeat("n", 65): "",
				"\u202eevil\\u001b[2J":  "",
			} {
				body := forms[step][0] + name + forms[step][1]
				config := configWith(t, answering(200, body))
				config.Evidence = new(memorySink)
				config.Retries = kakaocert.NoRetries
				err := call(newClient(t, config))
				bad, ok := errors.AsType[*kakaocert.DecodeError](err)
				require.True(t, ok, "%v", err)
				assert.Equal(t, step, bad.Field)
				assert.Equal(t, want, bad.Hint(), name)
				assert.Contains(t, err.Error(), step)
				assert.NotContains(t, err.Error(), name)
			}
		})
	}
}
