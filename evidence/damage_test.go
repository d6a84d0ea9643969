package evidence

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// faulty is a directory with one record of each kind, and a file for each part.
type faulty struct {
	path, committed, aborted, interrupted, purged string
	journal                                       string
	head                                          Head
}

func newFaulty(t *testing.T) faulty {
	t.Helper()
	d, path := newDir(t)
	var f faulty
	f.committed = commit(t, d, "tx-committed", "the whole answer")
	require.NoError(t, d.Attach(t.Context(), f.committed, "crl", []byte("a list")))
	w := begin(t, d, "tx-aborted")
	require.NoError(t, w.Abort("no answer"))
	f.aborted = w.id
	f.purged = commit(t, d, "tx-purged", "gone")
	require.NoError(t, d.Purge(t.Context(), "time is over", f.purged))
	f.interrupted = begin(t, d, "tx-interrupted").die(t, "half an answer")
	require.NoError(t, d.Close())
	require.NoError(t, verify(t, path).Err())
	f.path = apart(t, path)
	f.journal = chainPath(t, f.path)
	report := verify(t, f.path)
	require.NoError(t, report.Err())
	f.head = head(t, report)
	return f
}

func (f faulty) file(id string) string { return recordPath(f.path, id) }

func (f faulty) attachment(t *testing.T) string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(f.path, recordsName, "*"+".attachment"))
	require.NoError(t, err)
	require.Len(t, names, 1)
	return names[0]
}

func TestRecord_DeadProcessLeavesItInterrupted(t *testing.T) {
	t.Parallel()
	f := newFaulty(t)
	r := read(t, f.path, f.interrupted)
	assert.Equal(t, Interrupted, r.Outcome)
	assert.Equal(t, "half an answer", string(r.Body()))
	assert.Empty(t, r.SHA256)
	report := verify(t, f.path)
	assert.Equal(t, 1, report.Interrupted)
	assert.Equal(t, 1, report.Committed)
	assert.Equal(t, 1, report.Aborted)
	assert.Equal(t, 1, report.Purged)

	openDir(t, f.path) // writes its end
	r = read(t, f.path, f.interrupted)
	assert.Equal(t, Interrupted, r.Outcome)
	assert.NotEmpty(t, r.SHA256)
	again := verify(t, f.path, f.head)
	require.NoError(t, again.Err())
	assert.NotEqual(t, f.head.Chain, head(t, again).Chain, "a chain of its own, which follows the other")
	assert.EqualValues(t, 3, head(t, again).Entries)
	openDir(t, f.path) // has nothing left to write
	assert.Equal(t, again.Heads, verify(t, f.path).Heads)
}

func TestRecord_InProgressIsNoFault(t *testing.T) {
	t.Parallel()
	d, path := newDir(t)
	w := begin(t, d, "tx")
	_, err := w.Write([]byte("so far"))
	require.NoError(t, err)
	r := read(t, path, w.id)
	assert.Equal(t, InProgress, r.Outcome)
	assert.Equal(t, "so far", string(r.Body()))
	openDir(t, path) // leaves it alone
	require.NoError(t, w.Commit())
	report := verify(t, path)
	require.NoError(t, report.Err())
	assert.Equal(t, 1, report.Committed)
}

func TestRecord_ProcessThatDiedAfterItsEndLeavesItCommitted(t *testing.T) {
	t.Parallel()
	d, path := newDir(t)
	w := begin(t, d, "tx")
	_, err := w.Write([]byte("whole"))
	require.NoError(t, err)
	w.endFile(t)
	assert.Equal(t, Committed, read(t, path, w.id).Outcome)
	openDir(t, path)
	r := read(t, path, w.id)
	assert.Equal(t, Committed, r.Outcome)
	assert.NotEmpty(t, r.SHA256)
	require.NoError(t, verify(t, path).Err())
}

