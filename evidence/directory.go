package evidence

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/kakaocert-go/kakaocert/evidence/internal/disk"
)

// Open opens the directory at path as a log. If the directory does not exist,
// Open makes it, for its owner alone. Keys and recipients are those of
// [NewLog].
//
// Open reads all chains. It refuses, with a [*Fault], to write after a damaged
// chain or after an entry whose key was not given. Then it writes and removes
// nothing. Keep that directory as it is and open another path (under
// [OpenMonths], [RenewMonth] does so); an audit of the old directory shows what
// happened. Open also makes a log file as a trial, so that a lack of space or
// rights shows before a user has signed. It enters the ends of records of
// processes that died, so that every later change to them shows. The memory of
// a log on a directory grows with the number of records, by about 0.6 KiB each:
// use [OpenMonths] where that matters.
//
// Open continues a directory of version 1: the journal stays as it is, and new
// entries, about old records too, go into chains of version 2 that name it.
// From then on all readers of the directory must know version 2.
//
// Open needs flock(2). On a system without it Open fails with
// [errors.ErrUnsupported]; [OpenArchive] still reads. The directory must be on
// a file system on which flock works between all processes that use it: a local
// one.
func Open(path string, key Key, options ...KeyOption) (*Log, error) {
	if !disk.CanLock {
		return nil, fmt.Errorf("evidence: writing needs flock: %w", errors.ErrUnsupported)
	}
	ring, err := newKeyring(append([]KeyOption{key}, options...)...)
	if err != nil {
		return nil, err // before anything is made
	}
	d, err := openDirectory(path, true)
	if err != nil {
		return nil, err
	}
	l, err := d.prepare(ring, key, options)
	if err != nil {
		return nil, errors.Join(err, d.close())
	}
	return l, nil
}

// OpenArchive opens the directory at path for reading, of either version. For a
// record whose key is not among the options, the error is [ErrKey].
func OpenArchive(path string, options ...KeyOption) (*Archive, error) {
	if _, err := newKeyring(options...); err != nil {
		return nil, err
	}
	d, err := openDirectory(path, false)
	if err != nil {
		return nil, err
	}
	a, err := NewArchive(d, options...)
	if err != nil {
		return nil, err
	}
	a.finish = d.close
	return a, nil
}

// directory is a [Store] that is a directory. (FORMAT.md, "Directory") It
// writes entries and most objects into log files. It also reads and removes
// objects that have files of their own: those of a directory that was begun
// before log files, and those of an export.
type directory struct {
	path    string
	folders map[string]*folder
	index   *directoryIndex
	room    *room

	mu      sync.Mutex // over what follows
	writing map[Object]*openObject
	logs    map[string]*logFile // to which this process appends, by chain
	current *logFile            // for pieces without an entry; nil where there is none
	closed  bool
}

var (
	_ Store  = (*directory)(nil)
	_ Syncer = (*directory)(nil)
)

