package evidence

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
)

func TestAttach_KeepsDataWithItsRecord(t *testing.T) {
	t.Parallel()
	d, path := newDir(t)
	id := commit(t, d, "tx", "body")
	big := strings.Repeat("c", 3*maxFrame+1)
	require.NoError(t, d.Attach(t.Context(), id, "crl", []byte(big)))
	require.NoError(t, d.Attach(t.Context(), id, "ocsp", nil))
	require.NoError(t, d.Attach(t.Context(), id, "crl", []byte("newer")))
	var names, data []string
	for a, err := range read(t, path, id).Attachments() {
		require.NoError(t, err)
		assert.False(t, a.At.IsZero())
		names, data = append(names, a.Name), append(data, string(a.Data()))
	}
	assert.Equal(t, []string{"crl", "ocsp", "crl"}, names)
	assert.Equal(t, []string{big, "", "newer"}, data)
	report := verify(t, path)
	require.NoError(t, report.Err())
	assert.Equal(t, 3, report.Attachments)
}

func TestAttach_RefusesUnknownRecords(t *testing.T) {
	t.Parallel()
	d, path := newDir(t)
	id := commit(t, d, "tx", "body")
	require.ErrorIs(t, d.Attach(t.Context(), "nobody", "crl", nil), ErrNotFound)
	var argument *kakaocert.ArgumentError
	require.ErrorAs(t, d.Attach(t.Context(), id, "", nil), &argument)
	require.ErrorAs(t, d.Attach(t.Context(), id, strings.Repeat("n", 257), nil), &argument)
	require.NoError(t, d.Purge(t.Context(), "time is over", id))
	require.ErrorIs(t, d.Attach(t.Context(), id, "crl", nil), ErrPurged)
	report := verify(t, path)
	require.NoError(t, report.Err())
	assert.Zero(t, report.Leftovers)
}

func TestAttachments_MissingOneIsAFault(t *testing.T) {
	t.Parallel()
	f := newFaulty(t)
	require.NoError(t, os.Remove(f.attachment(t)))
	for a, err := range read(t, f.path, f.committed).Attachments() {
		assert.Nil(t, a)
		require.ErrorIs(t, err, ErrMissing)
	}
}

func TestAttach_CrashLeavesALeftover(t *testing.T) {
	t.Parallel()
	d, path := newDir(t)
	record := commit(t, d, "tx", "body")
	id := newID(begunAt)
	whole := unnamed(t, d, fileHead{Kind: KindAttachment, ID: id, At: begunAt, Record: record}, "crl", []byte("list"))
	path = apart(t, path)
	for size := range len(whole) + 1 {
		writeFile(t, filepath.Join(path, attachmentFile(id)), whole[:size])
		report := verify(t, path)
		require.NoError(t, report.Err(), "cut at %d", size)
		require.Equal(t, 1, report.Leftovers)
	}
}

func TestPurge_LeavesATombstone(t *testing.T) {
	t.Parallel()
	d, path := newDir(t)
	one, two, kept := commit(t, d, "tx-1", "one"), commit(t, d, "tx-2", "two"), commit(t, d, "tx-3", "three")
	require.NoError(t, d.Attach(t.Context(), one, "crl", []byte("list")))
	digest := read(t, path, one).SHA256
	require.NoError(t, d.Purge(t.Context(), "five years are over", one, two))

	r := read(t, path, one)
	assert.Equal(t, Purged, r.Outcome)
	assert.Equal(t, "five years are over", r.Reason)
	assert.Equal(t, digest, r.SHA256)
	assert.Equal(t, "tx-1", r.Meta.TxID)
	assert.False(t, r.PurgedAt.IsZero())
	assert.Empty(t, r.Body())
	for range r.Attachments() {
		t.Error("a purged record has attachments")
	}
	assert.Equal(t, []string{kept + ".record"}, names(t, path))
	report := verify(t, path)
	require.NoError(t, report.Err())
	assert.Equal(t, 2, report.Purged)
	assert.Equal(t, 1, report.Committed)

	require.ErrorIs(t, d.Purge(t.Context(), "again", one), ErrPurged)
	require.ErrorIs(t, d.Purge(t.Context(), "nobody", "nobody"), ErrNotFound)
	var argument *kakaocert.ArgumentError
	require.ErrorAs(t, d.Purge(t.Context(), "", kept), &argument)
	require.ErrorAs(t, d.Purge(t.Context(), string([]byte{0xff}), kept), &argument)
}

func TestPurge_LeavesARecordInProgress(t *testing.T) {
	t.Parallel()
	d, path := newDir(t)
	w := begin(t, d, "tx")
	require.ErrorIs(t, d.Purge(t.Context(), "time is over", w.id), ErrInProgress)
	require.NoError(t, w.Commit())
	assert.Equal(t, 1, verify(t, path).Committed)
}

func TestPurge_DamagedRecordStaysAFault(t *testing.T) {
	t.Parallel()
	d, path := newDir(t)
	id := commit(t, d, "tx", "body")
	path = apart(t, path)
	d = openDir(t, path)
	file := recordPath(path, id)
	writeFile(t, file, append(readFile(t, file), 'x'))
	require.NoError(t, d.Purge(t.Context(), "time is over", id))
	_, err := os.Stat(file)
	require.ErrorIs(t, err, os.ErrNotExist)
	require.ErrorIs(t, verify(t, path).Err(), ErrDamaged)
}

