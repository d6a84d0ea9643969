package flow

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/urfave/cli/v3"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/internal/command/call"
	"github.com/kakaocert-go/kakaocert/internal/command/call/calltest"
	"github.com/kakaocert-go/kakaocert/internal/unserved"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// host is a simulator that flows run against.
type host struct {
	*calltest.Host
	t *testing.T
}

func newHost(t *testing.T, opts ...kakaocerttest.Option) *host {
	t.Helper()
	return &host{calltest.NewHost(t, opts...), t}
}

// flow runs one flow there, and reads its outcome where there is one.
func (h *host) flow(args ...string) (flowOutcome, calltest.Called) {
	h.t.Helper()
	return outcomeOf(h.t, run(h.t, h.Environ, "", append(args, "--poll", "1ms", "--json")...))
}

func outcomeOf(t *testing.T, got calltest.Called) (flowOutcome, calltest.Called) {
	t.Helper()
	list := calltest.Objects[flowOutcome](t, got.Out)
	if got.Code == call.ExitWrong {
		require.Empty(t, list)
		return flowOutcome{}, got
	}
	require.Len(t, list, 1, got.Errors)
	return list[0], got
}

// Every flow ends verified against the built-in simulator, without any
// configuration.
func TestFlowsOnTheBuiltInSimulator(t *testing.T) {
	t.Parallel()
	text := calltest.Write(t, "contract.txt", []byte(calltest.ContractText))
	for name, args := range map[string][]string{
		"identity":         {"identity"},
		"withdrawal":       {"withdrawal"},
		"contract":         {"contract", "--text", text},
		"several":          {"contract", "--text", text, text, text},
		"somebody else":    {"identity", "--name", "김철수", "--birthday", "19851224", "--phone", "01011112222"},
		"somebody's money": {"withdrawal", "--name", "김철수", "--birthday", "19851224", "--phone", "01011112222"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				got, result := outcomeOf(t, run(t, nil, "", append(args, "--json")...))
				require.Equal(t, call.ExitDone, result.Code, result.Errors)
				assert.True(t, got.Verified)
				assert.Equal(t, "built-in simulator", got.Host)
				assert.Equal(t, "test", got.Environment)
				assert.GreaterOrEqual(t, time.Since(began), 2*time.Second, "the person takes a moment")
				assert.Contains(t, result.Errors, "requested", "steps are on standard error")
				for _, s := range got.Signatures {
					assert.Contains(t, s.Checks, "revocation", "the built-in simulator can say")
					assert.Contains(t, s.Checks, "vid")
				}

				people := run(t, nil, "", args...)
				assert.Equal(t, call.ExitDone, people.Code)
				assert.Contains(t, people.Out, "requested")
				assert.True(t, strings.HasSuffix(people.Out, "\nverified\n"))
				assert.Empty(t, people.Errors)
			})
		})
	}
}

func TestEveryProduct(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	text := calltest.Write(t, "contract.txt", []byte(calltest.ContractText))
	for product, args := range map[string][]string{
		"K1110": {"identity"}, "K1120": {"identity"},
		"K3110": {"withdrawal"}, "K3120": {"withdrawal"},
		"K3510": {"contract", "--text", text}, "K3520": {"contract", "--text", text},
		"K3511": {"contract", "--text", text, text}, "K3521": {"contract", "--text", text, text},
	} {
		t.Run(product, func(t *testing.T) {
			t.Parallel()
			got, result := h.flow(append(args, "--product", product)...)
			require.Equal(t, call.ExitDone, result.Code, result.Errors)
			assert.Equal(t, product, got.Product)
			assert.NotEmpty(t, got.TxID)
			assert.True(t, got.Verified)
			assert.False(t, got.SignedAt.IsZero())
			assert.Equal(t, identifyItems, got.SignerMatches)
			assert.Equal(t, product[3] == '2' || product[2] == '2', got.AppLink != "", "app-to-app has a link")
			if product < "K3" {
				return
			}
			for _, s := range got.Signatures {
				assert.True(t, s.Verified)
				assert.Equal(t, "CN=***,OU=***,O=***,C=KR", s.Signer.Subject)
			}
			assert.NotEmpty(t, got.Signatures)
		})
	}
}

