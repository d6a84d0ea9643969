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
// happened. Open also makes a record's file as a trial, so that a lack of space
// or rights shows before a user has signed. It enters the ends of records of
// processes that died, so that every later change to them shows. The memory of
// a log on a directory grows with the number of records, by about 0.5 KiB each:
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

// directory is a [Store] that is a directory. (FORMAT.md, "Directory")
type directory struct {
	path    string
	folders map[string]*folder
	index   *directoryIndex
	room    *room

	mu      sync.Mutex // over what follows
	writing map[Object]*objectFile
	chains  map[string]*appending
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
	d := &directory{path: path, folders: make(map[string]*folder), index: newDirectoryIndex(path), room: &room{folder: path}, writing: make(map[Object]*objectFile), chains: make(map[string]*appending)}
	for _, name := range []string{chainsName, recordsName, recoveryName, checkpointsName} {
		d.folders[name] = &folder{path: filepath.Join(path, name)}
	}
	if !toWrite {
		if _, err := os.Stat(filepath.Join(path, recordsName)); err != nil {
			return nil, err
		}
		if !exists(filepath.Join(path, journalName)) && !exists(filepath.Join(path, chainsName)) {
			return nil, &os.PathError{Op: "open", Path: filepath.Join(path, chainsName), Err: os.ErrNotExist}
		}
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
	for _, name := range []string{recordsName, chainsName} {
		if err := os.Mkdir(filepath.Join(path, name), 0o700); err != nil && !errors.Is(err, os.ErrExist) {
			return err
		}
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
	return l, d.rehearse(key)
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

// rehearse makes a record's file, as Begin does, and removes it. A fault that
// would stop a verify must stop Open instead, because then no user has signed
// yet.
func (d *directory) rehearse(key Key) error {
	o := Object{KindRecord, newID(time.Now())}
	f, err := d.create(o)
	if err != nil {
		return err
	}
	defer f.discard()
	if err := f.append([]byte(magic + key.ID())); err != nil {
		return err
	}
	if err := cmp.Or(syncFile(f.file), d.folders[recordsName].sync()); err != nil {
		return err
	}
	c, err := d.beginChain(newID(time.Now()))
	if err != nil {
		return err
	}
	defer c.discard()
	return c.reserve()
}

// Commit writes the pieces, and then, when they are on disk, the entries.
func (d *directory) Commit(ctx context.Context, b Batch) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	var chain *appending
	if len(b.Entries) > 0 {
		var err error
		if chain, err = d.chainFor(b); err != nil {
			return err
		}
	}
	settle, err := d.stage(b.Pieces)
	if err == nil && chain != nil {
		err = d.appendTo(chain, b)
	}
	if err != nil && chain != nil && chain.size == 0 {
		d.forgetChain(chain)
	}
	return settle(err)
}

// stage writes pieces of any objects and makes them durable. It calls settle
// with the result of the entries that name the pieces: then it removes the
// objects that it made, if no entry can name them, and releases those that have
// ended.
func (d *directory) stage(pieces []Piece) (settle func(error) error, err error) {
	made, err := d.writePieces(pieces)
	return func(err error) error {
		if err != nil && !errors.Is(err, errUncertain) {
			for _, f := range made {
				d.release(f.object)
				f.discard()
			}
		}
		for _, p := range pieces {
			if p.Last {
				if f := d.release(p.Object); f != nil {
					err = cmp.Or(err, f.close())
				}
			}
		}
		return err
	}, err
}

// writePieces writes the pieces of all objects, and then makes all of them
// durable at once, together with the names of the objects that it made. It
// returns these.
func (d *directory) writePieces(pieces []Piece) (made []*objectFile, err error) {
	var written []*objectFile
	var syncs []func() error
	for _, p := range pieces {
		f, err := d.writePiece(p)
		if f != nil && p.Number == 0 {
			made = append(made, f)
		}
		if err != nil {
			return made, err
		}
		if !slices.Contains(written, f) {
			written = append(written, f)
			syncs = append(syncs, f.sync)
		}
	}
	folders := make(map[string]bool)
	for _, f := range made {
		if name := f.object.folder(); !folders[name] {
			folders[name] = true
			syncs = append(syncs, d.folders[name].sync)
		}
	}
	return made, atOnce(syncs)
}

// atOnce calls all functions at the same time.
func atOnce(calls []func() error) error {
	if len(calls) == 0 {
		return nil
	}
	errs := make([]error, len(calls))
	var group sync.WaitGroup
	for i, call := range calls[1:] {
		group.Go(func() { errs[i+1] = call() })
	}
	errs[0] = calls[0]()
	group.Wait()
	return errors.Join(errs...)
}

// writePiece adds a piece to its object.
func (d *directory) writePiece(p Piece) (*objectFile, error) {
	f, err := d.fileFor(p.Object, p.Number)
	if err != nil {
		return nil, err
	}
	if p.Number != f.pieces {
		return f, fmt.Errorf("%w: piece %d", ErrExists, p.Number)
	}
	return f, f.append(p.Bytes)
}

// fileFor makes an object, or returns the one that is being written.
func (d *directory) fileFor(o Object, number int) (*objectFile, error) {
	if number == 0 {
		f, err := d.create(o)
		if err != nil {
			return nil, err
		}
		d.mu.Lock()
		d.writing[o] = f
		d.mu.Unlock()
		return f, nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if f := d.writing[o]; f != nil {
		return f, nil
	}
	return nil, fmt.Errorf("%w: the %s has ended", ErrExists, o.Kind)
}

// release removes an object from those that are being written.
func (d *directory) release(o Object) *objectFile {
	d.mu.Lock()
	defer d.mu.Unlock()
	f := d.writing[o]
	delete(d.writing, o)
	return f
}

func (d *directory) create(o Object) (*objectFile, error) {
	path, err := d.place(o)
	if err != nil {
		return nil, err
	}
	if o.folder() != recordsName {
		err := os.Mkdir(filepath.Dir(path), 0o700)
		if err == nil {
			err = syncFolder(d.path)
		}
		if err != nil && !errors.Is(err, os.ErrExist) {
			return nil, err
		}
	}
	return createObject(o, path, d.room)
}

// place is the path of an object. Its name must not lead out of the directory.
func (d *directory) place(o Object) (string, error) {
	if o.ID == "" || strings.ContainsAny(o.ID, `/\`) || o.ID == "." || o.ID == ".." {
		return "", fmt.Errorf("%s: %w", o.Kind, fs.ErrNotExist)
	}
	return filepath.Join(d.path, filepath.FromSlash(o.file())), nil
}

// Fence ends an object whose writer is dead.
func (d *directory) Fence(_ context.Context, o Object) error {
	path, err := d.place(o)
	if err != nil {
		return nil //nolint:nilerr // a name that no object can have is not an error
	}
	return fenceFile(path)
}

// Remove removes files.
func (d *directory) Remove(ctx context.Context, objects ...Object) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	removed := make(map[string]bool)
	for _, o := range objects {
		path, err := d.place(o)
		if err != nil {
			continue
		}
		err = os.Remove(path)
		if err != nil && !isGone(err) {
			return err
		}
		if err == nil {
			removed[o.folder()] = true
		}
	}
	for name := range removed {
		if err := d.folders[name].sync(); err != nil {
			return err
		}
	}
	return nil
}

// Objects lists a folder.
func (d *directory) Objects(ctx context.Context, kind Kind) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		entries, err := os.ReadDir(filepath.Join(d.path, Object{Kind: kind}.folder()))
		if isGone(err) && kind != KindRecord && kind != KindAttachment {
			err = nil
		}
		if err = cmp.Or(context.Cause(ctx), err); err != nil {
			yield(Object{}, err)
			return
		}
		var found []Object
		for _, e := range entries {
			if o, ok := objectOf(kind, e.Name()); ok {
				found = append(found, o)
			}
		}
		slices.SortFunc(found, func(a, b Object) int { return cmp.Compare(a.ID, b.ID) })
		for _, o := range found {
			if !yield(o, nil) {
				return
			}
		}
	}
}

// sharing are the kinds that share the folder of another kind.
var sharing = map[Kind]Kind{KindRecord: KindAttachment, KindCheckpoint: KindStamp}

// objectOf returns the object of a file in a folder. In the folders of records,
// recovery keys and checkpoints, a file whose name does not follow the format
// counts as one of these.
func objectOf(kind Kind, name string) (Object, bool) {
	id, found := strings.CutSuffix(name, suffixes[kind])
	if found && isObjectID(id) {
		return Object{kind, id}, true
	}
	if kind == KindAttachment || kind == KindStamp {
		return Object{}, false
	}
	if guest, shared := sharing[kind]; shared {
		if id, found := strings.CutSuffix(name, suffixes[guest]); found && isObjectID(id) {
			return Object{}, false
		}
	}
	return Object{kind, name}, true
}

// Read opens a file.
func (d *directory) Read(ctx context.Context, o Object) (io.ReadCloser, error) {
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	path, err := d.place(o)
	if err != nil {
		return nil, err
	}
	return openFile(path, os.O_RDONLY)
}

// Live reports whether a process holds a file's lock.
func (d *directory) Live(ctx context.Context, o Object) (bool, error) {
	in, err := d.Read(ctx, o)
	if isGone(err) || errors.Is(err, ErrDamaged) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer func() { _ = in.Close() }()
	return disk.IsLocked(in.(*os.File))
}

// strays are names that the format does not define, in places where nothing
// else looks.
func (d *directory) strays() (names []string) {
	for folder, kind := range map[string]Kind{chainsName: "", recoveryName: KindRecovery, checkpointsName: KindCheckpoint} {
		suffix := cmp.Or(suffixes[kind], ".chain")
		entries, _ := os.ReadDir(filepath.Join(d.path, folder)) // another check has read it already
		for _, e := range entries {
			id, found := strings.CutSuffix(e.Name(), suffix)
			if stamp, isStamp := strings.CutSuffix(e.Name(), suffixes[KindStamp]); isStamp && kind == KindCheckpoint {
				id, found = stamp, true
			}
			if !found || !isObjectID(id) || (folder != checkpointsName && !isID(id)) {
				names = append(names, folder+"/"+e.Name())
			}
		}
	}
	return names
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

// close releases the chains. A record that is being written may still be
// completed.
func (d *directory) close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = true
	var err error
	for _, c := range d.chains {
		err = errors.Join(err, c.file.Close())
	}
	clear(d.chains)
	return errors.Join(err, d.room.close())
}