func TestRecord_InterruptedAnywhereKeepsItsWholeFrames(t *testing.T) {
	t.Parallel()
	d, path := newDir(t)
	w := begin(t, d, "tx")
	bodies := map[int64]string{w.object.size: ""} // by the size after each Write
	body := ""
	for _, piece := range []string{"first ", "second ", "third"} {
		_, err := w.Write([]byte(piece))
		require.NoError(t, err)
		body += piece
		bodies[w.object.size] = body
	}
	of, err := d.archive.account(t.Context(), w.id)
	require.NoError(t, err)
	begun := of.begun.Bytes
	w.drop(t)
	path = apart(t, path)
	file := recordPath(path, w.id)
	whole := readFile(t, file)
	a := openArchive(t, path)
	want := ""
	for size := range int64(len(whole) + 1) {
		writeFile(t, file, whole[:size])
		if text, found := bodies[size]; found {
			want = text
		}
		r, err := a.Record(t.Context(), w.id)
		if size < begun {
			require.ErrorIs(t, err, ErrDamaged, "cut at %d", size)
			continue
		}
		require.NoError(t, err, "cut at %d", size)
		assert.Equal(t, Interrupted, r.Outcome)
		assert.Equal(t, want, string(r.Body()), "cut at %d", size)
	}
	assert.Equal(t, body, want)
}

func TestRecord_EndingInZerosIsInterrupted(t *testing.T) {
	t.Parallel()
	d, path := newDir(t)
	w := begin(t, d, "tx")
	id := w.die(t, "kept")
	path = apart(t, path)
	file := recordPath(path, id)
	writeFile(t, file, append(readFile(t, file), make([]byte, 5000)...))
	r := read(t, path, id)
	assert.Equal(t, Interrupted, r.Outcome)
	assert.Equal(t, "kept", string(r.Body()))
	writeFile(t, file, append(readFile(t, file), 1))
	require.ErrorIs(t, verify(t, path).Err(), ErrDamaged)
}

// A power cut may lose any sectors of the last piece, and keep others.
func TestScan_LostSectorsOfTheLastPieceAreInterrupted(t *testing.T) {
	t.Parallel()
	d, path := newDir(t)
	w := begin(t, d, "tx")
	_, err := w.Write([]byte("kept"))
	require.NoError(t, err)
	synced := int(w.object.size)
	id := w.die(t, strings.Repeat("the last piece ", 4000)) // several frames
	path = apart(t, path)
	file := recordPath(path, id)
	whole := readFile(t, file)
	a := openArchive(t, path)
	for _, size := range []int{sector, 4096, 65536} {
		for from := synced / size * size; from < len(whole); from += size {
			torn := bytes.Clone(whole)
			lost := torn[max(from, synced):min(from+size, len(torn))]
			if len(lost) < minZeros {
				continue
			}
			clear(lost)
			writeFile(t, file, torn)
			r, err := a.Record(t.Context(), id)
			require.NoError(t, err, "%d bytes at %d", size, from)
			require.Equal(t, Interrupted, r.Outcome)
			require.True(t, strings.HasPrefix(string(r.Body()), "kept"))
		}
	}
	torn := bytes.Clone(whole)
	clear(torn[synced/4096*4096+4096 : synced/4096*4096+8192])
	writeFile(t, file, torn)
	openDir(t, path) // enters its end
	require.NoError(t, verify(t, path).Err())
	assert.NotEmpty(t, read(t, path, id).SHA256)
}

