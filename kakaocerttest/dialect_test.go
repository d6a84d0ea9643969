package kakaocerttest_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mozilla.org/pkcs7"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// spoken is an answer as it came, and its content in any dialect.
type spoken struct {
	status int
	header http.Header
	body   []byte // unpacked, without a byte order mark
	marked bool   // there was one
	top    fields
	inner  fields // data, or otherwise the top level
}

// flow is one transaction in a dialect: its answers by step.
type flow struct {
	*sim
	product string
	dialect kakaocerttest.Dialect
	answers map[string]spoken
}

// call makes one call and keeps the answer. The path follows the protocol and
// the dialect.
func (f *flow) call(step, txID string, body fields) spoken {
	f.t.Helper()
	service := map[string]string{"1": "k1100", "2": "k2220"}[f.product[2:3]]
	if f.product[:2] == "K3" && f.product[2] != '2' {
		service = "k3100"
		if f.product[2] == '5' {
			service = "k3500"
		}
	}
	method, path := kakaocert.DefaultProtocol().Endpoint(service, step)
	if f.dialect.ProductInPath && !strings.Contains(path, "{product}") {
		path += "/{product}"
	}
	path = strings.ReplaceAll(path, "{product}", f.product)
	var text []byte
	if method == http.MethodGet {
		path += "?tx_id=" + txID
	} else {
		var err error
		text, err = json.Marshal(body)
		require.NoError(f.t, err)
	}
	request, err := http.NewRequestWithContext(f.t.Context(), method, f.url+path, bytes.NewReader(text))
	require.NoError(f.t, err)
	request.Header = f.header.Clone()
	request.Header.Set("Accept-Encoding", "identity")
	if step == "prepare" && f.dialect.SettleIDHeader {
		request.Header.Set("settle-id", settleID)
	}
	response, err := f.http.Do(request)
	require.NoError(f.t, err)
	defer func() { require.NoError(f.t, response.Body.Close()) }()
	answer := read(f.t, response)
	f.answers[step] = answer
	return answer
}

func read(t *testing.T, response *http.Response) spoken {
	t.Helper()
	a := spoken{status: response.StatusCode, header: response.Header}
	var err error
	a.body, err = io.ReadAll(response.Body)
	require.NoError(t, err)
	if a.header.Get("Content-Encoding") == "gzip" {
		unpacked, err := gzip.NewReader(bytes.NewReader(a.body))
		require.NoError(t, err)
		a.body, err = io.ReadAll(unpacked)
		require.NoError(t, err)
	}
	a.body, a.marked = bytes.CutPrefix(a.body, []byte("\xef\xbb\xbf"))
	require.NoError(t, json.Unmarshal(a.body, &a.top), "%s", a.body)
	a.inner = a.top
	if data, is := a.top["data"].(map[string]any); is {
		a.inner = data
	}
	return a
}

// requestOf returns what a product asks its user for.
func (f *flow) requestOf(txID string) fields {
	body := fields{"tx_id": txID, "identify_items": []string{"NAME"}}
	switch f.dialect.Desc {
	case kakaocerttest.DescText:
		body["desc"] = "계좌 개설"
	case kakaocerttest.DescNone:
		body["request_type"] = "계좌 개설"
	default:
		body["desc"] = fields{"request_type": "계좌 개설"}
	}
	switch {
	case f.product[:3] == "K11":
		body["data"] = "nonce-1"
	case f.product[:3] == "K31":
		body["data"] = f.seal(jsonOf(f.t, consent))
	case f.product[4] == '1':
		body["documents"] = []fields{{"document_type": "TEXT", "data": "첫째"}, {"document_type": "TEXT", "data": "둘째"}}
	default:
		body["document_type"], body["data"] = "TEXT", "계약서"
	}
	return body
}

