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

// lockKind is how a file is locked.
type lockKind int

const (
	exclusive lockKind = syscall.LOCK_EX
	shared    lockKind = syscall.LOCK_SH
)

// flockSystem is flock(2). It is a variable for the tests.
var flockSystem = syscall.Flock

// waitLock waits until it has the lock.
func waitLock(f *os.File, how lockKind) error { return flock(f, int(how)) }

// tryLock gives the lock if no other process holds one.
func tryLock(f *os.File, how lockKind) (free bool, err error) {
	err = flock(f, int(how)|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return false, nil
	}
	return err == nil, err
}

func unlockFile(f *os.File) error { return flock(f, syscall.LOCK_UN) }

// isLocked reports whether a writer holds the file's lock. Where there are no
// locks it reports no.
func isLocked(f *os.File) (bool, error) {
	free, err := tryLock(f, shared)
	switch {
	case isNoLock(err):
		return false, nil
	case err != nil:
		return false, err
	case !free:
		return true, nil
	}
	return false, unlockFile(f)
}

// isNoLock reports whether an error says that the file system has no locks for
// a file that is only read.
func isNoLock(err error) bool {
	for _, errno := range []error{
		syscall.ENOLCK, syscall.ENOTSUP, syscall.EOPNOTSUPP, syscall.ENOSYS, syscall.EINVAL, syscall.EBADF, syscall.EACCES, syscall.EPERM,
	} {
		if errors.Is(err, errno) {
			return true
		}
	}
	return false
}

// links is the number of names that a file has.
func links(info os.FileInfo) uint64 {
	if system, ok := info.Sys().(*syscall.Stat_t); ok {
		return uint64(system.Nlink) // of another type on each system
	}
	return 1
}

func flock(f *os.File, how int) error {
	for {
		err := flockSystem(int(f.Fd()), how)
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		if err != nil {
			return &os.PathError{Op: "flock", Path: f.Name(), Err: err}
		}
		return nil
	}
}
