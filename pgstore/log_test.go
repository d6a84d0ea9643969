package pgstore_test

import (
	"bytes"
	"context"
	"crypto/ecdh"
	"crypto/hpke"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/evidence"
	"github.com/kakaocert-go/kakaocert/evidence/evidencetest"
	"github.com/kakaocert-go/kakaocert/internal/pgtest"
	"github.com/kakaocert-go/kakaocert/pgstore"
)

func podsKey(t testing.TB) evidence.Key {
	t.Helper()
	key, err := evidence.NewKey(bytes.Repeat([]byte{7}, evidence.KeySize))
	require.NoError(t, err)
	return key
}

// pair is the archive's public key and its private key, which pods do not have.
func pair(t testing.TB) (evidence.Recipient, evidence.Opener) {
	t.Helper()
	private, err := hpke.DHKEM(ecdh.P256()).GenerateKey()
	require.NoError(t, err)
	recipient, err := evidence.NewRecipient(private.PublicKey())
	require.NoError(t, err)
	opener, err := evidence.NewOpener(private)
	require.NoError(t, err)
	return recipient, opener
}

// newLog opens the log of one process.
func newLog(t testing.TB, pool *pgxpool.Pool, options ...evidence.KeyOption) *evidence.Log {
	t.Helper()
	log, err := evidence.NewLog(t.Context(), open(t, pool).Evidence(), podsKey(t), options...)
	require.NoError(t, err)
	t.Cleanup(func() { _ = log.Close() })
	return log
}

// templateVariable contains the name of the database that the killed processes
// copy.
const templateVariable = "KAKAOCERT_TEST_TEMPLATE"

// placeOf gives each place a database, whichever process asks first, and
// returns its address.
func placeOf(t testing.TB, place string) (address string) {
	t.Helper()
	template := os.Getenv(templateVariable)
	at, err := url.Parse(template)
	require.NoError(t, err)
	digest := sha256.Sum256([]byte(place))
	name := fmt.Sprintf("place_%x", digest[:8])
	admin, err := pgx.Connect(t.Context(), strings.Replace(template, at.Path, "/postgres", 1))
	require.NoError(t, err)
	_, err = admin.Exec(t.Context(), "create database "+name+" template "+at.Path[1:])
	if failed, ok := errors.AsType[*pgconn.PgError](err); !ok || failed.Code != "42P04" { // is there
		require.NoError(t, err)
	}
	require.NoError(t, admin.Close(t.Context()))
	return strings.Replace(strings.Replace(template, at.Path, "/"+name, 1), "user=postgres", "user=pod", 1)
}

// breaking returns functions that break and repair the database of a place.
func breaking(breaks, mends string) func(testing.TB, string) func() {
	return func(t testing.TB, place string) func() {
		execute := func(sql string) {
			address := strings.Replace(placeOf(t, place), "user=pod", "user=postgres", 1)
			pool, err := pgxpool.New(context.Background(), address)
			require.NoError(t, err)
			defer pool.Close()
			_, err = pool.Exec(context.Background(), sql)
			require.NoError(t, err)
		}
		execute(breaks)
		return func() { execute(mends) }
	}
}

func TestLog_KeepsTheContractOfASink(t *testing.T) {
	if os.Getenv(templateVariable) == "" {
		t.Setenv(templateVariable, newDatabase(t).URL())
	}
	evidencetest.Run(t, func(t testing.TB, place string) kakaocert.Sink {
		t.Helper()
		return newLog(t, connect(t, placeOf(t, place)))
	}, evidencetest.WithKills(8), evidencetest.WithFault("table taken away",
		breaking("alter table kakaocert.evidence_piece rename to gone", "alter table kakaocert.gone rename to evidence_piece")))
}

func TestLog_KeepsTheContractThroughPgBouncer(t *testing.T) {
	t.Parallel()
	recipient, _ := pair(t)
	pools := make(map[string]*pgxpool.Pool)
	evidencetest.Run(t, func(t testing.TB, place string) kakaocert.Sink {
		t.Helper()
		if pools[place] == nil {
			pools[place] = ways["PgBouncer"](t, newDatabase(t), "pod")
		}
		return newLog(t, pools[place], recipient)
	}, evidencetest.WithoutProcesses())
}

