package sim

import (
	"bufio"
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/internal/command/call"
	"github.com/kakaocert-go/kakaocert/internal/command/call/calltest"
	"github.com/kakaocert-go/kakaocert/internal/env"
	"github.com/kakaocert-go/kakaocert/internal/judge"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// simRun is "kakaocert sim" as it runs.
type simRun struct {
	simReady
	t      *testing.T
	stderr *sharedBuffer
	stop   func() (exit int)
}

// startSim runs the verb until the test ends.
func startSim(t *testing.T, args ...string) *simRun {
	t.Helper()
	args = append([]string{"kakaocert", "sim", "--listen", "127.0.0.1:0", "--json"}, args...)
	ctx, cancel := context.WithCancel(t.Context())
	out, stdout := io.Pipe()
	s := &simRun{t: t, stderr: new(sharedBuffer)}
	exit := make(chan int, 1)
	go func() {
		exit <- call.Run(ctx, call.Verbs(kakaocertCommand), args, nil, strings.NewReader(""), stdout, s.stderr)
		_ = stdout.Close()
	}()
	s.stop = sync.OnceValue(func() int {
		cancel()
		return <-exit
	})
	t.Cleanup(func() { s.stop() })
	line, err := bufio.NewReader(out).ReadBytes('\n')
	require.NoError(t, err, s.stderr)
	require.NoError(t, json.Unmarshal(line, &s.simReady))
	return s
}

func (s *simRun) getenv(name string) string { return s.Environment[name] }

// client is made as any program makes it, from the environment.
func (s *simRun) client() *kakaocert.Client {
	s.t.Helper()
	setting, err := env.Read(s.getenv)
	require.NoError(s.t, err)
	require.False(s.t, setting.Remote())
	setting.Config.Evidence = kakaocert.UnsafeNoEvidence()
	setting.Config.Retries = kakaocert.NoRetries
	client, err := kakaocert.NewClient(setting.Config)
	require.NoError(s.t, err)
	return client
}

// control calls the control interface and returns its answer.
func (s *simRun) control(want int, method, path, body string) string {
	s.t.Helper()
	return controlOf(s.t, s.URL, want, method, path, body)
}

func controlOf(t *testing.T, url string, want int, method, path, body string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url+path, strings.NewReader(body))
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer func() { require.NoError(t, response.Body.Close()) }()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Equal(t, want, response.StatusCode, string(text))
	return string(text)
}

// sharedBuffer is written and read by several goroutines.
type sharedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *sharedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *sharedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

func writeFile(t *testing.T, text string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "file.json")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func hong() kakaocert.User {
	u := kakaocerttest.DefaultUser()
	return kakaocert.ByPerson(kakaocert.Person{Name: u.Name, Birthday: u.Birthday, Phone: u.Phone})
}

func TestSimServesAClientThatHasOnlyTheEnvironment(t *testing.T) {
	t.Parallel()
	s := startSim(t)
	client := s.client()
	tx, err := client.K3500.Prepare(t.Context(), &kakaocert.K3500PrepareParams{Product: kakaocert.K3510, User: hong()})
	require.NoError(t, err)
	documents := []kakaocert.Document{kakaocert.TextDocument("약관", "제1조")}
	_, err = client.K3500.Request(t.Context(), tx, &kakaocert.K3500RequestParams{Documents: documents})
	require.NoError(t, err)
	status, err := client.K3500.Status(t.Context(), tx)
	require.NoError(t, err)
	assert.Equal(t, kakaocert.StatusRequested, status.Status, "the default user waits for a hand")

	s.control(204, "POST", "/_sim/transactions/"+tx.TxID()+"/sign", "")
	result, err := client.K3500.Verify(t.Context(), tx, documents)
	require.NoError(t, err)
	pem, err := os.ReadFile(s.Environment["KAKAOCERT_ROOTS"])
	require.NoError(t, err)
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM(pem))
	verifier, err := kakaocert.NewVerifier(roots, kakaocert.UnsafeNoRevocation())
	require.NoError(t, err)
	_, err = result.Check(verifier)
	require.NoError(t, err)

	assert.Equal(t, s.URL+"/_sim/phone", s.Phone)
	assert.Contains(t, s.control(200, "GET", "/_sim/phone", ""), "<!doctype html>")
	assert.Zero(t, s.stop())
	assert.NoFileExists(t, s.Roots)
}

