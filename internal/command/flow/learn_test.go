package flow

import (
	"bytes"
	"context"
	cryptorand "crypto/rand"
	"encoding/json"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/internal/command/call"
	"github.com/kakaocert-go/kakaocert/internal/command/call/calltest"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// object is a JSON object on its way through a disguise.
type object = map[string]any

// disguise changes the answer of a step; sent is what was sent for it.
type disguise func(step string, status int, answer, sent object) object

// disguised is the host behind a disguise of its answers: what is sent stays as
// it is.
func (h *host) disguised(t *testing.T, as disguise) *host {
	t.Helper()
	target, err := url.Parse(h.URL)
	require.NoError(t, err)
	type sentKey struct{}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			text, _ := io.ReadAll(r.In.Body)
			var sent object
			_ = json.Unmarshal(text, &sent)
			r.Out.Body = io.NopCloser(bytes.NewReader(text))
			r.Out = r.Out.WithContext(context.WithValue(r.Out.Context(), sentKey{}, sent))
		},
		ModifyResponse: func(r *http.Response) error {
			text, err := io.ReadAll(r.Body)
			if err != nil {
				return err
			}
			var answer object
			if json.Unmarshal(text, &answer) == nil {
				step := strings.Split(strings.TrimPrefix(strings.TrimPrefix(r.Request.URL.Path, "/sign/v2/"), "/sign/doc/v1/"), "/")[0]
				sent, _ := r.Request.Context().Value(sentKey{}).(object)
				if text, err = json.Marshal(as(step, r.StatusCode, answer, sent)); err != nil {
					return err
				}
			}
			r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(text)), int64(len(text))
			r.Header.Del("Content-Length")
			return nil
		},
	}
	server := httptest.NewServer(proxy)
	t.Cleanup(server.Close)
	return &host{&calltest.Host{Server: h.Server, Environ: calltest.With(h.Environ, "KAKAOCERT_BASE_URL", server.URL)}, t}
}

// randomNames gives every field of every answer a random name, some
// of them nested; within a list too.
func randomNames() disguise {
	var mu sync.Mutex
	known := make(map[string][]string)
	path := func(name string) []string {
		mu.Lock()
		defer mu.Unlock()
		if known[name] == nil {
			for range 1 + rand.N(3) {
				known[name] = append(known[name], strings.ToLower(cryptorand.Text()[:4+rand.N(4)])+string("_-xY"[rand.N(4)])+"k")
			}
		}
		return known[name]
	}
	return func(_ string, _ int, answer, _ object) object {
		out := object{}
		for name, value := range answer {
			if list, ok := value.([]any); ok {
				for i := range list {
					list[i] = object{path("listed")[0]: list[i].(object)["signed_document"]}
				}
			}
			place(out, path(name), value)
		}
		return out
	}
}

func place(o object, path []string, value any) {
	if len(path) == 1 {
		o[path[0]] = value
		return
	}
	inside, ok := o[path[0]].(object)
	if !ok {
		inside = object{}
		o[path[0]] = inside
	}
	place(inside, path[1:], value)
}

func flowsToLearn(t *testing.T) map[string][]string {
	text := calltest.Write(t, "contract.txt", []byte(calltest.ContractText))
	return map[string][]string{
		"identity":   {"identity"},
		"withdrawal": {"withdrawal"},
		"contract":   {"contract", "--text", text},
		"several":    {"contract", "--text", text, text},
	}
}

func TestLearn_OneRunIsEnoughForNamesThatNobodyKnows(t *testing.T) {
	t.Parallel()
	for name, args := range flowsToLearn(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHost(t, kakaocerttest.WithDialect(kakaocerttest.Dialect{IdentityCMS: rand.N(2) == 0})).disguised(t, randomNames())
			_, without := h.flow(args...)
			require.Equal(t, call.ExitNo, without.Code, "the names must matter")

			file := filepath.Join(t.TempDir(), "protocol.json")
			got, result := h.flow(append(args, "--learn", file)...)
			require.Equal(t, call.ExitDone, result.Code, result.Errors)
			assert.True(t, got.Verified)
			assert.NotEmpty(t, got.Learned)
			text := string(calltest.Read(t, file))
			assert.NotContains(t, text, got.TxID)
			for _, personal := range []string{"홍길동", "19900101", "01012345678", "3333", "예시", "settle", "http"} {
				assert.NotContains(t, text, personal)
			}

			h.Environ = calltest.With(h.Environ, "KAKAOCERT_PROTOCOL", file)
			got, result = h.flow(args...)
			require.Equal(t, call.ExitDone, result.Code, "%s\n%s", result.Errors, text)
			assert.True(t, got.Verified)
			assert.Equal(t, identifyItems, got.SignerMatches)
			for _, s := range got.Signatures {
				assert.Contains(t, s.Checks, "vid", "%s\n%s", name, text)
			}

			got, result = h.flow(append(args, "--learn", file)...)
			require.Equal(t, call.ExitDone, result.Code, result.Errors)
			assert.Empty(t, got.Learned, "it is all known")
			assert.Equal(t, text, string(calltest.Read(t, file)))
		})
	}
}

