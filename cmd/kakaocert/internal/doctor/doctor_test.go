package doctor

import (
	"bytes"
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/cmd/kakaocert/internal/call"
	"github.com/kakaocert-go/kakaocert/cmd/kakaocert/internal/call/calltest"
	"github.com/kakaocert-go/kakaocert/internal/env"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// ward is where the doctor looks: an environment, and a simulator behind it.
type ward struct {
	t       *testing.T
	sim     *kakaocerttest.Server
	environ []string
}

func newWard(t *testing.T, opts ...kakaocerttest.Option) *ward {
	t.Helper()
	sim := kakaocerttest.NewServer(t, opts...)
	return &ward{t: t, sim: sim, environ: sim.Environ()}
}

// set changes a variable.
func (w *ward) set(name, value string) {
	w.environ = append(slices.DeleteFunc(w.environ, func(pair string) bool { return strings.HasPrefix(pair, name+"=") }), name+"="+value)
}

func (w *ward) get(name string) string {
	for _, pair := range w.environ {
		if value, found := strings.CutPrefix(pair, name+"="); found {
			return value
		}
	}
	return ""
}

// doctor runs the verb.
func (w *ward) doctor() (exit int, findings []finding) {
	w.t.Helper()
	got := run(w.t, w.environ, "", "doctor", "--json")
	assert.Empty(w.t, got.Errors)
	return got.Code, w.findings(got.Out)
}

func (w *ward) findings(out string) (findings []finding) {
	w.t.Helper()
	w.holdsNoSecret(out)
	for line := range strings.Lines(out) {
		var f finding
		require.NoError(w.t, json.Unmarshal([]byte(line), &f), line)
		assert.NotEmpty(w.t, f.Seen, line)
		assert.NotContains(w.t, line, "%!", "words and their arguments fit")
		findings = append(findings, f)
	}
	return findings
}

// through runs the doctor in-process, with a transport of the test's.
func (w *ward) through(transport http.RoundTripper) []finding {
	w.t.Helper()
	var out bytes.Buffer
	d := &doctor{getenv: w.get, transport: transport, report: &report{out: &call.Console{Writer: &out}, words: words.In("en"), asJSON: true}}
	if err := d.run(w.t.Context()); err != nil {
		require.ErrorIs(w.t, err, call.ErrNo)
	}
	return w.findings(out.String())
}

func (w *ward) holdsNoSecret(out string) {
	w.t.Helper()
	for _, name := range []string{env.DealerKey, env.InstitutionKey, env.SettleID, env.EncKey, env.EncIV} {
		if value := w.get(name); value != "" {
			assert.NotContains(w.t, out, value)
		}
	}
}

// allChecks are those of variables, host and service; of paths; of the roots and
// of further products.
const allChecks = 17 + 21 + 6

// found lists what has one of the results, as check.cause.
func found(findings []finding, results ...result) []string {
	var list []string
	for _, f := range findings {
		if slices.Contains(results, f.Result) {
			list = append(list, f.Check+"."+f.Cause)
		}
	}
	return list
}

func TestDoctor_FindsNothing(t *testing.T) {
	t.Parallel()
	for _, environment := range []kakaocert.Environment{kakaocert.Test, kakaocert.Production} {
		w := newWard(t, kakaocerttest.WithEnvironment(environment))
		exit, findings := w.doctor()
		assert.Equal(t, call.ExitDone, exit)
		assert.Empty(t, found(findings, resultWrong, resultUnknown, resultSkipped))
		assert.Equal(t, allChecks, len(findings))
		assert.Contains(t, found(findings, resultOK), "decryption.works")
		for _, f := range findings {
			assert.Equal(t, strings.HasPrefix(f.Check, "path."), f.Provenance != "", f.Check)
			assert.Empty(t, f.Todo, f.Check)
		}
	}
}

// mistake is something wrong with an environment or its host.
type mistake struct {
	set        map[string]string     // variables
	swapped    bool                  // the two keys
	host       kakaocert.Environment // that the simulator is; 0 is the test host
	protocol   string                // that the simulator speaks
	clock      time.Duration         // how far the simulator's is ahead
	overTLS    bool                  // with a certificate that is not trusted
	elsewhere  http.Handler          // in place of the simulator
	unoccupied bool                  // the port
}

func (m mistake) plant(t *testing.T) *ward {
	t.Helper()
	options := []kakaocerttest.Option{kakaocerttest.WithEnvironment(cmp.Or(m.host, kakaocert.Test))}
	if m.protocol != "" {
		options = append(options, protocolOf(t, m.protocol))
	}
	w := newWard(t, options...)
	w.sim.Clock().Advance(m.clock)
	switch {
	case m.swapped:
		dealer, institution := w.get(env.DealerKey), w.get(env.InstitutionKey)
		w.set(env.DealerKey, institution)
		w.set(env.InstitutionKey, dealer)
	case m.overTLS:
		w.set(env.BaseURL, w.overTLS(nil).URL)
	case m.elsewhere != nil:
		other := httptest.NewServer(m.elsewhere)
		t.Cleanup(other.Close)
		w.set(env.BaseURL, other.URL)
	case m.unoccupied:
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		require.NoError(t, listener.Close())
		w.set(env.BaseURL, "http://"+listener.Addr().String())
	}
	for name, value := range m.set {
		w.set(name, value)
	}
	return w
}

const strangeKey = "0123456789abcdef0123456789abcdef"

// Each mistake that integrators make is told from all others, and is the only
// thing that is found.
func TestDoctor_TellsMistakesApart(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		want string
		mistake
	}{
		"wrong dealer key":                      {"keys.dealer", mistake{set: map[string]string{env.DealerKey: strangeKey}}},
		"wrong institution key":                 {"keys.institution", mistake{set: map[string]string{env.InstitutionKey: strangeKey}}},
		"swapped keys":                          {"keys.swapped", mistake{swapped: true}},
		"code of the test host on production":   {"product.production_host", mistake{host: kakaocert.Production, set: map[string]string{env.Environment: "test"}}},
		"no T on the test host":                 {"product.test_host", mistake{set: map[string]string{env.Environment: "production"}}},
		"a host that is another's":              {"service.not_it", mistake{elsewhere: http.NotFoundHandler()}},
		"Kakao's host of the other environment": {"address.other_environment", mistake{set: map[string]string{env.BaseURL: "https://cert-sign.kakao.com"}}},
		"wrong IV":                              {"decryption.unknown", mistake{set: map[string]string{env.EncIV: "AAAAAAAAAAAAAAAAAAAAAA=="}}},
		"clock behind":                          {"clock.behind", mistake{clock: 10 * time.Minute}},
		"clock ahead":                           {"clock.ahead", mistake{clock: -2 * time.Hour}},
		"path changed":                          {"path.k1100.status.missing", mistake{protocol: `{"step.k1100.status": "GET /sign/v3/status", "step.k1400.status": "GET /sign/v3/status"}`}},
		"product in the path":                   {"path.k1100.status.missing", mistake{protocol: `{"step.k1100.status": "GET /sign/v2/status/{product}", "step.k1400.status": "GET /sign/v2/status/{product}"}`}},
		"method changed":                        {"path.k1100.status.method", mistake{protocol: `{"step.k1100.status": "POST /sign/v2/status", "step.k1400.status": "POST /sign/v2/status"}`}},
		"certificate not trusted":               {"tls.unknown_authority", mistake{overTLS: true}},
		"connection refused":                    {"connect.refused", mistake{unoccupied: true}},
		"settle_id missing":                     {"settle_id.unset", mistake{set: map[string]string{env.SettleID: ""}}},
		"settle_id of nobody":                   {"settle_id.refused", mistake{set: map[string]string{env.SettleID: "another"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			exit, findings := c.plant(t).doctor()
			assert.Equal(t, strings.Fields(c.want), found(findings, resultWrong, resultUnknown))
			if strings.HasSuffix(c.want, ".unknown") {
				assert.Equal(t, call.ExitDone, exit, "what is not known is not wrong")
			} else {
				assert.Equal(t, call.ExitNo, exit)
			}
			for _, f := range findings {
				if f.Check+"."+f.Cause == c.want {
					assert.NotEmpty(t, f.Todo)
				}
			}
		})
	}
}

func protocolOf(t *testing.T, text string) kakaocerttest.Option {
	t.Helper()
	protocol, err := kakaocert.ParseProtocol(strings.NewReader(text))
	require.NoError(t, err)
	return kakaocerttest.WithProtocol(protocol)
}

// overTLS puts TLS before the simulator.
func (w *ward) overTLS(config *tls.Config) *httptest.Server {
	w.t.Helper()
	server := httptest.NewUnstartedServer(w.sim)
	server.TLS = config
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	server.StartTLS()
	w.t.Cleanup(server.Close)
	return server
}

// What is wrong with the variables themselves is found without a call.
func TestDoctor_ReadsTheEnvironment(t *testing.T) {
	t.Parallel()
	const key, iv = "a2FrYW9jZXJ0IHNpbXVsYXRvciwgbm90IHNlY3JldCE=", "a2FrYW9jZXJ0IHNpbSBJVg=="
	for name, c := range map[string]struct {
		variable, value string
		want            []string
	}{
		"no dealer key":         {env.DealerKey, "", []string{"dealer_key.unset"}},
		"a header as key":       {env.InstitutionKey, "KakaoAK 0123", []string{"institution_key.prefixed"}},
		"a line as key":         {env.DealerKey, "0123\n", []string{"dealer_key.malformed"}},
		"spaces in settle_id":   {env.SettleID, "a b", []string{"settle_id.malformed"}},
		"no encryption key":     {env.EncKey, "", []string{"encryption_key.unset"}},
		"hexadecimal":           {env.EncKey, strings.Repeat("0f", 32), []string{"encryption_key.length"}},
		"no Base64":             {env.EncIV, "?", []string{"encryption_iv.not_base64"}},
		"an environment's typo": {env.Environment, "prod", []string{"environment.unknown"}},
		"plain http":            {env.BaseURL, "http://kakaocert.example", []string{"address.plain"}},
		"no URL":                {env.BaseURL, "cert-sign", []string{"address.malformed"}},
		"no protocol file":      {env.Protocol, "/none.json", []string{"protocol.broken"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWard(t)
			w.set(env.EncKey, key)
			w.set(env.EncIV, iv)
			w.set(c.variable, c.value)
			exit, findings := w.doctor()
			assert.Equal(t, call.ExitNo, exit)
			assert.Equal(t, c.want, found(findings, resultWrong))
			assert.Equal(t, allChecks, len(findings), "every check is told")
		})
	}
	w := newWard(t)
	w.set(env.EncKey, iv)
	w.set(env.EncIV, key)
	_, findings := w.doctor()
	assert.Equal(t, []string{"encryption_key.swapped"}, found(findings, resultWrong))

	for _, name := range []string{env.DealerKey, env.InstitutionKey, env.SettleID, env.EncKey, env.EncIV} {
		w.set(name, "")
	}
	exit, findings := w.doctor()
	assert.Equal(t, call.ExitNo, exit)
	assert.Equal(t, []string{"dealer_key.unset", "institution_key.unset", "encryption_key.unset", "encryption_iv.unset", "settle_id.unset"}, found(findings, resultWrong))
}

// Layers below the service, as a transport has them.
func TestDoctor_LooksAtEveryLayer(t *testing.T) {
	t.Parallel()
	for want, failure := range map[string]error{
		"resolve.not_found": &net.OpError{Op: "dial", Err: &net.DNSError{Name: "none.example", IsNotFound: true}},
		"resolve.failed":    &net.OpError{Op: "dial", Err: &net.DNSError{Name: "none.example", IsTemporary: true}},
		"connect.timeout":   &net.OpError{Op: "dial", Err: os.ErrDeadlineExceeded},
		"connect.reset":     &net.OpError{Op: "read", Err: syscall.ECONNRESET},
		"connect.failed":    errors.New("strange"),
		"tls.wrong_name":    &tls.CertificateVerificationError{Err: x509.HostnameError{Host: "other.example", Certificate: new(x509.Certificate)}},
		"tls.expired":       &tls.CertificateVerificationError{Err: x509.CertificateInvalidError{Reason: x509.Expired}},
		"tls.failed":        &tls.CertificateVerificationError{Err: x509.CertificateInvalidError{Reason: x509.TooManyIntermediates}},
		"address.malformed": nil, // is not asked
	} {
		w := newWard(t)
		if want == "address.malformed" {
			w.set(env.BaseURL, "https://none.example?key=value")
		}
		findings := w.through(roundTripFunc(func(*http.Request) (*http.Response, error) { return nil, failure }))
		assert.Equal(t, []string{want}, found(findings, resultWrong))
		assert.Equal(t, allChecks, len(findings))
	}
}

func TestDoctor_LooksAtTLS(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	server := w.overTLS(nil)
	w.set(env.BaseURL, server.URL)
	findings := w.through(server.Client().Transport)
	assert.Empty(t, found(findings, resultWrong, resultUnknown))
	assert.Contains(t, found(findings, resultOK), "tls.trusted")

	w.set(env.BaseURL, w.overTLS(&tls.Config{MaxVersion: tls.VersionTLS11}).URL)
	_, findings = w.doctor()
	assert.Equal(t, []string{"tls.too_old"}, found(findings, resultWrong))

	w.set(env.BaseURL, "https://"+strings.TrimPrefix(w.sim.URL, "http://"))
	_, findings = w.doctor()
	assert.Equal(t, []string{"tls.not_tls"}, found(findings, resultWrong))
}

// Hosts that are not quite the service, as the doctor sees them.
func TestDoctor_KnowsWhatAnswers(t *testing.T) {
	t.Parallel()
	says := func(status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		want    []string
	}{
		"a login before it":  {says(403, "<html>"), []string{"service.front"}},
		"a page for all":     {says(200, "<html>"), []string{"service.not_it"}},
		"a redirect for all": {says(302, ""), []string{"service.not_it"}},
		"another API":        {says(401, `{"msg": "no app", "code": -401}`), []string{"service.other_code"}},
		"other names":        {says(400, `{"result_code": "E2003"}`), []string{"service.no_code"}},
		"maintenance":        {says(503, `{"code": "E0002"}`), []string{"service.busy"}},
		"overload":           {says(429, ""), []string{"service.busy"}},
		"E1004 without more": {says(401, `{"code": "E1004"}`), []string{"keys.either"}},
		"a birthday as code": {says(400, `{"code": "19900101"}`), []string{"service.no_code"}},
		"a name as code":     {says(400, `{"code": "홍길동"}`), []string{"service.no_code"}},
		"no product at all":  {says(400, `{"code": "E1007"}`), []string{"product.neither"}},
		"E1001 for all": {says(400, `{"code": "E1001"}`), []string{
			"settle_id.unknown",
			"path.k1100.status.parameters", "path.k1100.verify.parameters", "path.k1100.signer.parameters",
			"path.k2100.verify.parameters", "path.k2100.signer.parameters",
			"path.k2220.verify.parameters", "path.k2220.signer.parameters",
			"path.k3100.status.parameters", "path.k3100.verify.parameters", "path.k3100.signer.parameters",
			"path.k3500.status.parameters", "path.k3500.verify.parameters", "path.k3500.signer.parameters",
			"decryption.unknown",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWard(t)
			server := httptest.NewServer(c.handler)
			t.Cleanup(server.Close)
			w.set(env.BaseURL, server.URL)
			_, findings := w.doctor()
			assert.Equal(t, c.want, found(findings, resultWrong, resultUnknown))
			assert.Equal(t, allChecks, len(findings))
		})
	}
}

// One path that answers strangely spoils no other.
func TestDoctor_KnowsWhatOnePathAnswers(t *testing.T) {
	t.Parallel()
	for fault, want := range map[kakaocerttest.Fault]string{
		{Kind: kakaocerttest.InternalError}:             "path.k1100.status.busy",
		{Kind: kakaocerttest.Unavailable}:               "path.k1100.status.busy",
		{Kind: kakaocerttest.DropBefore}:                "path.k1100.status.no_answer",
		{Kind: kakaocerttest.ErrorCode, Code: "E1002"}:  "path.k1100.status.permission",
		{Kind: kakaocerttest.ErrorCode, Code: "KOE101"}: "path.k1100.status.other_code",
		{Kind: kakaocerttest.BrokenJSON}:                "path.k1100.status.missing",
		{Kind: kakaocerttest.ErrorCode, Code: "E2999"}:  "",
	} {
		w := newWard(t)
		fault.Step = "status"
		require.NoError(t, w.sim.Inject(fault))
		_, findings := w.doctor()
		assert.Equal(t, want, strings.Join(found(findings, resultWrong, resultUnknown), " "), fault.Kind)
	}
}

// The doctor disturbs nobody: no transaction is opened, nothing is requested or
// fetched, and no data of anybody is sent.
func TestDoctor_DisturbsNobody(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	var mu sync.Mutex
	var sent []string
	findings := w.through(roundTripFunc(func(r *http.Request) (*http.Response, error) {
		var body []byte
		if r.Body != nil {
			var err error
			body, err = io.ReadAll(r.Body)
			require.NoError(t, err)
			r.Body = io.NopCloser(bytes.NewReader(body))
		}
		mu.Lock()
		sent = append(sent, r.Method+" "+r.URL.String()+" "+string(body))
		mu.Unlock()
		if r.URL.Path == "/" {
			assert.Empty(t, r.Header.Get("Authorization"), "the host is not known yet")
		}
		return http.DefaultTransport.RoundTrip(r)
	}))
	assert.Empty(t, found(findings, resultWrong, resultUnknown))
	assert.Len(t, sent, 1+12+2+5+2)
	assert.Empty(t, w.sim.Transactions())
	for _, call := range sent {
		assert.NotContains(t, call, "홍길동")
		assert.NotContains(t, call, kakaocerttest.DefaultUser().Phone)
	}
}

func TestDoctor_SpeaksToPeople(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	w.set(env.SettleID, "another")
	w.set("LANG", "ko_KR.UTF-8")
	korean := run(t, w.environ, "", "doctor")
	assert.Equal(t, call.ExitNo, korean.Code)
	assert.Contains(t, korean.Out, "오류     settle_id            거부됨(E1005, HTTP 400)\n")
	assert.Contains(t, korean.Out, "→ KAKAOCERT_SETTLE_ID를 계약과 대조")
	assert.Contains(t, korean.Out, "생략     decryption: ")
	assert.Contains(t, korean.Out, "\n정상 42, 오류 1, 미확인 0, 생략 1\n")

	inEnglish := run(t, w.environ, "", "doctor", "--lang", "en")
	assert.Contains(t, inEnglish.Out, "wrong    settle_id            refused (E1005, HTTP 400)\n")
	assert.Contains(t, inEnglish.Out, "ok       path.k1100.status    GET /sign/v2/status (FIELD-1): E2003, HTTP 400\n")
	w.set("LC_ALL", "C")
	assert.Equal(t, inEnglish.Out, run(t, w.environ, "", "doctor").Out)
	w.holdsNoSecret(korean.Out + inEnglish.Out)

	w.set(env.DealerKey, "")
	assert.Contains(t, run(t, w.environ, "", "doctor").Out, "skipped  service, keys, product, settle_id, path.k1100.*, path.k2100.*, path.k2220.*, path.k3100.*, path.k3500.*, product.K1120, product.K3120, product.K3520, product.K3511, product.K3521, decryption: ")

	assert.Equal(t, call.ExitWrong, run(t, w.environ, "", "doctor", "--lang", "fr").Code)
	assert.Equal(t, call.ExitWrong, run(t, w.environ, "", "doctor", "now").Code)
}

// Every diagnosis has its words in both languages, with the same arguments, and
// says what to do where something is to be done.
func TestWords_AreWholeInBothLanguages(t *testing.T) {
	t.Parallel()
	verbs := regexp.MustCompile(`%[a-z]`)
	for key, row := range words {
		for _, text := range row {
			assert.NotEmpty(t, text, key)
			assert.True(t, strings.HasPrefix(key, "todo.") || !strings.Contains(text, "\n"), key)
		}
		assert.Equal(t, verbs.FindAllString(row[1], -1), verbs.FindAllString(row[0], -1), key)
		if diagnosis, isTodo := strings.CutPrefix(key, "todo."); isTodo {
			assert.Contains(t, []result{resultWrong, resultUnknown}, results[diagnosis], key)
		}
	}
	for key, result := range results {
		assert.Contains(t, words, key)
		_, todo := words["todo."+key]
		assert.Equal(t, result != resultSkipped, todo, key)
	}
}

type roundTripFunc func(*http.Request) (*http.Response, error)

func (f roundTripFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestDoctor_FollowsTheProtocol(t *testing.T) {
	t.Parallel()
	const papers = `{"step.k1100.status": "GET /papers/status/{product}", "cipher.mode": "gcm", "field.error_code": "error"}`
	w := newWard(t, protocolOf(t, papers), kakaocerttest.WithContract(kakaocerttest.Contract{
		CipherKeys: []kakaocerttest.CipherKey{{Mode: kakaocerttest.GCM}},
	}))
	w.set(env.Protocol, calltest.Write(t, "protocol.json", []byte(papers)))
	exit, findings := w.doctor()
	assert.Equal(t, call.ExitDone, exit)
	assert.Empty(t, found(findings, resultWrong, resultUnknown, resultSkipped))
	for _, f := range findings {
		assert.Equal(t, f.Check == "path.k1100.status", f.Provenance == "CHANGED", f.Check)
	}
}
