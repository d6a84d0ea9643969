// Command mutants turns off one check of package cms after another and runs the
// tests, which must fail each time. It changes nothing: the compiler is shown
// other files in the place of the package's (go build -overlay). Run it from the
// root of the module; it takes a while.
//
//	go run ./internal/cms/mutants [-only TEXT]
//
// A check is every if and every case whose body names a defect. Its condition is
// made false.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

const dir = "internal/cms"

// equivalent are checks that no test can miss, each with the reason.
var equivalent = map[string]string{}

// mutant is one check that is turned off.
type mutant struct {
	file     string
	line     int
	defect   string
	from, to []int // offsets of conditions
}

func (m *mutant) name() string { return fmt.Sprintf("%s:%s", filepath.Base(m.file), m.defect) }

func main() {
	log.SetFlags(0)
	only := flag.String("only", "", "turn off only checks whose name contains this")
	flag.Parse()
	all, err := find()
	if err != nil {
		log.Fatal(err)
	}
	survived := 0
	for _, m := range all {
		if !strings.Contains(m.name(), *only) {
			continue
		}
		verdict, err := m.run()
		if err != nil {
			log.Fatal(err)
		}
		if why := equivalent[m.name()]; verdict == "SURVIVED" && why != "" {
			verdict = "equivalent: " + why
		} else if verdict == "SURVIVED" {
			survived++
		}
		fmt.Printf("%-34s line %3d  %s\n", m.name(), m.line, verdict)
	}
	if survived > 0 {
		log.Fatalf("%d of %d checks can be turned off without a test that fails", survived, len(all))
	}
}

// find lists the checks.
func find() (all []*mutant, err error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	files = slices.DeleteFunc(files, func(f string) bool { return strings.HasSuffix(f, "_test.go") })
	set := token.NewFileSet()
	parsed := make(map[string]*ast.File)
	defects := make(map[string]bool)
	for _, file := range files {
		f, err := parser.ParseFile(set, file, nil, 0)
		if err != nil {
			return nil, err
		}
		parsed[file] = f
		ast.Inspect(f, func(n ast.Node) bool {
			if v, ok := n.(*ast.ValueSpec); ok && isDefect(v) {
				defects[v.Names[0].Name] = true
			}
			return true
		})
	}
	for _, file := range files {
		ast.Inspect(parsed[file], func(n ast.Node) bool {
			var conditions []ast.Expr
			var body []ast.Stmt
			switch n := n.(type) {
			case *ast.IfStmt:
				conditions, body = []ast.Expr{n.Cond}, n.Body.List
			case *ast.CaseClause:
				conditions, body = n.List, n.Body
			}
			defect := named(body, defects)
			if defect == "" || len(conditions) == 0 || !isCondition(conditions[0]) {
				return true
			}
			m := &mutant{file: file, line: set.Position(n.Pos()).Line, defect: defect}
			for _, c := range conditions {
				m.from = append(m.from, set.Position(c.Pos()).Offset)
				m.to = append(m.to, set.Position(c.End()).Offset)
			}
			all = append(all, m)
			return true
		})
	}
	return all, nil
}

func isDefect(v *ast.ValueSpec) bool {
	name, ok := v.Type.(*ast.Ident)
	return ok && name.Name == "Defect" && len(v.Names) == 1
}

// isCondition reports whether the expression is a condition, and not a value
// that a switch compares with.
func isCondition(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.BinaryExpr, *ast.CallExpr:
		return true
	case *ast.UnaryExpr:
		return e.Op == token.NOT
	case *ast.Ident:
		return e.Name == "beyond" || e.Name == "unreadable"
	default:
		return false
	}
}

// named returns the defect that the first statement of a body names.
func named(body []ast.Stmt, defects map[string]bool) (name string) {
	if len(body) == 0 {
		return ""
	}
	if _, deeper := body[0].(*ast.IfStmt); deeper {
		return ""
	}
	ast.Inspect(body[0], func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && defects[id.Name] && name == "" {
			name = id.Name
		}
		return true
	})
	return name
}

// run tests the package without the check.
func (m *mutant) run() (verdict string, err error) {
	source, err := os.ReadFile(m.file)
	if err != nil {
		return "", err
	}
	for i := len(m.from) - 1; i >= 0; i-- {
		condition := string(source[m.from[i]:m.to[i]])
		source = slices.Concat(source[:m.from[i]], []byte("false && ("+condition+")"), source[m.to[i]:])
	}
	folder, err := os.MkdirTemp("", "mutant")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(folder)
	path, err := filepath.Abs(m.file)
	if err != nil {
		return "", err
	}
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {path: filepath.Join(folder, "changed.go")}})
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(folder, "changed.go"), source, 0o600); err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(folder, "overlay.json"), overlay, 0o600); err != nil {
		return "", err
	}
	for _, tests := range [][]string{{".", "-run", "^TestVerifie[rd]_[^A]|^TestVerifier_Acc|^TestVerify"}, {"./" + dir}} {
		arguments := append([]string{"test", "-failfast", "-vet=off", "-overlay", filepath.Join(folder, "overlay.json")}, tests...)
		output, err := exec.Command("go", arguments...).CombinedOutput()
		switch {
		case strings.Contains(string(output), "[build failed]"):
			return "", fmt.Errorf("%s: %s", m.name(), output)
		case err != nil:
			return "caught", nil
		}
	}
	return "SURVIVED", nil
}
