package flow

import (
	"context"
	"errors"
	"time"

	"github.com/kakaocert-go/kakaocert"
)

// afterVerify is the time that the store and the evidence have after a verify
// whose caller may have gone.
const afterVerify = time.Minute

// verify fetches the answer. The verify continues when the context ends, and so
// does everything that keeps the answer.
func (m *Machine[T]) verify(ctx context.Context, f Flow, s steps[T]) (Next, error) {
	before, to := f.Progress, f.Progress
	to.State = StateVerifying
	to.Verifies++
	f, err := m.lease(ctx, f, to)
	if err != nil {
		return Next{State: before.State}, err
	}
	whole := context.WithoutCancel(ctx)
	id, err := s.verify(whole)
	if _, is := errors.AsType[*kakaocert.EvidenceError](err); is {
		// If an answer came, the only copy is in this process's memory.
		if err := m.config.Client.Keep(whole, err); err != nil {
			return Next{State: f.State}, err
		}
	}
	ctx, cancel := context.WithTimeout(whole, afterVerify)
	defer cancel()
	if err == nil {
		return m.stored(ctx, f, id)
	}
	if isUnsent(err) {
		to.State = before.State
		next, moveErr := m.move(ctx, f, to)
		return next, errors.Join(moveErr, err)
	}
	return m.recall(ctx, f, s, err)
}

// isUnsent says that a verify was not sent, or not carried out.
func isUnsent(err error) bool {
	failed, is := errors.AsType[*kakaocert.EvidenceError](err)
	return is && failed.Step == "begin" || isUnreached(err) || isArgument(err)
}

func (m *Machine[T]) stored(ctx context.Context, f Flow, evidenceID string) (Next, error) {
	to := f.Progress
	to.State, to.EvidenceID = StateStored, evidenceID
	return m.move(ctx, f, to)
}

// recall searches the evidence after a verify that failed with cause. If cause
// is nil, the result of the verify is not known.
func (m *Machine[T]) recall(ctx context.Context, f Flow, s steps[T], cause error) (Next, error) {
	id, err := s.recall(ctx)
	switch {
	case err == nil:
		return m.stored(ctx, f, id)
	case errors.Is(err, kakaocert.ErrDecrypt): // the answer is there, but this process does not have its key
		next, moveErr := m.stored(ctx, f, "")
		return next, errors.Join(moveErr, err)
	case errors.Is(err, kakaocert.ErrNonceMismatch):
		return m.fail(ctx, f, s.failed, ReasonUntrusted, err)
	case !errors.Is(err, kakaocert.ErrNoAnswer):
		return Next{State: f.State}, err
	}
	to := f.Progress
	status, isStatus := errors.AsType[*kakaocert.StatusError](cause)
	switch {
	case m.isGone(cause):
		to.State, to.FetchBy = StateMissing, f.Now.Add(m.config.Grace)
		to.Code, _ = errors.AsType[kakaocert.Code](cause)
		return m.move(ctx, f, to)
	case isStatus && m.config.Client.IsTerminal(status.Status) && status.Status != kakaocert.StatusCompleted:
		return m.fail(ctx, f, s.failed, reasonOf(status.Status), cause)
	case isStatus, errors.Is(cause, kakaocert.ErrNotSigned):
		return m.notYet(ctx, f, s, cause)
	case isFinal(cause) && concernsUser(cause):
		return m.fail(ctx, f, s.failed, ReasonRefused, cause)
	}
	// To fetch again is a decision: without it the signature is certainly lost.
	to.State = StateReverify
	next, moveErr := m.move(ctx, f, to)
	return next, errors.Join(moveErr, cause)
}

// isGone reports that Kakao no longer has the answer: it was handed over, or
// too much time has passed.
func (m *Machine[T]) isGone(err error) bool {
	return isFinal(err) && (errors.Is(err, m.gone) || errors.Is(err, kakaocert.ErrUnknownTransaction) || errors.Is(err, kakaocert.ErrRequestExpired))
}

// notYet returns to waiting: Kakao answers that the user has not signed.
func (m *Machine[T]) notYet(ctx context.Context, f Flow, s steps[T], cause error) (Next, error) {
	to := f.Progress
	to.State = StateReverify
	if s.hasStatus() {
		to.State = StateWaiting
	}
	next, err := m.move(ctx, f, to)
	next.After = m.config.Poll(0)
	return next, errors.Join(err, cause)
}

// look waits for an answer that Kakao has handed over and that another process
// may still be storing.
func (m *Machine[T]) look(ctx context.Context, f Flow, s steps[T]) (Next, error) {
	id, err := s.recall(ctx)
	switch {
	case err == nil:
		return m.stored(ctx, f, id)
	case !errors.Is(err, kakaocert.ErrNoAnswer):
		return Next{State: f.State}, err
	case f.Now.Before(f.FetchBy):
		return Next{State: f.State, After: min(lookPause, f.FetchBy.Sub(f.Now))}, nil
	}
	var cause error
	if f.Code != "" {
		cause = f.Code
	}
	return m.fail(ctx, f, s.failed, ReasonLost, cause)
}

// check checks the answer and ends the flow.
func (m *Machine[T]) check(ctx context.Context, f Flow, s steps[T]) (Next, error) {
	id, err := s.answer(ctx)
	if errors.Is(err, kakaocert.ErrNonceMismatch) {
		return m.fail(ctx, f, s.failed, ReasonUntrusted, err)
	}
	if err != nil {
		return Next{State: f.State}, err
	}
	found, err := s.check(ctx)
	if err != nil {
		return m.unchecked(ctx, f, s, err)
	}
	to := f.Progress
	if id != "" {
		to.EvidenceID = id
	}
	f.EvidenceID = to.EvidenceID
	if found.reason != "" {
		return m.fail(ctx, f, s.failed, found.reason, found.err)
	}
	to.State = StateEnded
	return m.end(ctx, f, to, s.done(after(f, to)))
}

// unchecked gives up, after a time, on a check without a result.
func (m *Machine[T]) unchecked(ctx context.Context, f Flow, s steps[T], err error) (Next, error) {
	if ctx.Err() != nil || f.Now.Sub(f.UpdatedAt) < m.config.CheckWithin {
		return Next{State: f.State}, err
	}
	if errors.Is(err, kakaocert.ErrRevocationUnknown) {
		return m.fail(ctx, f, s.failed, ReasonUntrusted, err)
	}
	return m.fail(ctx, f, s.failed, ReasonMismatch, err)
}
