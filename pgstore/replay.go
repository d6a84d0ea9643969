package pgstore

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/kakaocert-go/kakaocert"
)

// Execer is what a pool, a connection and a transaction of pgx have in common.
type Execer interface {
	Exec(ctx context.Context, sql string, arguments ...any) (pgconn.CommandTag, error)
}

// Replay returns the store for [kakaocert.Session.VerifyOnce]. It sends nothing
// before the first order.
//
// Give it the transaction that writes the order (a pgx.Tx): then either both
// the order and the note that it was accepted are kept, or neither is. With a
// pool the note is durable when VerifyOnce returns. If the order's own
// transaction fails after that, the same order is refused as a replay later.
//
// An Add in a transaction waits for another transaction that adds the same key.
// In a repeatable read or serializable transaction it may fail with SQLSTATE
// 40001: then try the whole order again.
func Replay(db Execer) kakaocert.ReplayStore { return replay{db} }

type replay struct{ db Execer }

// Add implements [kakaocert.ReplayStore].
func (r replay) Add(ctx context.Context, key [sha256.Size]byte, until time.Time) (added bool, err error) {
	tag, err := r.db.Exec(ctx, `insert into kakaocert.replay (until, key) values ($1, $2) on conflict do nothing`, until, key[:])
	if err != nil {
		return false, fmt.Errorf("pgstore: %w", err)
	}
	return tag.RowsAffected() == 1, nil
}
