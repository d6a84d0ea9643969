package evidence

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/kakaocert-go/kakaocert/evidence/internal/disk"
)

// logFile is a log file to which this process appends. The process holds a lock
// on it, which shows other processes that the writer lives.
type logFile struct {
	id   string
	file *os.File

	// Both are under the directory's lock.
	left   bool // nothing is appended any more
	closed bool

	mu    sync.Mutex // over queue
	queue []*waiting

	turn sync.Mutex // held while a batch is appended; over what follows
	// entries and size are of the batches that were appended.
	entries uint64
	size    int64
	broken  error // nothing is appended after this
}

// waiting is a commit that waits for its turn.
type waiting struct {
	batch Batch
	done  chan error
}

// openObject is an object that is being written.
type openObject struct {
	pieces int
	broken error // no piece can follow one that may or may not be durable
}

// errUncertain says that a batch may or may not be in a log file, because the
// system does not report a second time that it dropped data. The log continues
// in another file.
var errUncertain = errors.New("evidence: log file is in an unknown state")

// errLeft says that a log file takes no more, and that nothing of the batch was
// kept.
var errLeft = errors.New("evidence: log file takes no more")

// Commit appends the batch to a log file, together with all others that wait
// meanwhile.
func (d *directory) Commit(ctx context.Context, b Batch) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	logged := Batch{Entries: b.Entries}
	for _, p := range b.Pieces {
		if isLogged(p.Object.Kind) {
			logged.Pieces = append(logged.Pieces, p)
		} else if err := d.writeFile(p); err != nil {
			return err
		}
	}
	err := d.index.once()
	parts := logged.parts()
	kept := 0
	for err == nil && kept < len(parts) {
		if err = d.commitPart(parts[kept]); err == nil {
			kept++
		}
	}
	if err != nil {
		d.giveUp(parts[:kept], parts[kept:])
	}
	return err
}

// giveUp ends the writing of objects that get no more pieces because a commit
// has failed: those that its first parts have made, and those that it was to
// end. For an end with an entry the log tries once more without the entry.
func (d *directory) giveUp(kept, failed []Batch) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, part := range kept {
		for _, p := range part.Pieces {
			if p.Number == 0 {
				d.release(p.Object)
			}
		}
	}
	for _, part := range failed {
		for _, p := range part.Pieces {
			o := d.writing[p.Object]
			if o != nil && p.Last && len(part.Entries) == 0 && (o.broken != nil || o.pieces == p.Number) {
				d.release(p.Object)
			}
		}
	}
	d.closeUnused()
}

// parts are the batch in parts that fit into a batch of a log file, the entries
// last.
func (b Batch) parts() (all []Batch) {
	size := fullBatch
	room := func(needed int) *Batch {
		if size += needed; size > fullBatch {
			all, size = append(all, Batch{}), needed
		}
		return &all[len(all)-1]
	}
	for _, p := range b.Pieces {
		part := room(len(p.Bytes) + maxPieceHeader)
		part.Pieces = append(part.Pieces, p)
	}
	for _, e := range b.Entries {
		part := room(len(e.Line) + 1)
		part.Entries = append(part.Entries, e)
	}
	return all
}

// commitPart returns when the part was appended. Pieces without an entry go
// into another log file when somebody has changed the present one: an answer
// must not be lost by that.
func (d *directory) commitPart(b Batch) error {
	for {
		f, err := d.logFor(b)
		if err != nil {
			return err
		}
		w := &waiting{batch: b, done: make(chan error, 1)}
		f.mu.Lock()
		f.queue = append(f.queue, w)
		first := len(f.queue) == 1
		f.mu.Unlock()
		if first {
			d.appendQueue(f)
		}
		err = <-w.done
		_, changed := errors.AsType[*Fault](err)
		if again := changed || errors.Is(err, errLeft); !again || len(b.Entries) > 0 {
			return err
		}
	}
}

// logFor returns the log file for a batch. A chain that another process has
// begun takes no entries.
func (d *directory) logFor(b Batch) (*logFile, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.closed && (len(b.Entries) > 0 || len(d.writing) == 0):
		return nil, os.ErrClosed
	case len(b.Entries) == 0 && d.current != nil:
		return d.current, nil
	case len(b.Entries) == 0:
		return d.beginLog(newID(time.Now()))
	}
	first := b.Entries[0]
	if f := d.logs[first.Chain]; f != nil {
		return f, nil
	}
	if first.Number != 1 || !isID(first.Chain) {
		return nil, fmt.Errorf("%w: entry %d", ErrExists, first.Number)
	}
	return d.beginLog(first.Chain)
}

