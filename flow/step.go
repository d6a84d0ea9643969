package flow

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/kakaocert-go/kakaocert"
)

// Next is the result of a step.
type Next struct {
	State State
	// After is when the flow should be stepped again; 0 is at once.
	After time.Duration
	Ended bool // there is no further step
	Held  bool // by [Machine.Hold]: no step runs until a person decides

	changed *Flow // the flow after the step; nil if the step has changed nothing
}

// Pauses between steps.
const (
	racedPause = 200 * time.Millisecond
	leasePause = 100 * time.Millisecond // after the end of another's lease
	heldPause  = time.Minute
	lookPause  = 5 * time.Second // for an answer that may still appear
)

// Step makes at most one call to Kakao and one change of the flow. An error
// means that nothing is decided yet: step again, after Next.After or, if that
// is 0, after a pause that grows with each error. The error is [ErrNotFound] if
// there is no such flow.
//
// When the context ends, a verify that was sent still continues, and its answer
// is stored before Step returns.
func (m *Machine[T]) Step(ctx context.Context, id string) (Next, error) {
	if !m.enter(id) {
		return Next{After: racedPause}, nil
	}
	defer m.busy.Delete(id)
	f, err := m.config.Store.Load(ctx, id)
	if err != nil {
		return Next{}, err
	}
	var opened steps[T]
	return m.stepLoaded(ctx, f, &opened)
}

// stepLoaded is Step for a loaded flow whose step this caller may run. The
// flow's input is opened with its first step, and its answer is read once, for
// all steps of one caller.
func (m *Machine[T]) stepLoaded(ctx context.Context, f Flow, opened *steps[T]) (Next, error) {
	if f.State == StateEnded {
		return Next{State: f.State, Ended: true}, nil
	}
	if f.Held {
		return Next{State: f.State, Held: true, After: heldPause}, nil
	}
	if left := m.leased(f); left > 0 {
		return Next{State: f.State, After: left + leasePause}, nil
	}
	if left := m.pause.left(); left > 0 {
		return Next{State: f.State, After: left + rand.N(left/4+1)}, nil
	}
	if err := m.open(f, opened); err != nil {
		return Next{State: f.State}, err
	}
	next, err := m.step(ctx, f, *opened)
	if errors.Is(err, ErrRaced) {
		return Next{State: f.State, After: racedPause}, nil
	}
	if wait := m.pause.after(err); wait > 0 {
		next.After = wait
	}
	return next, err
}

func (m *Machine[T]) open(f Flow, opened *steps[T]) (err error) {
	if *opened == nil {
		h := m.handlers[f.Product]
		if h == nil {
			return argument("handlers", "must have one for every product in the store")
		}
		if *opened, err = h.open(m, f); err != nil {
			return err
		}
	}
	return (*opened).setTransaction(f.Transaction)
}

func (m *Machine[T]) step(ctx context.Context, f Flow, s steps[T]) (Next, error) {
	switch f.State {
	case StateNew:
		return m.prepare(ctx, f, s)
	case StatePrepared:
		return m.request(ctx, f, s)
	case StateRequesting:
		return m.settle(ctx, f, s)
	case StateWaiting:
		return m.await(ctx, f, s)
	case StateSigned, StateReverify:
		return m.verify(ctx, f, s)
	case StateVerifying:
		return m.recall(ctx, f, s, nil)
	case StateMissing:
		return m.look(ctx, f, s)
	case StateStored:
		return m.check(ctx, f, s)
	}
	return Next{State: f.State}, argument("State", "must be one of States")
}

// move makes a change that ends every lease.
func (m *Machine[T]) move(ctx context.Context, f Flow, to Progress) (Next, error) {
	due := stepSlack // the machine that made the change continues at once
	if to.State == StateWaiting {
		due = m.config.Poll(0)
		if m.config.Queued {
			due = queueSlack
		}
	}
	return m.change(ctx, f, Change{Progress: to, Due: due})
}

// lease makes a change before a call that no other process may make meanwhile.
func (m *Machine[T]) lease(ctx context.Context, f Flow, to Progress) (Flow, error) {
	_, err := m.change(ctx, f, Change{Progress: to, Lease: m.config.Lease, Due: m.config.Lease})
	f.Progress, f.Rev = to, f.Rev+1
	return f, err
}

func (m *Machine[T]) change(ctx context.Context, f Flow, to Change) (Next, error) {
	to.Owner = m.owner
	if err := m.config.Store.Move(ctx, f.ID, f.Rev, to); err != nil {
		return Next{State: f.State}, err
	}
	m.changed(ctx, f, to.Progress)
	f.Progress, f.Owner, f.LeaseUntil = to.Progress, m.owner, time.Time{}
	f.Rev++
	return Next{State: to.State, changed: &f}, nil
}

func (m *Machine[T]) changed(ctx context.Context, f Flow, to Progress) {
	if m.config.OnChange == nil {
		return
	}
	f.Progress, f.Input, f.Rev, f.Owner = to, nil, f.Rev+1, m.owner
	m.config.OnChange(ctx, f)
}

// fail ends the flow for a reason.
func (m *Machine[T]) fail(ctx context.Context, f Flow, failed func(Failed) func(context.Context, T) error, reason Reason, cause error) (Next, error) {
	to := f.Progress
	to.State, to.Reason = StateEnded, reason
	to.Code, _ = errors.AsType[kakaocert.Code](cause)
	return m.end(ctx, f, to, failed(Failed{Flow: after(f, to), Err: cause}))
}

// after is the flow as its handler receives it.
func after(f Flow, to Progress) Flow {
	f.Progress, f.Input, f.Held = to, nil, false
	f.Rev++
	return f
}

func (m *Machine[T]) end(ctx context.Context, f Flow, to Progress, write func(context.Context, T) error) (Next, error) {
	if err := m.config.Store.End(ctx, f.ID, f.Rev, Change{Progress: to, Owner: m.owner}, write); err != nil {
		return Next{State: f.State}, err
	}
	m.changed(ctx, f, to)
	if m.config.Forget != nil && to.EvidenceID != "" {
		_ = m.config.Forget(ctx, to.EvidenceID)
	}
	return Next{State: StateEnded, Ended: true}, nil
}

// pause stops all calls of this process for a while when Kakao asks for that.
type pause struct{ until atomic.Int64 }

const (
	maintenancePause = time.Minute
	busyPause        = 5 * time.Second
	longestPause     = time.Minute // after a longer pause a signature could be too old
)

func (p *pause) left() time.Duration { return time.Until(time.Unix(0, p.until.Load())) }

// after begins a pause if the error asks for one, and returns how long it lasts. It
// never shortens one that another call has begun.
func (p *pause) after(err error) time.Duration {
	var length time.Duration
	refused, answered := errors.AsType[*kakaocert.APIError](err)
	closed, unsent := errors.AsType[*kakaocert.MaintenanceError](err)
	switch {
	case unsent:
		length = max(busyPause, time.Until(closed.Until))
	case answered && errors.Is(err, kakaocert.ErrMaintenance):
		length = max(maintenancePause, refused.RetryAfter)
	case answered && (refused.RetryAfter > 0 || refused.StatusCode == 429):
		length = max(busyPause, refused.RetryAfter)
	default:
		return 0
	}
	until := time.Now().Add(min(length, longestPause)).UnixNano()
	for {
		before := p.until.Load()
		if before >= until || p.until.CompareAndSwap(before, until) {
			return p.left()
		}
	}
}
