package flow

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/evidence"
	"github.com/kakaocert-go/kakaocert/internal/command/call"
	"github.com/kakaocert-go/kakaocert/internal/command/call/calltest"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// Real time: the command is killed some moments after a step, and may not fail at
// any of them.

var kills = flag.Int("kills", 3, "how often TestResume_AfterSIGKILL kills the command after each step")

// TestMain makes the test binary the command where it is asked to be.
func TestMain(m *testing.M) { kakaocertCommand.Main(m) }

// wire is what the simulator has seen of each transaction.
type wire struct {
	mu      sync.Mutex
	yes     map[string]int // calls that were answered with 200, by tx_id and step
	current string
	armed   string // the step after which onStep is called, once
	onStep  func()
}

func (w *wire) see(ev kakaocerttest.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if ev.Step == "prepare" {
		w.current = ev.TxID
	}
	if ev.Status == 200 {
		w.yes[ev.TxID+" "+ev.Step]++
	}
	if w.onStep != nil && ev.Step == w.armed {
		w.onStep()
		w.onStep = nil
	}
}

func (w *wire) arm(step string, do func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.current, w.armed, w.onStep = "", step, do
}

func (w *wire) answered(step string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.yes[w.current+" "+step]
}

// A contract that was killed after any step, and at any moment after it, is
// finished by resume: no user is asked twice, no answer is fetched twice, and
// none is lost that had reached the disk.
func TestResume_AfterSIGKILL(t *testing.T) {
	h := newHost(t)
	seen := &wire{yes: make(map[string]int)}
	defer h.OnEvent(seen.see)()
	key := calltest.Write(t, "key", []byte(strings.Repeat("k", 32)))
	texts := []string{calltest.Write(t, "contract.txt", []byte(calltest.ContractText)), calltest.Write(t, "terms.txt", []byte("제2조\r\n"))}
	lost, before, finished, resumed := 0, 0, 0, 0
	for _, step := range []string{"prepare", "request", "status", "verify", "signer"} {
		for i := range *kills {
			out := filepath.Join(t.TempDir(), "out")
			killAfter(t, h, seen, step, time.Duration(i)*40*time.Millisecond/time.Duration(*kills),
				"contract", "--text", texts[0], texts[1], "--out", out, "--key-file", key, "--poll", "1ms")
			onDisk := wholeAnswer(t, out, key)
			_, unfinished := os.Stat(filepath.Join(out, stateFile))
			again := []string{"resume", "--out", out}
			switch {
			case unfinished == nil:
				resumed++
			case seen.answered("signer") > 0: // at its end, or just behind it
				finished++
				assert.FileExists(t, filepath.Join(out, "document-002.p7s"))
				continue
			default:
				before++
				require.Zero(t, seen.answered("request"), "nobody is asked before the directory remembers it")
				again = []string{"contract", "--text", texts[0], texts[1], "--out", out}
			}
			got, result := h.flow(append(again, "--key-file", key, "--name", "홍길동", "--birthday", "19900101", "--phone", "01012345678")...)
			if seen.answered("verify") > 0 && !got.Verified {
				require.False(t, onDisk, "%s, %d: %s", step, i, result.Errors)
				lost++ // in the moment between the service's giving and the disk
				continue
			}
			require.Equal(t, call.ExitDone, result.Code, "%s, %d: %s", step, i, result.Errors)
			assert.Len(t, got.SignerMatches, 2)
			assert.Equal(t, 1, seen.answered("request"), "asked once")
			assert.Equal(t, 1, seen.answered("verify"), "fetched once")
			assert.FileExists(t, filepath.Join(out, "document-002.p7s"))
			assert.NoFileExists(t, filepath.Join(out, stateFile))
			audit := run(t, nil, "", "evidence", "verify", out, "--key-file", key, "--roots", filepath.Join(out, rootsFile))
			assert.Equal(t, call.ExitDone, audit.Code, audit.Out)
		}
	}
	t.Logf("%d kills: %d resumed, %d before anybody was asked, %d at the end, %d lost on the way to the disk",
		5**kills, resumed, before, finished, lost)
	assert.Positive(t, resumed)
}

// killAfter runs the command and kills it some time after a step.
func killAfter(t *testing.T, h *host, seen *wire, step string, later time.Duration, args ...string) {
	t.Helper()
	ctx, kill := context.WithCancel(t.Context())
	defer kill()
	cmd := calltest.Process(ctx, t, h.Environ, args...)
	seen.arm(step, func() { time.AfterFunc(later, kill) })
	out, err := cmd.CombinedOutput()
	if err == nil || errors.Is(err, context.Canceled) { // it ended by itself, the kill came too late
		return
	}
	require.Equal(t, "signal: killed", fmt.Sprint(err), string(out))
}

// wholeAnswer reports whether an answer of verify has reached the disk whole.
func wholeAnswer(t *testing.T, out, keyFile string) bool {
	t.Helper()
	key, err := call.ReadKey(keyFile)
	require.NoError(t, err)
	archive, err := evidence.OpenArchive(out, key)
	if err != nil {
		return false
	}
	defer func() { require.NoError(t, archive.Close()) }()
	for record, err := range archive.Records(t.Context()) {
		if record != nil && (record.Outcome == evidence.Committed || err == nil && strings.HasSuffix(strings.TrimSpace(string(record.Body())), "}")) {
			return true
		}
	}
	return false
}
