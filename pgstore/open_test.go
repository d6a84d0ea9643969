package pgstore_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/evidence"
	"github.com/kakaocert-go/kakaocert/internal/pgtest"
	"github.com/kakaocert-go/kakaocert/pgstore"
)

func TestOpen_RefusesAnotherSchema(t *testing.T) {
	t.Parallel()
	empty := connect(t, pgtest.New(t).URL())
	_, err := pgstore.Open(t.Context(), empty, nil)
	require.ErrorIs(t, err, pgstore.ErrSchema)
	assert.ErrorContains(t, err, "kakaocert-pg schema prints the SQL that makes it")
	_, err = pgstore.OpenReader(t.Context(), empty)
	require.ErrorIs(t, err, pgstore.ErrSchema)

	db := newDatabase(t)
	for _, other := range []struct {
		version int
		says    string
	}{
		{pgstore.SchemaVersion + 1, "a newer program has upgraded it; update this one"},
		{pgstore.SchemaVersion - 1, fmt.Sprintf("kakaocert-pg schema --from %d prints the SQL that upgrades it", pgstore.SchemaVersion-1)},
	} {
		db.Exec(t, fmt.Sprint("update kakaocert.schema_version set version = ", other.version))
		pool := connect(t, db.URLAs("pod"))
		_, err = pgstore.Open(t.Context(), pool, nil)
		require.ErrorIs(t, err, pgstore.ErrSchema)
		assert.ErrorContains(t, err, fmt.Sprintf("it has version %d, and must have %d: ", other.version, pgstore.SchemaVersion))
		assert.ErrorContains(t, err, other.says)
		_, err = pgstore.OpenReader(t.Context(), pool)
		require.ErrorIs(t, err, pgstore.ErrSchema)
	}
}

// Each version's file is there, and writes its own number, so that a database of
// any version can be brought to the newest by the files after it.
func TestSchema_StepsLeadFromEachVersionToTheNext(t *testing.T) {
	t.Parallel()
	step := pgtest.New(t)
	for version := range pgstore.SchemaVersion {
		from, err := pgstore.Schema(version)
		require.NoError(t, err)
		rest, err := pgstore.Schema(version + 1)
		require.NoError(t, err)
		sql, is := strings.CutSuffix(from, rest)
		require.True(t, is, "the steps from %d begin with that to %d", version, version+1)
		require.NotEmpty(t, sql)
		step.Exec(t, "begin; "+sql+"commit;")
		step.Exec(t, fmt.Sprintf("do $$ begin assert (select version = %d and count(*) over () = 1 from kakaocert.schema_version); end $$", version+1))
	}
	_, err := pgstore.Open(t.Context(), connect(t, step.URL()), slog.New(slog.DiscardHandler))
	require.NoError(t, err)
}

func TestOpen_RefusesARoleThatLacksPrivileges(t *testing.T) {
	t.Parallel()
	db := newDatabase(t)
	_, err := pgstore.Open(t.Context(), connect(t, db.URLAs("stranger")), nil)
	require.ErrorIs(t, err, pgstore.ErrGrants)
	auditor := connect(t, db.URLAs("auditor"))
	_, err = pgstore.Open(t.Context(), auditor, nil)
	require.ErrorIs(t, err, pgstore.ErrGrants)
	assert.ErrorContains(t, err, "INSERT on kakaocert.evidence_piece")
	reader, err := pgstore.OpenReader(t.Context(), auditor)
	require.NoError(t, err)
	for range reader.Entries(t.Context(), evidence.Query{}) {
		t.Error("there are no entries")
	}
}

func TestOpen_WarnsOfWhatACrashCanLose(t *testing.T) {
	t.Parallel()
	db := withSchema(t, pgtest.On(t, pgtest.Start(t))) // which waits for its disk
	const lost, rights, month = "a crash can lose", "may change evidence", "partition of evidence_piece is missing"
	for _, c := range []struct {
		role, commit string
		warnings     []string
	}{
		{"pod", "on", nil}, {"pod", "remote_apply", nil}, {"pod", "local", nil},
		{"pod", "off", []string{lost}}, {"postgres", "on", []string{rights}}, {"dba", "off", []string{lost, rights}},
	} {
		pool := connect(t, db.URLAs(c.role), func(config *pgxpool.Config) { config.ConnConfig.RuntimeParams["synchronous_commit"] = c.commit })
		assert.ElementsMatch(t, c.warnings, warned(t, pool, lost, rights, month), c.role+" "+c.commit)
	}
	db.Exec(t, "do $$ begin execute format('drop table kakaocert.%I', 'evidence_piece_' || to_char(clock_timestamp() at time zone 'UTC' + interval '2 days', 'YYYY_MM')); end $$")
	assert.Equal(t, []string{month}, warned(t, connect(t, db.URLAs("pod")), lost, rights, month))
}

