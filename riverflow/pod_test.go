package riverflow_test

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"log/slog"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/flow"
	"github.com/kakaocert-go/kakaocert/internal/judge"
	"github.com/kakaocert-go/kakaocert/internal/pgtest"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
	"github.com/kakaocert-go/kakaocert/pgstore"
	"github.com/kakaocert-go/kakaocert/riverflow"
)

func TestMain(m *testing.M) {
	if queue := os.Getenv(podVariable); queue != "" {
		runPod(queue)
		return
	}
	judge.Main(m)
}

var (
	hong  = kakaocert.Person{Name: "홍길동", Birthday: "19900101", Phone: "01012345678"}
	items = []kakaocert.IdentifyItem{kakaocert.IdentifyName, kakaocert.IdentifyBirthday}
)

// bank is the institution's own table.
const bank = `create table bank_order (id text primary key, outcome text not null default 'asked', evidence text);
	grant select, insert, update on bank_order to pod;`

const podRole = `do $$ begin
	create role pod login in role kakaocert_pod;
exception when duplicate_object or unique_violation then null; end $$;`

// riverGrants are the privileges that River needs on its own tables.
const riverGrants = `grant usage on schema public to pod;
	grant select, insert, update, delete on all tables in schema public to pod;
	grant usage, select on all sequences in schema public to pod;`

