package riverflow_test

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/flow"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
	"github.com/kakaocert-go/kakaocert/riverflow"
)

func batch(c *riverflow.Config) { c.Batch = true }

func TestFlows_EndOnceOnManyPods(t *testing.T) {
	t.Parallel()
	for name, changes := range map[string][]func(*riverflow.Config){"Jobs": nil, "Batches": {batch}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, kakaocerttest.SignAfter(time.Second))
			pods := []*pod{w.pod(changes...), w.pod(changes...)}
			const orders = 12
			for i := range orders {
				in := []flow.Input{identity(), contract()}[i%2]
				require.NoError(t, pods[0].start(fmt.Sprint("order-", i), in))
			}
			for _, p := range pods {
				defer p.run()()
			}
			w.until("all orders end", func() bool { return w.outcomes()["done"] == orders })
			asked := 0
			for _, tx := range w.kakao.Transactions() {
				if !tx.RequestedAt.IsZero() {
					asked++
				}
			}
			assert.Equal(t, orders, asked, "each user was asked once")
			stats, err := pods[0].flows.Stats(t.Context())
			require.NoError(t, err)
			assert.Empty(t, stats.Open)
		})
	}
}

func TestFlows_BeginWithTheInstitutionsRowsOrNotAtAll(t *testing.T) {
	t.Parallel()
	w := newWorld(t, kakaocerttest.SignAfter(0))
	p := w.pod()
	refused := errors.New("the order was refused")
	err := pgx.BeginFunc(t.Context(), w.pool, func(tx pgx.Tx) error {
		require.NoError(t, p.flows.StartTx(t.Context(), p.client, tx, "order-1", identity()))
		return refused
	})
	require.ErrorIs(t, err, refused)
	_, err = p.flows.State(t.Context(), "order-1")
	require.ErrorIs(t, err, flow.ErrNotFound)
	jobs, err := p.client.JobList(t.Context(), river.NewJobListParams())
	require.NoError(t, err)
	assert.Empty(t, jobs.Jobs)

	require.NoError(t, p.start("order-1", identity()))
	require.NoError(t, pgx.BeginFunc(t.Context(), w.pool, func(tx pgx.Tx) error {
		require.ErrorIs(t, p.flows.StartTx(t.Context(), p.client, tx, "order-1", identity()), flow.ErrExists)
		_, err := tx.Exec(t.Context(), `insert into bank_order (id) values ('order-2')`)
		return err
	}))
	jobs, err = p.client.JobList(t.Context(), river.NewJobListParams())
	require.NoError(t, err)
	assert.Len(t, jobs.Jobs, 1)
	assert.NotContains(t, string(jobs.Jobs[0].EncodedArgs), "홍길동")
}

func TestFlows_AskIsAnsweredBeforeTheNextPoll(t *testing.T) {
	t.Parallel()
	w := newWorld(t, kakaocerttest.Manual())
	p := w.pod(func(c *riverflow.Config) {
		c.Flow.Poll = func(time.Duration) time.Duration { return 4 * time.Minute }
	})
	defer p.run()()
	require.NoError(t, p.start("order-1", identity()))
	w.until("the user is asked", func() bool {
		f, err := p.flows.State(t.Context(), "order-1")
		return err == nil && f.State == flow.StateWaiting
	})
	require.NoError(t, w.kakao.Sign(w.kakao.Transactions()[0].TxID))
	require.NoError(t, p.flows.Ask(t.Context(), p.client, "order-1"))
	w.until("the order ends", func() bool { return w.outcomes()["done"] == 1 })
}

func TestRun_WaitsForTheVerifyUnderWay(t *testing.T) {
	t.Parallel()
	for name, changes := range map[string][]func(*riverflow.Config){"Jobs": nil, "Batches": {batch}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, kakaocerttest.SignAfter(0))
			fetching, goOn := make(chan struct{}), make(chan struct{})
			w.evidence.arrives = sync.OnceFunc(func() { close(fetching); <-goOn })
			p := w.pod(changes...)
			end, ended := p.begin()
			require.NoError(t, p.start("order-1", contract()))
			<-fetching
			end()
			close(goOn)
			require.NoError(t, <-ended)
			f, err := p.flows.State(t.Context(), "order-1")
			require.NoError(t, err)
			assert.Contains(t, []flow.State{flow.StateStored, flow.StateEnded}, f.State)

			next := w.pod(changes...)
			w.db.Exec(t, `update kakaocert.flow set due_at = now()`) // as it is after half a minute
			defer next.run()()
			w.until("another pod ends it", func() bool { return w.outcomes()["done"] == 1 })
		})
	}
}

// A dead pod leaves a job that River considers running, and a flow whose lease
// ends.
func TestRun_TakesOverFromADeadPod(t *testing.T) {
	t.Parallel()
	w := newWorld(t, kakaocerttest.SignAfter(0))
	p := w.pod()
	for _, id := range []string{"order-1", "order-2", "order-3"} {
		require.NoError(t, p.start(id, contract()))
	}
	_, err := p.flows.Step(t.Context(), "order-2")
	require.NoError(t, err)
	for range 3 {
		_, err := p.flows.Step(t.Context(), "order-3")
		require.NoError(t, err)
	}
	w.db.Exec(t, `update river_job set state = 'running', attempt = 1, attempted_at = now(), attempted_by = '{dead}';
		update kakaocert.flow set due_at = now(), lease_until = now(), owner = 'dead';
		update kakaocert.flow set state = 'requesting' where id = 'order-2'`)
	defer w.pod().run()()
	w.until("all orders end", func() bool { return w.outcomes()["done"] == 3 })
}

