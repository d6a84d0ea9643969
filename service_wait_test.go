package kakaocert_test

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"math"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// inBubble gives a client of an in-process simulator whose only user behaves
// so, under the bubble's clock.
func inBubble(t *testing.T, behaviour kakaocerttest.Behaviour, test func(*testing.T, *kakaocerttest.Service, *kakaocert.Client)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		user := kakaocerttest.DefaultUser()
		user.Behaviour = behaviour
		service := kakaocerttest.NewService(kakaocerttest.WithUsers(user))
		test(t, service, newClient(t, service.Config()))
	})
}

func TestWait_AsksUntilTheUserHasSigned(t *testing.T) {
	t.Parallel()
	inBubble(t, kakaocerttest.SignAfter(time.Minute), func(t *testing.T, service *kakaocerttest.Service, client *kakaocert.Client) {
		tx := requested(t, client, "nonce")
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
		defer cancel()
		began := time.Now()
		var seen []kakaocert.Status
		status, err := client.K1100.Wait(ctx, tx, kakaocert.WithOnStatus(func(s kakaocert.TransactionStatus) {
			seen = append(seen, s.Status)
		}))
		require.NoError(t, err)
		assert.Equal(t, kakaocert.StatusCompleted, status.Status)
		assert.Less(t, time.Since(began), time.Minute+12*time.Second)
		assert.Equal(t, kakaocert.StatusRequested, seen[0])
		assert.Equal(t, kakaocert.StatusCompleted, seen[len(seen)-1])
		assert.Less(t, len(seen), 15, "the pauses grow to ten seconds")
		assert.Equal(t, len(seen), service.Calls("status"))
	})
}

func TestWait_EndsAtTerminalStatusesWithTheLastStatus(t *testing.T) {
	t.Parallel()
	for want, behaviour := range map[kakaocert.Status]kakaocerttest.Behaviour{
		kakaocert.StatusExpired:  kakaocerttest.Ignore(),
		kakaocert.StatusRejected: kakaocerttest.RefuseAfter(time.Second),
	} {
		t.Run(string(want), func(t *testing.T) {
			t.Parallel()
			inBubble(t, behaviour, func(t *testing.T, _ *kakaocerttest.Service, client *kakaocert.Client) {
				ctx, cancel := context.WithTimeout(t.Context(), 24*time.Hour)
				defer cancel()
				status, err := client.K1100.Wait(ctx, requested(t, client, "nonce"))
				ended, ok := errors.AsType[*kakaocert.StatusError](err)
				require.True(t, ok)
				assert.Equal(t, want, ended.Status)
				assert.Equal(t, want, status.Status)
			})
		})
	}
}

func TestWait_CancelledReturnsTheContextsErrorAndTheLastStatus(t *testing.T) {
	t.Parallel()
	inBubble(t, kakaocerttest.Ignore(), func(t *testing.T, _ *kakaocerttest.Service, client *kakaocert.Client) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		time.AfterFunc(30*time.Second, cancel)
		tx := requested(t, client, "nonce")
		began := time.Now()
		status, err := client.K1100.Wait(ctx, tx)
		require.ErrorIs(t, err, context.Canceled)
		assert.Equal(t, kakaocert.StatusRequested, status.Status)
		assert.Equal(t, 30*time.Second, time.Since(began), "it sleeps on the context")
	})
}

