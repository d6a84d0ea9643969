package evidence

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
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
	require.NoError(t, d.Attach(id, "crl", []byte("crl")))
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
	require.NoError(t, d.Attach(w.id, "the name", []byte("the data")))

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
	report, err := d.Archive().Verify()
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
	names, err := openArchive(t, path).names()
	require.NoError(t, err)
	assert.Empty(t, names)
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
			assert.NoError(t, dir.Attach(record.(*writing).id, "note", []byte(tx)))
		})
	}
	group.Go(func() {
		for range 10 {
			report, err := d.Archive().Verify()
			assert.NoError(t, err)
			assert.NoError(t, report.Err())
		}
	})
	group.Wait()
	report := verify(t, path)
	require.NoError(t, report.Err())
	assert.Equal(t, 2*each, report.Committed)
	assert.Equal(t, 2*each, report.Attachments)
	assert.EqualValues(t, 1+3*2*each, report.Head.Entries)
	a := openArchive(t, path)
	for i := range 2 * each {
		tx := "tx-" + strconv.Itoa(i)
		for r, err := range a.ByTxID(tx) {
			require.NoError(t, err)
			assert.Equal(t, tx+tx+tx, string(r.Body()))
		}
	}
}

func TestOpen_RefusesRecordsWithoutAJournal(t *testing.T) {
	t.Parallel()
	d, path := newDir(t)
	commit(t, d, "tx", "body")
	require.NoError(t, d.Close())
	require.NoError(t, os.Remove(filepath.Join(path, journalName)))
	_, err := Open(path, testKey(1))
	require.ErrorIs(t, err, ErrMissing)
}

func TestBegin_RefusesAJournalPutInItsPlace(t *testing.T) {
	t.Parallel()
	d, path := newDir(t)
	journal := filepath.Join(path, journalName)
	raw := readFile(t, journal)
	require.NoError(t, os.Remove(journal))
	writeFile(t, journal, raw)
	_, err := d.Begin(t.Context(), testMeta("tx"))
	require.ErrorIs(t, err, ErrDamaged)
	assert.Zero(t, verify(t, path).Leftovers)
}

func TestOpen_RefusesADamagedJournal(t *testing.T) {
	t.Parallel()
	d, path := newDir(t)
	commit(t, d, "tx", "body")
	journal := filepath.Join(path, journalName)
	raw := readFile(t, journal)
	raw[len(raw)-10] ^= 1
	writeFile(t, journal, raw)
	_, err := Open(path, testKey(1))
	var fault *Fault
	require.ErrorAs(t, err, &fault)
	assert.Equal(t, journalName, fault.File)
	require.ErrorIs(t, err, ErrDamaged)
}

func TestHead_TextForm(t *testing.T) {
	t.Parallel()
	d, _ := newDir(t)
	commit(t, d, "tx", "body")
	head, err := d.Archive().Head()
	require.NoError(t, err)
	assert.EqualValues(t, 3, head.Entries)
	text, err := head.MarshalText()
	require.NoError(t, err)
	var again Head
	require.NoError(t, again.UnmarshalText(text))
	assert.Equal(t, head, again)
	for _, wrong := range []string{"", "3", "3:", "0:" + strings.Repeat("0", 64), "-1:" + strings.Repeat("0", 64), "3:" + strings.Repeat("A", 64), "3:" + strings.Repeat("0", 65)} {
		var argument *kakaocert.ArgumentError
		require.ErrorAs(t, again.UnmarshalText([]byte(wrong)), &argument, wrong)
	}
}
