package riverflow

import (
	"context"
	"errors"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/kakaocert-go/kakaocert/flow"
)

// jobArgs are the arguments of the job that runs a flow to its end.
type jobArgs struct {
	Flow string `json:"flow" river:"unique"`
}

// Kind implements [river.JobArgs].
func (jobArgs) Kind() string { return "kakaocert_flow" }

// askArgs are the arguments of a job that asks for a flow's status once.
type askArgs struct {
	Flow string `json:"flow" river:"unique"`
}

// Kind implements [river.JobArgs].
func (askArgs) Kind() string { return "kakaocert_ask" }

const (
	// maxAttempts is far more than the errors that a job counts. A job that is
	// discarded all the same is replaced, because its flow becomes due.
	maxAttempts = 1000
	// countedErrors are stored with the job, for operators to look at. Later errors
	// are only logged, or the row would grow without limit.
	countedErrors = 20
	longestRetry  = 30 * time.Second
)

// insertOptions allow one job for each flow.
func (f *Flows) insertOptions() *river.InsertOpts {
	return &river.InsertOpts{
		Queue: f.config.Queue, MaxAttempts: maxAttempts,
		UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: []rivertype.JobState{
			rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRunning,
			rivertype.JobStateRetryable, rivertype.JobStateScheduled,
		}},
	}
}

type worker struct {
	river.WorkerDefaults[jobArgs]
	flows *Flows
}

// Timeout implements [river.Worker].
func (w *worker) Timeout(*river.Job[jobArgs]) time.Duration { return w.flows.jobTimeout() }

// NextRetry implements [river.Worker].
func (w *worker) NextRetry(job *river.Job[jobArgs]) time.Time {
	return time.Now().Add(min(time.Duration(job.Attempt)*time.Second, longestRetry))
}

// Work implements [river.Worker].
func (w *worker) Work(ctx context.Context, job *river.Job[jobArgs]) error {
	next, err := w.flows.Drive(ctx, job.Args.Flow)
	switch {
	case errors.Is(err, flow.ErrNotFound):
		return river.JobCancel(err)
	case err != nil && next.After == 0 && job.Attempt < countedErrors:
		return err
	case err != nil:
		w.flows.logError(ctx, job.Args.Flow, err)
		if next.After == 0 {
			next.After = longestRetry
		}
	case next.Ended, next.Held: // a flow that is released becomes due
		return nil
	}
	return river.JobSnooze(next.After)
}

type asker struct {
	river.WorkerDefaults[askArgs]
	flows *Flows
}

// Timeout implements [river.Worker].
func (w *asker) Timeout(*river.Job[askArgs]) time.Duration { return w.flows.jobTimeout() }

// Work implements [river.Worker].
func (w *asker) Work(ctx context.Context, job *river.Job[askArgs]) error {
	if _, err := w.flows.Drive(ctx, job.Args.Flow); err != nil {
		w.flows.logError(ctx, job.Args.Flow, err) // the flow's own job tries again
	}
	return nil
}
