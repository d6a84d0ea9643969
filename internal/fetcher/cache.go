package fetcher

import (
	"container/list"
	"context"
	"sync"
	"time"
)

// What the cache holds at most.
const (
	maxEntries = 4096
	maxBytes   = 128 << 20
)

// retryAfter is how long a failure, or an answer that could not be verified, is
// kept: a dead host is not waited for at every signature.
const retryAfter = time.Minute

// cache keeps answers until they expire. Whoever asks for one that is on its
// way waits for it.
type cache struct {
	mu    sync.Mutex
	byKey map[string]*list.Element
	order list.List // the last used first
	bytes int
}

type cached struct {
	key   string
	done  chan struct{} // closed when the rest is set
	raw   []byte
	err   error
	until time.Time
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
func (c *cache) get(ctx context.Context, key string, work func() (raw []byte, until time.Time, err error)) ([]byte, error) {
	entry, mine := c.entry(key)
	if mine {
		go func() {
			raw, until, err := work()
			c.finish(entry, raw, until, err)
		}()
	}
	select {
	case <-entry.done:
		return entry.raw, entry.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// peek returns an answer that is there, has not expired and is no failure.
func (c *cache) peek(key string) ([]byte, bool) {
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
	return entry.raw, true
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

func (c *cache) finish(entry *cached, raw []byte, until time.Time, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	entry.raw, entry.until, entry.err = raw, until, err
	c.bytes += len(raw)
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
	c.bytes -= len(entry.raw)
}
