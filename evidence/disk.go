package evidence

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"
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

// checkPlaces refuses a directory in which something else is in the place of
// the journal or of the folder of records. A writer also refuses one in which
// anybody may write, and a journal that has a second name, by which it can be
// changed unseen. A group may write: container platforms give a volume to one.
// What is not there is made later.
func checkPlaces(folder string, toWrite bool) error {
	for _, place := range []struct {
		name, kind string
		mode       os.FileMode
		follow     bool
	}{
		{".", "folder", os.ModeDir, true},
		{recordsName, "folder", os.ModeDir, false},
		{journalName, "file", 0, false},
	} {
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
		case toWrite && place.mode == 0 && links(there) > 1:
			return &Fault{File: place.name, Err: fmt.Errorf("%w: it has a second name (hard link)", ErrUnprotected)}
		}
	}
	return nil
}
