package pgstore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/flow"
)

// flows is a [flow.Store]. Each change is one statement: it compares and sets
// the revision, and adds a row to the log.
type flows struct{ pool *pgxpool.Pool }

var _ flow.Store[pgx.Tx] = flows{}

// The columns of a change, and their values, with times by the server's clock.
// Types are named, so that the statements also work without being prepared.
const (
	changeColumns = `state, transaction, key_version, app_link, signed_at, fetch_by, verifies, evidence_id, reason, code, owner, lease_until, due_at, updated_at`
	changeValues  = `$3::text, $4::text, $5::int, $6::text, $7::timestamptz, $8::timestamptz, $9::int, $10::text, $11::text, $12::text, $13::text,
		case when $14::bigint > 0 then clock.now + $14::bigint * interval '1 microsecond' end, clock.now + $15::bigint * interval '1 microsecond', clock.now`
	clock = `(select clock_timestamp() as now) clock`
	// logged ends a statement that names its changed rows "changed".
	logged = ` returning id, rev, state, owner, reason, updated_at)
		insert into kakaocert.flow_log (flow, rev, state, owner, reason, at) select id, rev, state, owner, reason, updated_at from changed`

	insertFlow = `with changed as (insert into kakaocert.flow (id, product, input, rev, created_at, ` + changeColumns + `)
		select $1::text, $2::text, $16::bytea, 1, clock.now, ` + changeValues + ` from ` + clock + ` on conflict (id) do nothing` + logged
	moveFlow = `with changed as (update kakaocert.flow set rev = rev + 1, (` + changeColumns + `) = (select ` + changeValues + ` from ` + clock + `)
		where id = $1::text and rev = $2::bigint and not held` + logged
	endFlow = `with changed as (update kakaocert.flow set rev = rev + 1, input = null, held = false, (` + changeColumns + `) = (select ` + changeValues + ` from ` + clock + `)
		where id = $1::text and rev = $2::bigint` + logged
	loadFlow = `select id, product, state, transaction, key_version, app_link, signed_at, fetch_by, verifies, evidence_id, reason, code,
		input, rev, held, owner, lease_until, created_at, updated_at, clock_timestamp() from kakaocert.flow where id = $1::text`
	// dueFlows compares with the time of the statement, because an index can be
	// searched for that.
	dueFlows = `with due as (select id, due_at from kakaocert.flow
			where state <> 'ended' and not held and due_at <= statement_timestamp() and (lease_until is null or lease_until <= statement_timestamp())
			order by due_at, id limit $1::int for update skip locked),
		again as (update kakaocert.flow f set due_at = clock_timestamp() + $2::bigint * interval '1 microsecond' from due where f.id = due.id returning f.id)
		select due.id from due join again using (id) order by due.due_at, due.id`
	holdFlows   = `update kakaocert.flow set held = true where state <> 'ended' and not held and created_at < $1::timestamptz`
	releaseFlow = `update kakaocert.flow set due_at = case when held then clock_timestamp() else due_at end, held = false where id = $1::text`
	countFlows  = `select state, count(*), count(*) filter (where held), coalesce(extract(epoch from clock_timestamp() - min(coalesce(signed_at, created_at))), 0)::float8
		from kakaocert.flow where state <> 'ended' group by state`
)

// arguments are the arguments of a statement with changeValues.
func arguments(id string, second any, to flow.Change) []any {
	p := to.Progress
	return []any{
		id, second, string(p.State), p.Transaction, p.KeyVersion, p.AppLink, orNull(p.SignedAt), orNull(p.FetchBy), p.Verifies,
		p.EvidenceID, string(p.Reason), string(p.Code), to.Owner, to.Lease.Microseconds(), to.Due.Microseconds(),
	}
}

func orNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// Insert implements [flow.Store]. After ErrExists the transaction can continue.
func (s flows) Insert(ctx context.Context, tx pgx.Tx, id, product string, input []byte, first flow.Change) error {
	return changed(ctx, tx, flow.ErrExists, insertFlow, append(arguments(id, product, first), input)...)
}

