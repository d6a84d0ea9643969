package pgstore_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/internal/pgtest"
	"github.com/kakaocert-go/kakaocert/pgstore"
)

func key(n byte) [sha256.Size]byte { return sha256.Sum256([]byte{n}) }

func tonight() time.Time { return time.Now().Add(6 * time.Hour) }

func TestReplay_OneOfManyIsToldThatAKeyIsNew(t *testing.T) {
	t.Parallel()
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pool := way(t, newDatabase(t), "pod")
			until := tonight()
			var won [20]atomic.Int32
			var group sync.WaitGroup
			for n := range won {
				for range 8 {
					group.Go(func() {
						added, err := pgstore.Replay(pool).Add(t.Context(), key(byte(n)), until)
						assert.NoError(t, err)
						if added {
							won[n].Add(1)
						}
					})
				}
			}
			group.Wait()
			for n := range won {
				assert.EqualValues(t, 1, won[n].Load())
			}
		})
	}
}

func TestReplay_KeyIsKeptWithTheOrderOrNotAtAll(t *testing.T) {
	t.Parallel()
	pool := connect(t, newDatabase(t).URLAs("pod"))
	until := tonight()
	order := func(fails error) (added bool, err error) {
		err = pgx.BeginFunc(t.Context(), pool, func(tx pgx.Tx) error {
			var err error
			added, err = pgstore.Replay(tx).Add(t.Context(), key(1), until)
			return errors.Join(err, fails)
		})
		return added, err
	}
	failure := errors.New("the order's row was refused")
	added, err := order(failure)
	require.ErrorIs(t, err, failure)
	require.True(t, added)
	for _, want := range []bool{true, false} {
		added, err = order(nil)
		require.NoError(t, err)
		assert.Equal(t, want, added, "the first try has left nothing")
	}
}

func TestReplay_SecondTransactionWaitsForTheFirst(t *testing.T) {
	t.Parallel()
	pool := connect(t, newDatabase(t).URLAs("pod"))
	until := tonight()
	first, err := pool.Begin(t.Context())
	require.NoError(t, err)
	added, err := pgstore.Replay(first).Add(t.Context(), key(1), until)
	require.NoError(t, err)
	require.True(t, added)
	second := make(chan bool)
	go func() {
		added, err := pgstore.Replay(pool).Add(context.WithoutCancel(t.Context()), key(1), until)
		assert.NoError(t, err)
		second <- added
	}()
	require.NoError(t, first.Rollback(t.Context()))
	assert.True(t, <-second, "the first was rolled back")
}

func TestReplay_DaysThatAreOverAreDropped(t *testing.T) {
	t.Parallel()
	db := newDatabase(t)
	replay := pgstore.Replay(connect(t, db.URLAs("pod")))
	now := time.Now().UTC()
	db.Exec(t, "set role dba; select kakaocert.add_partition('replay', '"+now.AddDate(0, 0, -3).Format("2006_01_02")+"', '''"+
		now.AddDate(0, 0, -3).Format("2006-01-02")+" 00:00Z''', '''"+now.AddDate(0, 0, -2).Format("2006-01-02")+" 00:00Z''')")
	for n, until := range []time.Time{now.AddDate(0, 0, -3), now.AddDate(0, 0, -30), now, now.Add(24 * time.Hour), now.AddDate(1, 0, 0)} {
		added, err := replay.Add(t.Context(), key(byte(n)), until)
		require.NoError(t, err)
		require.True(t, added)
	}
	db.Exec(t, "set role dba; select kakaocert.maintain()")
	assert.Equal(t, 3, count(t, db, "replay"), "those of days that are over are gone")
	assert.Equal(t, 1, count(t, db, "replay_rest"), "one in a year waits outside of the days")
}

func count(t *testing.T, db *pgtest.Database, table string) (n int) {
	t.Helper()
	err := connect(t, db.URL()).QueryRow(t.Context(), "select count(*) from kakaocert."+table).Scan(&n)
	require.NoError(t, err)
	return n
}
