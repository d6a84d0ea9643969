// Package stagetest gives the examples' tests an environment: that of a
// simulator which listens.
package stagetest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/internal/env"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// Getenv reads these variables, "NAME=value", and no others; of two with one
// name the last counts.
func Getenv(pairs ...string) func(string) string {
	values := make(map[string]string)
	for _, pair := range pairs {
		name, value, _ := strings.Cut(pair, "=")
		values[name] = value
	}
	return func(name string) string { return values[name] }
}

// Simulator starts a simulator and returns the variables with which its
// clients find it, its roots included.
func Simulator(t *testing.T) []string {
	t.Helper()
	server := kakaocerttest.NewServer(t)
	return append(server.Environ(), RootsOf(t, server))
}

// RootsOf writes a simulator's roots to a file and returns the variable that
// names it.
func RootsOf(t *testing.T, server *kakaocerttest.Server) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "roots.pem")
	require.NoError(t, os.WriteFile(path, server.RootPEM(), 0o600))
	return env.Roots + "=" + path
}
