package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// signedContract runs a contract of two texts and returns where it was kept.
func signedContract(t *testing.T, h *host, more ...string) (out string, got flowOutcome) {
	t.Helper()
	out = filepath.Join(t.TempDir(), "signed")
	texts := []string{write(t, "contract.txt", []byte(contractText)), write(t, "terms.txt", []byte("제2조\r\n"))}
	got, result := h.flow(append([]string{"contract", "--text", texts[0], texts[1], "--out", out}, more...)...)
	require.Equal(t, exitDone, result.code, result.errors)
	return out, got
}

func TestContractFiles(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	out, got := signedContract(t, h)
	assert.Equal(t, contractText, string(read(t, filepath.Join(out, "document-001.txt"))), "as sent")
	assert.Equal(t, "제2조\r\n", string(read(t, filepath.Join(out, "document-002.txt"))), "line ends too")
	assert.Equal(t, h.RootPEM(), read(t, filepath.Join(out, "roots.pem")))
	assert.Len(t, got.Files, 5)
	for _, file := range got.Files {
		info, err := os.Stat(file)
		require.NoError(t, err)
		assert.Equal(t, os.FileMode(0o600), info.Mode().Perm(), file)
	}
	require.NotNil(t, got.Evidence)
	assert.Equal(t, out, got.Evidence.Dir)

	// The command itself takes what it has written.
	for i, signature := range []string{"document-001", "document-002"} {
		args := []string{
			"verify", "--json", "--roots", filepath.Join(out, "roots.pem"),
			"--content", filepath.Join(out, signature+".txt"), filepath.Join(out, signature+".p7s"),
		}
		answer := call(t, nil, "", args...)
		require.Equal(t, exitDone, answer.code, answer.out)
		assert.Equal(t, got.Signatures[i].Signer, objects[signed](t, answer.out)[0].Signer)
		inspected := objects[message](t, call(t, nil, "", "inspect", "--json", args[len(args)-1]).out)[0]
		assert.Equal(t, "DER", inspected.Encoding, "the service's own form is BER")
	}
	swapped := call(t, nil, "", "verify", "--roots", filepath.Join(out, "roots.pem"),
		"--content", filepath.Join(out, "document-002.txt"), filepath.Join(out, "document-001.p7s"))
	assert.Equal(t, exitNo, swapped.code)

	// Nothing is written over, and nobody is asked a second time for nothing.
	asked := h.Calls("request")
	again, result := h.flow("contract", "--text", write(t, "a", []byte("a")), "--out", out)
	assert.Equal(t, exitWrong, result.code)
	assert.Zero(t, again)
	assert.Equal(t, asked, h.Calls("request"))
}

// What is filed can be taken up again years later.
func TestWithdrawalFiles(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	out := filepath.Join(t.TempDir(), "filed")
	key := write(t, "key", []byte(strings.Repeat("k", 32)))
	got, result := h.flow("withdrawal", "--bank-name", "다른은행", "--service-type", "GIRO", "--out", out, "--key-file", key)
	require.Equal(t, exitDone, result.code, result.errors)
	assert.Len(t, got.Files, 3)
	filed, err := kakaocert.ParseConsentExport(read(t, filepath.Join(out, "consent.p7s")), read(t, filepath.Join(out, "consent.json")))
	require.NoError(t, err)
	assert.Equal(t, "다른은행", filed.Consent().BankName)
	assert.Equal(t, kakaocert.ServiceGiro, filed.Consent().ServiceType)
	verifier, err := kakaocert.NewVerifier(h.Roots())
	require.NoError(t, err)
	_, err = filed.Check(verifier, h.Config().Cipher, nil)
	require.NoError(t, err)

	// The evidence is encrypted, and the key opens it.
	records, err := filepath.Glob(filepath.Join(out, "records", "*.record"))
	require.NoError(t, err)
	require.Len(t, records, 1)
	assert.NotContains(t, string(read(t, records[0])), "signed_data")
	assert.Equal(t, exitDone, call(t, nil, "", "evidence", "verify", out, "--key-file", key, "--roots", filepath.Join(out, "roots.pem")).code)
	assert.Equal(t, exitNo, call(t, nil, "", "evidence", "verify", out).code)
}

