package main

import (
	"embed"
	"log/slog"
	"net/http"
	"time"

	"github.com/kakaocert-go/kakaocert/examples/internal/stage"
)

//go:embed static
var static embed.FS

// maxBody is far above what the form has.
const maxBody = 8 << 10

// server is the institution's backend. It keeps no visitor's state but what
// came of a transaction, which it could find again in the evidence.
type server struct {
	set      *stage.Signing
	site     site
	log      *slog.Logger
	sessions *sessions
	products map[string]product
	results  *results
	pages    pages
}

func newServer(set *stage.Signing, at site, log *slog.Logger) (http.Handler, error) {
	sessions, err := openSessions(set.Path, at.secure())
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
	var handler http.Handler = http.NewCrossOriginProtection().Handler(mux) // no other page can post here
	handler = at.alone(handler)
	handler = s.headers(handler)
	handler = s.logged(handler)
	return http.MaxBytesHandler(handler, maxBody), nil
}

// headers lets the page load nothing that is not its own, nobody frame it, and
// nobody keep it.
func (s *server) headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "+
			"base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Referrer-Policy", "same-origin") // no-referrer would take the Origin from our own forms
		h.Set("Cache-Control", "no-store")
		if s.site.secure() {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
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
