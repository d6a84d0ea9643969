package kakaocert_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// saysNothing are answers with HTTP 200 that contain nothing of what any step
// demands.
var saysNothing = []string{
	`{}`, `{"result":false}`, `{"result":null}`, `{"result":["N"]}`, `{"result":["Y"]}`, `{"result":{"value":"Y"}}`, `{"result":true}`, `{"result":""}`,
	`{"error":"something"}`, `{"error":{"reason":"x"}}`, `{"code":-1,"msg":"fail"}`, `{"code":"FAIL"}`, `{"success":true}`,
	`[]`, `null`, `"Y"`, `<html>`, ``,
}

// stepCall is one call of one step, and whether it ends without an error.
type stepCall struct {
	name string
	call func(context.Context, *kakaocert.Client) error
}

func everyStep(t *testing.T) []stepCall {
	t.Helper()
	k1100 := parseTransaction[kakaocert.K1100Product](t, "K1110T:tx")
	k2220 := parseTransaction[kakaocert.K2220Product](t, "K2220T:tx")
	k3100 := parseTransaction[kakaocert.K3100Product](t, "K3110T:tx")
	k3500 := parseTransaction[kakaocert.K3500Product](t, "K3510T:tx")
	k3511 := parseTransaction[kakaocert.K3500Product](t, "K3511T:tx")
	login := parsedLogin(t)
	k2100 := parseTransaction[kakaocert.K2100Product](t, "K2100T:tx")
	user := kakaocert.ByPerson(hong)
	return []stepCall{
		{"k1100.prepare", func(ctx context.Context, c *kakaocert.Client) error {
			_, err := c.K1100.Prepare(ctx, &kakaocert.K1100PrepareParams{Product: kakaocert.K1110, User: user})
			return err
		}},
		{"k1100.request", func(ctx context.Context, c *kakaocert.Client) error {
			_, err := c.K1100.Request(ctx, k1100, &kakaocert.K1100RequestParams{Data: "nonce"})
			return err
		}},
		{"k1100.status", func(ctx context.Context, c *kakaocert.Client) error { _, err := c.K1100.Status(ctx, k1100); return err }},
		{"k1100.verify", func(ctx context.Context, c *kakaocert.Client) error {
			_, err := c.K1100.Verify(ctx, k1100, "nonce")
			return err
		}},
		{"k1100.signer", func(ctx context.Context, c *kakaocert.Client) error {
			_, err := c.K1100.SignerInfo(ctx, k1100)
			return err
		}},
		{"k2100.prepare", func(ctx context.Context, c *kakaocert.Client) error {
			_, err := c.K2100.Prepare(ctx, &kakaocert.K2100PrepareParams{RedirectURI: callbackURL})
			return err
		}},
		{"k2100.token", func(ctx context.Context, c *kakaocert.Client) error {
			_, err := c.K2100.Exchange(ctx, login, url.Values{"state": {loginField(t, login, "state")}, "code": {"code"}})
			return err
		}},
		{"k2100.verify", func(ctx context.Context, c *kakaocert.Client) error {
			_, err := c.K2100.Verify(ctx, k2100, login)
			return err
		}},
		{"k2220.verify", func(ctx context.Context, c *kakaocert.Client) error {
			_, err := c.K2220.Verify(ctx, k2220, day)
			return err
		}},
		{"k2220.session", func(ctx context.Context, c *kakaocert.Client) error {
			_, err := c.K2220.SessionInfo(ctx, k2220)
			return err
		}},
		{"k3100.verify", func(ctx context.Context, c *kakaocert.Client) error {
			_, err := c.K3100.Verify(ctx, k3100, nil)
			return err
		}},
		{"k3500.verify", func(ctx context.Context, c *kakaocert.Client) error {
			_, err := c.K3500.Verify(ctx, k3500, nil)
			return err
		}},
		{"k3500.verify of several", func(ctx context.Context, c *kakaocert.Client) error {
			_, err := c.K3500.Verify(ctx, k3511, nil)
			return err
		}},
	}
}

func TestSteps_EmptyAnswerIsNoSuccess(t *testing.T) {
	t.Parallel()
	for _, step := range everyStep(t) {
		for _, body := range saysNothing {
			t.Run(step.name+" "+body, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					sent := make(map[string]int)
					config := configWith(t, roundTripper(func(r *http.Request) (*http.Response, error) {
						sent[r.Method+r.URL.Path]++
						return answer(200, body), nil
					}))
					config.Evidence = new(memorySink)
					ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
					defer cancel()
					err := step.call(ctx, newClient(t, config))
					require.Error(t, err)
					if step.name == "k1100.request" {
						require.ErrorIs(t, err, kakaocert.ErrOutcomeUnknown)
						assert.Len(t, sent, 2, "status was asked")
					}
					for call, times := range sent {
						assert.Equal(t, 1, times, call)
					}
				})
			})
		}
	}
}

