package doctor

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/doctor"
	"github.com/kakaocert-go/kakaocert/internal/command/call"
	"github.com/kakaocert-go/kakaocert/internal/command/call/calltest"
	"github.com/kakaocert-go/kakaocert/internal/env"
	"github.com/kakaocert-go/kakaocert/internal/judge"
)

func TestMain(m *testing.M) { judge.Main(m) }

// otherService starts the service that was written in JavaScript from
// docs/assumptions.md alone, and returns the environment of its clients.
func otherService(t *testing.T, edition string) []string {
	t.Helper()
	judge.Need(t, "openssl") // makes its certificates and signatures
	server := exec.CommandContext(t.Context(), judge.Need(t, "node"), "../../../testdata/otherservice/server.mjs", t.TempDir(), edition)
	server.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()}
	var errors strings.Builder
	server.Stderr = &errors
	out, err := server.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, server.Start())
	t.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait() // it was killed
	})
	var environ []string
	lines := bufio.NewScanner(out)
	for lines.Scan() && lines.Text() != "ready" {
		environ = append(environ, lines.Text())
	}
	require.NotEmpty(t, environ, errors.String())
	return environ
}

// Both editions of the wire, spoken by a service that shares no code with this
// module: what the doctor finds makes every flow succeed.
func TestFlows_PassTheOtherService(t *testing.T) {
	t.Parallel()
	for edition, wantFile := range map[string]bool{"1": true, "2": false} {
		t.Run("edition "+edition, func(t *testing.T) {
			t.Parallel()
			environ := otherService(t, edition)
			file := filepath.Join(t.TempDir(), "protocol.json")
			examined := run(t, environ, "", "doctor", "--json", "--write", file)
			var wrong []string
			for _, l := range calltest.Objects[line](t, examined.Out) {
				if l.Result == doctor.Wrong {
					wrong = append(wrong, l.Check+"."+l.Cause)
				}
			}
			assert.Empty(t, wrong, "services that it does not have are unknown")
			if wantFile {
				environ = calltest.With(environ, env.Protocol, file)
				assert.Equal(t, call.ExitDone, run(t, environ, "", "doctor", "--json").Code, "with what was found nothing is wrong")
			} else {
				assert.NoFileExists(t, file)
			}
			text := calltest.Write(t, "contract.txt", []byte(calltest.ContractText))
			for _, args := range [][]string{
				{"identity"}, {"identity", "--product", "K1120"}, {"withdrawal"}, {"contract", "--text", text}, {"contract", "--text", text, text, text},
			} {
				out := filepath.Join(t.TempDir(), "evidence")
				if args[0] != "identity" {
					args = append(args, "--out", out)
				}
				got := run(t, environ, "", slices.Concat(args, []string{"--poll", "1ms", "--json"})...)
				require.Equal(t, call.ExitDone, got.Code, "%v: %s", args, got.Errors+got.Out)
				assert.Contains(t, got.Out, `"verified":true`)
				if args[0] != "identity" {
					assert.Contains(t, got.Out, `"revocation"`, "it has a CRL")
					assert.Contains(t, got.Out, `"vid"`)
				}
			}
			again := run(t, environ, "", "identity", "--poll", "1ms", "--name", "김철수", "--birthday", "19851224", "--phone", "01011112222", "--json")
			assert.Contains(t, again.Out, "E2001")
		})
	}
}

// A wrong key, IV and settle_id are found at it as at the simulator.
func TestDoctor_FindsMistakesAtTheOtherService(t *testing.T) {
	t.Parallel()
	environ := otherService(t, "2")
	for want, variable := range map[string]string{
		"keys.dealer": env.DealerKey, "keys.institution": env.InstitutionKey, "decryption.unknown": env.EncIV,
		"settle_id.refused": env.SettleID,
	} {
		value := "0123456789abcdef"
		if variable == env.EncIV {
			value = "AAAAAAAAAAAAAAAAAAAAAA=="
		}
		got := run(t, calltest.With(environ, variable, value), "", "doctor", "--json")
		var found []string
		for _, l := range calltest.Objects[line](t, got.Out) {
			if l.Result == doctor.Wrong || l.Result == doctor.Unknown && l.Check != "permissions" {
				found = append(found, l.Check+"."+l.Cause)
			}
		}
		assert.Equal(t, []string{want}, found, "and nothing else is blamed")
	}
}
