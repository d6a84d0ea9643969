package flow

import (
	"context"
	"errors"
	"time"
)

// The errors of a [Store]. They are matched with errors.Is.
var (
	ErrExists   = errors.New("flow: a flow with this ID exists")
	ErrNotFound = errors.New("flow: no such flow")
	ErrRaced    = errors.New("flow: the flow was changed meanwhile")
)

// Store keeps flows. T is the transaction of its database, such as pgx.Tx or
// *sql.Tx, in which the institution writes its own rows.
//
// The module pgstore contains a Store on PostgreSQL, and package flowtest one
// in memory. Package flowtest also contains the test that every store must
// pass.
//
// A store must keep these promises:
//
//   - Insert, Move and End are durable when they return nil. When they return
//     another error than those above, they may have taken effect.
//   - Move and End change a flow only where its Rev is still the one given, and
//     add one to it. Otherwise they return ErrRaced and change nothing. Rev is
//     compared and set in one statement or transaction.
//   - Every time is by one clock, the database's: CreatedAt, UpdatedAt,
//     LeaseUntil, Now, and when a flow is due. Machines compare nothing with their
//     own clock.
//   - Methods may be called by many goroutines of many processes, and end with
//     their context.
//   - A store that keeps a log of all changes, insert-only, helps an auditor.
type Store[T any] interface {
	// Insert adds a flow in the caller's transaction, with Rev 1 and not held. It
	// returns ErrExists if the ID is taken; whether tx can continue after that
	// depends on the database.
	Insert(ctx context.Context, tx T, id, product string, input []byte, first Change) error

	// Load returns a flow, or ErrNotFound.
	Load(ctx context.Context, id string) (Flow, error)

	// Move makes a change. The input stays. If the flow is held, Move changes
	// nothing and returns ErrRaced.
	Move(ctx context.Context, id string, rev int64, to Change) error

	// End makes the last change, deletes the input, ends a hold and calls write,
	// all in one transaction: when write or the commit fails, nothing has changed.
	// Another End may call write again.
	End(ctx context.Context, id string, rev int64, to Change, write func(context.Context, T) error) error

	// Due returns the IDs of at most limit flows that are due: not ended, not held,
	// without a lease or with one that is over, and whose time has come; the
	// longest due first. In the same statement each becomes due again after the
	// given duration, so that two callers do not get one flow at the same time.
	// Rev, UpdatedAt and LeaseUntil stay.
	Due(ctx context.Context, limit int, again time.Duration) ([]string, error)

	// Hold holds all flows that were created before the given time and have not
	// ended, and returns the number of flows that it has held. Rev, UpdatedAt and
	// LeaseUntil stay.
	Hold(ctx context.Context, before time.Time) (int, error)

	// Release ends the hold of one flow, which is due at once, or returns
	// ErrNotFound. It has no effect on a flow that is not held.
	Release(ctx context.Context, id string) error

	// Stats counts the open flows.
	Stats(ctx context.Context) (Stats, error)
}
