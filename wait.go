package kakaocert

import (
	"context"
	"math/rand/v2"
	"time"
)

// WaitOption is an option of Wait.
type WaitOption func(*waitSettings)

type waitSettings struct {
	first, longest time.Duration
	onStatus       func(TransactionStatus)
}

// PollEvery sets the pauses between two questions: the first, and the longest
// to which they grow. The default is 2 s and 10 s. Each is varied by a fifth,
// so that many waiters do not ask in step.
func PollEvery(first, longest time.Duration) WaitOption {
	return func(w *waitSettings) { w.first, w.longest = first, longest }
}

// OnStatus calls f with every answer, before Wait acts on it.
func OnStatus(f func(TransactionStatus)) WaitOption {
	return func(w *waitSettings) { w.onStatus = f }
}

// wait asks until the status is COMPLETED, the Protocol's list says that it
// never will be, a question fails for good, or the context ends.
func (f flow[P]) wait(ctx context.Context, tx Transaction[P], opts []WaitOption) (TransactionStatus, error) {
	settings := waitSettings{first: 2 * time.Second, longest: 10 * time.Second}
	for _, opt := range opts {
		if opt == nil {
			return TransactionStatus{}, &ArgumentError{Field: "WaitOption", Reason: "is nil"}
		}
		opt(&settings)
	}
	if settings.first <= 0 || settings.longest < settings.first {
		return TransactionStatus{}, &ArgumentError{Field: "PollEvery", Reason: "is not positive, or the longest pause is below the first"}
	}
	if _, has := ctx.Deadline(); !has {
		return TransactionStatus{}, &ArgumentError{Field: "ctx", Reason: "has no deadline"}
	}
	var last TransactionStatus
	for pause := settings.first; ; pause = min(pause*3/2, settings.longest) {
		status, err := f.status(ctx, tx, nil)
		switch {
		case err == nil:
			last = status
			if settings.onStatus != nil {
				settings.onStatus(status)
			}
			if ended, err := f.ended(tx, status); ended {
				return last, err
			}
		case ctx.Err() != nil || !passes(err):
			return last, err
		}
		if ctxErr := sleepAbout(ctx, pause); ctxErr != nil {
			if err != nil {
				return last, joined{ctxErr, err}
			}
			return last, ctxErr
		}
	}
}

// ended reports that there is nothing more to wait for, and why it went wrong.
func (f flow[P]) ended(tx Transaction[P], status TransactionStatus) (bool, error) {
	if status.Status == StatusCompleted {
		return true, nil
	}
	if !f.terminal(status.Status) {
		return false, nil
	}
	st := f.step("status", tx)
	return true, &StatusError{Operation: st.operation(), Product: st.product, Status: status.Status}
}

// sleepAbout sleeps d, a fifth more or less.
func sleepAbout(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d - d/5 + rand.N(2*d/5+1))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
