package doctor

import (
	"cmp"
	"crypto/tls"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/doctor"
	"github.com/kakaocert-go/kakaocert/internal/command/call"
	"github.com/kakaocert-go/kakaocert/internal/command/call/calltest"
	"github.com/kakaocert-go/kakaocert/internal/env"
	"github.com/kakaocert-go/kakaocert/internal/unserved"
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
func (w *ward) doctor() (exit int, findings []line) {
	w.t.Helper()
	got := run(w.t, w.environ, "", "doctor", "--json", "--production")
	assert.Empty(w.t, got.Errors)
	return got.Code, w.findings(got.Out)
}

func (w *ward) findings(out string) (findings []line) {
	w.t.Helper()
	w.holdsNoSecret(out)
	for text := range strings.Lines(out) {
		var f line
		require.NoError(w.t, json.Unmarshal([]byte(text), &f), text)
		assert.NotEmpty(w.t, f.Seen, text)
		assert.NotContains(w.t, text, "%!", "words and their arguments fit")
		findings = append(findings, f)
	}
	return findings
}

func (w *ward) holdsNoSecret(out string) {
	w.t.Helper()
	for _, name := range []string{env.DealerKey, env.InstitutionKey, env.SettleID, env.EncKey, env.EncIV} {
		if value := w.get(name); value != "" {
			assert.NotContains(w.t, out, value)
		}
	}
}

// allChecks are those of variables and certificates, of the way to the host, of the
// service, of paths, and of further products.
const allChecks = 11 + 4 + 6 + 28 + 5

// unseen is what the default protocol always leaves open.
const unseen = "permissions.unseen"

// found lists the checks with one of the results, as check.cause, without what is always
// left open.
func found(findings []line, results ...doctor.Result) []string {
	var list []string
	for _, f := range findings {
		if cause := f.Check + "." + f.Cause; slices.Contains(results, f.Result) && cause != unseen {
			list = append(list, cause)
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
		assert.Empty(t, found(findings, doctor.Wrong, doctor.Unknown, doctor.Skipped))
		assert.Equal(t, allChecks, len(findings))
		assert.Contains(t, found(findings, doctor.OK), "decryption.works")
		for _, f := range findings {
			assert.Equal(t, strings.HasPrefix(f.Check, "path."), f.Provenance != "", f.Check)
			assert.Equal(t, f.Check == "permissions", f.Todo != "", f.Check)
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
	elsewhere  *reply                // of a host in place of the simulator
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
		w.set(env.BaseURL, m.elsewhere.serve(t))
	case m.unoccupied:
		w.set(env.BaseURL, "http://"+unserved.Address(t))
	}
	for name, value := range m.set {
		w.set(name, value)
	}
	return w
}

// reply is what a host answers, whatever it is asked.
type reply struct {
	status int
	body   string
}

// serve starts the host, and returns its address.
func (r reply) serve(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(r.status)
		_, _ = io.WriteString(w, r.body)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

const strangeKey = "0123456789abcdef0123456789abcdef"

// Each mistake that integrators make is distinguished from all others, and is the
// only one that is reported.
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
		"a host that is another's":              {"service.not_it", mistake{elsewhere: &reply{http.StatusNotFound, ""}}},
		"Kakao's host of the other environment": {"address.other_environment", mistake{set: map[string]string{env.BaseURL: "https://cert-sign.kakao.com"}}},
		"wrong IV":                              {"decryption.unknown", mistake{set: map[string]string{env.EncIV: "AAAAAAAAAAAAAAAAAAAAAA=="}}},
		"clock behind":                          {"clock.behind", mistake{clock: 10 * time.Minute}},
		"clock ahead":                           {"clock.ahead", mistake{clock: -2 * time.Hour}},
		"path changed":                          {"path.k1100.status.missing path.k1400.status.absent", mistake{protocol: `{"step.k1100.status": "GET /sign/v3/status", "step.k1400.status": "GET /sign/v3/status"}`}},
		"product in the path":                   {"path.k1100.status.missing path.k1400.status.absent", mistake{protocol: `{"step.k1100.status": "GET /sign/v2/status/{product}", "step.k1400.status": "GET /sign/v2/status/{product}"}`}},
		"prepare changed":                       {"path.k3100.prepare.missing path.k3500.prepare.missing", mistake{protocol: `{"step.k3100.prepare": "POST /x/{product}", "step.k3500.prepare": "POST /x/{product}"}`}},
		"method changed":                        {"path.k1100.status.method path.k1400.status.absent", mistake{protocol: `{"step.k1100.status": "POST /sign/v2/status", "step.k1400.status": "POST /sign/v2/status"}`}},
		"certificate not trusted":               {"tls.unknown_authority", mistake{overTLS: true}},
		"connection refused":                    {"connect.refused", mistake{unoccupied: true}},
		"settle_id missing":                     {"settle_id.unset", mistake{set: map[string]string{env.SettleID: ""}}},
		"settle_id of another":                  {"settle_id.refused", mistake{set: map[string]string{env.SettleID: "another"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			exit, findings := c.plant(t).doctor()
			assert.Equal(t, strings.Fields(c.want), found(findings, doctor.Wrong, doctor.Unknown))
			if strings.HasSuffix(c.want, ".unknown") {
				assert.Equal(t, call.ExitDone, exit, "what is not known is not wrong")
			} else {
				assert.Equal(t, call.ExitNo, exit)
			}
			for _, f := range findings {
				if slices.Contains(strings.Fields(c.want), f.Check+"."+f.Cause) {
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

// A mistake in the variables themselves is found without a call.
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
			assert.Equal(t, c.want, found(findings, doctor.Wrong))
			assert.Equal(t, allChecks, len(findings), "every check is told")
		})
	}
	w := newWard(t)
	w.set(env.EncKey, iv)
	w.set(env.EncIV, key)
	_, findings := w.doctor()
	assert.Equal(t, []string{"encryption_key.swapped"}, found(findings, doctor.Wrong))

	for _, name := range []string{env.DealerKey, env.InstitutionKey, env.SettleID, env.EncKey, env.EncIV} {
		w.set(name, "")
	}
	exit, findings := w.doctor()
	assert.Equal(t, call.ExitNo, exit)
	assert.Equal(t, []string{"dealer_key.unset", "institution_key.unset", "encryption_key.unset", "encryption_iv.unset", "settle_id.unset"}, found(findings, doctor.Wrong))
}

func TestDoctor_LooksAtTLS(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	server := w.overTLS(nil)
	w.set(env.BaseURL, server.URL)
	_, findings := w.doctor()
	assert.Equal(t, []string{"tls.unknown_authority"}, found(findings, doctor.Wrong))

	w.set(env.BaseURL, w.overTLS(&tls.Config{MaxVersion: tls.VersionTLS11}).URL)
	_, findings = w.doctor()
	assert.Equal(t, []string{"tls.too_old"}, found(findings, doctor.Wrong))

	w.set(env.BaseURL, "https://"+strings.TrimPrefix(w.sim.URL, "http://"))
	_, findings = w.doctor()
	assert.Equal(t, []string{"tls.not_tls"}, found(findings, doctor.Wrong))
}

// What to do is said once for the lines after each other that share it, and never
// before them.
func TestDoctor_SaysOnceWhatToDoAboutSeveralLines(t *testing.T) {
	t.Parallel()
	w := newWard(t, kakaocerttest.WithDialect(kakaocerttest.Dialect{ProductInPath: true}))
	out := run(t, w.environ, "", "doctor").Out
	assert.Equal(t, 12, strings.Count(out, "wrong    path."))
	assert.Equal(t, 3, strings.Count(out, "→ Take the path from the contract's papers"), "one for each service")
	lines := strings.Split(out, "\n")
	last := slices.IndexFunc(lines, func(line string) bool { return strings.HasPrefix(line, "wrong    path.k1100.signer") })
	assert.Contains(t, lines[last+1], "→ Take the path")
	assert.NotContains(t, lines[last-1], "→")
}

// Hosts that are not quite the service, as the doctor sees them.
func TestDoctor_KnowsWhatAnswers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		reply
		want []string
	}{
		"a login before it":  {reply{403, "<html>"}, []string{"service.front"}},
		"a page for all":     {reply{200, "<html>"}, []string{"service.not_it"}},
		"a redirect for all": {reply{302, ""}, []string{"service.not_it"}},
		"another API":        {reply{401, `{"msg": "no app", "code": -401}`}, []string{"service.other_code"}},
		"a gateway":          {reply{404, `{"code": 404, "message": "no route"}`}, []string{"service.not_it"}},
		"other names":        {reply{400, `{"result_code": "E2003"}`}, []string{"service.renamed"}},
		"maintenance":        {reply{503, `{"code": "E0002"}`}, []string{"service.busy"}},
		"overload":           {reply{429, ""}, []string{"service.busy"}},
		"E1004 without more": {reply{401, `{"code": "E1004"}`}, []string{"keys.either"}},
		"another object":     {reply{400, `{"response": {"code": "E2003"}}`}, []string{"service.wrapped"}},
		"an object in it":    {reply{200, `{"response": {"header": {"code": "E2003"}, "body": {}}}`}, []string{"service.wrapped"}},
		"digits in it":       {reply{400, `{"response": {"code": 2003}}`}, []string{"service.wrapped"}},
		"two codes in it":    {reply{400, `{"response": {"code": "E2003"}, "cause": {"code": "E1001"}}`}, []string{"service.several"}},
		"a name of digits":   {reply{400, `{"01012345678": {"code": "E2003"}}`}, []string{"service.unnameable"}},
		"a name in Korean":   {reply{400, `{"응답": {"code": "E2003"}}`}, []string{"service.unnameable"}},
		"a list of errors":   {reply{400, `{"errors": [{"code": "E2003"}]}`}, []string{"service.unnameable"}},
		"no code anywhere":   {reply{400, `{"응답": {"message": "no"}}`}, []string{"service.no_code"}},
		"a birthday as code": {reply{400, `{"code": "19900101"}`}, []string{"service.no_code"}},
		"a name as code":     {reply{400, `{"code": "홍길동"}`}, []string{"service.no_code"}},
		"no product at all":  {reply{400, `{"code": "E1007"}`}, []string{"product.neither"}},
		"E1001 for all": {reply{400, `{"code": "E1001"}`}, []string{
			"settle_id.unknown",
			"path.k1100.status.parameters", "path.k1100.verify.parameters", "path.k1100.signer.parameters",
			"path.k1400.status.parameters", "path.k1400.verify.parameters", "path.k1400.signer.parameters",
			"path.k2100.verify.parameters", "path.k2100.signer.parameters",
			"path.k2220.status.parameters", "path.k2220.session.parameters",
			"path.k2220.verify.parameters", "path.k2220.signer.parameters",
			"path.k3100.status.parameters", "path.k3100.verify.parameters", "path.k3100.signer.parameters",
			"path.k3500.status.parameters", "path.k3500.verify.parameters", "path.k3500.signer.parameters",
			"decryption.unknown",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWard(t)
			w.set(env.BaseURL, c.serve(t))
			_, findings := w.doctor()
			assert.Equal(t, c.want, found(findings, doctor.Wrong, doctor.Unknown))
			assert.Equal(t, allChecks, len(findings))
		})
	}
}

// One path that answers strangely spoils no other. K1400 has the paths of K1100.
func TestDoctor_KnowsWhatOnePathAnswers(t *testing.T) {
	t.Parallel()
	for fault, want := range map[kakaocerttest.Fault]string{
		{Kind: kakaocerttest.InternalError}:             "busy",
		{Kind: kakaocerttest.Unavailable}:               "busy",
		{Kind: kakaocerttest.DropBefore}:                "no_answer",
		{Kind: kakaocerttest.ErrorCode, Code: "E1002"}:  "permission",
		{Kind: kakaocerttest.ErrorCode, Code: "KOE101"}: "other_code",
		{Kind: kakaocerttest.BrokenJSON}:                "missing",
		{Kind: kakaocerttest.ErrorCode, Code: "E2999"}:  "answers",
	} {
		w := newWard(t)
		fault.Step = "status"
		require.NoError(t, w.sim.Inject(fault))
		_, findings := w.doctor()
		for _, f := range findings {
			if f.Check == "path.k1100.status" {
				assert.Equal(t, want, f.Cause, fault.Kind)
			} else if f.Check == "path.k1400.status" {
				assert.Contains(t, []string{want, "absent"}, f.Cause, fault.Kind)
			} else if f.Check != "permissions" {
				assert.Equal(t, doctor.OK, f.Result, "%s after %s", f.Check, fault.Kind)
			}
		}
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
	assert.Contains(t, korean.Out, "\n정상 51, 오류 1, 미확인 1, 생략 1\n")

	inEnglish := run(t, w.environ, "", "doctor", "--lang", "en")
	assert.Contains(t, inEnglish.Out, "wrong    settle_id            refused (E1005, HTTP 400)\n")
	assert.Contains(t, inEnglish.Out, "ok       path.k1100.status    GET /sign/v2/status (FIELD-1): E2003, HTTP 400\n")
	w.set("LC_ALL", "C")
	assert.Equal(t, inEnglish.Out, run(t, w.environ, "", "doctor").Out)
	w.holdsNoSecret(korean.Out + inEnglish.Out)

	w.set(env.DealerKey, "")
	assert.Contains(t, run(t, w.environ, "", "doctor").Out, "skipped  client, service, keys, product, settle_id, path.*, permissions, decryption, product.*: ")

	assert.Equal(t, call.ExitWrong, run(t, w.environ, "", "doctor", "--lang", "fr").Code)
	assert.Equal(t, call.ExitWrong, run(t, w.environ, "", "doctor", "now").Code)
}

func TestDoctor_FollowsTheProtocol(t *testing.T) {
	t.Parallel()
	const papers = `{"step.k1100.status": "GET /papers/status/{product}", "cipher.mode": "gcm", "field.error_code": "error"}`
	w := newWard(t, protocolOf(t, papers), kakaocerttest.WithContract(kakaocerttest.Contract{
		CipherKeys: []kakaocerttest.CipherKey{{Mode: kakaocerttest.GCM}},
	}))
	w.set(env.Protocol, calltest.Write(t, "protocol.json", []byte(papers)))
	exit, findings := w.doctor()
	assert.Equal(t, call.ExitDone, exit)
	assert.Empty(t, found(findings, doctor.Wrong, doctor.Unknown, doctor.Skipped))
	for _, f := range findings {
		assert.Equal(t, f.Check == "path.k1100.status", f.Provenance == "CHANGED", f.Check)
	}
}

// fileOf is a protocol file.
func fileOf(t *testing.T, lines map[string]string) string {
	t.Helper()
	text, err := json.Marshal(lines)
	require.NoError(t, err)
	return string(text)
}
