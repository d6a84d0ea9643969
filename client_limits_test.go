package kakaocert_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// limiterFunc is a Limiter; *rate.Limiter has the same method.
type limiterFunc func(context.Context) error

func (f limiterFunc) Wait(ctx context.Context) error { return f(ctx) }

func TestLimiter_ErrorMeansThatNothingWasSent(t *testing.T) {
	t.Parallel()
	no := errors.New("rate: Wait(n=1) would exceed context deadline")
	for _, call := range calls {
		t.Run(call.step, func(t *testing.T) {
			t.Parallel()
			sink, observer := new(memorySink), new(recordingObserver)
			config := configWith(t, roundTripper(func(*http.Request) (*http.Response, error) {
				t.Error("something was sent")
				return nil, io.EOF
			}))
			config.Evidence, config.Observer = sink, observer
			config.Limiter = limiterFunc(func(context.Context) error { return no })
			tx, err := kakaocert.ParseTransaction[kakaocert.K1100Product]("K1110T:tx")
			require.NoError(t, err)
			err = call.call(t.Context(), newClient(t, config), tx)
			assert.Equal(t, connection, kindOf(err))
			require.ErrorIs(t, err, no)
			assert.Empty(t, sink.all())
			spans := observer.take(t)
			require.Len(t, spans, 1, "an operation without a try")
			assert.Zero(t, spans[0].end.Tries)
			assert.Equal(t, err, spans[0].end.Err)
		})
	}
}

func TestLimiter_VerifyIsNextHoweverManyBegin(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		user := kakaocerttest.DefaultUser()
		user.Behaviour = kakaocerttest.SignAfter(0)
		service := kakaocerttest.NewService(kakaocerttest.WithUsers(user))
		tx := requested(t, newClient(t, service.Config()), "nonce")
		config := service.Config()
		config.Limiter = limiterFunc(func(ctx context.Context) error {
			select {
			case <-time.After(time.Second):
			case <-ctx.Done():
			}
			return ctx.Err()
		})
		client := newClient(t, config)
		ctx, stop := context.WithCancel(t.Context())
		for range 1000 {
			go client.K1100.Prepare(ctx, &kakaocert.K1100PrepareParams{Product: kakaocert.K1110, User: byHong}) //nolint:errcheck // a crowd
		}
		synctest.Wait()
		began := time.Now()
		_, err := client.K1100.Verify(t.Context(), tx, "nonce")
		require.NoError(t, err)
		assert.LessOrEqual(t, time.Since(began), 2*time.Second, "behind the one whose turn it was")
		stop()
		synctest.Wait()
	})
}

func TestLimiter_WaitGoesOnWhenItRefuses(t *testing.T) {
	t.Parallel()
	inBubble(t, kakaocerttest.SignAfter(time.Minute), func(t *testing.T, service *kakaocerttest.Service, client *kakaocert.Client) {
		tx := requested(t, client, "nonce")
		config := service.Config()
		asked := 0
		config.Limiter = limiterFunc(func(context.Context) error {
			if asked++; asked%2 == 1 {
				return errors.New("no")
			}
			return nil
		})
		status, err := newClient(t, config).K1100.Wait(soon(t), tx)
		require.NoError(t, err)
		assert.Equal(t, kakaocert.StatusCompleted, status.Status)
	})
}

func TestLimiter_VerifyBudgetContainsItsTime(t *testing.T) {
	t.Parallel()
	config := configWith(t, nil)
	without := newClient(t, config).VerifyBudget()
	config.Limiter = limiterFunc(func(ctx context.Context) error { return ctx.Err() })
	assert.Equal(t, without+3*30*time.Second, newClient(t, config).VerifyBudget(), "three tries")
}

// maintained answers E0002 to every call while it is on.
type maintained struct {
	on    bool
	steps []string
}

func (m *maintained) RoundTrip(r *http.Request) (*http.Response, error) {
	step := strings.Split(r.URL.Path, "/")[3]
	m.steps = append(m.steps, step)
	if m.on {
		return answer(503, `{"code":"E0002"}`), nil
	}
	for _, call := range calls {
		if call.step == step {
			return answer(200, call.answer), nil
		}
	}
	return nil, io.EOF
}