// However else the host speaks, the names are found: below a wrapper with a status
// of its own, packed, and with values in other forms.
func TestLearn_InADialect(t *testing.T) {
	t.Parallel()
	name := func() string { return "n" + strings.ToLower(cryptorand.Text()[:5]) + "x" }
	for what, dialect := range map[string]kakaocerttest.Dialect{
		"wrapped":        {Wrapped: true},
		"packed":         {Gzip: true, ByteOrderMark: true},
		"other forms":    {LineBreaks: true, URLSafe: true, Base64VID: true, DER: true, Times: kakaocerttest.TimesOfRelay},
		"CMS over nonce": {IdentityCMS: true, Wrapped: true},
		"errors inside":  {Wrapped: true, Errors: kakaocerttest.ErrorForm{Code: "errorCode", In: "error"}},
	} {
		dialect.Names = map[string]string{
			"tx_id": name() + "." + name(), "result": name(), "nonce": name(), "signed_data": name() + "." + name() + "." + name(),
			"signed_documents": name(), "signed_document": name(), "ci": name(), "vid": name(), "name": name(), "birthday": name() + "." + name(), "status": name(),
		}
		for verb, args := range flowsToLearn(t) {
			t.Run(what+"/"+verb, func(t *testing.T) {
				t.Parallel()
				h := newHost(t, kakaocerttest.WithDialect(dialect))
				if dialect.Wrapped { // a relay's own status
					h = h.disguised(t, func(_ string, _ int, answer, _ object) object {
						answer["status"] = "OK"
						return answer
					})
				}
				file := filepath.Join(t.TempDir(), "protocol.json")
				got, result := h.flow(append(args, "--learn", file)...)
				require.Equal(t, call.ExitDone, result.Code, result.Errors)
				require.NotEmpty(t, got.Learned)
				h.Environ = calltest.With(h.Environ, "KAKAOCERT_PROTOCOL", file)
				got, result = h.flow(args...)
				require.Equal(t, call.ExitDone, result.Code, "%s\n%s", result.Errors, calltest.Read(t, file))
				for _, s := range got.Signatures {
					assert.Contains(t, s.Checks, "vid")
				}
			})
		}
	}
}

// hiding leaves answers as they are but for one field of one step, which gets
// the names given; none takes it away.
func hiding(step, field string, change func(answer object, value any, sent object)) disguise {
	var mu sync.Mutex
	sentBefore := object{}
	return func(at string, status int, answer, sent object) object {
		mu.Lock()
		defer mu.Unlock()
		maps.Copy(sentBefore, sent)
		if at == step && status == http.StatusOK {
			value := answer[field]
			delete(answer, field)
			change(answer, value, sentBefore)
		}
		return answer
	}
}

// A flow that had nothing to learn says so: there is no file then.
func TestLearn_SaysThatEveryNameIsKnown(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "protocol.json")
	got := run(t, newHost(t).Environ, "", "identity", "--learn", path)
	require.Equal(t, call.ExitDone, got.Code, got.Errors)
	assert.Contains(t, got.Out, "learned      nothing")
	assert.NoFileExists(t, path)
}

