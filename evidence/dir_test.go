package evidence

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
)

func TestDir_ReadsWhatItWrote(t *testing.T) {
	t.Parallel()
	d, path := newDir(t)
	for _, size := range []int{0, 1, maxFrame - 1, maxFrame, maxFrame + 1, 5*maxFrame + 7} {
		body := strings.Repeat("서명", size/6+1)[:size]
		id := commit(t, d, "tx-"+strconv.Itoa(size), body)
		r := read(t, path, id)
		assert.Equal(t, Committed, r.Outcome)
		assert.Equal(t, body, string(r.Body()))
		assert.Equal(t, testMeta("tx-"+strconv.Itoa(size)), r.Meta)
		assert.False(t, r.EndedAt.IsZero())
	}
	report := verify(t, path)
	require.NoError(t, report.Err())
	assert.Equal(t, 6, report.Committed)
}

func TestWrite_PiecesMakeOneBody(t *testing.T) {
	t.Parallel()
	d, path := newDir(t)
	w := begin(t, d, "tx")
	var want bytes.Buffer
	for i := range 50 {
		piece := bytes.Repeat([]byte{byte(i)}, i*700)
		want.Write(piece)
		n, err := w.Write(piece)
		require.NoError(t, err)
		require.Equal(t, len(piece), n)
	}
	require.NoError(t, w.Commit())
	assert.Equal(t, want.Bytes(), read(t, path, w.id).Body())
}

func TestAbort_KeepsTheBytesAndTheReason(t *testing.T) {
	t.Parallel()
	d, path := newDir(t)
	w := begin(t, d, "tx")
	_, err := w.Write([]byte("half of it"))
	require.NoError(t, err)
	require.NoError(t, w.Abort("answer was cut off"))
	r := read(t, path, w.id)
	assert.Equal(t, Aborted, r.Outcome)
	assert.Equal(t, "answer was cut off", r.Reason)
	assert.Equal(t, "half of it", string(r.Body()))
	assert.Equal(t, 1, verify(t, path).Aborted)
}

func TestRecord_EndsOnce(t *testing.T) {
	t.Parallel()
	d, path := newDir(t)
	w := begin(t, d, "tx")
	require.NoError(t, w.Commit())
	require.ErrorIs(t, w.Commit(), ErrEnded)
	require.ErrorIs(t, w.Abort("late"), ErrEnded)
	_, err := w.Write([]byte("late"))
	require.ErrorIs(t, err, ErrEnded)
	require.NoError(t, verify(t, path).Err())
	assert.Equal(t, Committed, read(t, path, w.id).Outcome)
}

func TestCommit_AfterAFailedWriteIsAnAbort(t *testing.T) {
	t.Parallel()
	d, path := newDir(t)
	w := begin(t, d, "tx")
	_, err := w.Write([]byte("before"))
	require.NoError(t, err)
	w.failed = errors.New("disk full")
	_, err = w.Write([]byte("after"))
	require.EqualError(t, err, "disk full")
	require.EqualError(t, w.Commit(), "disk full")
	r := read(t, path, w.id)
	assert.Equal(t, Aborted, r.Outcome)
	assert.Equal(t, "before", string(r.Body()))
}

func TestDir_FilesAreTheirOwnersAlone(t *testing.T) {
	t.Parallel()
	d, path := newDir(t)
	id := commit(t, d, "tx", "body")
	require.NoError(t, d.Attach(t.Context(), id, "crl", []byte("crl")))
	err := filepath.WalkDir(path, func(_ string, e os.DirEntry, err error) error {
		require.NoError(t, err)
		info, err := e.Info()
		require.NoError(t, err)
		want := os.FileMode(0o600)
		if e.IsDir() {
			want = 0o700
		}
		assert.Equal(t, want, info.Mode().Perm(), e.Name())
		return nil
	})
	require.NoError(t, err)
}

func TestDir_KeepsNothingPersonalInClear(t *testing.T) {
	t.Parallel()
	d, path := newDir(t)
	meta := testMeta("tx-in-clear")
	meta.Asked = [][32]byte{[32]byte(bytes.Repeat([]byte{0xab}, 32))}
	record, err := d.Begin(t.Context(), meta)
	require.NoError(t, err)
	_, err = record.Write([]byte("홍길동"))
	require.NoError(t, err)
	require.NoError(t, record.Abort("the reason"))
	w := record.(*writing)
	require.NoError(t, d.Attach(t.Context(), w.id, "the name", []byte("the data")))

	all := readTree(t, path)
	assert.Contains(t, all, "tx-in-clear")
	assert.Contains(t, all, "K3510T")
	for _, hidden := range []string{"홍길동", strings.Repeat("ab", 32), "the reason", "the name", "the data"} {
		assert.NotContains(t, all, hidden)
	}
}

