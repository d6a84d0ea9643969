package main

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/internal/command/call"
	"github.com/kakaocert-go/kakaocert/internal/command/call/calltest"
)

// run calls the command.
func run(t *testing.T, environ []string, args ...string) calltest.Called {
	t.Helper()
	return calltest.Command(verbs).Run(t, environ, "", args...)
}

// A wrong call is reported on standard error, without the values that were
// typed, and exits with 2.
func TestWrongCalls(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		args  []string
		error string
	}{
		"no verb":         {nil, "which verb?"},
		"unknown verb":    {[]string{"verfy"}, "no such verb: verfy; did you mean verify?"},
		"a name":          {[]string{"홍길동"}, "no such verb;"},
		"unknown flag":    {[]string{"version", "--verbose"}, "no such flag: --verbose; run"},
		"a name as flag":  {[]string{"version", "--홍길동"}, "no such flag"},
		"a phone as flag": {[]string{"version", "--01012345678"}, "no such flag"},
		"bad value":       {[]string{"version", "--json=01012345678"}, "--json has a value that cannot be read"},
		"argument":        {[]string{"version", "홍길동"}, "takes flags"},
		"misspelt flag":   {[]string{"identity", "--phnoe"}, "--phnoe; did you mean --phone?"},
		"no value":        {[]string{"identity", "--phone"}, "--phone needs a value"},
		"help on a typo":  {[]string{"help", "evidence", "lst"}, "did you mean list?"},
		"nothing like it": {[]string{"frobnicate"}, "no such verb: frobnicate; run"},
		"language":        {[]string{"version", "--lang", "fr"}, "--lang must be ko or en"},
		"flag of a verb":  {[]string{"--json", "version"}, "no such flag: --json"},
		"help on nothing": {[]string{"help", "nothing"}, "no such verb: nothing"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := run(t, nil, c.args...)
			assert.Equal(t, call.ExitWrong, got.Code)
			assert.Contains(t, got.Errors, c.error)
			assert.Empty(t, got.Out)
			assert.NotContains(t, got.Errors, "홍길동")
			assert.NotContains(t, got.Errors, "01012345678")
		})
	}
}

func TestHelp_IsKoreanAndFits80Columns(t *testing.T) {
	t.Parallel()
	calltest.Help(t, call.Kakaocert(verbs))
	assert.Equal(t, run(t, nil, "help", "evidence", "verify").Out, run(t, nil, "evidence", "verify", "-h").Out)
	assert.Equal(t, call.ExitDone, run(t, nil, "help", "-h").Code)
	assert.Equal(t, run(t, nil, "help", "evidence").Out, run(t, nil, "evidence", "help").Out)
	asked := run(t, nil, "evidence", "purge", "-h", "--lang", "ko").Out
	assert.Contains(t, asked, "설명:")
	assert.Equal(t, asked, run(t, []string{"LANG=ko_KR.UTF-8"}, "evidence", "purge", "-h").Out)
	assert.Equal(t, asked, run(t, nil, "--lang", "ko", "evidence", "purge", "-h").Out, "before the verb")
	assert.Equal(t, asked, run(t, nil, "evidence", "--lang=ko", "purge", "-h").Out, "between the verbs")
	assert.Contains(t, run(t, []string{"LC_ALL=ko_KR.UTF-8"}, "verfy").Errors, "없는 명령: verfy (혹시 verify?).")
}

// A variable that is misspelt would be ignored silently.
func TestRun_ReportsUnknownVariables(t *testing.T) {
	t.Parallel()
	got := run(t, []string{"KAKAOCERT_DEALR_KEY=secret", "KAKAOCERT_=x", "PATH=/bin", "kakaocert_env=test"}, "version")
	assert.Equal(t, call.ExitDone, got.Code)
	assert.Contains(t, got.Errors, "KAKAOCERT_DEALR_KEY; did you mean KAKAOCERT_DEALER_KEY?\n")
	assert.Equal(t, 2, strings.Count(got.Errors, "\n"))
	assert.NotContains(t, got.Errors, "secret")
	assert.Empty(t, run(t, []string{"KAKAOCERT_ENC_VERSION=2"}, "version").Errors)
}

func TestVersion(t *testing.T) {
	t.Parallel()
	got := run(t, nil, "version", "--json")
	require.Equal(t, call.ExitDone, got.Code)
	assert.Contains(t, got.Out, `{"version":"0.1.0",`)
	assert.Contains(t, run(t, nil, "version").Out, "kakaocert 0.1.0, go1.")
}

// Completion is cli's own; that it is switched on is ours.
func TestCompletion(t *testing.T) {
	t.Parallel()
	for _, shell := range []string{"bash", "zsh", "fish", "pwsh"} {
		got := run(t, nil, "completion", shell)
		assert.Equal(t, call.ExitDone, got.Code)
		assert.Contains(t, got.Out, "--generate-shell-completion")
	}
	assert.Contains(t, run(t, nil, "version", "--j", "--generate-shell-completion").Out, "--json")
}

// An answer that could not be printed was not given.
func TestOutput_ThatFails(t *testing.T) {
	t.Parallel()
	var errs bytes.Buffer
	code := call.Run(t.Context(), verbs, []string{"kakaocert", "version"}, nil, nil, fullDisk{}, &errs)
	assert.Equal(t, call.ExitWrong, code)
	assert.Contains(t, errs.String(), "standard output: disk full")
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("disk full") }
