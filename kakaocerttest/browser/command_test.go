package browser

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/internal/env"
)

// A complete identity check with the command as a user starts it: a client with
// only the environment that the command prints, and a person at the page.
func TestCommand_WholeFlow(t *testing.T) {
	t.Parallel()
	ctx := browser(t, 390, 844)
	ready := startCommand(t)
	setting, err := env.Read(func(name string) string { return ready.Environment[name] })
	require.NoError(t, err)
	client, err := kakaocert.NewClient(setting.Config)
	require.NoError(t, err)
	_, err = chromedp.Run(ctx, chromedp.Navigate(ready.Phone+"?lang=ko"))
	require.NoError(t, err)

	tx, err := client.K1100.Prepare(ctx, &kakaocert.K1100PrepareParams{Product: kakaocert.K1110, User: hong()})
	require.NoError(t, err)
	nonce := kakaocert.NewNonce()
	_, err = client.K1100.Request(ctx, tx, &kakaocert.K1100RequestParams{
		Data: nonce, Title: "본인확인", IdentifyItems: []kakaocert.IdentifyItem{kakaocert.IdentifyName},
	})
	require.NoError(t, err)
	_, err = chromedp.Run(ctx, chromedp.Click("#sign-"+tx.TxID()))
	require.NoError(t, err)

	status, err := client.K1100.Wait(ctx, tx)
	require.NoError(t, err)
	assert.False(t, status.SignedAt.IsZero())
	_, err = client.K1100.Verify(ctx, tx, nonce)
	require.NoError(t, err)
	info, err := client.K1100.SignerInfo(ctx, tx)
	require.NoError(t, err)
	require.NoError(t, info.Compare(hong(), kakaocert.IdentifyName))
	_, err = chromedp.Run(ctx, chromedp.WaitVisible(".done .is-completed em small")) // fetched
	require.NoError(t, err)
}

// ready is what the command prints when it listens.
type ready struct {
	Phone       string            `json:"phone"`
	Environment map[string]string `json:"environment"`
}

func startCommand(t *testing.T) (r ready) {
	t.Helper()
	line, err := startProgram(t, nil, "./cmd/kakaocert", "sim", "--listen", "127.0.0.1:0", "--json").ReadBytes('\n')
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(line, &r))
	return r
}

// startProgram builds and starts a program of the root module, and returns its
// output. If an environment is given, the program has only that one.
func startProgram(t *testing.T, environment []string, path string, args ...string) *bufio.Reader {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "program")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", binary, path)
	build.Dir = "../.." // a module of its own
	out, err := build.CombinedOutput()
	require.NoError(t, err, string(out))

	cmd := exec.Command(binary, args...)
	cmd.Env = environment
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		assert.NoError(t, cmd.Process.Signal(os.Interrupt))
		assert.NoError(t, cmd.Wait(), "exit 0")
	})
	return bufio.NewReader(stdout)
}
