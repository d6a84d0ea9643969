package flow

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
	"github.com/kakaocert-go/kakaocert/internal/command/call"
	"github.com/kakaocert-go/kakaocert/internal/command/call/calltest"
	"github.com/kakaocert-go/kakaocert/internal/command/verdict"
	"github.com/kakaocert-go/kakaocert/internal/judge"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// signedContract runs a contract of two texts and returns where it was kept.
func signedContract(t *testing.T, h *host, more ...string) (out string, got flowOutcome) {
	t.Helper()
	out = filepath.Join(t.TempDir(), "signed")
	texts := []string{calltest.Write(t, "contract.txt", []byte(calltest.ContractText)), calltest.Write(t, "terms.txt", []byte("제2조\r\n"))}
	got, result := h.flow(append([]string{"contract", "--text", texts[0], texts[1], "--out", out}, more...)...)
	require.Equal(t, call.ExitDone, result.Code, result.Errors)
	return out, got
}

func TestContractFiles(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	out, got := signedContract(t, h)
	assert.Equal(t, calltest.ContractText, string(calltest.Read(t, filepath.Join(out, "document-001.txt"))), "as sent")
	assert.Equal(t, "제2조\r\n", string(calltest.Read(t, filepath.Join(out, "document-002.txt"))), "line ends too")
	assert.Equal(t, h.RootPEM(), calltest.Read(t, filepath.Join(out, "roots.pem")))
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
		answer := run(t, nil, "", args...)
		require.Equal(t, call.ExitDone, answer.Code, answer.Out)
		assert.Equal(t, got.Signatures[i].Signer, calltest.Objects[struct {
			verdict.Verdict
			File           string `json:"file"`
			ContentLength  int    `json:"content_length"`
			ContentChecked bool   `json:"content_checked"`
		}](t, answer.Out)[0].Signer)
		inspected := run(t, nil, "", "inspect", "--json", args[len(args)-1])
		assert.Contains(t, inspected.Out, `"encoding":"DER"`, "the service's own form is BER")
	}
	swapped := run(t, nil, "", "verify", "--roots", filepath.Join(out, "roots.pem"),
		"--content", filepath.Join(out, "document-002.txt"), filepath.Join(out, "document-001.p7s"))
	assert.Equal(t, call.ExitNo, swapped.Code)

	// Nothing is overwritten, and the person is not asked a second time in vain.
	asked := h.Calls("request")
	again, result := h.flow("contract", "--text", calltest.Write(t, "a", []byte("a")), "--out", out)
	assert.Equal(t, call.ExitWrong, result.Code)
	assert.Zero(t, again)
	assert.Equal(t, asked, h.Calls("request"))
}

// The filed result can be used again years later.
func TestWithdrawalFiles(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	out := filepath.Join(t.TempDir(), "filed")
	key := calltest.Write(t, "key", []byte(strings.Repeat("k", 32)))
	got, result := h.flow("withdrawal", "--bank-name", "다른은행", "--service-type", "GIRO", "--out", out, "--key-file", key)
	require.Equal(t, call.ExitDone, result.Code, result.Errors)
	assert.Len(t, got.Files, 3)
	filed, err := kakaocert.ParseConsentExport(calltest.Read(t, filepath.Join(out, "consent.p7s")), calltest.Read(t, filepath.Join(out, "consent.json")))
	require.NoError(t, err)
	assert.Equal(t, "다른은행", filed.Consent().BankName)
	assert.Equal(t, kakaocert.CollectionGiro, filed.Consent().CollectionType)
	verifier, err := kakaocert.NewVerifier(h.Roots(), kakaocert.UnsafeNoRevocation())
	require.NoError(t, err)
	_, err = filed.Check(verifier, nil, h.Config().Cipher)
	require.NoError(t, err)

	// The evidence is encrypted, and the key opens it.
	logs, err := filepath.Glob(filepath.Join(out, "chains", "*.evidence"))
	require.NoError(t, err)
	require.NotEmpty(t, logs)
	for _, log := range logs {
		assert.NotContains(t, string(calltest.Read(t, log)), "signed_data")
	}
	assert.Equal(t, call.ExitDone, run(t, nil, "", "evidence", "verify", out, "--key-file", key, "--roots", filepath.Join(out, "roots.pem")).Code)
	assert.Equal(t, call.ExitUnchecked, run(t, nil, "", "evidence", "verify", out).Code)
}

