//go:build unix

package evidence

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A program that starts another hands its open files to the child for a moment.
// The child must not keep a record in progress that has ended.
func TestRecord_ChildDoesNotKeepItsLock(t *testing.T) {
	t.Parallel()
	d, _ := newDir(t)
	w := begin(t, d, "tx")
	childs, err := syscall.Dup(int(w.file.file.Fd()))
	require.NoError(t, err)
	t.Cleanup(func() { _ = syscall.Close(childs) })
	require.ErrorIs(t, d.Purge("time is over", w.id), ErrInProgress)
	require.NoError(t, w.Abort("no answer"))
	assert.NoError(t, d.Purge("time is over", w.id))
}

// hold holds the journal's lock as a stopped process does, or a reader.
func hold(t *testing.T, path string, how lockKind) (release func()) {
	t.Helper()
	file, err := os.Open(filepath.Join(path, journalName))
	require.NoError(t, err)
	require.NoError(t, waitLock(file, how))
	return func() { _ = file.Close() }
}

// While another process holds the journal, Begin waits no longer than its
// context lasts, and leaves nothing; later ones go on.
func TestBegin_EndsWithItsContextWhileTheJournalIsLocked(t *testing.T) {
	t.Parallel()
	for name, how := range map[string]lockKind{"a writer": exclusive, "a reader": shared} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, path := newDir(t)
			release := hold(t, path, how)
			over := errors.New("over")
			failed := make(chan error)
			const begins = 5
			ctx, cancel := context.WithCancelCause(t.Context())
			for i := range begins {
				go func() {
					_, err := d.Begin(ctx, testMeta("tx-"+strconv.Itoa(i)))
					failed <- err
				}()
			}
			cancel(over)
			for range begins {
				require.ErrorIs(t, <-failed, over)
			}
			names, err := d.archive.names()
			require.NoError(t, err)
			assert.Empty(t, names)
			release()
			commit(t, d, "tx-later", "body")
			report := verify(t, path)
			require.NoError(t, report.Err())
			assert.EqualValues(t, 3, report.Head.Entries)
		})
	}
}

// A directory can be closed while a Begin still waits.
func TestDir_ClosesAfterABeginThatGaveUp(t *testing.T) {
	t.Parallel()
	d, path := newDir(t)
	release := hold(t, path, shared)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		_, err := d.Begin(ctx, testMeta("tx"))
		done <- err
	}()
	cancel()
	require.ErrorIs(t, <-done, context.Canceled)
	release()
	require.NoError(t, d.Close())
	require.NoError(t, verify(t, path).Err())
}

// childNoLock audits a directory where flock fails with the error of that
// number.
func childNoLock(args []string) error {
	number, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	flockSystem = func(int, int) error { return syscall.Errno(number) }
	a, err := OpenArchive(args[0], testKey(1))
	if err != nil {
		return err
	}
	report, err := a.Verify()
	if err != nil {
		return err
	}
	records := 0
	for _, err := range a.Records() {
		if err != nil {
			return err
		}
		records++
	}
	_, err = Open(args[0], testKey(1))
	fmt.Print(report.Err(), " ", report.Unlocked, " ", report.Checked, " ", records, " ", errors.Is(err, syscall.Errno(number)))
	return nil
}

// An auditor's network share may have no locks: reading needs none, and says
// so. Writing does not go without.
func TestArchive_ReadsWithoutLocks(t *testing.T) {
	t.Parallel()
	f := newFaulty(t)
	for _, errno := range []syscall.Errno{
		syscall.ENOLCK, syscall.EOPNOTSUPP, syscall.ENOSYS, syscall.EINVAL, syscall.EBADF, syscall.EACCES, syscall.EPERM,
	} {
		t.Run(errno.Error(), func(t *testing.T) {
			t.Parallel()
			out, err := child(t, "no lock", f.path, strconv.Itoa(int(errno))).Output()
			require.NoError(t, err)
			assert.Equal(t, "<nil> true true 4 true", string(out))
		})
	}
	assert.False(t, verify(t, f.path).Unlocked)
}
