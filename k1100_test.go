package kakaocert_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httputil"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

var everyItem = []kakaocert.IdentifyItem{
	kakaocert.IdentifyCI, kakaocert.IdentifyName, kakaocert.IdentifyBirthday, kakaocert.IdentifyPhoneNumber,
}

func TestK1100_EndToEnd(t *testing.T) {
	t.Parallel()
	user := kakaocerttest.DefaultUser()
	user.CI = kakaocerttest.NewService().Users()[0].CI
	for productName, product := range map[string]kakaocert.K1100Product{"message": kakaocert.K1110, "app": kakaocert.K1120} {
		for whoName, who := range map[string]kakaocert.User{
			"by person": byHong, "by CI": kakaocert.ByCI(user.CI), "by CI and phone": kakaocert.ByCIAndPhone(user.CI, user.Phone),
		} {
			t.Run(productName+" "+whoName, func(t *testing.T) {
				t.Parallel()
				_, client := setup(t, kakaocerttest.WithUsers(user))
				nonce := kakaocert.NewNonce()
				params := &kakaocert.K1100RequestParams{
					Data: nonce, Title: "본인확인", IdentifyItems: everyItem, ExpiresIn: 5 * time.Minute, ExtraMessage: "감사합니다",
				}
				if product == kakaocert.K1120 {
					params.ReturnURL = "bank://certified"
				}

				tx, err := client.K1100.Prepare(t.Context(), &kakaocert.K1100PrepareParams{Product: product, User: who})
				require.NoError(t, err)
				receipt, err := client.K1100.Request(t.Context(), tx, params)
				require.NoError(t, err)
				assert.Equal(t, product == kakaocert.K1120, receipt.AppLink != "")
				status, err := client.K1100.Wait(soon(t), tx)
				require.NoError(t, err)
				assert.Equal(t, kakaocert.StatusCompleted, status.Status)
				assert.False(t, status.SignedAt.IsZero())
				result, err := client.K1100.Verify(t.Context(), tx, nonce)
				require.NoError(t, err)
				assert.True(t, result.CI().Equal(user.CI))
				info, err := client.K1100.SignerInfo(t.Context(), tx)
				require.NoError(t, err)
				assert.NoError(t, info.Compare(who))
				assert.NoError(t, info.Compare(byHong))
			})
		}
	}
}

func TestRequest_AppLinkIsBuiltWhereTheAnswerHasNone(t *testing.T) {
	t.Parallel()
	_, client := setup(t, kakaocerttest.WithDialect(kakaocerttest.Dialect{WithoutScheme: true}))
	tx, err := client.K1100.Prepare(t.Context(), &kakaocert.K1100PrepareParams{Product: kakaocert.K1120, User: byHong})
	require.NoError(t, err)
	receipt, err := client.K1100.Request(t.Context(), tx, &kakaocert.K1100RequestParams{Data: "nonce"})
	require.NoError(t, err)
	assert.Equal(t, "kakaotalk://me/cert/sign?tx_id="+tx.TxID(), receipt.AppLink)
}

func TestVerify_RefusesAnotherNonce(t *testing.T) {
	t.Parallel()
	_, client := setup(t)
	tx := requested(t, client, "nonce")
	_, err := client.K1100.Verify(t.Context(), tx, "another")
	assert.ErrorIs(t, err, kakaocert.ErrNonceMismatch)
}

