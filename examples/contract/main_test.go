package main

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/examples/internal/stage/stagetest"
	"github.com/kakaocert-go/kakaocert/internal/env"
	"github.com/kakaocert-go/kakaocert/internal/judge"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// TestMain prints which judges the tests heard.
func TestMain(m *testing.M) { judge.Main(m) }

func TestRun_SignsChecksAndWritesDocuments(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"one":     {[]string{"-one"}, "1 signatures"},
		"several": {nil, "3 signatures"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			args := append(test.args, "-out", t.TempDir())
			require.NoError(t, run(t.Context(), args, stagetest.Getenv(stagetest.Simulator(t)...), &out))
			assert.Contains(t, out.String(), test.want)
			for _, personal := range []string{"홍길동", "19900101", "01012345678"} {
				assert.NotContains(t, out.String(), personal)
			}
		})
	}
}

// The lines that the example prints are run unchanged.
func TestRun_FilesAreAcceptedByOpenSSL(t *testing.T) {
	t.Parallel()
	judge.Need(t, "openssl")
	shell := judge.Need(t, "sh")
	var out bytes.Buffer
	directory := filepath.Join(t.TempDir(), "a bank's evidence")
	require.NoError(t, run(t.Context(), []string{"-sign-after", "0s", "-out", directory}, stagetest.Getenv(), &out))
	run := 0
	for line := range strings.Lines(out.String()) {
		if strings.HasPrefix(line, "openssl ") {
			output, err := exec.CommandContext(t.Context(), shell, "-c", line).CombinedOutput()
			require.NoError(t, err, string(output))
			run++
		}
	}
	assert.Equal(t, 3, run)
}

func TestRun_RefusesAnotherDocumentsSignature(t *testing.T) {
	t.Parallel()
	server := kakaocerttest.NewServer(t)
	require.NoError(t, server.Inject(kakaocerttest.Fault{Kind: kakaocerttest.SwappedPair}))
	roots := stagetest.RootsOf(t, server)
	var out bytes.Buffer
	err := run(t.Context(), []string{"-out", t.TempDir()}, stagetest.Getenv(append(server.Environ(), roots)...), &out)
	require.ErrorIs(t, err, kakaocert.ErrContentMismatch)
	assert.Contains(t, out.String(), "in the evidence")
	assert.NotContains(t, out.String(), "written to")
}

func TestRun_RealPersonNeedsAKeyForTheEvidence(t *testing.T) {
	t.Parallel()
	variables := append(stagetest.Simulator(t), env.BaseURL+"=https://gateway.example")
	var out bytes.Buffer
	args := []string{"-name", "홍길동", "-birthday", "19900101", "-phone", "01012345678", "-out", t.TempDir()}
	err := run(t.Context(), args, stagetest.Getenv(variables...), &out)
	assert.ErrorContains(t, err, "-key")
	assert.Empty(t, out.String())
}

// A second run overwrites nothing, and without -out nothing is left behind.
func TestRun_LeavesAloneWhatIsThere(t *testing.T) {
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	out := filepath.Join(t.TempDir(), "out")
	require.NoError(t, run(t.Context(), []string{"-sign-after", "0s", "-one", "-out", out}, stagetest.Getenv(), io.Discard))
	before, err := os.ReadFile(filepath.Join(out, "document-001.p7s"))
	require.NoError(t, err)
	require.ErrorContains(t, run(t.Context(), []string{"-sign-after", "0s", "-out", out}, stagetest.Getenv(), io.Discard), "not overwritten")
	after, err := os.ReadFile(filepath.Join(out, "document-001.p7s"))
	require.NoError(t, err)
	assert.Equal(t, before, after)

	var printed bytes.Buffer
	require.NoError(t, run(t.Context(), []string{"-sign-after", "0s"}, stagetest.Getenv(), &printed))
	assert.Contains(t, printed.String(), "-out names a directory")
	left, err := os.ReadDir(temporary)
	require.NoError(t, err)
	assert.Empty(t, left)
}
