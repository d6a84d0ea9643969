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

var exampleMark = regexp.MustCompile(`^<!-- (Example\w*) -->$`)

// Every Go snippet is the body of an Example, named in a comment above it.
func TestEverySnippetIsAnExampleThatRuns(t *testing.T) {
	bodies := exampleBodies(t)
	for _, d := range documents(t) {
		for n := 0; n < len(d.blocks()); n++ { // anew each time: replacing moves lines
			b := d.blocks()[n]
			if b.language != "go" {
				continue
			}
			mark := exampleMark.FindStringSubmatch(b.above)
			require.NotNil(t, mark, "%s:%d: a snippet without <!-- ExampleName --> above it", d.path, b.first)
			body, there := bodies[mark[1]]
			require.True(t, there, "%s:%d: no %s that runs", d.path, b.first, mark[1])
			d.replace(t, b.first, b.last, body)
		}
	}
}

// exampleBodies returns the bodies of all Examples that run, by name.
func exampleBodies(t *testing.T) map[string]string {
	t.Helper()
	bodies := make(map[string]string)
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
		for _, declaration := range file.Decls {
			function, ok := declaration.(*ast.FuncDecl)
			if !ok || !strings.HasPrefix(function.Name.Name, "Example") {
				continue
			}
			body := string(source[files.Position(function.Body.Lbrace).Offset+1 : files.Position(function.Body.Rbrace).Offset])
			if code, _, runs := strings.Cut(body, "\t// Output:"); runs {
				bodies[function.Name.Name] = dedent(code)
			}
		}
		return nil
	}))
	return bodies
}

func dedent(code string) string {
	lines := strings.Split(strings.Trim(code, "\n"), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimPrefix(line, "\t")
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}
