package pgstore_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/internal/judge"
	"github.com/kakaocert-go/kakaocert/internal/pgtest"
	"github.com/kakaocert-go/kakaocert/pgstore"
)

func TestMain(m *testing.M) { judge.Main(m) }

// roles are those of an institution: its DBA, its backends, the role that
// purges, and the auditor's.
const roles = `do $$ begin
	create role dba login createrole;
exception when duplicate_object or unique_violation then null; end $$;
grant create on database %[1]s to dba;`

const logins = `do $$ begin
	create role pod login in role kakaocert_pod;
	create role purger login in role kakaocert_pod, kakaocert_purge;
	create role auditor login in role kakaocert_auditor;
	create role stranger login;
exception when duplicate_object or unique_violation then null; end $$;`

// prepared contains the schema, which the DBA has made.
var prepared = pgtest.Template{Prepare: func(t testing.TB, db *pgtest.Database) { withSchema(t, db) }}

func newDatabase(t testing.TB) *pgtest.Database {
	t.Helper()
	return prepared.New(t)
}

func withSchema(t testing.TB, db *pgtest.Database) *pgtest.Database {
	t.Helper()
	schema, err := pgstore.Schema(0)
	require.NoError(t, err)
	db.Exec(t, fmt.Sprintf(roles, db.Name)+"begin; set local role dba;"+schema+"commit;"+logins)
	return db
}

// connect returns a pool of one process.
func connect(t testing.TB, address string, options ...func(*pgxpool.Config)) *pgxpool.Pool {
	t.Helper()
	config, err := pgxpool.ParseConfig(address)
	require.NoError(t, err)
	for _, set := range options {
		set(config)
	}
	pool, err := pgxpool.NewWithConfig(context.Background(), config)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	return pool
}

func mode(mode pgx.QueryExecMode) func(*pgxpool.Config) {
	return func(c *pgxpool.Config) { c.ConnConfig.DefaultQueryExecMode = mode }
}

func open(t testing.TB, pool *pgxpool.Pool) *pgstore.Store {
	t.Helper()
	store, err := pgstore.Open(t.Context(), pool, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	return store
}

// ways are the ways in which a process reaches the database. PgBouncer is that
// of Debian 12, which does not support statements that are prepared by name.
var ways = map[string]func(testing.TB, *pgtest.Database, string) *pgxpool.Pool{
	"Direct": func(t testing.TB, db *pgtest.Database, role string) *pgxpool.Pool { return connect(t, db.URLAs(role)) },
	"SimpleProtocol": func(t testing.TB, db *pgtest.Database, role string) *pgxpool.Pool {
		return connect(t, db.URLAs(role), mode(pgx.QueryExecModeSimpleProtocol))
	},
	"PgBouncer": func(t testing.TB, db *pgtest.Database, role string) *pgxpool.Pool {
		return connect(t, bouncer(t, db, role), mode(pgx.QueryExecModeExec))
	},
}

const bouncerSettings = `[databases]
* = host='%[1]s'
[pgbouncer]
listen_addr =
listen_port = 6432
unix_socket_dir = %[2]s
auth_type = trust
auth_file = %[2]s/users
pool_mode = transaction
default_pool_size = 3
`

// bouncer starts PgBouncer in transaction mode in front of the server, and
// returns the address of the database behind it.
func bouncer(t testing.TB, db *pgtest.Database, role string) (address string) {
	t.Helper()
	program := judge.Need(t, "pgbouncer")
	dir, err := os.MkdirTemp(db.Server.Dir(), "bouncer")
	require.NoError(t, err)
	require.NoError(t, os.Chmod(dir, 0o777)) // the directory above it is closed
	require.NoError(t, os.WriteFile(filepath.Join(dir, "settings"), fmt.Appendf(nil, bouncerSettings, db.Server.Dir(), dir), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "users"), fmt.Appendf(nil, "%q \"\"\n", role), 0o644))
	process := db.Server.Command(context.Background(), program, filepath.Join(dir, "settings"))
	require.NoError(t, process.Start())
	t.Cleanup(func() {
		_ = process.Process.Kill()
		_ = process.Wait()
	})
	address = fmt.Sprintf("postgres:///%s?host=%s&port=6432&user=%s", db.Name, url.PathEscape(dir), role)
	require.Eventually(t, func() bool {
		conn, err := pgx.Connect(context.Background(), address)
		if err != nil {
			return false
		}
		return conn.Close(context.Background()) == nil
	}, 5*time.Minute, 10*time.Millisecond)
	return address
}