func TestSimTellsAShell(t *testing.T) {
	t.Parallel()
	shell := judge.Need(t, "sh")
	roots := filepath.Join(t.TempDir(), "it's a root.pem")
	process := startProcess(t, "sim", "--listen", "127.0.0.1:0", "--roots-file", roots)
	lines := process.readUntil("export KAKAOCERT_ROOTS=")
	assert.True(t, strings.HasPrefix(lines, "# The KakaoTalk Certification Service, simulated"), lines)
	assert.Contains(t, lines, "/_sim/phone\n")

	printed, err := exec.CommandContext(t.Context(), shell, "-c", lines+"\nenv").Output()
	require.NoError(t, err)
	values := map[string]string{}
	for line := range strings.Lines(string(printed)) {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		values[name] = value
	}
	assert.Equal(t, roots, values["KAKAOCERT_ROOTS"])
	setting, err := env.Read(func(name string) string { return values[name] })
	require.NoError(t, err)
	assert.Equal(t, publicDealerKey, setting.Config.DealerKey)
	client, err := kakaocert.NewClient(setting.Config)
	require.NoError(t, err)
	_, err = client.K1100.Prepare(t.Context(), &kakaocert.K1100PrepareParams{Product: kakaocert.K1110, User: hong()})
	require.NoError(t, err)

	require.NoError(t, process.cmd.Process.Signal(syscall.SIGTERM))
	require.NoError(t, process.cmd.Wait(), "exit 0")
	assert.FileExists(t, roots, "what was asked for stays")
}

func TestSimStopsCleanly(t *testing.T) {
	t.Parallel()
	for _, sig := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		process := startProcess(t, "sim", "--listen", "127.0.0.1:0", "--json")
		var ready simReady
		require.NoError(t, json.Unmarshal([]byte(process.readUntil("{")), &ready))
		require.FileExists(t, ready.Roots)
		events, err := http.Get(ready.URL + "/_sim/events") // a page that stays open
		require.NoError(t, err)
		require.NoError(t, process.cmd.Process.Signal(sig))
		require.NoError(t, process.cmd.Wait(), "exit 0")
		require.NoError(t, events.Body.Close())
		assert.NoDirExists(t, filepath.Dir(ready.Roots))
	}
}

// process is the command as a process of its own.
type process struct {
	t   *testing.T
	cmd *exec.Cmd
	out *bufio.Reader
}

func startProcess(t *testing.T, args ...string) *process {
	t.Helper()
	cmd := calltest.Process(t.Context(), t, nil, args...)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	return &process{t: t, cmd: cmd, out: bufio.NewReader(out)}
}

// readUntil returns the lines of standard output up to one with this start.
func (p *process) readUntil(start string) (lines string) {
	p.t.Helper()
	for {
		line, err := p.out.ReadString('\n')
		require.NoError(p.t, err, lines)
		lines += line
		if strings.HasPrefix(line, start) {
			return lines
		}
	}
}

func TestSimTellsCallsWithoutPersonalData(t *testing.T) {
	t.Parallel()
	s := startSim(t)
	tx, err := s.client().K1100.Prepare(t.Context(), &kakaocert.K1100PrepareParams{Product: kakaocert.K1110, User: hong()})
	require.NoError(t, err)
	s.control(204, "POST", "/_sim/faults", `{"kind":"internal_error"}`)
	_, err = s.client().K1100.Status(t.Context(), tx)
	require.ErrorIs(t, err, kakaocert.ErrInternal)
	s.stop()
	var events []kakaocerttest.Event
	for line := range strings.Lines(s.stderr.String()) {
		var ev kakaocerttest.Event
		require.NoError(t, json.Unmarshal([]byte(line), &ev))
		ev.Time = time.Time{}
		events = append(events, ev)
	}
	assert.Equal(t, []kakaocerttest.Event{
		{Step: "prepare", Product: "K1110T", TxID: tx.TxID(), Status: 200},
		{Step: "status", Product: "K1110T", TxID: tx.TxID(), Status: 400, Code: "E0001", Fault: kakaocerttest.InternalError},
	}, events)

	quiet := startSim(t, "--quiet")
	_, err = quiet.client().K1100.Prepare(t.Context(), &kakaocert.K1100PrepareParams{Product: kakaocert.K1110, User: hong()})
	require.NoError(t, err)
	assert.Empty(t, quiet.stderr.String())
}

