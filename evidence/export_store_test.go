package evidence_test

import (
	"bytes"
	"crypto/ecdh"
	"crypto/hpke"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/evidence"
	"github.com/kakaocert-go/kakaocert/evidence/evidencetest"
)

// The audit of a copy agrees with the audit of the store, without a key and
// without recovery keys.
func TestArchive_ExportsTheWholeStore(t *testing.T) {
	t.Parallel()
	memory := evidencetest.NewMemory()
	recipient, opener := pair(t, hpke.DHKEM(ecdh.P256()))
	log, err := evidence.NewLog(t.Context(), memory, key(t, 1), recipient)
	require.NoError(t, err)
	id := store(t, log, "tx-1", "the answer")
	require.NoError(t, log.Attach(t.Context(), id, "crl", []byte("list")))
	require.NoError(t, log.Purge(t.Context(), "time is over", store(t, log, "tx-2", "gone")))
	signer, public := signingKey(t)
	maker, err := log.Checkpointer(origin, signer)
	require.NoError(t, err)
	made, err := maker.Make(t.Context())
	require.NoError(t, err)
	memory.Kill()

	auditor, err := evidence.NewArchive(memory) // without a key
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "export")
	require.NoError(t, auditor.Export(t.Context(), path))
	require.ErrorIs(t, auditor.Export(t.Context(), path), os.ErrExist)
	_, err = os.Stat(filepath.Join(path, "recovery"))
	require.ErrorIs(t, err, os.ErrNotExist)
	copied, err := evidence.OpenArchive(path, key(t, 1), opener)
	require.NoError(t, err)
	original, err := evidence.NewArchive(memory, key(t, 1), opener)
	require.NoError(t, err)
	want, err := original.Verify(t.Context(), public, made)
	require.NoError(t, err)
	got, err := copied.Verify(t.Context(), public, made)
	require.NoError(t, err)
	require.NoError(t, got.Err())
	assert.Equal(t, want, got)
	r, err := copied.Record(t.Context(), id)
	require.NoError(t, err)
	assert.Equal(t, "the answer", string(r.Body()))

	again := filepath.Join(t.TempDir(), "again") // of a directory
	require.NoError(t, copied.Export(t.Context(), again))
	for _, name := range []string{"records", "chains", "checkpoints"} {
		require.NoError(t, os.CopyFS(filepath.Join(t.TempDir(), name), os.DirFS(filepath.Join(again, name))))
	}
	last, err := evidence.OpenArchive(again, key(t, 1), opener)
	require.NoError(t, err)
	got, err = last.Verify(t.Context(), public)
	require.NoError(t, err)
	assert.Equal(t, want, got)
}

// The copy contains the faults of the store, and no others.
func TestArchive_ExportHidesNothing(t *testing.T) {
	t.Parallel()
	original := spoilableMemory{evidencetest.NewMemory()}
	log := original.open(t)
	ids := []string{store(t, log, "tx-1", "one"), store(t, log, "tx-2", "two"), store(t, log, "tx-3", "three")}
	original.Edit(func(_ map[string][]evidence.Entry, objects map[evidence.Object][]byte) {
		first := evidence.Object{Kind: evidence.KindRecord, ID: ids[0]}
		objects[first] = append(bytes.Clone(objects[first]), 'x')
		objects[evidence.Object{Kind: evidence.KindRecord, ID: "20260301T093015Z-0000000000000001"}] = objects[evidence.Object{Kind: evidence.KindRecord, ID: ids[2]}]
		delete(objects, evidence.Object{Kind: evidence.KindRecord, ID: ids[1]})
	})
	path := filepath.Join(t.TempDir(), "export")
	require.NoError(t, original.archive(t).Export(t.Context(), path))
	want, err := faultsOf(t, original)
	require.Error(t, err)
	got, err := faultsOf(t, spoilableDirectory{path})
	for _, fault := range []error{evidence.ErrDamaged, evidence.ErrMissing, evidence.ErrExtra} {
		require.ErrorIs(t, err, fault)
	}
	assert.Len(t, got.Faults, len(want.Faults))

	journal := filepath.Join(t.TempDir(), "version1")
	a, err := evidence.OpenArchive(filepath.Join("testdata", "version1"), key(t, 1))
	require.NoError(t, err)
	require.NoError(t, a.Export(t.Context(), journal))
	report, err := faultsOf(t, spoilableDirectory{journal})
	require.NoError(t, err)
	assert.Equal(t, 1, report.Committed)
}
