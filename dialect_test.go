package kakaocert_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// brokenIntoLines is Base64 as encoders with short lines write it.
func brokenIntoLines(text string) string {
	var lines []string
	for len(text) > 0 {
		n := min(len(text), 76)
		lines, text = append(lines, text[:n]), text[n:]
	}
	return strings.Join(lines, "\r\n") + "\n"
}

func gzipped(t testing.TB, text string) string {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, err := w.Write([]byte(text))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return out.String()
}

// respoken are the ways in which an answer may be spoken otherwise.
var respoken = map[string]func(testing.TB, string) string{
	"as documented":   func(_ testing.TB, body string) string { return body },
	"byte order mark": func(_ testing.TB, body string) string { return "\xef\xbb\xbf" + body },
	"gzip":            gzipped,
	"wrapped":         func(_ testing.TB, body string) string { return `{"data":` + body + `}` },
	"wrapped, with the relay's own status": func(_ testing.TB, body string) string {
		return `{"status":"OK","code":0,"data":` + body + `}`
	},
	"wrapped, numbers at the top": func(_ testing.TB, body string) string { return `{"code":200,"status":200,"data":` + body + `}` },
	"empty names first": func(_ testing.TB, body string) string {
		return `{"request_token":"","signed_document":{},"data":` + body + `}`
	},
	"white space": func(_ testing.TB, body string) string { return "\r\n " + body + "\n" },
}

func TestAnswers_EachWayOfSpeakingIsUnderstood(t *testing.T) {
	t.Parallel()
	server := kakaocerttest.NewServer(t)
	for dialect, speak := range respoken {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			config := server.Config()
			sink := new(memorySink)
			config.Evidence = sink
			sent := make(map[string]string)
			config.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
				response, err := http.DefaultTransport.RoundTrip(r)
				if err != nil {
					return nil, err
				}
				defer func() { _ = response.Body.Close() }()
				var body bytes.Buffer
				_, err = body.ReadFrom(response.Body)
				if err != nil {
					return nil, err
				}
				spoken := speak(t, body.String())
				sent[r.URL.Path] = spoken
				return answer(response.StatusCode, spoken), nil
			})
			client := newClient(t, config)

			tx := requested(t, client, "nonce", kakaocert.IdentifyName, kakaocert.IdentifyBirthday, kakaocert.IdentifyPhoneNumber, kakaocert.IdentifyCI)
			_, err := client.K1100.Wait(soon(t), tx)
			require.NoError(t, err)
			result, err := client.K1100.Verify(t.Context(), tx, "nonce")
			require.NoError(t, err)
			assert.False(t, result.CI().IsZero())
			info, err := client.K1100.SignerInfo(t.Context(), tx)
			require.NoError(t, err)
			require.NoError(t, info.Compare(byHong))
			stored := sink.all()[0].body
			assert.Equal(t, sent["/sign/v2/verify"], string(stored), "stored as it came")
			again, err := client.K1100.Restore(tx, stored, "nonce")
			require.NoError(t, err)
			assert.Equal(t, result.CI().Reveal(), again.CI().Reveal())

			_, err = client.K1100.Verify(t.Context(), tx, "nonce")
			require.ErrorIs(t, err, kakaocert.ErrUnknownTransaction, "a code is understood too")

			for _, product := range []kakaocert.K3500Product{kakaocert.K3510, kakaocert.K3511} {
				documents := []kakaocert.Document{contract, contract}[:1+strings.Count(string(product), "K3511")]
				signed := requestedDocuments(t, client, product, byHong, documents...)
				_, err = client.K3500.Wait(soon(t), signed)
				require.NoError(t, err)
				_, err := client.K3500.Verify(t.Context(), signed, documents)
				require.NoError(t, err)
				records := sink.all()
				inside, err := kakaocert.SignedDataIn(records[len(records)-1].body, nil)
				require.NoError(t, err)
				assert.Len(t, inside, len(documents))
			}
		})
	}
}

