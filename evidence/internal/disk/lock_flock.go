//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

// Package disk locks files between processes and reserves space on disk, as far
// as the system can.
package disk

import (
	"errors"
	"os"
	"syscall"
)

// A lock is flock(2): it belongs to the open file, so it works between
// processes and between goroutines, and it ends with its process, however the
// process ends.

// CanLock says whether the system has locks.
const CanLock = true

// LockKind is how a file is locked.
type LockKind int

// Exclusive is for one who writes, and Shared for those who read.
const (
	Exclusive LockKind = syscall.LOCK_EX
	Shared    LockKind = syscall.LOCK_SH
)

// Flock is flock(2). It is a variable for the tests.
var Flock = syscall.Flock

// WaitLock waits until it has the lock.
func WaitLock(f *os.File, how LockKind) error { return flock(f, int(how)) }

// TryLock gives the lock if no other process holds one.
func TryLock(f *os.File, how LockKind) (free bool, err error) {
	err = flock(f, int(how)|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return false, nil
	}
	return err == nil, err
}

// Unlock gives a lock back.
func Unlock(f *os.File) error { return flock(f, syscall.LOCK_UN) }

// IsLocked reports whether a writer holds the file's lock. On a system without
// locks it returns false.
func IsLocked(f *os.File) (bool, error) {
	free, err := TryLock(f, Shared)
	switch {
	case IsNoLock(err):
		return false, nil
	case err != nil:
		return false, err
	case !free:
		return true, nil
	}
	return false, Unlock(f)
}

// IsNoLock reports whether an error says that the file system has no locks for
// a file that is only read.
func IsNoLock(err error) bool {
	for _, errno := range []error{
		syscall.ENOLCK, syscall.ENOTSUP, syscall.EOPNOTSUPP, syscall.ENOSYS, syscall.EINVAL, syscall.EBADF, syscall.EACCES, syscall.EPERM,
	} {
		if errors.Is(err, errno) {
			return true
		}
	}
	return false
}

// Links is the number of names that a file has.
func Links(info os.FileInfo) uint64 {
	if system, ok := info.Sys().(*syscall.Stat_t); ok {
		return uint64(system.Nlink) // of another type on each system
	}
	return 1
}

func flock(f *os.File, how int) error {
	for {
		err := Flock(int(f.Fd()), how)
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		if err != nil {
			return &os.PathError{Op: "flock", Path: f.Name(), Err: err}
		}
		return nil
	}
}
