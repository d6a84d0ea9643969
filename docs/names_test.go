package docs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	quoted = regexp.MustCompile("`([^`]+)`")
	goName = regexp.MustCompile(`^\*?(?:(kakaocert|kakaocerttest|evidence|doctor|flow)\.)?([A-Z]\w*[a-z]\w*)(?:\.([A-Z]\w*))?(?:\(.*\))?$`)
)

// Go names in backquotes are exported by one of the packages. The changelog
// also names removed ones.
func TestDocuments_NamesAreExported(t *testing.T) {
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
				assert.True(t, name[1] == "" || exported[name[1]+"."+name[2]], "%s:%d: %s", d.path, i+1, match[1])
				assert.True(t, name[3] == "" || exported[name[3]], "%s:%d: %s", d.path, i+1, match[1])
			}
		}
	}
}

// foreignNames look like Go names but are not.
var foreignNames = []string{"Authorization", "Target-Authorization", "Retry-After", "User-Agent", "Date", "Secure", "HttpOnly", "KakaoAK", "DefaultQueryExecMode", "PollOnly"}

var testName = regexp.MustCompile(`(?m)^func ((?:Benchmark|Test)\w+)\(`)

// exportedNames are the names of types, functions, methods, fields, constants
// and variables outside internal packages, and of tests and benchmarks. The
// names that a package declares are also there with the package in front.
func exportedNames(t *testing.T) map[string]bool {
	t.Helper()
	names := make(map[string]bool)
	walkGo(t, func(path string, source []byte) {
		if strings.HasSuffix(path, "_test.go") {
			for _, test := range testName.FindAllSubmatch(source, -1) {
				names[string(test[1])] = true
			}
			return
		}
		if strings.Contains(path, "internal") {
			return
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, source, parser.SkipObjectResolution)
		require.NoError(t, err)
		for _, name := range declared(file) {
			names[file.Name.Name+"."+name] = true
		}
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

// declared returns the names that a file declares for its package.
func declared(file *ast.File) (names []string) {
	for _, declaration := range file.Decls {
		switch d := declaration.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil {
				names = append(names, d.Name.Name)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch s := spec.(type) {
				case *ast.TypeSpec:
					names = append(names, s.Name.Name)
				case *ast.ValueSpec:
					for _, name := range s.Names {
						names = append(names, name.Name)
					}
				}
			}
		}
	}
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