// keep stores an answer and returns the record's ID.
func keep(t testing.TB, log *evidence.Log, txID string) string {
	t.Helper()
	record, err := log.Begin(t.Context(), kakaocert.EvidenceMeta{Product: "K3510T", TxID: txID, BegunAt: time.Now(), Attempt: 1})
	require.NoError(t, err)
	for _, piece := range []string{"sig", "ned by 홍길동"} {
		_, err = record.Write([]byte(piece))
		require.NoError(t, err)
	}
	require.NoError(t, record.Commit())
	return record.(interface{ ID() string }).ID()
}

// audit reads the database as an auditor does.
func audit(t testing.TB, db *pgtest.Database, known ...evidence.Known) *evidence.Report {
	t.Helper()
	store, err := pgstore.OpenReader(t.Context(), connect(t, db.URLAs("auditor")))
	require.NoError(t, err)
	archive, err := evidence.NewArchive(store, podsKey(t))
	require.NoError(t, err)
	report, err := archive.Verify(t.Context(), known...)
	require.NoError(t, err)
	var heads []evidence.Head
	for _, k := range known {
		if head, ok := k.(evidence.Head); ok {
			heads = append(heads, head)
		}
	}
	offline := auditOffline(t, archive, heads, known...)
	require.LessOrEqual(t, len(offline.Faults), len(report.Faults), "only columns that an export does not have")
	return report
}

// An audit finds what a superuser does with the triggers off.
func TestLog_AuditFindsWhatASuperuserDoes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		sql  string
		want error
	}{
		"nothing":           {"select 1", nil},
		"changed piece":     {"update kakaocert.evidence_piece set bytes = set_byte(bytes, 20, get_byte(bytes, 20) # 1) where id = '%s' and number = 1", evidence.ErrDamaged},
		"changed head":      {"update kakaocert.evidence_piece set bytes = set_byte(bytes, 40, get_byte(bytes, 40) # 1) where id = '%s' and number = 0", evidence.ErrDamaged},
		"deleted piece":     {"delete from kakaocert.evidence_piece where id = '%s' and last", evidence.ErrDamaged},
		"deleted record":    {"delete from kakaocert.evidence_piece where id = '%s'", evidence.ErrMissing},
		"added piece":       {"insert into kakaocert.evidence_piece (id, kind, number, bytes, last) select id, kind, number + 1, bytes, true from kakaocert.evidence_piece where id = '%s' and last", evidence.ErrDamaged},
		"added record":      {"insert into kakaocert.evidence_piece (id, kind, number, bytes, last) select '20260301T093015Z-00000000000000ff', kind, number, bytes, last from kakaocert.evidence_piece where id = '%s'", evidence.ErrExtra},
		"exchanged records": {"update kakaocert.evidence_piece set bytes = (select p.bytes from kakaocert.evidence_piece p where p.kind = 'record' and p.number = 1 and p.id <> '%s' limit 1) where number = 1", evidence.ErrDamaged},
		"changed entry":     {"update kakaocert.evidence_entry set line = set_byte(line, 150, get_byte(line, 150) # 1) where event = 'ended' and about = '%s'", evidence.ErrDamaged},
		"deleted entry":     {"delete from kakaocert.evidence_entry where event = 'ended' and about = '%s'", evidence.ErrMissing},
		"refiled entry":     {"update kakaocert.evidence_entry set tx_id = 'tx-9' where event = 'begun' and about = '%s'", evidence.ErrDamaged},
		"added entry":       {"insert into kakaocert.evidence_entry select '20260301T093015Z-00000000000000cc', 1, event, about, tx_id, line from kakaocert.evidence_entry where event = 'begun' and about = '%s'", evidence.ErrDamaged},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := newDatabase(t)
			log := newLog(t, connect(t, db.URLAs("pod")))
			id := keep(t, log, "tx-1")
			for n := range 4 {
				keep(t, log, fmt.Sprint("tx-", n+2))
			}
			if strings.Contains(c.sql, "%s") {
				c.sql = fmt.Sprintf(c.sql, id)
			}
			db.Exec(t, "set session_replication_role = replica; "+c.sql)
			report := audit(t, db)
			if c.want == nil {
				require.NoError(t, report.Err())
				assert.Equal(t, 5, report.Committed)
				return
			}
			require.ErrorIs(t, report.Err(), c.want)
		})
	}
}

