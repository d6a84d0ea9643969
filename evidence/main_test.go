package evidence

import (
	"bufio"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/evidence/internal/disk"
)

// testKey makes a key from n.
func testKey(n byte) Key {
	key, err := NewKey(bytes.Repeat([]byte{n}, KeySize))
	if err != nil {
		panic(err)
	}
	return key
}

func newDir(t *testing.T) (*Log, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "evidence")
	return openDir(t, path), path
}

func openDir(t *testing.T, path string) *Log {
	t.Helper()
	d, err := Open(path, testKey(1))
	require.NoError(t, err)
	t.Cleanup(func() { _ = d.Close() })
	return d
}

var begunAt = time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)

func testMeta(txID string) kakaocert.EvidenceMeta {
	return kakaocert.EvidenceMeta{
		Product: "K3510T", TxID: txID, BegunAt: begunAt, Attempt: 1,
		Asked: [][32]byte{{1}, {2}}, KeyVersion: 3, Ref: "주문 17", Client: "kakaocert-go/0.1.0",
	}
}

// begin begins a record.
func begin(t *testing.T, d *Log, txID string) *writing {
	t.Helper()
	record, err := d.Begin(t.Context(), testMeta(txID))
	require.NoError(t, err)
	return record.(*writing)
}

// commit stores a whole answer and returns its record's ID.
func commit(t *testing.T, d *Log, txID, body string) string {
	t.Helper()
	w := begin(t, d, txID)
	_, err := w.Write([]byte(body))
	require.NoError(t, err)
	require.NoError(t, w.Commit())
	return w.id
}

// die ends a record as the death of its process does.
func (w *writing) die(t *testing.T, body string) string {
	t.Helper()
	_, err := w.Write([]byte(body))
	require.NoError(t, err)
	w.drop(t)
	return w.id
}

// drop gives the record and the locks of the log files up, as the death of the
// process does.
func (w *writing) drop(t *testing.T) {
	t.Helper()
	d := w.log.store.(*directory)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.release(w.object.object)
	for _, f := range d.logs {
		require.NoError(t, disk.Unlock(f.file))
	}
}

// endFile writes the file's end, but not the chain's entry for it.
func (w *writing) endFile(t *testing.T) {
	t.Helper()
	last, err := w.object.ending(frameCommitted, "")
	require.NoError(t, err)
	require.NoError(t, w.log.store.Commit(t.Context(), Batch{Pieces: []Piece{last}}))
}

// apart writes the directory with a file for each part, as an export does, and
// as writers did before log files.
func apart(t *testing.T, path string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "apart")
	a, err := OpenArchive(path)
	require.NoError(t, err)
	require.NoError(t, a.Export(t.Context(), to))
	require.NoError(t, a.Close())
	return to
}

func recordPath(path, id string) string { return filepath.Join(path, recordFile(id)) }

// unnamed makes the bytes of an object that no chain names.
func unnamed(t *testing.T, d *Log, head fileHead, name string, body []byte) []byte {
	t.Helper()
	object, first, _, err := d.newObject(head, sealedHead{Name: name})
	require.NoError(t, err)
	pieces := []Piece{first}
	if body != nil {
		pieces, err = object.whole(first, body)
		require.NoError(t, err)
	}
	var all []byte
	for _, p := range pieces {
		all = append(all, p.Bytes...)
	}
	return all
}

// chainPath is the one chain of a directory.
func chainPath(t *testing.T, path string) string {
	t.Helper()
	chains := chainFiles(path)
	require.Len(t, chains, 1)
	return chains[0]
}

// chainLines are the lines of a chain.
func chainLines(t *testing.T, path string) []byte {
	t.Helper()
	if filepath.Ext(path) == chainSuffix {
		return readFile(t, path)
	}
	file, err := os.Open(path)
	require.NoError(t, err)
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	require.NoError(t, err)
	var all []byte
	for line, err := range (&indexed{path: path, isLog: true, offset: info.Size()}).rawLines(file) {
		require.NoError(t, err)
		all = append(append(all, line...), '\n')
	}
	return all
}

// names are those of the files of records and attachments.
func names(t *testing.T, path string) (all []string) {
	t.Helper()
	a, err := OpenArchive(path)
	require.NoError(t, err)
	for _, kind := range []Kind{KindRecord, KindAttachment} {
		for o, err := range a.Store().Objects(t.Context(), kind) {
			require.NoError(t, err)
			all = append(all, strings.TrimPrefix(o.file(), recordsName+"/"))
		}
	}
	require.NoError(t, a.Close())
	return all
}

// ledgerOf reads one chain's lines.
func ledgerOf(keys *keyring, chain string, raw []byte) (l *ledger, read int) {
	l = newLedger(keys)
	in := bufio.NewReaderSize(bytes.NewReader(raw), maxLine)
	for number := uint64(1); ; number++ {
		line, length, err := nextLine(in)
		if err != nil {
			l.settle()
			return l, read
		}
		read += length
		l.add(entryOf(chain, number, line))
	}
}

// head returns the only head of a report.
func head(t *testing.T, r *Report) Head {
	t.Helper()
	require.Len(t, r.Heads, 1)
	return r.Heads[0]
}

func openArchive(t *testing.T, path string, keys ...KeyOption) *Archive {
	t.Helper()
	if len(keys) == 0 {
		keys = []KeyOption{testKey(1)}
	}
	a, err := OpenArchive(path, keys...)
	require.NoError(t, err)
	t.Cleanup(func() { _ = a.Close() })
	return a
}

func verify(t *testing.T, path string, known ...Head) *Report {
	t.Helper()
	a, err := OpenArchive(path, testKey(1))
	require.NoError(t, err)
	var all []Known
	for _, h := range known {
		all = append(all, h)
	}
	report, err := a.Verify(t.Context(), all...)
	require.NoError(t, err)
	require.NoError(t, a.Close())
	agree(t, report, asTheReader(path, []KeyOption{testKey(1)}, all...))
	return report
}

func read(t *testing.T, path, id string) *Record {
	t.Helper()
	r, err := openArchive(t, path).Record(t.Context(), id)
	require.NoError(t, err)
	return r
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	return raw
}

func writeFile(t *testing.T, path string, raw []byte) {
	t.Helper()
	require.NoError(t, os.WriteFile(path, raw, 0o600))
}
