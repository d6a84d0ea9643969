//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package disk

import (
	"errors"
	"os"
)

// Without flock(2) a directory can be read as it is, but not written.

const CanLock = false

type LockKind int

const (
	Exclusive LockKind = iota
	Shared
)

func WaitLock(*os.File, LockKind) error        { return errors.ErrUnsupported }
func TryLock(*os.File, LockKind) (bool, error) { return false, errors.ErrUnsupported }
func Unlock(*os.File) error                    { return nil }
func IsLocked(*os.File) (bool, error)          { return false, nil }
func Links(os.FileInfo) uint64                 { return 1 }
func IsNoLock(err error) bool                  { return errors.Is(err, errors.ErrUnsupported) }