func TestPurge_RefusesAMissingRecord(t *testing.T) {
	t.Parallel()
	d, path := newDir(t)
	id := commit(t, d, "tx", "body")
	path = apart(t, path)
	d = openDir(t, path)
	require.NoError(t, os.Remove(recordPath(path, id)))
	require.ErrorIs(t, d.Purge(t.Context(), "time is over", id), ErrMissing)
}

func TestOpen_FinishesAPurge(t *testing.T) {
	t.Parallel()
	d, path := newDir(t)
	id := commit(t, d, "tx", "body")
	path = apart(t, path)
	d = openDir(t, path)
	whole := readFile(t, recordPath(path, id))
	require.NoError(t, d.Purge(t.Context(), "time is over", id))
	writeFile(t, recordPath(path, id), whole) // as a crash before the removal leaves it
	require.ErrorIs(t, verify(t, path).Err(), ErrExtra)
	openDir(t, path)
	require.NoError(t, verify(t, path).Err())
}

func TestOpen_ReadsWithOldKeys(t *testing.T) {
	t.Parallel()
	d, path := newDir(t)
	old := commit(t, d, "tx-old", "old")
	cut := begin(t, d, "tx-cut").die(t, "half")
	require.NoError(t, d.Close())

	second, err := Open(path, testKey(2), testKey(1))
	require.NoError(t, err)
	t.Cleanup(func() { _ = second.Close() })
	fresh := commit(t, second, "tx-new", "new")
	require.NoError(t, second.Attach(t.Context(), old, "crl", []byte("list")))

	both := openArchive(t, path, testKey(1), testKey(2))
	report, err := both.Verify(t.Context())
	require.NoError(t, err)
	require.NoError(t, report.Err())
	r, err := both.Record(t.Context(), cut)
	require.NoError(t, err)
	assert.Equal(t, Interrupted, r.Outcome)

	newer := openArchive(t, path, testKey(2))
	r, err = newer.Record(t.Context(), fresh)
	require.NoError(t, err)
	assert.Equal(t, "new", string(r.Body()))
	r, err = newer.Record(t.Context(), old)
	require.ErrorIs(t, err, ErrKey)
	assert.Empty(t, r.Body())
	assert.Equal(t, "tx-old", r.Meta.TxID)
	report, err = newer.Verify(t.Context())
	require.NoError(t, err)
	agree(t, report, asTheReader(path, []KeyOption{testKey(2)}))
	require.ErrorIs(t, report.Err(), ErrKey)
	require.NotErrorIs(t, report.Err(), ErrDamaged)
	assert.Contains(t, report.Err().Error(), testKey(1).ID())
	assert.True(t, report.Checked, "some entries open")
}

func TestArchive_WrongKeyIsNotDamage(t *testing.T) {
	t.Parallel()
	f := newFaulty(t)
	for _, keys := range [][]KeyOption{{testKey(9)}, {UnsafePlaintext()}} {
		report, err := openArchive(t, f.path, keys...).Verify(t.Context(), f.head)
		require.NoError(t, err)
		agree(t, report, asTheReader(f.path, keys, f.head))
		require.ErrorIs(t, report.Err(), ErrKey)
		require.NotErrorIs(t, report.Err(), ErrDamaged)
		require.NotErrorIs(t, report.Err(), ErrExtra)
		assert.False(t, report.Checked)

		file := f.file(f.committed)
		whole := readFile(t, file)
		writeFile(t, file, append(whole, 'x'))
		report, err = openArchive(t, f.path, keys...).Verify(t.Context())
		require.NoError(t, err)
		require.ErrorIs(t, report.Err(), ErrDamaged, "the journal's digest needs no key")
		writeFile(t, file, whole)
	}
}

func TestArchive_RecordsComeInOrder(t *testing.T) {
	t.Parallel()
	f := newFaulty(t)
	var got []string
	for r, err := range openArchive(t, f.path).Records(t.Context()) {
		require.NoError(t, err)
		got = append(got, string(r.Outcome)+" "+r.Meta.TxID)
	}
	assert.Equal(t, []string{
		"committed tx-committed", "aborted tx-aborted", "purged tx-purged", "interrupted tx-interrupted",
	}, got)
	for range openArchive(t, f.path).Records(t.Context()) {
		break // may be left early
	}
	for range openArchive(t, f.path).ByTxID(t.Context(), "tx-unknown") {
		t.Error("found what is not there")
	}
	_, err := openArchive(t, f.path).Record(t.Context(), "nobody")
	require.ErrorIs(t, err, ErrNotFound)
}

func TestBegin_InAClosedDirectoryFails(t *testing.T) {
	t.Parallel()
	d, path := newDir(t)
	w := begin(t, d, "tx-open")
	require.NoError(t, d.Close())
	_, err := d.Begin(t.Context(), testMeta("tx"))
	require.ErrorIs(t, err, os.ErrClosed)
	require.ErrorIs(t, w.Commit(), os.ErrClosed)
	assert.Equal(t, Committed, read(t, path, w.id).Outcome, "the file has its end")
	require.NoError(t, verify(t, path).Err())
}