// The line that the help gives must work.
func TestOpenSSLTakesTheFiles(t *testing.T) {
	t.Parallel()
	openssl := judge.Need(t, "openssl")
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
		assert.Equal(t, calltest.Read(t, filepath.Join(out, signature+".txt")), content)
	}
	_, err := verify(filepath.Join(out, "consent", "consent.p7s"), filepath.Join(out, "consent", "roots.pem"))
	require.NoError(t, err)
	_, err = verify(filepath.Join(out, "document-001.p7s"), calltest.Vector("root.pem"))
	require.Error(t, err, "another root is not taken")
	for _, verb := range []string{"contract", "withdrawal"} {
		help := strings.Join(strings.Fields(strings.ReplaceAll(run(t, nil, "", verb, "-h").Out, "\\\n", "")), " ")
		assert.Contains(t, help, "-CAfile DIR/roots.pem -purpose any")
	}
}

// Without roots the flow goes on: what came is kept, and can be checked when
// the roots are there.
func TestFlow_WithoutRoots(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	h.Environ = calltest.Without(h.Environ, "KAKAOCERT_ROOTS")
	for _, args := range [][]string{{"withdrawal"}, {"contract", "--text", calltest.Write(t, "contract.txt", []byte(calltest.ContractText))}} {
		out := filepath.Join(t.TempDir(), "out")
		got, result := h.flow(append(args, "--out", out)...)
		assert.Equal(t, call.ExitNo, result.Code)
		assert.Equal(t, "no_roots", got.Reason)
		assert.Empty(t, got.Files)
		require.NotNil(t, got.Evidence)
		before, _, found := strings.Cut(result.Errors, "prepared")
		require.True(t, found)
		assert.Contains(t, before, "no roots are trusted", "it is said before anybody is asked")
		audit := run(t, nil, "", "evidence", "verify", out, "--roots", calltest.Write(t, "roots.pem", h.RootPEM()), "--json")
		assert.Equal(t, call.ExitDone, audit.Code, audit.Out)
		assert.Contains(t, audit.Out, `"signatures_good":1`)
	}
}

// Calls that leave this machine are made when all is there that they need.
func TestFlow_AtARemoteHost(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	remote := append(calltest.Without(h.Environ, "KAKAOCERT_BASE_URL"), "KAKAOCERT_BASE_URL=https://kakaocert.invalid")
	person := []string{"--name", "홍길동", "--birthday", "19900101", "--phone", "01012345678", "--timeout", "1s", "--json"}
	key := calltest.Write(t, "key", []byte(strings.Repeat("k", 32)))
	for _, args := range [][]string{
		{"identity"},
		{"contract", "--text", calltest.Write(t, "contract.txt", []byte(calltest.ContractText)), "--out", t.TempDir(), "--key-file", key},
		{
			"withdrawal", "--out", t.TempDir(), "--key-file", key, "--billing-organization", "예시전력", "--bank-name", "예시은행",
			"--account-number", "3333-01-1234567", "--account-holder", "홍길동", "--account-holder-birthday", "19900101", "--service-type", "CMS",
		},
	} {
		got, result := outcomeOf(t, run(t, remote, "", append(args, person...)...))
		assert.Equal(t, call.ExitNo, result.Code, result.Errors)
		assert.Equal(t, "prepare", got.Step)
		assert.Equal(t, "https://kakaocert.invalid", got.Host)
		calltest.AssertNothingPersonal(t, result)
	}
}

