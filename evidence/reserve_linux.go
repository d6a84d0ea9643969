package evidence

import (
	"errors"
	"os"
	"syscall"
)

const keepSize = 1 // FALLOC_FL_KEEP_SIZE of fallocate(2)

// reserve makes sure of room on disk without changing the file's size. A file
// system that cannot do that is used without.
func reserve(f *os.File, offset, length int64) error {
	for {
		err := syscall.Fallocate(int(f.Fd()), keepSize, offset, length)
		switch {
		case errors.Is(err, syscall.EINTR):
			continue
		case err == nil, errors.Is(err, syscall.EOPNOTSUPP), errors.Is(err, syscall.ENOSYS):
			return nil
		}
		return &os.PathError{Op: "fallocate", Path: f.Name(), Err: err}
	}
}
