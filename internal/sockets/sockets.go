// Package sockets finds places for Unix sockets, whose paths must be short: an
// address takes 103 bytes on macOS and 107 on Linux. The directory for temporary
// files may have a longer path.
package sockets

import (
	"os"
	"path/filepath"
)

const (
	longest = 103
	digits  = "0123456789" // what [os.MkdirTemp] adds at most
)

// Parent returns the directory for temporary files, or /tmp where the path of a
// socket would be too long there. Socket is the longest path below it.
func Parent(socket string) string {
	if dir := os.TempDir(); len(filepath.Join(dir, socket)) <= longest {
		return dir
	}
	return "/tmp"
}

// MakeDir makes a directory in [Parent] whose name begins as given. Socket is the
// longest path below it. The caller removes the directory.
func MakeDir(name, socket string) (string, error) {
	return os.MkdirTemp(Parent(filepath.Join(name+digits, socket)), name)
}
