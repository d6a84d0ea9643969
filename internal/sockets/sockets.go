// Package sockets makes directories for Unix sockets, whose paths must be short:
// an address takes 103 bytes on macOS and 107 on Linux. The directory for temporary
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

// MakeDir makes a directory whose name begins as given, in the directory for
// temporary files, or in /tmp where the path of a socket would be too long there.
// Socket is the longest path below it. The caller removes the directory.
func MakeDir(name, socket string) (string, error) {
	parent := os.TempDir()
	if len(filepath.Join(parent, name+digits, socket)) > longest {
		parent = "/tmp"
	}
	return os.MkdirTemp(parent, name)
}
