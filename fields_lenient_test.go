package kakaocert_test

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// An empty value under a field's first name hides nothing, in any field of any
// step: the first usable value counts.
func TestAnswers_EmptyValueHidesNothing(t *testing.T) {
	t.Parallel()
	identity := parseTransaction[kakaocert.K1100Product](t, "K1110T:tx")
	signed := b64(read(t, "testdata/cms/good/attributes-least.der"))
	for _, empty := range []string{`""`, `{}`, `[]`, `null`, `{ }`, "[\n]"} {
		for name, c := range map[string]struct {
			body string
			call func(*kakaocert.Client) error
		}{
			"result": {`{"result":` + empty + `,"data":{"result":"Y","request_token":"nonce"}}`, func(c *kakaocert.Client) error {
				_, err := c.K1100.Verify(t.Context(), identity, "nonce")
				return err
			}},
			"result of request": {`{"result":` + empty + `,"data":{"result":"Y"}}`, func(c *kakaocert.Client) error {
				_, err := c.K1100.Request(t.Context(), identity, &kakaocert.K1100RequestParams{Data: "nonce"})
				return err
			}},
			"nonce": {`{"result":"Y","data":` + empty + `,"signed_data":` + empty + `,"request_token":"nonce"}`, func(c *kakaocert.Client) error {
				_, err := c.K1100.Verify(t.Context(), identity, "nonce")
				return err
			}},
			"tx_id": {`{"tx_id":` + empty + `,"data":{"tx_id":"tx"}}`, func(c *kakaocert.Client) error {
				_, err := c.K1100.Prepare(t.Context(), &kakaocert.K1100PrepareParams{Product: kakaocert.K1110, User: byHong})
				return err
			}},
			"status": {`{"status":` + empty + `,"data":{"status":"REQUESTED"}}`, func(c *kakaocert.Client) error {
				_, err := c.K1100.Status(t.Context(), identity)
				return err
			}},
			"signature": {`{"result":"Y","signed_data":` + empty + `,"signed_document":"` + signed + `"}`, func(c *kakaocert.Client) error {
				_, err := c.K3500.Verify(t.Context(), parseTransaction[kakaocert.K3500Product](t, "K3510T:tx"), []kakaocert.Document{contract})
				return err
			}},
			"signature in a list": {`{"result":"Y","signed_documents":[{"signed_document":` + empty + `,"signed_data":"` + signed + `"},{"signed_document":"` + signed + `"}]}`, func(c *kakaocert.Client) error {
				_, err := c.K3500.Verify(t.Context(), parseTransaction[kakaocert.K3500Product](t, "K3511T:tx"), []kakaocert.Document{contract, contract})
				return err
			}},
			"list": {`{"result":"Y","signed_documents":` + empty + `,"data":{"signed_documents":[{"signed_document":"` + signed + `"},{"signed_document":"` + signed + `"}]}}`, func(c *kakaocert.Client) error {
				_, err := c.K3500.Verify(t.Context(), parseTransaction[kakaocert.K3500Product](t, "K3511T:tx"), []kakaocert.Document{contract, contract})
				return err
			}},
		} {
			config := configWith(t, answering(200, c.body))
			config.Evidence = new(memorySink)
			assert.NoError(t, c.call(newClient(t, config)), "%s: %s", name, c.body[:min(len(c.body), 80)])
		}
		body := `{"signed_documents":` + empty + `,"signed_data":"` + signed + `"}`
		found, err := kakaocert.SignedDataIn([]byte(body), nil)
		require.NoError(t, err, empty)
		assert.Len(t, found, 1, "a stored answer is read the same way")
		_, err = newClient(t, configWith(t, answering(400, `{"code":`+empty+`,"error_code":"E2001"}`))).K1100.Prepare(t.Context(), &kakaocert.K1100PrepareParams{Product: kakaocert.K1110, User: byHong})
		assert.ErrorIs(t, err, kakaocert.ErrUserNotFound, empty)
	}
	for _, body := range []string{`{"result":["N"],"data":{"result":"Y","request_token":"nonce"}}`, `{"result":{"a":1},"data":{"result":"Y","request_token":"nonce"}}`, `{"result":true,"data":{"result":"Y","request_token":"nonce"}}`} {
		config := configWith(t, answering(200, body))
		config.Evidence = new(memorySink)
		_, err := newClient(t, config).K1100.Verify(t.Context(), identity, "nonce")
		assert.Error(t, err, "what is not empty says something: %s", body)
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	octets, err := os.ReadFile(path)
	require.NoError(t, err)
	return octets
}

// A mark, or gzip, or a mark inside gzip: codes and retries are the same as without.
func TestAnswers_CodesAndRetriesAreTheSameHoweverAnAnswerIsPacked(t *testing.T) {
	t.Parallel()
	for name, pack := range map[string]func(string) string{
		"plain": func(s string) string { return s }, "mark": func(s string) string { return "\xef\xbb\xbf" + s },
		"gzip": func(s string) string { return gzipped(t, s) }, "mark inside gzip": func(s string) string { return gzipped(t, "\xef\xbb\xbf"+s) },
		"two parts of gzip": func(s string) string { return gzipped(t, s[:len(s)/2]) + gzipped(t, s[len(s)/2:]) },
	} {
		calls := 0
		config := configWith(t, roundTripper(func(*http.Request) (*http.Response, error) {
			calls++
			response := answer(http.StatusServiceUnavailable, pack(`{"code":"E0002","message":"점검"}`))
			if strings.Contains(name, "gzip") {
				response.Header.Set("Content-Encoding", "gzip")
			}
			return response, nil
		}))
		_, err := newClient(t, config).K1100.Prepare(t.Context(), &kakaocert.K1100PrepareParams{Product: kakaocert.K1110, User: byHong})
		require.ErrorIs(t, err, kakaocert.ErrMaintenance, name)
		assert.Equal(t, 1, calls, "maintenance is not asked again: %s", name)
	}
}

// Evidence is the bytes as they came; reading unpacks them.
func TestAnswers_PackedOnesAreReadOutOfTheEvidence(t *testing.T) {
	t.Parallel()
	for name, dialect := range map[string]kakaocerttest.Dialect{"mark": {ByteOrderMark: true}, "gzip": {Gzip: true}, "both": {Gzip: true, ByteOrderMark: true}} {
		server := kakaocerttest.NewServer(t, kakaocerttest.WithDialect(dialect))
		config := server.Config()
		sink := new(memorySink)
		config.Evidence = sink
		client := newClient(t, config)
		tx := requestedDocuments(t, client, kakaocert.K3510, byHong, contract)
		_, err := client.K3500.Wait(soon(t), tx)
		require.NoError(t, err)
		_, err = client.K3500.Verify(t.Context(), tx, []kakaocert.Document{contract})
		require.NoError(t, err)
		stored := sink.all()[0].body
		assert.Equal(t, dialect.Gzip, bytes.HasPrefix(stored, []byte{0x1f, 0x8b}), name)
		_, err = client.K3500.Recall(t.Context(), tx, []kakaocert.Document{contract})
		require.NoError(t, err, name)
		verifier, err := kakaocert.NewVerifier(server.Roots(), kakaocert.UnsafeNoRevocation())
		require.NoError(t, err)
		checks, err := kakaocert.CheckStored(t.Context(), verifier, stored, nil, nil)
		require.NoError(t, err, name)
		require.Len(t, checks, 1)
		assert.NoError(t, checks[0].Err)
		if dialect.Gzip {
			reader, err := gzip.NewReader(bytes.NewReader(stored))
			require.NoError(t, err)
			require.NoError(t, reader.Close())
		}
	}
}
