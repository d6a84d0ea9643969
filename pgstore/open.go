package pgstore

import (
	"cmp"
	"context"
	"embed"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/kakaocert-go/kakaocert/evidence"
	"github.com/kakaocert-go/kakaocert/flow"
)

// SchemaVersion is the version of the schema that this package works with.
const SchemaVersion = 1

//go:embed schema/*.sql
var schemaFiles embed.FS

// Schema returns the SQL that updates a database from a version of the schema
// to [SchemaVersion]; version 0 means a database without it. A DBA reads it and
// runs it as the role that is to own the schema, in one transaction. The
// command kakaocert-pg prints it too.
func Schema(from int) (sql string, err error) {
	if from < 0 || from > SchemaVersion {
		return "", fmt.Errorf("pgstore: version must be from 0 to %d", SchemaVersion)
	}
	var all strings.Builder
	for version := from + 1; version <= SchemaVersion; version++ {
		file, err := schemaFiles.ReadFile(fmt.Sprintf("schema/%03d.sql", version))
		if err != nil {
			return "", err
		}
		all.Write(file)
	}
	return all.String(), nil
}

// Errors of [Open] and [OpenReader]. They are matched with errors.Is.
var (
	// ErrSchema: the database has no schema kakaocert, or one of another version.
	ErrSchema = errors.New("pgstore: schema is missing or has another version")
	// ErrGrants: the role lacks a privilege that this package needs. Grant it
	// kakaocert_pod.
	ErrGrants = errors.New("pgstore: role lacks privileges")
)

// Store is a PostgreSQL database with the schema kakaocert.
type Store struct{ pool *pgxpool.Pool }

// Open checks the database's schema and the role's privileges. It sends no DDL.
// The caller must close the pool. The store is safe for use by many goroutines.
//
// Open logs a warning, to slog.Default if the logger is nil, when the database
// may lose what it has confirmed (synchronous_commit is off), and when the role
// may change evidence, as a superuser may.
func Open(ctx context.Context, pool *pgxpool.Pool, logger *slog.Logger) (*Store, error) {
	if err := checkVersion(ctx, pool); err != nil {
		return nil, err
	}
	if err := checkGrants(ctx, pool); err != nil {
		return nil, err
	}
	if err := warn(ctx, pool, cmp.Or(logger, slog.Default())); err != nil {
		return nil, err
	}
	return &Store{pool}, nil
}

// OpenReader opens the evidence for a role that only reads it, such as an
// auditor's with kakaocert_auditor.
func OpenReader(ctx context.Context, pool *pgxpool.Pool) (evidence.StoreReader, error) {
	if err := checkVersion(ctx, pool); err != nil {
		return nil, err
	}
	return evidenceStore{pool}, nil
}

// Flows returns the store for package flow.
func (s *Store) Flows() flow.Store[pgx.Tx] { return flows{s.pool} }

// Evidence returns the store for a log of package evidence.
func (s *Store) Evidence() evidence.Store { return evidenceStore{s.pool} }

// The SQLSTATEs that this package acts on.
const (
	stateUniqueViolation       = "23505"
	stateUndefinedTable        = "42P01"
	stateInvalidSchema         = "3F000"
	stateInsufficientPrivilege = "42501"
)

// sqlState returns the code of an error of the server's.
func sqlState(err error) string {
	if failed, ok := errors.AsType[*pgconn.PgError](err); ok {
		return failed.Code
	}
	return ""
}

func checkVersion(ctx context.Context, pool *pgxpool.Pool) error {
	var version int
	err := pool.QueryRow(ctx, `select version from kakaocert.schema_version`).Scan(&version)
	switch state := sqlState(err); {
	case state == stateUndefinedTable || state == stateInvalidSchema || errors.Is(err, pgx.ErrNoRows):
		return fmt.Errorf("%w: it is missing: kakaocert-pg schema prints the SQL that makes it", ErrSchema)
	case state == stateInsufficientPrivilege:
		return fmt.Errorf("%w: %w", ErrGrants, err)
	case err != nil:
		return fmt.Errorf("pgstore: %w", err)
	case version < SchemaVersion:
		return fmt.Errorf("%w: it has version %d, and must have %d: kakaocert-pg schema --from %d prints the SQL that upgrades it", ErrSchema, version, SchemaVersion, version)
	case version > SchemaVersion:
		return fmt.Errorf("%w: it has version %d, and must have %d: a newer program has upgraded it; update this one", ErrSchema, version, SchemaVersion)
	}
	return nil
}

// needed are the privileges of kakaocert_pod.
var needed = map[string][]string{
	"evidence_piece":    {"SELECT", "INSERT"},
	"evidence_entry":    {"SELECT", "INSERT"},
	"evidence_recovery": {"SELECT", "INSERT", "DELETE"},
	"flow":              {"SELECT", "INSERT", "UPDATE"},
	"flow_log":          {"INSERT"},
	"replay":            {"INSERT"},
}

func checkGrants(ctx context.Context, pool *pgxpool.Pool) error {
	var missing []string
	var tables, privileges []string
	for table, all := range needed {
		for _, privilege := range all {
			tables, privileges = append(tables, "kakaocert."+table), append(privileges, privilege)
		}
	}
	rows, err := pool.Query(ctx, `select n.privilege || ' on ' || n.table_name from unnest($1::text[], $2::text[]) n (table_name, privilege)
		where not has_table_privilege(n.table_name, n.privilege) order by 1`, tables, privileges)
	if err == nil {
		missing, err = pgx.CollectRows(rows, pgx.RowTo[string])
	}
	switch {
	case err != nil:
		return fmt.Errorf("pgstore: %w", err)
	case len(missing) > 0:
		return fmt.Errorf("%w: %s", ErrGrants, strings.Join(missing, ", "))
	}
	return nil
}

// warn reports settings that do not stop the work but are wrong in production.
func warn(ctx context.Context, pool *pgxpool.Pool, logger *slog.Logger) error {
	var commit string
	var fsync, changes, partition bool
	err := pool.QueryRow(ctx, `select current_setting('synchronous_commit'), current_setting('fsync')::bool,
		has_table_privilege('kakaocert.evidence_piece', 'UPDATE, DELETE, TRUNCATE, TRIGGER') or has_table_privilege('kakaocert.evidence_entry', 'UPDATE, DELETE, TRUNCATE, TRIGGER'),
		to_regclass('kakaocert.evidence_piece_' || to_char(clock_timestamp() at time zone 'UTC' + interval '2 days', 'YYYY_MM')) is not null`).
		Scan(&commit, &fsync, &changes, &partition)
	if err != nil {
		return fmt.Errorf("pgstore: %w", err)
	}
	if commit == "off" || !fsync {
		logger.WarnContext(ctx, "pgstore: the database confirms commits that a crash can lose", "synchronous_commit", commit, "fsync", fsync)
	}
	if changes {
		logger.WarnContext(ctx, "pgstore: the role may change evidence: let pods use a role that was granted kakaocert_pod only")
	}
	if !partition {
		logger.WarnContext(ctx, "pgstore: the month's partition of evidence_piece is missing: let the owner run kakaocert.maintain() once a day")
	}
	return nil
}
