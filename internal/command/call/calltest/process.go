package calltest

import (
	"context"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/internal/command/call"
	"github.com/kakaocert-go/kakaocert/internal/judge"
)

// asCommand makes a test binary the command, so that it can be killed, and
// called by programs in other languages.
const asCommand = "CALLTEST_AS_COMMAND"

// Main runs the tests of a package that starts the command as a process, for
// its TestMain. It prints which judges they heard.
func (c Command) Main(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		code := call.Run(ctx, call.Verbs(c), os.Args, os.Environ(), os.Stdin, os.Stdout, os.Stderr)
		stop()
		os.Exit(code)
	}
	judge.Main(m)
}

// Process is the command as a process that is not started yet, with an
// environment and the PATH. The package's TestMain must call [Command.Main].
func Process(ctx context.Context, t *testing.T, environ []string, args ...string) *exec.Cmd {
	t.Helper()
	program, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = append(environ, asCommand+"=1", "PATH="+os.Getenv("PATH"))
	return cmd
}

// Finding returns what a program needs in its environment to find the command
// in its PATH. The package's TestMain must call [Command.Main].
func Finding(t *testing.T) []string {
	t.Helper()
	program, err := os.Executable()
	require.NoError(t, err)
	folder := t.TempDir()
	require.NoError(t, os.Symlink(program, filepath.Join(folder, "kakaocert")))
	return []string{asCommand + "=1", "PATH=" + folder + string(os.PathListSeparator) + os.Getenv("PATH")}
}
