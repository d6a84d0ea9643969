package pgstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/kakaocert-go/kakaocert/evidence"
)

// evidenceStore is an [evidence.Store]. Pieces and entries are rows; a batch is
// one transaction and one round trip.
type evidenceStore struct{ pool *pgxpool.Pool }

var _ evidence.Store = evidenceStore{}

const (
	// A batch is one statement for each table, however many rows it has.
	insertPieces = `insert into kakaocert.evidence_piece (id, kind, number, bytes, last)
		select * from unnest($1::text[], $2::text[], $3::int[], $4::bytea[], $5::boolean[])`
	insertRecovery = `insert into kakaocert.evidence_recovery (id, bytes) select * from unnest($1::text[], $2::bytea[])`
	insertEntries  = `insert into kakaocert.evidence_entry (chain, number, event, about, tx_id, line)
		select * from unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::bytea[])`
	// fencePiece ends an object with an empty piece in the next place: a later
	// write of a writer finds that place taken.
	fencePiece = `insert into kakaocert.evidence_piece (id, kind, number, bytes, last)
		select id, kind, number + 1, ''::bytea, true from kakaocert.evidence_piece p where id = $1::text and kind = $2::text
		and number = (select max(number) from kakaocert.evidence_piece where id = $1::text and kind = $2::text) and not last`
	liveObject = `select made_at > clock_timestamp() - $3::bigint * interval '1 microsecond' and not exists
			(select from kakaocert.evidence_piece where id = $1::text and kind = $2::text and last)
		from kakaocert.evidence_piece where id = $1::text and kind = $2::text and number = 0`
	readPieces    = `select bytes from kakaocert.evidence_piece where id = $1::text and kind = $2::text order by number`
	readRecovery  = `select bytes from kakaocert.evidence_recovery where id = $1::text`
	listPieces    = `select id from kakaocert.evidence_piece where number = 0 and kind = $1::text and id > $2::text order by id limit $3::int`
	listRecovery  = `select id from kakaocert.evidence_recovery where $1::text <> '' and id > $2::text order by id limit $3::int`
	anyPieces     = `select exists (select from kakaocert.evidence_piece where kind = $1::text and id = any ($2::text[]))`
	deletePieces  = `delete from kakaocert.evidence_piece where kind = $1::text and id = any ($2::text[])`
	deleteCopies  = `delete from kakaocert.evidence_recovery where $1::text <> '' and id = any ($2::text[])`
	selectEntries = `select chain, number, event, about, tx_id, line from kakaocert.evidence_entry where `
	// selectTips goes from chain to chain by the index, because chains are few and
	// long.
	selectTips = `with recursive c (chain) as (
			(select chain from kakaocert.evidence_entry order by chain limit 1)
			union all select (select e.chain from kakaocert.evidence_entry e where e.chain > c.chain order by e.chain limit 1) from c where c.chain is not null)
		select e.chain, e.number, e.event, e.about, e.tx_id, e.line from c cross join lateral
			(select * from kakaocert.evidence_entry where chain = c.chain order by number desc limit 1) e order by e.chain`
)

const (
	// writing is how long after its begin an object may still be written: a server
	// cannot see whether a client of a connection pool is alive.
	writing = time.Hour
	// page is the largest number of rows of one query. Between two queries, no
	// connection is held.
	page = 1000
)

// Commit implements [evidence.Store].
func (s evidenceStore) Commit(ctx context.Context, b evidence.Batch) error {
	batch := new(pgx.Batch)
	if err := queuePieces(batch, b.Pieces); err != nil {
		return err
	}
	queueEntries(batch, b.Entries)
	if batch.Len() == 0 {
		return nil
	}
	return failed(s.pool.SendBatch(ctx, batch).Close()) // one implicit transaction
}