// A lost job, for example of a queue that was emptied, is replaced.
func TestRun_FindsAFlowWithoutAJob(t *testing.T) {
	t.Parallel()
	w := newWorld(t, kakaocerttest.SignAfter(time.Second))
	p := w.pod()
	require.NoError(t, p.start("order-1", contract()))
	w.db.Exec(t, `delete from river_job; update kakaocert.flow set due_at = now()`)
	defer p.run()()
	w.until("the order ends", func() bool { return w.outcomes()["done"] == 1 })
}

func TestRun_LeavesHeldFlowsAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, kakaocerttest.SignAfter(0))
	p := w.pod()
	require.NoError(t, p.start("order-1", identity()))
	n, err := p.flows.Hold(t.Context(), time.Now().Add(time.Minute))
	require.NoError(t, err)
	assert.Equal(t, 1, n)
	defer p.run()()
	require.NoError(t, p.start("order-2", identity()))
	w.until("the other order ends", func() bool { return w.outcomes()["done"] == 1 })
	require.NoError(t, p.flows.Release(t.Context(), "order-1"))
	w.until("the released order ends", func() bool { return w.outcomes()["done"] == 2 })
}

func TestConfigure_SetsWhenAJobIsRescued(t *testing.T) {
	t.Parallel()
	w := newWorld(t, kakaocerttest.SignAfter(0))
	flows, err := riverflow.New(riverflow.Config{Flow: w.flowConfig()}, riverflow.K1100{Done: done[*kakaocert.K1100Result], Failed: failed})
	require.NoError(t, err)
	own := &river.Config{JobTimeout: 5 * time.Minute, Queues: map[string]river.QueueConfig{"kakaocert": {MaxWorkers: 3}}}
	require.NoError(t, flows.Configure(own))
	assert.Equal(t, 5*time.Minute, own.RescueStuckJobsAfter)
	assert.Equal(t, 3, own.Queues["kakaocert"].MaxWorkers, "the institution's own number stays")
	for _, after := range []time.Duration{time.Minute, time.Hour} {
		refusal, is := errors.AsType[*kakaocert.ArgumentError](flows.Configure(&river.Config{RescueStuckJobsAfter: after}))
		require.True(t, is)
		assert.Equal(t, "river.Config.RescueStuckJobsAfter", refusal.Field)
	}
	require.Error(t, flows.Configure(own), "the workers are there already")

	slow := w.kakao.Config()
	slow.Evidence, slow.VerifyTimeout = w.evidence, 80*time.Second
	config := w.flowConfig()
	config.Client, err = kakaocert.NewClient(slow)
	require.NoError(t, err)
	config.Poll = nil
	flows, err = riverflow.New(riverflow.Config{Flow: config}, riverflow.K1100{Done: done[*kakaocert.K1100Result], Failed: failed})
	require.NoError(t, err)
	refusal, is := errors.AsType[*kakaocert.ArgumentError](flows.Configure(new(river.Config)))
	require.True(t, is)
	assert.Equal(t, "Config.Flow.Lease", refusal.Field)
}

func TestNew_RefusesNegativeNumbers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, kakaocerttest.SignAfter(0))
	for field, config := range map[string]riverflow.Config{"Config.MaxWorkers": {MaxWorkers: -1}, "Config.Every": {Every: -1}, "Config.Store": {Logger: slog.Default()}} {
		if field != "Config.Store" {
			config.Flow = w.flowConfig()
		}
		_, err := riverflow.New(config, riverflow.K1100{Done: done[*kakaocert.K1100Result], Failed: failed})
		refusal, is := errors.AsType[*kakaocert.ArgumentError](err)
		require.True(t, is)
		assert.Equal(t, field, refusal.Field)
	}
}

// The log line of a failed step contains no personal data.
func TestRun_LogsTheFlowAndNothingPersonal(t *testing.T) {
	t.Parallel()
	w := newWorld(t, kakaocerttest.SignAfter(0))
	lines := make(chan string, 100)
	p := w.pod(batch, func(c *riverflow.Config) {
		c.Logger = slog.New(slog.NewTextHandler(lineWriter(lines), nil))
	})
	require.NoError(t, w.kakao.Inject(kakaocerttest.Fault{Step: "prepare", Kind: kakaocerttest.InternalError, Times: 4}))
	require.NoError(t, p.start("order-1", identity()))
	w.db.Exec(t, `update kakaocert.flow set due_at = now(); delete from river_job`)
	defer p.run()()
	line := <-lines
	assert.Contains(t, line, "flow=order-1")
	for _, personal := range []string{hong.Name, hong.Birthday, hong.Phone} {
		assert.NotContains(t, line, personal)
	}
}

type lineWriter chan<- string

func (w lineWriter) Write(p []byte) (int, error) {
	select {
	case w <- string(p):
	default:
	}
	return len(p), nil
}
