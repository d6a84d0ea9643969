package evidence

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// directoryIndex finds entries and objects in log files, and entries in the
// files of chains. It remembers what it has read, and reads only new bytes when
// it is asked.
type directoryIndex struct {
	path string

	mu      sync.Mutex // over all that follows
	read    bool       // at least once
	chains  map[string]*indexed
	order   []string            // IDs of the chains, sorted
	about   map[string][]lineAt // by what entries are about
	begun   map[string][]lineAt // begins of records, by transaction
	logged  map[Object]*loggedObject
	damages []*Fault // of log files
	halves  []Object // recovery keys that a crash left partly removed
}

// indexed is the file of one chain as far as it was read.
type indexed struct {
	id     string
	path   string
	isLog  bool
	info   os.FileInfo
	offset int64 // of what was read: whole lines, or batches
	torn   int64 // size of a file that ends in what a crash left; or 0
	lines  uint64
	last   lineAt
	synced int64 // all before it is durable
	named  bool  // and so is its name
}

// loggedObject is what the log files contain of one object.
type loggedObject struct {
	pieces []pieceAt // as they were read: one log file after the other
	ended  bool      // the last piece is there
}

// pieceAt is where a piece's bytes are.
type pieceAt struct {
	in     *indexed
	offset int64
	length int32
	number int32
	last   bool
}

// lineAt is where a line is, its line feed not included.
type lineAt struct {
	in     *indexed
	offset int64
	length int
	number uint64
}

func newDirectoryIndex(path string) *directoryIndex {
	return &directoryIndex{
		path: path, chains: make(map[string]*indexed),
		about: make(map[string][]lineAt), begun: make(map[string][]lineAt), logged: make(map[Object]*loggedObject),
	}
}

// refresh reads what was appended. It is called with the lock.
func (x *directoryIndex) refresh() error {
	if err := x.find(); err != nil {
		return err
	}
	for _, id := range x.order {
		if err := x.readNew(x.chains[id]); err != nil {
			return &Fault{File: x.chains[id].name(), Err: err}
		}
	}
	x.read = true
	return nil
}

// once reads the files if that was not done before.
func (x *directoryIndex) once() error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.read {
		return nil
	}
	return x.refresh()
}

// name is the file's name in the directory.
func (f *indexed) name() string {
	if f.isLog {
		return chainsName + "/" + filepath.Base(f.path)
	}
	return chainFile(f.id)
}

// chainFile is the name of a chain's file.
func (x *directoryIndex) chainFile(id string) string {
	x.mu.Lock()
	defer x.mu.Unlock()
	if f := x.chains[id]; f != nil {
		return f.name()
	}
	return chainFile(id)
}

// chainFiles are the paths of the files of chains, without the journal.
func chainFiles(folder string) (paths []string) {
	for _, suffix := range []string{logSuffix, chainSuffix} {
		some, _ := filepath.Glob(filepath.Join(folder, chainsName, "*"+suffix)) // the pattern is right
		paths = append(paths, some...)
	}
	return paths
}

// find finds new files.
func (x *directoryIndex) find() error {
	entries, err := os.ReadDir(filepath.Join(x.path, chainsName))
	if err != nil && !isGone(err) {
		return err
	}
	found := make(map[string]bool, len(entries)+1)
	if exists(filepath.Join(x.path, journalName)) || x.chains[journalChain] != nil {
		found[journalChain] = true
	}
	isLog := make(map[string]bool)
	for _, e := range entries {
		suffix := filepath.Ext(e.Name())
		id := strings.TrimSuffix(e.Name(), suffix)
		if isID(id) && (suffix == chainSuffix || suffix == logSuffix) { // an audit reports others
			found[id] = true
			isLog[id] = isLog[id] || suffix == logSuffix
		}
	}
	for id, f := range x.chains {
		if !found[id] && f.offset > 0 {
			return &Fault{File: f.name(), Err: fmt.Errorf("%w: file", ErrMissing)}
		}
	}
	for id := range found {
		x.known(id, isLog[id])
	}
	return nil
}

