package evidence

import (
	"context"
	"fmt"
	"strconv"

	"golang.org/x/mod/sumdb/tlog"
)

// Known is what an auditor knows from elsewhere: a [Head] or a [Checkpoint]
// that was kept in a place that those who can write the store cannot change,
// the [CheckpointKey] with which all checkpoints in the store must be signed, or
// the time stamping authorities that are trusted ([StampedBy]).
type Known interface {
	holdTo(v *verification)
}

// holdTo looks for the head in its chain.
func (h Head) holdTo(v *verification) {
	if !v.ledger.has(h) {
		v.fault(v.ledger.file(h.Chain), "", fmt.Errorf("%w: there is no head %s", ErrCutTail, h))
	}
}

// holdTo looks for the checkpoint in the store.
func (c Checkpoint) holdTo(v *verification) {
	file := Object{KindCheckpoint, checkpointID(c.Number)}.file()
	at, found := v.checkpoints[c.Number]
	switch {
	case !found:
		v.fault(file, "", fmt.Errorf("%w: checkpoint %d, which covers %d entries, is not there", ErrCutTail, c.Number, c.Size))
	case at.Size != c.Size || at.Root != c.Root || at.Origin != c.Origin:
		v.fault(file, "", damaged("checkpoint %d is another than the one that is known", c.Number))
	}
}

// holdTo checks the signatures of all checkpoints.
func (k CheckpointKey) holdTo(v *verification) {
	for number, c := range v.checkpoints {
		if _, err := k.Open(c.Note); err != nil {
			v.fault(Object{KindCheckpoint, checkpointID(number)}.file(), "", err)
		}
	}
	v.report.Signed = true
}

// readCheckpoints reads all checkpoints of the store.
func (v *verification) readCheckpoints() error {
	v.checkpoints = make(map[uint64]Checkpoint)
	for o, err := range v.archive.store.Objects(v.ctx, KindCheckpoint) {
		if err != nil {
			return err
		}
		number, err := strconv.ParseUint(o.ID, 10, 64)
		if err != nil || checkpointID(number) != o.ID {
			v.fault(o.file(), "", fmt.Errorf("%w: no name of a checkpoint", ErrExtra))
			continue
		}
		v.highest = max(v.highest, number)
		c, err := readCheckpoint(v.ctx, v.archive.store, number)
		if ended := context.Cause(v.ctx); ended != nil {
			return ended
		}
		if err != nil {
			v.report.Faults = append(v.report.Faults, faultOf(o.file(), err))
			continue
		}
		v.checkpoints[number] = c
		v.report.Checkpoints++
	}
	return nil
}

// checkCheckpoints makes the tree of all checkpoints again from the entries.
// Each checkpoint must contain the root of that tree, so each continues the one
// before. After a checkpoint that is not right, no later one can be made again.
func (v *verification) checkCheckpoints() {
	b := newTreeBuilder(v.ledger)
	for number := uint64(1); number <= v.highest; number++ {
		file := Object{KindCheckpoint, checkpointID(number)}.file()
		c, found := v.checkpoints[number]
		if !found {
			v.fault(file, "", fmt.Errorf("%w: checkpoint %d of %d cannot be read", ErrMissing, number, v.highest))
			return
		}
		if err := b.goOn(c); err != nil {
			v.fault(file, "", err)
			return
		}
		v.right, v.report.Covered = number, c.Size
	}
}

// treeBuilder makes the tree of a store from its ledger.
type treeBuilder struct {
	ledger *ledger
	tree   *tree
	counts map[string]uint64
	places map[Head]int64 // of leaves; nil where no proof is wanted
}

func newTreeBuilder(l *ledger) *treeBuilder {
	return &treeBuilder{ledger: l, tree: &tree{hashes: make(map[int64]tlog.Hash)}, counts: make(map[string]uint64)}
}

// goOn adds the entries that a checkpoint covers beyond the one before it, and
// compares the roots.
func (b *treeBuilder) goOn(c Checkpoint) error {
	for _, id := range sortedKeys(c.counts) {
		of := b.ledger.chains[id]
		for number := b.counts[id] + 1; number <= c.counts[id]; number++ {
			var digest [32]byte
			found := false
			if of != nil {
				digest, found = of.digests[number]
			}
			if !found {
				return fmt.Errorf("%w: %s has no entry %d, which the checkpoint covers", ErrCutTail, b.ledger.file(id), number)
			}
			leaf := Head{Chain: id, Entries: number, Digest: digest}
			if b.places != nil {
				b.places[leaf] = b.tree.size
			}
			if err := b.tree.add(leaf); err != nil {
				return err
			}
		}
		b.counts[id] = max(b.counts[id], c.counts[id])
	}
	if b.tree.size != c.Size {
		return damaged("checkpoint covers %d entries and says %d", b.tree.size, c.Size)
	}
	root, err := b.tree.root()
	if err != nil {
		return err
	}
	if root != tlog.Hash(c.Root) {
		return damaged("entries are other than those that the checkpoint covers")
	}
	return nil
}

