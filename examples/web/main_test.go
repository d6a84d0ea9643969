package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/examples/internal/stage/stagetest"
	"github.com/kakaocert-go/kakaocert/internal/env"
)

func TestRun_ServesBothPagesUntilStopped(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	told, out := io.Pipe()
	var logs lines
	ended := make(chan error, 1)
	go func() {
		ended <- run(ctx, []string{"-listen", "127.0.0.1:0", "-out", t.TempDir()}, stagetest.Getenv(), out, &logs)
		_ = out.Close()
	}()
	addresses := make(map[string]string)
	for said := bufio.NewScanner(told); len(addresses) < 4 && said.Scan(); {
		name, rest, _ := strings.Cut(said.Text(), ":")
		addresses[name] = strings.TrimSpace(rest)
	}
	for _, name := range []string{"page", "phone"} {
		response, err := http.Get(addresses[name])
		require.NoError(t, err)
		assert.Equal(t, http.StatusOK, response.StatusCode)
		assert.NoError(t, response.Body.Close())
	}
	assert.Contains(t, addresses, "kept in")
	stop()
	assert.NoError(t, <-ended)
	assert.Contains(t, logs.String(), `route="GET /{$}" status=200`)
}

func TestRun_RealPeopleAreAskedOnlyWithTheFlag(t *testing.T) {
	t.Parallel()
	remote := append(stagetest.Simulator(t), env.BaseURL+"=https://gateway.example")
	var out, logs lines
	args := []string{"-listen", "127.0.0.1:0", "-out", t.TempDir()}
	err := run(t.Context(), args, stagetest.Getenv(remote...), &out, &logs)
	assert.ErrorContains(t, err, "-real")
	err = run(t.Context(), append(args, "-real"), stagetest.Getenv(remote...), &out, &logs)
	assert.ErrorContains(t, err, "-key", "and their signatures want a key of their own")
	assert.Empty(t, out.String())
}

func TestRun_HalfSetKeysNeverMeanTheSimulator(t *testing.T) {
	t.Parallel()
	var out, logs lines
	err := run(t.Context(), nil, stagetest.Getenv(env.DealerKey+"=key"), &out, &logs)
	assert.ErrorContains(t, err, env.InstitutionKey)
	assert.Empty(t, out.String())
}
