package pgstore_test

import (
	"bytes"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/evidence"
	"github.com/kakaocert-go/kakaocert/internal/judge"
	"github.com/kakaocert-go/kakaocert/internal/pyreader"
)

// auditOffline exports what an audit reads, audits the copy, and demands that the
// reader in Python finds the same.
func auditOffline(t testing.TB, from *evidence.Archive, heads []evidence.Head, known ...evidence.Known) *evidence.Report {
	t.Helper()
	path := filepath.Join(t.TempDir(), "export")
	require.NoError(t, from.Export(t.Context(), path))
	archive, err := evidence.OpenArchive(path, podsKey(t))
	require.NoError(t, err)
	defer func() { _ = archive.Close() }()
	report, err := archive.Verify(t.Context(), known...)
	require.NoError(t, err)
	call := pyreader.Call{Directory: path, Keys: [][]byte{bytes.Repeat([]byte{7}, evidence.KeySize)}}
	for _, head := range heads {
		call.Since = append(call.Since, head.String())
	}
	ours := pyreader.Ours{
		Damaged: evidence.ErrDamaged, Missing: evidence.ErrMissing, Extra: evidence.ErrExtra, Cut: evidence.ErrCutTail,
		Committed: report.Committed, Aborted: report.Aborted, Interrupted: report.Interrupted, Purged: report.Purged,
	}
	for _, fault := range report.Faults {
		ours.Faults = append(ours.Faults, fault)
	}
	pyreader.Agree(t, call, ours)
	return report
}

// Every test that audits a database asks the reader in Python too; this one counts
// it.
func TestLog_ExportIsReadWithoutThisSoftware(t *testing.T) {
	t.Parallel()
	judge.Python(t)
	db := newDatabase(t)
	log := newLog(t, connect(t, db.URLAs("pod")))
	id := keep(t, log, "tx-1")
	require.NoError(t, log.Attach(t.Context(), id, "note", bytes.Repeat([]byte("long "), 10000)))
	keep(t, newLog(t, connect(t, db.URLAs("pod"))), "tx-2")
	require.NoError(t, audit(t, db).Err())
}
