package evidence

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/evidence/internal/disk"
)

// logged is a directory with one log file, whose writer is dead.
type logged struct {
	path, file                      string
	committed, aborted, interrupted string
	head                            Head
}

func newLogged(t *testing.T) logged {
	t.Helper()
	d, path := newDir(t)
	l := logged{path: path}
	interrupted := begin(t, d, "tx-interrupted")
	_, err := interrupted.Write([]byte("half "))
	require.NoError(t, err)
	l.committed = commit(t, d, "tx-committed", "the whole answer")
	l.file = chainPath(t, path)
	require.NoError(t, d.Attach(t.Context(), l.committed, "crl", []byte("a list")))
	w := begin(t, d, "tx-aborted")
	require.NoError(t, w.Abort("no answer"))
	l.aborted = w.id
	l.interrupted = interrupted.die(t, "an answer")
	commit(t, d, "tx-last", "the last answer")
	require.NoError(t, d.Close())
	report := verify(t, path)
	require.NoError(t, report.Err())
	l.head = head(t, report)
	return l
}

// batches are the batches of a log file, each as it is in the file.
func batches(t *testing.T, raw []byte) (all [][]byte) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	writeFile(t, path, raw)
	file, err := os.Open(path)
	require.NoError(t, err)
	defer func() { _ = file.Close() }()
	in := newBatchReader(file, 0, int64(len(raw)))
	for {
		b, err := in.next()
		if err != nil {
			return all
		}
		all = append(all, raw[b.offset:b.offset+b.size])
	}
}

// audited audits a directory without asking the reader in Python, which is too
// slow for a change of every byte.
func audited(t *testing.T, path string, known ...Known) *Report {
	t.Helper()
	report, err := openArchive(t, path).Verify(t.Context(), known...)
	require.NoError(t, err)
	return report
}

func TestLogFile_EveryChangedByteIsFound(t *testing.T) {
	t.Parallel()
	l := newLogged(t)
	whole := readFile(t, l.file)
	all := batches(t, whole)
	lastBatch := len(whole) - len(all[len(all)-1])
	changed := bytes.Clone(whole)
	for i := 0; i < len(whole); i += 3 {
		for _, mask := range []byte{1 << (i % 8), 0x20} { // the latter changes the case of letters
			changed[i] = whole[i] ^ mask
			writeFile(t, l.file, changed)
			err := audited(t, l.path, l.head).Err()
			require.Error(t, err, "byte %d changed by %x", i, mask)
			if i < lastBatch {
				require.ErrorIs(t, err, ErrDamaged, "byte %d changed by %x", i, mask)
			}
		}
		changed[i] = whole[i]
	}
}

func TestLogFile_IsReadUpToWhereItWasCut(t *testing.T) {
	t.Parallel()
	l := newLogged(t)
	whole := readFile(t, l.file)
	ends := map[int]bool{0: true}
	size := 0
	for _, b := range batches(t, whole) {
		size += len(b)
		ends[size] = true
	}
	require.Equal(t, len(whole), size)
	records := -1
	for size := range len(whole) + 1 {
		if !ends[size] && !ends[size+1] && size%5 > 0 {
			continue
		}
		writeFile(t, l.file, whole[:size])
		report := audited(t, l.path)
		require.NoError(t, report.Err(), "cut at %d", size)
		require.Zero(t, report.Leftovers)
		found := report.Committed + report.Aborted + report.Interrupted + report.Purged
		if ends[size] {
			records = found
		}
		require.Equal(t, records, found, "cut at %d", size)
		if size < len(whole) && size > 0 && size%97 == 0 {
			require.Error(t, audited(t, l.path, l.head).Err(), "cut at %d", size)
		}
	}
	assert.Equal(t, 4, records)
}

// Whatever a crash left, the next process goes on in a file of its own, and
// changes nothing.
func TestOpen_GoesOnAfterACutLogFile(t *testing.T) {
	t.Parallel()
	l := newLogged(t)
	whole := readFile(t, l.file)
	for size := 0; size < len(whole); size += 211 {
		copied := filepath.Join(t.TempDir(), "copy")
		require.NoError(t, os.CopyFS(copied, os.DirFS(l.path)))
		require.NoError(t, os.Chmod(copied, 0o700))
		file := chainPath(t, copied)
		writeFile(t, file, whole[:size])
		d := openDir(t, copied)
		commit(t, d, "tx-later", "goes on")
		require.NoError(t, d.Close())
		report := verify(t, copied)
		require.NoError(t, report.Err(), "cut at %d", size)
		assert.GreaterOrEqual(t, report.Committed, 1)
		assert.Equal(t, whole[:size], readFile(t, file))
	}
}

