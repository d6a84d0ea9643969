package doctor

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/doctor"
	"github.com/kakaocert-go/kakaocert/internal/command/call"
	"github.com/kakaocert-go/kakaocert/internal/command/call/calltest"
	"github.com/kakaocert-go/kakaocert/internal/env"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// firstEdition is a host with the product code in every path.
const firstEdition = `{
	"step.k1100.request": "POST /sign/v2/request/{product}", "step.k1100.status": "GET /sign/v2/status/{product}",
	"step.k1100.verify": "GET /sign/v2/verify/{product}", "step.k1100.signer": "GET /sign/v2/signer/{product}",
	"step.k1400.status": "GET /sign/v2/status/{product}", "step.k1400.verify": "GET /sign/v2/verify/{product}",
	"step.k1400.signer": "GET /sign/v2/signer/{product}",
	"step.k2100.verify": "GET /sign/v2/verify/{product}", "step.k2100.signer": "GET /sign/v2/signer/{product}",
	"step.k2220.request": "POST /sign/v2/request/{product}",
	"step.k2220.verify": "GET /sign/v2/verify/{product}", "step.k2220.signer": "GET /sign/v2/signer/{product}",
	"step.k3100.request": "POST /sign/doc/v1/request/{product}", "step.k3100.status": "GET /sign/doc/v1/status/{product}",
	"step.k3100.verify": "GET /sign/doc/v1/verify/{product}", "step.k3100.signer": "GET /sign/doc/v1/signer/{product}",
	"step.k3500.request": "POST /sign/doc/v1/request/{product}", "step.k3500.status": "GET /sign/doc/v1/status/{product}",
	"step.k3500.verify": "GET /sign/doc/v1/verify/{product}", "step.k3500.signer": "GET /sign/doc/v1/signer/{product}"
}`

const maxCalls = 40

// write runs doctor --write, and counts the calls that arrive.
func (w *ward) write(file string) (findings []line, calls int64) {
	w.t.Helper()
	target, err := url.Parse(w.get(env.BaseURL))
	require.NoError(w.t, err)
	var arrived atomic.Int64
	proxy := httputil.NewSingleHostReverseProxy(target)
	counting := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		arrived.Add(1)
		proxy.ServeHTTP(out, r)
	}))
	defer counting.Close()
	got := run(w.t, calltest.With(w.environ, env.BaseURL, counting.URL), "", "doctor", "--json", "--write", file)
	assert.Empty(w.t, got.Errors)
	return w.findings(got.Out), arrived.Load()
}

func TestWrite_FindsTheFirstEdition(t *testing.T) {
	t.Parallel()
	w := newWard(t, protocolOf(t, firstEdition))
	file := filepath.Join(t.TempDir(), "protocol.json")
	findings, calls := w.write(file)
	assert.Empty(t, found(findings, doctor.Wrong))
	assert.Contains(t, found(findings, doctor.OK), "write.written")
	assert.Contains(t, found(findings, doctor.OK), "decryption.works")
	assert.LessOrEqual(t, calls, int64(31))
	assert.Equal(t, []string{"permissions.uncalled"}, found(findings, doctor.Unknown), "every further check was made")
	written := calltest.Read(t, file)
	protocol, err := kakaocert.ParseProtocol(bytes.NewReader(written))
	require.NoError(t, err, string(written))
	want, err := kakaocert.ParseProtocol(strings.NewReader(firstEdition))
	require.NoError(t, err)
	for i, entry := range protocol.Entries() {
		assert.Equal(t, want.Entries()[i].Value, entry.Value, entry.Key)
		assert.Equal(t, entry.Changed, strings.Contains(entry.Found, ": E2003"), entry.Key)
	}
	assert.Empty(t, w.sim.Transactions())
	w.holdsNoSecret(string(written))

	// With that file nothing is wrong any more, and nothing is left to ask.
	w.set(env.Protocol, file)
	exit, findings := w.doctor()
	assert.Equal(t, call.ExitDone, exit)
	assert.Empty(t, found(findings, doctor.Wrong, doctor.Unknown))
}

// wrappedIn is a host that wraps all answers, those with errors too.
func wrappedIn(object string) kakaocerttest.Dialect {
	return kakaocerttest.Dialect{Wrapped: true, Wrapper: object, Errors: kakaocerttest.ErrorForm{In: object}}
}

// strangersIdentity is a call for a person without an account: E2001.
var strangersIdentity = []string{"identity", "--name", "김철수", "--birthday", "19851224", "--phone", "01011112222"}

