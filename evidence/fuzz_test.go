package evidence

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// seeds adds the contents of files in testdata.
func seeds(f *testing.F, pattern string) {
	f.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", pattern))
	require.NoError(f, err)
	require.NotEmpty(f, files)
	for _, file := range files {
		raw, err := os.ReadFile(file)
		require.NoError(f, err)
		f.Add(raw)
	}
}

func requireKnown(t *testing.T, err error) {
	t.Helper()
	if err != nil && !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrKey) {
		require.NoError(t, err)
	}
}

// Every file is read to its end, whatever it contains, and a file that was cut
// off gives no more than the complete one.
func FuzzRecordFile(f *testing.F) {
	seeds(f, filepath.Join("version1", recordsName, "*"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		keys, err := newKeyring(testKey(1))
		require.NoError(t, err)
		var body bytes.Buffer
		c, err := scan(bytes.NewReader(raw), keys.open, &body)
		requireKnown(t, err)
		require.EqualValues(t, len(raw), c.size)
		require.Equal(t, fmt.Sprintf("%x", sha256.Sum256(raw)), c.sum)
		require.EqualValues(t, body.Len(), c.body)

		var less bytes.Buffer
		_, err = scan(bytes.NewReader(raw[:len(raw)/2]), keys.open, &less)
		requireKnown(t, err)
		require.True(t, bytes.HasPrefix(body.Bytes(), less.Bytes()))
	})
}

// The input is a file's frames, sealed as they should be: a kind, a length and
// that many bytes of plaintext each.
func FuzzFrames(f *testing.F) {
	f.Add([]byte("H\x02{}D\x04bodyC\x1d{\"at\":\"2026-03-01T09:30:00Z\"}"))
	f.Add([]byte("H\x02{}D\x01aD\x01bA\x02{}D\x01c"))
	f.Add([]byte("D\x01a"))
	f.Add([]byte("H\x0d{\"asked\":[\"\"]}"))
	f.Fuzz(func(t *testing.T, script []byte) {
		keys, err := newKeyring(UnsafePlaintext())
		require.NoError(t, err)
		id, secret := newID(begunAt), bytes.Repeat([]byte{1}, KeySize)
		head, err := fileHead{
			Kind: KindRecord, ID: id, Suite: suitePlain, At: begunAt,
			Keys: []wrapped{UnsafePlaintext().wrapFor(secret, usage(KindRecord, id))},
		}.encode()
		require.NoError(t, err)
		sealing, want, ended := newSuite(suitePlain, secret, head), 0, false
		raw := bytes.Clone(head)
		for place := uint64(0); len(script) >= 2; place++ {
			kind, length := script[0], min(int(script[1]), len(script)-2)
			plaintext := script[2 : 2+length]
			script = script[2+length:]
			frame := encodeFrameHead(kind, length)
			raw = sealing.Seal(append(raw, frame[:]...), nonce(formatVersion, kind, place), plaintext, frame[:])
			if kind == frameData {
				want += length
			}
			ended = ended || kind == frameCommitted
		}
		c, err := scan(bytes.NewReader(raw), keys.open, io.Discard)
		requireKnown(t, err)
		if err == nil {
			assert.EqualValues(t, want, c.body)
			assert.Equal(t, ended, c.outcome() == Committed)
			assert.False(t, c.torn)
		}
	})
}

// Every chain is read to its end, whatever it contains, and faults are reported
// as such.
func FuzzChain(f *testing.F) {
	seeds(f, filepath.Join("version1", journalName))
	f.Fuzz(func(t *testing.T, raw []byte) {
		keys, err := newKeyring(testKey(1))
		require.NoError(t, err)
		l, read := ledgerOf(keys, journalChain, raw)
		require.LessOrEqual(t, read, len(raw))
		require.Equal(t, bytes.LastIndexByte(raw, '\n')+1, read)
		for _, fault := range l.faults {
			assert.True(t, errors.Is(fault, ErrDamaged) || errors.Is(fault, ErrMissing) || errors.Is(fault, ErrKey) || errors.Is(fault, ErrCutTail))
		}
	})
}

// Whatever a chain and a record contain, a writer that opens the directory
// removes a record only if a key authenticates its tombstone, and changes no
// byte that was there.
func FuzzRecovery(f *testing.F) {
	folder := filepath.Join("testdata", "version1")
	journal, err := os.ReadFile(filepath.Join(folder, journalName))
	require.NoError(f, err)
	keys, err := newKeyring(testKey(1))
	require.NoError(f, err)
	whole, _ := ledgerOf(keys, journalChain, journal)
	for _, a := range whole.inOrder() {
		if a.purged == nil {
			record, err := os.ReadFile(filepath.Join(folder, filepath.FromSlash(recordFile(a.id))))
			require.NoError(f, err)
			f.Add(a.id, journal, record)
			f.Add(a.id, journal[:len(journal)/2], record)
			f.Add(a.id, journal, record[:len(record)-5])
		}
	}
	f.Fuzz(func(t *testing.T, id string, journal, record []byte) {
		if !isID(id) {
			return
		}
		path := t.TempDir()
		file := filepath.Join(path, recordFile(id))
		require.NoError(t, os.Mkdir(filepath.Join(path, recordsName), 0o700))
		writeFile(t, filepath.Join(path, journalName), journal)
		writeFile(t, file, record)
		l, _ := ledgerOf(keys, journalChain, journal)
		d, err := Open(path, testKey(1))
		if err == nil {
			require.Empty(t, l.faults)
			require.NoError(t, d.Close())
		}
		require.Equal(t, journal, readFile(t, filepath.Join(path, journalName)))
		if a := l.records[id]; a != nil && a.purged != nil && a.purged.voucher == aKeyHeld {
			return
		}
		require.Equal(t, record, readFile(t, file))
	})
}

// The input is the entries' JSON, one in each line, which the test then
// authenticates.
func FuzzEntries(f *testing.F) {
	raw, err := os.ReadFile(filepath.Join("testdata", "version1", journalName))
	require.NoError(f, err)
	var texts []byte
	for line := range bytes.Lines(raw) {
		texts = append(texts, line[2*(2*sha256.Size+1):]...)
	}
	f.Add(texts)
	f.Fuzz(func(t *testing.T, texts []byte) {
		keys, err := newKeyring(testKey(1))
		require.NoError(t, err)
		var chain bytes.Buffer
		for text := range bytes.SplitSeq(texts, []byte("\n")) {
			digest := sha256.Sum256(text)
			fmt.Fprintf(&chain, "%x %x %s\n", digest, vouch(testKey(1).secrets().chain, digest), text)
		}
		l, _ := ledgerOf(keys, newID(begunAt), chain.Bytes())
		for _, a := range l.records {
			require.True(t, isID(a.id), "ids become file names")
			for _, e := range a.attachments {
				require.True(t, isID(e.Attachment), "ids become file names")
			}
		}
	})
}

func FuzzHead(f *testing.F) {
	f.Add([]byte(newID(begunAt) + ":17:" + fmt.Sprintf("%064x", 17)))
	f.Add([]byte("17:" + fmt.Sprintf("%064x", 17)))
	f.Fuzz(func(t *testing.T, text []byte) {
		var head Head
		if head.UnmarshalText(text) != nil {
			return
		}
		var again Head
		require.NoError(t, again.UnmarshalText([]byte(head.String())))
		require.Equal(t, head, again)
	})
}
