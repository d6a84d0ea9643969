// Package riverflow runs the flows of package flow in PostgreSQL with River, a
// job queue: a flow begins in the institution's own transaction, and any pod
// continues it.
//
//	flows, err := riverflow.New(riverflow.Config{Flow: flow.Config[pgx.Tx]{Store: store.Flows(), ...}},
//		riverflow.K3500{Done: signed, Failed: notSigned})
//	config := &river.Config{}
//	err = flows.Configure(config)
//	client, err := river.NewClient(riverpgxv5.New(pool), config)
//	err = flows.Run(ctx, client) // until SIGTERM ends ctx; verifies under way are waited for
//
// and in the web request that begins:
//
//	err = pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
//		// the institution's own rows, and then
//		return flows.StartTx(ctx, client, tx, orderID, flow.K3500Input{...})
//	})
//
// River's tables are made by River's own command ("river migrate-up") or
// package rivermigrate. docs/pods.md lists what a pod needs.
package riverflow

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"math"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/flow"
)

// The handlers of the services, for PostgreSQL.
type (
	K1100 = flow.K1100[pgx.Tx] // identity
	K1400 = flow.K1400[pgx.Tx] // identity through the standard window
	K2100 = flow.K2100[pgx.Tx] // certified login
	K2220 = flow.K2220[pgx.Tx] // abbreviated signatures, up to the session
	K3100 = flow.K3100[pgx.Tx] // withdrawal consent
	K3500 = flow.K3500[pgx.Tx] // signature
)

// Config is what [New] needs.
type Config struct {
	Flow flow.Config[pgx.Tx]

	// Queue is River's queue; empty means "kakaocert". A separate queue keeps
	// signatures from waiting behind other jobs.
	Queue string
	// MaxWorkers is how many flows one pod works at the same time; 0 means 40.
	// Kakao's limits are not known: up to pods times MaxWorkers calls can run at
	// the same time. The pool of connections should be half as large: workers that
	// wait for connections cost CPU time.
	MaxWorkers int

	// Batch lets one statement find many due flows, instead of one job for each
	// flow that River schedules again and again. Waiting flows then write a sixth
	// of the log (WAL): use it for 20,000 waiting flows and more. All pods must
	// have the same setting.
	Batch bool
	// Every is how often the status of each waiting flow is asked in batches; 0
	// means 10 s. Config.Flow.Poll is not used then.
	Every time.Duration

	// Logger gets a line for each failed step: the flow's ID and the error, nothing
	// else. Nil means slog.Default().
	Logger *slog.Logger
}

const (
	defaultQueue   = "kakaocert"
	defaultWorkers = 40
	// rescueSweep is how long River may take to notice that a job must be rescued.
	rescueSweep = 30 * time.Second
	// jobSlack is the time that a job needs in addition to the lease of its longest
	// step.
	jobSlack = time.Minute
	// findEvery and findIdle are how often to look for flows without a job.
	findEvery = 2 * time.Minute
	findIdle  = 5 * time.Second
)

// Flows begins and runs flows. Its [flow.Machine] has the other methods: State,
// Hold, Release, Abandon, Stats.
type Flows struct {
	*flow.Machine[pgx.Tx]
	config Config
}

// New makes a machine with a handler for each service whose flows it runs, as
// [flow.New] does.
func New(config Config, handlers ...flow.Handler[pgx.Tx]) (*Flows, error) {
	config.Queue = cmp.Or(config.Queue, defaultQueue)
	config.MaxWorkers = cmp.Or(config.MaxWorkers, defaultWorkers)
	if config.MaxWorkers < 0 {
		return nil, &kakaocert.ArgumentError{Field: "Config.MaxWorkers", Reason: "must not be negative"}
	}
	if config.Every < 0 {
		return nil, &kakaocert.ArgumentError{Field: "Config.Every", Reason: "must not be negative"}
	}
	if config.Logger == nil {
		config.Logger = slog.Default()
	}
	config.Flow.Queued = !config.Batch
	machine, err := flow.New(config.Flow, handlers...)
	if err != nil {
		return nil, err
	}
	return &Flows{Machine: machine, config: config}, nil
}

// jobTimeout is the longest time that a job may take.
func (f *Flows) jobTimeout() time.Duration { return f.Lease() + jobSlack }