func TestSignerInfo_HasWhatWasAskedAndCompareNamesDifferences(t *testing.T) {
	t.Parallel()
	_, client := setup(t)
	tx := requested(t, client, "nonce", kakaocert.IdentifyName, kakaocert.IdentifyBirthday)
	info, err := client.K1100.SignerInfo(t.Context(), tx)
	require.NoError(t, err)
	assert.True(t, info.Phone.IsZero())
	assert.True(t, info.CI.IsZero())

	other := kakaocert.ByPerson(kakaocert.Person{Name: "성춘향", Birthday: hong.Birthday, Phone: hong.Phone})
	err = info.Compare(other)
	require.ErrorIs(t, err, kakaocert.ErrSignerMismatch)
	mismatch, ok := errors.AsType[*kakaocert.MismatchError](err)
	require.True(t, ok)
	assert.Equal(t, []kakaocert.IdentifyItem{kakaocert.IdentifyName}, mismatch.Different)
	assert.Equal(t, []kakaocert.IdentifyItem{kakaocert.IdentifyPhoneNumber}, mismatch.Missing)
	assert.Equal(t, "kakaocert: signer mismatch: different: NAME; missing: PHONE_NUMBER", err.Error())
	assert.NoError(t, info.Compare(other, kakaocert.IdentifyBirthday))
	assert.Error(t, info.Compare(byHong, kakaocert.IdentifyCI), "an item that the user was not named by")
}

func TestTransaction_ContinuesInANewProcessInItsEnvironmentOnly(t *testing.T) {
	t.Parallel()
	server, client := setup(t)
	saved, err := json.Marshal(requested(t, client, "nonce"))
	require.NoError(t, err)

	var tx kakaocert.K1100Transaction
	require.NoError(t, json.Unmarshal(saved, &tx))
	_, err = newClient(t, server.Config()).K1100.Verify(t.Context(), tx, "nonce")
	require.NoError(t, err)

	config := server.Config()
	config.Environment = kakaocert.Production
	_, err = newClient(t, config).K1100.Status(t.Context(), tx)
	argument, ok := errors.AsType[*kakaocert.ArgumentError](err)
	require.True(t, ok)
	assert.Equal(t, "Transaction", argument.Field)
}

func TestProtocol_MovesClientAndSimulatorTogether(t *testing.T) {
	t.Parallel()
	protocol := parseProtocol(t, `{
		"step.k1100.status": "POST /other/{product}/state", "field.tx_id": "transaction", "value.status.completed": "DONE",
		"field.identify_items": "items", "value.identify.name": "FULL_NAME", "field.nonce": "nonce", "encoding.cipher": "hex"
	}`)
	_, client := setup(t, kakaocerttest.WithProtocol(protocol))
	tx := requested(t, client, "nonce", kakaocert.IdentifyName)
	status, err := client.K1100.Status(t.Context(), tx)
	require.NoError(t, err)
	assert.Equal(t, kakaocert.StatusCompleted, status.Status)
	_, err = client.K1100.Verify(t.Context(), tx, "nonce")
	require.NoError(t, err)
	info, err := client.K1100.SignerInfo(t.Context(), tx)
	require.NoError(t, err)
	assert.NoError(t, info.Compare(byHong, kakaocert.IdentifyName))
}

// lossy passes requests on and then loses the answer to one step.
func lossy(t *testing.T, server *kakaocerttest.Server, path string, sent *atomic.Int32) http.RoundTripper {
	t.Helper()
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		response, err := http.DefaultTransport.RoundTrip(r)
		if err != nil || r.URL.Path != path {
			return response, err
		}
		sent.Add(1)
		_, _ = httputil.DumpResponse(response, true)
		_ = response.Body.Close()
		return nil, errors.New("connection reset")
	})
}

func TestRequest_LostAnswerIsSettledByStatus(t *testing.T) {
	t.Parallel()
	server := kakaocerttest.NewServer(t)
	config := server.Config()
	var sent atomic.Int32
	config.Transport = lossy(t, server, "/sign/v2/request", &sent)
	client := newClient(t, config)
	tx, err := client.K1100.Prepare(t.Context(), &kakaocert.K1100PrepareParams{Product: kakaocert.K1120, User: byHong})
	require.NoError(t, err)

	receipt, err := client.K1100.Request(t.Context(), tx, &kakaocert.K1100RequestParams{Data: "nonce"})
	require.NoError(t, err)
	assert.Equal(t, "kakaotalk://me/cert/sign?tx_id="+tx.TxID(), receipt.AppLink)
	assert.EqualValues(t, 1, sent.Load())
	assert.Equal(t, 1, server.Calls("request"))
}

