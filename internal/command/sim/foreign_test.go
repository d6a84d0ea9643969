package sim

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/internal/command/call/calltest"
	"github.com/kakaocert-go/kakaocert/internal/judge"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// foreignClient runs a client in another language against a simulator and does
// what its user does when asked, if they are. The client finds the command in
// the PATH.
func foreignClient(t *testing.T, s *simRun, act, program string, args ...string) (out string, err error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Env = append(calltest.Finding(t), "LC_ALL=C.UTF-8", "TMPDIR="+t.TempDir())
	for name, value := range s.Environment {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	var errors strings.Builder
	cmd.Stderr = &errors
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	lines := bufio.NewReader(stdout)
	for err == nil && !strings.HasPrefix(out, "requested:") {
		out, err = lines.ReadString('\n')
	}
	if err == nil {
		require.Contains(t, out, s.Phone)
		s.control(204, "POST", "/_sim/transactions/"+s.onlyTransaction().TxID+"/"+act, "")
	}
	rest, err := io.ReadAll(lines)
	require.NoError(t, err)
	err = cmd.Wait()
	return string(rest) + errors.String(), err
}

// calls counts the calls of a step that the simulator has printed.
func (s *simRun) calls(step string) (n int) {
	s.t.Helper()
	for line := range strings.Lines(s.stderr.String()) {
		var ev kakaocerttest.Event
		require.NoError(s.t, json.Unmarshal([]byte(line), &ev))
		if ev.Step == step {
			n++
		}
	}
	return n
}

func javaClient(t *testing.T, s *simRun, act, class string) (out string, err error) {
	t.Helper()
	classes := judge.Java(t, "../../../examples/java/kakaocert")
	return foreignClient(t, s, act, "java", "-Djava.io.tmpdir="+t.TempDir(), "-cp", classes, class)
}

func nodeClient(t *testing.T, s *simRun, act string) (out string, err error) {
	t.Helper()
	return foreignClient(t, s, act, judge.Need(t, "node"), "../../../examples/node/identity.mjs")
}

func TestNode_ProvesWhoAPersonIs(t *testing.T) {
	t.Parallel()
	for _, environment := range []string{"test", "production"} {
		t.Run(environment, func(t *testing.T) {
			t.Parallel()
			s := startSim(t, "--env", environment)
			out, err := nodeClient(t, s, "sign")
			require.NoError(t, err, out)
			assert.Contains(t, out, "it is this request's nonce")
			assert.Contains(t, out, "name, birthday and phone are the user's")
			assert.True(t, s.onlyTransaction().Verified)
		})
	}
}

func TestNode_IsDeclined(t *testing.T) {
	t.Parallel()
	out, err := nodeClient(t, startSim(t), "decline")
	require.Error(t, err)
	assert.Contains(t, out, "the user did not sign: REJECTED")
}

func TestJava_ProvesWhoAPersonIs(t *testing.T) {
	t.Parallel()
	s := startSim(t, "--env", "production")
	out, err := javaClient(t, s, "sign", "kakaocert.Identity")
	require.NoError(t, err, out)
	assert.Contains(t, out, "it is this request's nonce")
	assert.Contains(t, out, "name, birthday and phone are the user's")
	assert.True(t, s.onlyTransaction().Verified)
}

// otherwise is a host that speaks in no way as the default does, as far as that
// changes answers.
const otherwise = `{"dialect": {
	"wrapped": true, "byte_order_mark": true, "gzip": true, "times": "cert_sign", "errors": {"code": "errorCode", "message": "errorMessage", "in": "error"},
	"line_breaks": true, "url_safe": true, "der": true, "base64_vid": true, "identity_cms": true
}}`

func TestForeign_UnderstandsAHostThatSpeaksOtherwise(t *testing.T) {
	t.Parallel()
	for name, client := range map[string]func(*testing.T, *simRun) (string, error){
		"Node":           func(t *testing.T, s *simRun) (string, error) { return nodeClient(t, s, "sign") },
		"Java, identity": func(t *testing.T, s *simRun) (string, error) { return javaClient(t, s, "sign", "kakaocert.Identity") },
		"Java, contract": func(t *testing.T, s *simRun) (string, error) { return javaClient(t, s, "sign", "kakaocert.Contract") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startSim(t, "--seed", calltest.Write(t, "seed.json", []byte(otherwise)))
			out, err := client(t, s)
			require.NoError(t, err, out)
			assert.Contains(t, out, "name, birthday and phone are the user's")
			assert.Equal(t, strings.Contains(name, "contract"), strings.Contains(out, "the certificate is the person's"))
		})
	}
}

