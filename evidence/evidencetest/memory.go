package evidencetest

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"maps"
	"slices"
	"sync"

	"github.com/kakaocert-go/kakaocert/evidence"
)

// Memory is an [evidence.Store] for tests: it ends with its process.
//
//	log, err := evidence.NewLog(ctx, evidencetest.NewMemory(), key)
//
// All logs on one Memory share it, as processes share a database.
type Memory struct {
	mu      sync.Mutex
	entries map[string][]evidence.Entry // by chain
	objects map[evidence.Object]*memoryObject
	dead    map[string]bool // chains whose writers were killed
	fault   func(op string) error
}

type memoryObject struct {
	pieces [][]byte
	ended  bool
	chain  string // that was committed with its first piece
}

var _ evidence.Store = (*Memory)(nil)

// NewMemory returns an empty store.
func NewMemory() *Memory {
	return &Memory{
		entries: make(map[string][]evidence.Entry), objects: make(map[evidence.Object]*memoryObject), dead: make(map[string]bool),
	}
}

// Fail makes every later call fail with the error that fault returns for it,
// unless that is nil. The operation is the method's name: "Commit", "Read". A
// failed call has no effect. A nil fault repairs the store.
func (m *Memory) Fail(fault func(op string) error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fault = fault
}

// Kill ends all writers that have written so far, as the death of their
// processes does: nothing that they commit later is kept, and the objects that
// they had begun have no live writer. A log that is opened afterwards can
// write.
func (m *Memory) Kill() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for chain := range m.entries {
		m.dead[chain] = true
	}
	for _, o := range m.objects {
		if !o.ended {
			o.ended = true
		}
	}
}

// Copy returns a store with the present contents, as a backup does. The copy
// has no live writers.
func (m *Memory) Copy() *Memory {
	m.mu.Lock()
	defer m.mu.Unlock()
	c := NewMemory()
	for chain, entries := range m.entries {
		c.entries[chain] = slices.Clone(entries)
		c.dead[chain] = true
	}
	for name, o := range m.objects {
		c.objects[name] = &memoryObject{pieces: slices.Clone(o.pieces), ended: true, chain: o.chain}
	}
	return c
}

// begin checks context and fault. It is called with the lock.
func (m *Memory) begin(ctx context.Context, op string) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	if m.fault == nil {
		return nil
	}
	return m.fault(op)
}

// Commit keeps a batch as a whole or not at all.
func (m *Memory) Commit(ctx context.Context, b evidence.Batch) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.begin(ctx, "Commit"); err != nil {
		return err
	}
	chain := ""
	for i, e := range b.Entries {
		chain = b.Entries[0].Chain
		if m.dead[chain] {
			return fmt.Errorf("%w: the chain's writer was killed", evidence.ErrExists)
		}
		if e.Chain != chain || e.Number != uint64(len(m.entries[chain])+i+1) {
			return fmt.Errorf("%w: entry %d of a chain with %d", evidence.ErrExists, e.Number, len(m.entries[chain]))
		}
	}
	if err := m.fits(b.Pieces); err != nil {
		return err
	}
	for _, p := range b.Pieces {
		if p.Number == 0 {
			m.objects[p.Object] = &memoryObject{chain: chain}
		}
		o := m.objects[p.Object]
		o.pieces, o.ended = append(o.pieces, bytes.Clone(p.Bytes)), p.Last
	}
	for _, e := range b.Entries {
		e.Line = bytes.Clone(e.Line)
		m.entries[chain] = append(m.entries[chain], e)
	}
	return nil
}

// fits refuses pieces out of place.
func (m *Memory) fits(pieces []evidence.Piece) error {
	next, ended := make(map[evidence.Object]int), make(map[evidence.Object]bool)
	for _, p := range pieces {
		if o := m.objects[p.Object]; o != nil && next[p.Object] == 0 {
			next[p.Object], ended[p.Object] = len(o.pieces), o.ended
		}
		if p.Number != next[p.Object] || ended[p.Object] {
			return fmt.Errorf("%w: piece %d of a %s with %d", evidence.ErrExists, p.Number, p.Object.Kind, next[p.Object])
		}
		next[p.Object], ended[p.Object] = p.Number+1, p.Last
	}
	return nil
}

// Fence ends an object.
func (m *Memory) Fence(ctx context.Context, o evidence.Object) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.begin(ctx, "Fence"); err != nil {
		return err
	}
	if there := m.objects[o]; there != nil {
		there.ended = true
	}
	return nil
}

