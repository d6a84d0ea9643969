package kakaocert_test

import (
	"context"
	"errors"
	"net/http"
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

func TestWaitAsksUntilTheUserHasSigned(t *testing.T) {
	t.Parallel()
	inBubble(t, kakaocerttest.SignAfter(time.Minute), func(t *testing.T, service *kakaocerttest.Service, client *kakaocert.Client) {
		tx := requested(t, client, "nonce")
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
		defer cancel()
		began := time.Now()
		var seen []kakaocert.Status
		status, err := client.K1100.Wait(ctx, tx, kakaocert.OnStatus(func(s kakaocert.TransactionStatus) {
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

func TestWaitEndsAtTerminalStatusesWithTheLastStatus(t *testing.T) {
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

func TestACancelledWaitReturnsTheContextsErrorAndTheLastStatus(t *testing.T) {
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

func TestWaitNeedsADeadline(t *testing.T) {
	t.Parallel()
	_, client := setup(t)
	_, err := client.K1100.Wait(context.WithoutCancel(t.Context()), prepared(t, client))
	argument, ok := errors.AsType[*kakaocert.ArgumentError](err)
	require.True(t, ok)
	assert.Equal(t, "ctx", argument.Field)
	_, err = client.K1100.Wait(soon(t), prepared(t, client), kakaocert.PollEvery(0, time.Second))
	require.ErrorAs(t, err, &argument)
	assert.Equal(t, "PollEvery", argument.Field)
}

func TestWaitKeepsOnPastAStatusItDoesNotKnow(t *testing.T) {
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
		_, err := client.K1100.Wait(ctx, tx, kakaocert.OnStatus(func(s kakaocert.TransactionStatus) { seen = append(seen, s) }))
		require.NoError(t, err)
		assert.Equal(t, kakaocert.Status("ON_ITS_WAY"), seen[0].Status)
		assert.Equal(t, time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC), seen[1].RequestedAt)
		assert.True(t, seen[1].SignedAt.IsZero())
	})
}