// A flow succeeds with what the doctor wrote; where the host speaks the second
// edition nothing needs to be written.
func TestWrite_FlowsSucceedAfterIt(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		dialect kakaocerttest.Dialect
		written bool
	}{
		"first edition":                           {kakaocerttest.Dialect{ProductInPath: true}, true},
		"first edition wrapped":                   {kakaocerttest.Dialect{ProductInPath: true, Wrapped: true, Errors: kakaocerttest.ErrorForm{Code: "errorCode", In: "error"}}, true},
		"first edition with marks":                {kakaocerttest.Dialect{ProductInPath: true, ByteOrderMark: true, Times: kakaocerttest.TimesOfRelay}, true},
		"first edition in gzip":                   {kakaocerttest.Dialect{ProductInPath: true, Gzip: true}, true},
		"settle_id in a header":                   {kakaocerttest.Dialect{SettleIDHeader: true}, true},
		"first edition and settle_id in a header": {kakaocerttest.Dialect{ProductInPath: true, SettleIDHeader: true}, true},
		"wrapped in response":                     {wrappedIn("response"), true},
		"wrapped in an object of another":         {wrappedIn("response.body"), true},
		"wrapped in result":                       {wrappedIn("result"), true},
		"first edition wrapped in payload":        {kakaocerttest.Dialect{ProductInPath: true, Wrapped: true, Wrapper: "payload", Errors: kakaocerttest.ErrorForm{In: "payload"}}, true},
		"errors alone in fault":                   {kakaocerttest.Dialect{Errors: kakaocerttest.ErrorForm{In: "fault"}}, true},
		"wrapped in data, errors in fault":        {kakaocerttest.Dialect{Wrapped: true, Errors: kakaocerttest.ErrorForm{In: "fault"}}, true},
		"another name of the code":                {kakaocerttest.Dialect{Errors: kakaocerttest.ErrorForm{Code: "errCd"}}, true},
		"another name in another object":          {kakaocerttest.Dialect{Wrapped: true, Wrapper: "out", Errors: kakaocerttest.ErrorForm{Code: "errCd", In: "out"}}, true},
		"digits in another object":                {kakaocerttest.Dialect{Wrapped: true, Wrapper: "out", Errors: kakaocerttest.ErrorForm{Number: true, In: "out"}}, true},
		"second edition":                          {kakaocerttest.Dialect{}, false},
		"second edition wrapped":                  {kakaocerttest.Dialect{Wrapped: true, Gzip: true}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWard(t, kakaocerttest.WithDialect(c.dialect))
			w.set(env.Roots, calltest.Write(t, "roots.pem", w.sim.RootPEM()))
			file := filepath.Join(t.TempDir(), "protocol.json")
			findings, calls := w.write(file)
			assert.Empty(t, found(findings, doctor.Wrong))
			assert.LessOrEqual(t, calls, int64(maxCalls))
			if c.written {
				identity, stranger := run(t, w.environ, "", "identity", "--poll", "1ms"), run(t, w.environ, "", strangersIdentity...)
				assert.True(t, identity.Code == call.ExitNo || !strings.Contains(stranger.Out, "E2001"), "without the file")
				w.set(env.Protocol, file)
			} else {
				assert.NoFileExists(t, file)
			}
			assert.Contains(t, run(t, w.environ, "", strangersIdentity...).Out, "E2001", "codes are understood")
			text := calltest.Write(t, "contract.txt", []byte(calltest.ContractText))
			for _, args := range [][]string{{"identity"}, {"withdrawal"}, {"contract", "--text", text}} {
				got := run(t, w.environ, "", append(args, "--poll", "1ms")...)
				assert.Equal(t, call.ExitDone, got.Code, "%s: %s", args[0], got.Errors+got.Out)
			}
		})
	}
}

