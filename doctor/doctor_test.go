package doctor

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

type roundTripFunc func(*http.Request) (*http.Response, error)

func (f roundTripFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// everything is all scopes, without the pace that a real host needs.
var everything = Options{Scope: Everything, Pace: -1}

func reportOf(t *testing.T, config kakaocert.Config, options Options) *Report {
	t.Helper()
	report, err := Examine(t.Context(), config, options)
	require.NoError(t, err)
	for _, f := range report.Findings {
		for _, text := range []Text{f.Seen, f.Todo} {
			assert.NotContains(t, text.English+text.Korean, "%!", "words and their arguments fit")
			assert.NotRegexp(t, `\{[A-Za-z]`, text.English+text.Korean, "names are put in")
		}
		assert.Equal(t, f.Result == Wrong || f.Result == Unknown, f.Todo != Text{}, f.Check)
		assert.Equal(t, f.Result == Wrong || f.Result == Unknown, f.Owner != kakaocert.OwnerNone, f.Check)
	}
	return report
}

// causes lists what has one of the results, as check.cause.
func causes(report *Report, results ...Result) []string {
	var list []string
	for _, f := range report.Findings {
		if slices.Contains(results, f.Result) {
			list = append(list, f.Check+"."+f.Cause)
		}
	}
	return list
}

// The zero Options make a health check of two calls, of which one has no keys.
func TestExamine_HealthCheckIsTwoCalls(t *testing.T) {
	t.Parallel()
	sim := kakaocerttest.NewServer(t)
	config, sent := recorded(t, sim.Config())
	report := reportOf(t, config, Options{})
	assert.True(t, report.Healthy())
	assert.Empty(t, causes(report, Wrong, Unknown, Skipped))
	assert.Contains(t, causes(report, OK), "keys.accepted")
	assert.Equal(t, 2, report.Calls)
	require.Len(t, sent(), 2)
	assert.Contains(t, sent()[1], "GET /sign/v2/status?tx_id=")
}

// Each scope adds its calls and no more.
func TestExamine_ScopesBoundTheCalls(t *testing.T) {
	t.Parallel()
	for scope, most := range map[Scope]int{
		Host: 1, Keys: 1, Health: 2, Keys | SettleID: 5, Keys | Products: 9, Keys | Decryption: 6, Keys | Paths: 16, Everything: 25,
	} {
		sim := kakaocerttest.NewServer(t)
		config, sent := recorded(t, sim.Config())
		report := reportOf(t, config, Options{Scope: scope, Pace: -1})
		assert.True(t, report.Healthy(), scope)
		assert.LessOrEqual(t, report.Calls, most, scope)
		assert.Len(t, sent(), report.Calls, "%d: every call is counted", scope)
		assert.Empty(t, causes(report, Skipped), scope)
		assert.Empty(t, sim.Transactions(), scope)
	}
}

// recorded puts a transport into the configuration that writes down what is sent.
func recorded(t *testing.T, config kakaocert.Config) (kakaocert.Config, func() []string) {
	t.Helper()
	var mu sync.Mutex
	var sent []string
	inner := config.Transport
	if inner == nil {
		inner = http.DefaultTransport
	}
	config.Transport = roundTripFunc(func(r *http.Request) (*http.Response, error) {
		var body []byte
		if r.Body != nil {
			var err error
			body, err = io.ReadAll(r.Body)
			assert.NoError(t, err)
			r.Body = io.NopCloser(bytes.NewReader(body))
		}
		if r.URL.Path == "/" {
			assert.Empty(t, r.Header.Get("Authorization"), "the host is not known yet")
		}
		mu.Lock()
		sent = append(sent, r.Method+" "+r.URL.RequestURI()+" "+string(body))
		mu.Unlock()
		return inner.RoundTrip(r)
	})
	return config, func() []string { mu.Lock(); defer mu.Unlock(); return slices.Clone(sent) }
}

// No transaction is opened, nothing is requested or fetched, and no data of a
// person is sent.
func TestExamine_DisturbsNobody(t *testing.T) {
	t.Parallel()
	sim := kakaocerttest.NewServer(t)
	config, sent := recorded(t, sim.Config())
	report := reportOf(t, config, everything)
	assert.Equal(t, []string{"permissions.unseen"}, causes(report, Wrong, Unknown, Skipped))
	assert.Empty(t, sim.Transactions())
	for _, call := range sent() {
		assert.NotContains(t, call, "홍길동")
		assert.NotContains(t, call, kakaocerttest.DefaultUser().Phone)
		if strings.Contains(call, "/oauth/") {
			assert.NotContains(t, call, "sign_data")
		}
	}
}

// Layers below the service, as a transport sees them.
func TestExamine_TellsLayersApart(t *testing.T) {
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
	} {
		config := kakaocerttest.NewService().Config()
		config.Transport = roundTripFunc(func(*http.Request) (*http.Response, error) { return nil, failure })
		report := reportOf(t, config, Options{})
		assert.Equal(t, []string{want}, causes(report, Wrong))
		assert.Equal(t, 1, report.Calls)
	}
}

