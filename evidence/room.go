package evidence

import (
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/kakaocert-go/kakaocert/evidence/internal/disk"
)

// room is disk space that a process reserves for the records that it is
// writing. When a disk fills up while answers arrive, the room is given back
// piece by piece, and the answers take it. It is not reserved in the log file
// itself, because the file of a process that died would keep it.
//
// The room is a file without a name: the system frees it when the process ends,
// however it ends.
type room struct {
	folder string

	mu      sync.Mutex // over all that follows
	file    *os.File
	size    int64
	records int
	closed  bool
}

const (
	recordRoom = 4 << 20  // for each record that is being written
	idleRoom   = 16 << 20 // is kept for the next records
	roomSlack  = 64 << 10 // is given back besides what a piece needs: blocks and extents
)

// enter reserves space for one more record. It fails only for a lack of space.
func (r *room) enter() error {
	if !disk.CanReserve {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.grow(int64(r.records+1) * recordRoom); err != nil {
		return err
	}
	r.records++
	return nil
}

// grow reserves so many bytes, if there are less.
func (r *room) grow(size int64) error {
	if r.closed || r.size >= size {
		return nil
	}
	if r.file == nil {
		file, err := os.OpenFile(filepath.Join(r.folder, ".room-"+newID(time.Now())), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return err
		}
		r.file = file
		if err := os.Remove(file.Name()); err != nil {
			return err
		}
	}
	if err := disk.Reserve(r.file, r.size, size-r.size); err != nil {
		return err
	}
	return r.resize(size)
}

func (r *room) resize(size int64) error {
	if err := r.file.Truncate(size); err != nil {
		return err
	}
	r.size = size
	return nil
}

// leave ends a record's part.
func (r *room) leave() {
	if !disk.CanReserve {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.records--
	needed := max(int64(r.records)*recordRoom, idleRoom)
	if r.file != nil && r.size > 2*needed { // not at every change
		_ = r.resize(needed) // more space than needed is no fault
	}
}

// give gives space back for a write of so many bytes that failed. It reports
// whether it is worth while to try again.
func (r *room) give(failed error, length int) bool {
	if !disk.IsFull(failed) {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.file == nil || r.size == 0 {
		return false
	}
	return r.resize(max(0, r.size-int64(length)-roomSlack)) == nil
}

func (r *room) close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	if r.file == nil {
		return nil
	}
	file := r.file
	r.file, r.size = nil, 0
	return file.Close()
}