func TestLearn_TeachesNothing(t *testing.T) {
	t.Parallel()
	text := calltest.Write(t, "contract.txt", []byte(calltest.ContractText))
	identity, contract := []string{"identity"}, []string{"contract", "--text", text}
	echo := func(answer object, _ any, sent object) { answer["request"] = maps.Clone(sent) }
	named := func(name string) func(object, any, object) {
		return func(answer object, value any, _ object) { answer[name] = value }
	}
	for name, c := range map[string]struct {
		args  []string
		as    disguise
		shown string // of the places
	}{
		"an echo of the nonce": {identity, hiding("verify", "data", echo), "request.data, which may be an echo"},
		"an echo under another name in the same object": {identity, hiding("verify", "data", func(answer object, value any, sent object) {
			answer["request"] = object{"identify_items": sent["identify_items"], "token": value}
		}), "request.token, which may be an echo"},
		"an echo of prepare as the tx_id": {identity, hiding("prepare", "tx_id", echo), ""},
		"an echo of the person": {identity, func(step string, status int, answer, sent object) object {
			if step == "signer" {
				answer["request"] = object{"name": answer["name"], "birthday": answer["birthday"]}
				delete(answer, "name")
				delete(answer, "birthday")
			}
			return answer
		}, "request.name, which may be an echo"},
		"two places of the nonce": {identity, hiding("verify", "data", func(answer object, value any, _ object) {
			answer["a"], answer["b"] = value, object{"c": value}
		}), "a; b.c"},
		"a place and an echo": {identity, hiding("verify", "data", func(answer object, value any, sent object) {
			answer["a"], answer["request"] = value, maps.Clone(sent)
		}), "a; request.data, which may be an echo"},
		"two places of the status": {identity, hiding("status", "status", func(answer object, value any, _ object) {
			answer["a"], answer["b"] = value, "REQUESTED"
		}), "a; b"},
		"two places of the signature": {contract, hiding("verify", "signed_data", func(answer object, value any, _ object) {
			answer["a"], answer["b"] = value, value
		}), "a; b"},
		"two places of the tx_id": {identity, hiding("prepare", "tx_id", func(answer object, value any, _ object) {
			answer["a"], answer["b"] = value, value
		}), "a; b"},
		"a tx_id that is none": {identity, hiding("prepare", "tx_id", func(answer object, _ any, _ object) {
			answer["a"] = "0123456789abcdef0123456789abcdef"
		}), ""},
		"a name with a space":         {identity, hiding("verify", "data", named("a b")), "a place that no protocol file can name"},
		"a name that moves a cursor":  {identity, hiding("verify", "data", named("\x1b[2J\n")), "a place that no protocol file can name"},
		"a name that is a person":     {identity, hiding("verify", "data", named("홍길동")), "a place that no protocol file can name"},
		"a name that is a phone":      {identity, hiding("status", "status", named("01012345678")), "a place that no protocol file can name"},
		"a name of 65 characters":     {identity, hiding("verify", "data", named(strings.Repeat("a", 65))), "a place that no protocol file can name"},
		"a name that is another's":    {identity, hiding("verify", "data", named("ci")), "ci, which is another field's"},
		"an empty name":               {identity, hiding("verify", "data", named("")), "a place that no protocol file can name"},
		"the nonce in a list":         {identity, hiding("verify", "data", func(answer object, value any, _ object) { answer["a"] = []any{value} }), "a place that no protocol file can name"},
		"the nonce in other's answer": {identity, hiding("status", "data", func(answer object, _ any, sent object) { answer["a"] = sent["data"] }), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHost(t)
			h = h.disguised(t, c.as)
			file := filepath.Join(t.TempDir(), "protocol.json")
			got, result := h.flow(append(c.args, "--learn", file)...)
			assert.Empty(t, got.Learned)
			assert.NoFileExists(t, file)
			if name != "the nonce in other's answer" {
				assert.Equal(t, call.ExitNo, result.Code)
			}
			if c.shown != "" {
				assert.Contains(t, result.Errors, c.shown)
			}
			assert.NotContains(t, result.Errors, "\x1b[2J")
			calltest.AssertNothingPersonal(t, result)
		})
	}
}

