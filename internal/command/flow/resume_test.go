package flow

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/internal/command/call"
	"github.com/kakaocert-go/kakaocert/internal/command/call/calltest"
	"github.com/kakaocert-go/kakaocert/internal/judge"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// typed runs the line as a shell takes it apart.
func (h *host) typed(line string, more ...string) (flowOutcome, calltest.Called) {
	h.t.Helper()
	words, err := exec.Command("sh", "-c", `for word in `+strings.TrimPrefix(line, "kakaocert ")+`; do printf '%s\0' "$word"; done`).Output()
	require.NoError(h.t, err, line)
	return h.flow(append(strings.Split(strings.TrimSuffix(string(words), "\x00"), "\x00"), more...)...)
}

func manualHost(t *testing.T, opts ...kakaocerttest.Option) *host {
	t.Helper()
	user := kakaocerttest.DefaultUser()
	user.Behaviour = kakaocerttest.Manual()
	return newHost(t, append(opts, kakaocerttest.WithUsers(user))...)
}

var honggildong = []string{"--name", "홍길동", "--birthday", "19900101", "--phone", "01012345678"}

// Out of time, each flow prints the line that takes it up again; the person has
// signed meanwhile.
func TestResume_PrintedLineGoesOn(t *testing.T) {
	t.Parallel()
	judge.Need(t, "sh")
	text := calltest.Write(t, "it's a contract.txt", []byte(calltest.ContractText))
	key := calltest.Write(t, "key", []byte(strings.Repeat("k", 32)))
	consent := []string{
		"--billing-organization", "예시전력", "--bank-name", "예시은행", "--account-number", "3333-01-1234567",
		"--account-holder", "홍길동", "--account-holder-birthday", "19900101", "--service-type", "CMS",
	}
	for name, c := range map[string]struct {
		args []string
		more []string // that only the caller knows
		out  bool
	}{
		"identity":                     {args: []string{"identity", "--title", "본인 확인"}},
		"contract":                     {args: []string{"contract", "--text", text}},
		"several":                      {args: []string{"contract", "--text", text, text}},
		"withdrawal":                   {args: append([]string{"withdrawal"}, consent...), more: consent},
		"contract, kept":               {args: []string{"contract", "--text", text}, out: true},
		"contract, kept under a key":   {args: []string{"contract", "--text", text, "--key-file", key}, out: true},
		"withdrawal, kept under a key": {args: append([]string{"withdrawal", "--key-file", key}, consent...), out: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := manualHost(t)
			args := append(c.args, "--timeout", "100ms")
			if c.out {
				args = append(args, "--out", filepath.Join(t.TempDir(), "the out"))
			}
			got, result := h.flow(args...)
			require.Equal(t, call.ExitNo, result.Code, result.Errors)
			assert.Equal(t, "timeout", got.Reason)
			require.True(t, strings.HasPrefix(got.Resume, "kakaocert resume "), got.Resume)
			assert.Contains(t, result.Errors, got.Resume)
			calltest.AssertNothingPersonal(t, result)
			if c.out {
				kept, err := os.ReadFile(filepath.Join(args[len(args)-1], stateFile))
				require.NoError(t, err)
				assert.Equal(t, strings.Contains(strings.Join(args, " "), "--key-file"), strings.Contains(string(kept), `"sealed":true`))
				again, wrong := h.flow(append(c.args, "--out", args[len(args)-1])...)
				assert.Zero(t, again)
				assert.Contains(t, wrong.Errors, "is not finished")
			}
			require.NoError(t, h.Sign(got.TxID))
			got, result = h.typed(got.Resume, c.more...)
			require.Equal(t, call.ExitDone, result.Code, result.Errors)
			assert.Contains(t, result.Errors, "the signer was not compared")
			assert.Empty(t, got.SignerMatches)
			assert.Equal(t, 1, h.Calls("request"))
			if c.out {
				assert.NoFileExists(t, filepath.Join(args[len(args)-1], stateFile))
			}
		})
	}
}

// --timeout limits the waiting: a person is not left unasked because a call took
// long.
func TestTimeout_BeginsWhenThePersonHasBeenAsked(t *testing.T) {
	t.Parallel()
	h := manualHost(t)
	for _, step := range []string{"prepare", "request"} {
		require.NoError(t, h.Inject(kakaocerttest.Fault{Step: step, Kind: kakaocerttest.Slow, Delay: 50 * time.Millisecond}))
	}
	got, result := h.flow("identity", "--timeout", "10ms")
	require.Equal(t, call.ExitNo, result.Code, result.Errors)
	assert.Equal(t, "timeout", got.Reason)
	require.NoError(t, h.Sign(got.TxID))
}

// The signer is compared with the person, and another signer is reported.
func TestResume_ComparesTheSignerWithThePerson(t *testing.T) {
	t.Parallel()
	h := manualHost(t)
	for _, c := range []struct {
		person []string
		code   int
		reason string
	}{
		{honggildong, call.ExitDone, ""},
		{[]string{"--name", "김철수", "--birthday", "19851224", "--phone", "01011112222"}, call.ExitNo, "signer"},
	} {
		got, _ := h.flow("identity", "--timeout", "50ms")
		require.NoError(t, h.Sign(got.TxID))
		_, nonce, found := strings.Cut(got.Resume, "--nonce ")
		require.True(t, found)
		nonce, _, _ = strings.Cut(nonce, " ")
		got, result := h.flow(append([]string{"resume", got.Product + "T:" + got.TxID, "--nonce", nonce}, c.person...)...)
		assert.Equal(t, c.code, result.Code, result.Errors)
		assert.Equal(t, c.reason, got.Reason)
		calltest.AssertNothingPersonal(t, result)
	}
}