// Remove takes objects away.
func (m *Memory) Remove(ctx context.Context, objects ...evidence.Object) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.begin(ctx, "Remove"); err != nil {
		return err
	}
	for _, o := range objects {
		delete(m.objects, o)
	}
	return nil
}

// Entries yields the entries that fit.
func (m *Memory) Entries(ctx context.Context, q evidence.Query) iter.Seq2[evidence.Entry, error] {
	return m.yield(ctx, "Entries", func() (found []evidence.Entry) {
		for _, chain := range slices.Sorted(maps.Keys(m.entries)) {
			for _, e := range m.entries[chain] {
				if fitsQuery(e, q) {
					found = append(found, e)
				}
			}
		}
		return found
	})
}

func fitsQuery(e evidence.Entry, q evidence.Query) bool {
	return (q.Chain == "" || e.Chain == q.Chain) && e.Number > q.After && (q.Event == "" || e.Event == q.Event) &&
		(q.About == "" || e.About == q.About) && (q.TxID == "" || e.TxID == q.TxID)
}

// Tips yields the last entry of each chain.
func (m *Memory) Tips(ctx context.Context) iter.Seq2[evidence.Entry, error] {
	return m.yield(ctx, "Tips", func() (found []evidence.Entry) {
		for _, chain := range slices.Sorted(maps.Keys(m.entries)) {
			if entries := m.entries[chain]; len(entries) > 0 {
				found = append(found, entries[len(entries)-1])
			}
		}
		return found
	})
}

// yield yields what find finds now.
func (m *Memory) yield(ctx context.Context, op string, find func() []evidence.Entry) iter.Seq2[evidence.Entry, error] {
	return func(yield func(evidence.Entry, error) bool) {
		m.mu.Lock()
		err := m.begin(ctx, op)
		var found []evidence.Entry
		if err == nil {
			found = find()
		}
		m.mu.Unlock()
		if err != nil {
			yield(evidence.Entry{}, err)
			return
		}
		for _, e := range found {
			e.Line = bytes.Clone(e.Line)
			if !yield(e, nil) {
				return
			}
		}
	}
}

// Objects yields the objects of one kind.
func (m *Memory) Objects(ctx context.Context, kind evidence.Kind) iter.Seq2[evidence.Object, error] {
	return func(yield func(evidence.Object, error) bool) {
		m.mu.Lock()
		err := m.begin(ctx, "Objects")
		var found []evidence.Object
		for o := range m.objects {
			if o.Kind == kind {
				found = append(found, o)
			}
		}
		m.mu.Unlock()
		if err != nil {
			yield(evidence.Object{}, err)
			return
		}
		slices.SortFunc(found, func(a, b evidence.Object) int { return cmp.Compare(a.ID, b.ID) })
		for _, o := range found {
			if !yield(o, nil) {
				return
			}
		}
	}
}

// Read gives an object's bytes.
func (m *Memory) Read(ctx context.Context, o evidence.Object) (io.ReadCloser, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.begin(ctx, "Read"); err != nil {
		return nil, err
	}
	there := m.objects[o]
	if there == nil {
		return nil, fmt.Errorf("%s %s: %w", o.Kind, o.ID, fs.ErrNotExist)
	}
	return io.NopCloser(bytes.NewReader(bytes.Join(there.pieces, nil))), nil
}

// Live reports whether an object has not ended, and its chain's writer was not
// killed.
func (m *Memory) Live(ctx context.Context, o evidence.Object) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.begin(ctx, "Live"); err != nil {
		return false, err
	}
	there := m.objects[o]
	return there != nil && !there.ended && !m.dead[there.chain], nil
}

// Edit lets change modify the contents, to spoil the store for a test: the
// entries of each chain and the bytes of each object. The contents of the maps
// after change are the contents of the store from then on.
func (m *Memory) Edit(change func(chains map[string][]evidence.Entry, objects map[evidence.Object][]byte)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	objects := make(map[evidence.Object][]byte, len(m.objects))
	for name, o := range m.objects {
		objects[name] = bytes.Join(o.pieces, nil)
	}
	change(m.entries, objects)
	maps.DeleteFunc(m.objects, func(name evidence.Object, _ *memoryObject) bool { _, kept := objects[name]; return !kept })
	for name, content := range objects {
		o := m.objects[name]
		if o == nil {
			o = &memoryObject{ended: true}
			m.objects[name] = o
		}
		if !bytes.Equal(bytes.Join(o.pieces, nil), content) {
			o.pieces = [][]byte{content}
		}
	}
}
