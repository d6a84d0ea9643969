package evidencetest_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/evidence"
	"github.com/kakaocert-go/kakaocert/evidence/evidencetest"
)

// TestRun_PassesForADirectory is started again by Run itself, as the processes that
// are killed.
func TestRun_PassesForADirectory(t *testing.T) {
	evidencetest.Run(t, openDir,
		evidencetest.WithFault("chains gone", func(t testing.TB, place string) func() {
			t.Helper()
			chains := filepath.Join(place, "chains")
			require.NoError(t, os.Rename(chains, chains+".gone"))
			return func() { require.NoError(t, os.Rename(chains+".gone", chains)) }
		}),
		evidencetest.WithFault("chain damaged", func(t testing.TB, place string) func() {
			t.Helper()
			chains, err := filepath.Glob(filepath.Join(place, "chains", "*.evidence"))
			require.NoError(t, err)
			require.Len(t, chains, 1)
			before, err := os.ReadFile(chains[0])
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(chains[0], append(before, "junk\n"...), 0o600))
			return func() { require.NoError(t, os.Truncate(chains[0], int64(len(before)))) }
		}))
}

func openDir(t testing.TB, place string) kakaocert.Sink {
	t.Helper()
	key, err := evidence.NewKey(bytes.Repeat([]byte{7}, evidence.KeySize))
	require.NoError(t, err)
	d, err := evidence.Open(place, key)
	require.NoError(t, err)
	t.Cleanup(func() { _ = d.Close() })
	return d
}

func TestRun_PassesForMemory(t *testing.T) {
	stores := new(memories)
	evidencetest.Run(t, stores.open, evidencetest.WithoutProcesses(),
		evidencetest.WithFault("full", func(_ testing.TB, place string) func() {
			m := stores.at(place)
			m.fail(errors.New("full"))
			return func() { m.fail(nil) }
		}))
}

// breach names, in the environment, the promise that TestBreach's sink breaks.
const breach = "EVIDENCETEST_BREACH"

// breaches are ways to break one promise each, and the tests that must fail.
var breaches = map[string]struct {
	spoil func(*memory)
	tests []string
}{
	"Begin keeps nothing":            {func(m *memory) { m.lateBegin = true }, []string{"Abandoned", "Durable"}},
	"Write keeps at Commit":          {func(m *memory) { m.lateWrite = true }, []string{"Abandoned", "Durable", "Aborted"}},
	"Write keeps the caller's bytes": {func(m *memory) { m.alias = true }, []string{"OwnCopy"}},
	"Abort drops the answer":         {func(m *memory) { m.dropAborted = true }, []string{"Aborted"}},
	"Commit after Abort":             {func(m *memory) { m.endsAgain = true }, []string{"EndsOnce"}},
	"Commit of an unwritten answer":  {func(m *memory) { m.ignoreFailure = true }, []string{"Faults"}},
	"Recall by prefix":               {func(m *memory) { m.prefix = true }, []string{"ByTransaction"}},
	"Begin ignores its context":      {func(m *memory) { m.noContext = true }, []string{"Context"}},
	"meta without the reference":     {func(m *memory) { m.noRef = true }, []string{"Committed"}},
}

// TestBreach runs alone, in a process of TestRun_FailsForABrokenPromise.
func TestBreach(t *testing.T) {
	name := os.Getenv(breach)
	if name == "" {
		t.Log("is for the processes of TestRun_FailsForABrokenPromise")
		return
	}
	stores := &memories{change: breaches[name].spoil}
	evidencetest.Run(t, stores.open, evidencetest.WithoutProcesses(),
		evidencetest.WithFault("full", func(_ testing.TB, place string) func() {
			m := stores.at(place)
			m.fail(errors.New("full"))
			return func() { m.fail(nil) }
		}))
}

func TestRun_FailsForABrokenPromise(t *testing.T) {
	t.Parallel()
	binary, err := os.Executable()
	require.NoError(t, err)
	for name, b := range breaches {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), binary, "-test.run", "^TestBreach$", "-test.count=1")
			cmd.Env = append(os.Environ(), breach+"="+name)
			out, err := cmd.CombinedOutput()
			require.Error(t, err)
			for _, test := range b.tests {
				assert.Contains(t, string(out), "--- FAIL: TestBreach/"+test)
			}
			assert.NotContains(t, string(out), "panic")
		})
	}
}

