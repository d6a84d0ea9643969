package kakaocerttest

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"

	"github.com/kakaocert-go/kakaocert/internal/serving"
)

// TB is what [NewServer] needs of a testing.TB.
type TB interface {
	Helper()
	Cleanup(func())
	Fatalf(format string, args ...any)
}

// Server is a [Service] that listens.
type Server struct {
	*Service
	URL string // "http://127.0.0.1:41234"

	http *http.Server
	done chan error
}

// NewServer starts a server on a free loopback port and closes it when the
// test ends.
func NewServer(t TB, opts ...Option) *Server {
	t.Helper()
	s, err := StartServer("127.0.0.1:0", opts...)
	if err != nil {
		t.Fatalf("%v", err)
		return nil
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// StartServer starts a server on an address such as "127.0.0.1:8080"; port 0
// selects any free port. If the server listens on all addresses, its URL names
// localhost. Close it when done.
func StartServer(address string, opts ...Option) (*Server, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("kakaocerttest: %w", err)
	}
	base := "http://" + reachable(listener.Addr()) // the address in the certificates
	service, handler, err := newService(opts, base)
	if err != nil {
		_ = listener.Close()
		return nil, err
	}
	s := &Server{
		Service: service,
		URL:     base,
		http:    serving.NewServer(handler, maxBody),
		done:    make(chan error, 1),
	}
	go func() { s.done <- s.http.Serve(listener) }()
	return s, nil
}

// reachable is an address that a client on this machine can call.
func reachable(a net.Addr) string {
	tcp, ok := a.(*net.TCPAddr)
	if !ok || !tcp.IP.IsUnspecified() {
		return a.String()
	}
	return net.JoinHostPort("localhost", strconv.Itoa(tcp.Port))
}

// Close stops listening and closes all connections.
func (s *Server) Close() error {
	err := s.http.Close()
	if served := <-s.done; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	s.done <- http.ErrServerClosed // a second Close finds it too
	return err
}
