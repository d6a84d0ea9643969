// Command mutants turns off one check of package cms after another and runs the
// tests, which must fail each time. It changes nothing: the compiler is shown
// other files in the place of the package's (go build -overlay), in which each
// check can be turned off by number. Run it from the root of the module.
//
//	go run ./internal/cms/mutants [-only TEXT]
//
// A check is every if and every case whose body names a defect. Its condition is
// made false.
package main

import (
	"encoding/json"
	"errors"
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
var equivalent = map[string]string{
	"pssSalt/SignatureParameters/1": "what is no SEQUENCE has no fields, which is refused next",
	"readLength/Truncated/2":        "the length is compared once more; this is for machines of 32 bits",
	"signedData/NotSignedData/1":    "what is no SEQUENCE has no type, which is refused next",
	"signedData/BadStructure/2":     "what is no SEQUENCE has no version, which is refused next",
	"readSigners/TooManySigners/1":  "bounds what is decoded; the number allowed is compared later",
	"readSigners/BadStructure/1":    "what is no SEQUENCE has no version, which is refused next",
	"up/IssuerSignature/1":          "spares going up; the whole path is verified link by link",
	"issuerDefect/PathTooLong/1":    "spares going up; the whole chain is measured again",
}

// mutant is one check that is turned off.
type mutant struct {
	number   int // from 1
	file     string
	function string
	ordinal  int // among the checks of the function with this defect
	line     int
	defect   string
	from, to []int // offsets of conditions
}

func (m *mutant) name() string { return fmt.Sprintf("%s/%s/%d", m.function, m.defect, m.ordinal) }

func main() {
	log.SetFlags(0)
	only := flag.String("only", "", "turn off only checks whose name contains this")
	flag.Parse()
	all, err := find()
	if err != nil {
		log.Fatal(err)
	}
	folder, err := os.MkdirTemp("", "mutants")
	if err != nil {
		log.Fatal(err)
	}
	survivors, err := runAll(all, folder, *only)
	_ = os.RemoveAll(folder)
	if err != nil {
		log.Fatal(err)
	}
	if survivors > 0 {
		log.Fatalf("%d of %d checks can be turned off without a test that fails", survivors, len(all))
	}
}

func runAll(all []*mutant, folder, only string) (survivors int, err error) {
	tests, err := build(all, folder)
	if err != nil {
		return 0, err
	}
	if !survives(0, tests) {
		return 0, errors.New("the tests fail with every check on")
	}
	for _, m := range all {
		if !strings.Contains(m.name(), only) {
			continue
		}
		verdict := "caught"
		if survives(m.number, tests) {
			if verdict = "equivalent: " + equivalent[m.name()]; equivalent[m.name()] == "" {
				verdict = "SURVIVED"
				survivors++
			}
		}
		fmt.Printf("%-52s line %3d  %s\n", m.name(), m.line, verdict)
	}
	return survivors, nil
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
		function, ordinals := "", make(map[string]int)
		ast.Inspect(parsed[file], func(n ast.Node) bool {
			if f, ok := n.(*ast.FuncDecl); ok {
				function, ordinals = f.Name.Name, make(map[string]int)
			}
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
			ordinals[defect]++
			m := &mutant{number: len(all) + 1, file: file, function: function, ordinal: ordinals[defect], defect: defect, line: set.Position(n.Pos()).Line}
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

// variable is where the tests find the number of the check that is off.
const variable = "CMS_MUTANT"

// build makes test binaries in which every check can be turned off.
func build(all []*mutant, folder string) (tests []*exec.Cmd, err error) {
	replace := make(map[string]string)
	byFile := make(map[string][]*mutant)
	for _, m := range all {
		byFile[m.file] = append(byFile[m.file], m)
	}
	for file, of := range byFile {
		changed, err := switchable(file, of)
		if err != nil {
			return nil, err
		}
		path := filepath.Join(folder, filepath.Base(file))
		if err := errors.Join(os.WriteFile(path, changed, 0o600), put(replace, file, path)); err != nil {
			return nil, err
		}
	}
	path := filepath.Join(folder, "off.go")
	off := "package cms\n\nimport \"os\"\n\nvar off = os.Getenv(\"" + variable + "\")\n"
	if err := errors.Join(os.WriteFile(path, []byte(off), 0o600), put(replace, filepath.Join(dir, "off.go"), path)); err != nil {
		return nil, err
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return nil, err
	}
	path = filepath.Join(folder, "overlay.json")
	if err := os.WriteFile(path, overlay, 0o600); err != nil {
		return nil, err
	}
	for i, where := range []string{".", dir, "timestamp"} {
		binary := filepath.Join(folder, fmt.Sprintf("%d.test", i))
		if output, err := exec.Command("go", "test", "-c", "-vet=off", "-overlay", path, "-o", binary, "./"+where).CombinedOutput(); err != nil {
			return nil, fmt.Errorf("%w: %s", err, output)
		}
		test := exec.Command(binary, "-test.failfast", "-test.run", of)
		test.Dir = where
		tests = append(tests, test)
	}
	return tests, nil
}

// of are the tests that are run: those of the check, without other programs.
const of = "^Test(Verifier_(Acc.*Good|Ref.*Bad|Opt|NoS|One|Root|Issu|Det)|VerifyContext|Check|Normalise|Unwrap)"

func put(replace map[string]string, file, by string) error {
	path, err := filepath.Abs(file)
	replace[path] = by
	return err
}

// switchable returns a file in which each condition has a number in front.
func switchable(file string, all []*mutant) ([]byte, error) {
	source, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	type place struct {
		at   int
		text string
	}
	var places []place
	for _, m := range all {
		for i := range m.from {
			places = append(places, place{m.from[i], fmt.Sprintf("off != %q && (", fmt.Sprint(m.number))}, place{m.to[i], ")"})
		}
	}
	slices.SortStableFunc(places, func(a, b place) int { return b.at - a.at })
	for _, p := range places {
		source = slices.Insert(source, p.at, []byte(p.text)...)
	}
	return source, nil
}

// survives reports whether the tests pass with the check of this number off.
func survives(number int, tests []*exec.Cmd) bool {
	for _, test := range tests {
		again := exec.Command(test.Path, test.Args[1:]...)
		again.Dir, again.Env = test.Dir, append(os.Environ(), fmt.Sprintf("%s=%d", variable, number))
		if again.Run() != nil {
			return false
		}
	}
	return true
}