// memories are stores in memory, by place.
type memories struct {
	mu     sync.Mutex
	stores map[string]*memory
	change func(*memory)
}

func (s *memories) at(place string) *memory {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stores == nil {
		s.stores = make(map[string]*memory)
	}
	if s.stores[place] == nil {
		s.stores[place] = new(memory)
		if s.change != nil {
			s.change(s.stores[place])
		}
	}
	return s.stores[place]
}

func (s *memories) open(_ testing.TB, place string) kakaocert.Sink { return s.at(place) }

// memory is a Sink that keeps its promises, unless one is broken.
type memory struct {
	mu      sync.Mutex
	records []*kept
	failure error

	lateBegin, lateWrite, alias, dropAborted, endsAgain, ignoreFailure, prefix, noContext, noRef bool
}

type kept struct {
	in       *memory
	recalled kakaocert.Recalled
	pieces   [][]byte
	late     [][]byte
	ended    bool
	failed   error
}

func (m *memory) fail(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.failure = err
}

func (m *memory) Begin(ctx context.Context, meta kakaocert.EvidenceMeta) (kakaocert.RecordWriter, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := context.Cause(ctx); err != nil && !m.noContext {
		return nil, err
	}
	if m.failure != nil {
		return nil, m.failure
	}
	meta.Asked = slices.Clone(meta.Asked)
	if m.noRef {
		meta.Ref = ""
	}
	k := &kept{in: m, recalled: kakaocert.Recalled{Meta: meta}}
	if !m.lateBegin {
		k.enter()
	}
	return k, nil
}

func (k *kept) enter() {
	if k.recalled.ID == "" {
		k.in.records = append(k.in.records, k)
		k.recalled.ID = "record " + strconv.Itoa(len(k.in.records))
	}
}

func (k *kept) ID() string {
	k.in.mu.Lock()
	defer k.in.mu.Unlock()
	return k.recalled.ID
}

var errEnded = errors.New("has ended")

func (k *kept) Write(p []byte) (int, error) {
	k.in.mu.Lock()
	defer k.in.mu.Unlock()
	switch {
	case k.ended && !k.in.endsAgain:
		return 0, errEnded
	case k.in.failure != nil:
		k.failed = k.in.failure
		return 0, k.failed
	}
	piece := p
	if !k.in.alias {
		piece = bytes.Clone(p)
	}
	if k.in.lateWrite {
		k.late = append(k.late, piece)
	} else {
		k.pieces = append(k.pieces, piece)
	}
	return len(p), nil
}

func (k *kept) Commit() error { return k.end(true, "") }

func (k *kept) Abort(reason string) error { return k.end(false, reason) }

func (k *kept) end(whole bool, reason string) error {
	k.in.mu.Lock()
	defer k.in.mu.Unlock()
	if k.ended && !k.in.endsAgain {
		return errEnded
	}
	if !k.in.ignoreFailure {
		if err := cmp.Or(k.failed, k.in.failure); err != nil && whole {
			k.ended = true
			return err
		}
	}
	k.ended = true
	k.enter()
	if whole {
		k.pieces = append(k.pieces, k.late...)
	} else if k.in.dropAborted {
		k.pieces = nil
	}
	k.recalled.Whole, k.recalled.Reason = whole, reason
	return nil
}

func (m *memory) Recall(ctx context.Context, txID string) iter.Seq2[kakaocert.Recalled, error] {
	return func(yield func(kakaocert.Recalled, error) bool) {
		m.mu.Lock()
		var found []kakaocert.Recalled
		for _, k := range m.records {
			of := k.recalled.Meta.TxID
			if of == txID || m.prefix && len(of) >= len(txID) && of[:len(txID)] == txID {
				r := k.recalled
				r.Body = bytes.Join(k.pieces, nil)
				r.Meta.Asked = slices.Clone(r.Meta.Asked)
				found = append(found, r)
			}
		}
		m.mu.Unlock()
		for _, r := range found {
			if err := context.Cause(ctx); err != nil {
				yield(kakaocert.Recalled{}, err)
				return
			}
			if !yield(r, nil) {
				return
			}
		}
	}
}
