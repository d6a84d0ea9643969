// Package judge finds the outside programs and files that tests hold this
// module's work against: other implementations of the same formats, and clients
// in other languages.
//
// A test that needs one is skipped where it is missing, so that the tests need
// nothing but Go. The judges heard and those missing are printed when the package's
// tests end (with -v, or in the package's own directory):
//
//	judge openssl: heard by 3 tests
//	judge chromium: missing, 2 tests skipped
//
// With KAKAOCERT_JUDGES=required, as continuous integration sets it, a missing
// judge fails the test instead.
package judge

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/kakaocert-go/kakaocert/internal/postgres"
)

// Variable says what a missing judge means: "required" fails the test.
const Variable = "KAKAOCERT_JUDGES"

const (
	jarsOfDebian  = "/usr/share/java"
	pkitsOfDebian = "/usr/lib/python3/dist-packages/cryptography_vectors/x509/PKITS_data"
)

// court keeps which tests of this process heard which judge.
type court struct {
	mu       sync.Mutex
	open     bool // Main runs the tests
	required bool
	heard    map[string]map[string]bool // by judge, names of tests
	missing  map[string]map[string]bool

	compiling sync.Mutex
	classes   map[string]string // class paths by folder of sources
}

var tests = newCourt(os.Getenv(Variable) == "required")

func newCourt(required bool) *court {
	return &court{required: required, heard: make(map[string]map[string]bool), missing: make(map[string]map[string]bool), classes: make(map[string]string)}
}

// Main runs the tests of a package and prints which judges they heard. Every
// package whose tests need a judge calls it from TestMain.
func Main(m *testing.M) {
	tests.open = true
	m.Run()
	for _, classPath := range tests.classes {
		_ = os.RemoveAll(classPath)
	}
	tests.report(os.Stdout)
}

// Need returns the path of a program, which is also the name of the judge.
func Need(t testing.TB, program string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	tests.hear(t, program, err)
	return path
}

// BouncyCastle returns the class path of BouncyCastle's CMS for the java and
// javac in the PATH: Debian's default-jdk-headless and libbcpkix-java.
func BouncyCastle(t testing.TB) (classPath string) {
	t.Helper()
	var missing error
	for _, program := range []string{"java", "javac"} {
		if _, err := exec.LookPath(program); err != nil {
			missing = err
		}
	}
	var jars []string
	for _, name := range []string{"bcprov", "bcpkix", "bcutil"} {
		jar := filepath.Join(jarsOfDebian, name+".jar")
		if _, err := os.Stat(jar); err != nil {
			missing = err
		}
		jars = append(jars, jar)
	}
	tests.hear(t, "BouncyCastle", missing)
	return strings.Join(jars, string(os.PathListSeparator))
}

// Python returns the path of a Python 3 that has the package cryptography:
// Debian's python3-cryptography.
func Python(t testing.TB) string {
	t.Helper()
	path, err := FindPython()
	tests.hear(t, "python3-cryptography", err)
	return path
}

// FindPython looks for what [Python] returns, first where Debian has it.
var FindPython = sync.OnceValues(func() (path string, err error) {
	for _, program := range []string{"/usr/bin/python3", "python3"} {
		if path, err = exec.LookPath(program); err != nil {
			continue
		}
		if err = exec.Command(path, "-c", "from cryptography.hazmat.primitives.ciphers.aead import AESGCM").Run(); err == nil {
			return path, nil
		}
	}
	return "", err
})

// PostgreSQL says that a test needs a PostgreSQL server, which internal/postgres
// can start.
func PostgreSQL(t testing.TB) {
	t.Helper()
	_, err := postgres.Programs()
	tests.hear(t, "PostgreSQL", err)
}

// Java compiles a folder of sources in Java with the javac in the PATH, for Java
// 17, and returns the class path. It refuses what javac warns about. The tests of
// a package share what was compiled, which Main removes.
func Java(t testing.TB, folder string) (classPath string) {
	t.Helper()
	_, missing := exec.LookPath("java")
	javac, err := exec.LookPath("javac")
	tests.hear(t, "java", errors.Join(missing, err))
	tests.compiling.Lock()
	defer tests.compiling.Unlock()
	if classPath, done := tests.classes[folder]; done {
		return classPath
	}
	sources, err := filepath.Glob(filepath.Join(folder, "*.java"))
	if err != nil || len(sources) == 0 {
		t.Fatalf("judge java: no sources in %s", folder)
	}
	if classPath, err = os.MkdirTemp("", "judge-java-"); err != nil {
		t.Fatalf("judge java: %v", err)
	}
	arguments := append([]string{"--release", "17", "-Xlint:all,-serial", "-Werror", "-encoding", "UTF-8", "-d", classPath}, sources...)
	out, err := exec.CommandContext(t.Context(), javac, arguments...).CombinedOutput()
	if err != nil {
		_ = os.RemoveAll(classPath)
		t.Fatalf("judge java: javac: %v\n%s", err, out)
	}
	tests.classes[folder] = classPath
	return classPath
}

// PKITS returns the directory of NIST's Public Key Interoperability Test Suite,
// which has certs, crls and smime in it: Debian's python3-cryptography-vectors.
func PKITS(t testing.TB) (dir string) {
	t.Helper()
	_, err := os.Stat(filepath.Join(pkitsOfDebian, "certs"))
	tests.hear(t, "PKITS", err)
	return pkitsOfDebian
}

// hear counts the test, and skips it where the judge is missing.
func (c *court) hear(t testing.TB, name string, missing error) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock() // Skip and Fatal run it too
	if !c.open {
		t.Fatalf("judge %s: TestMain of this package must call judge.Main", name)
	}
	heard := c.heard
	if missing != nil {
		heard = c.missing
	}
	if heard[name] == nil {
		heard[name] = make(map[string]bool)
	}
	heard[name][t.Name()] = true
	switch {
	case missing == nil:
	case c.required:
		t.Fatalf("judge %s is missing and %s=required: %v", name, Variable, missing)
	default:
		t.Skipf("judge %s is missing: %v", name, missing)
	}
}

func (c *court) report(w io.Writer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(c.heard)) {
		_, _ = fmt.Fprintf(w, "judge %s: heard by %s\n", name, count(c.heard[name]))
	}
	end := "skipped"
	if c.required {
		end = "failed"
	}
	for _, name := range slices.Sorted(maps.Keys(c.missing)) {
		_, _ = fmt.Fprintf(w, "judge %s: missing, %s %s\n", name, count(c.missing[name]), end)
	}
}

func count(names map[string]bool) string {
	if len(names) == 1 {
		return "1 test"
	}
	return fmt.Sprintf("%d tests", len(names))
}
