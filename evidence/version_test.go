package evidence

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/hpke"
	"encoding/hex"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Directories of version 1 must be readable for as long as there is evidence.
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

// A directory of version 1 can be continued: the present files stay as they
// are, and new entries are about old records too.
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

// The archive's key of the directory of version 2 in testdata, for tests only.
const archiveKey2 = "4f2d1c0b0a09080706050403020100ff0e0d0c0b0a090807060504030201aa55"

func openers2(t *testing.T) (Recipient, Opener) {
	t.Helper()
	raw, err := hex.DecodeString(archiveKey2)
	require.NoError(t, err)
	private, err := hpke.DHKEM(ecdh.P256()).NewPrivateKey(raw)
	require.NoError(t, err)
	o, err := NewOpener(private)
	require.NoError(t, err)
	r, err := NewRecipient(private.PublicKey())
	require.NoError(t, err)
	return r, o
}

var update = flag.Bool("update", false, "write testdata/logfiles anew")

// Directories of version 2 must be readable for as long as there is evidence:
// those from before log files, in testdata/version2, and those with log files.
// `go test -run TestVersion2_ -update ./evidence` writes the latter.
func TestVersion2_IsRead(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"version2", "logfiles"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			readVersion2(t, filepath.Join("testdata", name))
		})
	}
}

func readVersion2(t *testing.T, path string) {
	t.Helper()
	r, o := openers2(t)
	if *update && filepath.Base(path) == "logfiles" {
		writeVersion2(t, path, r)
	}
	public, err := NewCheckpointKey("evidence.bank.example", ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, 32)).Public())
	require.NoError(t, err)
	a := openArchive(t, path, testKey(1), o)
	report, err := a.Verify(t.Context(), public)
	require.NoError(t, err)
	require.NoError(t, report.Err())
	assert.Equal(t, Report{
		Heads: report.Heads, Checked: true, Committed: 2, Aborted: 1, Interrupted: 1, Purged: 1, Attachments: 1, Leftovers: 1,
		Checkpoints: 1, Covered: report.Covered, Signed: true,
	}, *report)
	assert.Len(t, report.Heads, 1)
	bodies := map[Outcome]string{Committed: "a whole answer", Aborted: "a part", Interrupted: "the first bytes", Purged: ""}
	for r, err := range a.Records(t.Context()) {
		require.NoError(t, err)
		assert.Equal(t, bodies[r.Outcome], string(r.Body()))
		assert.Equal(t, "K3510T", r.Meta.Product)
	}
}

func writeVersion2(t *testing.T, path string, r Recipient) {
	t.Helper()
	require.NoError(t, os.RemoveAll(path))
	d, err := Open(path, testKey(1), r)
	require.NoError(t, err)
	id := commit(t, d, "tx-committed", "a whole answer")
	require.NoError(t, d.Attach(t.Context(), id, "note", []byte("an attachment")))
	w := begin(t, d, "tx-aborted")
	_, err = w.Write([]byte("a part"))
	require.NoError(t, err)
	require.NoError(t, w.Abort("answer was cut off"))
	require.NoError(t, d.Purge(t.Context(), "time is over", commit(t, d, "tx-purged", "gone")))
	require.NoError(t, d.store.Commit(t.Context(), Batch{Pieces: []Piece{{Object: Object{KindRecord, newID(begunAt)}}}}))
	require.NoError(t, d.Close())
	d, err = Open(path, testKey(1)) // without a recipient, in a chain of its own
	require.NoError(t, err)
	commit(t, d, "tx-key", "a whole answer")
	maker, err := d.Checkpointer("evidence.bank.example", ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, 32)))
	require.NoError(t, err)
	_, err = maker.Make(t.Context())
	require.NoError(t, err)
	begin(t, d, "tx-interrupted").die(t, "the first bytes")
	require.NoError(t, d.Close())
}
