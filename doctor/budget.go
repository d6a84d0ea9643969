package doctor

import (
	"context"
	"errors"
	"time"
)

const (
	maxCalls = 40
	// keptCalls are reserved for the checks that come after the search: two for the
	// decryption, and one for each further product.
	keptCalls = 7
)

// budget limits the calls to a host.
type budget struct {
	calls  int
	pace   time.Duration
	last   time.Time
	onCall func(number int)
}

var errBudget = errors.New("no call is left: at most 40 are made")

// spend waits for the next call's turn.
func (b *budget) spend(ctx context.Context) error {
	if b.calls >= maxCalls {
		return errBudget
	}
	if wait := b.pace - time.Since(b.last); b.pace > 0 && wait > 0 {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	b.calls++
	b.last = time.Now()
	if b.onCall != nil {
		b.onCall(b.calls)
	}
	return nil
}

// searchable reports whether the search may make another call.
func (b *budget) searchable() bool { return b.calls < maxCalls-keptCalls }
