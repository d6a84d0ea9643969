package pgstore_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/flow"
	"github.com/kakaocert-go/kakaocert/flow/flowtest"
)

func TestFlows_KeepTheContractOfAStore(t *testing.T) {
	t.Parallel()
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			flowtest.Run(t, func(t *testing.T) (flow.Store[pgx.Tx], flowtest.Begin[pgx.Tx]) {
				pool := way(t, newDatabase(t), "pod")
				return open(t, pool).Flows(), func(ctx context.Context, work func(context.Context, pgx.Tx) error) error {
					return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error { return work(ctx, tx) })
				}
			})
		})
	}
}

func TestFlows_TransactionGoesOnAfterATakenID(t *testing.T) {
	t.Parallel()
	pool := connect(t, newDatabase(t).URLAs("pod"))
	flows := open(t, pool).Flows()
	first := flow.Change{Progress: flow.Progress{State: flow.StateNew}, Owner: "pod-1"}
	require.NoError(t, pgx.BeginFunc(t.Context(), pool, func(tx pgx.Tx) error {
		require.NoError(t, flows.Insert(t.Context(), tx, "order-1", "K1110", nil, first))
		require.ErrorIs(t, flows.Insert(t.Context(), tx, "order-1", "K1110", nil, first), flow.ErrExists)
		return flows.Insert(t.Context(), tx, "order-2", "K1110", nil, first)
	}))
	for _, id := range []string{"order-1", "order-2"} {
		_, err := flows.Load(t.Context(), id)
		require.NoError(t, err)
	}
}

// A login is begun when its user has signed already, at a time that is not known.
func TestFlows_OldestSignedCountsLoginsFromTheirBeginning(t *testing.T) {
	t.Parallel()
	db := newDatabase(t)
	pool := connect(t, db.URLAs("pod"))
	flows := open(t, pool).Flows()
	require.NoError(t, pgx.BeginFunc(t.Context(), pool, func(tx pgx.Tx) error {
		return flows.Insert(t.Context(), tx, "login-1", "K2100", nil, flow.Change{Progress: flow.Progress{State: flow.StateSigned}, Owner: "pod-1"})
	}))
	_, err := connect(t, db.URL()).Exec(t.Context(), `update kakaocert.flow set created_at = created_at - interval '7 minutes'`)
	require.NoError(t, err)
	stats, err := flows.Stats(t.Context())
	require.NoError(t, err)
	assert.GreaterOrEqual(t, stats.OldestSigned, 7*time.Minute)
	assert.Less(t, stats.OldestSigned, time.Hour)
}

func TestFlows_LogHasEveryChange(t *testing.T) {
	t.Parallel()
	db := newDatabase(t)
	pool := connect(t, db.URLAs("pod"))
	flows := open(t, pool).Flows()
	at := func(state flow.State, owner string) flow.Change {
		return flow.Change{Progress: flow.Progress{State: state}, Owner: owner}
	}
	require.NoError(t, pgx.BeginFunc(t.Context(), pool, func(tx pgx.Tx) error {
		return flows.Insert(t.Context(), tx, "order-1", "K1110", nil, at(flow.StateNew, "pod-1"))
	}))
	require.NoError(t, flows.Move(t.Context(), "order-1", 1, at(flow.StatePrepared, "pod-2")))
	require.ErrorIs(t, flows.Move(t.Context(), "order-1", 1, at(flow.StatePrepared, "pod-3")), flow.ErrRaced)
	end := at(flow.StateEnded, "pod-2")
	end.Reason = flow.ReasonDeclined
	require.NoError(t, flows.End(t.Context(), "order-1", 2, end, func(context.Context, pgx.Tx) error { return nil }))
	rows, err := connect(t, db.URLAs("auditor")).Query(t.Context(), `select rev || ' ' || state || ' ' || owner || ' ' || reason from kakaocert.flow_log order by rev`)
	require.NoError(t, err)
	log, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	assert.Equal(t, []string{"1 new pod-1 ", "2 prepared pod-2 ", "3 ended pod-2 declined"}, log)
}
