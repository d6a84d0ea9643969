package evidence

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/evidence/internal/disk"
)

func init() { children["disk that fills up"] = childFills }

// smallDisk is a disk that is only counted.
type smallDisk struct {
	mu   sync.Mutex
	free int64
	room int64
}

func (s *smallDisk) reserve(length int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.free < length {
		return syscall.ENOSPC
	}
	s.free -= length
	s.room += length
	return nil
}

// write fails where there is no space, also for what had been given back since.
func (s *smallDisk) write(d *directory, f *os.File, p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d.room.mu.Lock()
	s.free += s.room - d.room.size
	s.room = d.room.size
	d.room.mu.Unlock()
	if s.free < int64(len(p)) {
		n, _ := f.Write(p[:s.free]) // a full disk takes a part
		s.free = 0
		return n, syscall.ENOSPC
	}
	s.free -= int64(len(p))
	return f.Write(p)
}

// childFills stores two answers on a disk that somebody else fills as soon as
// both are begun, and prints what happened.
func childFills(args []string) error {
	small := &smallDisk{free: 64 << 20}
	var dir *directory
	disk.Fallocate = func(_ int, _ uint32, _, length int64) error {
		return small.reserve(length)
	}
	d, err := Open(args[0], testKey(1))
	if err != nil {
		return err
	}
	dir = d.store.(*directory)
	writeTo = func(f *os.File, p []byte) (int, error) { return small.write(dir, f, p) }
	first, err := d.Begin(context.Background(), testMeta("tx-first"))
	if err != nil {
		return err
	}
	second, err := d.Begin(context.Background(), testMeta("tx-second"))
	if err != nil {
		return err
	}
	small.free = 0
	_, err = first.Write([]byte(strings.Repeat("x", 3<<20)))
	fmt.Println("3 MiB kept", err == nil)
	_, err = d.Begin(context.Background(), testMeta("tx-third"))
	fmt.Println("no other begins", errors.Is(err, syscall.ENOSPC))
	_, err = second.Write([]byte(strings.Repeat("y", 1<<20)))
	fmt.Println("1 MiB kept", err == nil)
	fmt.Println("committed", first.Commit() == nil, second.Commit() == nil)
	return d.Close()
}

// Answers that were begun are kept on a disk that fills up, and nothing else is
// begun.
func TestDir_KeepsAnswersOnADiskThatFillsUp(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "evidence")
	out, err := child(t, "disk that fills up", path).Output()
	require.NoError(t, err)
	assert.Equal(t, "3 MiB kept true\nno other begins true\n1 MiB kept true\ncommitted true true\n", string(out))
	report := verify(t, path)
	require.NoError(t, report.Err())
	assert.Equal(t, 2, report.Committed)
	assert.Zero(t, report.Leftovers)
}

// The room follows the number of records, without a name in the directory.
func TestRoom_FollowsTheRecords(t *testing.T) {
	t.Parallel()
	r := &room{folder: t.TempDir()}
	const records = 20
	for range records {
		require.NoError(t, r.enter())
	}
	assert.EqualValues(t, records*recordRoom, r.size)
	require.True(t, r.give(syscall.EDQUOT, 1<<20))
	assert.EqualValues(t, records*recordRoom-1<<20-roomSlack, r.size)
	assert.False(t, r.give(syscall.EIO, 1<<20), "not for other faults")
	for range records {
		r.leave()
	}
	assert.LessOrEqual(t, r.size, int64(2*idleRoom))
	for r.give(syscall.ENOSPC, idleRoom) {
	}
	assert.Zero(t, r.size)
	names, err := os.ReadDir(r.folder)
	require.NoError(t, err)
	assert.Empty(t, names)
	require.NoError(t, r.close())
	require.NoError(t, r.enter(), "a record that is being written may still be completed")
}
