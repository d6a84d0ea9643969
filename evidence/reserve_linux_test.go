package evidence

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/evidence/internal/disk"
)

func init() { children["reserve"] = childReserve }

// childReserve opens a directory and stores an answer where fallocate fails with
// the error of that number, and prints at which step that was noticed.
func childReserve(args []string) error {
	number, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	interrupted := false
	disk.Fallocate = func(int, uint32, int64, int64) error {
		if number == int(syscall.EINTR) && interrupted {
			return nil
		}
		interrupted = true
		return syscall.Errno(number)
	}
	d, err := Open(args[0], testKey(1))
	if err != nil {
		fmt.Print("open ", errors.Is(err, syscall.Errno(number)))
		return nil
	}
	record, err := d.Begin(context.Background(), testMeta("tx"))
	if err != nil {
		fmt.Print("begin")
		return nil
	}
	if _, err := record.Write([]byte("the answer")); err != nil {
		return err
	}
	if err := record.Commit(); err != nil {
		return err
	}
	fmt.Print("committed")
	return d.Close()
}

// Only a lack of space counts, and Open reports it.
func TestOpen_ReservesRoomWhereTheSystemCan(t *testing.T) {
	t.Parallel()
	for errno, want := range map[syscall.Errno]string{
		syscall.ENOSPC: "open true", syscall.EDQUOT: "open true",
		syscall.EPERM: "committed", syscall.EINVAL: "committed", syscall.ENODEV: "committed", syscall.EOPNOTSUPP: "committed",
		syscall.ENOSYS: "committed", syscall.EACCES: "committed", syscall.EIO: "committed", syscall.EBADF: "committed",
		syscall.ESPIPE: "committed", syscall.ENXIO: "committed", syscall.EFBIG: "committed", syscall.EINTR: "committed",
	} {
		t.Run(errno.Error(), func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "evidence")
			out, err := child(t, "reserve", path, strconv.Itoa(int(errno))).Output()
			require.NoError(t, err)
			assert.Equal(t, want, string(out))
			require.NoError(t, verify(t, path).Err())
			assert.Zero(t, verify(t, path).Leftovers)
			commit(t, openDir(t, path), "tx-later", "goes on once there is room")
		})
	}
}
