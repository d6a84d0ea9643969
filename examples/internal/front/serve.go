package front

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/kakaocert-go/kakaocert/internal/serving"
)

const (
	maxBody   = 8 << 10         // far above what the forms have
	endWithin = 2 * time.Minute // above one try of a verify
)

// NewServer returns a server for a page, which logs what is wrong with
// connections.
func NewServer(page http.Handler, log *slog.Logger) *http.Server {
	server := serving.NewServer(page, maxBody)
	server.ErrorLog = slog.NewLogLogger(log.Handler(), slog.LevelWarn)
	server.WriteTimeout = endWithin // what takes longer is kept for the next question
	return server
}

// Serve ends with the context, after the requests that are being answered: a
// verify that was sent receives what comes once.
func Serve(ctx context.Context, listener net.Listener, server *http.Server) error {
	stopped := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endWithin)
		defer cancel()
		stopped <- server.Shutdown(ctx)
	})
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		stop()
		return err
	}
	return <-stopped
}
