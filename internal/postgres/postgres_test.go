package postgres_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/internal/judge"
	"github.com/kakaocert-go/kakaocert/internal/pgtest"
	"github.com/kakaocert-go/kakaocert/internal/postgres"
)

func TestMain(m *testing.M) {
	if os.Getenv("KAKAOCERT_TEST_POSTGRES") == "child" {
		child()
	}
	judge.Main(m)
}

func TestServer_KeepsWhatWasCommittedWhenItCrashes(t *testing.T) {
	t.Parallel()
	server := pgtest.Start(t)
	require.NoError(t, server.Exec(t.Context(), postgres.Superuser, "create table order_ (id int); insert into order_ values (1)"))
	require.Error(t, server.Restart(t.Context()), "it is running")
	require.NoError(t, server.Crash())
	require.Error(t, server.Exec(t.Context(), postgres.Superuser, "select 1"))
	require.NoError(t, server.Restart(t.Context()))
	require.NoError(t, server.Exec(t.Context(), postgres.Superuser, "do $$ begin assert (select count(*) = 1 from order_); end $$"))
}

func TestServer_LeavesNothingWhenItIsClosed(t *testing.T) {
	t.Parallel()
	judge.PostgreSQL(t)
	server, err := postgres.Start(t.Context(), "fsync=off")
	require.NoError(t, err)
	require.NoError(t, server.Close())
	assert.NoDirExists(t, server.Dir())
	require.NoError(t, server.Close(), "twice is once")
}

func TestServer_ReportsASettingThatIsWrong(t *testing.T) {
	t.Parallel()
	judge.PostgreSQL(t)
	_, err := postgres.Start(t.Context(), "max_connections=none")
	assert.ErrorContains(t, err, "max_connections")
}

func TestServer_Spaces(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "a folder")
	for _, entered := range []string{filepath.Dir(t.TempDir()), folder} { // by the server's account
		require.NoError(t, os.MkdirAll(entered, 0o755))
		require.NoError(t, os.Chmod(entered, 0o755))
	}
	if os.Geteuid() == 0 {
		require.NoError(t, os.Chmod(folder, 0o777))
	}
	t.Setenv("TMPDIR", folder)
	server := pgtest.Start(t, "fsync=off")
	programs, err := postgres.Programs()
	require.NoError(t, err)
	said, err := server.Command(t.Context(), filepath.Join(programs, "psql"), "-X", "-c", "select 1", server.URL(postgres.Superuser, postgres.Superuser)).CombinedOutput()
	require.NoError(t, err, "%s", said)
}

// longFolder is a folder for temporary files whose path is longer than that of a
// socket may be.
func longFolder(t *testing.T) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), strings.Repeat("long", 30))
	require.NoError(t, os.Mkdir(folder, 0o700))
	if os.Geteuid() == 0 { // the server has an account of its own
		for _, entered := range []string{filepath.Dir(filepath.Dir(folder)), filepath.Dir(folder)} {
			require.NoError(t, os.Chmod(entered, 0o755))
		}
		require.NoError(t, os.Chmod(folder, 0o777))
	}
	return folder
}

func TestServer_StartsWhereTemporaryFilesHaveLongPaths(t *testing.T) {
	judge.PostgreSQL(t)
	folder := longFolder(t)
	t.Setenv("TMPDIR", folder)
	server, err := postgres.Start(t.Context(), "fsync=off")
	require.NoError(t, err)
	made, err := os.ReadDir(folder)
	require.NoError(t, err)
	assert.Len(t, made, 1, "its data is there all the same")
	require.NoError(t, server.Exec(t.Context(), postgres.Superuser, "select 1"))
	require.NoError(t, server.Close())
	assert.NoDirExists(t, server.Dir())
	made, err = os.ReadDir(folder)
	require.NoError(t, err)
	assert.Empty(t, made)
}

// child is a process that starts a server and waits to be killed.
func child() {
	server, err := postgres.Start(context.Background(), "fsync=off")
	if err != nil {
		_, _ = os.Stdout.WriteString("error " + err.Error() + "\n")
		os.Exit(1)
	}
	_, _ = os.Stdout.WriteString(server.Dir() + "\n")
	select {}
}

func TestServer_EndsWithAProcessThatIsKilled(t *testing.T) {
	t.Parallel()
	judge.PostgreSQL(t)
	program, err := os.Executable()
	require.NoError(t, err)
	process := exec.CommandContext(t.Context(), program)
	process.Env = append(os.Environ(), "KAKAOCERT_TEST_POSTGRES=child")
	out, err := process.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, process.Start())
	line := make([]byte, 4096)
	n, err := out.Read(line)
	require.NoError(t, err)
	dir := strings.TrimSpace(string(line[:n]))
	require.DirExists(t, dir)
	require.NoError(t, process.Process.Kill())
	_ = process.Wait()
	assert.Eventually(t, func() bool {
		_, err := os.Stat(dir)
		return os.IsNotExist(err)
	}, 5*time.Minute, 10*time.Millisecond)
}
