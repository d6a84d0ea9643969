package evidence

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"
)

// commits adds entries to a chain of the log's own. Entries that wait for each
// other share one commit.
type commits struct {
	store Store
	key   Key

	mu     sync.Mutex // over all that follows
	queue  []*pending
	busy   bool          // one goroutine commits
	idle   chan struct{} // closed when it has ended
	closed bool

	// The following belong to the goroutine that commits.
	head    Head   // of the chain; without entries where the next commit begins one
	links   []Head // what the next chain's beginning names
	refused error  // nothing is added after this
}

// pending is an entry that waits to be committed, with its pieces.
type pending struct {
	pieces []Piece
	entry  entry
	done   chan error // its result, once it was taken from the queue
}

// commitLimit bounds one commit, and every other operation without a context. A
// call may wait for another commit, for its own and for endLimit, which
// together take less than the 30 s that a [kakaocert.Sink] has.
const commitLimit = 10 * time.Second

var errSlow = errors.New("evidence: the store did not answer in 10 s")

// limited returns the context for operations without one.
func limited() (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(context.Background(), commitLimit, errSlow)
}

// submit commits an entry with its pieces, together with all others that wait
// meanwhile. An entry whose context ends before its turn is not committed.
func (c *commits) submit(ctx context.Context, e entry, pieces ...Piece) error {
	p := &pending{pieces: pieces, entry: e, done: make(chan error, 1)}
	if err := c.enqueue(p); err != nil {
		return err
	}
	select {
	case err := <-p.done:
		return err
	case <-ctx.Done():
		return c.withdraw(p, context.Cause(ctx))
	}
}

func (c *commits) enqueue(p *pending) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return os.ErrClosed
	}
	c.queue = append(c.queue, p)
	if !c.busy {
		c.busy, c.idle = true, make(chan struct{})
		go c.drain()
	}
	return nil
}

// withdraw takes an entry out of the queue. For an entry that is being
// committed, the commit decides.
func (c *commits) withdraw(p *pending, cause error) error {
	c.mu.Lock()
	at := slices.Index(c.queue, p)
	if at >= 0 {
		c.queue = slices.Delete(c.queue, at, at+1)
	}
	c.mu.Unlock()
	if at >= 0 {
		return cause
	}
	return <-p.done
}

// close waits for submitted entries, and takes no more.
func (c *commits) close() {
	c.mu.Lock()
	c.closed = true
	idle := c.idle
	c.mu.Unlock()
	if idle != nil {
		<-idle
	}
}

// maxShared bounds the entries of one commit, and maxSharedBytes the pieces.
const (
	maxShared      = 64
	maxSharedBytes = 512 << 10
)

// shared is how many of those that wait share the next commit.
func (c *commits) shared() (count int) {
	size := 0
	for _, p := range c.queue[:min(len(c.queue), maxShared)] {
		for _, piece := range p.pieces {
			size += len(piece.Bytes)
		}
		if size > maxSharedBytes && count > 0 {
			break
		}
		count++
	}
	return count
}

// drain commits until the queue is empty.
func (c *commits) drain() {
	for {
		c.mu.Lock()
		count := c.shared()
		batch := slices.Clone(c.queue[:count])
		c.queue = slices.Delete(c.queue, 0, count)
		if count == 0 {
			c.busy = false
			close(c.idle)
		}
		c.mu.Unlock()
		if count == 0 {
			return
		}
		err := c.commit(batch)
		if err != nil && count > 1 {
			// One entry may be at fault, and the others must not suffer from it.
			for _, p := range batch {
				p.done <- c.retry(p, err)
			}
			continue
		}
		for _, p := range batch {
			p.done <- err
		}
	}
}

// retry commits an entry by itself after a shared commit that kept nothing.
func (c *commits) retry(p *pending, shared error) error {
	if !errors.Is(shared, ErrExists) {
		return shared
	}
	return c.commit([]*pending{p})
}

func (c *commits) commit(batch []*pending) error {
	if c.refused != nil {
		return c.refused
	}
	b, head, err := c.encode(batch)
	if err != nil {
		return err
	}
	ctx, cancel := limited()
	defer cancel()
	err = c.store.Commit(ctx, b)
	if errors.Is(err, errLeft) && c.head.Entries > 0 {
		_ = c.failed(err)
		return c.commit(batch) // in another chain
	}
	if err != nil {
		return c.failed(err)
	}
	c.head, c.links = head, nil
	return nil
}

// failed leaves a chain in which the next places may be taken already. Later
// entries begin another chain, which names the last certain head of this one.
// If the chain differs from what this log left, the log ends.
func (c *commits) failed(err error) error {
	if _, fault := errors.AsType[*Fault](err); fault {
		c.refused = err
		return err
	}
	if c.head.Entries > 0 {
		c.links = []Head{c.head}
		c.head = Head{}
	}
	return err
}

// encode gives the entries their places in the chain.
func (c *commits) encode(batch []*pending) (b Batch, head Head, err error) {
	head = c.head
	add := func(e entry) error {
		line, next, err := e.encode(head, c.key)
		if err != nil {
			return err
		}
		b.Entries, head = append(b.Entries, e.stored(next, line)), next
		return nil
	}
	if head.Entries == 0 {
		head = Head{Chain: newID(time.Now())}
		err = add(entry{Event: eventOpened, Version: formatVersion, Chain: head.Chain})
		for _, link := range c.links {
			err = errors.Join(err, add(entry{Event: eventLinked, Chain: link.Chain, Head: link.place()}))
		}
	}
	for _, p := range batch {
		err = errors.Join(err, add(p.entry))
		b.Pieces = append(b.Pieces, p.pieces...)
	}
	if err != nil {
		return Batch{}, Head{}, fmt.Errorf("evidence: entry cannot be written: %w", err)
	}
	return b, head, nil
}