// A power cut may lose any sectors of the last batch, and keep others.
func TestLogFile_LostSectorsOfTheLastBatchAreTorn(t *testing.T) {
	t.Parallel()
	d, path := newDir(t)
	w := begin(t, d, "tx")
	_, err := w.Write([]byte("kept"))
	require.NoError(t, err)
	file := chainPath(t, path)
	synced := len(readFile(t, file))
	id := w.die(t, strings.Repeat("the last piece ", 4000)) // several frames
	require.NoError(t, d.Close())
	whole := readFile(t, file)
	for _, size := range []int{sector, 4096, 65536} {
		for from := synced / size * size; from < len(whole); from += size {
			torn := bytes.Clone(whole)
			lost := torn[max(from, synced):min(from+size, len(torn))]
			if len(lost) < minZeros {
				continue
			}
			clear(lost)
			writeFile(t, file, torn)
			r, err := openArchive(t, path).Record(t.Context(), id)
			require.NoError(t, err, "%d bytes at %d", size, from)
			require.Equal(t, Interrupted, r.Outcome)
			require.Equal(t, "kept", string(r.Body()))
			if from > synced {
				short := torn[:from] // and the file was not made longer
				writeFile(t, file, short)
				require.NoError(t, audited(t, path).Err())
			}
		}
	}
	for _, zeros := range []int{1, 10, 1000, 5 << 20} {
		writeFile(t, file, append(bytes.Clone(whole), make([]byte, zeros)...))
		report := audited(t, path)
		require.NoError(t, report.Err(), "%d zeros", zeros)
		require.Equal(t, 1, report.Interrupted)
	}
	openDir(t, path) // enters its end
	require.NoError(t, verify(t, path).Err())
	assert.NotEmpty(t, read(t, path, id).SHA256)
}

// Damage to batches that others follow, and changes by hand, are reported.
func TestLogFile_OtherChangesAreDamage(t *testing.T) {
	t.Parallel()
	l := newLogged(t)
	whole := readFile(t, l.file)
	all := batches(t, whole)
	first := len(all[0])
	last := len(whole) - len(all[len(all)-1])
	for name, change := range map[string]func(raw []byte) []byte{
		"a sector of another batch": func(raw []byte) []byte { clear(raw[sector : 2*sector]); return raw },
		"the first batch":           func(raw []byte) []byte { clear(raw[:first]); return raw },
		"a batch without its bytes": func(raw []byte) []byte { return append(raw[:first:first], whole[first+1:]...) },
		"ones in the last batch":    func(raw []byte) []byte { copy(raw[last+40:], "\xff\xff\xff\xff"); return raw },
		"zeros that are no sector":  func(raw []byte) []byte { clear(raw[last+50 : last+60]); return raw },
		"text after the last":       func(raw []byte) []byte { return append(raw, "more"...) },
		"a line after the last":     func(raw []byte) []byte { return append(raw, raw[first-60:first]...) },
		"another header":            func(raw []byte) []byte { return bytes.Replace(raw, []byte("batch "), []byte("BATCH "), 1) },
		"a longer batch": func(raw []byte) []byte {
			at := bytes.IndexByte(raw[first:], ' ') + first + 1
			raw[at] = '1' + (raw[at]-'0')%9
			return raw
		},
	} {
		writeFile(t, l.file, change(bytes.Clone(whole)))
		report := verify(t, l.path)
		require.ErrorIs(t, report.Err(), ErrDamaged, name)
		before := readTree(t, l.path)
		_, err := Open(l.path, testKey(1))
		require.ErrorIs(t, err, ErrDamaged, name)
		assert.Equal(t, before, readTree(t, l.path), "nothing is changed")
	}
}