func TestWait_SignedDuringTheLastPauseIsSeen(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		signed, deadline time.Duration
		options          []kakaocert.WaitOption
	}{
		{signed: 59 * time.Second, deadline: time.Minute},
		{signed: 59700 * time.Millisecond, deadline: time.Minute},
		{signed: 50 * time.Second, deadline: time.Minute},
		{signed: 9 * time.Second, deadline: 10 * time.Second},
		{signed: 1500 * time.Millisecond, deadline: 2 * time.Second},
		{signed: 500 * time.Millisecond, deadline: time.Second},
		{signed: 4*time.Minute + 58*time.Second, deadline: 5 * time.Minute, options: []kakaocert.WaitOption{kakaocert.WithPoll(time.Minute, time.Hour)}},
		{signed: time.Second, deadline: 5 * time.Minute, options: []kakaocert.WaitOption{kakaocert.WithPoll(time.Hour, time.Hour)}},
		{signed: time.Minute, deadline: 5 * time.Minute, options: []kakaocert.WaitOption{kakaocert.WithPoll(1<<62, math.MaxInt64)}},
	} {
		t.Run(c.signed.String()+" of "+c.deadline.String(), func(t *testing.T) {
			t.Parallel()
			for range 20 { // the pauses vary
				inBubble(t, kakaocerttest.SignAfter(c.signed), func(t *testing.T, service *kakaocerttest.Service, client *kakaocert.Client) {
					ctx, cancel := context.WithTimeout(t.Context(), c.deadline)
					defer cancel()
					tx := requested(t, client, "nonce")
					status, err := client.K1100.Wait(ctx, tx, c.options...)
					require.NoError(t, err)
					assert.Equal(t, kakaocert.StatusCompleted, status.Status)
					assert.LessOrEqual(t, service.Calls("status"), 13)
				})
			}
		})
	}
}

func TestWait_UnsignedEndsAtTheDeadline(t *testing.T) {
	t.Parallel()
	inBubble(t, kakaocerttest.SignAfter(time.Hour), func(t *testing.T, service *kakaocerttest.Service, client *kakaocert.Client) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		began := time.Now()
		tx := requested(t, client, "nonce")
		_, err := client.K1100.Wait(ctx, tx)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, time.Minute, time.Since(began))
		assert.LessOrEqual(t, service.Calls("status"), 13, "the last questions are two")
	})
}

func TestWait_NeedsADeadline(t *testing.T) {
	t.Parallel()
	_, client := setup(t)
	_, err := client.K1100.Wait(context.WithoutCancel(t.Context()), prepared(t, client))
	argument, ok := errors.AsType[*kakaocert.ArgumentError](err)
	require.True(t, ok)
	assert.Equal(t, "ctx", argument.Field)
	_, err = client.K1100.Wait(soon(t), prepared(t, client), kakaocert.WithPoll(0, time.Second))
	require.ErrorAs(t, err, &argument)
	assert.Equal(t, "WithPoll", argument.Field)
}

func TestWait_ContinuesPastAnUnknownStatus(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		answers := []string{`{"status":"ON_ITS_WAY"}`, `{"status":"REQUESTED","requested_at":"2026-01-02T03:04:05.678"}`, `{"status":"COMPLETED"}`}
		var seen []kakaocert.TransactionStatus
		client := newClient(t, configWith(t, roundTripper(func(*http.Request) (*http.Response, error) {
			return answer(200, answers[len(seen)]), nil
		})))
		var tx kakaocert.K1100Transaction
		require.NoError(t, tx.UnmarshalText([]byte("K1110T:tx")))
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_, err := client.K1100.Wait(ctx, tx, kakaocert.WithOnStatus(func(s kakaocert.TransactionStatus) { seen = append(seen, s) }))
		require.NoError(t, err)
		assert.Equal(t, kakaocert.Status("ON_ITS_WAY"), seen[0].Status)
		assert.Equal(t, time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC), seen[1].RequestedAt)
		assert.True(t, seen[1].SignedAt.IsZero())
	})
}

// Thousands who began together must not ask in step.
func TestWait_PausesDiffer(t *testing.T) {
	t.Parallel()
	inBubble(t, kakaocerttest.SignAfter(4*time.Second), func(t *testing.T, _ *kakaocerttest.Service, client *kakaocert.Client) {
		const waiters = 50
		var group sync.WaitGroup
		pauses := make([]time.Duration, waiters)
		began := time.Now()
		for i := range waiters {
			group.Go(func() {
				asked := 0
				_, err := client.K1100.Wait(soon(t), requested(t, client, "nonce"), kakaocert.WithOnStatus(func(kakaocert.TransactionStatus) {
					if asked++; asked == 2 {
						pauses[i] = time.Since(began)
					}
				}))
				assert.NoError(t, err)
			})
		}
		group.Wait()
		different := make(map[time.Duration]bool)
		for _, pause := range pauses {
			different[pause] = true
			assert.InDelta(t, 2*time.Second, pause, float64(400*time.Millisecond))
		}
		assert.Greater(t, len(different), waiters/2)
	})
}