func TestSimTellsPeople(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	tell := eventPrinter(&out, false)
	at := time.Date(2026, 11, 23, 12, 0, 5, 0, time.Local)
	tell(kakaocerttest.Event{Time: at, Step: "verify", Product: "K1110T", TxID: "0123abcd", Status: 400, Code: "E2003", Fault: kakaocerttest.Slow})
	tell(kakaocerttest.Event{Time: at, Step: "sign", Product: "K1110T", TxID: "0123abcd"})
	assert.Equal(t, "12:00:05  verify   K1110T  400 E2003  0123abcd  fault: slow\n"+
		"12:00:05  sign     K1110T             0123abcd\n", out.String())
}

func TestSimIsSeeded(t *testing.T) {
	t.Parallel()
	s := startSim(t, "--seed", writeFile(t, `{
		"environment": "production",
		"contract": {
			"dealer_key": "d", "settle_ids": ["s"],
			"desc": {"request_organization": "카카오서트은행"},
			"denied": ["k3500"]
		},
		"dialect": {"identity_cms": true},
		"users": [{"name": "김철수", "birthday": "19851224", "phone": "01011112222", "behaviour": "sign", "key": "ECDSA"}],
		"faults": [{"step": "status", "kind": "error_code", "code": "E0002"}]
	}`))
	assert.Equal(t, "production", s.Environment["KAKAOCERT_ENV"])
	assert.Equal(t, "d", s.Environment["KAKAOCERT_DEALER_KEY"])
	assert.Equal(t, "s", s.Environment["KAKAOCERT_SETTLE_ID"])
	assert.Equal(t, publicKey, s.Environment["KAKAOCERT_ENC_KEY"], "what is left out is public")
	client := s.client()
	_, err := client.K1100.Prepare(t.Context(), &kakaocert.K1100PrepareParams{Product: kakaocert.K1110, User: hong()})
	require.ErrorIs(t, err, kakaocert.ErrUserNotFound)
	kim := kakaocert.ByPerson(kakaocert.Person{Name: "김철수", Birthday: "19851224", Phone: "01011112222"})
	_, err = client.K3500.Prepare(t.Context(), &kakaocert.K3500PrepareParams{Product: kakaocert.K3510, User: kim})
	require.ErrorIs(t, err, kakaocert.ErrPermission)
	tx, err := client.K1100.Prepare(t.Context(), &kakaocert.K1100PrepareParams{Product: kakaocert.K1110, User: kim})
	require.NoError(t, err)
	_, err = client.K1100.Request(t.Context(), tx, &kakaocert.K1100RequestParams{Data: "nonce"})
	require.ErrorIs(t, err, kakaocert.ErrDesc)
	_, err = client.K1100.Request(t.Context(), tx, &kakaocert.K1100RequestParams{Data: "nonce", Desc: &kakaocert.Desc{RequestOrganization: "카카오서트은행"}})
	require.NoError(t, err)
	_, err = client.K1100.Status(t.Context(), tx)
	require.ErrorIs(t, err, kakaocert.ErrMaintenance)
	result, err := client.K1100.Verify(t.Context(), tx, "nonce")
	require.NoError(t, err)
	assert.NotEmpty(t, result.SignedData())
}

func TestSimTakesAProtocol(t *testing.T) {
	t.Parallel()
	protocol := writeFile(t, `{"step.k1100.status": "GET /papers/status/{product}", "cipher.mode": "gcm"}`)
	s := startSim(t, "--protocol", protocol, "--env", "production")
	assert.Equal(t, protocol, s.Environment["KAKAOCERT_PROTOCOL"])
	assert.Equal(t, "production", s.Environment["KAKAOCERT_ENV"])
	client := s.client()
	tx, err := client.K1100.Prepare(t.Context(), &kakaocert.K1100PrepareParams{Product: kakaocert.K1110, User: hong()})
	require.NoError(t, err)
	_, err = client.K1100.Status(t.Context(), tx)
	require.NoError(t, err)
}

