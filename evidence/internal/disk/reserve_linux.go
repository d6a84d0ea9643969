package disk

import (
	"errors"
	"os"
	"syscall"
)

// CanReserve says whether the system can reserve space.
const CanReserve = true

const (
	keepSize  = 1 // FALLOC_FL_KEEP_SIZE of fallocate(2)
	punchHole = 2 // FALLOC_FL_PUNCH_HOLE
)

// Fallocate is fallocate(2). It is a variable for the tests.
var Fallocate = syscall.Fallocate

// Reserve reserves space on disk without changing the file's size. It fails
// only for a lack of space. Any other answer means that space cannot be
// reserved here, which systems report in different ways: EOPNOTSUPP and ENOSYS
// where the file system has no Fallocate, EPERM in a sandbox that forbids it,
// EINVAL and ENODEV on network and layered file systems. Then the file is
// written without a reservation.
func Reserve(f *os.File, offset, length int64) error {
	for {
		err := Fallocate(int(f.Fd()), keepSize, offset, length)
		switch {
		case errors.Is(err, syscall.EINTR):
			continue
		case err != nil && IsFull(err):
			return &os.PathError{Op: "fallocate", Path: f.Name(), Err: err}
		}
		return nil
	}
}

// Punch frees the space of bytes, which are then zero, where the file system can
// do that.
func Punch(f *os.File, offset, length int64) {
	if length > 0 {
		_ = Fallocate(int(f.Fd()), punchHole|keepSize, offset, length)
	}
}

// IsFull reports whether an error says that the disk is full, or the quota
// used up.
func IsFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}
