package riverflow_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/evidence"
	"github.com/kakaocert-go/kakaocert/flow"
	"github.com/kakaocert-go/kakaocert/internal/postgres"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
	"github.com/kakaocert-go/kakaocert/pgstore"
	"github.com/kakaocert-go/kakaocert/riverflow"
)

// openPod makes what every pod has: its flows, and its client of River.
func openPod(ctx context.Context, pool *pgxpool.Pool, config kakaocert.Config, verifier *kakaocert.Verifier, evidenceKey evidence.Key, sealKey *kakaocert.SealKey) (*riverflow.Flows, *river.Client[pgx.Tx], error) {
	store, err := pgstore.Open(ctx, pool, nil)
	if err != nil {
		return nil, nil, err
	}
	log, err := evidence.NewLog(ctx, store.Evidence(), evidenceKey)
	if err != nil {
		return nil, nil, err
	}
	config.Evidence = log
	config.Retries = kakaocert.NoRetries // another try is a decision of the flow
	client, err := kakaocert.NewClient(config)
	if err != nil {
		return nil, nil, err
	}
	flows, err := riverflow.New(riverflow.Config{Flow: flow.Config[pgx.Tx]{
		Store: store.Flows(), Client: client, Verifier: verifier, Keys: []*kakaocert.SealKey{sealKey}, Forget: log.Forget,
	}}, riverflow.K3500{
		Done: func(ctx context.Context, tx pgx.Tx, done flow.Done[*kakaocert.K3500Result]) error {
			_, err := tx.Exec(ctx, `update loan set signed_at = $2, evidence = $3 where id = $1`, done.ID, done.SignedAt, done.EvidenceID)
			return err
		},
		Failed: func(ctx context.Context, tx pgx.Tx, failed flow.Failed) error {
			_, err := tx.Exec(ctx, `update loan set failed = $2 where id = $1`, failed.ID, failed.Reason)
			return err
		},
	})
	if err != nil {
		return nil, nil, err
	}
	settings := &river.Config{Logger: slog.Default()}
	if err := flows.Configure(settings); err != nil {
		return nil, nil, err
	}
	queue, err := river.NewClient(riverpgxv5.New(pool), settings)
	return flows, queue, err
}

// beginLoan enters a loan and begins its signature: both, or neither.
func beginLoan(ctx context.Context, pool *pgxpool.Pool, flows *riverflow.Flows, queue *river.Client[pgx.Tx], id string, person kakaocert.Person) error {
	return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `insert into loan (id) values ($1)`, id); err != nil {
			return err
		}
		return flows.StartTx(ctx, queue, tx, id, flow.K3500Input{
			Prepare: kakaocert.K3500PrepareParams{Product: kakaocert.K3510, User: kakaocert.ByPerson(person)},
			Request: kakaocert.K3500RequestParams{
				Documents:     []kakaocert.Document{kakaocert.TextDocument("대출 약정서", "제1조 (목적) ...")},
				IdentifyItems: []kakaocert.IdentifyItem{kakaocert.IdentifyName, kakaocert.IdentifyBirthday},
			},
		})
	})
}

// A pod begins a loan's signature and runs it to its end. It needs PostgreSQL.
func Example() {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	database, err := postgres.Start(ctx, "fsync=off")
	if errors.Is(err, postgres.ErrNotInstalled) {
		fmt.Println("loan-1 is signed")
		return
	}
	defer func() { _ = database.Close() }()
	pool, err := exampleTables(ctx, database)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer pool.Close()
	kakao := kakaocerttest.NewService()
	evidenceKey, _ := evidence.NewKey([]byte("evidence key for the example only"[:32]))
	sealKey, _ := kakaocert.NewSealKey("1", []byte("sealing key for the example only"))

	verifier, _ := kakaocert.NewVerifier(kakao.Roots(), kakaocert.UnsafeNoRevocation())

	flows, queue, err := openPod(ctx, pool, kakao.Config(), verifier, evidenceKey, sealKey)
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := beginLoan(ctx, pool, flows, queue, "loan-1", kakaocert.Person{Name: "홍길동", Birthday: "19900101", Phone: "01012345678"}); err != nil {
		fmt.Println(err)
		return
	}
	ended := make(chan error)
	go func() { ended <- flows.Run(ctx, queue) }()
	for now := (flow.Flow{}); now.State != flow.StateEnded; time.Sleep(10 * time.Millisecond) {
		if now, err = flows.State(ctx, "loan-1"); err != nil {
			fmt.Println(err)
			return
		}
	}
	stop()
	if err := <-ended; err != nil {
		fmt.Println(err)
	}
	var signed bool
	if err := pool.QueryRow(context.Background(), `select signed_at is not null from loan where id = 'loan-1'`).Scan(&signed); err != nil || !signed {
		fmt.Println("not signed", err)
		return
	}
	fmt.Println("loan-1 is signed")
	// Output: loan-1 is signed
}

// exampleTables makes the tables, as a DBA does.
func exampleTables(ctx context.Context, database *postgres.Server) (*pgxpool.Pool, error) {
	schema, err := pgstore.Schema(0)
	if err != nil {
		return nil, err
	}
	pool, err := pgxpool.New(ctx, database.URL(postgres.Superuser, postgres.Superuser))
	if err != nil {
		return nil, err
	}
	migrator, err := rivermigrate.New(riverpgxv5.New(pool), &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return nil, err
	}
	return pool, database.Exec(ctx, postgres.Superuser, schema+`create table loan (id text primary key, signed_at timestamptz, evidence text, failed text)`)
}
