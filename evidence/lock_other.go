//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package evidence

import (
	"errors"
	"os"
)

// Where there is no flock(2) a directory is read as it is, and not written.

const canLock = false

type lockKind int

const (
	exclusive lockKind = iota
	shared
)

func waitLock(*os.File, lockKind) error        { return errors.ErrUnsupported }
func tryLock(*os.File, lockKind) (bool, error) { return false, errors.ErrUnsupported }
func unlockFile(*os.File) error                { return nil }
func isLocked(*os.File) (bool, error)          { return false, nil }
func links(os.FileInfo) uint64                 { return 1 }
func isNoLock(err error) bool                  { return errors.Is(err, errors.ErrUnsupported) }
