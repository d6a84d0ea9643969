package evidence

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What version 1 has written must be read for as long as there is evidence.
func TestVersion1_IsRead(t *testing.T) {
	t.Parallel()
	path := filepath.Join("testdata", "version1")
	a := openArchive(t, path)
	report, err := a.Verify(t.Context())
	require.NoError(t, err)
	require.NoError(t, report.Err())
	assert.Equal(t, Report{
		Heads: report.Heads, Checked: true, Committed: 1, Aborted: 1, Interrupted: 1, Purged: 1, Attachments: 1, Leftovers: 1,
	}, *report)
	assert.EqualValues(t, 10, report.Heads[0].Entries)
	bodies := map[Outcome]string{Committed: "a whole answer", Aborted: "a part", Interrupted: "the first bytes", Purged: ""}
	for r, err := range a.Records(t.Context()) {
		require.NoError(t, err)
		assert.Equal(t, bodies[r.Outcome], string(r.Body()))
		assert.Equal(t, "K3510T", r.Meta.Product)
		delete(bodies, r.Outcome)
	}
	assert.Empty(t, bodies)
}

// A directory of version 1 is gone on with: what is there stays as it is, and what
// is new is about it too.
func TestVersion1_IsGoneOnWith(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "version1")
	require.NoError(t, os.CopyFS(path, os.DirFS(filepath.Join("testdata", "version1"))))
	require.NoError(t, os.Chmod(path, 0o700))
	journal := readFile(t, filepath.Join(path, journalName))
	old := head(t, verify(t, path))
	ids := make(map[Outcome]string)
	for r, err := range openArchive(t, path).Records(t.Context()) {
		require.NoError(t, err)
		ids[r.Outcome] = r.ID
	}
	d := openDir(t, path)
	commit(t, d, "tx-new", "new")
	require.NoError(t, d.Attach(t.Context(), ids[Committed], "crl", []byte("list")))
	require.NoError(t, d.Purge(t.Context(), "time is over", ids[Aborted]))
	require.ErrorIs(t, d.Attach(t.Context(), ids[Aborted], "crl", nil), ErrPurged)
	require.ErrorIs(t, d.Purge(t.Context(), "time is over", ids[Purged]), ErrPurged)
	require.NoError(t, d.Close())
	assert.Equal(t, journal, readFile(t, filepath.Join(path, journalName)), "the journal stays as it is")
	report := verify(t, path, old)
	require.NoError(t, report.Err())
	assert.Equal(t, Report{Heads: report.Heads, Checked: true, Committed: 2, Interrupted: 1, Purged: 2, Attachments: 2, Leftovers: 1}, *report)
	assert.Len(t, report.Heads, 1, "the new chain names the journal")
	attached := 0
	for a, err := range read(t, path, ids[Committed]).Attachments() {
		require.NoError(t, err)
		assert.NotEmpty(t, a.Data())
		attached++
	}
	assert.Equal(t, 2, attached)
	assert.NotEmpty(t, read(t, path, ids[Interrupted]).SHA256)
	require.NoError(t, os.Remove(filepath.Join(path, journalName)))
	require.ErrorIs(t, verify(t, path).Err(), ErrMissing)
}
