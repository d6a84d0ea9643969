// Package pgstore keeps flows, evidence and accepted orders in PostgreSQL, for
// institutions whose backend runs as many processes.
//
//	pool, err := pgxpool.New(ctx, address)
//	store, err := pgstore.Open(ctx, pool, nil)
//	store.Flows()          // a flow.Store: durable flows
//	store.Evidence()       // an evidence.Store: answers of verify
//	pgstore.Replay(tx)     // a kakaocert.ReplayStore in the order's own transaction
//
// A DBA makes the schema from the SQL that [Schema] returns and "kakaocert-pg
// schema" prints. Open sends no DDL. The backends use a role that was granted
// kakaocert_pod: it may add evidence and read it, but never change or delete
// it. See docs/postgresql.md for a DBA's questions.
//
// # Connection pools in front of the server
//
// Nothing here depends on the state of a connection: no prepared statements by
// name, no advisory locks, no LISTEN, no settings that outlive a transaction.
// So PgBouncer works in transaction mode. For a PgBouncer before version 1.21,
// or with max_prepared_statements 0, configure pgx not to prepare statements by
// name:
//
//	config.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeExec
package pgstore
