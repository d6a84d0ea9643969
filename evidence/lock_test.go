//go:build unix

package evidence

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/evidence/internal/disk"
)

// A program that starts another hands its open files to the child for a moment.
// The child must not keep an ended record in progress.
func TestRecord_ChildDoesNotKeepItsLock(t *testing.T) {
	t.Parallel()
	d, path := newDir(t)
	w := begin(t, d, "tx")
	childs, err := syscall.Dup(int(d.store.(*directory).current.file.Fd()))
	require.NoError(t, err)
	t.Cleanup(func() { _ = syscall.Close(childs) })
	other := openDir(t, path)
	require.ErrorIs(t, other.Purge(t.Context(), "time is over", w.id), ErrInProgress)
	require.NoError(t, d.Close())
	require.ErrorIs(t, other.Purge(t.Context(), "time is over", w.id), ErrInProgress, "it may still be completed")
	require.ErrorIs(t, w.Abort("no answer"), os.ErrClosed)
	assert.NoError(t, other.Purge(t.Context(), "time is over", w.id))
}

// childNoLock audits a directory where flock fails with the error of that
// number.
func childNoLock(args []string) error {
	number, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	disk.Flock = func(int, int) error { return syscall.Errno(number) }
	a, err := OpenArchive(args[0], testKey(1))
	if err != nil {
		return err
	}
	report, err := a.Verify(context.Background())
	if err != nil {
		return err
	}
	records := 0
	for _, err := range a.Records(context.Background()) {
		if err != nil {
			return err
		}
		records++
	}
	_, err = Open(args[0], testKey(1))
	fmt.Print(report.Err(), " ", report.Unlocked, " ", report.Checked, " ", records, " ", errors.Is(err, syscall.Errno(number)))
	return nil
}

// An auditor's network share may have no locks. Reading needs none, and the
// report shows it. Writing fails without locks.
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