// CI and VID have no value that the flow knows: the certificate must say that
// they belong together.
func TestLearn_CIAndVIDMustAgreeWithTheCertificate(t *testing.T) {
	t.Parallel()
	text := calltest.Write(t, "contract.txt", []byte(calltest.ContractText))
	moved := func(wrong bool) disguise {
		return func(step string, _ int, answer, _ object) object {
			if step == "verify" {
				answer["who"], answer["bound"] = answer["ci"], answer["vid"]
				if wrong {
					answer["bound"] = strings.Repeat("ab", 32)
				}
				delete(answer, "ci")
				delete(answer, "vid")
			}
			return answer
		}
	}
	file := filepath.Join(t.TempDir(), "protocol.json")
	got, result := newHost(t).disguised(t, moved(true)).flow("contract", "--text", text, "--learn", file)
	require.Equal(t, call.ExitDone, result.Code, "without CI the signer is known from signer info")
	assert.Empty(t, got.Learned)
	assert.NoFileExists(t, file)

	got, result = newHost(t).disguised(t, moved(false)).flow("contract", "--text", text, "--learn", file)
	require.Equal(t, call.ExitDone, result.Code, result.Errors)
	assert.Equal(t, []learnedLine{{"field.ci", "ci who"}, {"field.vid", "bound vid"}}, got.Learned)
	assert.Contains(t, got.Signatures[0].Checks, "vid", "and they are checked at once")
}

// inObject moves the fields of every answer into an object.
func inObject(name ...string) disguise {
	return func(_ string, _ int, answer, _ object) object {
		out := object{}
		place(out, name, answer)
		return out
	}
}

// A host that wraps its answers in an object of another name: the first answer
// shows it, and one line is enough for all steps.
func TestLearn_FindsTheObjectThatWrapsAnswers(t *testing.T) {
	t.Parallel()
	for _, name := range [][]string{{"response"}, {"response", "body"}, {"result"}, {"tx"}, {"RESPONSE_DATA"}} {
		wrapper := strings.Join(name, ".")
		for verb, args := range flowsToLearn(t) {
			t.Run(wrapper+"/"+verb, func(t *testing.T) {
				t.Parallel()
				h := newHost(t).disguised(t, inObject(name...))
				_, without := h.flow(args...)
				require.Equal(t, call.ExitNo, without.Code)
				assert.Contains(t, without.Errors, "its value may be at "+wrapper+".tx_id: name that object in place.answer")

				file := filepath.Join(t.TempDir(), "protocol.json")
				got, result := h.flow(append(args, "--learn", file)...)
				require.Equal(t, call.ExitDone, result.Code, result.Errors)
				assert.Equal(t, []learnedLine{{"place.answer", wrapper + " data"}}, got.Learned)
				assert.NotContains(t, result.Errors, "echo")
				h.Environ = calltest.With(h.Environ, "KAKAOCERT_PROTOCOL", file)
				_, result = h.flow(args...)
				require.Equal(t, call.ExitDone, result.Code, result.Errors)
			})
		}
	}
}

// The object of one step alone is learned with that step. What it contains may be an
// echo where it is what was sent: then a person must say.
func TestLearn_FindsTheObjectOfOneStep(t *testing.T) {
	t.Parallel()
	for step, want := range map[string]string{"request": "response data", "status": "response data", "verify": "response data", "signer": ""} {
		t.Run(step, func(t *testing.T) {
			t.Parallel()
			h := newHost(t).disguised(t, func(at string, status int, answer, sent object) object {
				if at == step {
					return inObject("response")(at, status, answer, sent)
				}
				return answer
			})
			got, result := h.flow("identity", "--learn", filepath.Join(t.TempDir(), "protocol.json"))
			if want == "" {
				assert.Contains(t, result.Errors, "response.name, which may be an echo of the request (if it is not, write place.answer: response data)")
				return
			}
			require.Equal(t, call.ExitDone, result.Code, result.Errors)
			assert.Equal(t, []learnedLine{{"place.answer", want}}, got.Learned)
		})
	}
}

// A path that is not there: what to do is said.
func TestFlow_SaysWhoLooksForAPath(t *testing.T) {
	t.Parallel()
	h := newHost(t, kakaocerttest.WithDialect(kakaocerttest.Dialect{ProductInPath: true}))
	_, result := h.flow("identity")
	assert.Equal(t, call.ExitNo, result.Code)
	assert.Contains(t, result.Errors, "the host has no such path: kakaocert doctor --write FILE")
}

// The code of an error in an unknown object: what to do is said.
func TestFlow_SaysWhereTheCodeMayBe(t *testing.T) {
	t.Parallel()
	h := newHost(t).disguised(t, func(step string, status int, answer, sent object) object {
		if status != http.StatusOK {
			return inObject("fault")(step, status, answer, sent)
		}
		return answer
	})
	_, result := h.flow("identity", "--name", "김철수", "--birthday", "19851224", "--phone", "01011112222")
	assert.Equal(t, call.ExitNo, result.Code)
	assert.Contains(t, result.Errors, "its value may be at fault.code: name that object in place.answer")
}