func TestUnsafePlaintext_IsPlain(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "plain")
	d, err := Open(path, UnsafePlaintext())
	require.NoError(t, err)
	t.Cleanup(func() { _ = d.Close() })
	commit(t, d, "tx", "홍길동")
	assert.Contains(t, readTree(t, path), "홍길동")
	report, err := d.Archive().Verify(t.Context())
	require.NoError(t, err)
	require.NoError(t, report.Err())
}

func readTree(t *testing.T, path string) string {
	t.Helper()
	var all strings.Builder
	require.NoError(t, filepath.WalkDir(path, func(name string, e os.DirEntry, err error) error {
		require.NoError(t, err)
		if !e.IsDir() {
			all.Write(readFile(t, name))
		}
		return nil
	}))
	return all.String()
}

func TestBegin_RefusesMetaThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	d, path := newDir(t)
	for field, change := range map[string]func(*kakaocert.EvidenceMeta){
		"EvidenceMeta.Product": func(m *kakaocert.EvidenceMeta) { m.Product = "" },
		"EvidenceMeta.TxID":    func(m *kakaocert.EvidenceMeta) { m.TxID = "a b" },
		"EvidenceMeta.BegunAt": func(m *kakaocert.EvidenceMeta) { m.BegunAt = time.Time{} },
		"EvidenceMeta.Client":  func(m *kakaocert.EvidenceMeta) { m.Client = strings.Repeat("x", 257) },
		"EvidenceMeta.Asked":   func(m *kakaocert.EvidenceMeta) { m.Asked = make([][32]byte, 201) },
	} {
		meta := testMeta("tx")
		change(&meta)
		_, err := d.Begin(t.Context(), meta)
		var argument *kakaocert.ArgumentError
		require.ErrorAs(t, err, &argument, field)
		assert.Equal(t, field, argument.Field)
	}
	assert.Empty(t, names(t, path))
}

func TestBegin_KeepsTheLongestMeta(t *testing.T) {
	t.Parallel()
	d, path := newDir(t)
	meta := testMeta(strings.Repeat("t", 256))
	meta.Product, meta.Client = strings.Repeat("p", 256), strings.Repeat("<", 256)
	meta.Asked = make([][32]byte, 200)
	record, err := d.Begin(t.Context(), meta)
	require.NoError(t, err)
	require.NoError(t, record.Commit())
	assert.Equal(t, meta, read(t, path, record.(*writing).id).Meta)
	require.NoError(t, verify(t, path).Err())
}

func TestBegin_UnderAnEndedContextFails(t *testing.T) {
	t.Parallel()
	d, path := newDir(t)
	gone := errors.New("gone")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(gone)
	_, err := d.Begin(ctx, testMeta("tx"))
	require.ErrorIs(t, err, gone)
	assert.Equal(t, 0, verify(t, path).Interrupted)
}

// A caller that stops waiting for the chain leaves neither an entry nor a file.
func TestBegin_WithdrawnLeavesNothing(t *testing.T) {
	t.Parallel()
	d, path := newDir(t)
	queue := d.commits
	queue.mu.Lock()
	queue.busy, queue.idle = true, make(chan struct{}) // as during a long commit
	queue.mu.Unlock()
	ctx, cancel := context.WithCancel(t.Context())
	failed := make(chan error)
	go func() {
		_, err := d.Begin(ctx, testMeta("tx-withdrawn"))
		failed <- err
	}()
	for waiting := false; !waiting; runtime.Gosched() {
		queue.mu.Lock()
		waiting = len(queue.queue) > 0
		queue.mu.Unlock()
	}
	cancel()
	require.ErrorIs(t, <-failed, context.Canceled)
	assert.Empty(t, names(t, path))
	queue.mu.Lock()
	queue.busy = false
	close(queue.idle)
	queue.mu.Unlock()
	commit(t, d, "tx-later", "body")
	require.NoError(t, verify(t, path).Err())
	assert.Zero(t, verify(t, path).Leftovers)
}