func TestMaintenancePause_HoldsEveryCallButVerify(t *testing.T) {
	t.Parallel()
	for _, call := range calls {
		t.Run(call.step, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				wire := &maintained{on: true}
				config := configWith(t, wire)
				config.Evidence, config.MaintenancePause = new(memorySink), time.Minute
				client := newClient(t, config)
				tx, err := kakaocert.ParseTransaction[kakaocert.K1100Product]("K1110T:tx")
				require.NoError(t, err)
				_, err = client.K1100.Status(t.Context(), tx)
				require.ErrorIs(t, err, kakaocert.ErrMaintenance)
				began := time.Now()

				err = call.call(t.Context(), client, tx)
				require.ErrorIs(t, err, kakaocert.ErrMaintenance)
				assert.False(t, kakaocert.IsSecurityEvent(err))
				held, isHeld := errors.AsType[*kakaocert.MaintenanceError](err)
				if call.step == "verify" {
					assert.False(t, isHeld, "its time runs")
					assert.Equal(t, []string{"status", "verify"}, wire.steps)
					return
				}
				require.True(t, isHeld)
				assert.Equal(t, "k1100."+call.step, held.Operation)
				assert.Equal(t, began.Add(time.Minute), held.Until)
				code, ok := errors.AsType[kakaocert.Code](err)
				require.True(t, ok)
				assert.Equal(t, kakaocert.OwnerKakao, code.Owner())
				assert.Equal(t, []string{"status"}, wire.steps)

				time.Sleep(time.Until(held.Until))
				wire.on = false
				require.NoError(t, call.call(t.Context(), client, tx))
			})
		})
	}
}

func TestMaintenancePause_IsOffByDefault(t *testing.T) {
	t.Parallel()
	wire := &maintained{on: true}
	client := newClient(t, configWith(t, wire))
	for range 3 {
		_, err := client.K1100.Prepare(t.Context(), &kakaocert.K1100PrepareParams{Product: kakaocert.K1110, User: byHong})
		assert.Equal(t, api, kindOf(err))
	}
	assert.Len(t, wire.steps, 3)
}

// A wait ends as it does at the service's own answer, and says when to go on.
func TestMaintenancePause_EndsAWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		wire, observer := &maintained{on: true}, new(recordingObserver)
		config := configWith(t, wire)
		config.MaintenancePause, config.Observer = time.Minute, observer
		client := newClient(t, config)
		_, err := client.K1100.Prepare(t.Context(), &kakaocert.K1100PrepareParams{Product: kakaocert.K1110, User: byHong})
		require.ErrorIs(t, err, kakaocert.ErrMaintenance)
		observer.take(t)

		tx, err := kakaocert.ParseTransaction[kakaocert.K1100Product]("K1110T:tx")
		require.NoError(t, err)
		_, err = client.K1100.Wait(soon(t), tx)
		require.ErrorAs(t, err, new(*kakaocert.MaintenanceError))
		spans := observer.take(t)
		require.Len(t, spans, 2, "the wait, and the operation without a try")
		assert.Equal(t, err, spans[0].end.Err)
	})
}

func TestMaintenancePause_DoesNotHoldTheExchangeOfALogin(t *testing.T) {
	t.Parallel()
	server, client, sink := loginSetup(t)
	config := server.Config()
	config.Evidence, config.MaintenancePause = sink, time.Hour
	login := begun(t, client)
	callback := cameBack(t, server, client, login)
	client = newClient(t, config)
	require.NoError(t, server.Inject(kakaocerttest.Fault{Step: "prepare", Kind: kakaocerttest.Maintenance}))
	params := &kakaocert.K2100PrepareParams{RedirectURI: "https://bank.example/back"}
	_, err := client.K2100.Prepare(t.Context(), params)
	require.ErrorIs(t, err, kakaocert.ErrMaintenance)
	_, err = client.K2100.Prepare(t.Context(), params)
	require.ErrorAs(t, err, new(*kakaocert.MaintenanceError))
	_, err = client.K2100.Exchange(t.Context(), login, callback)
	require.NoError(t, err)
	_, err = client.K2100.Prepare(t.Context(), params)
	require.NoError(t, err, "the exchange's answer said that it is over")
}