func TestLearn_FindsTheCodeOfAnError(t *testing.T) {
	t.Parallel()
	h := newHost(t).disguised(t, func(_ string, status int, answer, _ object) object {
		if status != http.StatusOK {
			return object{"problem": object{"number": answer["code"]}}
		}
		return answer
	})
	file := filepath.Join(t.TempDir(), "protocol.json")
	stranger := []string{"identity", "--name", "김철수", "--birthday", "19851224", "--phone", "01011112222"}
	got, result := h.flow(append(stranger, "--learn", file)...)
	require.Equal(t, call.ExitNo, result.Code)
	require.Len(t, got.Learned, 1, result.Errors)
	assert.Equal(t, "field.error_code", got.Learned[0].Key)
	h.Environ = calltest.With(h.Environ, "KAKAOCERT_PROTOCOL", file)
	got, _ = h.flow(stranger...)
	assert.Equal(t, "E2001", got.Reason)
}

// Values learned from a host that lies are not kept.
func TestLearn_SecurityEventWritesNothing(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	text := calltest.Write(t, "contract.txt", []byte(calltest.ContractText))
	require.NoError(t, h.Inject(kakaocerttest.Fault{Step: "verify", Kind: kakaocerttest.AnotherDocument}))
	file := filepath.Join(t.TempDir(), "protocol.json")
	got, result := h.disguised(t, randomNames()).flow("contract", "--text", text, "--learn", file)
	require.Equal(t, call.ExitNo, result.Code)
	assert.Equal(t, "content", got.Reason)
	assert.NoFileExists(t, file)
	assert.Empty(t, got.Learned)
}

func TestLearn_WrongCalls(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	folder := t.TempDir()
	there := calltest.Write(t, "protocol.json", []byte(`{"field.title": "subject"}`))
	other := calltest.Write(t, "other.json", []byte(`{}`))
	production := calltest.With(calltest.With(h.Environ, "KAKAOCERT_ENV", "production"), "KAKAOCERT_BASE_URL", h.URL)
	for name, c := range map[string]struct {
		environ []string
		file    string
		error   string
	}{
		"production":     {production, filepath.Join(folder, "new.json"), "never for production"},
		"no such folder": {h.Environ, filepath.Join(folder, "none", "new.json"), "folder"},
		"a folder":       {h.Environ, folder, "must be a file"},
		"another file":   {calltest.With(h.Environ, "KAKAOCERT_PROTOCOL", other), there, "is there already"},
		"no protocol":    {h.Environ, calltest.Write(t, "bad.json", []byte(`{"x"`)), "protocol file"},
	} {
		got := run(t, c.environ, "", "identity", "--learn", c.file)
		assert.Equal(t, call.ExitWrong, got.Code, name)
		assert.Contains(t, got.Errors, c.error, name)
	}
	assert.Empty(t, h.Transactions())
}

// A file that is there keeps its lines, and its notes.
func TestLearn_AddsToTheFileThatIsThere(t *testing.T) {
	t.Parallel()
	host := calltest.Write(t, "host.json", []byte(`{"field.title": "subject"}`))
	file, err := os.Open(host)
	require.NoError(t, err)
	defer func() { _ = file.Close() }()
	protocol, err := kakaocert.ParseProtocol(file)
	require.NoError(t, err)
	h := newHost(t, kakaocerttest.WithProtocol(protocol)).disguised(t, hiding("verify", "data", func(answer object, value any, _ object) { answer["token"] = value }))
	learned := calltest.Write(t, "protocol.json", []byte(`{"field.title": {"value": "subject", "found": "by hand"}}`))
	h.Environ = calltest.Without(h.Environ, "KAKAOCERT_PROTOCOL")
	_, result := h.flow("identity", "--title", "제목", "--learn", learned)
	require.Equal(t, call.ExitDone, result.Code, result.Errors)
	text := string(calltest.Read(t, learned))
	assert.Contains(t, text, `"field.title": {"value": "subject", "found": "by hand"}`)
	assert.Contains(t, text, `"field.nonce": {"value": "token data signed_data request_token", "found": "kakaocert identity --learn, `)
}
