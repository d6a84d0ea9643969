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

// syncFile is fsync(2). It is a variable for the tests, which look at what was
// synced when, and let it fail.
var syncFile = (*os.File).Sync

// syncFolder makes the names in a folder durable.
func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = folder.Close() }()
	return syncFile(folder)
}

// folder is a folder whose syncs are shared: those who wait for one that has
// begun before their names were made share the next.
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
	f.next = nil // who comes from now on may be too late for this one
	f.mu.Unlock()
	mine.err = syncFolder(f.path)
	f.turn.Unlock()
	close(mine.done)
	return mine.err
}

// syncFolders makes the names in a folder durable, and those in all above it, which may have been made
// with it. One above that may not be read, or is on a file system where nothing
// can be made, was not.
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

// openFile opens a file that is there. A link, a pipe or anything else in the
// place of a file is damage: this package never puts it there.
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

// fenceFile gives back a file's room beyond its end. It holds the file's lock
// meanwhile: a process that is just making the file has not written to it then.
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
	info, err := file.Stat()
	if err != nil {
		return err
	}
	return file.Truncate(info.Size())
}

// checkPlaces refuses a directory in which something else is in the place of
// a chain or of a folder of this format. A writer also refuses one in which
// anybody may write, and a chain that has a second name, by which it can be
// changed unseen. A group may write: container platforms give a volume to one.
// What is not there is made later.
func checkPlaces(folder string, toWrite bool) error {
	type place struct {
		name, kind string
		mode       os.FileMode
		follow     bool
	}
	places := []place{{".", "folder", os.ModeDir, true}, {journalName, "file", 0, false}}
	for _, name := range []string{recordsName, chainsName, recoveryName, checkpointsName} {
		places = append(places, place{name, "folder", os.ModeDir, false})
	}
	chains, _ := filepath.Glob(filepath.Join(folder, chainsName, "*.chain"))
	for _, path := range chains {
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
