package evidence_test

import (
	"io/fs"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/evidence"
	"github.com/kakaocert-go/kakaocert/evidence/evidencetest"
)

// exported writes a copy of a store and audits the copy.
func exported(t *testing.T, store *evidencetest.Memory) *evidence.Report {
	t.Helper()
	path := filepath.Join(t.TempDir(), "copy")
	from, err := evidence.NewArchive(store) // no key is needed to copy
	require.NoError(t, err)
	require.NoError(t, from.Export(t.Context(), path))
	require.ErrorIs(t, from.Export(t.Context(), path), fs.ErrExist, "nothing is overwritten")
	archive, err := evidence.OpenArchive(path, key(t, 7))
	require.NoError(t, err)
	defer func() { _ = archive.Close() }()
	report, err := archive.Verify(t.Context())
	require.NoError(t, err)
	return report
}

func TestExport_IsAuditedAsTheStoreIs(t *testing.T) {
	t.Parallel()
	memory := evidencetest.NewMemory()
	log, err := evidence.NewLog(t.Context(), memory, key(t, 7))
	require.NoError(t, err)
	first, purged := store(t, log, "tx-1", "body"), store(t, log, "tx-2", "body")
	require.NoError(t, log.Attach(t.Context(), first, "note", []byte("checked")))
	require.NoError(t, log.Purge(t.Context(), "retention is over", purged))
	second, err := evidence.NewLog(t.Context(), memory, key(t, 7))
	require.NoError(t, err)
	store(t, second, "tx-3", "body")
	report := exported(t, memory)
	require.NoError(t, report.Err())
	assert.Equal(t, 2, report.Committed)
	assert.Equal(t, 1, report.Purged)
	assert.Equal(t, 1, report.Attachments)

	memory.Edit(func(chains map[string][]evidence.Entry, objects map[evidence.Object][]byte) {
		o := evidence.Object{Kind: evidence.KindRecord, ID: first}
		objects[evidence.Object{Kind: evidence.KindRecord, ID: "20260301T093015Z-00000000000000ff"}] = objects[o]
		changed := append([]byte(nil), objects[o]...)
		changed[len(changed)-1] ^= 1
		objects[o] = changed
	})
	report = exported(t, memory)
	assert.Len(t, report.Faults, 2)
	require.ErrorIs(t, report.Err(), evidence.ErrDamaged)
	require.ErrorIs(t, report.Err(), evidence.ErrExtra)

	memory.Edit(func(_ map[string][]evidence.Entry, objects map[evidence.Object][]byte) {
		delete(objects, evidence.Object{Kind: evidence.KindRecord, ID: first})
	})
	require.ErrorIs(t, exported(t, memory).Err(), evidence.ErrMissing)
}