// Move implements [flow.Store].
func (s flows) Move(ctx context.Context, id string, rev int64, to flow.Change) error {
	return changed(ctx, s.pool, flow.ErrRaced, moveFlow, arguments(id, rev, to)...)
}

// changed executes a statement that changes one flow, or none.
func changed(ctx context.Context, db Execer, none error, sql string, args ...any) error {
	tag, err := db.Exec(ctx, sql, args...)
	switch {
	case err != nil:
		return fmt.Errorf("pgstore: %w", err)
	case tag.RowsAffected() == 0:
		return none
	}
	return nil
}

// End implements [flow.Store].
func (s flows) End(ctx context.Context, id string, rev int64, to flow.Change, write func(context.Context, pgx.Tx) error) error {
	return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if err := changed(ctx, tx, flow.ErrRaced, endFlow, arguments(id, rev, to)...); err != nil {
			return err
		}
		return write(ctx, tx)
	})
}

// Load implements [flow.Store].
func (s flows) Load(ctx context.Context, id string) (flow.Flow, error) {
	var f flow.Flow
	var state, reason, code string
	var signedAt, fetchBy, leaseUntil *time.Time
	err := s.pool.QueryRow(ctx, loadFlow, id).Scan(&f.ID, &f.Product, &state, &f.Transaction, &f.KeyVersion, &f.AppLink, &signedAt, &fetchBy,
		&f.Verifies, &f.EvidenceID, &reason, &code, &f.Input, &f.Rev, &f.Held, &f.Owner, &leaseUntil, &f.CreatedAt, &f.UpdatedAt, &f.Now)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return flow.Flow{}, flow.ErrNotFound
	case err != nil:
		return flow.Flow{}, fmt.Errorf("pgstore: %w", err)
	}
	f.State, f.Reason, f.Code = flow.State(state), flow.Reason(reason), kakaocert.Code(code)
	f.SignedAt, f.FetchBy, f.LeaseUntil = orZero(signedAt), orZero(fetchBy), orZero(leaseUntil)
	return f, nil
}

func orZero(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

// Due implements [flow.Store].
func (s flows) Due(ctx context.Context, limit int, again time.Duration) ([]string, error) {
	rows, err := s.pool.Query(ctx, dueFlows, limit, again.Microseconds())
	if err != nil {
		return nil, fmt.Errorf("pgstore: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("pgstore: %w", err)
	}
	return ids, nil
}

// Hold implements [flow.Store].
func (s flows) Hold(ctx context.Context, before time.Time) (int, error) {
	tag, err := s.pool.Exec(ctx, holdFlows, before)
	if err != nil {
		return 0, fmt.Errorf("pgstore: %w", err)
	}
	return int(tag.RowsAffected()), nil
}

// Release implements [flow.Store].
func (s flows) Release(ctx context.Context, id string) error {
	return changed(ctx, s.pool, flow.ErrNotFound, releaseFlow, id)
}

// Stats implements [flow.Store].
func (s flows) Stats(ctx context.Context) (flow.Stats, error) {
	stats := flow.Stats{Open: make(map[flow.State]int)}
	rows, err := s.pool.Query(ctx, countFlows)
	if err != nil {
		return stats, fmt.Errorf("pgstore: %w", err)
	}
	var state string
	var open, held int
	var oldest float64
	_, err = pgx.ForEachRow(rows, []any{&state, &open, &held, &oldest}, func() error {
		stats.Open[flow.State(state)] = open
		stats.Held += held
		if flow.State(state).SignatureAtStake() {
			stats.OldestSigned = max(stats.OldestSigned, time.Duration(oldest*float64(time.Second)))
		}
		return nil
	})
	if err != nil {
		return stats, fmt.Errorf("pgstore: %w", err)
	}
	return stats, nil
}
