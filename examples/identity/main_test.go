package main

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/examples/internal/stage/stagetest"
	"github.com/kakaocert-go/kakaocert/internal/env"
)

func TestRun_SimulatorOfTheEnvironment(t *testing.T) {
	t.Parallel()
	variables := stagetest.Simulator(t)
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), nil, stagetest.Getenv(variables...), &out))
	assert.Contains(t, out.String(), "calling:     "+stagetest.Getenv(variables...)(env.BaseURL))
	assert.Contains(t, out.String(), "COMPLETED")
	assert.Contains(t, out.String(), "name and birthday are the user's")
	for _, personal := range []string{"홍길동", "19900101", "01012345678"} {
		assert.NotContains(t, out.String(), personal)
	}
}

func TestRun_BuiltInSimulator(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), []string{"-sign-after", "0s"}, stagetest.Getenv(), &out))
	assert.Contains(t, out.String(), "calling:     built-in simulator")
	assert.Contains(t, out.String(), "COMPLETED")
}

func TestRun_RemoteHostNeedsConsentToAskARealPerson(t *testing.T) {
	t.Parallel()
	variables := append(stagetest.Simulator(t), env.BaseURL+"=https://gateway.example")
	var out bytes.Buffer
	err := run(t.Context(), nil, stagetest.Getenv(variables...), &out)
	assert.ErrorContains(t, err, "real person")
	assert.Empty(t, out.String())
}

func TestRun_HalfSetKeysNeverMeanTheSimulator(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	err := run(t.Context(), nil, stagetest.Getenv(env.DealerKey+"=key"), &out)
	assert.ErrorContains(t, err, env.InstitutionKey)
	assert.Empty(t, out.String())
}
