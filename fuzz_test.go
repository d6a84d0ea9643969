package kakaocert_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
)

// answerSeeds are answers in the forms that are known, and some in none.
var answerSeeds = []string{
	`{"tx_id":"tx","result":"Y","status":"COMPLETED","data":"nonce"}`,
	`{"status":"COMPLETED","data":{"result":"Y","request_token":"nonce","ci":"AAAA"}}`,
	`{"tx_id":"tx","result":"Y","status":"COMPLETED","signed_data":"MIAGCSqGSIb3DQEHAqCAMIACAQE","vid":"00"}`,
	`{"result":"Y","signed_documents":[{"signed_document":"AAAA"},{"signed_data":"MIIB"}]}`,
	"\ufeff{\"code\":\"E2003\",\"data\":{}}", `{"error":{"code":-401}}`, `{"result":["Y"]}`, `{"tx_id":{}}`, `[]`, "\x1f\x8b", "",
}

// For any stored bytes, Restore returns a result or an error and does not panic,
// and no identity is restored without the nonce in the answer.
func FuzzRestore(f *testing.F) {
	for _, seed := range answerSeeds {
		f.Add([]byte(seed))
	}
	config := configWith(f, nil)
	config.Evidence = kakaocert.UnsafeNoEvidence()
	client := newClient(f, config)
	var identity kakaocert.K1100Transaction
	var session kakaocert.K2220Transaction
	var withdrawal kakaocert.K3100Transaction
	var single, several kakaocert.K3500Transaction
	for text, into := range map[string]interface{ UnmarshalText([]byte) error }{
		"K1110T:tx": &identity, "K2220T:tx": &session, "K3110T:tx": &withdrawal, "K3510T:tx": &single, "K3511T:tx": &several,
	} {
		require.NoError(f, into.UnmarshalText([]byte(text)))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		const nonce = "nonce"
		if _, err := client.K1100.Restore(identity, body, nonce); err == nil && !bytes.HasPrefix(body, []byte("\x1f\x8b")) {
			var whole any
			if json.Unmarshal(bytes.TrimPrefix(body, []byte("\ufeff")), &whole) != nil {
				t.Fatal("restored from what is not JSON")
			}
		}
		_, _ = client.K2220.Restore(session, body, day)
		_, _ = client.K3100.Restore(withdrawal, body, hongsConsent())
		one, err := client.K3500.Restore(single, body, []kakaocert.Document{contract})
		if err == nil && len(one.SignedData()) != 1 {
			t.Fatal("a document without its signature")
		}
		two, err := client.K3500.Restore(several, body, []kakaocert.Document{contract, contract})
		if err == nil && len(two.SignedData()) != 2 {
			t.Fatal("documents without their signatures")
		}
	})
}

// For any answer of a host, a step returns the values that it demands, or an error.
func FuzzAnswers(f *testing.F) {
	for _, seed := range answerSeeds {
		f.Add(200, []byte(seed))
		f.Add(400, []byte(seed))
	}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		if status < 200 || status > 599 {
			return
		}
		config := configWith(t, roundTripper(func(*http.Request) (*http.Response, error) { return answer(status, string(body)), nil }))
		config.Retries = kakaocert.NoRetries
		client := newClient(t, config)
		tx, err := client.K1100.Prepare(t.Context(), &kakaocert.K1100PrepareParams{Product: kakaocert.K1110, User: byHong})
		if err == nil && (tx.TxID() == "" || strings.ContainsAny(tx.TxID(), " \n")) {
			t.Fatal("prepared without a tx_id")
		}
		require.NoError(t, tx.UnmarshalText([]byte("K1110T:tx")))
		if got, err := client.K1100.Status(t.Context(), tx); err == nil && got.Status == "" {
			t.Fatal("a status without a status")
		}
		if _, err := client.K1100.Request(t.Context(), tx, &kakaocert.K1100RequestParams{Data: "nonce"}); err == nil && status >= 300 {
			t.Fatal("requested by an answer that is no success")
		}
		_, _ = client.K1100.SignerInfo(t.Context(), tx)
	})
}

// Two files that were not exported together are refused, and what is taken up is
// what the items say.
func FuzzParseConsentExport(f *testing.F) {
	f.Add([]byte("signature"), []byte(`{"product":"K3110T","tx_id":"tx","consent":{},"signature_sha256":"`+strings.Repeat("0", 64)+`"}`))
	f.Fuzz(func(t *testing.T, signed, items []byte) {
		export, err := kakaocert.ParseConsentExport(signed, items)
		if err != nil {
			return
		}
		if !bytes.Equal(export.SignedData(), signed) {
			t.Fatal("another signature")
		}
		if _, err := export.Items(); err != nil {
			t.Fatal(err)
		}
	})
}
