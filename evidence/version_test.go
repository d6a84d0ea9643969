package evidence

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write testdata anew")

// What version 1 has written must be read for as long as there is evidence.
// `go test -run TestVersion1_ -update ./evidence` writes the directory.
func TestVersion1_IsRead(t *testing.T) {
	t.Parallel()
	path := filepath.Join("testdata", "version1")
	if *update {
		writeVersion1(t, path)
	}
	a := openArchive(t, path)
	report, err := a.Verify()
	require.NoError(t, err)
	require.NoError(t, report.Err())
	assert.Equal(t, Report{
		Head: report.Head, Checked: true, Committed: 1, Aborted: 1, Interrupted: 1, Purged: 1, Attachments: 1, Leftovers: 1,
	}, *report)
	assert.EqualValues(t, 10, report.Head.Entries)
	bodies := map[Outcome]string{Committed: "a whole answer", Aborted: "a part", Interrupted: "the first bytes", Purged: ""}
	for r, err := range a.Records() {
		require.NoError(t, err)
		assert.Equal(t, bodies[r.Outcome], string(r.Body()))
		assert.Equal(t, "K3510T", r.Meta.Product)
		delete(bodies, r.Outcome)
	}
	assert.Empty(t, bodies)
}

func writeVersion1(t *testing.T, path string) {
	t.Helper()
	require.NoError(t, os.RemoveAll(path))
	d := openDir(t, path)
	id := commit(t, d, "tx-committed", "a whole answer")
	require.NoError(t, d.Attach(id, "note", []byte("an attachment")))
	w := begin(t, d, "tx-aborted")
	_, err := w.Write([]byte("a part"))
	require.NoError(t, err)
	require.NoError(t, w.Abort("answer was cut off"))
	begin(t, d, "tx-interrupted").die(t, "the first bytes")
	require.NoError(t, d.Purge("time is over", commit(t, d, "tx-purged", "gone")))
	id = newID(begunAt)
	file, err := createSealed(d.folder, id+recordSuffix, testKey(1), fileHead{Kind: kindRecord, ID: id, At: begunAt}, sealedHead{})
	require.NoError(t, err)
	require.NoError(t, file.close())
	require.NoError(t, d.Close())
}
