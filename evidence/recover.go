package evidence

import (
	"context"
	"errors"
	"io"
)

// Recover completes what dead processes have left: it enters the ends of
// records that no process writes any more, so that every later change to them
// shows, and removes what was purged. It reads all chains, and refuses with a
// [*Fault] damaged chains and entries whose key was not given. Several
// processes may call it at the same time. [Open] calls it; on another store
// call it regularly, in one process.
func (l *Log) Recover(ctx context.Context) error {
	ledger, err := l.archive.ledger(ctx)
	if err != nil {
		return err
	}
	if len(ledger.faults) > 0 {
		return refuseToWrite(ledger.faults[0])
	}
	for _, of := range ledger.inOrder() {
		var err error
		switch {
		case of.purged != nil:
			err = l.removeObjects(ctx, of)
		case of.ended == nil:
			err = l.endOf(ctx, of)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// endOf enters the end of a record when no process writes it any more. A record
// that is damaged, missing or of an unknown key stays as it is, for Verify to
// report.
func (l *Log) endOf(ctx context.Context, of *account) error {
	if err := l.fence(ctx, of.id); err != nil {
		return unless(err, ErrInProgress, ErrDamaged)
	}
	of, err := l.archive.account(ctx, of.id) // its writer may have ended it before the fence
	if err != nil || of.ended != nil || of.purged != nil {
		return err
	}
	c, err := l.archive.scanRecord(ctx, of, io.Discard)
	if err != nil {
		return unless(err, errGone, ErrDamaged, ErrKey)
	}
	return l.commits.submit(ctx, entry{Event: eventEnded, Record: of.id, Outcome: c.outcome(), Bytes: c.size, SHA256: c.sum})
}

// unless returns nil for an error that is one of those, and otherwise the
// error.
func unless(err error, those ...error) error {
	for _, other := range those {
		if errors.Is(err, other) {
			return nil
		}
	}
	return err
}
