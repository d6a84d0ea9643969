package evidence

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/kakaocert-go/kakaocert/evidence/internal/disk"
)

// objectFile is an object while it is written. Its process holds a lock on it
// until the object has ended, which shows other processes that the writer
// lives.
type objectFile struct {
	object Object
	file   *os.File
	pieces int
	size   int64 // of whole pieces
	room   *room // of a record; else nil
	broken error // no more can be written after this
}

func createObject(o Object, path string, room *room) (*objectFile, error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return nil, fmt.Errorf("%w: the %s is there", ErrExists, o.Kind)
	}
	if err != nil {
		return nil, err
	}
	f := &objectFile{object: o, file: file}
	err = disk.WaitLock(file, disk.Exclusive)
	if err == nil && o.Kind == KindRecord {
		if err = room.enter(); err == nil {
			f.room = room
		}
	}
	if err != nil {
		f.discard()
		return nil, err
	}
	return f, nil
}

// append writes a piece with one write(2), so that a killed process leaves
// complete pieces and at most one incomplete piece.
func (f *objectFile) append(p []byte) error {
	for {
		if f.broken != nil {
			return f.broken
		}
		_, err := writeTo(f.file, p)
		if err == nil {
			break
		}
		f.rewind(err)
		if f.room == nil || !f.room.give(err, len(p)) {
			return err
		}
	}
	f.size += int64(len(p))
	f.pieces++
	return nil
}

// rewind removes an incomplete piece, so that the end can still be written.
func (f *objectFile) rewind(cause error) {
	if f.file.Truncate(f.size) != nil {
		f.broken = cause
		return
	}
	if _, err := f.file.Seek(f.size, 0); err != nil {
		f.broken = cause
	}
}

// sync fails for good once it has failed: the system does not report a second
// time that it dropped data.
func (f *objectFile) sync() error {
	if f.broken == nil {
		f.broken = syncFile(f.file)
	}
	return f.broken
}

// close ends the lock, even while a child that was just forked still holds the
// file.
func (f *objectFile) close() error {
	f.leave()
	return cmp.Or(disk.Unlock(f.file), f.file.Close())
}

// discard removes a file that no chain names.
func (f *objectFile) discard() {
	f.leave()
	_ = os.Remove(f.file.Name())
	_ = f.file.Close()
}

func (f *objectFile) leave() {
	if f.room != nil {
		f.room.leave()
	}
}

// appending is a chain's file to which this process appends.
type appending struct {
	id       string
	file     *os.File
	entries  uint64
	size     int64
	reserved int64 // room on disk is reserved up to here
}

// chainRoom is the disk space that a record's beginning reserves for the
// entries that follow it.
const chainRoom = 64 << 10

// errUncertain says that an entry may or may not be in a chain, because the
// system does not report a second time that it dropped data. The log continues
// in another chain.
var errUncertain = errors.New("evidence: chain is in an unknown state")

// chainFor opens the chain of a batch and reserves disk space for it. A chain
// that another process has made, or that this one has left, takes no more
// entries.
func (d *directory) chainFor(b Batch) (*appending, error) {
	first := b.Entries[0]
	d.mu.Lock()
	c, closed := d.chains[first.Chain], d.closed
	d.mu.Unlock()
	if closed {
		return nil, os.ErrClosed
	}
	if c == nil && first.Number == 1 && isID(first.Chain) {
		var err error
		if c, err = d.beginChain(first.Chain); err != nil {
			return nil, err
		}
		d.mu.Lock()
		d.chains[first.Chain] = c
		d.mu.Unlock()
	}
	if c == nil || c.entries+1 != first.Number {
		return nil, fmt.Errorf("%w: entry %d", ErrExists, first.Number)
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	for _, e := range b.Entries {
		if e.Event == eventBegun {
			return c, c.reserve()
		}
	}
	return c, nil
}

func (d *directory) beginChain(id string) (*appending, error) {
	path := filepath.Join(d.path, filepath.FromSlash(chainFile(id)))
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL|os.O_APPEND, 0o600)
	if errors.Is(err, os.ErrExist) {
		return nil, fmt.Errorf("%w: the chain is there", ErrExists)
	}
	return &appending{id: id, file: file}, err
}

// check refuses a chain that differs from what this process left: nothing is
// added after an entry of another writer.
func (c *appending) check() error {
	info, err := c.file.Stat()
	if err != nil {
		return err
	}
	there, err := os.Lstat(c.file.Name())
	switch {
	case err != nil || !os.SameFile(info, there):
		return refuseToWrite(&Fault{File: chainFile(c.id), Err: damaged("another file is in its place")})
	case info.Size() != c.size:
		return refuseToWrite(&Fault{File: chainFile(c.id), Err: damaged("somebody else has changed it")})
	}
	return nil
}

// reserve reserves disk space for the entries that follow.
func (c *appending) reserve() error {
	if c.size+chainRoom <= c.reserved {
		return nil
	}
	end := c.size + 2*chainRoom
	if err := disk.Reserve(c.file, c.size, end-c.size); err != nil {
		return err
	}
	c.reserved = end
	return nil
}

// appendTo writes the entries of a batch with one write(2) and one sync.
// Entries that may wait are not synced: the files contain the same, durably,
// and Recover writes such an entry again when a power cut removed it.
func (d *directory) appendTo(c *appending, b Batch) error {
	var lines bytes.Buffer
	for i, e := range b.Entries {
		if e.Chain != c.id || e.Number != c.entries+uint64(i)+1 || bytes.ContainsRune(e.Line, '\n') || len(e.Line) >= maxLine {
			return fmt.Errorf("%w: entry %d", ErrExists, e.Number)
		}
		lines.Write(e.Line)
		lines.WriteByte('\n')
	}
	if _, err := c.file.Write(lines.Bytes()); err != nil {
		if c.file.Truncate(c.size) != nil {
			return errors.Join(errUncertain, err)
		}
		c.reserved = 0
		return err
	}
	begins := c.size == 0
	c.size += int64(lines.Len())
	c.entries += uint64(len(b.Entries))
	if b.Lazy {
		return nil
	}
	err := syncFile(c.file)
	if err == nil && begins {
		err = d.folders[chainsName].sync()
	}
	if err != nil {
		return errors.Join(errUncertain, err)
	}
	d.index.durable(c.id, c.size)
	return nil
}

// forgetChain removes a chain that has no entry.
func (d *directory) forgetChain(c *appending) {
	d.mu.Lock()
	delete(d.chains, c.id)
	d.mu.Unlock()
	c.discard()
}

func (c *appending) discard() {
	_ = os.Remove(c.file.Name())
	_ = c.file.Close()
}