// Damage to synced bytes, and changes by hand, are still reported.
func TestScan_OtherChangesOfARecordWithoutAnEndAreDamage(t *testing.T) {
	t.Parallel()
	d, path := newDir(t)
	w := begin(t, d, "tx")
	id := w.die(t, strings.Repeat("the last piece ", 2000))
	live := path
	path = apart(t, path)
	file := recordPath(path, id)
	whole := readFile(t, file)
	of, err := d.archive.account(t.Context(), id)
	require.NoError(t, err)
	begun := int(of.begun.Bytes)
	for name, change := range map[string]func(raw []byte) []byte{
		"in the beginning": func(raw []byte) []byte { clear(raw[:512]); return raw },
		"not a sector":     func(raw []byte) []byte { clear(raw[begun+100 : begun+200]); return raw },
		"ones":             func(raw []byte) []byte { copy(raw[1024:], bytes.Repeat([]byte{0xff}, 512)); return raw },
		"a bit":            func(raw []byte) []byte { raw[len(raw)-20] ^= 1; return raw },
	} {
		writeFile(t, file, change(bytes.Clone(whole)))
		_, err := openArchive(t, path).Record(t.Context(), id)
		require.ErrorIs(t, err, ErrDamaged, name)
	}

	w = begin(t, d, "tx-ended")
	_, err = w.Write([]byte(strings.Repeat("a piece ", 1000)))
	require.NoError(t, err)
	w.endFile(t)
	path = apart(t, live)
	raw := readFile(t, recordPath(path, w.id))
	clear(raw[4096:8192])
	writeFile(t, recordPath(path, w.id), raw)
	_, err = openArchive(t, path).Record(t.Context(), w.id)
	require.ErrorIs(t, err, ErrDamaged, "an end comes after a sync")
}

func TestRecord_CutAfterItsEndIsDamaged(t *testing.T) {
	t.Parallel()
	f := newFaulty(t)
	for _, file := range []string{f.file(f.committed), f.file(f.aborted), f.attachment(t)} {
		whole := readFile(t, file)
		for size := 0; size < len(whole); size += 3 {
			writeFile(t, file, whole[:size])
			report := verify(t, f.path)
			require.ErrorIs(t, report.Err(), ErrDamaged, "%s cut at %d", file, size)
			require.Len(t, report.Faults, 1)
		}
		writeFile(t, file, append(bytes.Clone(whole), 0))
		require.ErrorIs(t, verify(t, f.path).Err(), ErrDamaged)
		writeFile(t, file, whole)
	}
}

func TestArchive_FindsEveryChangedByteOfAFile(t *testing.T) {
	t.Parallel()
	f := newFaulty(t)
	a := openArchive(t, f.path)
	attachments := func() error {
		r, err := a.Record(t.Context(), f.committed)
		require.NoError(t, err)
		for _, err := range r.Attachments() {
			return err
		}
		return nil
	}
	record := func(id string) func() error {
		return func() error { _, err := a.Record(t.Context(), id); return err }
	}
	for file, check := range map[string]func() error{
		f.file(f.committed):   record(f.committed),
		f.file(f.aborted):     record(f.aborted),
		f.file(f.interrupted): record(f.interrupted),
		f.attachment(t):       attachments,
	} {
		require.NoError(t, check())
		whole := readFile(t, file)
		changed := bytes.Clone(whole)
		for i := range whole {
			for _, mask := range []byte{1 << (i % 8), 0x20} { // the latter changes the case of hex
				changed[i] = whole[i] ^ mask
				writeFile(t, file, changed)
				require.ErrorIs(t, check(), ErrDamaged, "byte %d changed by %x", i, mask)
			}
			changed[i] = whole[i]
		}
		changed[len(whole)/2] ^= 1
		writeFile(t, file, changed)
		report := verify(t, f.path, f.head)
		require.Len(t, report.Faults, 1)
		require.ErrorIs(t, report.Err(), ErrDamaged)
		writeFile(t, file, whole)
	}
	require.NoError(t, verify(t, f.path, f.head).Err())
}

