package calltest

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/urfave/cli/v3"

	"github.com/kakaocert-go/kakaocert/internal/command/call"
)

// Help demands that the help of every verb fits a terminal of 80 columns, in
// which a Hangul syllable takes two, and that all of it is in Korean too.
func Help(t *testing.T, p call.Program) {
	t.Helper()
	getenv := func(string) string { return "" }
	assertKorean(t, p, p.Name, p.Name)
	assertKorean(t, p, p.Usage, p.Name)
	assertFits(t, p, nil)
	var walk func(path []string, list []*cli.Command)
	walk = func(path []string, list []*cli.Command) {
		for _, verb := range list {
			below := append(path[:len(path):len(path)], verb.Name)
			name := p.Name + " " + strings.Join(below, " ")
			assertKorean(t, p, name, name)
			assertKorean(t, p, verb.Usage, name)
			for _, flag := range verb.Flags {
				assertKorean(t, p, flag.(cli.DocGenerationFlag).GetUsage(), name)
			}
			assertFits(t, p, below)
			walk(below, verb.Commands)
		}
	}
	walk(nil, p.Verbs(getenv))
	for english, translated := range p.Korean {
		assert.Equal(t, marks(english), marks(translated), "%s: %s", english, translated)
	}
}

func assertKorean(t *testing.T, p call.Program, text, name string) {
	t.Helper()
	assert.NotEqual(t, text, p.InKorean(text), name)
}

// assertFits asks for the help of a verb as a person does.
func assertFits(t *testing.T, p call.Program, path []string) {
	t.Helper()
	for _, lang := range []string{"en", "ko"} {
		var out, errs bytes.Buffer
		args := append(append([]string{p.Name}, path...), "-h")
		require.Equal(t, call.ExitDone, p.Run(t.Context(), args, []string{"LANG=" + lang}, strings.NewReader(""), &out, &errs), errs.String())
		for line := range strings.Lines(out.String()) {
			columns := 0
			for _, r := range strings.TrimSuffix(line, "\n") {
				columns++
				if r >= 0x1100 && r < 0x2000 || r >= 0x2e80 {
					columns++
				}
			}
			assert.LessOrEqual(t, columns, 80, "%v: %s", path, line)
		}
	}
}

var (
	argument    = regexp.MustCompile(`%(?:\[\d\])?([a-z])`)
	placeholder = regexp.MustCompile("`([^`]+)`")
)

// marks counts the arguments and the placeholders that a text takes.
func marks(text string) map[string]int {
	count := make(map[string]int)
	for _, mark := range append(argument.FindAllStringSubmatch(text, -1), placeholder.FindAllStringSubmatch(text, -1)...) {
		count[mark[1]]++
	}
	return count
}
