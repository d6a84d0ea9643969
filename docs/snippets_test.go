package docs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var snippetMark = regexp.MustCompile(`^<!-- (\w+) -->$`)

// Every Go snippet is the body of an Example, or a function that an Example
// calls. A comment above names it.
func TestDocuments_SnippetsAreExamplesThatRun(t *testing.T) {
	bodies := snippets(t)
	for _, d := range documents(t) {
		for n := 0; n < len(d.blocks()); n++ { // anew each time: replacing moves lines
			b := d.blocks()[n]
			if b.language != "go" {
				continue
			}
			mark := snippetMark.FindStringSubmatch(b.above)
			require.NotNil(t, mark, "%s:%d: a snippet without <!-- its name --> above it", d.path, b.first)
			body, there := bodies[mark[1]]
			require.True(t, there, "%s:%d: no %s that runs", d.path, b.first, mark[1])
			d.replace(t, b.first, b.last, body)
		}
	}
}

// snippets returns, by name, the bodies of all Examples that run, and the
// functions that they call.
func snippets(t *testing.T) map[string]string {
	t.Helper()
	code := make(map[string]string)
	called := make(map[string]string)
	require.NoError(t, filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, path, source, parser.ParseComments)
		if err != nil {
			return err
		}
		text := func(from, to token.Pos) string {
			return string(source[files.Position(from).Offset:files.Position(to).Offset])
		}
		helpers := make(map[string]string)
		for _, declaration := range file.Decls {
			function, ok := declaration.(*ast.FuncDecl)
			switch {
			case !ok || function.Recv != nil:
			case !strings.HasPrefix(function.Name.Name, "Example"):
				helpers[function.Name.Name] = text(function.Pos(), function.End())
			default:
				body, _, runs := strings.Cut(text(function.Body.Lbrace+1, function.Body.Rbrace), "\t// Output:")
				if runs {
					code[function.Name.Name] = dedent(body)
					called[path] += body
				}
			}
		}
		for name, function := range helpers {
			if strings.Contains(called[path], name+"(") {
				code[name] = function
			}
		}
		return nil
	}))
	return code
}

func dedent(code string) string {
	lines := strings.Split(strings.Trim(code, "\n"), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimPrefix(line, "\t")
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}
