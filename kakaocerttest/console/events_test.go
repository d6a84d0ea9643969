package console

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

func get(ctx context.Context, handler http.Handler) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, "http://localhost/_sim/events", nil)
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	return w
}

func TestEvents_StreamsEndByThemselves(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		get(t.Context(), Handler(kakaocerttest.NewService()))
		assert.Equal(t, streamFor, time.Since(began))
	})
}

func TestEvents_StreamsAreCapped(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		handler := Handler(kakaocerttest.NewService())
		ctx, leave := context.WithCancel(t.Context())
		for range maxStreams {
			go get(ctx, handler)
		}
		synctest.Wait()
		refused := get(t.Context(), handler)
		assert.Equal(t, http.StatusServiceUnavailable, refused.Code)
		assert.NotEmpty(t, refused.Header().Get("Retry-After"))
		leave()
		synctest.Wait()
		assert.Equal(t, http.StatusOK, get(t.Context(), handler).Code, "who leaves makes room")
	})
}

// stuck is a connection whose reader does not read.
type stuck struct {
	http.ResponseWriter
	deadline time.Time
}

func (s *stuck) SetWriteDeadline(t time.Time) error {
	s.deadline = t
	return nil
}

func (s *stuck) Write([]byte) (int, error) {
	time.Sleep(time.Until(s.deadline))
	return 0, errors.New("deadline")
}

func TestEvents_ReaderWhoDoesNotReadIsLeft(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://localhost/_sim/events", nil)
		Handler(kakaocerttest.NewService()).ServeHTTP(&stuck{ResponseWriter: httptest.NewRecorder()}, r)
		assert.Equal(t, heartbeat, time.Since(began))
	})
}