func queuePieces(batch *pgx.Batch, pieces []evidence.Piece) error {
	var ids, kinds, copies []string
	var numbers []int32
	var contents, sealed [][]byte
	var lasts []bool
	for _, p := range pieces {
		if p.Object.Kind == evidence.KindRecovery {
			if p.Number != 0 || !p.Last {
				return errors.New("pgstore: a recovery key must be one piece")
			}
			copies, sealed = append(copies, p.Object.ID), append(sealed, notNull(p.Bytes))
			continue
		}
		ids, kinds, numbers = append(ids, p.Object.ID), append(kinds, string(p.Object.Kind)), append(numbers, int32(p.Number))
		contents, lasts = append(contents, notNull(p.Bytes)), append(lasts, p.Last)
	}
	if len(ids) > 0 {
		batch.Queue(insertPieces, ids, kinds, numbers, contents, lasts)
	}
	if len(copies) > 0 {
		batch.Queue(insertRecovery, copies, sealed)
	}
	return nil
}

func queueEntries(batch *pgx.Batch, entries []evidence.Entry) {
	var chains, events, abouts, transactions []string
	var numbers []int64
	var lines [][]byte
	for _, e := range entries {
		chains, numbers, events = append(chains, e.Chain), append(numbers, int64(e.Number)), append(events, e.Event)
		abouts, transactions, lines = append(abouts, e.About), append(transactions, e.TxID), append(lines, notNull(e.Line))
	}
	if len(entries) > 0 {
		batch.Queue(insertEntries, chains, numbers, events, abouts, transactions, lines)
	}
}

func notNull(p []byte) []byte {
	if p == nil {
		return []byte{}
	}
	return p
}

// failed returns the errors that a log distinguishes.
func failed(err error) error {
	switch {
	case err == nil:
		return nil
	case sqlState(err) == stateUniqueViolation:
		return fmt.Errorf("%w: %w", evidence.ErrExists, err)
	}
	return fmt.Errorf("pgstore: %w", err)
}

// Fence implements [evidence.Store].
func (s evidenceStore) Fence(ctx context.Context, o evidence.Object) error {
	if o.Kind == evidence.KindRecovery {
		return nil // it has one piece
	}
	for {
		_, err := s.pool.Exec(ctx, fencePiece, o.ID, string(o.Kind))
		if sqlState(err) != stateUniqueViolation {
			return failed(err)
		} // its writer was faster: look again
	}
}

// Live implements [evidence.Store].
func (s evidenceStore) Live(ctx context.Context, o evidence.Object) (live bool, err error) {
	err = s.pool.QueryRow(ctx, liveObject, o.ID, string(o.Kind), writing.Microseconds()).Scan(&live)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	return live, failed(err)
}

// Read implements [evidence.Store].
func (s evidenceStore) Read(ctx context.Context, o evidence.Object) (io.ReadCloser, error) {
	sql, args := readPieces, []any{o.ID, string(o.Kind)}
	if o.Kind == evidence.KindRecovery {
		sql, args = readRecovery, args[:1]
	}
	pieces, err := collect(ctx, s.pool, pgx.RowTo[[]byte], sql, args...)
	switch {
	case err != nil:
		return nil, err
	case len(pieces) == 0:
		return nil, fmt.Errorf("pgstore: %s %s: %w", o.Kind, o.ID, fs.ErrNotExist)
	}
	return io.NopCloser(bytes.NewReader(bytes.Join(pieces, nil))), nil
}

func collect[T any](ctx context.Context, pool *pgxpool.Pool, row pgx.RowToFunc[T], sql string, args ...any) ([]T, error) {
	rows, err := pool.Query(ctx, sql, args...)
	if err != nil {
		return nil, failed(err)
	}
	all, err := pgx.CollectRows(rows, row)
	return all, failed(err)
}