// A gateway before the host says in its own words and codes that a path is not there.
func TestWrite_FindsPathsBehindAGateway(t *testing.T) {
	t.Parallel()
	for name, gateway := range map[string]reply{
		"a number":       {http.StatusNotFound, `{"code": 404, "message": "no route"}`},
		"a word":         {http.StatusNotFound, `{"error": "NOT_FOUND"}`},
		"another method": {http.StatusMethodNotAllowed, `{"errorCode": "METHOD_NOT_ALLOWED"}`},
		"forbidden":      {http.StatusForbidden, `{"code": "FORBIDDEN"}`},
		"a bad request":  {http.StatusBadRequest, `{"error": {"code": -2}}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWard(t, kakaocerttest.WithDialect(kakaocerttest.Dialect{ProductInPath: true}))
			target, err := url.Parse(w.sim.URL)
			require.NoError(t, err)
			proxy := httputil.NewSingleHostReverseProxy(target)
			proxy.ModifyResponse = func(r *http.Response) error {
				if r.StatusCode == http.StatusNotFound {
					r.StatusCode, r.ContentLength = gateway.status, int64(len(gateway.body))
					r.Header = http.Header{"Content-Type": {"application/json"}}
					r.Body = io.NopCloser(strings.NewReader(gateway.body))
				}
				return nil
			}
			server := httptest.NewServer(proxy)
			defer server.Close()
			w.set(env.BaseURL, server.URL)
			file := filepath.Join(t.TempDir(), "protocol.json")
			findings, _ := w.write(file)
			assert.Contains(t, found(findings, doctor.OK), "write.written")
			w.set(env.Protocol, file)
			got := run(t, w.environ, "", "identity", "--poll", "1ms")
			assert.Equal(t, call.ExitDone, got.Code, got.Errors+got.Out)
		})
	}
}

func TestWrite_LeavesTheRestOfTheProtocolAlone(t *testing.T) {
	t.Parallel()
	const mine = `{"step.k1100.status": {"value": "GET /sign/v2/state", "found": "by hand"}, "step.k1400.status": "GET /sign/v2/state", "field.error_code": "code"}`
	w := newWard(t, protocolOf(t, `{"step.k1100.status": "GET /sign/v2/state", "step.k1400.status": "GET /sign/v2/state", "step.k3100.signer": "GET /sign/doc/v1/signer_info", "step.k3500.signer": "GET /sign/doc/v1/signer_info", "field.error_code": "code"}`))
	w.set(env.Protocol, calltest.Write(t, "mine.json", []byte(mine)))
	file := filepath.Join(t.TempDir(), "protocol.json")
	findings, _ := w.write(file)
	assert.Empty(t, found(findings, doctor.Wrong))
	protocol, err := kakaocert.ParseProtocol(bytes.NewReader(calltest.Read(t, file)))
	require.NoError(t, err)
	assert.Equal(t, "GET /sign/v2/state", protocol.Get("step.k1100.status"))
	assert.Equal(t, "GET /sign/doc/v1/signer_info", protocol.Get("step.k3500.signer"))
	assert.Equal(t, "code", protocol.Get("field.error_code"))
	assert.Equal(t, "by hand", protocol.Entries()[2].Found)
}

// Every alternative of the table is found, for each service.
func TestWrite_FindsEachAlternative(t *testing.T) {
	t.Parallel()
	spellings := make(map[string]map[string]string) // protocol files by the shape of the alternative
	for _, entry := range kakaocert.DefaultProtocol().Entries() {
		for i, alternative := range entry.Alternatives {
			name := entry.Key[strings.LastIndex(entry.Key, ".")+1:] + " " + string(rune('0'+i))
			if spellings[name] == nil {
				spellings[name] = make(map[string]string)
			}
			spellings[name][entry.Key] = alternative
		}
	}
	require.GreaterOrEqual(t, len(spellings), 9)
	for name, lines := range spellings {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWard(t, protocolOf(t, fileOf(t, lines)))
			file := filepath.Join(t.TempDir(), "protocol.json")
			_, calls := w.write(file)
			assert.LessOrEqual(t, calls, int64(maxCalls))
			protocol, err := kakaocert.ParseProtocol(bytes.NewReader(calltest.Read(t, file)))
			require.NoError(t, err)
			for key, value := range lines {
				assert.Equal(t, value, protocol.Get(key), key)
			}
		})
	}
}

func TestWrite_WritesNothingWhereNothingWasFound(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		protocol string // of the simulator
		status   int    // of a host that is not the simulator
		body     string
		cause    string
	}{
		"the protocol holds":       {protocol: `{}`, cause: "nothing"},
		"an unknown path":          {protocol: `{"step.k1100.status": "GET /elsewhere", "step.k1400.status": "GET /elsewhere"}`, cause: "not_found"},
		"all paths are elsewhere":  {protocol: strings.ReplaceAll(firstEdition, "/sign/", "/strange/"), cause: "not_found"},
		"another host":             {status: http.StatusNotFound, cause: "not_found"},
		"a host that says yes":     {status: http.StatusOK, body: `{}`, cause: "not_found"},
		"a host that signs all":    {status: http.StatusOK, body: `{"result":"Y","status":"COMPLETED","tx_id":"x"}`, cause: "not_found"},
		"E1001 for all":            {status: http.StatusBadRequest, body: `{"code":"E1001"}`, cause: "nothing"},
		"a host that says nothing": {status: http.StatusServiceUnavailable, cause: "nothing"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWard(t)
			if c.protocol != "" {
				w = newWard(t, protocolOf(t, c.protocol))
			} else {
				w.set(env.BaseURL, reply{c.status, c.body}.serve(t))
			}
			file := filepath.Join(t.TempDir(), "protocol.json")
			findings, calls := w.write(file)
			assert.LessOrEqual(t, calls, int64(maxCalls))
			assert.NoFileExists(t, file)
			last := findings[len(findings)-1]
			assert.Equal(t, "write."+c.cause, last.Check+"."+last.Cause)
		})
	}
}

func TestDoctor_WrongCallsSendNothing(t *testing.T) {
	t.Parallel()
	w := newWard(t, kakaocerttest.WithEnvironment(kakaocert.Production))
	there := calltest.Write(t, "there.json", []byte("{}"))
	for want, args := range map[string][]string{
		"say --production":   {"--write", filepath.Join(t.TempDir(), "new.json")},
		"to call its host":   {},
		"is not overwritten": {"--production", "--write", there},
		"needs a value":      {"--production", "--write"},
	} {
		got := run(t, w.environ, "", append([]string{"doctor"}, args...)...)
		assert.Equal(t, call.ExitWrong, got.Code)
		assert.Contains(t, got.Errors, want)
		assert.Empty(t, got.Out)
	}
	assert.Equal(t, "{}", string(calltest.Read(t, there)))
	assert.Zero(t, w.sim.Calls("status"))
}
