package evidence

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
)

// testKey is a key of n's.
func testKey(n byte) Key {
	key, err := NewKey(bytes.Repeat([]byte{n}, KeySize))
	if err != nil {
		panic(err)
	}
	return key
}

func newDir(t *testing.T) (*Dir, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "evidence")
	return openDir(t, path), path
}

func openDir(t *testing.T, path string) *Dir {
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
func begin(t *testing.T, d *Dir, txID string) *writing {
	t.Helper()
	record, err := d.Begin(t.Context(), testMeta(txID))
	require.NoError(t, err)
	return record.(*writing)
}

// commit stores a whole answer and returns its record's ID.
func commit(t *testing.T, d *Dir, txID, body string) string {
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
	require.NoError(t, w.file.close())
	return w.id
}

func openArchive(t *testing.T, path string, keys ...Key) *Archive {
	t.Helper()
	if len(keys) == 0 {
		keys = []Key{testKey(1)}
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
	report, err := a.Verify(known...)
	require.NoError(t, err)
	require.NoError(t, a.Close())
	return report
}

func read(t *testing.T, path, id string) *Record {
	t.Helper()
	r, err := openArchive(t, path).Record(id)
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
