package docs

import (
	"context"
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/internal/judge"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

func TestMain(m *testing.M) { judge.Main(m) }

// notRun maps the beginnings of the lines that this test does not run to the
// reason. A line that begins neither with one of them nor with a command that
// is run is a failure, so that each new kind of line needs a decision.
var notRun = map[string]string{
	"go ":                  "builds and installs; the examples have tests of their own",
	".ci/run":              "runs all tests, this one among them",
	"(cd ":                 "runs the tests and benchmarks of a module",
	"kakaocert sim":        "serves; its tests are in internal/command/sim",
	"kakaocert-pg ":        "needs PostgreSQL; its tests are in pgstore",
	"psql ":                "needs PostgreSQL; its tests are in pgstore",
	"river ":               "needs PostgreSQL; the tests of riverflow make the same tables",
	". ./sim.env":          "sets what this test sets: the simulator's variables",
	"export ":              "sets what this test sets: the simulator's variables",
	"node ":                "its tests are in internal/command/languages",
	"kakaocert vectors | ": "its tests are in internal/command/languages",
	"javac ":               "its tests are in internal/command/languages",
	"java ":                "its tests are in internal/command/languages",
	"docker ":              "needs a container engine; the file's commands are run by the tests of deploy",
	"pkcs11-tool ":         "needs a token; the tests of examples/keys make the same key pair",
	"openssl ts ":          "needs stamps; the test of s3archive/cmd/kakaocert-s3 runs these lines",
	"git ":                 "is for a maintainer",
	"FUZZTIME=":            "runs for hours",
}

// notRunDocuments are documents that other tests run as a whole.
var notRunDocuments = map[string]string{
	"docs/curl.md":      "internal/command/sim",
	"docs/simulator.md": "the console's tests",
	"docs/archive.md":   "s3archive, against a server with object lock",
}

// TestDocuments_CommandsWork runs the lines of the documents in a shell, in
// order, against a simulator whose user signs at once. Each document has a
// directory with the files that its lines name.
func TestDocuments_CommandsWork(t *testing.T) {
	t.Parallel()
	judge.Need(t, "sh")
	judge.Need(t, "openssl")
	w := newShellWorld(t)
	for _, d := range documents(t) {
		lines := d.commandLines(t)
		if len(lines) == 0 || strings.HasSuffix(d.path, ".ko.md") || notRunDocuments[d.path] != "" {
			continue // the Korean documents have the same lines
		}
		t.Run(d.path, func(t *testing.T) {
			t.Parallel()
			if slices.ContainsFunc(lines, func(line string) bool { return strings.Contains(line, "python3 ") }) {
				judge.Python(t)
			}
			directory := w.directory(t, lines)
			for _, line := range lines {
				w.run(t, directory, line)
			}
		})
	}
}

// commandLines are the lines of the shell's blocks that can be run.
func (d *document) commandLines(t *testing.T) (lines []string) {
	t.Helper()
	for _, b := range d.blocks() {
		if b.language != "sh" {
			continue
		}
		for _, line := range strings.Split(strings.ReplaceAll(d.text(b), "\\\n", " "), "\n") {
			excluded := false
			for beginning := range notRun {
				excluded = excluded || strings.HasPrefix(line, beginning)
			}
			if line == "" || strings.HasPrefix(line, "#") || excluded || notRunDocuments[strings.Replace(d.path, ".ko.md", ".md", 1)] != "" {
				continue
			}
			program, _, _ := strings.Cut(line, " ")
			assert.Contains(t, []string{"kakaocert", "openssl", "python3", "!", "cat", "cmp", "cp"}, program, "%s: run it, or say in notRun why not: %s", d.path, line)
			lines = append(lines, line)
		}
	}
	return lines
}

// shellWorld provides what the lines need: the command, a simulator, and an
// evidence directory of a contract that was signed there.
type shellWorld struct {
	environment []string
	made        string
}

func newShellWorld(t *testing.T) *shellWorld {
	t.Helper()
	made := t.TempDir()
	output, err := exec.Command("go", "build", "-o", filepath.Join(made, "bin", "kakaocert"), "../cmd/kakaocert").CombinedOutput()
	require.NoError(t, err, string(output))
	readEvidence(t, made)
	sim := kakaocerttest.NewServer(t)
	w := &shellWorld{made: made, environment: append(sim.Environ(), "LC_ALL=C.UTF-8",
		"HOME="+made, "PATH="+filepath.Join(made, "bin")+string(os.PathListSeparator)+os.Getenv("PATH"))}

	user := kakaocerttest.DefaultUser()
	text := []byte("제1조 (목적) 이 약정은 거래의 조건을 정합니다.\n")
	for name, content := range map[string][]byte{
		"contract.txt": text, "text.txt": text, "terms.txt": text, "ci.txt": []byte(user.CI),
		"evidence.key": []byte(strings.Repeat("k", 32)), "roots.pem": sim.RootPEM(), "answers.json": vectorAnswers(t, "*"),
		"some-answers.json": vectorAnswers(t, "[vc]i[dp]*"), // vid and cipher
	} {
		require.NoError(t, os.WriteFile(filepath.Join(made, name), content, 0o600))
	}
	w.environment = append(w.environment, "KAKAOCERT_ROOTS="+filepath.Join(made, "roots.pem"))
	w.run(t, made, "kakaocert contract --text contract.txt --out DIR --key-file evidence.key")
	w.run(t, made, "cp DIR/document-001.p7s signature.p7s && cp signature.p7s signed.p7s")
	w.run(t, made, "openssl pkcs7 -inform DER -in signature.p7s -print_certs -out certificates.pem")
	w.run(t, made, "openssl x509 -in certificates.pem -out signer.pem")
	return w
}

// readEvidence adds the auditor's program, and the Python that can run it.
func readEvidence(t *testing.T, made string) {
	t.Helper()
	python, err := judge.FindPython()
	if err != nil {
		return
	}
	require.NoError(t, os.WriteFile(filepath.Join(made, "bin", "python3"), []byte("#!/bin/sh\nexec "+python+" \"$@\"\n"), 0o700))
	program, err := os.ReadFile("auditor/read_evidence.py")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(made, "read_evidence.py"), program, 0o600))
}