func openDirectory(path string, toWrite bool) (*directory, error) {
	if toWrite {
		if err := makeFolders(path); err != nil {
			return nil, err
		}
	}
	if err := checkPlaces(path, toWrite); err != nil {
		return nil, err
	}
	d := &directory{
		path: path, folders: make(map[string]*folder), index: newDirectoryIndex(path), room: &room{folder: path},
		writing: make(map[Object]*openObject), logs: make(map[string]*logFile),
	}
	for _, name := range folderNames {
		d.folders[name] = &folder{path: filepath.Join(path, name)}
	}
	if !toWrite && !exists(filepath.Join(path, journalName)) && !exists(filepath.Join(path, chainsName)) {
		return nil, &os.PathError{Op: "open", Path: filepath.Join(path, chainsName), Err: os.ErrNotExist}
	}
	return d, nil
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

func makeFolders(path string) error {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return err
	}
	if err := os.Mkdir(filepath.Join(path, chainsName), 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	return syncFolders(path)
}

// prepare makes a log of the directory and finishes what crashes left.
func (d *directory) prepare(ring *keyring, key Key, options []KeyOption) (*Log, error) {
	ctx, cancel := context.WithTimeoutCause(context.Background(), openLimit, errSlow)
	defer cancel()
	if err := d.checkBegun(ctx, ring); err != nil {
		return nil, err
	}
	l, err := NewLog(ctx, d, key, options...)
	if err != nil {
		return nil, err
	}
	l.finish = d.close
	if err := l.Recover(ctx); err != nil {
		return nil, err
	}
	if err := d.removeLogged(d.index.halfRemoved()); err != nil {
		return nil, err
	}
	return l, d.rehearse()
}

// openLimit is how long Open may read.
const openLimit = 10 * time.Minute

// checkBegun refuses a directory that contains answers, but no entry of any
// chain.
func (d *directory) checkBegun(ctx context.Context, ring *keyring) error {
	if begun, err := d.index.update(); err != nil || begun {
		return err
	}
	v := &verification{ctx: ctx, archive: &Archive{store: d, ring: ring}}
	for _, kind := range []Kind{KindRecord, KindAttachment} {
		for o, err := range d.Objects(ctx, kind) {
			if err != nil {
				return err
			}
			if !isID(o.ID) {
				continue // an audit reports it
			}
			live, _, err := v.leftover(o)
			if live || err == nil || isGone(err) {
				continue
			}
			if begun, err := d.index.update(); err != nil || begun {
				return err // another process has begun it meanwhile
			}
			return &Fault{File: chainsName, Err: fmt.Errorf("%w: there are records", ErrMissing)}
		}
	}
	return nil
}

// rehearse makes a log file with room for a record, as Begin does, and removes
// it. A fault that would stop a verify must stop Open instead, because then no
// user has signed yet.
func (d *directory) rehearse() error {
	if err := d.room.enter(); err != nil {
		return err
	}
	defer d.room.leave()
	f, err := createLog(filepath.Join(d.path, chainsName, newID(time.Now())+logSuffix))
	if err != nil {
		return err
	}
	defer f.discard()
	if _, err := writeTo(f.file, []byte("batch ")); err != nil { // others read it as an unfinished batch
		return err
	}
	return atOnce([]func() error{func() error { return syncFile(f.file) }, d.folders[chainsName].sync})
}

// place is the path of an object. Its name must not lead out of the directory.
func (d *directory) place(o Object) (string, error) {
	if o.ID == "" || strings.ContainsAny(o.ID, `/\`) || o.ID == "." || o.ID == ".." {
		return "", fmt.Errorf("%s: %w", o.Kind, fs.ErrNotExist)
	}
	return filepath.Join(d.path, filepath.FromSlash(o.file())), nil
}

// Fence fails with ErrInProgress while the writer of an object lives.
func (d *directory) Fence(ctx context.Context, o Object) error {
	path, err := d.place(o)
	if err != nil {
		return nil //nolint:nilerr // a name that no object can have is not an error
	}
	if logged, err := d.find(o); err != nil || logged == nil {
		return cmp.Or(err, fenceFile(path))
	}
	live, err := d.Live(ctx, o)
	if err == nil && live {
		err = ErrInProgress
	}
	return err
}

// Remove removes bytes of log files, and files.
func (d *directory) Remove(ctx context.Context, objects ...Object) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	if err := d.removeLogged(objects); err != nil {
		return err
	}
	return d.removeFiles(objects)
}

// find returns what the log files contain of an object, or nil.
func (d *directory) find(o Object) (*loggedObject, error) {
	if !isLogged(o.Kind) {
		return nil, nil
	}
	return d.index.object(o)
}

// Objects lists the objects in log files and those with files of their own.
func (d *directory) Objects(ctx context.Context, kind Kind) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		found, err := d.objectFiles(kind)
		var logged []Object
		if err == nil && isLogged(kind) {
			logged, err = d.index.objects(kind)
		}
		if err = cmp.Or(context.Cause(ctx), err); err != nil {
			yield(Object{}, err)
			return
		}
		found = append(found, logged...)
		slices.SortFunc(found, func(a, b Object) int { return cmp.Compare(a.ID, b.ID) })
		for _, o := range slices.Compact(found) {
			if !yield(o, nil) {
				return
			}
		}
	}
}

// Read opens an object.
func (d *directory) Read(ctx context.Context, o Object) (io.ReadCloser, error) {
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	logged, err := d.find(o)
	if err != nil {
		return nil, err
	}
	if logged != nil {
		return openPieces(logged.pieces)
	}
	path, err := d.place(o)
	if err != nil {
		return nil, err
	}
	return openFile(path, os.O_RDONLY)
}

// Live reports whether the process that writes an object still holds the lock
// of its file.
func (d *directory) Live(_ context.Context, o Object) (bool, error) {
	d.mu.Lock()
	mine := d.writing[o] != nil
	d.mu.Unlock()
	if mine {
		return true, nil
	}
	logged, err := d.find(o)
	if err != nil {
		return false, err
	}
	path, placeErr := d.place(o)
	switch {
	case logged != nil && (logged.ended || len(logged.pieces) == 0), placeErr != nil:
		return false, nil
	case logged != nil:
		path = logged.pieces[0].in.path
		if d.appends(path) {
			return false, nil // this process has given it up
		}
	}
	file, err := openFile(path, os.O_RDONLY)
	if isGone(err) || errors.Is(err, ErrDamaged) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer func() { _ = file.Close() }()
	return disk.IsLocked(file)
}

// appends reports whether this process appends to a log file.
func (d *directory) appends(path string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, f := range d.logs {
		if f.file.Name() == path {
			return true
		}
	}
	return false
}

// unlocked reports that the file system has no locks for a reader.
func (d *directory) unlocked() bool {
	for _, path := range d.index.files() {
		file, err := openFile(path, os.O_RDONLY)
		if err != nil {
			continue
		}
		_, err = disk.TryLock(file, disk.Shared)
		_ = file.Close()
		return disk.IsNoLock(err)
	}
	return false
}

// Sync makes all chains durable, those of other processes too.
func (d *directory) Sync(ctx context.Context) error {
	return cmp.Or(context.Cause(ctx), d.index.sync())
}

// Entries reads chains.
func (d *directory) Entries(ctx context.Context, q Query) iter.Seq2[Entry, error] {
	return d.index.entries(ctx, q)
}

// Tips reads the last line of each chain.
func (d *directory) Tips(ctx context.Context) iter.Seq2[Entry, error] { return d.index.tips(ctx) }

// close releases the log files. A record that is being written may still be
// completed.
func (d *directory) close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = true
	return d.closeUnused()
}