// beginLog makes a log file. It is called with the lock.
func (d *directory) beginLog(id string) (*logFile, error) {
	f, err := createLog(filepath.Join(d.path, chainsName, id+logSuffix))
	if err != nil {
		return nil, err
	}
	f.id = id
	d.logs[id], d.current = f, f
	return f, nil
}

func createLog(path string) (*logFile, error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL|os.O_APPEND, 0o600)
	if errors.Is(err, os.ErrExist) {
		return nil, fmt.Errorf("%w: the chain is there", ErrExists)
	}
	if err != nil {
		return nil, err
	}
	f := &logFile{file: file}
	if err := disk.WaitLock(file, disk.Exclusive); err != nil {
		f.discard()
		return nil, err
	}
	return f, nil
}

func (f *logFile) discard() {
	_ = os.Remove(f.file.Name())
	_ = f.file.Close()
}

// appendQueue appends all that waits.
func (d *directory) appendQueue(f *logFile) {
	f.turn.Lock()
	defer f.turn.Unlock()
	f.mu.Lock()
	queue := f.queue
	f.queue = nil
	f.mu.Unlock()
	for len(queue) > 0 {
		queue = d.appendSome(f, queue)
	}
}

// appendSome appends one batch of those that wait, and returns the others.
func (d *directory) appendSome(f *logFile, queue []*waiting) (others []*waiting) {
	var group []*waiting
	var claims []*claim
	builder := &batchBuilder{}
	for len(queue) > 0 && builder.hasRoom(queue[0].batch) {
		w := queue[0]
		queue = queue[1:]
		c, err := d.claim(f, f.entries+uint64(len(builder.lines)), w.batch)
		if err != nil {
			w.done <- err
			continue
		}
		group, claims = append(group, w), append(claims, c)
		builder.add(w.batch)
	}
	if len(group) == 0 {
		return queue
	}
	err := d.write(f, builder)
	for i, w := range slices.Backward(group) { // so that claims are undone in the right order
		claims[i].settle(d, w.batch, err)
		w.done <- err
	}
	return queue
}

// write appends a batch with one write(2) and one sync. Entries that may wait
// are synced too: a power cut may lose sectors of the last batch only.
func (d *directory) write(f *logFile, b *batchBuilder) error {
	if errors.Is(f.broken, errUncertain) || errors.Is(f.broken, errLeft) {
		return errLeft
	}
	if f.broken == nil {
		f.broken = f.check()
	}
	if f.broken != nil {
		d.leave(f)
		return f.broken
	}
	begun, raw := f.size, b.sealed(f.size)
	if err := d.writeRaw(f, raw); err != nil {
		if begun == 0 && f.broken == nil {
			f.broken = errLeft // the chain could not begin
			d.leave(f)
			d.forget(f)
		}
		return err
	}
	f.size += int64(len(raw))
	f.entries += uint64(len(b.lines))
	syncs := []func() error{func() error { return syncFile(f.file) }}
	if begun == 0 {
		syncs = append(syncs, d.folders[chainsName].sync)
	}
	if err := atOnce(syncs); err != nil {
		f.broken = errors.Join(errUncertain, err)
		d.leave(f)
		return f.broken
	}
	d.index.appended(f.id, begun, f.size, b)
	return nil
}

// writeRaw removes an incomplete batch, so that another can follow.
func (d *directory) writeRaw(f *logFile, raw []byte) error {
	for {
		_, err := writeTo(f.file, raw)
		if err == nil {
			return nil
		}
		if f.file.Truncate(f.size) != nil {
			f.broken = errors.Join(errUncertain, err)
			d.leave(f)
			return f.broken
		}
		if !d.room.give(err, len(raw)) {
			return err
		}
	}
}

