// Package transport sends one call: it builds the request, reads the answer
// under a cap, tries again where that is safe, and logs what may be logged. It
// knows nothing of the service but what a [Verdict] says.
package transport

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"time"
)

// Sender sends calls. It never changes after it was made, and is safe for use
// by several goroutines.
type Sender struct {
	RoundTripper http.RoundTripper
	Base         *url.URL
	Header       http.Header // of every call
	Keys         http.Header // of every call that is not Keyless
	Timeout      time.Duration
	OnceTimeout  time.Duration // of a call that is made once
	Retries      int
	BodyLimit    int64
	OnceLimit    int64 // of the answer to a call that is made once
	Gate         *Gate // nil for none
	Logger       *slog.Logger
	Judge        func(call *Call, status int, body []byte) Judgement
}

// Judgement is what an answer means for the call.
type Judgement struct {
	Verdict Verdict
	Code    string // printable, or empty
	TxID    string // of the transaction that the answer names; printable, or empty
	Parsed  any    // what the judge made of the body, for the caller
}

// Verdict says how a try ended.
type Verdict int

const (
	NotSent  Verdict = iota // nothing reached the service
	Lost                    // sent, but no answer to go by came
	Refused                 // the service refused, and will say it again
	Busy                    // not carried out: too many calls
	Internal                // not carried out, or perhaps: internal error
	Closed                  // the service refuses every call for now
	Accepted                // the answer says yes
)

// Call is one call of a step.
type Call struct {
	Operation string // "k1100.status"
	Product   string // "K1110T"
	TxID      string // empty before there is one
	Method    string
	Base      *url.URL    // where it goes; nil is the Sender's
	Path      string      // escaped
	Query     string      // encoded
	Header    http.Header // of this call alone, or nil
	Body      []byte      // or nil
	Form      bool        // the body is a form, not JSON
	Keyless   bool        // it goes without the Sender's keys
	Urgency   Urgency     // before which others it passes the Gate

	// Observe is called when a try begins, and what it returns when the try has
	// ended; nil for none. The try has the context that it returns.
	Observe func(ctx context.Context, call *Call, attempt int) (context.Context, func(*Result))

	// Repeat says that the call may be sent again when its answer was lost.
	Repeat bool
	// RepeatInternal says that it may be sent again after Internal.
	RepeatInternal bool
	// Store receives the answer as it arrives; nil for most calls. A call with
	// a Store is one whose answer comes once: the caller's cancellation ends
	// neither it nor the reading.
	Store func(ctx context.Context, attempt int) (Store, error)
}

// Store is a place for one answer.
type Store interface {
	io.Writer
	// Whole is called when the body came to its end, with this status.
	Whole(status int, j Judgement) error
	// Broken is called when it did not, with the reason.
	Broken(reason string) error
}

// Result is how the last try ended.
type Result struct {
	Verdict    Verdict
	Code       string
	TxID       string      // of the transaction that the answer names
	Status     int         // 0 when no answer began
	Header     http.Header // of the answer
	Body       []byte      // what came of it, whole unless Err says otherwise
	Parsed     any
	RetryAfter time.Duration
	Attempts   int
	Err        error // why no whole answer came, or the caller's context ended
	StoreErr   *StoreError
}

// The steps of a Store.
const (
	StepBegin  = "begin" // nothing was sent
	StepWrite  = "write"
	StepCommit = "commit"
	StepAbort  = "abort"
)

// StoreError says which step of the Store failed.
type StoreError struct {
	Step string
	Err  error
}

func (e *StoreError) Error() string { return e.Step + ": " + e.Err.Error() }

// Unwrap returns the Store's error.
func (e *StoreError) Unwrap() error { return e.Err }

// ErrTimeout says that one try took longer than it may.
var ErrTimeout error = timeoutError{}

type timeoutError struct{}

func (timeoutError) Error() string { return "no whole answer within the time of one try" }
func (timeoutError) Timeout() bool { return true }

// ErrTooLong says that an answer is longer than the cap.
var ErrTooLong = errors.New("answer is longer than the cap")

// Do sends the call, and again as often as the call and the Sender allow.
func (s *Sender) Do(ctx context.Context, call *Call) *Result {
	host := s.host(call).Host
	var r *Result
	for attempt := 1; ; attempt++ {
		if err := s.Gate.enter(ctx, call, host); err != nil {
			if r == nil {
				r = &Result{Verdict: NotSent}
			}
			r.Err = err
			return r
		}
		began := time.Now()
		r = s.observed(ctx, call, attempt)
		s.Gate.heard(host, r)
		s.log(ctx, call, r, time.Since(began))
		if attempt > s.Retries || ctx.Err() != nil || !mayRepeat(call, r) {
			return r
		}
		if err := sleep(ctx, pause(attempt, r.RetryAfter)); err != nil {
			r.Err = err
			return r
		}
	}
}

// observed is a try that the call's Observe learns of.
func (s *Sender) observed(ctx context.Context, call *Call, attempt int) *Result {
	end := func(*Result) {}
	if call.Observe != nil {
		ctx, end = call.Observe(ctx, call, attempt)
	}
	r := s.try(ctx, call, attempt)
	r.Attempts = attempt
	end(r)
	return r
}

// mayRepeat is the table of what is safe to send again.
func mayRepeat(call *Call, r *Result) bool {
	if r.StoreErr != nil || IsTrustFailure(r.Err) {
		return false
	}
	switch r.Verdict {
	case NotSent, Busy:
		return true
	case Lost:
		return call.Repeat
	case Internal:
		return call.RepeatInternal
	}
	return false
}