// Configure adds the queue and the workers to the configuration of a River
// client, and sets when River treats the job of a dead pod as stuck: by default
// open-source River waits an hour, but Kakao keeps a signature for ten minutes.
// It refuses a RescueStuckJobsAfter that is too long, or shorter than a verify
// can take. The setting applies to the whole client: use another client for
// jobs that take longer.
func (f *Flows) Configure(config *river.Config) error {
	timeout := f.jobTimeout()
	longest := flow.AnswerLife - rescueSweep - f.poll()
	if timeout > longest {
		return &kakaocert.ArgumentError{Field: "Config.Flow.Lease", Reason: "must leave time in the 10 minutes of a signature for River to rescue a job: set Retries and VerifyTimeout of the client lower"}
	}
	config.RescueStuckJobsAfter = cmp.Or(config.RescueStuckJobsAfter, max(timeout, config.JobTimeout))
	if config.RescueStuckJobsAfter < timeout || config.RescueStuckJobsAfter > longest {
		return &kakaocert.ArgumentError{Field: "river.Config.RescueStuckJobsAfter", Reason: "must be at least " + timeout.String() + " and at most " + longest.String()}
	}
	if config.Queues == nil {
		config.Queues = make(map[string]river.QueueConfig)
	}
	if _, taken := config.Queues[f.config.Queue]; !taken {
		config.Queues[f.config.Queue] = river.QueueConfig{MaxWorkers: f.config.MaxWorkers}
	}
	if config.Workers == nil {
		config.Workers = river.NewWorkers()
	}
	return errors.Join(
		river.AddWorkerSafely(config.Workers, &worker{flows: f}),
		river.AddWorkerSafely(config.Workers, &asker{flows: f}),
	)
}

// poll is the longest pause between two status calls for a flow.
func (f *Flows) poll() time.Duration {
	if f.config.Batch || f.config.Flow.Poll == nil {
		return max(f.config.Every, 30*time.Second)
	}
	return f.config.Flow.Poll(math.MaxInt64)
}

// StartTx begins a flow in the caller's transaction: together with the
// institution's own rows, or not at all; see [flow.Machine.Start]. The client
// may be insert-only. After [flow.ErrExists] the transaction can continue.
func (f *Flows) StartTx(ctx context.Context, client *river.Client[pgx.Tx], tx pgx.Tx, id string, in flow.Input) error {
	if err := f.Start(ctx, tx, id, in); err != nil || f.config.Batch {
		return err
	}
	_, err := client.InsertTx(ctx, tx, jobArgs{Flow: id}, f.insertOptions())
	return err
}

// Ask makes a pod ask for the status at once, for example when the page reports
// that the user has returned. It inserts one row, unless there is one already.
func (f *Flows) Ask(ctx context.Context, client *river.Client[pgx.Tx], id string) error {
	_, err := client.Insert(ctx, askArgs{Flow: id}, f.insertOptions())
	return err
}

// Run starts the client and runs flows until the context ends, which SIGTERM
// should cause. Then it takes no more flows, waits for the steps that are
// running, and returns. The wait is at most the client's VerifyBudget: the
// terminationGracePeriodSeconds of a pod must be longer.
func (f *Flows) Run(ctx context.Context, client *river.Client[pgx.Tx]) error {
	whole := context.WithoutCancel(ctx)
	if err := client.Start(whole); err != nil {
		return err
	}
	f.Machine.Run(ctx, f.runConfig(client))
	drain, cancel := context.WithTimeout(whole, f.jobTimeout())
	defer cancel()
	return client.Stop(drain)
}

// runConfig is how flows without a job are found: in batch mode the waiting
// flows, and always those whose pod has died.
func (f *Flows) runConfig(client *river.Client[pgx.Tx]) flow.RunConfig {
	config := flow.RunConfig{AtOnce: f.config.MaxWorkers, OnError: f.logError}
	if f.config.Batch {
		config.Every = f.config.Every
		return config
	}
	config.Every, config.Idle = findEvery, findIdle
	config.Do = func(ctx context.Context, id string) error { return f.takeUp(ctx, client, id) }
	return config
}

// takeUp handles a flow that was not moved for a while. A waiting flow needs a
// job, which it usually has, asleep. Any other flow has lost its pod, and so
// has a job that has been running for so long.
func (f *Flows) takeUp(ctx context.Context, client *river.Client[pgx.Tx], id string) error {
	now, err := f.State(ctx, id)
	if err != nil {
		return err
	}
	if now.State == flow.StateWaiting {
		inserted, err := client.Insert(ctx, jobArgs{Flow: id}, f.insertOptions())
		if err != nil || !inserted.UniqueSkippedAsDuplicate || inserted.Job.State != rivertype.JobStateRunning {
			return err
		}
	}
	next, err := f.Drive(ctx, id)
	if err != nil || next.Ended {
		return err
	}
	_, err = client.Insert(ctx, jobArgs{Flow: id}, f.insertOptions())
	return err
}

func (f *Flows) logError(ctx context.Context, id string, err error) {
	if id == "" {
		f.config.Logger.WarnContext(ctx, "riverflow: the store cannot be asked what is due", "error", err)
		return
	}
	f.config.Logger.WarnContext(ctx, "riverflow: a step has failed", "flow", id, "error", err)
}
