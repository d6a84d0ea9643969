package fetcher

import (
	"container/list"
	"context"
	"sync"
	"time"

	"github.com/kakaocert-go/kakaocert/internal/cms/revocation"
)

// The limits of the cache.
const (
	maxEntries = 4096
	maxBytes   = 64 << 20 // as they came; read, they take several times that
)

// retryAfter is how long a failure, or an answer that could not be verified, is
// kept: a dead host is not waited for at every signature.
const retryAfter = time.Minute

// cache keeps answers until they expire. A caller who asks for one that is on its
// way waits for it.
type cache struct {
	mu    sync.Mutex
	byKey map[string]*list.Element
	order list.List // the last used first
	bytes int
}

type cached struct {
	key  string
	done chan struct{} // closed when the rest is set
	kept
	err error
}

// kept is an answer that was read, with what of it was verified.
type kept struct {
	answer *revocation.Sources
	size   int // bytes of it as it came
	until  time.Time
}

func (c *cached) ready() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

// get returns the answer of that key, and gets it when there is none that has
// not expired. The work goes on when ctx ends, since others may wait for it.
func (c *cache) get(ctx context.Context, key string, work func() (kept, error)) (*revocation.Sources, error) {
	entry, mine := c.entry(key)
	if mine {
		go func() {
			answer, err := work()
			c.finish(entry, answer, err)
		}()
	}
	select {
	case <-entry.done:
		return entry.answer, entry.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// peek returns an answer that is there, has not expired and is not a failure.
func (c *cache) peek(key string) (*revocation.Sources, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.byKey[key]
	if !ok {
		return nil, false
	}
	entry := e.Value.(*cached)
	if !entry.ready() || entry.err != nil || !time.Now().Before(entry.until) {
		return nil, false
	}
	c.order.MoveToFront(e)
	return entry.answer, true
}

func (c *cache) entry(key string) (entry *cached, mine bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.byKey[key]; ok {
		entry := e.Value.(*cached)
		if !entry.ready() || time.Now().Before(entry.until) {
			c.order.MoveToFront(e)
			return entry, false
		}
		c.remove(e)
	}
	if c.byKey == nil {
		c.byKey = make(map[string]*list.Element)
	}
	entry = &cached{key: key, done: make(chan struct{})}
	c.byKey[key] = c.order.PushFront(entry)
	return entry, true
}

func (c *cache) finish(entry *cached, answer kept, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	entry.kept, entry.err = answer, err
	c.bytes += answer.size
	close(entry.done)
	for e := c.order.Back(); e != nil && (c.order.Len() > maxEntries || c.bytes > maxBytes); {
		before := e.Prev()
		if other := e.Value.(*cached); other != entry && other.ready() {
			c.remove(e)
		}
		e = before
	}
}

func (c *cache) remove(e *list.Element) {
	entry := c.order.Remove(e).(*cached)
	delete(c.byKey, entry.key)
	c.bytes -= entry.size
}