// A Config with a wrong field is a finding and not an error, and no call is
// sent that could not succeed.
func TestExamine_ReportsSettings(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		want  string
		field string
		value any // nil is unset
	}{
		{"dealer_key.unset", "DealerKey", nil},
		{"dealer_key.malformed", "DealerKey", "a\nb"},
		{"institution_key.unset", "InstitutionKey", nil},
		{"institution_key.prefixed", "InstitutionKey", "KakaoAK 0"},
		{"environment.unset", "Environment", nil},
		{"cipher.unset", "Cipher", nil},
		{"settle_id.malformed", "SettleID", "a b"},
		{"address.other_environment", "BaseURL", "https://cert-sign.kakao.com"},
		{"address.other_environment", "BaseURL", "https://CERT-SIGN.kakao.com.:443/"},
		{"address.plain", "BaseURL", "http://kakaocert.example"},
		{"address.malformed", "BaseURL", "https://user@kakaocert.example"},
		{"client.refused", "Retries", 11},
		{"client.refused", "Transport", &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}, //nolint:gosec // it is refused
	} {
		config := kakaocerttest.NewService().Config()
		field := reflect.ValueOf(&config).Elem().FieldByName(c.field)
		if field.SetZero(); c.value != nil {
			field.Set(reflect.ValueOf(c.value))
		}
		report := reportOf(t, config, Options{})
		assert.Equal(t, []string{c.want}, causes(report, Wrong), "%s: %v", c.field, c.value)
		assert.False(t, report.Healthy())
	}
	empty := reportOf(t, kakaocert.Config{}, everything)
	assert.Zero(t, empty.Calls)
	assert.Contains(t, causes(empty, Wrong), "environment.unset")
}

// The dot at the end of a host's name, capitals and the port of https do not
// change the host (for the environment that it belongs to).
func TestExamine_TakesAHostAsItMayBeWritten(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"https://cbt-cert-sign.kakao.com.", "https://CBT-cert-sign.kakao.com", "https://cbt-cert-sign.kakao.com:443", "https://cbt-cert-sign.kakao.com/"} {
		sim := kakaocerttest.NewService()
		config := sim.Config()
		config.BaseURL = address
		report := reportOf(t, config, everything)
		assert.True(t, report.Healthy(), "%s: %v", address, causes(report, Wrong))
	}
}

// A report contains no text of the other side, and no value of the
// configuration.
func TestReport_ContainsNothingThatIsSecret(t *testing.T) {
	t.Parallel()
	const dealer, institution, settle = "canaryDealerKey", "canaryInstitutionKey", "canarySettleID"
	canaries := []string{dealer, institution, settle, "홍길동", "19900101", "900101", "01012345678", kakaocerttest.DefaultUser().CI, "canaryEcho"}
	echo := `"` + strings.Join(canaries, `": 1, "`) + `": 1`
	for _, answer := range []struct {
		status int
		body   string
	}{
		{400, `{"code": "canaryEcho19900101", "message": "홍길동 ` + dealer + `", ` + echo + `}`},
		{401, `{"code": "E1004", "message": "` + institution + ` Authorization"}`},
		{400, `{"code": "E2003", ` + echo + `}`},
		{400, `{` + echo + `}`},
		{200, `{"result": "Y", "status": "` + dealer + `", "tx_id": "01012345678"}`},
		{500, dealer}, {302, dealer}, {200, `{"code": "` + settle + `"}`}, {0, ""},
	} {
		config := kakaocerttest.NewService().Config()
		config.DealerKey, config.InstitutionKey, config.SettleID = dealer, institution, settle
		config.Transport = roundTripFunc(func(r *http.Request) (*http.Response, error) {
			if answer.status == 0 {
				return nil, errors.New("proxy said: " + r.Header.Get("Authorization"))
			}
			return &http.Response{
				StatusCode: answer.status, Status: dealer, Request: r, ProtoMajor: 1, ProtoMinor: 1,
				Header: http.Header{"Date": {dealer}, "Location": {"https://" + dealer}, "X-" + dealer: {dealer}},
				Body:   io.NopCloser(strings.NewReader(answer.body)),
			}, nil
		})
		options := everything
		options.Search = true
		report := reportOf(t, config, options)
		text, err := json.Marshal(report)
		require.NoError(t, err)
		for _, canary := range append(canaries[:len(canaries)-1:len(canaries)-1], "proxy said") {
			assert.NotContains(t, string(text)+string(report.Protocol), canary, answer.body)
		}
	}
}