// The line that the help gives must work.
func TestOpenSSLTakesTheFiles(t *testing.T) {
	t.Parallel()
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("openssl is not installed")
	}
	h := newHost(t)
	out, _ := signedContract(t, h)
	h.flow("withdrawal", "--out", filepath.Join(out, "consent"))
	verify := func(signature, roots string) ([]byte, error) {
		return exec.Command(openssl, "cms", "-verify", "-inform", "DER", "-in", signature,
			"-CAfile", roots, "-purpose", "any").Output()
	}
	for i, signature := range []string{"document-001", "document-002"} {
		content, err := verify(filepath.Join(out, signature+".p7s"), filepath.Join(out, "roots.pem"))
		require.NoError(t, err, i)
		assert.Equal(t, read(t, filepath.Join(out, signature+".txt")), content)
	}
	_, err = verify(filepath.Join(out, "consent", "consent.p7s"), filepath.Join(out, "consent", "roots.pem"))
	require.NoError(t, err)
	_, err = verify(filepath.Join(out, "document-001.p7s"), vector("root.pem"))
	require.Error(t, err, "another root is not taken")
	for _, verb := range []string{"contract", "withdrawal"} {
		assert.Contains(t, call(t, nil, "", verb, "-h").out, "-CAfile DIR/roots.pem -purpose any")
	}
}

// Without roots the flow goes on: what came is kept, and can be checked when
// the roots are there.
func TestAFlowWithoutRoots(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	h.environ = withoutEnviron(h.environ, "KAKAOCERT_ROOTS")
	for _, args := range [][]string{{"withdrawal"}, {"contract", "--text", write(t, "contract.txt", []byte(contractText))}} {
		out := filepath.Join(t.TempDir(), "out")
		got, result := h.flow(append(args, "--out", out)...)
		assert.Equal(t, exitNo, result.code)
		assert.Equal(t, "no_roots", got.Reason)
		assert.Empty(t, got.Files)
		require.NotNil(t, got.Evidence)
		before, _, found := strings.Cut(result.errors, "prepared")
		require.True(t, found)
		assert.Contains(t, before, "no roots are trusted", "it is said before anybody is asked")
		audit := call(t, nil, "", "evidence", "verify", out, "--roots", write(t, "roots.pem", h.RootPEM()), "--json")
		assert.Equal(t, exitDone, audit.code, audit.out)
		assert.Contains(t, audit.out, `"signatures_good":1`)
	}
}

// Calls that leave this machine are made when all is there that they need.
func TestARemoteFlow(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	remote := append(withoutEnviron(h.environ, "KAKAOCERT_BASE_URL"), "KAKAOCERT_BASE_URL=https://kakaocert.invalid")
	person := []string{"--name", "홍길동", "--birthday", "19900101", "--phone", "01012345678", "--timeout", "1s", "--json"}
	key := write(t, "key", []byte(strings.Repeat("k", 32)))
	for _, args := range [][]string{
		{"identity"},
		{"contract", "--text", write(t, "contract.txt", []byte(contractText)), "--out", t.TempDir(), "--key-file", key},
		{
			"withdrawal", "--out", t.TempDir(), "--key-file", key, "--billing-organization", "예시전력", "--bank-name", "예시은행",
			"--account-number", "3333-01-1234567", "--account-holder", "홍길동", "--account-holder-birthday", "19900101", "--service-type", "CMS",
		},
	} {
		got, result := outcomeOf(t, call(t, remote, "", append(args, person...)...))
		assert.Equal(t, exitNo, result.code, result.errors)
		assert.Equal(t, "prepare", got.Step)
		assert.Equal(t, "https://kakaocert.invalid", got.Host)
		assertNothingPersonal(t, result)
	}
}

// When the evidence fails with the answer on its way, the answer is the only
// copy there is: it is saved elsewhere, and the output says where.
func TestAnAnswerThatTheEvidenceCannotTake(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	h := newHost(t)
	out := filepath.Join(t.TempDir(), "out")
	defer h.OnEvent(func(ev kakaocerttest.Event) {
		if ev.Step == "verify" {
			assert.NoError(t, os.Remove(filepath.Join(out, "journal")))
		}
	})()
	got, result := h.flow("contract", "--text", write(t, "contract.txt", []byte(contractText)), "--out", out)
	assert.Equal(t, exitNo, result.code)
	assert.Equal(t, "evidence", got.Reason)
	require.Len(t, got.Files, 1)
	assert.Contains(t, result.errors, got.Files[0])
	signatures, err := kakaocert.SignedDataIn(read(t, got.Files[0]), nil)
	require.NoError(t, err)
	assert.Len(t, signatures, 1)
	info, err := os.Stat(got.Files[0])
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	assertNothingPersonal(t, result)
}

// The outcome's keys are a contract.
func TestOutcomeKeys(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	_, result := h.flow("identity")
	var got map[string]any
	require.NoError(t, json.Unmarshal([]byte(result.out), &got))
	for _, key := range []string{"product", "environment", "tx_id", "host", "verified", "reason", "signed_at", "signer_matches"} {
		assert.Contains(t, got, key)
	}
	assert.Equal(t, 1, strings.Count(result.out, "\n"), "one object")
}
