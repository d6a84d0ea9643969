package docs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Commands in shell snippets name packages, verbs and flags that are there.
func TestEveryCommandIsThere(t *testing.T) {
	t.Parallel()
	command := filepath.Join(t.TempDir(), "kakaocert")
	output, err := exec.Command("go", "build", "-o", command, "../cmd/kakaocert").CombinedOutput()
	require.NoError(t, err, string(output))
	help := helpOf(command)
	for _, d := range documents(t) {
		for _, b := range d.blocks() {
			if b.language != "sh" {
				continue
			}
			for _, line := range strings.Split(strings.ReplaceAll(d.text(b), "\\\n", " "), "\n") {
				d.checkCommand(t, help, strings.Fields(line))
			}
		}
	}
}

func (d *document) checkCommand(t *testing.T, help func(...string) string, words []string) {
	t.Helper()
	if len(words) > 2 && words[0] == "go" && words[1] == "run" {
		_, err := os.Stat(filepath.Join(root, words[2]))
		assert.NoError(t, err, d.path)
		if words = words[2:]; words[0] != "./cmd/kakaocert" {
			return
		}
	} else if len(words) < 2 || words[0] != "kakaocert" {
		return
	}
	verb := words[1:2]
	if verb[0] == "evidence" {
		verb = words[1:3]
	}
	text := help(verb...)
	assert.Contains(t, text, verb[len(verb)-1], "%s: %v", d.path, words)
	for _, word := range words {
		if flag, _, _ := strings.Cut(word, "="); strings.HasPrefix(flag, "--") && flag != "--" {
			assert.Contains(t, text, flag, "%s: %v", d.path, words)
		}
	}
}

// helpOf asks the command once for each verb.
func helpOf(command string) func(...string) string {
	known := make(map[string]string)
	return func(verb ...string) string {
		key := strings.Join(verb, " ")
		if _, asked := known[key]; !asked {
			text, err := exec.Command(command, append(slices.Clone(verb), "-h")...).CombinedOutput()
			if err != nil {
				text = nil
			}
			known[key] = string(text)
		}
		return known[key]
	}
}

var variable = regexp.MustCompile(`KAKAOCERT_[A-Z_]+[A-Z]`)

// Environment variables in documents are read somewhere.
func TestEveryVariableIsRead(t *testing.T) {
	t.Parallel()
	read := make(map[string]bool)
	walkGo(t, func(path string, source []byte) {
		for _, name := range variable.FindAllString(string(source), -1) {
			read[name] = true
		}
	})
	for _, d := range documents(t) {
		for i, line := range d.lines {
			for _, name := range variable.FindAllString(line, -1) {
				assert.True(t, read[name], "%s:%d: %s", d.path, i+1, name)
			}
		}
	}
}

var (
	quoted = regexp.MustCompile("`([^`]+)`")
	goName = regexp.MustCompile(`^\*?(?:(kakaocert|kakaocerttest|evidence)\.)?([A-Z]\w*[a-z]\w*)(?:\.([A-Z]\w*))?(?:\(.*\))?$`)
)

// Go names in backquotes are exported by one of the packages. The changelog also
// has the names that went.
func TestEveryNameIsExported(t *testing.T) {
	t.Parallel()
	exported := exportedNames(t)
	for _, d := range documents(t) {
		if d.path == "CHANGELOG.md" {
			continue
		}
		for i, line := range d.prose() {
			for _, match := range quoted.FindAllStringSubmatch(line, -1) {
				name := goName.FindStringSubmatch(match[1])
				if name == nil || slices.Contains(foreignNames, match[1]) {
					continue
				}
				assert.True(t, exported[name[2]], "%s:%d: %s", d.path, i+1, match[1])
				assert.True(t, name[3] == "" || exported[name[3]], "%s:%d: %s", d.path, i+1, match[1])
			}
		}
	}
}

// foreignNames look like Go's and are not.
var foreignNames = []string{"Authorization", "Target-Authorization", "Retry-After", "User-Agent", "Date", "Secure", "HttpOnly"}

var benchmarkName = regexp.MustCompile(`(?m)^func (Benchmark\w+)\(`)

// exportedNames are those of types, functions, methods, fields, constants and
// variables outside internal packages, and of benchmarks.
func exportedNames(t *testing.T) map[string]bool {
	t.Helper()
	names := make(map[string]bool)
	walkGo(t, func(path string, source []byte) {
		if strings.HasSuffix(path, "_test.go") {
			for _, benchmark := range benchmarkName.FindAllSubmatch(source, -1) {
				names[string(benchmark[1])] = true
			}
			return
		}
		if strings.Contains(path, "internal") {
			return
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, source, parser.SkipObjectResolution)
		require.NoError(t, err)
		ast.Inspect(file, func(n ast.Node) bool {
			if identifier, ok := n.(*ast.Ident); ok && identifier.IsExported() {
				names[identifier.Name] = true
			}
			return true
		})
	})
	require.NotEmpty(t, slices.Collect(maps.Keys(names)))
	return names
}

// walkGo visits every Go file of the repository.
func walkGo(t *testing.T, visit func(path string, source []byte)) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".go" {
			return err
		}
		source, err := os.ReadFile(path)
		visit(path, source)
		return err
	}))
}