// A report goes into a ticket as JSON and comes back.
func TestReport_MarshalsAndReadsBack(t *testing.T) {
	t.Parallel()
	report := reportOf(t, kakaocerttest.NewService().Config(), everything)
	text, err := json.Marshal(report)
	require.NoError(t, err)
	var back Report
	require.NoError(t, json.Unmarshal(text, &back))
	assert.Equal(t, report, &back)
}

func TestExamine_ReportsFindingsAsTheyCome(t *testing.T) {
	t.Parallel()
	var came []Finding
	options := Options{OnFinding: func(f Finding) { came = append(came, f) }, Names: map[string]string{"SettleID": "settle 100%"}}
	config := kakaocerttest.NewService().Config()
	config.SettleID = ""
	report := reportOf(t, config, options)
	assert.Equal(t, report.Findings, came)
	i := slices.IndexFunc(came, func(f Finding) bool { return f.Check == "settle_id" })
	assert.Equal(t, Unknown, came[i].Result, "each prepare may name its own")
	assert.Equal(t, "settle 100% is not set", came[i].Seen.In("en"))
	assert.Equal(t, "settle 100%가 설정되지 않음", came[i].Seen.In("ko"))
}

// A scope above a health check makes one call a second; the context ends it.
func TestExamine_MakesOneCallASecond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		config, sent := recorded(t, kakaocerttest.NewService().Config())
		began := time.Now()
		report := reportOf(t, config, Options{Scope: Everything, Search: true})
		assert.Equal(t, time.Duration(report.Calls-1)*time.Second, time.Since(began))
		assert.Len(t, sent(), report.Calls)

		began = time.Now()
		reportOf(t, config, Options{})
		assert.Zero(t, time.Since(began), "a health check does not wait")

		ctx, cancel := context.WithTimeout(t.Context(), 3500*time.Millisecond)
		defer cancel()
		report, err := Examine(ctx, config, Options{Scope: Everything})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, 4, report.Calls)
		assert.NotEmpty(t, report.Findings)
	})
}

// A health check that runs for years leaves no connection open.
func TestExamine_ClosesItsConnections(t *testing.T) {
	t.Parallel()
	sim := kakaocerttest.NewServer(t)
	open, closed := make(map[net.Conn]bool), make(chan struct{}, 100)
	var mu sync.Mutex
	server := httptest.NewUnstartedServer(sim)
	server.Config.ConnState = func(conn net.Conn, state http.ConnState) {
		mu.Lock()
		defer mu.Unlock()
		switch state {
		case http.StateNew:
			open[conn] = true
		case http.StateClosed:
			delete(open, conn)
			closed <- struct{}{}
		}
	}
	server.Start()
	t.Cleanup(server.Close)
	for _, transport := range []http.RoundTripper{nil, &http.Transport{}} {
		config := sim.Config()
		config.BaseURL, config.Transport = server.URL, transport
		require.True(t, reportOf(t, config, everything).Healthy())
		for waiting := true; waiting; {
			<-closed // or the test never ends
			mu.Lock()
			waiting = len(open) > 0
			mu.Unlock()
		}
	}
}

func TestBudget_IsForty(t *testing.T) {
	t.Parallel()
	var b budget
	for range maxCalls {
		require.NoError(t, b.spend(t.Context()))
	}
	assert.ErrorIs(t, b.spend(t.Context()), errBudget)
}

// Every diagnosis has its words in both languages, with the same arguments, and
// says what to do where an action is needed.
func TestWords_AreWholeInBothLanguages(t *testing.T) {
	t.Parallel()
	verbs, names := regexp.MustCompile(`%(\[[0-9]\])?[a-z]`), regexp.MustCompile(`\{[A-Za-z]*\}`)
	for key, row := range words {
		for _, text := range row {
			assert.NotEmpty(t, text, key)
			assert.True(t, strings.HasPrefix(key, "todo.") || !strings.Contains(text, "\n"), key)
			for _, name := range names.FindAllString(text, -1) {
				assert.Contains(t, fields, strings.Trim(name, "{}"), key)
			}
		}
		assert.ElementsMatch(t, verbs.FindAllString(row[1], -1), verbs.FindAllString(row[0], -1), key)
		if of, isTodo := strings.CutPrefix(key, "todo."); isTodo {
			assert.Contains(t, []Result{Wrong, Unknown}, diagnoses[of].result, key)
		}
	}
	for key, of := range diagnoses {
		assert.Contains(t, words, key)
		_, todo := words["todo."+key]
		assert.Equal(t, of.result != Skipped, todo, key)
	}
}
