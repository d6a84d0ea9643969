package transport_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/internal/transport"
)

// paced lets one call through each period, as a token bucket of one does, and
// refuses what cannot be let through before its deadline.
type paced struct {
	period time.Duration
	mu     sync.Mutex
	next   time.Time
	asked  int // goroutines in Wait
	most   int
}

func (p *paced) Wait(ctx context.Context) error {
	p.mu.Lock()
	p.asked++
	p.most = max(p.most, p.asked)
	at := time.Now()
	if p.next.After(at) {
		at = p.next
	}
	deadline, limited := ctx.Deadline()
	tooLate := limited && at.After(deadline)
	if !tooLate {
		p.next = at.Add(p.period)
	}
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		p.asked--
		p.mu.Unlock()
	}()
	if tooLate {
		return errors.New("would exceed context deadline")
	}
	select {
	case <-time.After(time.Until(at)):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// sent is a RoundTripper that notes the path of what is sent, and when.
type sent struct {
	mu    sync.Mutex
	paths []string
	times []time.Time
}

func (s *sent) RoundTrip(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.paths = append(s.paths, r.URL.Path)
	s.times = append(s.times, time.Now())
	return answer(http.StatusOK, "{}"), nil
}

func gated(t *testing.T, rt http.RoundTripper, gate *transport.Gate) *transport.Sender {
	t.Helper()
	sender := newSender(t, "http://127.0.0.1", rt)
	sender.Gate = gate
	return sender
}

func TestGate_UrgentCallsGoFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		limiter, wire := &paced{period: time.Second}, new(sent)
		sender := gated(t, wire, &transport.Gate{Limiter: limiter})
		call := func(path string, urgency transport.Urgency) {
			go func() {
				result := sender.Do(t.Context(), &transport.Call{Method: "GET", Path: path, Urgency: urgency})
				assert.NoError(t, result.Err)
			}()
			synctest.Wait()
		}
		for range 4 {
			call("/prepare", transport.Begins)
		}
		call("/status", transport.Continues)
		call("/verify", transport.Urgent)
		call("/verify", transport.Urgent)
		time.Sleep(time.Minute)
		synctest.Wait()
		assert.Equal(t, []string{"/prepare", "/prepare", "/verify", "/verify", "/status", "/prepare", "/prepare"}, wire.paths,
			"the second had its turn when the verify came")
		for i := range wire.times[1:] {
			assert.Equal(t, time.Second, wire.times[i+1].Sub(wire.times[i]))
		}
		assert.Equal(t, 1, limiter.most, "one goroutine asks the limiter")
	})
}

func TestGate_TurnOfACallThatGaveUpGoesToTheNext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		wire := new(sent)
		sender := gated(t, wire, &transport.Gate{Limiter: &paced{period: time.Second}})
		for i := range 20 {
			go func() {
				ctx, cancel := context.WithTimeout(t.Context(), 3500*time.Millisecond)
				defer cancel()
				result := sender.Do(ctx, &transport.Call{Method: "GET", Path: "/impatient", Urgency: transport.Begins})
				if result.Err != nil {
					assert.Equal(t, transport.NotSent, result.Verdict, i)
					assert.Zero(t, result.Attempts)
				}
			}()
		}
		go sender.Do(t.Context(), &transport.Call{Method: "GET", Path: "/patient", Urgency: transport.Begins})
		time.Sleep(time.Minute)
		synctest.Wait()
		assert.Contains(t, wire.paths, "/patient")
		assert.LessOrEqual(t, len(wire.paths), 5)
	})
}

func TestGate_EveryTryPassesTheLimiter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		passes := 0
		sender := gated(t, roundTripper(func(*http.Request) (*http.Response, error) { return answer(429, "{}"), nil }),
			&transport.Gate{Limiter: limiterFunc(func(context.Context) error { passes++; return nil })})
		assert.Equal(t, 3, sender.Do(t.Context(), &transport.Call{Method: "GET", Path: "/x"}).Attempts)
		assert.Equal(t, 3, passes)
	})
}

type limiterFunc func(context.Context) error

func (f limiterFunc) Wait(ctx context.Context) error { return f(ctx) }

// A refusal of the limiter ends the call; the result of the try before it stays.
func TestGate_LimitersErrorEndsTheCall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		no := errors.New("no")
		for _, allowed := range []int{0, 1} {
			tries, store := 0, new(memory)
			sender := gated(t, roundTripper(func(*http.Request) (*http.Response, error) {
				tries++
				return answer(429, "{}"), nil
			}), &transport.Gate{Limiter: limiterFunc(func(context.Context) error {
				if tries == allowed {
					return no
				}
				return nil
			})})
			result := sender.Do(t.Context(), &transport.Call{Method: "GET", Path: "/verify", Store: store.begin})
			require.ErrorIs(t, result.Err, no)
			assert.Equal(t, allowed, tries)
			assert.Equal(t, allowed, result.Attempts)
			assert.Equal(t, []transport.Verdict{transport.NotSent, transport.Busy}[allowed], result.Verdict)
			assert.Len(t, store.events, 2*allowed, "no record of what was not sent")
		}
	})
}