// An answer that cannot be read says as little as one that never came; one that
// says E0001 says perhaps.
func TestRequest_UnclearAnswerIsSettledByStatus(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status   int
		body     string
		state    string
		accepted bool
	}{
		"not JSON, was requested":  {200, `{"tx_id":"tx","result":"Y"`, "REQUESTED", true},
		"not JSON, was declined":   {200, "<html>", "REJECTED", true},
		"not JSON, was not":        {200, "<html>", "PREPARED", false},
		"E0001, was requested":     {400, `{"code":"E0001"}`, "REQUESTED", true},
		"E0001, was not":           {400, `{"code":"E0001"}`, "PREPARED", false},
		"another tx_id, requested": {200, `{"tx_id":"other","result":"Y"}`, "COMPLETED", true},
		"another tx_id, was not":   {200, `{"tx_id":"other","result":"Y"}`, "PREPARED", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := newClient(t, configWith(t, roundTripper(func(r *http.Request) (*http.Response, error) {
				if r.Method == http.MethodGet {
					return answer(200, `{"status":"`+c.state+`"}`), nil
				}
				return answer(c.status, c.body), nil
			})))
			tx, err := kakaocert.ParseTransaction[kakaocert.K1100Product]("K1120T:tx")
			require.NoError(t, err)
			receipt, err := client.K1100.Request(t.Context(), tx, &kakaocert.K1100RequestParams{Data: "nonce"})
			if c.accepted {
				require.NoError(t, err)
				assert.Equal(t, "kakaotalk://me/cert/sign?tx_id=tx", receipt.AppLink)
				return
			}
			failure, ok := errors.AsType[*kakaocert.OutcomeError](err)
			require.True(t, ok, "%v", err)
			assert.Equal(t, c.body, string(failure.Answer().Body()))
		})
	}
}

func TestRequest_NeverArrivedIsUnknownAndNotRepeated(t *testing.T) {
	t.Parallel()
	server := kakaocerttest.NewServer(t)
	config := server.Config()
	tries := 0
	config.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
		if r.URL.Path == "/sign/v2/request" {
			tries++
			return nil, errors.New("connection reset")
		}
		return http.DefaultTransport.RoundTrip(r)
	})
	client := newClient(t, config)
	_, err := client.K1100.Request(t.Context(), prepared(t, client), &kakaocert.K1100RequestParams{Data: "nonce"})
	assert.ErrorIs(t, err, kakaocert.ErrOutcomeUnknown)
	assert.Equal(t, 1, tries)
	assert.Equal(t, 0, server.Calls("request"))
}

func TestRequest_CallerGoneIsUnknown(t *testing.T) {
	t.Parallel()
	ctx, leave := context.WithCancel(t.Context())
	calls := 0
	client := newClient(t, configWith(t, roundTripper(func(r *http.Request) (*http.Response, error) {
		calls++
		leave()
		return nil, r.Context().Err()
	})))
	var tx kakaocert.K1100Transaction
	require.NoError(t, tx.UnmarshalText([]byte("K1110T:tx")))
	_, err := client.K1100.Request(ctx, tx, &kakaocert.K1100RequestParams{Data: "nonce"})
	require.ErrorIs(t, err, kakaocert.ErrOutcomeUnknown)
	require.ErrorIs(t, err, context.Canceled)
	assert.Equal(t, 1, calls, "status is not asked for a caller who left")
}