// readNew reads the new bytes of one file. It refuses a file that has replaced
// the one it knows.
func (x *directoryIndex) readNew(f *indexed) error {
	there, err := os.Lstat(f.path)
	if err == nil && f.info != nil && os.SameFile(f.info, there) && (there.Size() == f.offset || there.Size() == f.torn) {
		return nil // most have ended long ago
	}
	file, err := openFile(f.path, os.O_RDONLY)
	if isGone(err) && f.offset == 0 {
		return nil // a chain that could not begin
	}
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	switch {
	case err != nil:
		return err
	case f.info != nil && !os.SameFile(f.info, info):
		return damaged("another file is in its place")
	case info.Size() < f.offset:
		return damaged("chain is shorter than it was")
	}
	f.info = info
	if f.isLog {
		return x.readBatches(f, file, info.Size())
	}
	return x.readLines(f, file, info.Size())
}

func (x *directoryIndex) readLines(f *indexed, file *os.File, size int64) error {
	in := bufio.NewReaderSize(io.NewSectionReader(file, f.offset, size-f.offset), maxLine)
	for {
		line, length, err := nextLine(in)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		x.note(f, f.offset, min(length-1, maxLine), entryOf(f.id, 0, line))
		f.offset += int64(length)
	}
}

// readBatches reads a log file. Bytes at its end that are not right are torn, or
// are being written.
func (x *directoryIndex) readBatches(f *indexed, file *os.File, size int64) error {
	in := newBatchReader(file, f.offset, size)
	for {
		b, err := in.next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, errTorn):
			if !in.live {
				f.torn = size
			}
			return nil
		case err != nil:
			return err
		}
		if !b.right {
			x.damages = append(x.damages, &Fault{File: f.name(), Err: damaged("%d bytes at %d are no batch that was written", b.size, b.offset)})
		}
		x.take(f, b.pieces, b.lines)
		f.offset = b.offset + b.size
	}
}

// take indexes the blocks of a batch.
func (x *directoryIndex) take(f *indexed, pieces []placedPiece, lines []placedLine) {
	for _, p := range pieces {
		o := x.logged[p.object]
		if o == nil {
			o = new(loggedObject)
			x.logged[p.object] = o
		}
		o.ended = o.ended || p.last
		if p.object.Kind == KindRecovery && isBeingRemoved(p.bytes) && !isRemoved(p.bytes) {
			x.halves = append(x.halves, p.object)
		}
		o.pieces = append(o.pieces, pieceAt{in: f, offset: p.offset, length: int32(p.length), number: int32(p.number), last: p.last})
	}
	for _, l := range lines {
		e := l.entry
		if e.Event == "" {
			e = entryOf(f.id, 0, e.Line)
		}
		x.note(f, l.offset, l.length, e)
	}
}

// appended takes a durable batch that this process has appended, so that it need
// not be read.
func (x *directoryIndex) appended(id string, from, to int64, b *batchBuilder) {
	x.mu.Lock()
	defer x.mu.Unlock()
	f := x.known(id, true)
	if f.offset == from {
		x.take(f, b.pieces, b.lines)
		f.offset = to
	}
	f.synced, f.named = to, true
}

// object returns what the log files contain of an object, its pieces in order,
// or nil. For an object that has not ended it reads them again.
func (x *directoryIndex) object(o Object) (*loggedObject, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	found := x.logged[o]
	if found == nil || !found.ended {
		if err := x.refresh(); err != nil {
			return nil, err
		}
		found = x.logged[o]
	}
	if found == nil {
		return nil, nil
	}
	pieces := slices.Clone(found.pieces)
	slices.SortStableFunc(pieces, func(a, b pieceAt) int { return cmp.Compare(a.number, b.number) })
	return &loggedObject{pieces: pieces, ended: found.ended}, nil
}

// has reports whether an object is in the log files that were read.
func (x *directoryIndex) has(o Object) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.logged[o] != nil
}

// objects lists the objects of one kind that were not removed.
func (x *directoryIndex) objects(kind Kind) (found []Object, err error) {
	x.mu.Lock()
	if err := x.refresh(); err != nil {
		x.mu.Unlock()
		return nil, err
	}
	there := make(map[Object][]pieceAt)
	for o, logged := range x.logged {
		if o.Kind == kind && len(logged.pieces) > 0 {
			there[o] = logged.pieces // which nothing changes: others are only appended
		}
	}
	x.mu.Unlock()
	for o, pieces := range there {
		in, err := openPieces(pieces)
		if isGone(err) {
			continue
		}
		if err == nil {
			_ = in.Close()
		}
		found = append(found, o) // reading it shows what is wrong with it
	}
	return found, nil
}

