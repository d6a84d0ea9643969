package languages

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/internal/command/call"
	"github.com/kakaocert-go/kakaocert/internal/command/call/calltest"
	"github.com/kakaocert-go/kakaocert/internal/judge"
)

// TestMain prints which judges the tests heard.
func TestMain(m *testing.M) { kakaocertCommand.Main(m) }

// assertAnswersAll gives all vectors to a program, which finds the command in
// the PATH, and its answers back to the command.
func assertAnswersAll(t *testing.T, program string, args ...string) {
	t.Helper()
	if testing.Short() {
		t.Skip("the vectors are the same under the race detector")
	}
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Env = append(os.Environ(), calltest.Finding(t)...)
	cmd.Stdin = strings.NewReader(run(t, nil, "", "vectors").Out)
	var errors bytes.Buffer
	cmd.Stderr = &errors
	answers, err := cmd.Output()
	require.NoError(t, err, errors.String())
	got := run(t, nil, string(answers), "vectors", "-")
	assert.Equal(t, call.ExitDone, got.Code, got.Out+got.Errors)
	assert.NotContains(t, got.Out, "unsupported")
	assert.NotContains(t, got.Out, "not answered")
}

func TestVectors_HoldForNode(t *testing.T) {
	t.Parallel()
	assertAnswersAll(t, judge.Need(t, "node"), "../../../examples/node/vectors.mjs")
}

func TestVectors_HoldForJava(t *testing.T) {
	t.Parallel()
	assertAnswersAll(t, "java", "-cp", judge.Java(t, "../../../examples/java/kakaocert"), "kakaocert.Vectors")
}