func TestGate_CallThatComesOnceWaitsALimitedTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sender := gated(t, new(sent), &transport.Gate{Limiter: limiterFunc(func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		})})
		began := time.Now()
		result := sender.Do(t.Context(), &transport.Call{Method: "GET", Path: "/verify", Store: new(memory).begin})
		require.ErrorIs(t, result.Err, transport.ErrTimeout)
		assert.Equal(t, transport.NotSent, result.Verdict)
		assert.Equal(t, transport.LongestTurn, time.Since(began))
	})
}

// maintained answers Closed until a time.
type maintained struct {
	until      time.Time
	retryAfter string
	sent
}

func (m *maintained) RoundTrip(r *http.Request) (*http.Response, error) {
	if _, err := m.sent.RoundTrip(r); err != nil || !time.Now().Before(m.until) {
		return answer(http.StatusOK, "{}"), err
	}
	return answer(http.StatusTeapot, "{}", "Retry-After", m.retryAfter), nil
}

func closedOr(judge func(*transport.Call, int, []byte) transport.Judgement) func(*transport.Call, int, []byte) transport.Judgement {
	return func(call *transport.Call, status int, body []byte) transport.Judgement {
		if status == http.StatusTeapot {
			return transport.Judgement{Verdict: transport.Closed}
		}
		return judge(call, status, body)
	}
}

func TestGate_ClosedHostIsTriedByOneCallEachPause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		wire := &maintained{until: began.Add(5 * time.Minute)}
		sender := gated(t, wire, &transport.Gate{Pause: time.Minute})
		sender.Judge = closedOr(judge)
		var refused int
		for time.Since(began) < 10*time.Minute {
			for range 3 {
				go func() {
					result := sender.Do(t.Context(), &transport.Call{Method: "GET", Path: "/prepare", Urgency: transport.Begins})
					if closed, ok := errors.AsType[*transport.ClosedError](result.Err); ok {
						refused++
						assert.True(t, closed.Until.After(time.Now()))
						assert.Equal(t, transport.NotSent, result.Verdict)
					}
				}()
				synctest.Wait()
			}
			time.Sleep(30 * time.Second)
		}
		assert.Len(t, wire.times[:6], 6)
		for i, at := range wire.times[:6] {
			assert.Equal(t, time.Duration(i)*time.Minute, at.Sub(began), "one call a minute")
		}
		assert.Equal(t, 60-len(wire.paths), refused)
		assert.Greater(t, len(wire.paths), 30, "all are sent when it is over")
	})
}

func TestGate_ClosedHostGetsUrgentCallsAndOthersAreOpen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		wire := &maintained{until: time.Now().Add(time.Minute), retryAfter: "7200"}
		sender := gated(t, wire, &transport.Gate{Pause: 10 * time.Second})
		sender.Judge = closedOr(judge)
		do := func(call transport.Call) *transport.Result {
			call.Method, call.Path = "GET", "/x"
			return sender.Do(t.Context(), &call)
		}
		require.Equal(t, transport.Closed, do(transport.Call{Urgency: transport.Begins}).Verdict)
		closed, ok := errors.AsType[*transport.ClosedError](do(transport.Call{Urgency: transport.Continues}).Err)
		require.True(t, ok)
		assert.Equal(t, time.Hour, time.Until(closed.Until), "as Retry-After asks, up to a cap")
		assert.Equal(t, transport.Closed, do(transport.Call{Urgency: transport.Urgent}).Verdict)
		other := *sender.Base
		other.Host = "127.0.0.2"
		assert.NoError(t, do(transport.Call{Base: &other, Urgency: transport.Begins}).Err)

		time.Sleep(time.Minute)
		synctest.Wait()
		assert.Equal(t, transport.Accepted, do(transport.Call{Urgency: transport.Urgent}).Verdict)
		assert.Equal(t, transport.Accepted, do(transport.Call{Urgency: transport.Begins}).Verdict, "an urgent call's answer opens the host")
	})
}

// A host that does not answer the trying call stays closed, and is tried again.
func TestGate_LostAnswerDoesNotOpenAHost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		status := http.StatusTeapot
		sender := gated(t, roundTripper(func(*http.Request) (*http.Response, error) { return answer(status, "{}"), nil }), &transport.Gate{Pause: time.Minute})
		sender.Judge = closedOr(judge)
		do := func() *transport.Result {
			return sender.Do(t.Context(), &transport.Call{Method: "POST", Path: "/x", Urgency: transport.Continues})
		}
		require.Equal(t, transport.Closed, do().Verdict)
		time.Sleep(time.Minute)
		synctest.Wait()
		status = http.StatusBadGateway
		require.Equal(t, transport.Lost, do().Verdict)
		require.Equal(t, transport.NotSent, do().Verdict)
		time.Sleep(time.Minute)
		synctest.Wait()
		status = http.StatusOK
		require.Equal(t, transport.Accepted, do().Verdict)
		require.Equal(t, transport.Accepted, do().Verdict)
	})
}