// removed takes objects out of the index. Their places stay taken.
func (x *directoryIndex) removed(objects []Object) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, o := range objects {
		if x.logged[o] != nil {
			x.logged[o] = &loggedObject{ended: true}
		}
	}
}

// halfRemoved are recovery keys whose removal had begun, but had not ended when
// they were read.
func (x *directoryIndex) halfRemoved() []Object {
	x.mu.Lock()
	defer x.mu.Unlock()
	return slices.Clone(x.halves)
}

// faults is what was found in log files that no entry and no object shows.
func (x *directoryIndex) faults() []*Fault {
	x.mu.Lock()
	defer x.mu.Unlock()
	return slices.Clone(x.damages)
}

// nextLine reads one line without its line feed. For a line that is too long it
// returns only enough to show that. An incomplete last line gives io.EOF.
func nextLine(in *bufio.Reader) (line []byte, length int, err error) {
	for {
		part, err := in.ReadSlice('\n')
		length += len(part)
		if room := maxLine - len(line); room > 0 {
			line = append(line, part[:min(len(part), room)]...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil:
			return nil, length, err
		}
		return bytes.TrimSuffix(line, []byte("\n")), length, nil
	}
}

// note indexes a line by its content. A line that cannot be decoded has no event
// and is found by its place alone.
func (x *directoryIndex) note(f *indexed, offset int64, length int, e Entry) {
	f.lines++
	at := lineAt{in: f, offset: offset, length: length, number: f.lines}
	f.last = at
	if e.About != "" {
		x.about[e.About] = append(x.about[e.About], at)
	}
	if e.Event == eventBegun {
		x.begun[e.TxID] = append(x.begun[e.TxID], at)
	}
}

// update reads new bytes, and reports whether there is any entry.
func (x *directoryIndex) update() (any bool, err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if err := x.refresh(); err != nil {
		return false, err
	}
	for _, f := range x.chains {
		any = any || f.lines > 0
	}
	return any, nil
}

// files are the paths of all chains that are known.
func (x *directoryIndex) files() (paths []string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, id := range x.order {
		paths = append(paths, x.chains[id].path)
	}
	return paths
}

// known returns a chain's file from the index, and adds it if it is new.
func (x *directoryIndex) known(id string, isLog bool) *indexed {
	f := x.chains[id]
	if f == nil {
		path := filepath.Join(x.path, filepath.FromSlash(chainFile(id)))
		if isLog {
			path = filepath.Join(x.path, chainsName, id+logSuffix)
		}
		f = &indexed{id: id, path: path, isLog: isLog}
		x.chains[id] = f
		x.order = append(x.order, id)
		slices.Sort(x.order)
	}
	return f
}

// sync makes durable what any process has appended.
func (x *directoryIndex) sync() error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if err := x.refresh(); err != nil {
		return err
	}
	named := true
	for _, id := range x.order {
		f := x.chains[id]
		if f.offset > f.synced {
			if err := syncPath(f.path); err != nil {
				return err
			}
			f.synced = f.offset
		}
		named = named && (f.named || id == journalChain)
	}
	if named {
		return nil
	}
	if err := syncFolder(filepath.Join(x.path, chainsName)); err != nil {
		return err
	}
	for _, f := range x.chains {
		f.named = true
	}
	return nil
}

func syncPath(path string) error {
	file, err := openFile(path, os.O_RDONLY)
	if err != nil {
		return err
	}
	return cmp.Or(syncFile(file), file.Close())
}

// tips yields the last entry of each chain.
func (x *directoryIndex) tips(ctx context.Context) iter.Seq2[Entry, error] {
	return x.yield(ctx, func() (found []lineAt) {
		for _, id := range x.order {
			if f := x.chains[id]; f.lines > 0 {
				found = append(found, f.last)
			}
		}
		return found
	}, Query{})
}

// entries yields the entries that fit.
func (x *directoryIndex) entries(ctx context.Context, q Query) iter.Seq2[Entry, error] {
	switch {
	case q.About != "":
		return x.yield(ctx, func() []lineAt { return sortedLines(x.about[q.About]) }, q)
	case q.TxID != "":
		return x.yield(ctx, func() []lineAt { return sortedLines(x.begun[q.TxID]) }, q)
	}
	return func(yield func(Entry, error) bool) {
		files, err := x.snapshot(ctx, q)
		if err != nil {
			yield(Entry{}, err)
			return
		}
		for _, f := range files {
			if !f.all(ctx, q, yield) {
				return
			}
		}
	}
}

