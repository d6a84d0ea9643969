package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/examples/internal/stage/stagetest"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

func TestRun_SignsChecksAndFilesAConsent(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	dir := t.TempDir()
	require.NoError(t, run(t.Context(), []string{"-out", dir}, stagetest.Getenv(stagetest.Simulator(t)...), &out))
	assert.Contains(t, out.String(), "it is this consent, item by item")
	assert.Contains(t, out.String(), "the person with this CI")
	assert.Contains(t, out.String(), "once more and on their own")
	items, err := os.ReadFile(filepath.Join(dir, "consent.json"))
	require.NoError(t, err)
	assert.Contains(t, string(items), "예시가스")
	for _, personal := range []string{"홍길동", "19900101", "01012345678", "300400"} {
		assert.NotContains(t, out.String(), personal)
	}
}

func TestRun_RefusesAnotherUsersSignature(t *testing.T) {
	t.Parallel()
	server := kakaocerttest.NewServer(t)
	require.NoError(t, server.Inject(kakaocerttest.Fault{Kind: kakaocerttest.AnotherUser}))
	var out bytes.Buffer
	variables := append(server.Environ(), stagetest.RootsOf(t, server))
	err := run(t.Context(), []string{"-out", t.TempDir()}, stagetest.Getenv(variables...), &out)
	require.ErrorIs(t, err, kakaocert.ErrVIDMismatch)
	assert.NotContains(t, out.String(), "filed")
}