// What is damaged does not hide the rest.
func TestLogFile_RestIsReadAfterDamage(t *testing.T) {
	t.Parallel()
	l := newLogged(t)
	whole := readFile(t, l.file)
	piece := bytes.Index(whole, []byte("last record "+l.committed))
	raw := bytes.Clone(whole)
	raw[bytes.IndexByte(raw[piece:], '\n')+piece+3] ^= 1 // a byte of the record's end
	writeFile(t, l.file, raw)
	a := openArchive(t, l.path)
	r, err := a.Record(t.Context(), l.committed)
	require.ErrorIs(t, err, ErrDamaged)
	assert.Equal(t, "the whole answer", string(r.Body()))
	for id, body := range map[string]string{l.aborted: "", l.interrupted: "half an answer"} {
		r, err := a.Record(t.Context(), id)
		require.NoError(t, err)
		assert.Equal(t, body, string(r.Body()))
	}
	header := bytes.Index(whole, []byte("piece record "+l.aborted))
	raw = bytes.Clone(whole)
	copy(raw[header:], "PIECE")
	writeFile(t, l.file, raw)
	report := verify(t, l.path)
	require.ErrorIs(t, report.Err(), ErrDamaged)
	assert.Equal(t, 2, report.Committed)
	assert.Equal(t, 1, report.Interrupted)
}

func TestLogFile_BatchesTakenOutDoubledOrExchangedAreFound(t *testing.T) {
	t.Parallel()
	l := newLogged(t)
	whole := readFile(t, l.file)
	all := batches(t, whole)
	join := func(lists ...[][]byte) []byte {
		var joined []byte
		for _, list := range lists {
			joined = append(joined, bytes.Join(list, nil)...)
		}
		return joined
	}
	for i := range len(all) - 1 {
		for name, raw := range map[string][]byte{
			"without":   join(all[:i], all[i+1:]),
			"doubled":   join(all[:i+1], all[i:]),
			"exchanged": join(all[:i], all[i+1:i+2], all[i:i+1], all[i+2:]),
		} {
			writeFile(t, l.file, raw)
			err := verify(t, l.path, l.head).Err()
			if name == "exchanged" && (!bytes.Contains(all[i], []byte(`"seq"`)) || !bytes.Contains(all[i+1], []byte(`"seq"`))) {
				require.NoError(t, err, "the numbers of pieces give their order")
				continue
			}
			if name == "without" && bytes.Contains(all[i], []byte("piece record "+l.interrupted+" 2 ")) {
				require.NoError(t, err, "the end of a record that no chain has ended does not show")
				continue
			}
			require.Error(t, err, "batch %d %s", i, name)
		}
	}
}

// Others see a batch only when it is there as a whole, and take the rest for
// damage only when its writer is dead.
func TestLogFile_BytesThatAreBeingWrittenAreNoDamage(t *testing.T) {
	t.Parallel()
	d, path := newDir(t)
	w := begin(t, d, "tx")
	file := chainPath(t, path)
	synced := len(readFile(t, file))
	_, err := w.Write([]byte("the answer"))
	require.NoError(t, err)
	whole := readFile(t, file)
	writer, err := os.OpenFile(file, os.O_WRONLY|os.O_APPEND, 0)
	require.NoError(t, err)
	defer func() { _ = writer.Close() }()
	a := openArchive(t, path)
	require.NoError(t, writer.Truncate(int64(synced)))
	for _, b := range whole[synced : len(whole)-1] {
		_, err := writer.Write([]byte{b})
		require.NoError(t, err)
		r, err := a.Record(t.Context(), w.id)
		require.NoError(t, err)
		require.Equal(t, InProgress, r.Outcome)
		require.Empty(t, r.Body())
	}
	_, err = writer.Write(whole[len(whole)-1:])
	require.NoError(t, err)
	r, err := a.Record(t.Context(), w.id)
	require.NoError(t, err)
	assert.Equal(t, "the answer", string(r.Body()))
	require.NoError(t, w.Commit())
	require.NoError(t, verify(t, path).Err())
}