// snapshot returns the present state of the files that a query needs.
func (x *directoryIndex) snapshot(ctx context.Context, q Query) (files []indexed, err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if err := cmp.Or(context.Cause(ctx), x.refresh()); err != nil {
		return nil, err
	}
	for _, id := range x.order {
		if f := x.chains[id]; f.lines > 0 && (q.Chain == "" || q.Chain == id) {
			files = append(files, *f)
		}
	}
	return files, nil
}

// all yields a file's entries in order. It reports whether the caller wants
// more.
func (f *indexed) all(ctx context.Context, q Query, yield func(Entry, error) bool) bool {
	file, err := openFile(f.path, os.O_RDONLY)
	if err != nil {
		return yield(Entry{}, newFault(f.name(), "", err)) && false
	}
	defer func() { _ = file.Close() }()
	number := uint64(0)
	for line, err := range f.rawLines(file) {
		if err = cmp.Or(context.Cause(ctx), err); err != nil {
			return yield(Entry{}, err) && false
		}
		number++
		e := entryOf(f.id, number, line)
		if number > q.After && (q.Event == "" || q.Event == e.Event) && !yield(e, nil) {
			return false
		}
	}
	return true
}

// rawLines yields the lines of a file, as far as it is indexed.
func (f *indexed) rawLines(file *os.File) iter.Seq2[[]byte, error] {
	if f.isLog {
		return f.batchLines(file)
	}
	return func(yield func([]byte, error) bool) {
		in := bufio.NewReaderSize(io.NewSectionReader(file, 0, f.offset), maxLine)
		for range f.lines {
			line, _, err := nextLine(in)
			if !yield(line, err) || err != nil {
				return
			}
		}
	}
}

func (f *indexed) batchLines(file *os.File) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		in := newBatchReader(file, 0, f.offset)
		for {
			b, err := in.next()
			if errors.Is(err, io.EOF) || errors.Is(err, errTorn) {
				return
			}
			if err != nil {
				yield(nil, err)
				return
			}
			for _, l := range b.lines {
				if !yield(bytes.Clone(l.entry.Line), nil) {
					return
				}
			}
		}
	}
}

// entryOf returns a line in the form that a store gives it.
func entryOf(chain string, number uint64, raw []byte) Entry {
	e := Entry{Chain: chain, Number: number, Line: raw}
	if l, err := decodeLine(raw); err == nil {
		e.Event, e.About, e.TxID = l.Event, l.about(), l.TxID
	}
	return e
}

func sortedLines(lines []lineAt) []lineAt {
	lines = slices.Clone(lines)
	slices.SortFunc(lines, func(a, b lineAt) int {
		return cmp.Or(strings.Compare(a.in.id, b.in.id), cmp.Compare(a.number, b.number))
	})
	return lines
}

// yield yields the lines that find finds.
func (x *directoryIndex) yield(ctx context.Context, find func() []lineAt, q Query) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		x.mu.Lock()
		err := cmp.Or(context.Cause(ctx), x.refresh())
		var found []lineAt
		if err == nil {
			found = find()
		}
		x.mu.Unlock()
		if err != nil {
			yield(Entry{}, err)
			return
		}
		for _, at := range found {
			e, err := at.read()
			if err != nil {
				yield(Entry{}, newFault(at.in.name(), "", err))
				return
			}
			fits := (q.Chain == "" || q.Chain == e.Chain) && e.Number > q.After && (q.Event == "" || q.Event == e.Event) &&
				(q.About == "" || q.About == e.About) && (q.TxID == "" || q.TxID == e.TxID)
			if fits && !yield(e, nil) {
				return
			}
		}
	}
}

func (at lineAt) read() (Entry, error) {
	file, err := openFile(at.in.path, os.O_RDONLY)
	if err != nil {
		return Entry{}, err
	}
	defer func() { _ = file.Close() }()
	raw := make([]byte, at.length)
	if _, err := file.ReadAt(raw, at.offset); err != nil {
		return Entry{}, damaged("chain is shorter than it was")
	}
	return entryOf(at.in.id, at.number, raw), nil
}
