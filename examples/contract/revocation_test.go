package main

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/examples/internal/stage/stagetest"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

func TestContract_RevokedCertificateIsRefused(t *testing.T) {
	t.Parallel()
	server := kakaocerttest.NewServer(t)
	require.NoError(t, server.Inject(kakaocerttest.Fault{Kind: kakaocerttest.RevokedCertificate}))
	var out bytes.Buffer
	getenv := stagetest.Getenv(append(server.Environ(), stagetest.RootsOf(t, server))...)
	err := run(t.Context(), []string{"-out", t.TempDir()}, getenv, &out)
	require.ErrorIs(t, err, kakaocert.ErrRevoked)
	assert.NotContains(t, out.String(), "written to")
}

func TestContract_SaysThatTheCertificateIsGood(t *testing.T) {
	t.Parallel()
	for name, variables := range map[string][]string{"in process": nil, "over HTTP": stagetest.Simulator(t)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			require.NoError(t, run(t.Context(), []string{"-sign-after", "0s", "-out", t.TempDir()}, stagetest.Getenv(variables...), &out))
			assert.Contains(t, out.String(), "not revoked")
		})
	}
}