// An answer to an identity check may carry a signature too: it is checked.
func TestIdentityWithASignature(t *testing.T) {
	t.Parallel()
	h := newHost(t, kakaocerttest.WithDialect(kakaocerttest.Dialect{IdentityCMS: true}))
	got, result := h.flow("identity")
	require.Equal(t, call.ExitDone, result.Code, result.Errors)
	require.Len(t, got.Signatures, 1)
	assert.Contains(t, got.Signatures[0].Checks, "content")

	h.Environ = calltest.Without(h.Environ, "KAKAOCERT_ROOTS")
	got, result = h.flow("identity")
	require.Equal(t, call.ExitDone, result.Code, "the nonce has told, and so has the signer")
	assert.Empty(t, got.Signatures)
	assert.Contains(t, result.Errors, "not checked")

	require.NoError(t, h.Inject(kakaocerttest.Fault{Step: "verify", Kind: kakaocerttest.ExpiredCertificate}))
	h.Environ = append(h.Environ, "KAKAOCERT_ROOTS="+calltest.Write(t, "roots.pem", h.RootPEM()))
	got, result = h.flow("identity")
	assert.Equal(t, call.ExitNo, result.Code)
	assert.Equal(t, "chain", got.Reason)
}

// Every mistake in the call is reported before anybody is asked.
func TestWrongCallsOfFlows(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	text := calltest.Write(t, "contract.txt", []byte(calltest.ContractText))
	person := []string{"--name", "홍길동", "--birthday", "19900101", "--phone", "01012345678"}
	with := func(args ...string) []string { return append(args, person...) }
	remote := append(calltest.Without(h.Environ, "KAKAOCERT_BASE_URL"), "KAKAOCERT_BASE_URL=https://kakaocert.invalid")
	kakao := calltest.Without(h.Environ, "KAKAOCERT_BASE_URL")
	production := append(calltest.Without(kakao, "KAKAOCERT_ENV"), "KAKAOCERT_ENV=production")
	key := calltest.Write(t, "key", []byte(strings.Repeat("k", 32)))
	full := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(full, "consent.p7s"), nil, 0o600))
	for name, c := range map[string]struct {
		environ []string
		args    []string
		error   string
	}{
		"keys in part":              {calltest.Without(h.Environ, "KAKAOCERT_ENC_IV"), []string{"identity"}, "KAKAOCERT_ENC_IV missing"},
		"only a host":               {[]string{"KAKAOCERT_BASE_URL=" + h.URL}, []string{"identity"}, "set in part"},
		"only an environment":       {[]string{"KAKAOCERT_ENV=production"}, []string{"identity"}, "set in part"},
		"unknown environment":       {append(calltest.Without(h.Environ, "KAKAOCERT_ENV"), "KAKAOCERT_ENV=live"), with("identity"), "must be test or production"},
		"no person, remote":         {remote, []string{"identity"}, "real person"},
		"no person, Kakao":          {kakao, []string{"contract", "--text", text}, "real person"},
		"no person, production":     {production, []string{"withdrawal"}, "real person"},
		"half a person, remote":     {remote, []string{"identity", "--name", "홍길동"}, "real person"},
		"half a person":             {h.Environ, []string{"identity", "--name", "홍길동"}, "together"},
		"half a person, built in":   {nil, []string{"identity", "--phone", "01012345678"}, "together"},
		"no consent, remote":        {remote, with("withdrawal", "--out", t.TempDir(), "--key-file", key), "give --"},
		"nowhere to keep, remote":   {remote, with("contract", "--text", text), "comes once"},
		"no key, remote":            {remote, with("contract", "--text", text, "--out", t.TempDir()), "comes once"},
		"http to a host":            {append(calltest.Without(h.Environ, "KAKAOCERT_BASE_URL"), "KAKAOCERT_BASE_URL=http://kakaocert.invalid"), with("identity"), "BaseURL"},
		"key without directory":     {h.Environ, []string{"withdrawal", "--key-file", key}, "--key-file is for --out"},
		"no such key":               {h.Environ, []string{"withdrawal", "--out", t.TempDir(), "--key-file", "nothing"}, "no such file"},
		"a key that is none":        {h.Environ, []string{"withdrawal", "--out", t.TempDir(), "--key-file", text}, "must be a key of 32 bytes"},
		"a file in the way":         {h.Environ, []string{"withdrawal", "--out", full}, "not overwritten"},
		"a directory that is none":  {h.Environ, []string{"withdrawal", "--out", text}, "--out"},
		"no patience":               {h.Environ, []string{"identity", "--timeout", "0s"}, "--timeout must be longer than 0"},
		"no pause":                  {h.Environ, []string{"identity", "--poll", "-1s"}, "--poll must be longer than 0"},
		"no duration":               {h.Environ, []string{"identity", "--poll", "01012345678"}, "--poll has a value"},
		"another service's product": {h.Environ, []string{"identity", "--product", "K3510"}, "--product must be one of K1110, K1120"},
		"a product with T":          {h.Environ, []string{"identity", "--product", "K1110T"}, "without the test host's T"},
		"bad birthday":              {h.Environ, []string{"identity", "--name", "홍길동", "--birthday", "900101", "--phone", "01012345678"}, "kakaocert: --birthday must be a date"},
		"bad birthday, built in":    {nil, []string{"identity", "--name", "홍길동", "--birthday", "900101", "--phone", "01012345678"}, "kakaocert: --birthday must be a date"},
		"unquoted name":             {h.Environ, []string{"identity", "--name", "Hong", "Gildong"}, "takes flags"},
		"another holder":            {h.Environ, []string{"withdrawal", "--account-holder", "김철수"}, "--account-holder must be"},
		"unknown service type":      {h.Environ, []string{"withdrawal", "--service-type", "ATM"}, "--service-type must be CMS, FIRM"},
		"bad account":               {h.Environ, []string{"withdrawal", "--account-number", "십이"}, "--account-number must be"},
		"no text":                   {h.Environ, []string{"contract"}, "--text"},
		"no such text":              {h.Environ, []string{"contract", "--text", "nothing.txt"}, "nothing.txt"},
		"empty text":                {h.Environ, []string{"contract", "--text", calltest.Write(t, "empty", nil)}, "Documents[0].Text"},
		"text too long":             {h.Environ, []string{"contract", "--text", calltest.Write(t, "long", []byte(strings.Repeat("가", 3001)))}, "3000 characters"},
		"text not UTF-8":            {h.Environ, []string{"contract", "--text", calltest.Write(t, "latin", []byte{0xe9, 0xff})}, "UTF-8"},
		"unclear order":             {h.Environ, []string{"contract", "--text", text, "--text", text, text}, "order"},
		"one text for several":      {h.Environ, []string{"contract", "--text", text, "--product", "K3511"}, "Documents"},
		"several for one":           {h.Environ, []string{"contract", "--text", text, text, "--product", "K3510"}, "Documents"},
		"no such roots":             {h.Environ, []string{"identity", "--roots", "nothing.pem"}, "nothing.pem"},
		"no such display data":      {h.Environ, []string{"identity", "--desc", "nothing.json"}, "nothing.json"},
		"display data not JSON":     {h.Environ, []string{"identity", "--desc", text}, "Desc"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := run(t, c.environ, "", append(c.args, "--json")...)
			assert.Equal(t, call.ExitWrong, got.Code)
			assert.Contains(t, got.Errors, c.error)
			assert.Empty(t, got.Out)
			calltest.AssertNothingPersonal(t, got)
		})
	}
	t.Cleanup(func() { assert.Empty(t, h.Transactions(), "nothing was sent") })
}