// While a user takes minutes, a network may be gone for seconds.
func TestWait_OutlastsTransientFailures(t *testing.T) {
	t.Parallel()
	for name, happens := range map[string]roundTripper{
		"no network":       dialing(errors.New("no route to host")),
		"no answer":        func(*http.Request) (*http.Response, error) { return nil, io.EOF },
		"502":              answering(502, "<html>"),
		"too many":         answering(429, "{}"),
		"request timeout":  answering(408, ""),
		"too early":        answering(425, ""),
		"misdirected":      answering(421, ""),
		"internal error":   answering(400, `{"code":"E0001"}`),
		"no answer, slow":  func(r *http.Request) (*http.Response, error) { <-r.Context().Done(); return nil, r.Context().Err() },
		"answer was cut":   cut,
		"an HTML 500 page": answering(500, "<html>"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				down, up := time.Now().Add(10*time.Second), time.Now().Add(time.Minute)
				client := newClient(t, configWith(t, roundTripper(func(r *http.Request) (*http.Response, error) {
					switch now := time.Now(); {
					case now.Before(down):
						return answer(200, `{"status":"REQUESTED"}`), nil
					case now.Before(up):
						return happens(r)
					}
					return answer(200, `{"status":"COMPLETED"}`), nil
				})))
				tx, err := kakaocert.ParseTransaction[kakaocert.K1100Product]("K1110T:tx")
				require.NoError(t, err)
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
				defer cancel()
				status, err := client.K1100.Wait(ctx, tx)
				require.NoError(t, err)
				assert.Equal(t, kakaocert.StatusCompleted, status.Status)

				down, up = time.Now(), time.Now().Add(time.Hour)
				began := time.Now()
				status, err = client.K1100.Wait(ctx, tx)
				require.ErrorIs(t, err, context.DeadlineExceeded)
				assert.NotEmpty(t, kindOf(err), "what went wrong last is there too: %v", err)
				assert.Empty(t, status.Status)
				assert.Greater(t, time.Since(began), 3*time.Minute)
			})
		})
	}
}

func TestWait_EndsAtPermanentFailures(t *testing.T) {
	t.Parallel()
	for name, happens := range map[string]roundTripper{
		"maintenance":         answering(503, `{"code":"E0002"}`),
		"no permission":       answering(403, `{"code":"E1002"}`),
		"unknown tx_id":       answering(400, `{"code":"E2003"}`),
		"redirect":            answering(302, ""),
		"not found":           answering(404, ""),
		"not JSON":            answering(200, "<html>"),
		"another transaction": answering(200, `{"tx_id":"other","status":"COMPLETED"}`),
		"no trust":            dialing(x509.UnknownAuthorityError{}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				calls := 0
				client := newClient(t, configWith(t, roundTripper(func(r *http.Request) (*http.Response, error) {
					if calls++; calls == 1 {
						return answer(200, `{"status":"REQUESTED"}`), nil
					}
					return happens(r)
				})))
				tx, err := kakaocert.ParseTransaction[kakaocert.K1100Product]("K1110T:tx")
				require.NoError(t, err)
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
				defer cancel()
				status, err := client.K1100.Wait(ctx, tx)
				require.Error(t, err)
				require.NotErrorIs(t, err, context.DeadlineExceeded)
				assert.Equal(t, kakaocert.StatusRequested, status.Status, "the last that is known")
				assert.Equal(t, 2, calls)
			})
		})
	}
}