// What was removed is not in the file any more, and the file stays as long.
func TestPurge_OverwritesTheBytes(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "evidence")
	d, err := Open(path, UnsafePlaintext())
	require.NoError(t, err)
	t.Cleanup(func() { _ = d.Close() })
	secret := strings.Repeat("the answer about 홍길동. ", 5000)
	id, kept := commit(t, d, "tx", secret), commit(t, d, "tx-kept", "another answer")
	require.NoError(t, d.Attach(t.Context(), id, "note", []byte("a note about 홍길동")))
	file := chainPath(t, path)
	before := readFile(t, file)
	require.Contains(t, string(before), "홍길동")
	reader, err := OpenArchive(path, UnsafePlaintext())
	require.NoError(t, err)
	t.Cleanup(func() { _ = reader.Close() })
	_, err = reader.Record(t.Context(), id)
	require.NoError(t, err)

	require.NoError(t, d.Purge(t.Context(), "time is over", id))
	after := readFile(t, file)
	assert.NotContains(t, string(after), "홍길동")
	assert.Contains(t, string(after), "another answer")
	assert.Greater(t, len(after), len(before), "the tombstone")
	for _, a := range []*Archive{reader, d.Archive()} {
		report, err := a.Verify(t.Context())
		require.NoError(t, err)
		require.NoError(t, report.Err())
		assert.Equal(t, 1, report.Purged)
		r, err := a.Record(t.Context(), kept)
		require.NoError(t, err)
		assert.Equal(t, "another answer", string(r.Body()))
	}
	assert.Equal(t, []string{kept + ".record"}, names(t, path))
}

// A removal that was cut off by a crash is finished by the next process.
func TestOpen_FinishesARemoval(t *testing.T) {
	t.Parallel()
	d, path := newDir(t)
	id := commit(t, d, "tx", strings.Repeat("answer ", 1000))
	file := chainPath(t, path)
	before := readFile(t, file)
	require.NoError(t, d.Purge(t.Context(), "time is over", id))
	require.NoError(t, d.Close())
	after := readFile(t, file)
	for _, part := range []int{0, 1, len(before) / 3, len(before) / 2} {
		raw := append(bytes.Clone(before), after[len(before):]...)
		copy(raw[:part], after[:part])
		writeFile(t, file, raw)
		require.Error(t, audited(t, path).Err(), "%d bytes were removed", part)
		require.NoError(t, openDir(t, path).Close())
		require.NoError(t, verify(t, path).Err())
		assert.Equal(t, after, readFile(t, file)[:len(after)])
	}
}

func TestAttach_KeepsMoreThanOneBatch(t *testing.T) {
	t.Parallel()
	d, path := newDir(t)
	id := commit(t, d, "tx", "body")
	big := bytes.Repeat([]byte("\nbatch 1 00000000\nx"), 300_000)
	require.NoError(t, d.Attach(t.Context(), id, "crl", big))
	for a, err := range read(t, path, id).Attachments() {
		require.NoError(t, err)
		assert.True(t, bytes.Equal(big, a.Data()))
	}
	for _, b := range batches(t, readFile(t, chainPath(t, path))) {
		assert.LessOrEqual(t, len(b), maxBatch)
	}
	require.NoError(t, verify(t, path).Err())
}

// In a plain directory an answer can contain what looks like batches. They are
// read as what they are, also where the bytes before them are damaged.
func TestLogFile_BatchesWithinAnAnswerAreItsBytes(t *testing.T) {
	t.Parallel()
	forged := new(batchBuilder)
	forged.add(Batch{Entries: []Entry{{Line: []byte("an entry that nobody wrote")}}})
	answer := strings.Repeat("x", 100_000) + "\n" + string(forged.sealed(0)) + strings.Repeat("y", 100_000)
	path := filepath.Join(t.TempDir(), "evidence")
	d, err := Open(path, UnsafePlaintext())
	require.NoError(t, err)
	id := commit(t, d, "tx", answer)
	commit(t, d, "tx-later", "another")
	require.NoError(t, d.Close())
	a, err := OpenArchive(path, UnsafePlaintext())
	require.NoError(t, err)
	t.Cleanup(func() { _ = a.Close() })
	report, err := a.Verify(t.Context())
	require.NoError(t, err)
	require.NoError(t, report.Err())
	r, err := a.Record(t.Context(), id)
	require.NoError(t, err)
	assert.Equal(t, answer, string(r.Body()))

	file := chainPath(t, path)
	raw := readFile(t, file)
	raw[bytes.Index(raw, []byte("xxxxxxxx"))+1000] ^= 1
	writeFile(t, file, raw)
	a, err = OpenArchive(path, UnsafePlaintext())
	require.NoError(t, err)
	t.Cleanup(func() { _ = a.Close() })
	report, err = a.Verify(t.Context())
	require.NoError(t, err)
	require.ErrorIs(t, report.Err(), ErrDamaged)
	assert.Equal(t, 2, report.Committed)
}

