package main

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// called is what a call of the command left.
type called struct {
	code        int
	out, errors string
}

// call runs the command with the environment given as KEY=value, and with
// standard input where input is not empty.
func call(t *testing.T, environ []string, input string, args ...string) called {
	t.Helper()
	return callWithin(t.Context(), environ, input, args...)
}

func callWithin(ctx context.Context, environ []string, input string, args ...string) called {
	getenv := func(name string) string {
		for _, pair := range environ {
			if value, found := strings.CutPrefix(pair, name+"="); found {
				return value
			}
		}
		return ""
	}
	var out, errs bytes.Buffer
	code := run(ctx, append([]string{"kakaocert"}, args...), getenv, strings.NewReader(input), &out, &errs)
	return called{code: code, out: out.String(), errors: errs.String()}
}

// What is wrong with a call is said on standard error, without what was typed
// as a value, and ends it with 2.
func TestWrongCalls(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		args  []string
		error string
	}{
		"no verb":         {nil, "which verb?"},
		"unknown verb":    {[]string{"verfy"}, "no such verb: verfy"},
		"a name":          {[]string{"홍길동"}, "no such verb;"},
		"unknown flag":    {[]string{"version", "--verbose"}, "not defined: -verbose"},
		"a name as flag":  {[]string{"version", "--홍길동"}, "no such flag"},
		"a phone as flag": {[]string{"version", "--01012345678"}, "no such flag"},
		"bad value":       {[]string{"version", "--json=01012345678"}, "--json has a value that cannot be read"},
		"argument":        {[]string{"version", "홍길동"}, "takes flags"},
		"flag of a verb":  {[]string{"--json", "version"}, "not defined: -json"},
		"help on nothing": {[]string{"help", "nothing"}, "No help topic"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := call(t, nil, "", c.args...)
			assert.Equal(t, exitWrong, got.code)
			assert.Contains(t, got.errors, c.error)
			assert.Empty(t, got.out)
			assert.NotContains(t, got.errors, "홍길동")
			assert.NotContains(t, got.errors, "01012345678")
		})
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	got := call(t, nil, "", "version", "--json")
	require.Equal(t, exitDone, got.code)
	assert.Contains(t, got.out, `{"version":"0.1.0",`)
	assert.Contains(t, call(t, nil, "", "version").out, "kakaocert 0.1.0, go1.")
}

// Completion is cli's own; that it is switched on is ours.
func TestCompletion(t *testing.T) {
	t.Parallel()
	for _, shell := range []string{"bash", "zsh", "fish", "pwsh"} {
		got := call(t, nil, "", "completion", shell)
		assert.Equal(t, exitDone, got.code)
		assert.Contains(t, got.out, "--generate-shell-completion")
	}
	assert.Contains(t, call(t, nil, "", "version", "--j", "--generate-shell-completion").out, "--json")
}

// An answer that could not be printed was not given.
func TestAnOutputThatFails(t *testing.T) {
	t.Parallel()
	var errs bytes.Buffer
	code := run(t.Context(), []string{"kakaocert", "version"}, func(string) string { return "" }, nil, fullDisk{}, &errs)
	assert.Equal(t, exitWrong, code)
	assert.Contains(t, errs.String(), "standard output: disk full")
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("disk full") }
