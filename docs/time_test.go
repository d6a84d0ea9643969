package docs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// clockFunctions wait for time to pass, or measure how much has passed.
var clockFunctions = []string{"Sleep", "After", "AfterFunc", "Tick", "NewTicker", "NewTimer", "Since", "Until"}

// waits maps the functions that give up after a time to the position of that
// time among their arguments.
var waits = map[string]int{"Eventually": 2, "EventuallyWithT": 2, "WithTimeout": 1}

// ownTime is the comment that gives a file's reason for a clock that is not
// visibly a bubble's.
var ownTime = regexp.MustCompile(`(?m)^// (Real|Bubble) time: \S+`)

// TestTests_DoNotDependOnTheSpeedOfTheMachine holds the tests to what
// CONTRIBUTING.md says about time.
func TestTests_DoNotDependOnTheSpeedOfTheMachine(t *testing.T) {
	t.Parallel()
	seen := 0
	var faults []string
	walkGo(t, func(path string, source []byte) {
		name, helper := filepath.Base(path), regexp.MustCompile(`/internal/(.*/)?[a-z0-9]+test/`)
		if !strings.HasSuffix(name, "_test.go") && !helper.MatchString(filepath.ToSlash(path)) {
			return
		}
		if strings.HasPrefix(name, "example_") || strings.HasPrefix(name, "bench_") {
			return // those are programs of users, and these measure
		}
		seen++
		faults = append(faults, timeFaults(t, path, source)...)
	})
	assert.Empty(t, strings.Join(faults, "\n"))
	assert.Greater(t, seen, 200)
}

func TestTimeFaults_FindEachKind(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		above, call string
		want        int
	}{
		"sleep":               {"", "time.Sleep(time.Hour)", 1},
		"measured":            {"", "_ = time.Since(began) < time.Hour", 1},
		"sleep in a bubble":   {`import "testing/synctest"`, "time.Sleep(time.Hour)", 0},
		"sleep with a reason": {"// Real time: a process is frozen for it.", "time.Sleep(time.Hour)", 0},
		"no reason":           {"// Real time:", "time.Sleep(time.Hour)", 1},
		"long wait":           {"", "require.Eventually(t, is, 5*time.Minute, time.Millisecond)", 0},
		"short wait":          {"", "require.Eventually(t, is, 5*time.Second, time.Millisecond)", 1},
		"short context":       {"// Real time: it is short.", "ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)", 1},
		"context in a bubble": {`import "testing/synctest"`, "ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			source := "package x\n\n" + test.above + "\n\nfunc f() {\n\t" + test.call + "\n}\n"
			assert.Len(t, timeFaults(t, "x_test.go", []byte(source)), test.want)
		})
	}
}

// timeFaults are the calls of a test file whose outcome depends on the speed of
// the machine.
func timeFaults(t *testing.T, path string, source []byte) (faults []string) {
	t.Helper()
	text := string(source)
	if strings.Contains(text, `"testing/synctest"`) || strings.Contains(text, "inBubble(") {
		return nil
	}
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, path, source, parser.SkipObjectResolution)
	require.NoError(t, err)
	reasoned := ownTime.MatchString(text)
	ast.Inspect(file, func(node ast.Node) bool {
		call, is := node.(*ast.CallExpr)
		if !is {
			return true
		}
		function, is := call.Fun.(*ast.SelectorExpr)
		if !is {
			return true
		}
		of, _ := function.X.(*ast.Ident)
		at, limited := waits[function.Sel.Name]
		switch place := files.Position(call.Pos()).String(); {
		case of == nil:
		case of.Name == "time" && slices.Contains(clockFunctions, function.Sel.Name) && !reasoned:
			faults = append(faults, place+": time."+function.Sel.Name+" depends on the machine: use testing/synctest, wait for an event, or give the file's reason as // Real time: ...")
		case limited && at < len(call.Args) && seconds(text, files, call.Args[at]):
			faults = append(faults, place+": a limit that ends only a hang must be minutes, for a slow machine")
		}
		return true
	})
	return faults
}

// seconds reports whether a duration is written in seconds or less.
func seconds(text string, files *token.FileSet, duration ast.Expr) bool {
	written := text[files.Position(duration.Pos()).Offset:files.Position(duration.End()).Offset]
	return strings.Contains(written, "second") || strings.Contains(written, "Second")
}
