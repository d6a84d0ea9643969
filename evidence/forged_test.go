package evidence

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// appendForged appends an entry to a chain as a person without the key can: its
// place and its digest are right, its MAC is made up.
func appendForged(t *testing.T, folder string, e entry) {
	t.Helper()
	forge(t, chainPath(t, folder), e)
}

func forge(t *testing.T, path string, e entry) {
	t.Helper()
	l, _ := ledgerOf(new(keyring), "any", chainLines(t, path))
	var last Head
	if c := l.chains["any"]; c != nil {
		last = c.head
	}
	e.Seq, e.Prev, e.At = last.Entries+1, hex.EncodeToString(last.Digest[:]), time.Now().UTC()
	text, err := json.Marshal(e)
	require.NoError(t, err)
	digest := sha256.Sum256(text)
	mac := sha256.Sum256([]byte("made up"))
	if e.Key == UnsafePlaintext().ID() { // anybody has that key
		mac = [32]byte(vouch(UnsafePlaintext().secrets().chain, digest))
	}
	line := fmt.Appendf(nil, "%x %x %s", digest, mac, text)
	raw := readFile(t, path)
	if filepath.Ext(path) == logSuffix {
		b := new(batchBuilder)
		b.add(Batch{Entries: []Entry{{Line: line}}})
		writeFile(t, path, append(raw, b.sealed(0)...))
		return
	}
	writeFile(t, path, append(append(raw, line...), '\n'))
}

// forgedKeys are the key IDs under which a person without a key can write.
func forgedKeys() map[string]string {
	return map[string]string{
		"unknown key":   "0123456789abcdef",
		"no key":        "",
		"no ID":         "../../key",
		"given key":     testKey(1).ID(),
		"plaintext key": UnsafePlaintext().ID(),
	}
}

// forgedEntries are entries of every kind about a record.
func forgedEntries(f faulty, about string) map[string]entry {
	digest := strings.Repeat("0", 64)
	return map[string]entry{
		"purged":   {Event: eventPurged, Record: about, Reason: "time is over", Bytes: 1, SHA256: digest},
		"ended":    {Event: eventEnded, Record: about, Outcome: Committed, Bytes: 1, SHA256: digest},
		"attached": {Event: eventAttached, Record: about, Attachment: newID(begunAt), Bytes: 1, SHA256: digest},
		"begun":    {Event: eventBegun, Record: newID(begunAt), Product: "K3510T", TxID: "tx", Bytes: 1, SHA256: digest},
		"opened":   {Event: eventOpened, Version: formatVersion, Chain: newID(begunAt)},
		"linked":   {Event: eventLinked, Chain: newID(begunAt), Head: "1:" + digest},
		"unheard":  {Event: "removed", Record: f.committed},
	}
}

// A line that was appended without the key stops every writer and removes
// nothing, whichever key and event it names.
func TestOpen_RefusesEntriesNobodyVouchesFor(t *testing.T) {
	t.Parallel()
	original := newFaulty(t)
	for keyName, key := range forgedKeys() {
		for _, event := range []string{"purged", "ended", "attached", "begun", "opened", "linked", "unheard"} {
			t.Run(keyName+" "+event, func(t *testing.T) {
				t.Parallel()
				for _, older := range [][]KeyOption{nil, {testKey(2)}, {UnsafePlaintext()}} {
					f := original.copied(t)
					for _, about := range []string{f.committed, f.interrupted} {
						e := forgedEntries(f, about)[event]
						e.Key = key
						appendForged(t, f.path, e)
					}
					before := readTree(t, f.path)
					_, err := Open(f.path, testKey(1), older...)
					var fault *Fault
					require.ErrorAs(t, err, &fault)
					assert.True(t, errorIsAny(err, ErrKey, ErrDamaged), "%v", err)
					assert.Contains(t, err.Error(), "begin a new directory")
					assert.Equal(t, before, readTree(t, f.path), "nothing is changed or removed")
					assert.FileExists(t, f.file(f.committed))
					assert.FileExists(t, f.file(f.interrupted))
					assert.FileExists(t, f.attachment(t))

					report := verify(t, f.path, f.head)
					require.ErrorIs(t, report.Err(), ErrDamaged)
					assert.Equal(t, 1, report.Committed, "a purge that no key vouches for does not count")
				}
			})
		}
	}
}

// A directory that is open when the line is appended writes nothing after it
// and removes nothing.
func TestDir_RefusesEntriesNobodyVouchesFor(t *testing.T) {
	t.Parallel()
	for keyName, key := range forgedKeys() {
		t.Run(keyName, func(t *testing.T) {
			t.Parallel()
			d, path := newDir(t)
			id := commit(t, d, "tx", "the answer")
			w := begin(t, d, "tx-open")
			appendForged(t, path, entry{Event: eventPurged, Key: key, Record: id, Reason: "time is over", SHA256: strings.Repeat("0", 64)})
			_, err := d.Begin(t.Context(), testMeta("tx-later"))
			require.True(t, errorIsAny(err, ErrKey, ErrDamaged), "%v", err)
			assert.Contains(t, err.Error(), "begin a new directory")
			require.Error(t, d.Attach(t.Context(), id, "crl", nil))
			require.Error(t, d.Purge(t.Context(), "time is over", id))
			_, err = w.Write([]byte("kept all the same"))
			require.NoError(t, err)
			require.Error(t, w.Commit())
			assert.Equal(t, Committed, read(t, path, w.id).Outcome, "the answer was on its way, and is whole")
			r, err := openArchive(t, path).Record(t.Context(), id)
			require.Equal(t, "the answer", string(r.Body()))
			assert.Equal(t, Committed, r.Outcome)
			if keyName != "given key" { // there the MAC is wrong, and the line says nothing
				require.ErrorIs(t, err, ErrDamaged, "somebody claims that it was purged")
			}
			require.ErrorIs(t, verify(t, path).Err(), ErrDamaged)
		})
	}
}