func TestLog_CutTailShowsToWhoKnowsTheHead(t *testing.T) {
	t.Parallel()
	db := newDatabase(t)
	log := newLog(t, connect(t, db.URLAs("pod")))
	keep(t, log, "tx-1")
	id := keep(t, log, "tx-2")
	heads, err := log.Archive().Heads(t.Context())
	require.NoError(t, err)
	var known []evidence.Known
	for _, head := range heads {
		known = append(known, head)
	}
	require.NoError(t, audit(t, db, known...).Err())
	db.Exec(t, fmt.Sprintf("set session_replication_role = replica; delete from kakaocert.evidence_entry where about = '%s'; delete from kakaocert.evidence_piece where id = '%s'", id, id))
	require.NoError(t, audit(t, db).Err(), "without the head nobody sees it")
	require.ErrorIs(t, audit(t, db, known...).Err(), evidence.ErrCutTail)
}

func TestLog_PurgedIsToldFromDeleted(t *testing.T) {
	t.Parallel()
	db := newDatabase(t)
	pods := newLog(t, connect(t, db.URLAs("pod")))
	id := keep(t, pods, "tx-1")
	keep(t, pods, "tx-2")
	require.NoError(t, pods.Attach(t.Context(), id, "note", []byte("checked")))
	retention := newLog(t, connect(t, db.URLAs("purger")))
	require.NoError(t, retention.Purge(t.Context(), "retention is over", id))
	report := audit(t, db)
	require.NoError(t, report.Err())
	assert.Equal(t, 1, report.Purged)
	assert.Equal(t, 1, report.Committed)
	assert.Zero(t, report.Attachments, "it went with its record")
	require.NoError(t, pods.Recover(t.Context()), "nothing is left for a role that may not purge")
}

// A pod can read records that have not ended; the archive's private key reads
// all.
func TestLog_PodsForgetWhatHasEnded(t *testing.T) {
	t.Parallel()
	db := newDatabase(t)
	recipient, opener := pair(t)
	first := newLog(t, connect(t, db.URLAs("pod")), recipient)
	id := keep(t, first, "tx-1")
	second := newLog(t, connect(t, db.URLAs("pod")), recipient)
	found, err := second.Archive().Record(t.Context(), id)
	require.NoError(t, err, "another pod finishes the flow")
	assert.Equal(t, "signed by 홍길동", string(found.Body()))
	require.NoError(t, second.Forget(t.Context(), id))
	_, err = second.Archive().Record(t.Context(), id)
	require.ErrorIs(t, err, evidence.ErrKey)
	assert.Zero(t, count(t, db, "evidence_recovery"))
	store, err := pgstore.OpenReader(t.Context(), connect(t, db.URLAs("auditor")))
	require.NoError(t, err)
	archive, err := evidence.NewArchive(store, podsKey(t), opener)
	require.NoError(t, err)
	found, err = archive.Record(t.Context(), id)
	require.NoError(t, err)
	assert.Equal(t, "signed by 홍길동", string(found.Body()))
}

func TestLog_SurvivesACrashOfTheServer(t *testing.T) {
	t.Parallel()
	server := pgtest.Start(t)
	db := withSchema(t, pgtest.On(t, server))
	log := newLog(t, connect(t, db.URLAs("pod")))
	id := keep(t, log, "tx-1")
	record, err := log.Begin(t.Context(), kakaocert.EvidenceMeta{Product: "K3510T", TxID: "tx-2", BegunAt: time.Now(), Attempt: 1})
	require.NoError(t, err)
	_, err = record.Write([]byte("half"))
	require.NoError(t, err)
	require.NoError(t, server.Crash())
	_, err = record.Write([]byte("lost"))
	require.Error(t, err)
	require.Error(t, record.Commit())
	require.NoError(t, server.Restart(t.Context()))
	keep(t, log, "tx-3") // the log goes on
	found, err := log.Archive().Record(t.Context(), id)
	require.NoError(t, err)
	assert.Equal(t, evidence.Committed, found.Outcome)
	for recalled, err := range log.Recall(t.Context(), "tx-2") {
		require.NoError(t, err)
		assert.Equal(t, "half", string(recalled.Body))
		assert.False(t, recalled.Whole)
	}
	require.NoError(t, audit(t, db).Err())
}