// check refuses a file that differs from what this process left.
func (f *logFile) check() error {
	name := chainsName + "/" + f.id + logSuffix
	info, err := f.file.Stat()
	if err != nil {
		return err
	}
	there, err := os.Lstat(f.file.Name())
	switch {
	case err != nil || !os.SameFile(info, there):
		return refuseToWrite(&Fault{File: name, Err: damaged("another file is in its place")})
	case info.Size() != f.size:
		return refuseToWrite(&Fault{File: name, Err: damaged("somebody else has changed it")})
	}
	return nil
}

// leave lets pieces go into another log file from now on.
func (d *directory) leave(f *logFile) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f.left = true
	if d.current == f {
		d.current = nil
	}
}

// forget removes a log file that is empty.
func (d *directory) forget(f *logFile) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.logs, f.id)
	f.discard()
}

// claim is the place that a batch takes among the objects that are being
// written, until it is appended.
type claim struct {
	before map[Object]*openObject // nil for an object that the batch makes
}

// claim refuses a batch whose places are taken.
func (d *directory) claim(f *logFile, entries uint64, b Batch) (*claim, error) {
	for i, e := range b.Entries {
		if e.Chain != f.id || e.Number != entries+uint64(i)+1 || bytes.ContainsRune(e.Line, '\n') || len(e.Line) >= maxLine {
			return nil, fmt.Errorf("%w: entry %d", ErrExists, e.Number)
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	c := &claim{before: make(map[Object]*openObject)}
	for _, p := range b.Pieces {
		if err := d.claimPiece(c, p); err != nil {
			c.undo(d)
			return nil, err
		}
	}
	return c, nil
}

func (d *directory) claimPiece(c *claim, p Piece) error {
	if _, err := d.place(p.Object); err != nil {
		return err
	}
	if len(p.Bytes) > fullBatch {
		return fmt.Errorf("evidence: a piece must be at most %d bytes", fullBatch)
	}
	o := d.writing[p.Object]
	switch {
	case o == nil && p.Number > 0, o == nil && d.index.has(p.Object), o != nil && p.Number == 0:
		return fmt.Errorf("%w: the %s has ended, or is there", ErrExists, p.Object.Kind)
	case o != nil && o.broken != nil:
		return fmt.Errorf("%w: the %s is incomplete: %w", ErrExists, p.Object.Kind, o.broken)
	case o != nil && o.pieces != p.Number:
		return fmt.Errorf("%w: piece %d", ErrExists, p.Number)
	case o == nil && p.Object.Kind == KindRecord:
		if err := d.room.enter(); err != nil {
			return err
		}
	}
	if _, claimed := c.before[p.Object]; !claimed {
		c.before[p.Object] = o
	}
	d.writing[p.Object] = &openObject{pieces: p.Number + 1}
	return nil
}

// undo gives the places back. It is called with the lock.
func (c *claim) undo(d *directory) {
	for o, before := range c.before {
		if before == nil {
			d.release(o)
			continue
		}
		d.writing[o] = before
	}
}

// settle is called with the result of the batch.
func (c *claim) settle(d *directory, b Batch, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err != nil {
		c.undo(d)
	}
	for o := range c.before {
		if open := d.writing[o]; open != nil && errors.Is(err, errUncertain) {
			open.broken = err
		}
	}
	for _, p := range b.Pieces {
		if p.Last && err == nil {
			d.release(p.Object)
		}
	}
	d.closeUnused()
}

// release ends the writing of an object. It is called with the lock.
func (d *directory) release(o Object) {
	if d.writing[o] == nil {
		return
	}
	delete(d.writing, o)
	if o.Kind == KindRecord {
		d.room.leave()
	}
}

// closeUnused closes log files to which nothing is appended any more, unless
// their locks may still show that an object is being written. It is called with
// the lock.
func (d *directory) closeUnused() (err error) {
	if len(d.writing) > 0 {
		return nil
	}
	for _, f := range d.logs {
		if d.closed || f.left {
			err = errors.Join(err, f.close())
		}
	}
	if !d.closed {
		return err
	}
	clear(d.logs)
	d.current = nil
	return errors.Join(err, d.room.close())
}

// close is called with the directory's lock.
func (f *logFile) close() error {
	if f.closed {
		return nil
	}
	f.closed = true
	// The lock must end even while a child that was just forked still has the file.
	return errors.Join(disk.Unlock(f.file), f.file.Close())
}