// run makes all five steps, and causes an error.
func run(t *testing.T, product string, dialect kakaocerttest.Dialect) *flow {
	t.Helper()
	f := &flow{start(t, kakaocerttest.Contract{}, kakaocerttest.WithDialect(dialect)), product, dialect, map[string]spoken{}}
	who := f.person(kakaocerttest.DefaultUser())
	if dialect.SettleIDHeader {
		who = who.with("settle_id", nil)
	}
	prepared := f.call("prepare", "", who)
	require.Equal(t, http.StatusOK, prepared.status, "%s", prepared.body)
	txID := prepared.inner["tx_id"].(string)
	for _, step := range []string{"request", "status", "verify", "signer"} {
		answer := f.call(step, txID, f.requestOf(txID))
		require.Equal(t, http.StatusOK, answer.status, "%s: %s", step, answer.body)
	}
	assert.Equal(t, "Y", f.answers["request"].inner["result"])
	assert.Equal(t, "COMPLETED", f.answers["status"].top["status"], "status stays at the top")
	assert.Equal(t, "Y", f.answers["verify"].inner["result"])
	assert.Equal(t, "홍길동", f.open(unbroken(f.answers["signer"].inner["name"])))
	f.answers["refused"] = f.answers["verify"]
	f.call("verify", txID, nil)
	f.answers["refused"], f.answers["verify"] = f.answers["verify"], f.answers["refused"]
	require.Equal(t, http.StatusBadRequest, f.answers["refused"].status)
	return f
}

func unbroken(text any) string { return strings.NewReplacer("\r", "", "\n", "").Replace(text.(string)) }

// signed returns the CMS of verify's answer, each decoded.
func (f *flow) signed() (messages [][]byte) {
	f.t.Helper()
	answer := f.answers["verify"].inner
	texts := []any{answer["signed_data"]}
	if list, several := answer["signed_documents"].([]any); several {
		texts = nil
		for _, element := range list {
			texts = append(texts, element.(map[string]any)["signed_document"])
		}
	}
	encoding := base64.StdEncoding
	if f.dialect.URLSafe {
		encoding = base64.URLEncoding
	}
	for _, text := range texts {
		raw, err := encoding.DecodeString(unbroken(text))
		require.NoError(f.t, err)
		messages = append(messages, raw)
	}
	return messages
}