// Proof shows, to a person who has nothing of the store but a checkpoint, that
// an entry is among those that the checkpoint covers.
type Proof struct {
	Leaf  Head // the head that the entry makes
	Place int64
	Path  [][32]byte
}

// Check checks the proof against a checkpoint. The error is [ErrDamaged].
func (p Proof) Check(c Checkpoint) error {
	path := make(tlog.RecordProof, len(p.Path))
	for i, hash := range p.Path {
		path[i] = hash
	}
	if tlog.CheckRecord(path, c.Size, c.Root, p.Place, tlog.RecordHash([]byte(p.Leaf.String()))) != nil {
		return damaged("the proof does not lead to the checkpoint")
	}
	return nil
}

// Consistency shows that a checkpoint covers all that an older one covers, in the
// same order.
type Consistency struct{ Path [][32]byte }

// Check checks the consistency of the two. The error is [ErrDamaged].
func (p Consistency) Check(older, newer Checkpoint) error {
	path := make(tlog.TreeProof, len(p.Path))
	for i, hash := range p.Path {
		path[i] = hash
	}
	if older.Size > newer.Size || tlog.CheckTree(path, newer.Size, newer.Root, older.Size, older.Root) != nil {
		return damaged("the newer checkpoint does not go on from the older")
	}
	return nil
}

// treeOf makes the tree of all checkpoints up to a number.
func (a *Archive) treeOf(ctx context.Context, number uint64) (*treeBuilder, error) {
	l, err := a.ledger(ctx)
	if err != nil {
		return nil, err
	}
	b := newTreeBuilder(l)
	b.places = make(map[Head]int64)
	for n := uint64(1); n <= number; n++ {
		c, err := readCheckpoint(ctx, a.store, n)
		if err != nil {
			return nil, newFault(Object{KindCheckpoint, checkpointID(n)}.file(), "", err)
		}
		if err := b.goOn(c); err != nil {
			return nil, newFault(Object{KindCheckpoint, checkpointID(n)}.file(), "", err)
		}
	}
	return b, nil
}

// Prove returns the proof that a checkpoint of the store covers the end of a
// record, with the digest of its whole file. It fails with [ErrNotFound] where
// the checkpoint is older than the record's end. It reads all chains.
func (a *Archive) Prove(ctx context.Context, id string, c Checkpoint) (Proof, error) {
	b, err := a.treeOf(ctx, c.Number)
	if err != nil {
		return Proof{}, err
	}
	of := b.ledger.records[id]
	if of == nil || of.ended == nil {
		return Proof{}, ErrNotFound
	}
	leaf := Head{Chain: of.ended.in, Entries: of.ended.Seq, Digest: b.ledger.chains[of.ended.in].digests[of.ended.Seq]}
	place, covered := b.places[leaf]
	if !covered {
		return Proof{}, ErrNotFound
	}
	path, err := tlog.ProveRecord(b.tree.size, place, b.tree)
	if err != nil {
		return Proof{}, err
	}
	p := Proof{Leaf: leaf, Place: place, Path: bytesOf(path)}
	return p, p.Check(c)
}

// ProveConsistency returns the proof that a checkpoint of the store continues
// an older one. It reads all chains.
func (a *Archive) ProveConsistency(ctx context.Context, older, newer Checkpoint) (Consistency, error) {
	b, err := a.treeOf(ctx, newer.Number)
	if err != nil {
		return Consistency{}, err
	}
	if older.Size < 1 || older.Size > b.tree.size {
		return Consistency{}, ErrNotFound
	}
	path, err := tlog.ProveTree(b.tree.size, older.Size, b.tree)
	if err != nil {
		return Consistency{}, err
	}
	p := Consistency{Path: bytesOf(path)}
	return p, p.Check(older, newer)
}

func bytesOf[P ~[]tlog.Hash](path P) [][32]byte {
	raw := make([][32]byte, len(path))
	for i, hash := range path {
		raw[i] = hash
	}
	return raw
}