// A refusal names who can fix it, and is in the language of the output.
func TestFlow_RefusalNamesWhoCanFixIt(t *testing.T) {
	t.Parallel()
	stranger := []string{"identity", "--name", "김철수", "--birthday", "19851224", "--phone", "01011112222"}
	h := newHost(t)
	got := run(t, h.Environ, "", stranger...)
	assert.Contains(t, got.Out, "E2001: no such Kakao account (HTTP 400)\n  fixed by     the person\n")
	got = run(t, h.Environ, "", append(stranger, "--lang", "ko")...)
	assert.Contains(t, got.Out, "E2001: 존재하지 않는 카카오계정 (HTTP 400)\n  해결 주체    사용자\n")

	outcome, _ := h.flow(stranger...)
	assert.Equal(t, kakaocert.OwnerUser, outcome.Owner)
	h.Environ = append(calltest.Without(h.Environ, "KAKAOCERT_BASE_URL"), "KAKAOCERT_BASE_URL=http://"+unserved.Address(t))
	outcome, result := h.flow("identity")
	assert.Equal(t, kakaocert.OwnerInstitution, outcome.Owner, "no answer")
	assert.Contains(t, result.Errors, "kakaocert doctor looks for the cause")
}

// A flow that fails reports the step and the reason, prints nothing personal, and
// exports nothing.
func TestFlowsThatFail(t *testing.T) {
	t.Parallel()
	text, other := calltest.Write(t, "contract.txt", []byte(calltest.ContractText)), calltest.Write(t, "terms.txt", []byte("제2조\n"))
	one, two := []string{"contract", "--text", text}, []string{"contract", "--text", text, other}
	stranger := []string{"--name", "김철수", "--birthday", "19851224", "--phone", "01011112222"}
	fault := func(step string, kind kakaocerttest.FaultKind) kakaocerttest.Fault {
		return kakaocerttest.Fault{Step: step, Kind: kind, Times: kakaocerttest.Always}
	}
	for name, c := range map[string]struct {
		args      []string
		behaviour kakaocerttest.Behaviour
		fault     kakaocerttest.Fault
		step      string
		reason    string
	}{
		"stranger":            {args: append([]string{"identity"}, stranger...), step: "prepare", reason: "E2001"},
		"dormant":             {args: one, behaviour: kakaocerttest.Dormant(), step: "prepare", reason: "E2005"},
		"refused":             {args: []string{"withdrawal"}, behaviour: kakaocerttest.RefuseAfter(0), step: "status", reason: "rejected"},
		"maintenance":         {args: []string{"identity"}, fault: fault("request", kakaocerttest.Maintenance), step: "request", reason: "E0002"},
		"status not JSON":     {args: []string{"identity"}, fault: fault("status", kakaocerttest.BrokenJSON), step: "status", reason: "answer"},
		"cut in the middle":   {args: one, fault: fault("verify", kakaocerttest.CutBody), step: "verify", reason: "outcome_unknown"},
		"lost answer":         {args: []string{"identity"}, fault: fault("verify", kakaocerttest.DropAfter), step: "verify", reason: "outcome_unknown"},
		"answer not JSON":     {args: []string{"withdrawal"}, fault: fault("verify", kakaocerttest.BrokenJSON), step: "verify", reason: "answer"},
		"another user":        {args: one, fault: fault("verify", kakaocerttest.AnotherUser), step: "check", reason: "vid"},
		"wrong VID":           {args: []string{"withdrawal"}, fault: fault("verify", kakaocerttest.WrongVID), step: "check", reason: "vid"},
		"another document":    {args: one, fault: fault("verify", kakaocerttest.AnotherDocument), step: "check", reason: "content"},
		"another consent":     {args: []string{"withdrawal"}, fault: fault("verify", kakaocerttest.AnotherDocument), step: "check", reason: "decrypt"},
		"swapped":             {args: two, fault: fault("verify", kakaocerttest.SwappedPair), step: "check", reason: "content"},
		"expired certificate": {args: two, fault: fault("verify", kakaocerttest.ExpiredCertificate), step: "check", reason: "chain"},
		"signer is not told":  {args: []string{"identity"}, fault: kakaocerttest.Fault{Step: "signer", Kind: kakaocerttest.ErrorCode, Code: "E1002", Times: kakaocerttest.Always}, step: "signer", reason: "E1002"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			user := kakaocerttest.DefaultUser()
			if c.behaviour != (kakaocerttest.Behaviour{}) {
				user.Behaviour = c.behaviour
			}
			h := newHost(t, kakaocerttest.WithUsers(user))
			if c.fault.Kind != "" {
				require.NoError(t, h.Inject(c.fault))
			}
			args, out := c.args, ""
			if args[0] != "identity" {
				out = filepath.Join(t.TempDir(), "out")
				args = append(args[:len(args):len(args)], "--out", out)
			}
			got, result := h.flow(args...)
			assert.Equal(t, call.ExitNo, result.Code, result.Errors)
			assert.False(t, got.Verified)
			assert.Equal(t, c.step, got.Step)
			assert.Equal(t, c.reason, got.Reason)
			assert.NotEmpty(t, got.Error)
			assert.Empty(t, got.Files)
			calltest.AssertNothingPersonal(t, result)
			if out != "" { // which may remember the flow
				args[len(args)-1] = filepath.Join(t.TempDir(), "again")
			}
			people := run(t, h.Environ, "", append(args, "--poll", "1ms")...)
			assert.Equal(t, call.ExitNo, people.Code)
			assert.Contains(t, people.Out, "NOT VERIFIED: "+c.step)
			calltest.AssertNothingPersonal(t, people)
			if out == "" || c.step == "prepare" || c.step == "status" {
				return
			}
			require.NotNil(t, got.Evidence, "verify was sent, and what came is kept")
			exported, err := filepath.Glob(filepath.Join(out, "*.p7s"))
			require.NoError(t, err)
			assert.Empty(t, exported)
			audit := run(t, nil, "", "evidence", "verify", out)
			assert.Equal(t, call.ExitDone, audit.Code, audit.Out)
			calltest.AssertNothingPersonal(t, audit)
		})
	}
}