func TestChain_EveryChangedByteIsFound(t *testing.T) {
	t.Parallel()
	f := newFaulty(t)
	keys, err := newKeyring(testKey(1))
	require.NoError(t, err)
	whole := readFile(t, f.journal)
	changed := bytes.Clone(whole)
	for i := range whole {
		for _, mask := range []byte{1 << (i % 8), 0x20} {
			changed[i] = whole[i] ^ mask
			l, read := ledgerOf(keys, f.head.Chain, changed)
			require.True(t, len(l.faults) > 0 || read < len(changed) && !l.has(f.head), "byte %d changed by %x", i, mask)
		}
		changed[i] = whole[i]
	}
	for i := 0; i < len(whole); i += 29 {
		changed[i] ^= 1
		writeFile(t, f.journal, changed)
		require.Error(t, verify(t, f.path, f.head).Err(), "byte %d changed", i)
		changed[i] = whole[i]
	}
}

func TestRecord_ChangedIsReadAsFarAsItIsWhole(t *testing.T) {
	t.Parallel()
	d, path := newDir(t)
	w := begin(t, d, "tx")
	for _, piece := range []string{"good ", "bad"} {
		_, err := w.Write([]byte(piece))
		require.NoError(t, err)
	}
	size := w.object.size
	require.NoError(t, w.Commit())
	path = apart(t, path)
	file := recordPath(path, w.id)
	raw := readFile(t, file)
	raw[size-1] ^= 1
	writeFile(t, file, raw)
	r, err := openArchive(t, path).Record(t.Context(), w.id)
	require.ErrorIs(t, err, ErrDamaged)
	assert.Equal(t, "good ", string(r.Body()))
	var fault *Fault
	require.ErrorAs(t, err, &fault)
	assert.Equal(t, w.id, fault.Record)
	assert.Equal(t, "records/"+w.id+".record", fault.File)
}

func TestArchive_FindsAMissingFile(t *testing.T) {
	t.Parallel()
	f := newFaulty(t)
	for _, file := range []string{f.file(f.committed), f.file(f.interrupted), f.attachment(t)} {
		whole := readFile(t, file)
		require.NoError(t, os.Remove(file))
		report := verify(t, f.path)
		require.ErrorIs(t, report.Err(), ErrMissing)
		require.NotErrorIs(t, report.Err(), ErrDamaged)
		writeFile(t, file, whole)
	}
	require.NoError(t, os.Remove(f.file(f.committed)))
	_, err := openArchive(t, f.path).Record(t.Context(), f.committed)
	require.ErrorIs(t, err, ErrMissing)
}

func TestArchive_FindsAnExtraFile(t *testing.T) {
	t.Parallel()
	f := newFaulty(t)
	folder := filepath.Join(f.path, recordsName)
	other := newID(begunAt)
	for name, content := range map[string][]byte{
		"notes.txt":              []byte("hello"),
		other + ".record":        readFile(t, f.file(f.committed)),
		other + ".attachment":    []byte("no attachment"),
		f.purged + ".record":     readFile(t, f.file(f.committed)),
		"../" + other + ".sig":   nil, // in the records' folder, but without a name of the format
		other + ".record.backup": nil,
	} {
		file := filepath.Join(folder, name)
		writeFile(t, file, content)
		report := verify(t, f.path)
		if strings.HasPrefix(name, "../") {
			require.NoError(t, report.Err())
		} else {
			require.ErrorIs(t, report.Err(), ErrExtra, name)
			require.Len(t, report.Faults, 1)
		}
		require.NoError(t, os.Remove(file))
	}
}

func TestBegin_CrashLeavesNoFault(t *testing.T) {
	t.Parallel()
	d, path := newDir(t)
	commit(t, d, "tx", "body")
	id := newID(begunAt)
	whole := unnamed(t, d, fileHead{Kind: KindRecord, ID: id, At: begunAt, Product: "K3510T", TxID: "tx-2", Attempt: 1}, "", nil)
	path = apart(t, path)
	for size := range len(whole) + 1 {
		writeFile(t, recordPath(path, id), whole[:size])
		report := verify(t, path)
		require.NoError(t, report.Err(), "cut at %d", size)
		assert.Equal(t, 1, report.Leftovers)
	}
}

