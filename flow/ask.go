package flow

import (
	"context"
	"errors"

	"github.com/kakaocert-go/kakaocert"
)

// prepare gets a tx_id. If the process dies before the tx_id is stored, the
// user is not asked with it.
func (m *Machine[T]) prepare(ctx context.Context, f Flow, s steps[T]) (Next, error) {
	if m.tooLate(f) {
		return m.fail(ctx, f, s.failed, ReasonUnavailable, nil)
	}
	version := m.config.Client.KeyVersion()
	tx, err := s.prepare(ctx)
	if err != nil {
		return m.unasked(ctx, f, s, err)
	}
	to := f.Progress
	to.State, to.Transaction, to.KeyVersion = StatePrepared, tx, version
	return m.move(ctx, f, to)
}

// tooLate reports that it is too late to ask the user.
func (m *Machine[T]) tooLate(f Flow) bool { return f.Now.Sub(f.CreatedAt) > m.config.AskWithin }

// unasked decides about a call that failed before the user was asked. A
// transient error is tried again; a refusal by Kakao, or a call that cannot be
// sent, ends the flow.
func (m *Machine[T]) unasked(ctx context.Context, f Flow, s steps[T], err error) (Next, error) {
	if isFinal(err) || isArgument(err) {
		return m.fail(ctx, f, s.failed, ReasonRefused, err)
	}
	return Next{State: f.State}, err
}

// isFinal reports that Kakao has refused, with a code, for a permanent cause.
// An answer without a code comes from something in between.
func isFinal(err error) bool {
	code, refused := errors.AsType[kakaocert.Code](err)
	_, api := errors.AsType[*kakaocert.APIError](err)
	return refused && api && code != kakaocert.ErrMaintenance && code != kakaocert.ErrInternal &&
		!errors.Is(err, kakaocert.ErrOutcomeUnknown) && !isUnreached(err) && !isBusy(err)
}

func isUnreached(err error) bool {
	_, is := errors.AsType[*kakaocert.ConnectionError](err)
	return is
}

func isBusy(err error) bool {
	refused, is := errors.AsType[*kakaocert.APIError](err)
	return is && (refused.StatusCode == 429 || refused.StatusCode >= 500 && !refused.Code.Known())
}

// request asks the user, once. If a request failed, settle finds out whether it
// has arrived.
func (m *Machine[T]) request(ctx context.Context, f Flow, s steps[T]) (Next, error) {
	if m.tooLate(f) {
		return m.fail(ctx, f, s.failed, ReasonUnavailable, nil)
	}
	before, to := f.Progress, f.Progress
	to.State = StateRequesting
	f, err := m.lease(ctx, f, to)
	if err != nil {
		return Next{State: before.State}, err
	}
	link, err := s.request(ctx)
	_, unclear := errors.AsType[*kakaocert.StatusError](err)
	switch {
	case err == nil:
		to.State, to.AppLink = StateWaiting, link
		return m.move(ctx, f, to)
	case errors.Is(err, kakaocert.ErrAlreadyRequested): // by an earlier call
		to.State, to.AppLink = StateWaiting, s.appLink()
		return m.move(ctx, f, to)
	case errors.Is(err, kakaocert.ErrOutcomeUnknown), unclear:
		next, moveErr := m.move(ctx, f, to) // without the lease
		return next, errors.Join(moveErr, err)
	case isFinal(err), isArgument(err):
		return m.fail(ctx, f, s.failed, ReasonRefused, err)
	}
	next, moveErr := m.move(ctx, f, before) // nothing was sent, or it was refused
	return next, errors.Join(moveErr, err)
}

// settle asks for the status to learn what became of a request. If it has not
// arrived, the request is sent again; if it arrives late after all, one of the
// two is refused as repeated.
func (m *Machine[T]) settle(ctx context.Context, f Flow, s steps[T]) (Next, error) {
	status, err := s.status(ctx)
	if err != nil {
		return m.asked(ctx, f, s, err)
	}
	to := f.Progress
	if status.Status == kakaocert.StatusPrepared && status.RequestedAt.IsZero() && status.ViewedAt.IsZero() {
		to.State = StatePrepared
		return m.move(ctx, f, to)
	}
	to.State, to.AppLink = StateWaiting, s.appLink()
	return m.move(ctx, f, to)
}

// await asks once for the status. It writes nothing while the status is the
// same.
func (m *Machine[T]) await(ctx context.Context, f Flow, s steps[T]) (Next, error) {
	status, err := s.status(ctx)
	switch {
	case err != nil:
		return m.asked(ctx, f, s, err)
	case status.Status == kakaocert.StatusCompleted:
		return m.move(ctx, f, signed(f, status))
	case m.config.Client.IsTerminal(status.Status):
		return m.fail(ctx, f, s.failed, reasonOf(status.Status), nil)
	}
	return Next{State: f.State, After: m.config.Poll(f.Now.Sub(f.UpdatedAt))}, nil
}

func signed(f Flow, status kakaocert.TransactionStatus) Progress {
	to := f.Progress
	to.State, to.SignedAt = StateSigned, status.SignedAt
	if to.SignedAt.IsZero() {
		to.SignedAt = f.Now
	}
	to.FetchBy = to.SignedAt.Add(AnswerLife)
	return to
}

func reasonOf(status kakaocert.Status) Reason {
	switch status {
	case kakaocert.StatusExpired:
		return ReasonExpired
	case kakaocert.StatusRejected:
		return ReasonDeclined
	}
	return ReasonRefused
}

// asked decides about a status call that has failed. The user may have signed,
// so only an answer about the transaction ends the flow, never a wrong setting
// of this process.
func (m *Machine[T]) asked(ctx context.Context, f Flow, s steps[T], err error) (Next, error) {
	switch {
	case !isFinal(err):
	case errors.Is(err, kakaocert.ErrRequestExpired):
		return m.fail(ctx, f, s.failed, ReasonExpired, err)
	case errors.Is(err, kakaocert.ErrUnknownTransaction):
		return m.unknown(ctx, f, s, err)
	case concernsUser(err):
		return m.fail(ctx, f, s.failed, ReasonRefused, err)
	}
	return Next{State: f.State}, err
}

func concernsUser(err error) bool {
	code, _ := errors.AsType[kakaocert.Code](err)
	return code.Owner() == kakaocert.OwnerUser
}

// unknown decides about a transaction that Kakao does not know: its answer may
// be in the evidence already if a database was restored.
func (m *Machine[T]) unknown(ctx context.Context, f Flow, s steps[T], cause error) (Next, error) {
	id, err := s.recall(ctx)
	switch {
	case err == nil:
		return m.stored(ctx, f, id)
	case errors.Is(err, kakaocert.ErrNoAnswer):
		return m.fail(ctx, f, s.failed, ReasonRefused, cause)
	}
	return Next{State: f.State}, err
}
