package pgstore_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/evidence"
	"github.com/kakaocert-go/kakaocert/evidence/evidencetest"
)

// stores gives each place a database, and each opening the store of one
// process.
func stores(way func(testing.TB, string) *pgxpool.Pool) evidencetest.NewStore {
	return func(t testing.TB, place string) evidence.Store { return open(t, way(t, place)).Evidence() }
}

func TestEvidence_KeepsTheContractOfAStore(t *testing.T) {
	t.Parallel()
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			pools := make(map[string]*pgxpool.Pool)
			evidencetest.RunStore(t, stores(func(inner testing.TB, place string) *pgxpool.Pool {
				mu.Lock()
				defer mu.Unlock()
				if pools[place] == nil {
					pools[place] = way(inner, newDatabase(inner), "purger")
				}
				return pools[place]
			}))
		})
	}
}

func object(kind evidence.Kind, id string) evidence.Object {
	return evidence.Object{Kind: kind, ID: id}
}

func TestEvidence_RecordsAreInTheirMonth(t *testing.T) {
	t.Parallel()
	db := newDatabase(t)
	store := open(t, connect(t, db.URLAs("pod"))).Evidence()
	now := time.Now().UTC()
	for id, kind := range map[string]evidence.Kind{
		now.Format("20060102T150405Z") + "-0000000000000001": evidence.KindRecord,
		now.Format("20060102T150405Z") + "-0000000000000002": evidence.KindAttachment,
		"20200101T000000Z-0000000000000003":                  evidence.KindRecord,
		fmt.Sprintf("%020d", 1):                              evidence.KindCheckpoint,
	} {
		require.NoError(t, store.Commit(t.Context(), evidence.Batch{Pieces: []evidence.Piece{{Object: object(kind, id), Last: true}}}))
	}
	assert.Equal(t, 2, count(t, db, "evidence_piece_"+now.Format("2006_01")))
	assert.Equal(t, 1, count(t, db, "evidence_piece_rest"))
	assert.Equal(t, 1, count(t, db, "evidence_piece_checkpoints"))
}

// A query for a rare event uses its index, however often the statement was
// prepared: a plan without the event would read all entries.
func TestEvidence_RareEventsHaveAnIndex(t *testing.T) {
	t.Parallel()
	db := newDatabase(t)
	db.Exec(t, `insert into kakaocert.evidence_entry select 'chain-' || (i % 10), i / 10 + 1, case when i % 2 = 0 then 'begun' else 'ended' end,
		'record-' || (i / 2), case when i % 2 = 0 then 'tx-' || (i / 2) else '' end, '' from generate_series(0, 20000) i; analyze kakaocert.evidence_entry`)
	pool := connect(t, db.URLAs("pod"), func(c *pgxpool.Config) {
		c.MaxConns, c.ConnConfig.RuntimeParams["plan_cache_mode"] = 1, "force_generic_plan"
	})
	store := open(t, pool).Evidence()
	for range 10 {
		for range store.Entries(t.Context(), evidence.Query{Event: "linked"}) {
			t.Fatal("there is none")
		}
	}
	require.Eventually(t, func() bool {
		var found int
		require.NoError(t, pool.QueryRow(t.Context(), "select idx_scan from pg_stat_user_indexes where indexrelname = 'evidence_entry_event'").Scan(&found))
		return found >= 10
	}, 5*time.Minute, 50*time.Millisecond)
}