func TestAnswers_BothPlacesMustAgree(t *testing.T) {
	t.Parallel()
	tx := parseTransaction[kakaocert.K1100Product](t, "K1110T:tx")
	verify := func(body string) error {
		config := configWith(t, answering(200, body))
		config.Evidence = new(memorySink)
		_, err := newClient(t, config).K1100.Verify(t.Context(), tx, "nonce")
		return err
	}
	for body, understood := range map[string]bool{
		`{"status":"COMPLETED","data":{"result":"Y","request_token":"nonce"}}`:                     true,
		`{"status":"COMPLETED","result":"Y","data":{"result":"Y","request_token":"nonce"}}`:        true,
		`{"status":"OK","data":{"status":"COMPLETED","result":"Y","request_token":"nonce"}}`:       true,
		`{"result":"Y","request_token":"nonce","data":{"request_token":"nonce"}}`:                  true,
		`{"result":"N","data":{"result":"Y","request_token":"nonce"}}`:                             false,
		`{"result":"Y","data":{"result":"N","request_token":"nonce"}}`:                             false,
		`{"result":"Y","data":{"result":["N"],"request_token":"nonce"}}`:                           false,
		`{"tx_id":"tx","result":"Y","data":{"tx_id":"other","request_token":"nonce"}}`:             false,
		`{"result":"Y","data":{"tx_id":"other","request_token":"nonce"}}`:                          false,
		`{"result":"Y","request_token":"nonce","data":{"request_token":"another"}}`:                false,
		`{"result":"Y","request_token":"another","data":{"request_token":"nonce"}}`:                false,
		`{"result":"Y","ci":"AAAA","data":{"ci":"BBBB","request_token":"nonce"}}`:                  false,
		`{"result":"Y","vid":"AAAA","data":{"vid":"BBBB","request_token":"nonce"}}`:                false,
		`{"result":"Y","signed_data":"nonce","data":{"signed_data":"other"}}`:                      false,
		`{"status":"COMPLETED","result":"Y","data":{"status":"REJECTED","request_token":"nonce"}}`: false,
		`{"status":"REJECTED","data":{"status":"COMPLETED","result":"Y","request_token":"nonce"}}`: false,
	} {
		err := verify(body)
		if understood {
			assert.NoError(t, err, body)
			continue
		}
		assert.ErrorAs(t, err, new(*kakaocert.DecodeError), body)
		assert.False(t, kakaocert.IsSecurityEvent(err), body)
		assert.NotErrorIs(t, err, kakaocert.ErrNonceMismatch, body)
	}
	assert.ErrorIs(t, verify(`{"result":"Y","data":{"request_token":"another"}}`), kakaocert.ErrNonceMismatch)
}

// The same holds for lists of signatures and for the signer's data.
func TestAnswers_ListsAndSignersAtBothPlacesMustAgree(t *testing.T) {
	t.Parallel()
	signed := b64(read(t, "testdata/cms/good/attributes-least.der"))
	list := `"signed_documents":[{"signed_document":"` + signed + `"},{"signed_document":"` + signed + `"}]`
	other := `"signed_documents":[{"signed_document":"` + signed + `"},{"signed_document":"AAAA"}]`
	documents := []kakaocert.Document{contract, contract}
	for body, understood := range map[string]bool{
		`{"result":"Y",` + list + `,"data":{` + list + `}}`:                                   true,
		`{"result":"Y",` + list + `,"data":{` + strings.ReplaceAll(list, `":`, `" : `) + `}}`: true,
		`{"result":"Y",` + list + `,"data":{` + other + `}}`:                                  false,
		`{"result":"Y",` + other + `,"data":{` + list + `}}`:                                  false,
	} {
		config := configWith(t, answering(200, body))
		config.Evidence = new(memorySink)
		_, err := newClient(t, config).K3500.Verify(t.Context(), parseTransaction[kakaocert.K3500Product](t, "K3511T:tx"), documents)
		assert.Equal(t, understood, err == nil, "%v", err)
	}

	config := configWith(t, answering(200, ""))
	for key, plain := range map[string]string{"name": "홍길동", "birthday": "19900101", "phone_number": "01012345678"} {
		sealed, err := config.Cipher.Encrypt([]byte(plain))
		require.NoError(t, err)
		text := base64.StdEncoding.EncodeToString(sealed)
		for inside, understood := range map[string]bool{text: true, "AAAA": false} {
			config.Transport = answering(200, fmt.Sprintf(`{"%s":"%s","data":{"%s":"%s"}}`, key, text, key, inside))
			_, err = newClient(t, config).K1100.SignerInfo(t.Context(), parseTransaction[kakaocert.K1100Product](t, "K1110T:tx"))
			assert.Equal(t, understood, err == nil, "%s: %v", key, err)
		}
	}
}

