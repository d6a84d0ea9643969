// Package unserved gives tests an address at which nothing serves.
package unserved

import (
	"net"
	"testing"

	"github.com/stretchr/testify/require"
)

// Address returns an address of this machine that refuses connections until the
// test ends. Its port belongs to a connection, so that no other test and no other
// program can begin to listen there. The port of a listener that was closed could
// be given to any of them.
func Address(t testing.TB) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, listener.Close()) }()
	ours, err := net.Dial("tcp", listener.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() { _ = ours.Close() })
	theirs, err := listener.Accept()
	require.NoError(t, err)
	t.Cleanup(func() { _ = theirs.Close() })
	return ours.LocalAddr().String()
}
