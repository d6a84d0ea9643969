package evidence_test

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/evidence"
	"github.com/kakaocert-go/kakaocert/evidence/evidencetest"
)

// An audit finds a row that was changed, deleted or added, even by a person
// with all rights, and reports a purged row separately.
func TestArchive_FindsWhatWasDoneToRows(t *testing.T) {
	t.Parallel()
	original := spoilableMemory{evidencetest.NewMemory()}
	log := original.open(t)
	var ids []string
	for _, tx := range []string{"tx-1", "tx-2", "tx-3", "tx-4"} {
		ids = append(ids, store(t, log, tx, "the answer"))
	}
	require.NoError(t, log.Attach(t.Context(), ids[0], "crl", []byte("list")))
	require.NoError(t, log.Purge(t.Context(), "time is over", ids[3]))
	store(t, original.open(t), "tx-5", "in another chain")
	report, err := faultsOf(t, original)
	require.NoError(t, err)
	assert.Equal(t, 4, report.Committed)
	assert.Equal(t, 1, report.Purged)

	spoil := func(change func(chains map[string][]evidence.Entry, objects map[evidence.Object][]byte)) error {
		copied := spoilableMemory{original.Copy()}
		copied.Edit(change)
		_, err := faultsOf(t, copied)
		return err
	}
	var objects []evidence.Object
	original.Edit(func(_ map[string][]evidence.Entry, all map[evidence.Object][]byte) {
		for o := range all {
			objects = append(objects, o)
		}
	})
	require.Len(t, objects, 5)
	for _, o := range objects {
		require.ErrorIs(t, spoil(func(_ map[string][]evidence.Entry, objects map[evidence.Object][]byte) { delete(objects, o) }), evidence.ErrMissing)
		require.ErrorIs(t, spoil(func(_ map[string][]evidence.Entry, objects map[evidence.Object][]byte) {
			objects[o] = bytes.Replace(objects[o], []byte(o.ID), []byte("20260301T093015Z-0000000000000000"), 1)
		}), evidence.ErrDamaged)
		require.ErrorIs(t, spoil(func(_ map[string][]evidence.Entry, objects map[evidence.Object][]byte) {
			objects[o] = objects[o][:len(objects[o])-1]
		}), evidence.ErrDamaged)
		require.ErrorIs(t, spoil(func(_ map[string][]evidence.Entry, objects map[evidence.Object][]byte) {
			objects[evidence.Object{Kind: o.Kind, ID: "20260301T093015Z-0000000000000001"}] = objects[o]
		}), evidence.ErrExtra)
	}
	require.ErrorIs(t, spoil(func(_ map[string][]evidence.Entry, objects map[evidence.Object][]byte) {
		objects[evidence.Object{Kind: evidence.KindRecord, ID: ids[3]}] = []byte("what was purged")
	}), evidence.ErrExtra)
	for id, lines := range original.chains(t) {
		for i := range lines {
			if bytes.Contains(lines[1], []byte(`"linked"`)) && i == len(lines)-1 {
				continue // what no chain follows needs a checkpoint
			}
			require.Error(t, spoil(func(chains map[string][]evidence.Entry, _ map[evidence.Object][]byte) {
				chains[id] = append(chains[id][:i:i], chains[id][i+1:]...)
			}), "entry %d deleted", i+1)
			for name, change := range map[string]func(*evidence.Entry){
				"line":  func(e *evidence.Entry) { e.Line = append(bytes.Clone(e.Line), ' ') },
				"event": func(e *evidence.Entry) { e.Event = "hidden" },
				"about": func(e *evidence.Entry) { e.About = "20260301T093015Z-0000000000000000" },
				"tx_id": func(e *evidence.Entry) { e.TxID = "tx-other" },
			} {
				require.ErrorIs(t, spoil(func(chains map[string][]evidence.Entry, _ map[evidence.Object][]byte) {
					change(&chains[id][i])
				}), evidence.ErrDamaged, "%s of entry %d changed", name, i+1)
			}
		}
	}
}

// growing is a store to which others write while it is read: the function of
// the test runs between two chains.
type growing struct {
	*evidencetest.Memory
	meanwhile func()
}

func (g growing) Entries(ctx context.Context, q evidence.Query) iter.Seq2[evidence.Entry, error] {
	if q != (evidence.Query{}) {
		return g.Memory.Entries(ctx, q)
	}
	return func(yield func(evidence.Entry, error) bool) {
		last := ""
		for { // a page is one chain
			page, chain := 0, ""
			for e, err := range g.Memory.Entries(ctx, q) {
				if e.Chain <= last || chain != "" && e.Chain != chain {
					continue
				}
				chain = e.Chain
				page++
				if !yield(e, err) {
					return
				}
			}
			if page == 0 {
				return
			}
			if last == "" {
				g.meanwhile()
			}
			last = chain
		}
	}
}