var dialectTests = map[string]struct {
	dialect kakaocerttest.Dialect
	check   func(t *testing.T, f *flow)
}{
	"usual": {kakaocerttest.Dialect{}, func(t *testing.T, f *flow) {
		assert.Contains(t, f.answers["status"].top, "signed_at")
		assert.Equal(t, "E2003", f.answers["refused"].top["code"])
	}},
	"product in path": {kakaocerttest.Dialect{ProductInPath: true}, func(t *testing.T, f *flow) {
		_, path := kakaocert.DefaultProtocol().Endpoint("k1100", "status")
		if !strings.Contains(path, "{product}") {
			status, _, err := f.try(path+"?tx_id=x", nil)
			require.NoError(t, err)
			assert.Equal(t, http.StatusNotFound, status, "and nowhere else")
		}
	}},
	"wrapped": {kakaocerttest.Dialect{Wrapped: true}, func(t *testing.T, f *flow) {
		for _, step := range []string{"prepare", "request", "status", "verify", "signer"} {
			assert.IsType(t, map[string]any{}, f.answers[step].top["data"], step)
			assert.NotContains(t, f.answers[step].top, "tx_id")
			assert.NotContains(t, f.answers[step].inner, "status")
		}
	}},
	"wrapped, with request_token": {kakaocerttest.Dialect{Wrapped: true, Names: map[string]string{"nonce": "request_token"}}, func(t *testing.T, f *flow) {
		if f.product[:3] == "K11" {
			assert.Equal(t, "nonce-1", f.answers["verify"].inner["request_token"])
		}
	}},
	"error_code": {kakaocerttest.Dialect{Errors: kakaocerttest.ErrorForm{Code: "error_code", Message: "error_message"}}, func(t *testing.T, f *flow) {
		assert.Equal(t, "E2003", f.answers["refused"].top["error_code"])
		assert.NotEmpty(t, f.answers["refused"].top["error_message"])
	}},
	"errorCode in error": {kakaocerttest.Dialect{Errors: kakaocerttest.ErrorForm{Code: "errorCode", Message: "errorMessage", In: "error"}}, func(t *testing.T, f *flow) {
		assert.Equal(t, "E2003", f.answers["refused"].top["error"].(map[string]any)["errorCode"])
	}},
	"errcode in data, as a number": {kakaocerttest.Dialect{Errors: kakaocerttest.ErrorForm{Code: "errcode", Message: "errmsg", In: "data", Number: true}}, func(t *testing.T, f *flow) {
		assert.EqualValues(t, 2003, f.answers["refused"].inner["errcode"])
		assert.NotEmpty(t, f.answers["refused"].inner["errmsg"])
	}},
	"error, with error_description": {kakaocerttest.Dialect{Errors: kakaocerttest.ErrorForm{Code: "error", Message: "error_description"}}, func(t *testing.T, f *flow) {
		assert.Equal(t, "E2003", f.answers["refused"].top["error"])
	}},
	"desc as text":   {kakaocerttest.Dialect{Desc: kakaocerttest.DescText}, hasRequestType},
	"no desc":        {kakaocerttest.Dialect{Desc: kakaocerttest.DescNone}, hasRequestType},
	"desc as object": {kakaocerttest.Dialect{}, hasRequestType},
	"settle_id in the header": {kakaocerttest.Dialect{SettleIDHeader: true}, func(t *testing.T, f *flow) {
		answer := f.call("prepare", "", f.person(kakaocerttest.DefaultUser()))
		assert.Equal(t, http.StatusBadRequest, answer.status, "it is no field then")
		f.dialect.SettleIDHeader = false
		answer = f.call("prepare", "", f.person(kakaocerttest.DefaultUser()).with("settle_id", nil))
		assert.Equal(t, "E1005", answer.top["code"])
	}},
	"line breaks": {kakaocerttest.Dialect{LineBreaks: true}, func(t *testing.T, f *flow) {
		assert.Contains(t, f.answers["verify"].inner["ci"], "\r\n")
		if f.product[:3] != "K11" {
			f.signed()
			assert.Contains(t, string(f.answers["verify"].body), `\r\n`)
		}
	}},
	"URL-safe": {kakaocerttest.Dialect{URLSafe: true}, func(t *testing.T, f *flow) {
		if f.product[:3] != "K11" {
			f.signed()
		}
	}},
	"byte order mark": {kakaocerttest.Dialect{ByteOrderMark: true}, func(t *testing.T, f *flow) {
		for step, answer := range f.answers {
			assert.True(t, answer.marked, step)
		}
	}},
	"gzip": {kakaocerttest.Dialect{Gzip: true}, func(t *testing.T, f *flow) {
		for step, answer := range f.answers {
			assert.Equal(t, "gzip", answer.header.Get("Content-Encoding"), step)
		}
	}},
	"times of a relay": {kakaocerttest.Dialect{Times: kakaocerttest.TimesOfRelay}, func(t *testing.T, f *flow) {
		times := f.answers["status"].top
		assert.Equal(t, "2026-11-23T03:00:00Z", times["created_at"])
		assert.Equal(t, "2026-11-23T03:00:00Z", times["viewed_at"])
		assert.Equal(t, "2026-11-23T03:00:00Z", times["completed_at"])
		assert.Equal(t, "2026-11-23T03:05:00Z", times["expired_at"])
		assert.NotContains(t, times, "signed_at")
	}},
	"CMS over the nonce": {kakaocerttest.Dialect{IdentityCMS: true}, func(t *testing.T, f *flow) {
		if f.product[:3] == "K11" {
			assert.NotEmpty(t, f.signed())
		}
	}},
	"all at once": {kakaocerttest.Dialect{
		ProductInPath: true, Desc: kakaocerttest.DescText, SettleIDHeader: true, Wrapped: true, Names: map[string]string{"nonce": "request_token"},
		Errors: kakaocerttest.ErrorForm{Code: "errorCode", Message: "msg", In: "error", Number: true},
		Times:  kakaocerttest.TimesOfRelay, ByteOrderMark: true, Gzip: true, LineBreaks: true, URLSafe: true, Base64VID: true, IdentityCMS: true,
		DER: true, WithoutScheme: true,
	}, func(t *testing.T, f *flow) {
		assert.EqualValues(t, 2003, f.answers["refused"].top["error"].(map[string]any)["errorCode"])
	}},
}

