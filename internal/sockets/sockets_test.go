package sockets_test

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/internal/sockets"
)

// Wherever temporary files are, a socket can be made.
func TestMakeDir_PathIsShortEnough(t *testing.T) {
	parent := "/tmp" // one whose length does not depend on the machine
	for _, length := range []int{0, 40, 46, 47, 48, 60, 90, 103, 200} {
		folder, err := os.MkdirTemp(parent, "s")
		require.NoError(t, err)
		t.Cleanup(func() { _ = os.RemoveAll(folder) })
		if missing := length - len(folder) - 1; missing > 0 {
			folder = filepath.Join(folder, strings.Repeat("x", missing))
			require.NoError(t, os.Mkdir(folder, 0o700))
		}
		t.Setenv("TMPDIR", folder)
		dir, err := sockets.MakeDir("postgres", "bouncer0123456789/.s.PGSQL.6432")
		require.NoError(t, err)
		t.Cleanup(func() { _ = os.RemoveAll(dir) })
		assert.Equal(t, len(folder) <= 52, strings.HasPrefix(dir, folder+"/"), "%d: %s", length, dir)
		below := filepath.Join(dir, "bouncer0123456789")
		require.NoError(t, os.Mkdir(below, 0o700))
		address := filepath.Join(below, ".s.PGSQL.6432")
		assert.LessOrEqual(t, len(address), 103)
		listener, err := net.Listen("unix", address)
		require.NoError(t, err, "%d: %s", length, address)
		require.NoError(t, listener.Close())
	}
}