// When it is unknown whether the request arrived, status can say it.
func TestFlow_RequestWhoseAnswerIsLost(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	require.NoError(t, h.Inject(kakaocerttest.Fault{Step: "request", Kind: kakaocerttest.DropAfter}))
	require.NoError(t, h.Inject(kakaocerttest.Fault{Step: "status", Kind: kakaocerttest.Unavailable, Times: 3}))
	got, result := h.flow("identity")
	require.Equal(t, call.ExitDone, result.Code, result.Errors)
	assert.True(t, got.Verified)
	assert.Equal(t, 1, h.Calls("request"))
}

func TestFlow_Timeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		got, result := outcomeOf(t, run(t, nil, "", "identity", "--timeout", "90s", "--poll", "2m", "--json"))
		assert.Equal(t, call.ExitNo, result.Code)
		assert.Equal(t, "timeout", got.Reason)
		assert.Equal(t, "status", got.Step)
		assert.Contains(t, got.Error, "no signature within 1m30s")
	})
}

func TestFlow_Interrupt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		got, result := outcomeOf(t, kakaocertCommand.RunWithin(ctx, nil, "", "withdrawal", "--json"))
		assert.Equal(t, call.ExitInterrupted, result.Code)
		assert.Equal(t, "interrupted", got.Reason)
	})
}