func TestArchive_FindsACutTailByAKnownHead(t *testing.T) {
	t.Parallel()
	f := newFaulty(t)
	lines := bytes.SplitAfter(readFile(t, f.journal), []byte("\n"))
	require.NoError(t, os.Remove(f.file(f.interrupted)))
	writeFile(t, f.journal, bytes.Join(lines[:len(lines)-2], nil)) // without the last record's beginning
	require.NoError(t, verify(t, f.path).Err(), "nothing shows without a head")
	report := verify(t, f.path, f.head)
	require.ErrorIs(t, report.Err(), ErrCutTail)
	require.Len(t, report.Faults, 1)

	commit(t, openDir(t, f.path), "tx-new", "another")
	report = verify(t, f.path, f.head, head(t, report))
	require.ErrorIs(t, report.Err(), ErrCutTail, "a store that went on is another")
	require.Len(t, report.Faults, 1)
}

// withoutAKey audits what needs no key: digests, sequence and links.
func withoutAKey(t *testing.T, path string) *Report {
	t.Helper()
	a, err := OpenArchive(path)
	require.NoError(t, err)
	defer func() { _ = a.Close() }()
	report, err := a.Verify(t.Context())
	require.NoError(t, err)
	agree(t, report, asTheReader(path, nil))
	return report
}

// A chain names the ends of those before it, so an audit finds by itself a
// chain that was cut, removed or written anew.
func TestArchive_FindsAChainThatAnotherFollowed(t *testing.T) {
	t.Parallel()
	f := newFaulty(t)
	before := readFile(t, f.journal)
	d := openDir(t, f.path)
	commit(t, d, "tx-later", "another chain")
	require.NoError(t, d.Close())
	require.NoError(t, verify(t, f.path, f.head).Err())
	lines := bytes.SplitAfter(before, []byte("\n"))
	writeFile(t, f.journal, bytes.Join(lines[:len(lines)-2], nil))
	require.ErrorIs(t, verify(t, f.path).Err(), ErrCutTail)
	require.ErrorIs(t, withoutAKey(t, f.path).Err(), ErrCutTail)
	require.NoError(t, os.Remove(f.journal))
	require.ErrorIs(t, verify(t, f.path).Err(), ErrMissing)
	require.ErrorIs(t, withoutAKey(t, f.path).Err(), ErrMissing)
	for _, name := range names(t, f.path) {
		if strings.Contains(name, f.committed) || strings.Contains(name, f.aborted) || strings.Contains(name, f.interrupted) || strings.HasSuffix(name, ".attachment") {
			require.NoError(t, os.Remove(filepath.Join(f.path, recordsName, name)))
		}
	}
	require.ErrorIs(t, verify(t, f.path).Err(), ErrMissing, "with all that it named")
	_, err := Open(f.path, testKey(1))
	require.ErrorIs(t, err, ErrMissing)
}

func TestChain_TornLineIsLeftOut(t *testing.T) {
	t.Parallel()
	f := newFaulty(t)
	whole := readFile(t, f.journal)
	lines := bytes.SplitAfter(whole, []byte("\n"))
	last := len(whole) - len(lines[len(lines)-2])
	for size := last; size < len(whole); size += 37 {
		writeFile(t, f.journal, whole[:size])
		report := verify(t, f.path)
		require.Len(t, report.Faults, 1, "cut at %d", size) // the record that the line named
		require.ErrorIs(t, report.Err(), ErrExtra)
		require.NoError(t, openDir(t, f.path).Close())
		assert.Len(t, readFile(t, f.journal), size, "nothing is changed")
	}
}

