package evidence

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"

	"github.com/kakaocert-go/kakaocert/evidence/internal/disk"
)

// syncFile is fsync(2). It is a variable so that tests can observe the syncs
// and let one fail.
var syncFile = (*os.File).Sync

// writeTo is write(2). It is a variable so that tests can fill the disk.
var writeTo = (*os.File).Write

// syncFolder makes the names in a folder durable.
func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = folder.Close() }()
	return syncFile(folder)
}

// folder is a folder whose syncs are shared. Callers that wait because the
// present sync began before their names were made share the next one.
type folder struct {
	path string
	turn sync.Mutex // held during a sync
	mu   sync.Mutex // over next alone
	next *folderSync
}

type folderSync struct {
	done chan struct{}
	err  error
}

// sync makes the names in the folder durable that are there when it is called.
func (f *folder) sync() error {
	f.mu.Lock()
	mine := f.next
	first := mine == nil
	if first {
		mine = &folderSync{done: make(chan struct{})}
		f.next = mine
	}
	f.mu.Unlock()
	if !first {
		<-mine.done
		return mine.err
	}
	f.turn.Lock()
	f.mu.Lock()
	f.next = nil // callers that come from now on may be too late for this sync
	f.mu.Unlock()
	mine.err = syncFolder(f.path)
	f.turn.Unlock()
	close(mine.done)
	return mine.err
}

// atOnce calls all functions at the same time.
func atOnce(calls []func() error) error {
	errs := make([]error, len(calls))
	var group sync.WaitGroup
	for i, call := range calls[1:] {
		group.Go(func() { errs[i+1] = call() })
	}
	errs[0] = calls[0]()
	group.Wait()
	return errors.Join(errs...)
}

// syncFolders makes the names in a folder durable, and those in all folders
// above it, which may have been made with it. A folder above that cannot be
// read, or that is on a read-only file system, was not made with it.
func syncFolders(path string) error {
	path, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	if err := syncFolder(path); err != nil {
		return err
	}
	for above := filepath.Dir(path); above != path; path, above = above, filepath.Dir(above) {
		err := syncFolder(above)
		if err != nil && !errors.Is(err, os.ErrPermission) && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, syscall.EROFS) {
			return err
		}
	}
	return nil
}

// openFile opens an existing file. A link, a pipe or anything else in the place
// of a file is damage: this package never makes one there.
func openFile(path string, flag int) (*os.File, error) {
	there, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if !there.Mode().IsRegular() {
		return nil, damaged("is not a file")
	}
	file, err := os.OpenFile(path, flag, 0)
	if err != nil {
		return nil, err
	}
	if opened, err := file.Stat(); err != nil || !os.SameFile(there, opened) {
		_ = file.Close()
		return nil, damaged("another file is in its place")
	}
	return file, nil
}

// fenceFile fails with ErrInProgress while a process writes the file. A process
// that is just making the file has not written to it yet.
func fenceFile(path string) error {
	file, err := openFile(path, os.O_WRONLY)
	if isGone(err) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }() // ends the lock
	free, err := disk.TryLock(file, disk.Exclusive)
	if err != nil {
		return err
	}
	if !free {
		return ErrInProgress
	}
	return nil
}

// checkPlaces refuses a directory that has something else in the place of a
// chain or of a folder of this format. A writer also refuses a directory that
// any user may write to, and a chain with a second name, by which it can be
// changed unseen. Group write access is allowed, because container platforms
// give a volume to a group. Missing parts are made later.
func checkPlaces(folder string, toWrite bool) error {
	type place struct {
		name, kind string
		mode       os.FileMode
		follow     bool
	}
	places := []place{{".", "folder", os.ModeDir, true}, {journalName, "file", 0, false}}
	for _, name := range folderNames {
		places = append(places, place{name, "folder", os.ModeDir, false})
	}
	for _, path := range chainFiles(folder) {
		places = append(places, place{chainsName + "/" + filepath.Base(path), "file", 0, false})
	}
	for _, place := range places {
		stat := os.Lstat
		if place.follow {
			stat = os.Stat
		}
		there, err := stat(filepath.Join(folder, place.name))
		switch {
		case errors.Is(err, os.ErrNotExist):
			continue
		case err != nil:
			return err
		case there.Mode().Type() != place.mode:
			return &Fault{File: place.name, Err: damaged("is not a %s", place.kind)}
		case toWrite && there.Mode().Perm()&0o002 != 0:
			return &Fault{File: place.name, Err: fmt.Errorf("%w: its mode is %04o", ErrUnprotected, there.Mode().Perm())}
		case toWrite && place.mode == 0 && disk.Links(there) > 1:
			return &Fault{File: place.name, Err: fmt.Errorf("%w: it has a second name (hard link)", ErrUnprotected)}
		}
	}
	return nil
}