func TestVerify_StoresItsAnswerThoughTheCallerHasGone(t *testing.T) {
	t.Parallel()
	ctx, leave := context.WithCancel(t.Context())
	server := kakaocerttest.NewServer(t)
	sink := new(memorySink)
	config := server.Config()
	config.Evidence = sink
	config.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
		if r.URL.Path == "/sign/v2/verify" {
			leave()
		}
		return http.DefaultTransport.RoundTrip(r)
	})
	client := newClient(t, config)
	tx := requested(t, client, "nonce")

	var kept kakaocert.Answer
	result, err := client.K1100.Verify(ctx, tx, "nonce", kakaocert.WithAnswer(&kept))
	require.NoError(t, err, "the caller knows its own context")
	assert.NotNil(t, result)
	records := sink.all()
	require.Len(t, records, 1)
	assert.Equal(t, "committed", records[0].ended)
	assert.Equal(t, kept.Body(), records[0].body)
	assert.Equal(t, "K1110T", records[0].meta.Product)
	assert.Equal(t, tx.TxID(), records[0].meta.TxID)
	assert.Len(t, records[0].meta.Asked, 1)
	assert.Equal(t, 1, server.Calls("verify"))
}

func TestVerify_SendsNothingWhenTheSinkCannotBegin(t *testing.T) {
	t.Parallel()
	server := kakaocerttest.NewServer(t)
	full := errors.New("disk full")
	config := server.Config()
	config.Evidence = &memorySink{fail: full}
	client := newClient(t, config)
	_, err := client.K1100.Verify(t.Context(), requested(t, client, "nonce"), "nonce")
	require.ErrorIs(t, err, full)
	failure, ok := errors.AsType[*kakaocert.EvidenceError](err)
	require.True(t, ok)
	assert.Equal(t, "begin", failure.Step)
	assert.Equal(t, 0, server.Calls("verify"))
}