// A journal that was written anew under the key that anybody has must not
// remove an encrypted record, even if that key is given for reading.
func TestOpen_RemovesNothingOnAnEntryAnybodyCanWrite(t *testing.T) {
	t.Parallel()
	f := newFaulty(t)
	of, err := openArchive(t, f.path).account(t.Context(), f.committed)
	require.NoError(t, err)
	writeFile(t, f.journal, nil)
	key := UnsafePlaintext().ID()
	appendForged(t, f.path, entry{Event: eventOpened, Key: key, Version: formatVersion, Chain: f.head.Chain})
	first := of.begun
	first.Key = key
	appendForged(t, f.path, first)
	appendForged(t, f.path, entry{Event: eventPurged, Key: key, Record: f.committed, Reason: "time is over", SHA256: strings.Repeat("0", 64)})
	d, err := Open(f.path, testKey(1), UnsafePlaintext())
	if err == nil {
		require.NoError(t, d.Close())
	}
	assert.FileExists(t, f.file(f.committed))
}

// A key that is given need not have been used: an old directory opened with the
// new key alone is refused too, and stays as it is.
func TestOpen_NeedsEveryKeyOfTheJournal(t *testing.T) {
	t.Parallel()
	f := newFaulty(t)
	before := readTree(t, f.path)
	for _, keys := range [][]Key{{testKey(2), testKey(2)}, {UnsafePlaintext(), UnsafePlaintext()}, {testKey(2), testKey(3)}} {
		_, err := Open(f.path, keys[0], keys[1])
		require.ErrorIs(t, err, ErrKey)
		assert.Contains(t, err.Error(), testKey(1).ID(), "it names the key that is missing")
	}
	assert.Equal(t, before, readTree(t, f.path))
	d, err := Open(f.path, testKey(2), testKey(1))
	require.NoError(t, err)
	require.NoError(t, d.Close())
}

// copied is the same directory at another place.
func (f faulty) copied(t *testing.T) faulty {
	t.Helper()
	path := filepath.Join(t.TempDir(), "copy")
	require.NoError(t, os.CopyFS(path, os.DirFS(f.path)))
	f.path, f.journal = path, chainPath(t, path)
	return f
}

func errorIsAny(err error, targets ...error) bool {
	for _, target := range targets {
		if errors.Is(err, target) {
			return true
		}
	}
	return false
}

// A whole chain that a person without the key adds is treated like an appended
// line: it has no effect, and the directory cannot be opened for writing.
func TestOpen_RefusesAChainNobodyVouchesFor(t *testing.T) {
	t.Parallel()
	original := newFaulty(t)
	for keyName, key := range forgedKeys() {
		t.Run(keyName, func(t *testing.T) {
			t.Parallel()
			f := original.copied(t)
			id := newID(time.Now())
			chain := filepath.Join(f.path, chainsName, id+".chain")
			writeFile(t, chain, nil)
			for _, e := range []entry{
				{Event: eventOpened, Version: formatVersion, Chain: id},
				{Event: eventLinked, Chain: f.head.Chain, Head: "1:" + strings.Repeat("0", 64)},
				{Event: eventPurged, Record: f.committed, Reason: "time is over", Bytes: 1, SHA256: strings.Repeat("0", 64)},
				{Event: eventEnded, Record: f.interrupted, Outcome: Committed, Bytes: 1, SHA256: strings.Repeat("0", 64)},
			} {
				e.Key = key
				forge(t, chain, e)
			}
			before := readTree(t, f.path)
			for _, older := range [][]KeyOption{nil, {testKey(2)}, {UnsafePlaintext()}} {
				_, err := Open(f.path, testKey(1), older...)
				require.True(t, errorIsAny(err, ErrKey, ErrDamaged), "%v", err)
				assert.Equal(t, before, readTree(t, f.path), "nothing is changed or removed")
				a := openArchive(t, f.path, append([]KeyOption{testKey(1)}, older...)...)
				report, err := a.Verify(t.Context(), f.head)
				require.NoError(t, err)
				agree(t, report, asTheReader(f.path, append([]KeyOption{testKey(1)}, older...), f.head))
				require.ErrorIs(t, report.Err(), ErrDamaged)
				assert.Equal(t, 1, report.Committed, "a purge that no key vouches for does not count")
				assert.Equal(t, 1, report.Interrupted)
				r, _ := a.Record(t.Context(), f.committed)
				assert.Equal(t, "the whole answer", string(r.Body()))
			}
		})
	}
}

// The answer that is on its way is kept, but nothing is entered after a change
// that is seen while it arrives.
func TestDir_EntersNothingAfterAChangeDuringAnAnswer(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(t *testing.T, file string){
		"removed": func(t *testing.T, file string) { t.Helper(); require.NoError(t, os.Remove(file)) },
		"longer": func(t *testing.T, file string) {
			t.Helper()
			writeFile(t, file, append(readFile(t, file), "more"...))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, path := newDir(t)
			w := begin(t, d, "tx")
			change(t, chainPath(t, path))
			_, err := w.Write([]byte("the answer"))
			require.NoError(t, err)
			require.ErrorIs(t, w.Commit(), ErrDamaged)
			_, err = d.Begin(t.Context(), testMeta("tx-later"))
			require.ErrorIs(t, err, ErrDamaged)
		})
	}
}
