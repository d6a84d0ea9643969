// Package serving makes HTTP servers for pages and simulators, whose
// connections a slow or silent client cannot hold open.
package serving

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"
	"time"
)

// How long a client may take.
const (
	headerWithin = 10 * time.Second
	bodyWithin   = 30 * time.Second
	idleFor      = 2 * time.Minute
)

const maxHeader = 64 << 10

// NewServer returns a server for the handler, which sees a request when its
// body is there, in memory. A body that does not come within 30 seconds is
// answered with 408. Reading more than maxBody bytes of one gives an
// [http.MaxBytesError].
//
// [http.Server.ReadTimeout] cannot be used for this: it ends the context of
// handlers that take longer than it.
func NewServer(handler http.Handler, maxBody int64) *http.Server {
	return &http.Server{
		Handler:           whole(handler, maxBody),
		ReadHeaderTimeout: headerWithin,
		IdleTimeout:       idleFor,
		MaxHeaderBytes:    maxHeader,
	}
}

func whole(next http.Handler, maxBody int64) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		out := http.NewResponseController(w)
		_ = out.SetReadDeadline(time.Now().Add(bodyWithin)) // a writer without deadlines has no connection to hold
		text, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			w.Header().Set("Connection", "close")
			http.Error(w, http.StatusText(http.StatusRequestTimeout), http.StatusRequestTimeout)
			return
		case err == nil && int64(len(text)) > maxBody:
			text, err = text[:maxBody], &http.MaxBytesError{Limit: maxBody}
			w.Header().Set("Connection", "close") // the rest is not read
		case err == nil:
			err = io.EOF
		}
		_ = out.SetReadDeadline(time.Time{})
		r.Body = &body{text: bytes.NewReader(text), end: err, Closer: r.Body}
		next.ServeHTTP(w, r)
	})
}

// body is a body that was read, and how reading it ended.
type body struct {
	text *bytes.Reader
	end  error
	io.Closer
}

func (b *body) Read(p []byte) (int, error) {
	if b.text.Len() == 0 {
		return 0, b.end
	}
	return b.text.Read(p)
}