func TestJava_IsDeclined(t *testing.T) {
	t.Parallel()
	out, err := javaClient(t, startSim(t), "decline", "kakaocert.Identity")
	require.Error(t, err)
	assert.Contains(t, out, "the user did not sign: REJECTED")
}

func TestJava_ChecksASignature(t *testing.T) {
	t.Parallel()
	s := startSim(t)
	out, err := javaClient(t, s, "sign", "kakaocert.Contract")
	require.NoError(t, err, out)
	assert.Contains(t, out, "it is a signature on this document")
	assert.Contains(t, out, "the certificate is the person's")
	assert.Contains(t, out, "name, birthday and phone are the user's")
	kept := regexp.MustCompile(`kept: +(.+)`).FindStringSubmatch(out)
	require.NotNil(t, kept, out)
	info, err := os.Stat(kept[1])
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode())
	assert.Contains(t, string(calltest.Read(t, kept[1])), `"signed_data"`)
}

func TestJava_RefusesWhatIsForged(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("each starts a Java machine")
	}
	for fault, said := range map[string]string{
		"another_document":    "the signature was refused: content, content-differs",
		"revoked_certificate": "the signature was refused: revocation, revoked",
		"wrong_vid":           "the certificate is somebody else's",
	} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			s := startSim(t)
			s.control(204, "POST", "/_sim/faults", `{"kind":"`+fault+`"}`)
			out, err := javaClient(t, s, "sign", "kakaocert.Contract")
			require.Error(t, err)
			assert.Contains(t, out, "SecurityEvent: "+said)
		})
	}
}

// Java's own client sends a GET again when a connection that was kept dies
// under it; for verify, that would lose the signature.
func TestJava_VerifiesOnce(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"drop_after", "cut_body"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s := startSim(t)
			s.control(204, "POST", "/_sim/faults", `{"step":"verify","kind":"`+kind+`"}`)
			out, err := javaClient(t, s, "sign", "kakaocert.Contract")
			require.Error(t, err)
			assert.Contains(t, out, "verify: sent, outcome unknown")
			assert.Equal(t, 1, s.calls("verify"))
		})
	}
}

func TestJava_SettlesALostRequestByStatus(t *testing.T) {
	t.Parallel()
	for kind, said := range map[string]string{
		"drop_after":  "name, birthday and phone are the user's",
		"drop_before": "request: sent, outcome unknown",
		"bad_gateway": "refused: no code (HTTP 502)",
		"maintenance": "refused: E0002 (HTTP 503)",
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s := startSim(t)
			s.control(204, "POST", "/_sim/faults", `{"step":"request","kind":"`+kind+`"}`)
			out, err := javaClient(t, s, "sign", "kakaocert.Identity")
			assert.Contains(t, out, said)
			assert.Equal(t, kind == "drop_after", err == nil)
			assert.Equal(t, 1, s.calls("request"), "it is not sent again")
		})
	}
}

func TestJava_TriesAgainWhatPasses(t *testing.T) {
	t.Parallel()
	s := startSim(t)
	for _, fault := range []string{
		`{"step":"prepare","kind":"unavailable"}`, `{"step":"status","kind":"drop_before"}`, `{"step":"signer","kind":"internal_error","times":2}`,
	} {
		s.control(204, "POST", "/_sim/faults", fault)
	}
	out, err := javaClient(t, s, "sign", "kakaocert.Identity")
	require.NoError(t, err, out)
	assert.Equal(t, 2, s.calls("prepare"))
	assert.Equal(t, 3, s.calls("signer"))
}
