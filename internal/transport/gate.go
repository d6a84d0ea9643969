package transport

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"sync"
	"time"
)

// Gate is what every try passes before anything is sent: a limiter, and a pause
// after the service has said that it is closed. A nil Gate lets everything pass.
type Gate struct {
	// Limiter lets one try pass each time that it returns nil; nil for none. It is
	// asked by one goroutine at a time, so that an urgent call that comes late is
	// the next one all the same.
	Limiter interface {
		Wait(ctx context.Context) error
	}
	// Pause is how long nothing is sent to a host that has answered [Closed]; 0 for
	// never. Urgent calls are sent all the same.
	Pause time.Duration

	mu      sync.Mutex
	taken   bool                         // a goroutine asks the Limiter
	waiting [urgencies][]chan<- struct{} // for their turn, the oldest first
	until   map[string]time.Time         // by host: nothing is sent before
}

// Urgency orders the calls that wait for the limiter.
type Urgency int

const (
	Urgent    Urgency = iota // its time runs: what the service hands over once
	Continues                // goes on with a transaction
	Begins                   // begins a transaction
	urgencies
)

const (
	// LongestTurn is the longest that a call whose answer comes once waits for the
	// limiter, so that the time of the whole call has a bound.
	LongestTurn = 30 * time.Second

	longestClosed = time.Hour // whatever Retry-After says
)

// ClosedError says that nothing was sent, since the service has said that it is
// closed.
type ClosedError struct{ Until time.Time }

func (e *ClosedError) Error() string {
	return "not sent before " + e.Until.UTC().Format(time.RFC3339)
}

// enter waits until the call may be sent, and returns why it may not.
func (g *Gate) enter(ctx context.Context, call *Call, host string) error {
	if g == nil {
		return nil
	}
	if err := g.closed(call, host, false); err != nil {
		return err
	}
	if g.Limiter == nil {
		return g.closed(call, host, true)
	}
	if err := g.limit(ctx, call); err != nil {
		return fmt.Errorf("limiter: %w", err)
	}
	return g.closed(call, host, true)
}

// limit waits for the call's turn, and then for the limiter.
func (g *Gate) limit(ctx context.Context, call *Call) error {
	if call.Store != nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, LongestTurn, ErrTimeout)
		defer cancel()
	}
	if err := g.takeTurn(ctx, call.Urgency); err != nil {
		return err
	}
	defer g.giveTurn()
	if err := g.Limiter.Wait(ctx); err != nil {
		if ctxErr := ended(ctx); ctxErr != nil {
			return ctxErr
		}
		return err
	}
	return nil
}

func (g *Gate) takeTurn(ctx context.Context, urgency Urgency) error {
	if err := ended(ctx); err != nil {
		return err
	}
	g.mu.Lock()
	if !g.taken {
		g.taken = true
		g.mu.Unlock()
		return nil
	}
	turn := make(chan struct{})
	g.waiting[urgency] = append(g.waiting[urgency], turn)
	g.mu.Unlock()
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
	}
	g.mu.Lock()
	place := slices.Index(g.waiting[urgency], turn)
	if place >= 0 {
		g.waiting[urgency] = slices.Delete(g.waiting[urgency], place, place+1)
	}
	g.mu.Unlock()
	if place < 0 { // the turn came at the same moment
		g.giveTurn()
	}
	return ended(ctx)
}

// giveTurn gives the turn to the most urgent, and among them to the oldest.
func (g *Gate) giveTurn() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for urgency, queue := range g.waiting {
		if len(queue) > 0 {
			g.waiting[urgency] = queue[1:]
			close(queue[0])
			return
		}
	}
	g.taken = false
}

// closed refuses a call while the host is closed. When that is over, the first
// call that is about to be sent tries it: until its answer is there the others
// are refused for another pause.
func (g *Gate) closed(call *Call, host string, sending bool) error {
	if g.Pause == 0 || call.Urgency == Urgent {
		return nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	until, is := g.until[host]
	if !is {
		return nil
	}
	now := time.Now()
	if now.Before(until) {
		return &ClosedError{until}
	}
	if sending {
		g.until[host] = now.Add(g.Pause)
	}
	return nil
}

// heard learns from a try whether the host is closed. A lost answer does not
// say.
func (g *Gate) heard(host string, r *Result) {
	if g == nil || g.Pause == 0 || r.Verdict == NotSent || r.Verdict == Lost {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if r.Verdict != Closed {
		delete(g.until, host)
		return
	}
	if g.until == nil {
		g.until = make(map[string]time.Time)
	}
	g.until[host] = time.Now().Add(max(g.Pause, min(r.RetryAfter, longestClosed)))
}

// host returns where the call goes.
func (s *Sender) host(call *Call) *url.URL {
	if call.Base != nil {
		return call.Base
	}
	return s.Base
}
