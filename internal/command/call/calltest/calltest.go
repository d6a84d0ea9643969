// Package calltest calls the command in tests.
package calltest

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/internal/command/call"
)

// Called is what a call of the command left.
type Called struct {
	Code        int
	Out, Errors string
}

// Command is the command with these verbs.
type Command call.Verbs

// Run runs the command, with the environment given as KEY=value and with this
// standard input.
func (c Command) Run(t *testing.T, environ []string, input string, args ...string) Called {
	t.Helper()
	return c.RunWithin(t.Context(), environ, input, args...)
}

// RunWithin is Run until the context ends.
func (c Command) RunWithin(ctx context.Context, environ []string, input string, args ...string) Called {
	var out, errs bytes.Buffer
	code := call.Run(ctx, call.Verbs(c), append([]string{"kakaocert"}, args...), environ, strings.NewReader(input), &out, &errs)
	return Called{Code: code, Out: out.String(), Errors: errs.String()}
}

// Objects reads a JSON object a line.
func Objects[T any](t *testing.T, out string) []T {
	t.Helper()
	var list []T
	for line := range strings.Lines(out) {
		var object T
		decoder := json.NewDecoder(strings.NewReader(line))
		decoder.DisallowUnknownFields()
		require.NoError(t, decoder.Decode(&object), line)
		list = append(list, object)
	}
	return list
}

// Write writes a file into a folder of its own.
func Write(t *testing.T, name string, raw []byte) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, raw, 0o600))
	return path
}

// Read reads a file.
func Read(t *testing.T, path string) []byte {
	t.Helper()
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	return raw
}

// Vector names a file below testdata/cms, from a package of a verb.
func Vector(elements ...string) string {
	return filepath.Join(append([]string{"..", "..", "..", "testdata", "cms"}, elements...)...)
}
