package sim

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/internal/judge"
)

// nodeIdentity runs examples/node/identity.mjs against a simulator and does
// what its user does when asked.
func nodeIdentity(t *testing.T, s *simRun, act string) (out string, err error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), judge.Need(t, "node"), "../../../../examples/node/identity.mjs")
	cmd.Env = []string{"PATH=" + os.Getenv("PATH")}
	for name, value := range s.Environment {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	var errors strings.Builder
	cmd.Stderr = &errors
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	lines := bufio.NewReader(stdout)
	for !strings.HasPrefix(out, "requested:") {
		out, err = lines.ReadString('\n')
		require.NoError(t, err, errors.String())
	}
	require.Contains(t, out, s.Phone)
	s.control(204, "POST", "/_sim/transactions/"+s.onlyTransaction().TxID+"/"+act, "")
	rest, err := io.ReadAll(lines)
	require.NoError(t, err)
	err = cmd.Wait()
	return string(rest) + errors.String(), err
}

func TestAClientInNode(t *testing.T) {
	t.Parallel()
	for _, environment := range []string{"test", "production"} {
		t.Run(environment, func(t *testing.T) {
			t.Parallel()
			s := startSim(t, "--env", environment)
			out, err := nodeIdentity(t, s, "sign")
			require.NoError(t, err, out)
			assert.Contains(t, out, "it is this request's nonce")
			assert.Contains(t, out, "name, birthday and phone are the user's")
			assert.True(t, s.onlyTransaction().Verified)
		})
	}
}

func TestAClientInNodeIsDeclined(t *testing.T) {
	t.Parallel()
	out, err := nodeIdentity(t, startSim(t), "decline")
	require.Error(t, err)
	assert.Contains(t, out, "the user did not sign: REJECTED")
}