// vectorAnswers are correct answers to the vectors of the parts that match.
func vectorAnswers(t *testing.T, parts string) []byte {
	t.Helper()
	answers := make(map[string]json.RawMessage)
	files, err := filepath.Glob("../testdata/vectors/" + parts + ".json")
	require.NoError(t, err)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		var part struct {
			Vectors []struct {
				ID     string
				Expect json.RawMessage
			}
		}
		require.NoError(t, json.Unmarshal(text, &part))
		for _, vector := range part.Vectors {
			answers[vector.ID] = vector.Expect
		}
	}
	text, err := json.Marshal(answers)
	require.NoError(t, err)
	return text
}

// directory makes a copy of the files, without those that the lines make.
func (w *shellWorld) directory(t *testing.T, lines []string) string {
	t.Helper()
	directory := t.TempDir()
	require.NoError(t, os.CopyFS(directory, os.DirFS(w.made)))
	require.NoError(t, os.RemoveAll(filepath.Join(directory, "bin")))
	example := filepath.Join(directory, "example") // what examples/contract -out makes
	require.NoError(t, os.CopyFS(example, os.DirFS(filepath.Join(w.made, "DIR"))))
	w.run(t, directory, "cp evidence.key example/")
	require.NoError(t, filepath.WalkDir(directory, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() {
			return os.Chmod(path, 0o700)
		}
		return err
	}))
	if slices.ContainsFunc(lines, func(line string) bool { return strings.Contains(line, "--out DIR") }) {
		require.NoError(t, os.RemoveAll(filepath.Join(directory, "DIR")))
	}
	return directory
}

// run runs a line, which must succeed.
func (w *shellWorld) run(t *testing.T, directory, line string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	shell := exec.CommandContext(ctx, "sh", "-c", strings.ReplaceAll(line, "/tmp/contract", "example"))
	shell.Dir, shell.Env = directory, w.environment
	output, err := shell.CombinedOutput()
	assert.NoError(t, err, "%s\n%s", line, output)
}