// Remove implements [evidence.Store]. To remove existing records and
// attachments, the role must have been granted kakaocert_purge.
func (s evidenceStore) Remove(ctx context.Context, objects ...evidence.Object) error {
	ids := make(map[evidence.Kind][]string)
	for _, o := range objects {
		ids[o.Kind] = append(ids[o.Kind], o.ID)
	}
	if copies := ids[evidence.KindRecovery]; copies != nil {
		if _, err := s.pool.Exec(ctx, deleteCopies, string(evidence.KindRecovery), copies); err != nil {
			return failed(err)
		}
		delete(ids, evidence.KindRecovery)
	}
	for kind, all := range ids {
		var there bool
		if err := s.pool.QueryRow(ctx, anyPieces, string(kind), all).Scan(&there); err != nil {
			return failed(err)
		}
		if !there {
			delete(ids, kind)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	return failed(pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `set local role kakaocert_purge`); err != nil {
			return err
		}
		for kind, all := range ids {
			if _, err := tx.Exec(ctx, deletePieces, string(kind), all); err != nil {
				return err
			}
		}
		return nil
	}))
}

// Objects implements [evidence.Store].
func (s evidenceStore) Objects(ctx context.Context, kind evidence.Kind) iter.Seq2[evidence.Object, error] {
	sql := listPieces
	if kind == evidence.KindRecovery {
		sql = listRecovery
	}
	return func(yield func(evidence.Object, error) bool) {
		for after, more := "", true; more; {
			ids, err := collect(ctx, s.pool, pgx.RowTo[string], sql, string(kind), after, page)
			if err != nil {
				yield(evidence.Object{}, err)
				return
			}
			for _, id := range ids {
				if !yield(evidence.Object{Kind: kind, ID: id}, nil) {
					return
				}
				after = id
			}
			more = len(ids) == page
		}
	}
}

// Tips implements [evidence.Store].
func (s evidenceStore) Tips(ctx context.Context) iter.Seq2[evidence.Entry, error] {
	return func(yield func(evidence.Entry, error) bool) {
		tips, err := collect(ctx, s.pool, scanEntry, selectTips)
		if err != nil {
			yield(evidence.Entry{}, err)
			return
		}
		for _, e := range tips {
			if !yield(e, nil) {
				return
			}
		}
	}
}

func scanEntry(row pgx.CollectableRow) (e evidence.Entry, err error) {
	var number int64
	err = row.Scan(&e.Chain, &number, &e.Event, &e.About, &e.TxID, &e.Line)
	e.Number = uint64(number)
	return e, err
}

// Entries implements [evidence.Store].
func (s evidenceStore) Entries(ctx context.Context, q evidence.Query) iter.Seq2[evidence.Entry, error] {
	return func(yield func(evidence.Entry, error) bool) {
		chain, number := q.Chain, q.After
		for more := true; more; {
			sql, args := entriesAfter(q, chain, number)
			entries, err := collect(ctx, s.pool, scanEntry, sql, args...)
			if err != nil {
				yield(evidence.Entry{}, err)
				return
			}
			for _, e := range entries {
				if !yield(e, nil) {
					return
				}
				chain, number = e.Chain, e.Number
			}
			more = len(entries) == page
		}
	}
}

// entriesAfter returns the statement for the next page of a query. It leaves
// out unused conditions, so that each kind of query finds its index.
func entriesAfter(q evidence.Query, chain string, number uint64) (sql string, args []any) {
	var where []string
	add := func(condition string, value any) {
		args = append(args, value)
		where = append(where, fmt.Sprintf(condition, len(args)))
	}
	if q.Chain != "" {
		add("chain = $%d::text", q.Chain)
		add("number > $%d::bigint", int64(number))
	} else {
		add("(chain, number) > ($%d::text", chain)
		add("$%d::bigint)", int64(number))
		where = []string{strings.Join(where, ", ")}
	}
	switch {
	case q.Event == "":
	case strings.Trim(q.Event, "abcdefghijklmnopqrstuvwxyz") == "": // as a literal, which the index for rare events needs
		where = append(where, "event = '"+q.Event+"'")
	default:
		add("event = $%d::text", q.Event)
	}
	if q.About != "" {
		add("about = $%d::text and about <> ''", q.About)
	}
	if q.TxID != "" {
		add("tx_id = $%d::text and tx_id <> ''", q.TxID)
	}
	return fmt.Sprintf("%s%s order by chain, number limit %d", selectEntries, strings.Join(where, " and "), page), args
}
