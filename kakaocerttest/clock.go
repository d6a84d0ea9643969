package kakaocerttest

import (
	"sync"
	"time"
)

// Clock is the time of a [Service]. It is safe for use by several goroutines.
type Clock struct {
	mu     sync.Mutex
	source func() time.Time
	ahead  time.Duration
}

// NewClock returns a clock that stays at the given time until it is advanced.
func NewClock(at time.Time) *Clock {
	return &Clock{source: func() time.Time { return at }}
}

// newRunningClock follows time.Now, which is the bubble's inside
// testing/synctest.
func newRunningClock() *Clock { return &Clock{source: time.Now} }

// Now returns the clock's time, in UTC.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.source().Add(c.ahead).UTC()
}

// Advance moves the clock. A negative d moves it back.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead += d
}