// A directory from before log files is continued: its files stay, and can be
// purged.
func TestOpen_AddsLogFilesToADirectoryOfFiles(t *testing.T) {
	t.Parallel()
	f := newFaulty(t)
	d := openDir(t, f.path) // ends the interrupted record
	commit(t, d, "tx-later", "in a log file")
	require.NoError(t, d.Attach(t.Context(), f.committed, "note", []byte("in a log file")))
	require.NoError(t, d.Purge(t.Context(), "time is over", f.aborted))
	require.NoError(t, d.Close())
	assert.NoFileExists(t, f.file(f.aborted))
	assert.FileExists(t, f.file(f.committed))
	report := verify(t, f.path, f.head)
	require.NoError(t, report.Err())
	assert.Equal(t, 2, report.Committed)
	assert.Equal(t, 2, report.Purged)
	assert.Equal(t, 2, report.Attachments)
	assert.NotEmpty(t, read(t, f.path, f.interrupted).SHA256)
	again := apart(t, f.path)
	require.NoError(t, verify(t, again, f.head).Err())
}

// A chain has one file, and an object one place.
func TestArchive_FindsASecondFile(t *testing.T) {
	t.Parallel()
	l := newLogged(t)
	files := apart(t, l.path)
	for _, name := range []string{
		recordFile(l.committed), recordFile(l.interrupted), chainFile(l.head.Chain),
	} {
		second := filepath.Join(l.path, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(second), 0o700))
		writeFile(t, second, readFile(t, filepath.Join(files, filepath.FromSlash(name))))
		report := verify(t, l.path)
		require.ErrorIs(t, report.Err(), ErrExtra, name)
		require.Len(t, report.Faults, 1, name)
		require.NoError(t, os.Remove(second))
	}
	require.NoError(t, verify(t, l.path).Err())
}

// A piece whose sync failed may be there or not, so nothing follows it. Other
// answers go on in another file.
func TestDir_GoesOnInAnotherFileAfterAFailedSync(t *testing.T) {
	t.Parallel()
	out, err := child(t, "failed sync", filepath.Join(t.TempDir(), "evidence")).Output()
	require.NoError(t, err)
	assert.Equal(t, "write failed true\nother goes on true true\nnew begins true\naudit <nil>\n", string(out))
}

func init() { children["failed sync"] = childFailedSync }

func childFailedSync(args []string) error {
	d, err := Open(args[0], testKey(1))
	if err != nil {
		return err
	}
	ctx := context.Background()
	first, err := d.Begin(ctx, testMeta("tx-first"))
	if err != nil {
		return err
	}
	second, err := d.Begin(ctx, testMeta("tx-second"))
	if err != nil {
		return err
	}
	gone := errors.New("the disk is gone")
	whole := syncFile
	syncFile = func(*os.File) error { return gone }
	_, err = first.Write([]byte("may be lost"))
	fmt.Println("write failed", errors.Is(err, gone))
	syncFile = whole
	_, err = second.Write([]byte("kept"))
	fmt.Println("other goes on", err == nil, second.Commit() == nil)
	third, err := d.Begin(ctx, testMeta("tx-third"))
	fmt.Println("new begins", err == nil)
	if err := third.Abort("not needed"); err != nil {
		return err
	}
	_ = first.Commit() // fails, and gives the record up
	if err := d.Close(); err != nil {
		return err
	}
	a, err := OpenArchive(args[0], testKey(1))
	if err != nil {
		return err
	}
	report, err := a.Verify(ctx)
	if err != nil {
		return err
	}
	fmt.Println("audit", report.Err())
	return nil
}