// newDatabase makes a database with the schemas of pgstore and River, and the
// institution's table.
func newDatabase(t testing.TB, db *pgtest.Database) *pgtest.Database {
	t.Helper()
	schema, err := pgstore.Schema(0)
	require.NoError(t, err)
	db.Exec(t, schema)
	migrator, err := rivermigrate.New(riverpgxv5.New(connect(t, db.URL())), &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	_, err = migrator.Migrate(t.Context(), rivermigrate.DirectionUp, nil)
	require.NoError(t, err)
	db.Exec(t, podRole+riverGrants+bank)
	return db
}

func connect(t testing.TB, address string) *pgxpool.Pool {
	t.Helper()
	pool, err := pgxpool.New(context.Background(), address)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	return pool
}

// world is what pods share.
type world struct {
	testing.TB
	db       *pgtest.Database
	pool     *pgxpool.Pool
	kakao    *kakaocerttest.Server
	evidence *records
	store    *pgstore.Store
}

func newWorld(t testing.TB, behaviour kakaocerttest.Behaviour) *world {
	t.Helper()
	db := newDatabase(t, pgtest.New(t))
	user := kakaocerttest.DefaultUser()
	user.Behaviour, user.Key = behaviour, kakaocerttest.ECDSA
	pool := connect(t, db.URLAs("pod"))
	store, err := pgstore.Open(t.Context(), pool, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	return &world{TB: t, db: db, pool: pool, kakao: kakaocerttest.NewServer(t, kakaocerttest.WithUsers(user)), evidence: new(records), store: store}
}

// pod is one process: its flows, and its client of River.
type pod struct {
	*world
	flows  *riverflow.Flows
	client *river.Client[pgx.Tx]
}

func (w *world) flowConfig() flow.Config[pgx.Tx] {
	w.Helper()
	config := w.kakao.Config()
	config.Evidence, config.Retries = w.evidence, kakaocert.NoRetries
	client, err := kakaocert.NewClient(config)
	require.NoError(w, err)
	verifier, err := kakaocert.NewVerifier(w.kakao.Roots(), kakaocert.UnsafeNoRevocation())
	require.NoError(w, err)
	key, err := kakaocert.NewSealKey("1", bytes.Repeat([]byte{7}, 32))
	require.NoError(w, err)
	return flow.Config[pgx.Tx]{
		Store: w.store.Flows(), Client: client, Verifier: verifier, Keys: []*kakaocert.SealKey{key},
		Poll: func(time.Duration) time.Duration { return 100 * time.Millisecond },
	}
}

func (w *world) pod(changes ...func(*riverflow.Config)) *pod {
	w.Helper()
	config := riverflow.Config{Flow: w.flowConfig(), Every: 200 * time.Millisecond, Logger: slog.New(slog.DiscardHandler)}
	for _, change := range changes {
		change(&config)
	}
	flows, err := riverflow.New(config,
		riverflow.K1100{Done: done[*kakaocert.K1100Result], Failed: failed},
		riverflow.K3500{Done: done[*kakaocert.K3500Result], Failed: failed},
	)
	require.NoError(w, err)
	settings := &river.Config{Logger: slog.New(slog.DiscardHandler)}
	require.NoError(w, flows.Configure(settings))
	client, err := river.NewClient(riverpgxv5.New(w.pool), settings)
	require.NoError(w, err)
	return &pod{world: w, flows: flows, client: client}
}

func done[R any](ctx context.Context, tx pgx.Tx, d flow.Done[R]) error {
	_, err := tx.Exec(ctx, `update bank_order set outcome = 'done', evidence = $2 where id = $1`, d.ID, d.EvidenceID)
	return err
}

func failed(ctx context.Context, tx pgx.Tx, f flow.Failed) error {
	_, err := tx.Exec(ctx, `update bank_order set outcome = $2 where id = $1`, f.ID, string(f.Reason))
	return err
}

func identity() flow.K1100Input {
	return flow.K1100Input{
		Prepare: kakaocert.K1100PrepareParams{Product: kakaocert.K1110, User: kakaocert.ByPerson(hong)},
		Request: kakaocert.K1100RequestParams{Title: "본인인증", IdentifyItems: items},
	}
}

func contract() flow.K3500Input {
	return flow.K3500Input{
		Prepare: kakaocert.K3500PrepareParams{Product: kakaocert.K3511, User: kakaocert.ByPerson(hong)},
		Request: kakaocert.K3500RequestParams{Title: "대출 계약", Documents: []kakaocert.Document{
			kakaocert.TextDocument("약정서", "제1조"), kakaocert.TextDocument("동의서", "제2조"),
		}},
	}
}

// start begins a flow together with the institution's order.
func (p *pod) start(id string, in flow.Input) error {
	return pgx.BeginFunc(p.Context(), p.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(p.Context(), `insert into bank_order (id) values ($1)`, id); err != nil {
			return err
		}
		return p.flows.StartTx(p.Context(), p.client, tx, id, in)
	})
}

// run runs the pod until stop is called, which returns when it has stopped.
func (p *pod) run() (stop func()) {
	end, ended := p.begin()
	return sync.OnceFunc(func() {
		p.Helper()
		end()
		require.NoError(p, <-ended)
	})
}

// begin runs the pod until end is called; ended receives what Run returns.
func (p *pod) begin() (end func(), ended <-chan error) {
	ctx, cancel := context.WithCancel(p.Context())
	result := make(chan error, 1)
	go func() { result <- p.flows.Run(ctx, p.client) }()
	return cancel, result
}

// outcomes are the institution's orders by outcome.
func (w *world) outcomes() map[string]int {
	w.Helper()
	rows, err := w.pool.Query(w.Context(), `select outcome, count(*) from bank_order group by outcome`)
	require.NoError(w, err)
	counts := make(map[string]int)
	var outcome string
	var n int
	_, err = pgx.ForEachRow(rows, []any{&outcome, &n}, func() error { counts[outcome] = n; return nil })
	require.NoError(w, err)
	return counts
}

// until waits for an event in the background.
func (w *world) until(what string, is func() bool) {
	w.Helper()
	require.Eventually(w, is, 5*time.Minute, 20*time.Millisecond, what)
}

// records are evidence in memory.
type records struct {
	mu      sync.Mutex
	all     []*record
	arrives func() // is called when a part of an answer has come; nil for none
}

type record struct {
	of *records
	kakaocert.Recalled
}

func (e *records) Begin(_ context.Context, meta kakaocert.EvidenceMeta) (kakaocert.RecordWriter, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	r := &record{e, kakaocert.Recalled{ID: fmt.Sprint("record-", len(e.all)+1), Meta: meta}}
	e.all = append(e.all, r)
	return r, nil
}

func (e *records) Recall(_ context.Context, txID string) iter.Seq2[kakaocert.Recalled, error] {
	e.mu.Lock()
	defer e.mu.Unlock()
	var found []kakaocert.Recalled
	for _, r := range e.all {
		if r.Meta.TxID == txID {
			found = append(found, r.Recalled)
		}
	}
	return func(yield func(kakaocert.Recalled, error) bool) {
		for _, r := range slices.Clone(found) {
			if !yield(r, nil) {
				return
			}
		}
	}
}

func (r *record) change(change func()) error {
	r.of.mu.Lock()
	defer r.of.mu.Unlock()
	change()
	return nil
}

func (r *record) Write(p []byte) (int, error) {
	if r.of.arrives != nil {
		r.of.arrives()
	}
	return len(p), r.change(func() { r.Body = append(r.Body, p...) })
}
func (r *record) Commit() error             { return r.change(func() { r.Whole = true }) }
func (r *record) Abort(reason string) error { return r.change(func() { r.Reason = reason }) }
