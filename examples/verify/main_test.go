package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/evidence"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

func TestRun_MakesADirectoryWhenNoneIsGiven(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), nil, &out))
	assert.Contains(t, out.String(), "whole answers: 1")
	assert.Contains(t, out.String(), "K3510T 1 [parsed")
}

func TestRun_ReportsAChangedRecord(t *testing.T) {
	t.Parallel()
	path, err := store(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(path) })
	logs, err := filepath.Glob(filepath.Join(path, "chains", "*.evidence"))
	require.NoError(t, err)
	require.Len(t, logs, 1)
	raw, err := os.ReadFile(logs[0])
	require.NoError(t, err)
	raw[len(raw)/2] ^= 1
	require.NoError(t, os.WriteFile(logs[0], raw, 0o600))

	var out bytes.Buffer
	require.ErrorIs(t, run(t.Context(), []string{path}, &out), evidence.ErrDamaged)
}

func TestRun_DoesNotTrustAnotherRoot(t *testing.T) {
	t.Parallel()
	path, err := store(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(path) })
	roots := filepath.Join(t.TempDir(), "roots.pem")
	require.NoError(t, os.WriteFile(roots, kakaocerttest.NewService().RootPEM(), 0o600))

	var out bytes.Buffer
	require.ErrorIs(t, run(t.Context(), []string{"-roots", roots, path}, &out), kakaocert.ErrUntrusted)
}