// A number loses the zeros in front. So small a one is the service's code only with
// the HTTP status that belongs to it.
func TestAnswers_CodeMayBeANumber(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]map[int]kakaocert.Code{
		`{"code":2001}`:             {400: kakaocert.ErrUserNotFound, 404: kakaocert.ErrUserNotFound},
		`{"data":{"errcode":2001}}`: {400: kakaocert.ErrUserNotFound},
		`{"code":1}`:                {400: kakaocert.ErrInternal, 403: "1", 503: "1"},
		`{"error":{"code":2}}`:      {503: kakaocert.ErrMaintenance, 400: "2", 403: "2"},
		`{"code":"1"}`:              {400: "1"},
		`{"code":3}`:                {400: "3"},
		`{"code":0}`:                {400: ""},
		`{"code":1.0}`:              {400: ""},
	} {
		for status, code := range want {
			config := configWith(t, answering(status, body))
			config.Retries = kakaocert.NoRetries
			_, err := newClient(t, config).K1100.Prepare(t.Context(), &kakaocert.K1100PrepareParams{Product: kakaocert.K1110, User: byHong})
			got := kakaocert.Code("")
			if maintenance, is := errors.AsType[*kakaocert.MaintenanceError](err); is {
				got = kakaocert.ErrMaintenance
				assert.NotNil(t, maintenance)
			} else if refused, is := errors.AsType[*kakaocert.APIError](err); is {
				got = refused.Code
			}
			assert.Equal(t, code, got, "HTTP %d: %s: %v", status, body, err)
		}
	}
}

func TestAnswers_FieldNameMayBeAPath(t *testing.T) {
	t.Parallel()
	config := configWith(t, answering(200, `{"outcome":{"state":{"word":"COMPLETED"}},"tx":{"id":"tx"}}`))
	config.Protocol = parseProtocol(t, `{"field.status": "outcome.state.word", "field.tx_id": "tx_id tx.id"}`)
	status, err := newClient(t, config).K1100.Status(t.Context(), parseTransaction[kakaocert.K1100Product](t, "K1110T:tx"))
	require.NoError(t, err)
	assert.Equal(t, kakaocert.StatusCompleted, status.Status)
	_, err = newClient(t, config).K1100.Status(t.Context(), parseTransaction[kakaocert.K1100Product](t, "K1110T:other"))
	require.ErrorAs(t, err, new(*kakaocert.DecodeError))
}

func TestAnswers_BothSetsOfTimesAreRead(t *testing.T) {
	t.Parallel()
	at := func(text string) time.Time {
		t.Helper()
		parsed, err := time.Parse(time.RFC3339, text)
		require.NoError(t, err)
		return parsed
	}
	for _, body := range []string{
		`{"status":"COMPLETED","created_at":"2026-11-26T01:00:00Z","viewed_at":"2026-11-26T01:01:00","completed_at":"2026-11-26 01:02:00","expired_at":"2026-11-26T10:05:00+09:00"}`,
		`{"status":"COMPLETED","created_at":"2026-11-26T01:00:00Z","viewed_at":"2026-11-26T01:01:00Z","signed_at":"2026-11-26T01:02:00Z","request_expired_at":"2026-11-26T01:05:00Z"}`,
		`{"data":{"status":"COMPLETED","created_at":"2026-11-26T01:00:00Z","viewed_at":"2026-11-26T01:01:00Z","signed_at":null,"completed_at":"2026-11-26T01:02:00Z","request_expired_at":"","expired_at":"2026-11-26T01:05:00Z"}}`,
	} {
		status, err := newClient(t, configWith(t, answering(200, body))).K1100.Status(t.Context(), parseTransaction[kakaocert.K1100Product](t, "K1110T:tx"))
		require.NoError(t, err)
		assert.Equal(t, at("2026-11-26T01:00:00Z"), status.CreatedAt, body)
		assert.Equal(t, at("2026-11-26T01:01:00Z"), status.ViewedAt, body)
		assert.Equal(t, at("2026-11-26T01:02:00Z"), status.SignedAt, body)
		assert.Equal(t, at("2026-11-26T01:05:00Z"), status.RequestExpiredAt, body)
	}
}