// warned opens the store and returns those of the given warnings that were
// logged.
func warned(t *testing.T, pool *pgxpool.Pool, all ...string) (found []string) {
	t.Helper()
	var log bytes.Buffer
	_, err := pgstore.Open(t.Context(), pool, slog.New(slog.NewTextHandler(&log, nil)))
	require.NoError(t, err)
	for _, warning := range all {
		if strings.Contains(log.String(), warning) {
			found = append(found, warning)
		}
	}
	require.Equal(t, len(found), strings.Count(log.String(), "level="))
	return found
}

func TestSchema_IsForAKnownVersion(t *testing.T) {
	t.Parallel()
	for _, version := range []int{-1, pgstore.SchemaVersion + 1} {
		_, err := pgstore.Schema(version)
		require.Error(t, err)
	}
	current, err := pgstore.Schema(pgstore.SchemaVersion)
	require.NoError(t, err)
	assert.Empty(t, current, "nothing is left to do")
}

// Evidence does not change, whichever role tries.
func TestSchema_EvidenceIsNotChanged(t *testing.T) {
	t.Parallel()
	db := newDatabase(t)
	store := open(t, connect(t, db.URLAs("pod"))).Evidence()
	now := time.Now().UTC()
	record, month := object(evidence.KindRecord, now.Format("20060102T150405Z")+"-0000000000000001"), "kakaocert.evidence_piece_"+now.Format("2006_01")
	require.NoError(t, store.Commit(t.Context(), evidence.Batch{
		Pieces:  []evidence.Piece{{Object: record, Bytes: []byte("sealed"), Last: true}, {Object: object(evidence.KindRecovery, record.ID), Bytes: []byte("key"), Last: true}},
		Entries: []evidence.Entry{{Chain: "20261127T003000Z-00000000000000aa", Number: 1, Event: "begun", About: record.ID, TxID: "tx-1", Line: []byte("line")}},
	}))
	db.Exec(t, "insert into kakaocert.flow_log (flow, rev, state, owner, reason, at) values ('order-1', 1, 'new', 'pod-1', '', now())")
	for _, role := range []string{"pod", "purger", "auditor", "dba", "postgres"} {
		pool := connect(t, db.URLAs(role))
		for _, sql := range []string{
			"update kakaocert.evidence_piece set bytes = ''", "delete from kakaocert.evidence_piece", "truncate kakaocert.evidence_piece",
			"update " + month + " set bytes = ''", "delete from " + month, "truncate " + month,
			"update kakaocert.evidence_piece set id = '2'", "update kakaocert.evidence_recovery set bytes = ''",
			"update kakaocert.evidence_entry set line = ''", "delete from kakaocert.evidence_entry", "truncate kakaocert.evidence_entry",
			"update kakaocert.flow_log set owner = ''", "delete from kakaocert.flow_log", "truncate kakaocert.flow_log",
		} {
			_, err := pool.Exec(t.Context(), sql)
			failed := new(pgconn.PgError)
			require.ErrorAs(t, err, &failed, role+": "+sql)
			assert.Equal(t, "42501", failed.Code, role+": "+sql)
		}
	}
	require.ErrorContains(t, store.Remove(t.Context(), record), "kakaocert_purge", "pods do not purge")
	require.NoError(t, store.Remove(t.Context(), object(evidence.KindRecovery, record.ID)), "but they forget keys")
	purger := connect(t, db.URLAs("purger"))
	require.NoError(t, open(t, purger).Evidence().Remove(t.Context(), record))
	require.NoError(t, store.Commit(t.Context(), evidence.Batch{Pieces: []evidence.Piece{{Object: record, Last: true}}}))
	_, err := purger.Exec(t.Context(), "delete from kakaocert.evidence_piece")
	require.Error(t, err, "the role was set for the purge alone")
}
