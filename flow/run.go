package flow

import (
	"cmp"
	"context"
	"math/rand/v2"
	"sync"
	"time"
)

// RunConfig is how [Machine.Run] looks for work. Zero fields mean the defaults.
type RunConfig struct {
	Every  time.Duration // how often the status of each waiting flow is asked; the default is 10 s
	AtOnce int           // flows at once; the default is 32
	Idle   time.Duration // the pause when nothing was due; the default is 500 ms
	// Do replaces [Machine.Drive] for a flow that is due: for an engine that steps
	// flows by itself and lets Run find the flows that it has lost.
	Do func(ctx context.Context, id string) error
	// OnError is called with errors, none of which ends Run. The ID is empty if the
	// store could not return the flows that are due.
	OnError func(ctx context.Context, id string, err error)
}

// dueLimit is how many flows are taken from the store at once.
const dueLimit = 200

// Run steps every flow of the store that is due, until the context ends. Then
// it takes no more flows, waits for the steps that are running, which may be
// verifies, and returns. It needs no job queue: any number of processes may run
// it on one store, and when a process dies, another takes over its flows after
// the lease.
func (m *Machine[T]) Run(ctx context.Context, config RunConfig) {
	config = config.withDefaults(m.drive)
	var group sync.WaitGroup
	defer group.Wait()
	gate := make(chan struct{}, config.AtOnce)
	for ctx.Err() == nil {
		ids, err := m.config.Store.Due(ctx, min(dueLimit, 2*config.AtOnce), varied(config.Every))
		if err != nil && ctx.Err() == nil {
			config.OnError(ctx, "", err)
		}
		if len(ids) == 0 {
			sleep(ctx, varied(config.Idle))
			continue
		}
		for _, id := range ids {
			select {
			case gate <- struct{}{}:
			case <-ctx.Done():
				return // they become due again
			}
			group.Go(func() {
				defer func() { <-gate }()
				if err := config.Do(ctx, id); err != nil {
					config.OnError(ctx, id, err)
				}
			})
		}
	}
}

func (c RunConfig) withDefaults(drive func(context.Context, string) error) RunConfig {
	c.Every = cmp.Or(max(c.Every, 0), 10*time.Second)
	c.AtOnce = cmp.Or(max(c.AtOnce, 0), 32)
	c.Idle = cmp.Or(max(c.Idle, 0), 500*time.Millisecond)
	if c.Do == nil {
		c.Do = drive
	}
	if c.OnError == nil {
		c.OnError = func(context.Context, string, error) {}
	}
	return c
}

func (m *Machine[T]) drive(ctx context.Context, id string) error {
	_, err := m.Drive(ctx, id)
	return err
}

// Drive steps a flow until it has to wait, has ended or a step has failed; see
// [Machine.Step]. It loads the flow once. When the context ends, it returns
// after the running step.
func (m *Machine[T]) Drive(ctx context.Context, id string) (Next, error) {
	if !m.enter(id) {
		return Next{After: racedPause}, nil
	}
	defer m.busy.Delete(id)
	loaded := time.Now()
	f, err := m.config.Store.Load(ctx, id)
	if err != nil {
		return Next{}, err
	}
	var opened steps[T]
	for now := f.Now; ; {
		next, err := m.stepWithin(context.WithoutCancel(ctx), f, &opened)
		if err != nil || next.Ended || next.After > 0 || next.changed == nil || ctx.Err() != nil {
			return next, err
		}
		f = *next.changed
		f.Now = now.Add(time.Since(loaded)) // still the store's clock
		f.UpdatedAt = f.Now
	}
}

func (m *Machine[T]) stepWithin(ctx context.Context, f Flow, opened *steps[T]) (Next, error) {
	ctx, cancel := context.WithTimeout(ctx, m.config.Lease)
	defer cancel()
	return m.stepLoaded(ctx, f, opened)
}

// varied is d, a tenth more or less, so that many processes do not ask at the
// same time.
func varied(d time.Duration) time.Duration { return d - d/10 + rand.N(d/5+1) }

func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
