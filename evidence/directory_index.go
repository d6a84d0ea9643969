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

// directoryIndex finds entries in the files of chains. It remembers what it has
// read, and reads only new bytes when it is asked.
type directoryIndex struct {
	path string

	mu     sync.Mutex // over all that follows
	chains map[string]*indexed
	order  []string            // IDs of the chains, sorted
	about  map[string][]lineAt // by what entries are about
	begun  map[string][]lineAt // begins of records, by transaction
}

// indexed is one chain's file as far as it was read.
type indexed struct {
	id     string
	path   string
	info   os.FileInfo
	offset int64 // of what was read: whole lines
	lines  uint64
	last   lineAt
	synced int64 // all before it is durable
	named  bool  // and so is its name
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
		about: make(map[string][]lineAt), begun: make(map[string][]lineAt),
	}
}

// refresh reads what was appended. It is called with the lock.
func (x *directoryIndex) refresh() error {
	if err := x.find(); err != nil {
		return err
	}
	for _, id := range x.order {
		if err := x.read(x.chains[id]); err != nil {
			return &Fault{File: chainFile(id), Err: err}
		}
	}
	return nil
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
	for _, e := range entries {
		id, ok := strings.CutSuffix(e.Name(), ".chain")
		if ok && isID(id) { // an audit reports others
			found[id] = true
		}
	}
	for id := range x.chains {
		if !found[id] && x.chains[id].lines > 0 {
			return &Fault{File: chainFile(id), Err: fmt.Errorf("%w: file", ErrMissing)}
		}
	}
	for id := range found {
		x.known(id)
	}
	return nil
}

// read reads the new bytes of one file. It refuses a file that has replaced the
// one it knows.
func (x *directoryIndex) read(f *indexed) error {
	if there, err := os.Lstat(f.path); err == nil && f.info != nil && os.SameFile(f.info, there) && there.Size() == f.offset {
		return nil // most have ended long ago
	}
	file, err := openFile(f.path, os.O_RDONLY)
	if isGone(err) && f.lines == 0 {
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
	case info.Size() == f.offset:
		return nil
	}
	f.info = info
	in := bufio.NewReaderSize(io.NewSectionReader(file, f.offset, info.Size()-f.offset), maxLine)
	for {
		line, length, err := nextLine(in)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		f.lines++
		f.last = lineAt{in: f, offset: f.offset, length: min(length-1, maxLine), number: f.lines}
		f.offset += int64(length)
		x.note(line, f.last)
	}
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

// note indexes a line by its content. A line that cannot be decoded is not
// indexed.
func (x *directoryIndex) note(raw []byte, at lineAt) {
	l, err := decodeLine(raw)
	if err != nil {
		return
	}
	if about := l.about(); about != "" {
		x.about[about] = append(x.about[about], at)
	}
	if l.Event == eventBegun {
		x.begun[l.TxID] = append(x.begun[l.TxID], at)
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

// durable records that a chain is durable up to a size.
func (x *directoryIndex) durable(id string, size int64) {
	x.mu.Lock()
	defer x.mu.Unlock()
	f := x.known(id)
	f.synced, f.named = size, true
}

// known returns a chain's file from the index, and adds it if it is new.
func (x *directoryIndex) known(id string) *indexed {
	f := x.chains[id]
	if f == nil {
		f = &indexed{id: id, path: filepath.Join(x.path, filepath.FromSlash(chainFile(id)))}
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
		return yield(Entry{}, newFault(chainFile(f.id), "", err)) && false
	}
	defer func() { _ = file.Close() }()
	in := bufio.NewReaderSize(io.NewSectionReader(file, 0, f.offset), maxLine)
	for number := uint64(1); number <= f.lines; number++ {
		line, _, err := nextLine(in)
		if err = cmp.Or(context.Cause(ctx), err); err != nil {
			return yield(Entry{}, err) && false
		}
		e := entryOf(f.id, number, line)
		if number > q.After && (q.Event == "" || q.Event == e.Event) && !yield(e, nil) {
			return false
		}
	}
	return true
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
				yield(Entry{}, newFault(chainFile(at.in.id), "", err))
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