func TestSteps_YesWithoutTheStepsFieldsIsNoSuccess(t *testing.T) {
	t.Parallel()
	for name, bodies := range map[string][]string{
		"k1100.prepare":           {`{"tx_id":""}`, `{"tx_id":["tx"]}`, `{"tx_id":{"id":"tx"}}`, `{"result":"Y"}`},
		"k1100.verify":            {`{"result":"Y","status":"COMPLETED"}`, `{"result":["Y"],"status":"COMPLETED","data":"nonce"}`, `{"result":true,"status":"COMPLETED","data":"nonce"}`, `{"data":"nonce"}`},
		"k2100.prepare":           {`{"kauth_tx_id":""}`, `{"tx_id":"tx"}`},
		"k2100.token":             {`{"access_token":"a","error":"invalid_grant"}`, `{"access_token":"a"}`, `{"tx_id":false}`},
		"k2100.verify":            {`{"result":"Y","status":"COMPLETED"}`},
		"k2220.verify":            {`{"result":"Y","status":"COMPLETED"}`, `{"result":"Y","signed_data":["AAAA"]}`},
		"k3100.verify":            {`{"result":"Y","status":"COMPLETED"}`, `{"result":"Y","signed_data":"AAAA"}`, `{"signed_data":"MIIB"}`},
		"k3500.verify":            {`{"result":"Y","status":"COMPLETED","data":"nonce"}`, `{"result":"Y","signed_documents":[]}`},
		"k3500.verify of several": {`{"result":"Y","signed_documents":[]}`, `{"result":"Y","signed_documents":{}}`, `{"result":"Y","signed_documents":[{}]}`, `{"result":"Y","signed_data":"MIIB"}`},
	} {
		for _, body := range bodies {
			t.Run(name+" "+body, func(t *testing.T) {
				t.Parallel()
				config := configWith(t, answering(200, body))
				config.Evidence = new(memorySink)
				for _, step := range everyStep(t) {
					if step.name == name {
						require.Error(t, step.call(t.Context(), newClient(t, config)))
					}
				}
			})
		}
	}
}

func TestSteps_CodeTogetherWithYesIsNoSuccess(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"k1100.prepare": `{"tx_id":"tx","code":"E2001"}`,
		"k1100.request": `{"result":"Y","code":"E2001"}`,
		"k1100.status":  `{"status":"COMPLETED","code":"E2010"}`,
		"k1100.verify":  `{"result":"Y","status":"COMPLETED","data":"nonce","code":"E0001"}`,
		"k2100.token":   `{"tx_id":"tx","access_token":"a","code":"E2001"}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sink, sent := new(memorySink), 0
			config := configWith(t, roundTripper(func(r *http.Request) (*http.Response, error) {
				if sent++; strings.Contains(r.URL.Path, "status") && name == "k1100.request" {
					return answer(200, `{"status":"PREPARED"}`), nil
				}
				return answer(200, body), nil
			}))
			config.Evidence = sink
			for _, step := range everyStep(t) {
				if step.name != name {
					continue
				}
				err := step.call(t.Context(), newClient(t, config))
				require.ErrorAs(t, err, new(*kakaocert.DecodeError))
				once := name == "k1100.request" || name == "k1100.verify" || name == "k2100.token"
				assert.Equal(t, once, errors.Is(err, kakaocert.ErrOutcomeUnknown))
				if name == "k1100.verify" {
					assert.Equal(t, 1, sent, "it may be the only answer with the signature")
					assert.Equal(t, "committed", sink.all()[0].ended)
					assert.Equal(t, body, string(sink.all()[0].body))
				}
			}
		})
	}
}

func TestRequest_NoIsSettledByStatus(t *testing.T) {
	t.Parallel()
	for state, asked := range map[string]bool{"REQUESTED": true, "COMPLETED": true, "PREPARED": false, "ELSEWHERE": false} {
		client := newClient(t, configWith(t, roundTripper(func(r *http.Request) (*http.Response, error) {
			if r.Method == http.MethodGet {
				return answer(200, `{"status":"`+state+`"}`), nil
			}
			return answer(200, `{"tx_id":"tx","result":"N"}`), nil
		})))
		_, err := client.K1100.Request(t.Context(), parseTransaction[kakaocert.K1100Product](t, "K1110T:tx"), &kakaocert.K1100RequestParams{Data: "nonce"})
		if asked {
			assert.NoError(t, err, state)
			continue
		}
		refused, is := errors.AsType[*kakaocert.StatusError](err)
		require.True(t, is, state)
		assert.Equal(t, "N", refused.Result)
	}
}

func parseTransaction[P kakaocert.Product](t testing.TB, text string) kakaocert.Transaction[P] {
	t.Helper()
	tx, err := kakaocert.ParseTransaction[P](text)
	require.NoError(t, err)
	return tx
}

// parsedLogin is a login of no simulator's.
func parsedLogin(t testing.TB) *kakaocert.K2100Login {
	t.Helper()
	return begun(t, newClient(t, kakaocerttest.NewService().Config()))
}
