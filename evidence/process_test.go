//go:build unix

package evidence

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/internal/judge"
)

// childVariable names the role of this test binary when a test starts it again
// as another process; its arguments are those of the role.
const childVariable = "EVIDENCE_TEST_CHILD"

var children = map[string]func(args []string) error{
	"write":   childWrite,
	"full":    childFull,
	"kill":    childVerify,
	"sync":    childSync,
	"room":    childRoom,
	"no lock": childNoLock,
}

func TestMain(m *testing.M) {
	part := os.Getenv(childVariable)
	if part == "" {
		judge.Main(m)
		return
	}
	if err := children[part](os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// child is another process in a role.
func child(t *testing.T, part string, args ...string) *exec.Cmd {
	t.Helper()
	binary, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), binary, args...)
	cmd.Env = append(os.Environ(), childVariable+"="+part)
	cmd.Stderr = os.Stderr
	return cmd
}

const perProcess = 15

// childWrite commits records under transactions of its own.
func childWrite(args []string) error {
	d, err := Open(args[0], testKey(1))
	if err != nil {
		return err
	}
	for i := range perProcess {
		record, err := d.Begin(context.Background(), testMeta(args[1]+"-"+strconv.Itoa(i)))
		if err != nil {
			return err
		}
		if _, err := record.Write([]byte(args[1])); err != nil {
			return err
		}
		if err := record.Commit(); err != nil {
			return err
		}
	}
	return d.Close()
}

func TestDir_TakesSeveralProcesses(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "evidence")
	const processes = 4
	var waits []func() error
	for i := range processes {
		cmd := child(t, "write", path, "process-"+strconv.Itoa(i))
		require.NoError(t, cmd.Start())
		waits = append(waits, cmd.Wait)
	}
	for _, wait := range waits {
		require.NoError(t, wait())
	}
	report := verify(t, path)
	require.NoError(t, report.Err())
	assert.Equal(t, processes*perProcess, report.Committed)
	assert.Zero(t, report.Leftovers)
	entries := uint64(0)
	chains := make(map[string]bool)
	for e, err := range openArchive(t, path).store.Entries(t.Context(), Query{}) {
		require.NoError(t, err)
		chains[e.Chain] = true
		if e.Event != eventLinked {
			entries++
		}
	}
	assert.Len(t, chains, processes, "a chain each")
	assert.EqualValues(t, processes*(1+2*perProcess), entries)
}

// childFull writes under a limit on the size of files, which fails like a full
// disk: with part of the bytes written. It prints what happened.
func childFull(args []string) error {
	signal.Ignore(syscall.SIGXFSZ)
	d, err := Open(args[0], testKey(1))
	if err != nil {
		return err
	}
	record, err := d.Begin(context.Background(), testMeta("tx-before"))
	if err != nil {
		return err
	}
	limit, err := strconv.ParseUint(args[1], 10, 64)
	if err != nil {
		return err
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: limit, Max: limit}); err != nil {
		return err
	}
	kept := 0
	for range 10 {
		n, err := record.Write([]byte(strings.Repeat("x", 1000)))
		kept += n
		if err != nil {
			break
		}
	}
	commitErr := record.Commit()
	_, beginErr := d.Begin(context.Background(), testMeta("tx-after"))
	fmt.Println(kept, errors.Is(commitErr, syscall.EFBIG), errors.Is(beginErr, syscall.EFBIG))
	return nil
}

func TestDir_FullDiskBeginsNothingAndKeepsAll(t *testing.T) {
	t.Parallel()
	// The limit applies to each file: a record fits into another log file, which is
	// begun where the end of the one before did not fit.
	for _, limit := range []int{0, 1, 500, 700, 1800, 3000, 4500, 5500, 6500, 7500} {
		t.Run(strconv.Itoa(limit), func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "evidence")
			out, err := child(t, "full", path, strconv.Itoa(limit)).Output()
			require.NoError(t, err)
			var kept int
			var commitFailed, beginFailed bool
			_, err = fmt.Sscan(string(out), &kept, &commitFailed, &beginFailed)
			require.NoError(t, err)
			assert.True(t, commitFailed)

			require.NoError(t, verify(t, path).Err())
			d := openDir(t, path) // continues once there is space
			report := verify(t, path)
			require.NoError(t, report.Err())
			assert.Zero(t, report.Leftovers)
			begun := 2
			if beginFailed {
				begun = 1
			}
			assert.Equal(t, begun, report.Interrupted+report.Aborted)
			assert.Zero(t, report.Committed)
			for r, err := range d.Archive().ByTxID(t.Context(), "tx-before") {
				require.NoError(t, err)
				assert.Len(t, r.Body(), kept)
			}
			commit(t, d, "tx-later", "body")
			require.NoError(t, verify(t, path).Err())
		})
	}
}

// childRoom opens a directory where no file may contain a byte.
func childRoom(args []string) error {
	signal.Ignore(syscall.SIGXFSZ)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{}); err != nil {
		return err
	}
	_, err := Open(args[0], testKey(1))
	fmt.Print(errors.Is(err, syscall.EFBIG))
	return nil
}

// A user has signed when verify begins, so a fault that would stop Begin must
// stop Open.
func TestOpen_TriesWhatBeginNeeds(t *testing.T) {
	t.Parallel()
	d, path := newDir(t)
	require.NoError(t, d.Close())
	out, err := child(t, "room", path).Output()
	require.NoError(t, err)
	assert.Equal(t, "true", string(out))
	assert.Empty(t, names(t, path), "the trial leaves nothing")
	chains, err := os.ReadDir(filepath.Join(path, chainsName))
	require.NoError(t, err)
	assert.Empty(t, chains, "the trial leaves nothing")
}

func TestOpen_NeedsAWritableFolder(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	writeFile(t, file, nil)
	_, err := Open(file, testKey(1))
	require.ErrorIs(t, err, syscall.ENOTDIR)
	_, err = OpenArchive(filepath.Join(t.TempDir(), "none"), testKey(1))
	require.ErrorIs(t, err, os.ErrNotExist)
}