// A sink that fails hides nothing of what became of the call.
func TestVerify_SinkFailureHidesNothingOfTheCall(t *testing.T) {
	t.Parallel()
	full := errors.New("disk full")
	for name, c := range map[string]struct {
		rt   roundTripper
		step string
		is   error
		body string
	}{
		"no answer":  {func(*http.Request) (*http.Response, error) { return nil, io.EOF }, "abort", kakaocert.ErrOutcomeUnknown, ""},
		"cut answer": {cut, "write", kakaocert.ErrOutcomeUnknown, `{"tx`},
		"502":        {answering(502, "page"), "write", kakaocert.ErrOutcomeUnknown, "page"},
		"E0001":      {answering(400, `{"code":"E0001"}`), "write", kakaocert.ErrInternal, `{"code":"E0001"}`},
		"E2003":      {answering(400, `{"code":"E2003"}`), "write", kakaocert.ErrUnknownTransaction, `{"code":"E2003"}`},
		"a result":   {answering(200, `{"result":"Y","data":"nonce"}`), "write", full, `{"result":"Y","data":"nonce"}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			calls := 0
			config := configWith(t, roundTripper(func(r *http.Request) (*http.Response, error) { calls++; return c.rt(r) }))
			config.Evidence = failingSink{full}
			tx, err := kakaocert.ParseTransaction[kakaocert.K1100Product]("K1110T:tx")
			require.NoError(t, err)
			result, err := newClient(t, config).K1100.Verify(t.Context(), tx, "nonce")
			assert.Nil(t, result, "nothing is given that was not stored")
			failure, ok := errors.AsType[*kakaocert.EvidenceError](err)
			require.True(t, ok, "%v", err)
			assert.Equal(t, c.step, failure.Step)
			require.ErrorIs(t, err, full)
			require.ErrorIs(t, err, c.is)
			assert.Equal(t, c.body, string(failure.Answer().Body()), "the only copy")
			assert.Equal(t, 1, calls)
		})
	}
}

// failingSink begins, and then has no room.
type failingSink struct{ err error }

func (s failingSink) Begin(context.Context, kakaocert.EvidenceMeta) (kakaocert.RecordWriter, error) {
	return s, nil
}
func (s failingSink) Write([]byte) (int, error) { return 0, s.err }
func (s failingSink) Commit() error             { return s.err }
func (s failingSink) Abort(string) error        { return s.err }

func TestVerify_NoIsStoredUnderItsReason(t *testing.T) {
	t.Parallel()
	user := kakaocerttest.DefaultUser()
	user.Behaviour = kakaocerttest.Ignore()
	server := kakaocerttest.NewServer(t, kakaocerttest.WithUsers(user))
	sink := new(memorySink)
	config := server.Config()
	config.Evidence = sink
	client := newClient(t, config)
	_, err := client.K1100.Verify(t.Context(), requested(t, client, "nonce"), "nonce")
	require.ErrorIs(t, err, kakaocert.ErrNotSigned)
	records := sink.all()
	require.Len(t, records, 1)
	assert.Equal(t, "answer says E2006", records[0].ended)
	assert.NotEmpty(t, records[0].body)
}

func TestVerify_BadAnswerIsAnErrorThatKeepsIt(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		body   string
		target any
	}{
		"result N":           {`{"tx_id":"tx","result":"N","status":"COMPLETED","data":"nonce"}`, new(*kakaocert.StatusError)},
		"status REQUESTED":   {`{"tx_id":"tx","result":"Y","status":"REQUESTED","data":"nonce"}`, new(*kakaocert.StatusError)},
		"neither":            {`{"tx_id":"tx","data":"nonce"}`, new(*kakaocert.DecodeError)},
		"no nonce":           {`{"tx_id":"tx","result":"Y","status":"COMPLETED"}`, new(*kakaocert.DecodeError)},
		"another's tx_id":    {`{"tx_id":"other","result":"Y","status":"COMPLETED","data":"nonce"}`, new(*kakaocert.DecodeError)},
		"not JSON":           {`<html>`, new(*kakaocert.DecodeError)},
		"an array":           {`[]`, new(*kakaocert.DecodeError)},
		"CI not decryptable": {`{"tx_id":"tx","result":"Y","status":"COMPLETED","data":"nonce","ci":"AAAA"}`, new(*kakaocert.DecodeError)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sink := new(memorySink)
			config := configWith(t, roundTripper(func(*http.Request) (*http.Response, error) { return answer(200, c.body), nil }))
			config.Evidence = sink
			var tx kakaocert.K1100Transaction
			require.NoError(t, tx.UnmarshalText([]byte("K1110T:tx")))
			_, err := newClient(t, config).K1100.Verify(t.Context(), tx, "nonce")
			require.ErrorAs(t, err, c.target)
			kept, ok := errors.AsType[interface {
				error
				Answer() kakaocert.Answer
			}](err)
			require.True(t, ok)
			assert.Equal(t, c.body, string(kept.Answer().Body()))
			assert.Equal(t, c.body, string(sink.all()[0].body))
		})
	}
}

func TestAPIError_KeepsAnHTMLPageAndLeavesItOutOfItsText(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client := newClient(t, configWith(t, roundTripper(func(*http.Request) (*http.Response, error) {
			return answer(502, "<html>Bad gateway for 홍길동"), nil
		})))
		var tx kakaocert.K1100Transaction
		require.NoError(t, tx.UnmarshalText([]byte("K1110T:tx")))
		_, err := client.K1100.Status(t.Context(), tx)
		failure, ok := errors.AsType[*kakaocert.APIError](err)
		require.True(t, ok)
		assert.Equal(t, 502, failure.StatusCode)
		assert.Equal(t, "kakaocert: k1100.status K1110T: answer without a code (HTTP 502)", err.Error())
		assert.Contains(t, string(failure.Answer().Body()), "<html>")

		_, err = client.K1100.Request(t.Context(), tx, &kakaocert.K1100RequestParams{Data: "nonce"})
		require.ErrorIs(t, err, kakaocert.ErrOutcomeUnknown)
		require.ErrorAs(t, err, &failure)
	})
}