// Writing during an audit is not a fault: entries about records that began
// after their chain was read, links to entries that were missing then, and
// checkpoints.
func TestVerify_StoreThatGoesOn(t *testing.T) {
	t.Parallel()
	memory := spoilableMemory{evidencetest.NewMemory()}
	signer, public := signingKey(t)
	first := memory.open(t)
	store(t, first, "tx-before", "body")
	meanwhile := func() {
		id := store(t, first, "tx-meanwhile", "body")
		second := memory.open(t) // its chain names the end that the first has now
		require.NoError(t, second.Attach(t.Context(), id, "crl", []byte("list")))
		require.NoError(t, second.Purge(t.Context(), "time is over", id))
		maker, err := second.Checkpointer(origin, signer)
		require.NoError(t, err)
		_, err = maker.Make(t.Context())
		require.NoError(t, err)
	}
	a, err := evidence.NewArchive(growing{memory.Memory, sync.OnceFunc(meanwhile)}, key(t, 1))
	require.NoError(t, err)
	report, err := a.Verify(t.Context(), public)
	require.NoError(t, err)
	require.NoError(t, report.Err())
	report, err = a.Verify(t.Context(), public)
	require.NoError(t, err)
	require.NoError(t, report.Err())
	assert.Equal(t, 1, report.Checkpoints)
	assert.Equal(t, 1, report.Purged)
}

// The first process to recover enters the end of what a dead writer has left,
// once. If that writer wakes up, it adds nothing.
func TestLog_RecoverEndsWhatTheDeadLeft(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	memory := evidencetest.NewMemory()
	dead := spoilableMemory{memory}.open(t)
	begin := func(tx string) kakaocert.RecordWriter {
		w, err := dead.Begin(ctx, kakaocert.EvidenceMeta{Product: "K3510T", TxID: tx, BegunAt: time.Now(), Attempt: 1})
		require.NoError(t, err)
		_, err = w.Write([]byte("half"))
		require.NoError(t, err)
		return w
	}
	w := begin("tx")
	id := w.(interface{ ID() string }).ID()
	alive := spoilableMemory{memory}.open(t)
	require.NoError(t, alive.Recover(ctx))
	require.ErrorIs(t, alive.Purge(ctx, "time is over", id), evidence.ErrInProgress)
	memory.Kill()
	_, err := w.Write([]byte("the other half"))
	require.Error(t, err)
	require.Error(t, w.Commit())

	logs := []*evidence.Log{spoilableMemory{memory}.open(t), spoilableMemory{memory}.open(t)}
	var group sync.WaitGroup
	for _, log := range logs {
		group.Go(func() { assert.NoError(t, log.Recover(ctx)) })
	}
	group.Wait()
	for _, log := range logs {
		require.NoError(t, log.Recover(ctx))
	}
	report, err := faultsOf(t, spoilableMemory{memory})
	require.NoError(t, err)
	assert.Equal(t, 1, report.Interrupted)
	a := spoilableMemory{memory}.archive(t)
	r, err := a.Record(ctx, id)
	require.NoError(t, err)
	assert.Equal(t, "half", string(r.Body()))
	assert.NotEmpty(t, r.SHA256)
}

// A commit with an unknown result costs no later record.
func TestLog_GoesOnAfterACommitOfUnknownOutcome(t *testing.T) {
	t.Parallel()
	errLost := errors.New("the answer was lost")
	for name, kept := range map[string]bool{"kept": true, "not kept": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			memory := &unsure{Memory: evidencetest.NewMemory(), kept: kept}
			log, err := evidence.NewLog(t.Context(), memory, key(t, 1))
			require.NoError(t, err)
			w, err := log.Begin(t.Context(), kakaocert.EvidenceMeta{Product: "K3510T", TxID: "tx", BegunAt: time.Now(), Attempt: 1})
			require.NoError(t, err)
			memory.lose = errLost
			_, err = w.Write([]byte("half of it"))
			require.ErrorIs(t, err, errLost)
			memory.lose = nil
			require.ErrorIs(t, w.Commit(), errLost)
			for r, err := range log.Recall(t.Context(), "tx") {
				require.NoError(t, err)
				assert.False(t, r.Whole)
				assert.Equal(t, "a piece could not be written", r.Reason)
				assert.Equal(t, kept, string(r.Body) == "half of it")
			}
			memory.lose = errLost
			_, err = log.Begin(t.Context(), kakaocert.EvidenceMeta{Product: "K3510T", TxID: "tx-lost", BegunAt: time.Now(), Attempt: 1})
			require.ErrorIs(t, err, errLost)
			memory.lose = nil
			store(t, log, "tx-later", "body")
			memory.Kill()
			report, err := faultsOf(t, spoilableMemory{memory.Memory})
			require.NoError(t, err)
			assert.Equal(t, 1, report.Committed)
			assert.Equal(t, 1, report.Aborted)
			assert.Equal(t, kept, report.Interrupted == 1, "of the begin whose answer was lost")
		})
	}
}

// unsure is a store whose answer to Commit is sometimes lost.
type unsure struct {
	*evidencetest.Memory
	kept bool
	lose error
}

func (u *unsure) Commit(ctx context.Context, b evidence.Batch) error {
	if u.lose == nil {
		return u.Memory.Commit(ctx, b)
	}
	if u.kept {
		if err := u.Memory.Commit(ctx, b); err != nil {
			return err
		}
	}
	return u.lose
}