func hasRequestType(t *testing.T, f *flow) {
	t.Helper()
	all := f.service.Transactions()
	assert.Equal(t, "계좌 개설", all[0].Desc.RequestType)
}

func TestDialect_EveryServiceInEach(t *testing.T) {
	t.Parallel()
	for name, test := range dialectTests {
		for _, product := range []string{"K1110T", "K1120T", "K3110T", "K3510T", "K3511T"} {
			t.Run(name+"/"+product, func(t *testing.T) {
				t.Parallel()
				f := run(t, product, test.dialect)
				test.check(t, f)
				if product[:3] == "K11" {
					return
				}
				for _, raw := range f.signed() {
					if test.dialect.DER { // the library reads no indefinite lengths
						message, err := pkcs7.Parse(raw)
						require.NoError(t, err)
						assert.NoError(t, message.Verify())
					}
				}
			})
		}
	}
}

func TestDialect_RefusesAnotherForm(t *testing.T) {
	t.Parallel()
	forms := map[kakaocerttest.DescForm]fields{
		kakaocerttest.DescObject: {"desc": fields{"request_type": "x"}},
		kakaocerttest.DescText:   {"desc": "x"},
		kakaocerttest.DescNone:   {"request_type": "x"},
	}
	for want := range forms {
		for sent, body := range forms {
			s := start(t, kakaocerttest.Contract{}, kakaocerttest.WithDialect(kakaocerttest.Dialect{Desc: want}))
			txID := s.prepared("K1110T")
			status, answer := s.do(path("request", "K1110T", ""), fields{"tx_id": txID, "data": "nonce"}.with("desc", body["desc"]).with("request_type", body["request_type"]))
			assert.Equal(t, want == sent, status == http.StatusOK, "%s wanted, %s sent: %v", want, sent, answer)
		}
	}
}

func TestWithDialect_RefusesWhatIsUnknown(t *testing.T) {
	t.Parallel()
	for want, dialect := range map[string]kakaocerttest.Dialect{
		"Desc":            {Desc: "list"},
		"Times":           {Times: "kapi"},
		"Errors.In":       {Errors: kakaocerttest.ErrorForm{In: "a b"}},
		"Wrapper must":    {Wrapper: "response"},
		"Wrapper must be": {Wrapped: true, Wrapper: "a..b"},
		`Names must not have the name of the object that answers are wrapped in: that of "nonce"`: {Wrapped: true, Names: map[string]string{"nonce": "data"}},
		`Names must not have the name of the object that answers are wrapped in: that of "vid"`:   {Wrapped: true, Wrapper: "response.body", Names: map[string]string{"vid": "response"}},
		"Names must have keys":           {Names: map[string]string{"nothing": "x"}},
		"Names must have names of":       {Names: map[string]string{"nonce": "a b"}},
		"Names must have names that do ": {Names: map[string]string{"nonce": "a.b", "ci": "a"}},
	} {
		_, err := kakaocerttest.StartServer("127.0.0.1:0", kakaocerttest.WithDialect(dialect))
		assert.ErrorContains(t, err, "WithDialect: field "+want)
	}
}