// Ctrl-C while verify is under way does not lose the signature: it is kept, checked
// and exported; only the signer cannot be asked for any more.
func TestFlow_InterruptDuringVerify(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer h.OnEvent(func(ev kakaocerttest.Event) {
		if ev.Step == "verify" {
			cancel()
		}
	})()
	out := filepath.Join(t.TempDir(), "out")
	got, result := outcomeOf(t, kakaocertCommand.RunWithin(ctx, h.Environ, "", "withdrawal", "--out", out, "--poll", "1ms", "--json"))
	assert.Equal(t, call.ExitInterrupted, result.Code)
	assert.Equal(t, "interrupted", got.Reason)
	assert.Equal(t, "signer", got.Step)
	require.Len(t, got.Signatures, 1)
	assert.True(t, got.Signatures[0].Verified)
	assert.FileExists(t, filepath.Join(out, "consent.p7s"))
}

// A contract may fix what is displayed.
func TestDisplayData(t *testing.T) {
	t.Parallel()
	h := newHost(t, kakaocerttest.WithContract(kakaocerttest.Contract{Desc: &kakaocerttest.Desc{RequestType: "본인확인"}}))
	got, _ := h.flow("identity")
	assert.Equal(t, "E1006", got.Reason)
	got, result := h.flow("identity", "--desc", calltest.Write(t, "desc.json", []byte(`{"request_type": "본인확인"}`)))
	assert.Equal(t, call.ExitDone, result.Code, got.Error)
}