// When the evidence fails with the answer on its way, the answer is the only
// copy there is: it is saved elsewhere, and the output says where.
func TestFlow_AnswerThatTheEvidenceCannotTake(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	h := newHost(t)
	out := filepath.Join(t.TempDir(), "out")
	defer h.OnEvent(func(ev kakaocerttest.Event) {
		if ev.Step == "verify" {
			chains, err := filepath.Glob(filepath.Join(out, "chains", "*"))
			assert.NoError(t, err)
			for _, chain := range chains {
				assert.NoError(t, os.Remove(chain))
			}
		}
	})()
	got, result := h.flow("contract", "--text", calltest.Write(t, "contract.txt", []byte(calltest.ContractText)), "--out", out)
	assert.Equal(t, call.ExitNo, result.Code)
	assert.Equal(t, "evidence", got.Reason)
	require.Len(t, got.Files, 1)
	assert.Contains(t, result.Errors, got.Files[0])
	signatures, err := kakaocert.SignedDataIn(calltest.Read(t, got.Files[0]), nil)
	require.NoError(t, err)
	assert.Len(t, signatures, 1)
	info, err := os.Stat(got.Files[0])
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	calltest.AssertNothingPersonal(t, result)
}

// The outcome's keys are a contract.
func TestOutcomeKeys(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	_, result := h.flow("identity")
	var got map[string]any
	require.NoError(t, json.Unmarshal([]byte(result.Out), &got))
	for _, key := range []string{"product", "environment", "tx_id", "host", "verified", "reason", "signed_at", "signer_matches"} {
		assert.Contains(t, got, key)
	}
	assert.Equal(t, 1, strings.Count(result.Out, "\n"), "one object")
}

// The verbs of the evidence read an answer in the protocol in which it came.
func TestEvidence_IsReadInTheProtocolOfTheHost(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		dialect  kakaocerttest.Dialect
		protocol string
	}{
		"another object": {kakaocerttest.Dialect{Wrapped: true, Wrapper: "response.body"}, `{"place.answer": "response.body data"}`},
		"other names": {
			kakaocerttest.Dialect{Names: map[string]string{"signed_documents": "list", "signed_document": "cms"}},
			`{"field.signed_documents": "list", "field.signed_document": "cms"}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHost(t, kakaocerttest.WithDialect(c.dialect))
			h.Environ = calltest.With(h.Environ, "KAKAOCERT_PROTOCOL", calltest.Write(t, "protocol.json", []byte(c.protocol)))
			key := calltest.Write(t, "key", []byte(strings.Repeat("k", 32)))
			out, got := signedContract(t, h, "--key-file", key)

			shown := run(t, h.Environ, "", "evidence", "show", out, got.Evidence.Record, "--key-file", key)
			require.Equal(t, call.ExitDone, shown.Code, shown.Errors)
			assert.Equal(t, 2, strings.Count(shown.Out, "signature  "), shown.Out)
			to := filepath.Join(t.TempDir(), "exported")
			exported := run(t, h.Environ, "", "evidence", "export", out, got.Evidence.Record, "--key-file", key, "--to", to)
			require.Equal(t, call.ExitDone, exported.Code, exported.Errors)
			assert.FileExists(t, filepath.Join(to, "signature-002.p7s"))
			checked := run(t, h.Environ, "", "evidence", "verify", out, "--key-file", key, "--roots", filepath.Join(out, "roots.pem"))
			assert.Equal(t, call.ExitDone, checked.Code, checked.Out+checked.Errors)
			wrong := run(t, calltest.With(h.Environ, "KAKAOCERT_PROTOCOL", filepath.Join(to, "none")), "", "evidence", "show", out, got.Evidence.Record, "--key-file", key)
			assert.Equal(t, call.ExitWrong, wrong.Code)
		})
	}
}