func TestAnswers_EachSpellingOfAnErrorIsUnderstood(t *testing.T) {
	t.Parallel()
	var bodies []string
	for _, code := range []string{"code", "error_code", "errorCode", "errcode", "error"} {
		for _, message := range []string{"message", "error_message", "errorMessage", "errmsg", "msg", "error_description", "error_detail"} {
			inner := fmt.Sprintf(`{"%s":"E2001","%s":"words about 홍길동"}`, code, message)
			bodies = append(bodies, inner, `{"data":`+inner+`}`, `{"error":`+inner+`}`, `{"code":0,"status":"FAIL","data":`+inner+`}`, "\xef\xbb\xbf"+inner, gzipped(t, inner))
		}
	}
	for _, body := range bodies {
		for _, status := range []int{200, 400, 403, 500} {
			_, err := newClient(t, configWith(t, answering(status, body))).K1100.Prepare(t.Context(), &kakaocert.K1100PrepareParams{Product: kakaocert.K1110, User: byHong})
			require.ErrorIs(t, err, kakaocert.ErrUserNotFound, "HTTP %d: %s", status, body)
			refused, ok := errors.AsType[*kakaocert.APIError](err)
			require.True(t, ok)
			assert.Equal(t, "words about 홍길동", refused.Message().Reveal(), body)
			assert.NotContains(t, err.Error(), "홍길동")
		}
	}
}

func TestAnswers_SuccessWordIsNoCode(t *testing.T) {
	t.Parallel()
	for _, code := range []string{`0`, `"0"`, `200`, `"200"`, `"OK"`, `"ok"`, `"SUCCESS"`, `"Success"`} {
		for _, body := range []string{`{"code":` + code + `,"tx_id":"tx"}`, `{"code":` + code + `,"data":{"tx_id":"tx"}}`} {
			_, err := newClient(t, configWith(t, answering(200, body))).K1100.Prepare(t.Context(), &kakaocert.K1100PrepareParams{Product: kakaocert.K1110, User: byHong})
			assert.NoError(t, err, body)
		}
		_, err := newClient(t, configWith(t, answering(400, `{"code":`+code+`}`))).K1100.Prepare(t.Context(), &kakaocert.K1100PrepareParams{Product: kakaocert.K1110, User: byHong})
		refused, ok := errors.AsType[*kakaocert.APIError](err)
		require.True(t, ok)
		assert.Empty(t, refused.Code, code)
	}
}

func TestAnswers_CompressedAnswerIsUnpackedOnceAndUnderTheCap(t *testing.T) {
	t.Parallel()
	prepare := func(body string) error {
		client := newClient(t, configWith(t, answering(200, body)))
		_, err := client.K1100.Prepare(t.Context(), &kakaocert.K1100PrepareParams{Product: kakaocert.K1110, User: byHong})
		return err
	}
	good := `{"tx_id":"tx"}`
	require.NoError(t, prepare(gzipped(t, good)))
	for name, body := range map[string]string{
		"twice":        gzipped(t, gzipped(t, good)),
		"a bomb":       gzipped(t, good+strings.Repeat(" ", 1<<21)),
		"cut off":      gzipped(t, good)[:20],
		"no gzip":      "\x1f\x8bnothing",
		"bad checksum": gzipped(t, good)[:len(gzipped(t, good))-8] + "12345678",
	} {
		require.ErrorAs(t, prepare(body), new(*kakaocert.DecodeError), name)
	}
}

func TestAnswers_Base64MayBeBrokenIntoLines(t *testing.T) {
	t.Parallel()
	cipher := configWith(t, answering(200, "{}")).Cipher
	ci := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 64))
	for name, plain := range map[string]string{"the ciphertext alone": ci, "the CI too": brokenIntoLines(ci)} {
		sealed, err := cipher.Encrypt([]byte(plain))
		require.NoError(t, err)
		body, err := json.Marshal(map[string]string{"tx_id": "tx", "ci": brokenIntoLines(base64.StdEncoding.EncodeToString(sealed))})
		require.NoError(t, err)
		config := configWith(t, answering(200, string(body)))
		config.Cipher = cipher
		info, err := newClient(t, config).K1100.SignerInfo(t.Context(), parseTransaction[kakaocert.K1100Product](t, "K1110T:tx"))
		require.NoError(t, err, name)
		assert.Equal(t, ci, info.CI.Reveal(), name)
		require.NoError(t, info.Compare(kakaocert.ByCI(brokenIntoLines(ci))), name)
	}
}

func TestSettleID_MayGoInAHeader(t *testing.T) {
	t.Parallel()
	protocol := parseProtocol(t, `{"place.settle_id": "header", "header.settle_id": "Settle-Unit"}`)
	server := kakaocerttest.NewServer(t, kakaocerttest.WithProtocol(protocol))
	config := server.Config()
	seen := ""
	config.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
		seen = r.Header.Get("Settle-Unit")
		return http.DefaultTransport.RoundTrip(r)
	})
	_ = prepared(t, newClient(t, config))
	assert.Equal(t, config.SettleID, seen)
}

