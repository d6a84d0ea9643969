package evidence

import (
	"cmp"
	"context"
	"crypto"
	"errors"
	"io"
	"maps"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/kakaocert-go/kakaocert"
)

// Checkpointer makes the checkpoints of a store. Let one process make one every
// minute. Further processes that make checkpoints slow each other down, but do
// no harm.
type Checkpointer struct {
	store  Store
	origin string
	signer note.Signer

	mu     sync.Mutex
	last   Checkpoint
	counts map[string]uint64 // entries that are covered, by chain
	stamps stamping
}

// NewCheckpointer takes the store, a name for it, which is in every checkpoint,
// and the signing key: Ed25519 or ECDSA. The signer may use a key in a KMS or
// an HSM. It must not be the writers' own key.
func NewCheckpointer(store Store, origin string, signer crypto.Signer, options ...CheckpointOption) (*Checkpointer, error) {
	if store == nil || signer == nil {
		return nil, &kakaocert.ArgumentError{Field: "Checkpointer", Reason: "must have a store and a signer"}
	}
	key, err := NewCheckpointKey(origin, signer.Public())
	if err != nil {
		return nil, err
	}
	c := &Checkpointer{store: store, origin: origin, signer: checkpointSigner{key.verifier, signer}, counts: make(map[string]uint64)}
	for _, option := range options {
		if option == nil {
			return nil, &kakaocert.ArgumentError{Field: "CheckpointOption", Reason: "must not be nil"}
		}
		if err := option(c); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// Checkpointer makes checkpoints of the log's own store, as [NewCheckpointer] does.
func (l *Log) Checkpointer(origin string, signer crypto.Signer, options ...CheckpointOption) (*Checkpointer, error) {
	return NewCheckpointer(l.store, origin, signer, options...)
}

// maxChains bounds how many chains one checkpoint names. The next checkpoint
// names the others.
const maxChains = 5000

// Make makes a checkpoint over all entries, keeps it in the store, and returns
// it. It covers a damaged chain up to the damage, and then returns the
// checkpoint together with a [*Fault]: audit the store. Without an entry since
// the last checkpoint it returns that one, and in a store without entries the
// zero Checkpoint. The first call reads all earlier checkpoints, each later
// call only what is new.
//
// With [WithStamps] it also stamps the checkpoint when that is due. If the
// authority gives no stamp, Make returns the checkpoint together with a
// [*StampError]: let nothing wait for it, but report it.
func (c *Checkpointer) Make(ctx context.Context) (Checkpoint, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	damage, err := c.make(ctx)
	if err != nil {
		return Checkpoint{}, err
	}
	return c.last, errors.Join(damage, c.stamp(ctx))
}

// make makes a checkpoint, where there is something new for one.
func (c *Checkpointer) make(ctx context.Context) (damage, err error) {
	for {
		if err := c.catchUp(ctx); err != nil {
			return nil, err
		}
		if err := syncStore(ctx, c.store); err != nil { // what it covers must not be lost in a power cut
			return nil, err
		}
		next, more, damage, err := c.next(ctx)
		if err != nil {
			return nil, err
		}
		if next.Size == c.last.Size {
			return damage, nil
		}
		object := Object{KindCheckpoint, checkpointID(next.Number)}
		err = c.store.Commit(ctx, Batch{Pieces: []Piece{{Object: object, Bytes: next.Note, Last: true}}})
		switch {
		case errors.Is(err, ErrExists):
			continue // another process was faster: continue after its checkpoint
		case err != nil:
			return nil, err
		}
		c.take(next)
		if !more {
			return damage, nil
		}
	}
}

// catchUp reads the checkpoints that it has not read yet.
func (c *Checkpointer) catchUp(ctx context.Context) error {
	for {
		next, err := readCheckpoint(ctx, c.store, c.last.Number+1)
		if isGone(err) {
			return nil
		}
		if err != nil {
			return err
		}
		c.take(next)
	}
}

func (c *Checkpointer) take(next Checkpoint) {
	c.last = next
	maps.Copy(c.counts, next.counts)
}

func readCheckpoint(ctx context.Context, store StoreReader, number uint64) (Checkpoint, error) {
	o := Object{KindCheckpoint, checkpointID(number)}
	in, err := store.Read(ctx, o)
	if err != nil {
		return Checkpoint{}, err
	}
	defer func() { _ = in.Close() }()
	signed, err := io.ReadAll(in)
	if err != nil {
		return Checkpoint{}, err
	}
	c, err := ParseCheckpoint(signed)
	if err == nil && c.Number != number {
		err = damaged("checkpoint has another number than its name")
	}
	if err != nil {
		return Checkpoint{}, &Fault{File: o.file(), Err: err}
	}
	return c, nil
}

// next makes the checkpoint over the present entries. Its tree is that of the
// last checkpoint where nothing is new.
func (c *Checkpointer) next(ctx context.Context) (next Checkpoint, more bool, damage, err error) {
	t := treeAt(c.last)
	next = Checkpoint{Origin: c.origin, Number: c.last.Number + 1, At: time.Now().UTC().Truncate(time.Second), counts: make(map[string]uint64)}
	for tip, err := range c.store.Tips(ctx) {
		if err != nil {
			return next, false, nil, err
		}
		if tip.Number <= c.counts[tip.Chain] {
			continue
		}
		if len(next.counts) == maxChains {
			more = true
			break
		}
		count, err := c.addChain(ctx, t, tip)
		if _, isDamage := errors.AsType[*Fault](err); err != nil && !isDamage {
			return next, false, nil, err
		}
		damage = cmp.Or(damage, err)
		if count > c.counts[tip.Chain] {
			next.counts[tip.Chain] = count
		}
	}
	if next.Size = t.size; t.size == c.last.Size {
		return next, false, damage, nil
	}
	root, rootErr := t.root()
	next.Root = root
	edges, edgeErr := t.edge()
	next.edges = edges
	signed, signErr := note.Sign(&note.Note{Text: next.text()}, c.signer)
	next.Note = signed
	return next, more, damage, cmp.Or(rootErr, edgeErr, signErr)
}

// addChain adds a chain's new entries up to a tip. It refuses a gap: a
// checkpoint must not cover an incomplete chain.
func (c *Checkpointer) addChain(ctx context.Context, t *tree, tip Entry) (count uint64, err error) {
	count = c.counts[tip.Chain]
	for e, err := range c.store.Entries(ctx, Query{Chain: tip.Chain, After: count}) {
		if err != nil {
			return count, err
		}
		if e.Number > tip.Number {
			break
		}
		l, err := decodeLine(e.Line)
		if err == nil && l.Seq != count+1 {
			err = damaged("entry %d comes after entry %d", l.Seq, count)
		}
		if err != nil {
			return count, &Fault{File: chainFileIn(c.store, e.Chain), Err: err}
		}
		count++
		if err := t.add(Head{Chain: e.Chain, Entries: count, Digest: l.digest}); err != nil {
			return count, err
		}
	}
	return count, nil
}
