package evidence

import (
	"bytes"
	"context"
	"crypto/ecdh"
	"crypto/hpke"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/evidence/internal/disk"
)

func init() {
	children["synced before"] = childSyncedBefore
	children["syncs fail"] = childSyncsFail
	children["begin fails"] = childBeginFails
}

// A power cut may lose sectors of all bytes that no sync has kept. A reader
// expects that of the last batch alone.
func TestDir_AppendsNothingBeforeTheLastBatchIsDurable(t *testing.T) {
	t.Parallel()
	d, path := newDir(t)
	for _, tx := range []string{"tx-1", "tx-2", "tx-3"} {
		begin(t, d, tx).drop(t)
	}
	require.NoError(t, d.Close())
	out, err := child(t, "synced before", path).Output()
	require.NoError(t, err)
	assert.Equal(t, "4 batches, of which 0 followed one that was not durable\n", string(out))
}

func childSyncedBefore(args []string) error {
	var mu sync.Mutex
	dirty := make(map[string]bool)
	batches, early := 0, 0
	writeTo = func(f *os.File, p []byte) (int, error) {
		mu.Lock()
		defer mu.Unlock()
		if strings.HasSuffix(f.Name(), logSuffix) && len(p) > maxBatchHeader {
			batches++
			if dirty[f.Name()] {
				early++
			}
			dirty[f.Name()] = true
		}
		return f.Write(p)
	}
	syncFile = func(f *os.File) error {
		mu.Lock()
		defer mu.Unlock()
		dirty[f.Name()] = false
		return f.Sync()
	}
	d, err := Open(args[0], testKey(1)) // enters three ends
	if err != nil {
		return err
	}
	w, err := d.Begin(context.Background(), testMeta("tx"))
	if err != nil {
		return err
	}
	fmt.Printf("%d batches, of which %d followed one that was not durable\n", batches, early)
	return errors.Join(w.Abort("not needed"), d.Close())
}

// While all syncs fail, each attempt needs another log file. Those that are left
// must not stay open, and close releases every lock.
func TestDir_ClosesTheFilesThatItLeaves(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "evidence")
	out, err := child(t, "syncs fail", path).Output()
	require.NoError(t, err)
	assert.Equal(t, "40 failed, at most 4 files stay open: true\n0 locked\n", string(out))
	openDir(t, path)
	report := verify(t, path)
	require.NoError(t, report.Err())
	assert.Zero(t, report.InProgress)
}

func childSyncsFail(args []string) error {
	d, err := Open(args[0], testKey(1))
	if err != nil {
		return err
	}
	w, err := d.Begin(context.Background(), testMeta("tx-open"))
	if err != nil {
		return err
	}
	whole := syncFile
	syncFile = func(*os.File) error { return errors.New("the disk is gone") }
	failed := 0
	if _, err := w.Write([]byte("may be lost")); err != nil {
		failed++
	}
	if err := w.Commit(); err != nil { // gives the record up
		failed++
	}
	for range 38 {
		if _, err := d.Begin(context.Background(), testMeta("tx")); err != nil {
			failed++
		}
	}
	open := 0
	for _, f := range d.store.(*directory).logs {
		if !f.closed {
			open++
		}
	}
	fmt.Printf("%d failed, at most 4 files stay open: %v\n", failed, open <= 4)
	syncFile = whole
	if err := d.Close(); err != nil {
		return err
	}
	locked := 0
	for _, path := range chainFiles(args[0]) {
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		if held, err := disk.IsLocked(file); err != nil || held {
			locked++
		}
		if err := file.Close(); err != nil {
			return err
		}
	}
	fmt.Println(locked, "locked")
	return nil
}

// The pieces of other answers that wait for a log file which could not begin go
// into the next one.
func TestDir_PiecesGoOnWhereAFileCouldNotBegin(t *testing.T) {
	t.Parallel()
	out, err := child(t, "begin fails", filepath.Join(t.TempDir(), "evidence")).Output()
	require.NoError(t, err)
	assert.Equal(t, "first full true\nsecond <nil>\n", string(out))
}

func childBeginFails(args []string) error {
	store, finish, err := OpenStore(args[0])
	if err != nil {
		return err
	}
	d := store.(*directory)
	d.mu.Lock()
	f, err := d.beginLog(newID(begunAt))
	d.mu.Unlock()
	if err != nil {
		return err
	}
	var mu sync.Mutex
	writes := 0
	writeTo = func(f *os.File, p []byte) (int, error) {
		mu.Lock()
		defer mu.Unlock()
		if writes++; writes == 1 {
			return 0, syscall.EIO
		}
		return f.Write(p)
	}
	// Each fills a batch, so that the second waits for the first.
	done := []chan error{make(chan error, 1), make(chan error, 1)}
	f.turn.Lock()
	for i := range done {
		go func() {
			o := Object{KindRecord, newID(begunAt)}
			done[i] <- d.Commit(context.Background(), Batch{Pieces: []Piece{{Object: o, Bytes: make([]byte, fullBatch), Last: true}}})
		}()
		for waits := 0; waits <= i; {
			f.mu.Lock()
			waits = len(f.queue)
			f.mu.Unlock()
		}
	}
	f.turn.Unlock()
	fmt.Println("first full", errors.Is(<-done[0], syscall.EIO))
	fmt.Println("second", <-done[1])
	return finish()
}

// A recovery key that a crash left partly removed is removed by the next
// process.
func TestOpen_FinishesTheRemovalOfARecoveryKey(t *testing.T) {
	t.Parallel()
	private, err := ecdh.X25519().GenerateKey(rand.Reader)
	require.NoError(t, err)
	kem, err := hpke.NewDHKEMPrivateKey(private)
	require.NoError(t, err)
	recipient, err := NewRecipient(kem.PublicKey())
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "evidence")
	d, err := Open(path, testKey(1), recipient)
	require.NoError(t, err)
	id := commit(t, d, "tx", "body")
	file := chainPath(t, path)
	before := readFile(t, file)
	require.NoError(t, d.Forget(t.Context(), id))
	require.NoError(t, d.Close())
	after := readFile(t, file)
	half := bytes.Clone(before)
	for i := range before {
		if before[i] != after[i] {
			half[i] = after[i] // the mark alone
			break
		}
	}
	writeFile(t, file, half)
	d, err = Open(path, testKey(1), recipient)
	require.NoError(t, err)
	require.NoError(t, d.Close())
	assert.Equal(t, after, readFile(t, file)[:len(after)])
}

// A chain that begins after very many others links all of them, in as many
// batches as that takes.
func TestBatch_PartsFitIntoALogFile(t *testing.T) {
	t.Parallel()
	var whole Batch
	for n := range 20 {
		whole.Pieces = append(whole.Pieces, Piece{Object: Object{KindRecord, newID(begunAt)}, Number: n, Bytes: make([]byte, fullBatch/3)})
	}
	for n := range 1000 {
		whole.Entries = append(whole.Entries, Entry{Number: uint64(n + 1), Line: make([]byte, maxLine-1)})
	}
	var again Batch
	for _, part := range whole.parts() {
		b := new(batchBuilder)
		require.True(t, b.hasRoom(part))
		b.add(part)
		require.LessOrEqual(t, len(b.content), maxBatch)
		again.Pieces, again.Entries = append(again.Pieces, part.Pieces...), append(again.Entries, part.Entries...)
	}
	assert.Equal(t, whole, again)
	assert.Empty(t, Batch{}.parts())
}
