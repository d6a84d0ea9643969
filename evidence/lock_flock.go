//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package evidence

import (
	"errors"
	"os"
	"syscall"
)

// A lock is flock(2): it belongs to the open file, so it holds between
// processes and between goroutines, and ends with its process, however that
// ends.

const canLock = true

func lockFile(f *os.File) error       { return flock(f, syscall.LOCK_EX) }
func lockFileShared(f *os.File) error { return flock(f, syscall.LOCK_SH) }
func unlockFile(f *os.File) error     { return flock(f, syscall.LOCK_UN) }

// tryLockFile gives the lock if nobody has it.
func tryLockFile(f *os.File) (free bool, err error) {
	err = flock(f, syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return false, nil
	}
	return err == nil, err
}

// isLocked reports whether somebody holds the lock that lockFile gives.
func isLocked(f *os.File) (bool, error) {
	err := flock(f, syscall.LOCK_SH|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	return false, unlockFile(f)
}

func flock(f *os.File, how int) error {
	for {
		err := syscall.Flock(int(f.Fd()), how)
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		if err != nil {
			return &os.PathError{Op: "flock", Path: f.Name(), Err: err}
		}
		return nil
	}
}
