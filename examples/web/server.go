package main

import (
	"embed"
	"log/slog"
	"net/http"
	"time"

	"github.com/kakaocert-go/kakaocert/examples/internal/front"
	"github.com/kakaocert-go/kakaocert/examples/internal/stage"
)

//go:embed static
var static embed.FS

// server is the institution's backend. It keeps no visitor's state but what
// came of a transaction, which it could find again in the evidence.
type server struct {
	set      *stage.Signing
	site     front.Site
	log      *slog.Logger
	sessions *sessions
	products map[string]product
	results  *results
	pages    pages
}

func newServer(set *stage.Signing, at front.Site, log *slog.Logger) (http.Handler, error) {
	sessions, err := openSessions(set.Path, at.Secure())
	if err != nil {
		return nil, err
	}
	s := &server{
		set: set, site: at, log: log, sessions: sessions, results: newResults(sessionLife), pages: parsePages(),
		products: map[string]product{
			kindIdentity: identity{set.Client.K1100},
			kindContract: contract{set},
		},
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.home)
	mux.HandleFunc("POST /start", s.start)
	mux.HandleFunc("GET /wait", s.visited(s.wait))
	mux.HandleFunc("GET /status", s.status)
	mux.HandleFunc("POST /finish", s.visited(s.finish))
	mux.HandleFunc("GET /result", s.visited(s.result))
	mux.Handle("GET /static/", http.FileServerFS(static))
	mux.Handle("GET /style/", front.Style())
	var handler http.Handler = http.NewCrossOriginProtection().Handler(mux) // no other page can post here
	handler = at.Alone(handler)
	handler = at.Headers(handler, front.Origins{})
	return s.logged(handler), nil
}

// logged writes a line for each request. It lists what may be printed: the
// route rather than the address, and nothing that a visitor has typed.
func (s *server) logged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began, seen := time.Now(), &statusWriter{ResponseWriter: w}
		next.ServeHTTP(seen, r)
		s.log.LogAttrs(r.Context(), slog.LevelInfo, "request",
			slog.String("route", r.Pattern), slog.Int("status", seen.status), slog.Duration("duration", time.Since(began)))
	})
}

// statusWriter remembers the status.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(p)
}
