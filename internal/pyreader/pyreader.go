// Package pyreader lets tests audit a directory with docs/auditor/read_evidence.py,
// a reader of evidence in Python that was written from evidence/FORMAT.md alone.
package pyreader

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/kakaocert-go/kakaocert/internal/judge"
)

// Call says what an auditor has.
type Call struct {
	Directory   string   `json:"directory"`
	Keys        [][]byte `json:"keys"`        // of the writers
	Private     []string `json:"private"`     // of recipients, PEM
	Public      string   `json:"public"`      // of the checkpoints, PEM
	Origin      string   `json:"origin"`      // of the checkpoints
	Checkpoints []string `json:"checkpoints"` // that were kept elsewhere
	Since       []string `json:"since"`       // heads that were kept elsewhere
}

// Verdict is what the reader found.
type Verdict struct {
	Status    int      `json:"status"`
	Faults    []string `json:"fault"`     // a kind and a colon begin each
	Unchecked []string `json:"unchecked"` // for want of a key
	Records   []string `json:"record"`    // and what each is
}

// Path is the program's.
func Path() string {
	_, here, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(here), "..", "..", "docs", "auditor", "read_evidence.py")
}

// driver makes the calls that it reads, a line each, all in one process: starting
// Python and its package cryptography takes longer than most audits.
const driver = `
import base64, contextlib, io, json, sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
import read_evidence
for line in sys.stdin:
    call = json.loads(line)
    with contextlib.redirect_stdout(io.StringIO()):
        status = read_evidence.audit(
            call["directory"], [base64.b64decode(key) for key in call["keys"] or []],
            [pem.encode() for pem in call["private"] or []], call["public"].encode(), call["origin"],
            [note.encode() for note in call["checkpoints"] or []], call["since"] or [])
    print(json.dumps(dict(read_evidence.found, status=status)), flush=True)
`

// reader is the process. It ends with this one, whose end closes its input.
type reader struct {
	sync.Mutex
	in     io.Writer
	out    *bufio.Reader
	stderr strings.Builder
}

var started = sync.OnceValues(func() (*reader, error) {
	python, err := judge.FindPython()
	if err != nil {
		return nil, err
	}
	command := exec.Command(python, "-c", driver, filepath.Dir(Path()))
	r := new(reader)
	command.Stderr = &r.stderr
	in, inErr := command.StdinPipe()
	out, outErr := command.StdoutPipe()
	r.in, r.out = in, bufio.NewReader(out)
	return r, errors.Join(inErr, outErr, command.Start())
})

// Read audits a directory.
func Read(t testing.TB, call Call) Verdict {
	t.Helper()
	judge.Python(t)
	r, err := started()
	if err != nil {
		t.Fatal(err)
	}
	v, err := r.read(call)
	if err != nil {
		t.Fatalf("reader in Python: %v", err)
	}
	return v
}

func (r *reader) read(call Call) (v Verdict, err error) {
	r.Lock()
	defer r.Unlock()
	line, err := json.Marshal(call)
	if err != nil {
		return v, err
	}
	if _, err = r.in.Write(append(line, '\n')); err != nil {
		return v, err
	}
	answer, err := r.out.ReadBytes('\n')
	if err != nil {
		return v, fmt.Errorf("%w\n%s", err, r.stderr.String())
	}
	return v, json.Unmarshal(answer, &v)
}