// On a terminal a line shows that time passes, and is gone when it is over.
func TestWaitingOnATerminal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var screen strings.Builder
		s := &steps{out: &call.Console{Writer: &screen, Terminal: true}}
		told, stop := s.waiting()
		told(requestedStatus)
		time.Sleep(2500 * time.Millisecond)
		told(requestedStatus)
		stop()
		assert.Equal(t, 1, strings.Count(screen.String(), "REQUESTED"), "a status is told once")
		assert.Contains(t, screen.String(), "waiting      1s")
		assert.Contains(t, screen.String(), "waiting      2s")
		assert.True(t, strings.HasSuffix(screen.String(), clearLine))
	})
}

func TestColours(t *testing.T) {
	t.Parallel()
	none := func(string) string { return "" }
	assert.Equal(t, "verified", call.NewConsole(new(strings.Builder), none, "en").Paint(call.Green, "verified"), "not a terminal")
	assert.Equal(t, "\x1b[32mverified\x1b[0m", (&call.Console{Coloured: true}).Paint(call.Green, "verified"))
	terminal, err := os.Open(os.DevNull) // a character device, as terminals are
	require.NoError(t, err)
	defer func() { _ = terminal.Close() }()
	assert.True(t, call.NewConsole(terminal, none, "en").Coloured)
	for _, variable := range []string{"NO_COLOR=1", "TERM=dumb"} {
		name, value, _ := strings.Cut(variable, "=")
		c := call.NewConsole(terminal, func(asked string) string {
			if asked == name {
				return value
			}
			return ""
		}, "en")
		assert.False(t, c.Coloured, variable)
	}
}

var requestedStatus = kakaocert.TransactionStatus{Status: kakaocert.StatusRequested}

func TestNoColoursBesideJSON(t *testing.T) {
	t.Parallel()
	for flag, colours := range map[string]bool{"--json": false, "--json=false": true} {
		var out, errs strings.Builder
		root := &cli.Command{
			Writer: &call.Console{Writer: &out, Coloured: true}, ErrWriter: &call.Console{Writer: &errs, Coloured: true},
			Flags: []cli.Flag{call.JSONFlag("")},
			Action: func(_ context.Context, cmd *cli.Command) error {
				newSteps(cmd).warn("mind this")
				return nil
			},
		}
		require.NoError(t, root.Run(t.Context(), []string{"kakaocert", flag}))
		told := out.String() + errs.String()
		assert.Contains(t, told, "mind this")
		assert.Equal(t, colours, strings.Contains(told, "\x1b["), flag)
		assert.Equal(t, colours, out.Len() > 0, flag)
	}
}

// The built-in simulator's answers about revocation are kept, so that they can be
// required again offline.
func TestEvidenceOfTheBuiltInSimulator(t *testing.T) {
	t.Parallel()
	out := filepath.Join(t.TempDir(), "out")
	got := run(t, nil, "", "withdrawal", "--poll", "1ms", "--out", out)
	require.Equal(t, call.ExitDone, got.Code, got.Errors)
	audit := run(t, nil, "", "evidence", "verify", out, "--roots", filepath.Join(out, "roots.pem"), "--json")
	require.Equal(t, call.ExitDone, audit.Code)
	assert.Contains(t, audit.Out, `"signatures_good":1`)
	assert.Contains(t, audit.Out, `"revocation"`)
}

func TestContract_TakesAFileWithACommaInItsName(t *testing.T) {
	t.Parallel()
	text := calltest.Write(t, "terms, second edition.txt", []byte(calltest.ContractText))
	got, called := newHost(t).flow("contract", "--text", text)
	require.Equal(t, call.ExitDone, called.Code, called.Errors)
	assert.True(t, got.Verified)
}