func TestDir_TakesManyGoroutines(t *testing.T) {
	t.Parallel()
	d, path := newDir(t)
	other := openDir(t, path) // as another process would
	const each = 20
	var group sync.WaitGroup
	for i := range 2 * each {
		group.Go(func() {
			dir := d
			if i%2 == 1 {
				dir = other
			}
			tx := "tx-" + strconv.Itoa(i)
			record, err := dir.Begin(t.Context(), testMeta(tx))
			if !assert.NoError(t, err) {
				return
			}
			for range 3 {
				_, err = record.Write([]byte(tx))
				assert.NoError(t, err)
			}
			assert.NoError(t, record.Commit())
			assert.NoError(t, dir.Attach(t.Context(), record.(*writing).id, "note", []byte(tx)))
		})
	}
	group.Go(func() {
		for range 10 {
			report, err := d.Archive().Verify(t.Context())
			assert.NoError(t, err)
			assert.NoError(t, report.Err())
		}
	})
	group.Wait()
	report := verify(t, path)
	require.NoError(t, report.Err())
	assert.Equal(t, 2*each, report.Committed)
	assert.Equal(t, 2*each, report.Attachments)
	require.Len(t, report.Heads, 2, "a chain each")
	assert.EqualValues(t, 2+3*2*each, report.Heads[0].Entries+report.Heads[1].Entries)
	a := openArchive(t, path)
	for i := range 2 * each {
		tx := "tx-" + strconv.Itoa(i)
		for r, err := range a.ByTxID(t.Context(), tx) {
			require.NoError(t, err)
			assert.Equal(t, tx+tx+tx, string(r.Body()))
		}
	}
}

func TestOpen_RefusesRecordsWithoutAChain(t *testing.T) {
	t.Parallel()
	d, path := newDir(t)
	commit(t, d, "tx", "body")
	require.NoError(t, d.Close())
	path = apart(t, path)
	require.NoError(t, os.Remove(chainPath(t, path)))
	_, err := Open(path, testKey(1))
	require.ErrorIs(t, err, ErrMissing)
}

// Where each record has a file of its own, a process that dies in its first
// Begin leaves that file and no chain.
func TestOpen_GoesOnWhereTheFirstBeginWasCut(t *testing.T) {
	t.Parallel()
	d, path := newDir(t)
	id := newID(begunAt)
	first := unnamed(t, d, fileHead{Kind: KindRecord, ID: id, At: begunAt, Product: "K3510T", TxID: "tx", Attempt: 1}, "", nil)
	require.NoError(t, os.Mkdir(filepath.Join(path, recordsName), 0o700))
	writeFile(t, recordPath(path, id), first)
	commit(t, openDir(t, path), "tx", "body")
	report := verify(t, path)
	require.NoError(t, report.Err())
	assert.Equal(t, 1, report.Leftovers)
}

func TestBegin_RefusesAChainPutInItsPlace(t *testing.T) {
	t.Parallel()
	d, path := newDir(t)
	commit(t, d, "tx-before", "body")
	journal := chainPath(t, path)
	raw := readFile(t, journal)
	require.NoError(t, os.Remove(journal))
	writeFile(t, journal, raw)
	_, err := d.Begin(t.Context(), testMeta("tx"))
	require.ErrorIs(t, err, ErrDamaged)
	assert.Zero(t, verify(t, path).Leftovers)
}

func TestOpen_RefusesADamagedChain(t *testing.T) {
	t.Parallel()
	d, path := newDir(t)
	commit(t, d, "tx", "body")
	require.NoError(t, d.Close()) // while it is open, others may take this for what it is writing
	journal := chainPath(t, path)
	raw := readFile(t, journal)
	raw[len(raw)-10] ^= 1
	writeFile(t, journal, raw)
	_, err := Open(path, testKey(1))
	var fault *Fault
	require.ErrorAs(t, err, &fault)
	assert.Equal(t, "chains/"+filepath.Base(journal), fault.File)
	require.ErrorIs(t, err, ErrDamaged)
}

func TestHead_TextForm(t *testing.T) {
	t.Parallel()
	d, _ := newDir(t)
	commit(t, d, "tx", "body")
	heads, err := d.Archive().Heads(t.Context())
	require.NoError(t, err)
	require.Len(t, heads, 1)
	head := heads[0]
	assert.EqualValues(t, 3, head.Entries)
	text, err := head.MarshalText()
	require.NoError(t, err)
	var again Head
	require.NoError(t, again.UnmarshalText(text))
	assert.Equal(t, head, again)
	old := "3:" + strings.Repeat("0", 64)
	require.NoError(t, again.UnmarshalText([]byte(old)))
	assert.Equal(t, old, again.String(), "a journal of version 1 has no ID")
	for _, wrong := range []string{"", "3", "journal:3:" + strings.Repeat("0", 64), "../chain:3:" + strings.Repeat("0", 64), "3:", "0:" + strings.Repeat("0", 64), "-1:" + strings.Repeat("0", 64), "3:" + strings.Repeat("A", 64), "3:" + strings.Repeat("0", 65)} {
		var argument *kakaocert.ArgumentError
		require.ErrorAs(t, again.UnmarshalText([]byte(wrong)), &argument, wrong)
	}
}
