//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package evidence

import (
	"errors"
	"os"
)

// Where there is no flock(2) a directory is read as it is, and not written.

const canLock = false

func lockFile(*os.File) error            { return errors.ErrUnsupported }
func tryLockFile(*os.File) (bool, error) { return false, errors.ErrUnsupported }
func lockFileShared(*os.File) error      { return nil }
func unlockFile(*os.File) error          { return nil }
func isLocked(*os.File) (bool, error)    { return false, nil }