func TestExtra_AddsFieldsAndNeverReplacesOne(t *testing.T) {
	t.Parallel()
	tx := parseTransaction[kakaocert.K1100Product](t, "K1110T:tx")
	var sent map[string]any
	client := newClient(t, configWith(t, roundTripper(func(r *http.Request) (*http.Response, error) {
		sent = nil
		if err := json.NewDecoder(r.Body).Decode(&sent); err != nil {
			return nil, err
		}
		return answer(200, `{"result":"Y"}`), nil
	})))
	request := func(extra kakaocert.Extra) error {
		_, err := client.K1100.Request(t.Context(), tx, &kakaocert.K1100RequestParams{Data: "nonce", Title: "title", Extra: extra})
		return err
	}
	require.NoError(t, request(kakaocert.Extra{"request_type": "LOGIN", "options": map[string]any{"a": []int{1}}}))
	assert.Equal(t, "LOGIN", sent["request_type"])
	assert.Equal(t, map[string]any{"a": []any{1.0}}, sent["options"])
	for name, extra := range map[string]kakaocert.Extra{
		"a name of the call": {"data": "x"}, "in capitals": {"DATA": "x"}, "the tx_id": {"Tx_Id": "x"}, "the title": {"tiTle": "x"},
		"two that differ in capitals": {"kind": 1, "Kind": 2}, "empty": {"": 1}, "no UTF-8": {"\xff": 1},
		"large": {"x": strings.Repeat("y", 64<<10)}, "no JSON": {"x": make(chan int)},
	} {
		sent = nil
		argument, ok := errors.AsType[*kakaocert.ArgumentError](request(extra))
		require.True(t, ok, name)
		assert.Equal(t, "Extra", argument.Field)
		assert.Nil(t, sent, name)
	}
	secret := kakaocert.Extra{"name": "홍길동"}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d"} {
		assert.Equal(t, "[redacted]", fmt.Sprintf(verb, secret))
	}
	assert.Equal(t, "[redacted]", slog.AnyValue(secret).Resolve().String())
}

func TestDesc_AnyJSONValueMayBeSent(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{`"신청서"`, `["a",1]`, `42`, `null`, `{"request_type":"x","more":{"y":true}}`} {
		var sent map[string]json.RawMessage
		client := newClient(t, configWith(t, roundTripper(func(r *http.Request) (*http.Response, error) {
			if err := json.NewDecoder(r.Body).Decode(&sent); err != nil {
				return nil, err
			}
			return answer(200, `{"result":"Y"}`), nil
		})))
		_, err := client.K1100.Request(t.Context(), parseTransaction[kakaocert.K1100Product](t, "K1110T:tx"),
			&kakaocert.K1100RequestParams{Data: "nonce", Desc: &kakaocert.Desc{Raw: json.RawMessage(raw)}, IdentifyItems: []kakaocert.IdentifyItem{kakaocert.IdentifyGender, "SHOE_SIZE"}})
		require.NoError(t, err)
		assert.JSONEq(t, raw, string(sent["desc"]))
		assert.JSONEq(t, `["GENDER","SHOE_SIZE"]`, string(sent["identify_items"]))
	}
}

func TestParseProtocol_LineMayNoteHowItWasFound(t *testing.T) {
	t.Parallel()
	p := parseProtocol(t, "\xef\xbb\xbf"+`{"field.title": {"value": "subject", "found": "doctor, 2026-11-26"}, "field.desc": {"value": "display"}}`)
	assert.Equal(t, "subject", p.Field("title"))
	assert.Equal(t, "display", p.Field("desc"))
	for _, entry := range p.Entries() {
		if entry.Key == "field.title" {
			assert.Equal(t, "doctor, 2026-11-26", entry.Found)
		}
	}
	for _, bad := range []string{
		`{"found": "x"}`, `{"value": "a", "value": "b"}`, `{"value": 1}`, `{"value": "a", "note": "b"}`, `{"value": "a b"}`, `{"value": ["a"]}`,
		`{"value": "a", "found": "` + strings.Repeat("x", 201) + `"}`, `{"value": "a", "found": "x\ny"}`, `{"value": "a", "found": "x\u202ey"}`, `{}`, `{"value": {"value": "a"}}`,
	} {
		_, err := kakaocert.ParseProtocol(strings.NewReader("{\n\"field.title\": " + bad + "}"))
		refused, ok := errors.AsType[*kakaocert.ProtocolError](err)
		require.True(t, ok, bad)
		assert.Equal(t, 2, refused.Line, bad)
		assert.Equal(t, "field.title", refused.Key, bad)
	}
}
