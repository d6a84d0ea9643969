package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/internal/env"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

func variables(pairs []string) func(string) string {
	values := make(map[string]string)
	for _, pair := range pairs {
		name, value, _ := strings.Cut(pair, "=")
		values[name] = value
	}
	return func(name string) string { return values[name] }
}

func TestTheWholeFlowRunsOnASimulatorInTheEnvironment(t *testing.T) {
	t.Parallel()
	server := kakaocerttest.NewServer(t)
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), nil, variables(server.Environ()), &out))
	assert.Contains(t, out.String(), "calling:     "+server.URL)
	assert.Contains(t, out.String(), "COMPLETED")
	assert.Contains(t, out.String(), "name and birthday are the user's")
	for _, personal := range []string{"홍길동", "19900101", "01012345678"} {
		assert.NotContains(t, out.String(), personal)
	}
}

func TestNobodyIsAskedByDefaultOnAHostThatIsNotLoopback(t *testing.T) {
	t.Parallel()
	server := kakaocerttest.NewServer(t)
	pairs := append(server.Environ(), env.BaseURL+"=https://gateway.example")
	var out bytes.Buffer
	err := run(t.Context(), nil, variables(pairs), &out)
	assert.ErrorContains(t, err, "real person")
	assert.Empty(t, out.String())
}

func TestHalfSetKeysNeverMeanTheSimulator(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	err := run(t.Context(), nil, variables([]string{env.DealerKey + "=key"}), &out)
	assert.ErrorContains(t, err, env.InstitutionKey)
	assert.Empty(t, out.String())
}