// Whatever a log file contains, it is read to its end, and reading it reports
// what is wrong as a fault.
func FuzzLogFile(f *testing.F) {
	b := new(batchBuilder)
	b.add(Batch{
		Pieces:  []Piece{{Object: Object{KindRecord, newID(begunAt)}, Bytes: []byte("a piece"), Last: true}},
		Entries: []Entry{{Line: []byte("an entry")}},
	})
	one := b.sealed(0)
	seeds(f, filepath.Join("logfiles", chainsName, "*"))
	f.Add(one)
	f.Add(append(bytes.Clone(one), one...))
	f.Add(append(append(bytes.Clone(one), "junk"...), one...))
	f.Add(one[:len(one)-3])
	f.Add([]byte("batch 10 00000000\npiece record"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		path := t.TempDir()
		id := newID(begunAt)
		require.NoError(t, os.Mkdir(filepath.Join(path, chainsName), 0o700))
		file := filepath.Join(path, chainsName, id+logSuffix)
		writeFile(t, file, raw)
		open, err := os.Open(file)
		require.NoError(t, err)
		defer func() { _ = open.Close() }()
		in := newBatchReader(open, 0, int64(len(raw)))
		end, right := int64(0), 0
		for {
			b, err := in.next()
			if err != nil {
				require.True(t, errors.Is(err, errTorn) || end == int64(len(raw)), "%v at %d of %d", err, end, len(raw))
				break
			}
			require.Equal(t, end, b.offset)
			require.Positive(t, b.size)
			end += b.size
			if b.right {
				right++
			}
			for _, p := range b.pieces {
				require.Equal(t, raw[p.offset:p.offset+int64(p.length)], p.bytes)
			}
			for _, l := range b.lines {
				require.Equal(t, raw[l.offset:l.offset+int64(l.length)], l.entry.Line)
			}
		}
		a, err := OpenArchive(path, testKey(1))
		require.NoError(t, err)
		defer func() { _ = a.Close() }()
		report, err := a.Verify(t.Context())
		require.NoError(t, err)
		if right > 0 {
			require.Error(t, report.Err(), "no entry of these was written")
		}
		locked, err := disk.IsLocked(open)
		require.NoError(t, err)
		require.False(t, locked)
		require.Equal(t, raw, readFile(t, file))
	})
}

// The first and the last sector may contain only a byte or two of the batch.
func TestLogFile_LostSectorWithAByteOrTwoIsTorn(t *testing.T) {
	t.Parallel()
	for _, part := range []int64{1, 2} {
		d, path := newDir(t)
		w := begin(t, d, "tx")
		file := chainPath(t, path)
		size := func() int64 { return int64(len(readFile(t, file))) }
		write := func(length int64) {
			_, err := w.Write(bytes.Repeat([]byte("x"), int(length)))
			require.NoError(t, err)
		}
		before := size()
		write(1000)
		overhead := size() - before - 1000
		fill := func(to int64) { write(1000 + (to-size()-overhead-1000+8*sector)%sector) }
		fill(8*sector - part)
		synced := size()
		fill(8*sector + part)
		require.Equal(t, []int64{sector - part, part}, []int64{synced % sector, size() % sector})
		w.drop(t)
		require.NoError(t, d.Close())
		whole := readFile(t, file)
		for _, lost := range [][2]int64{{synced, synced + part}, {int64(len(whole)) - part, int64(len(whole))}} {
			torn := bytes.Clone(whole)
			clear(torn[lost[0]:lost[1]])
			writeFile(t, file, torn)
			require.NoError(t, verify(t, path).Err(), "%d bytes at %d of %d", part, lost[0], len(whole))
		}
	}
}

// Pieces may come in any order. Putting them in order must not take longer with
// each one.
func TestLogFile_ManyPiecesInNoOrder(t *testing.T) {
	t.Parallel()
	l := newLogged(t)
	raw := readFile(t, l.file)
	for number := 100_000; number > 0; {
		b := new(batchBuilder)
		for range 10_000 {
			b.add(Batch{Pieces: []Piece{{Object: Object{KindRecord, l.committed}, Number: number, Bytes: []byte("x")}}})
			number--
		}
		raw = append(raw, b.sealed(0)...)
	}
	writeFile(t, l.file, raw)
	require.ErrorIs(t, audited(t, l.path).Err(), ErrDamaged)
}
