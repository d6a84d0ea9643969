//go:build unix

package evidence

import (
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A program that starts another hands its open files to the child for a moment.
// The child must not keep a record in progress that has ended.
func TestAChildDoesNotKeepTheLockOfARecord(t *testing.T) {
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