func TestResume_WrongCalls(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	text := calltest.Write(t, "contract.txt", []byte(calltest.ContractText))
	key, other := calltest.Write(t, "key", []byte(strings.Repeat("k", 32))), calltest.Write(t, "other", []byte(strings.Repeat("o", 32)))
	kept := filepath.Join(t.TempDir(), "kept")
	manual := manualHost(t)
	_, result := manual.flow("contract", "--text", text, "--out", kept, "--key-file", key, "--timeout", "50ms")
	require.Equal(t, call.ExitNo, result.Code)
	const tx = ":0123456789abcdef"
	for name, c := range map[string]struct {
		environ []string
		args    []string
		error   string
	}{
		"built-in simulator":      {nil, []string{"K1110T" + tx, "--nonce", "n"}, "nothing to resume"},
		"nothing":                 {h.Environ, nil, "which transaction?"},
		"no transaction":          {h.Environ, []string{"홍길동"}, "TRANSACTION must be"},
		"another product":         {h.Environ, []string{"K2100T" + tx}, "TRANSACTION must be"},
		"another environment":     {h.Environ, []string{"K1110" + tx, "--nonce", "n"}, "Transaction"},
		"identity without nonce":  {h.Environ, []string{"K1110T" + tx}, "--nonce"},
		"contract without text":   {h.Environ, []string{"K3510T" + tx}, "--text"},
		"several without several": {h.Environ, []string{"K3511T" + tx, "--text", text}, "Documents"},
		"consent without items":   {h.Environ, []string{"K3110T" + tx}, "--billing-organization"},
		"half a person":           {h.Environ, []string{"K1110T" + tx, "--nonce", "n", "--name", "홍길동"}, "together"},
		"nothing unfinished":      {h.Environ, []string{"--out", t.TempDir()}, "is unfinished"},
		"no such directory":       {h.Environ, []string{"--out", filepath.Join(t.TempDir(), "none")}, "is unfinished"},
		"kept, without its key":   {manual.Environ, []string{"--out", kept}, "cannot be read with this key"},
		"kept, with another key":  {manual.Environ, []string{"--out", kept, "--key-file", other}, "cannot be read with this key"},
		"another transaction":     {manual.Environ, []string{"K3510T" + tx, "--out", kept, "--key-file", key, "--text", text}, "another transaction"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := run(t, c.environ, "", append([]string{"resume"}, c.args...)...)
			assert.Equal(t, call.ExitWrong, got.Code, got.Out)
			assert.Contains(t, got.Errors, c.error)
			calltest.AssertNothingPersonal(t, got)
		})
	}
	t.Cleanup(func() { assert.Empty(t, h.Transactions()) })
}

// A wrong call leaves no directory, whatever is wrong with it.
func TestContract_WrongCallMakesNoDirectory(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	text := calltest.Write(t, "contract.txt", []byte(calltest.ContractText))
	cp949 := calltest.Write(t, "cp949.txt", []byte{0xb0, 0xe8, 0xbe, 0xe0})
	desc := calltest.Write(t, "desc", []byte("[1]x"))
	for name, args := range map[string][]string{
		"empty text":        {"contract", "--text", calltest.Write(t, "empty", nil)},
		"CP949":             {"contract", "--text", text, cp949},
		"too few":           {"contract", "--text", text, "--product", "K3511"},
		"too many":          {"contract", "--text", text, text, "--product", "K3520"},
		"title":             {"contract", "--text", text, "--title", strings.Repeat("가", 201)},
		"desc":              {"contract", "--text", text, "--desc", desc},
		"birthday":          {"contract", "--text", text, "--name", "홍길동", "--birthday", "19901341", "--phone", "01012345678"},
		"phone":             {"withdrawal", "--name", "홍길동", "--birthday", "19900101", "--phone", "+821012345678"},
		"service type":      {"withdrawal", "--service-type", "XYZ"},
		"account":           {"withdrawal", "--account-number", "12-"},
		"holder":            {"withdrawal", "--account-holder", "김철수"},
		"holder's birthday": {"withdrawal", "--account-holder-birthday", "1990"},
		"bank":              {"withdrawal", "--bank-name", strings.Repeat("가", 500)},
		"roots":             {"withdrawal", "--roots", desc},
		"key":               {"withdrawal", "--key-file", desc},
	} {
		for _, environ := range [][]string{h.Environ, nil} {
			out := filepath.Join(t.TempDir(), "out")
			got := run(t, environ, "", append(args, "--out", out, "--poll", "1ms")...)
			assert.Equal(t, call.ExitWrong, got.Code, "%s: %s", name, got.Out)
			assert.Empty(t, got.Out, name)
			assert.NoDirExists(t, out, name)
			calltest.AssertNothingPersonal(t, got)
		}
	}
	assert.Empty(t, h.Transactions(), "nothing was sent")
}