func TestSeedInTheHelpIsASeed(t *testing.T) {
	t.Parallel()
	start, end := strings.Index(simHelp, "   {\n"), strings.LastIndex(simHelp, "   }\n")
	s, err := parseSeed([]byte(simHelp[start : end+4]))
	require.NoError(t, err)
	assert.NotEmpty(t, s.contract.Denied)
	assert.Len(t, s.users, 1)
	assert.Len(t, s.faults, 1)
}

func TestMistakesInASeedAreNamed(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"{\n\"users\": [\n}":     "line 3: invalid character '}'",
		`[]`:                     "line 1: cannot unmarshal array",
		`{} {}`:                  "line 1: more follows behind the object",
		`{"user": []}`:           `line 1: unknown field "user"`,
		`{"environment": "cbt"}`: "environment must be test or production",
		"{\n\"users\": [\n{\"name\": \"a\"},\n{\"nome\": \"b\"}]}":      `line 4: users[1]: unknown field "nome"`,
		`{"contract": {"desc": {"what": "x"}}}`:                         `line 1: contract: unknown field "what"`,
		`{"contract": {"cipher_keys": [{"mode": "CBC"}]}}`:              "contract: cipher_keys[0]: mode is not the protocol's",
		`{"contract": {"denied": ["k4"]}}`:                              `Denied, "k4", is neither`,
		`{"dialect": {"der": 1}}`:                                       "line 1: dialect: cannot unmarshal number",
		`{"users": [{"name": "a", "behaviour": "eat"}]}`:                "line 1: users[0]: behaviour must be",
		`{"users": [{"name": "a", "birthday": "1", "phone": "0101"}]}`:  "users[0]: kakaocerttest: User.Birthday",
		`{"faults": [{"kind": "slow", "delay": "long"}]}`:               "line 1: faults[0]: Fault: delay is not a duration",
		`{"faults": [{"kind": "slow"}, {"kind": "slow", "times": -2}]}`: "faults[1]: kakaocerttest: Fault has a number",
	} {
		got := run(t, nil, "", "sim", "--listen", "127.0.0.1:0", "--seed", writeFile(t, text))
		assert.Equal(t, call.ExitWrong, got.Code, text)
		assert.Empty(t, got.Out)
		assert.Contains(t, got.Errors, want, text)
	}
}

func TestWrongCallsOfSim(t *testing.T) {
	t.Parallel()
	missing := filepath.Join(t.TempDir(), "none.json")
	for want, args := range map[string][]string{
		"takes flags":                  {"now"},
		"no such flag: --port":         {"--port", "1"},
		"not an address and a port":    {"--listen", "8080"},
		"0.0.0.0:0 can be reached":     {"--listen", "0.0.0.0:0"},
		":0 can be reached":            {"--listen", ":0"},
		"sim.example:0 can be":         {"--listen", "sim.example:0"},
		"--env must be":                {"--env", "cbt"},
		missing:                        {"--seed", missing},
		"KAKAOCERT_PROTOCOL: open":     {"--protocol", missing},
		"line 1: key \"a\" is unknown": {"--protocol", writeFile(t, `{"a": "b"}`)},
	} {
		got := run(t, nil, "", append([]string{"sim"}, args...)...)
		assert.Equal(t, call.ExitWrong, got.Code, args)
		assert.Empty(t, got.Out)
		assert.Contains(t, got.Errors, want)
	}

	s := startSim(t)
	got := run(t, nil, "", "sim", "--listen", strings.TrimPrefix(s.URL, "http://"))
	assert.Equal(t, call.ExitNo, got.Code)
	assert.Contains(t, got.Errors, "address already in use")
	got = run(t, nil, "", "sim", "--listen", "127.0.0.1:0", "--roots-file", filepath.Join(missing, "x"))
	assert.Equal(t, call.ExitNo, got.Code)
	assert.Contains(t, got.Errors, missing)
}

func TestSimInPublicWarns(t *testing.T) {
	t.Parallel()
	s := startSim(t, "--listen", "0.0.0.0:0", "--public", "--allow-host", "sim", "--quiet")
	assert.True(t, strings.HasPrefix(s.URL, "http://localhost:"), s.URL)
	assert.Contains(t, s.stderr.String(), "everybody on the network")
	for host, want := range map[string]int{"sim:8080": 200, "other:8080": 403} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/_sim/users", nil)
		require.NoError(t, err)
		request.Host = host
		response, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		assert.Equal(t, want, response.StatusCode, host)
	}
}
