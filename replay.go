package kakaocert

import (
	"context"
	"crypto/sha256"
	"sync"
	"time"
)

// ReplayStore remembers what [Session.VerifyOnce] has accepted.
// [NewMemoryReplayStore] is one for a single process; where several take
// orders, it is a table or a cache that all of them share. One's own must keep
// these promises:
//
//   - Add remembers the key at least until the time given, and reports whether
//     it was new. Of several callers who add the same key at once, one is told
//     that it was.
//   - It is durable, as far as an order that was accepted is.
//   - Add may be called from many goroutines.
type ReplayStore interface {
	Add(ctx context.Context, key [sha256.Size]byte, until time.Time) (added bool, err error)
}

// MemoryReplayStore is a [ReplayStore] in memory: it forgets when the process
// ends. What has run out is dropped, so that it holds at most about twice what
// could still come again.
type MemoryReplayStore struct {
	mu    sync.Mutex
	until map[[sha256.Size]byte]time.Time
	sweep int // the size at which what has run out is dropped
}

// NewMemoryReplayStore returns an empty store.
func NewMemoryReplayStore() *MemoryReplayStore {
	return &MemoryReplayStore{until: make(map[[sha256.Size]byte]time.Time), sweep: minSweep}
}

const minSweep = 1024

// Add implements [ReplayStore]. Its error is nil.
func (m *MemoryReplayStore) Add(_ context.Context, key [sha256.Size]byte, until time.Time) (added bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, there := m.until[key]; there {
		return false, nil
	}
	if len(m.until) >= m.sweep {
		m.drop(time.Now())
	}
	m.until[key] = until
	return true, nil
}

func (m *MemoryReplayStore) drop(now time.Time) {
	for key, until := range m.until {
		if !now.Before(until) {
			delete(m.until, key)
		}
	}
	m.sweep = max(minSweep, 2*len(m.until))
}