func TestChain_CutFirstLineIsNoFault(t *testing.T) {
	t.Parallel()
	d, path := newDir(t)
	commit(t, d, "tx", "body")
	require.NoError(t, d.Close())
	path = apart(t, path)
	require.NoError(t, os.RemoveAll(filepath.Join(path, recordsName)))
	chain := chainPath(t, path)
	first, _, _ := bytes.Cut(readFile(t, chain), []byte("\n"))
	for size := range len(first) {
		writeFile(t, chain, first[:size])
		require.NoError(t, openDir(t, path).Close())
		report := verify(t, path)
		require.NoError(t, report.Err())
		require.Empty(t, report.Heads)
	}
}

func TestChain_LinesTakenOutOrExchangedAreFound(t *testing.T) {
	t.Parallel()
	f := newFaulty(t)
	lines := bytes.SplitAfter(readFile(t, f.journal), []byte("\n"))
	lines = lines[:len(lines)-1]
	for i := range len(lines) - 1 {
		without := append(bytes.Join(lines[:i], nil), bytes.Join(lines[i+1:], nil)...)
		writeFile(t, f.journal, without)
		require.ErrorIs(t, verify(t, f.path).Err(), ErrMissing, "without line %d", i+1)

		exchanged := append([][]byte(nil), lines...)
		exchanged[i], exchanged[i+1] = exchanged[i+1], exchanged[i]
		writeFile(t, f.journal, bytes.Join(exchanged, nil))
		require.ErrorIs(t, verify(t, f.path).Err(), ErrDamaged, "lines %d and %d", i+1, i+2)

		writeFile(t, f.journal, append(bytes.Join(lines[:i+1], nil), bytes.Join(lines[i:], nil)...))
		require.ErrorIs(t, verify(t, f.path).Err(), ErrDamaged, "line %d twice", i+1)
	}
	for _, junk := range []string{"\n", "junk\n", strings.Repeat("x", maxLine) + "\n", strings.Repeat("x", 3*maxLine) + "\n"} {
		writeFile(t, f.journal, append([]byte(junk), bytes.Join(lines, nil)...))
		report := verify(t, f.path)
		require.ErrorIs(t, report.Err(), ErrDamaged)
		require.Len(t, report.Faults, 1)
	}
}

// A person without the key can make a chain whose digests are right, and no
// more.
func TestChain_WrittenAnewWithoutTheKeyIsFound(t *testing.T) {
	t.Parallel()
	f := newFaulty(t)
	var forged bytes.Buffer
	previous := Head{}
	for raw := range bytes.Lines(readFile(t, f.journal)) {
		l, err := decodeLine(bytes.TrimSuffix(raw, []byte("\n")))
		require.NoError(t, err)
		if l.Record == f.aborted {
			continue
		}
		text := string(raw[130 : len(raw)-1])
		text = strings.Replace(text, fmt.Sprintf(`"seq":%d,`, l.Seq), fmt.Sprintf(`"seq":%d,`, previous.Entries+1), 1)
		text = strings.Replace(text, l.Prev, hex.EncodeToString(previous.Digest[:]), 1)
		previous = Head{Entries: previous.Entries + 1, Digest: sha256.Sum256([]byte(text))}
		fmt.Fprintf(&forged, "%x %x %s\n", previous.Digest, l.mac, text)
	}
	writeFile(t, f.journal, forged.Bytes())
	require.NoError(t, os.Remove(f.file(f.aborted)))
	require.ErrorIs(t, verify(t, f.path).Err(), ErrDamaged)
}

func TestArchive_FindsExchangedRecords(t *testing.T) {
	t.Parallel()
	d, path := newDir(t)
	one, two := commit(t, d, "tx", "one"), commit(t, d, "tx", "two")
	path = apart(t, path)
	f := faulty{path: path}
	first, second := readFile(t, f.file(one)), readFile(t, f.file(two))
	writeFile(t, f.file(one), second)
	writeFile(t, f.file(two), first)
	report := verify(t, path)
	require.Len(t, report.Faults, 2)
	require.ErrorIs(t, report.Err(), ErrDamaged)
}
