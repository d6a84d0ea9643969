package redisreplay_test

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/internal/judge"
	"github.com/kakaocert-go/kakaocert/internal/sockets"
)

// serverVariable names the server's program, in place of the redis-server in the
// PATH: another version, or valkey-server.
const serverVariable = "KAKAOCERT_TEST_REDIS_SERVER"

func TestMain(m *testing.M) { judge.Main(m) }

const patience = 5 * time.Minute

// server is a real Redis of the test's own, on a Unix socket: no port can be
// taken by another program.
type server struct {
	program, dir, socket string
	process              *exec.Cmd
}

// startServer starts a server that keeps every addition on disk before it
// answers. It ends with the test.
func startServer(t *testing.T) *server {
	t.Helper()
	program := os.Getenv(serverVariable)
	if program == "" {
		program = "redis-server"
	}
	socketDir, err := sockets.MakeDir("redis", "socket")
	require.NoError(t, err)
	s := &server{program: judge.Need(t, program), dir: t.TempDir(), socket: filepath.Join(socketDir, "socket")}
	t.Cleanup(func() {
		s.kill()
		_ = os.RemoveAll(socketDir)
	})
	s.start(t)
	return s
}

// start returns when the server says that it takes connections.
func (s *server) start(t *testing.T) {
	t.Helper()
	s.process = exec.Command(s.program, "--port", "0", "--unixsocket", s.socket, "--dir", s.dir,
		"--appendonly", "yes", "--appendfsync", "always", "--save", "", "--maxmemory-policy", "noeviction")
	log, err := s.process.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, s.process.Start())
	var said []string
	lines := bufio.NewScanner(log)
	for lines.Scan() {
		said = append(said, lines.Text())
		if strings.Contains(lines.Text(), "eady to accept connections") {
			go func() { _, _ = io.Copy(io.Discard, log) }()
			return
		}
	}
	require.Fail(t, "the server has ended", strings.Join(said, "\n"))
}

// kill ends the server as a crash does.
func (s *server) kill() {
	if s.process != nil {
		_ = s.process.Process.Kill()
		_ = s.process.Wait()
		s.process = nil
	}
}

// client returns a client of the server. Each process of a bank's has its own.
func (s *server) client(t *testing.T) *redis.Client { return s.clientOver(t, net.Dial) }

func (s *server) clientOver(t *testing.T, dial func(network, address string) (net.Conn, error)) *redis.Client {
	t.Helper()
	client := redis.NewClient(&redis.Options{
		Addr: s.socket, PoolSize: 16, MaxRetries: 1, DialerRetries: 1,
		// A slow disk is not what the tests are about.
		DialTimeout: patience, ReadTimeout: patience, WriteTimeout: patience, PoolTimeout: patience,
		Dialer: func(context.Context, string, string) (net.Conn, error) { return dial("unix", s.socket) },
	})
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// losing is a network that loses the answer to the first SET: the server has
// carried it out, and the connection ends.
type losing struct{ lost atomic.Bool }

func (l *losing) dial(network, address string) (net.Conn, error) {
	inner, err := net.Dial(network, address)
	return &losingConn{Conn: inner, network: l}, err
}

type losingConn struct {
	net.Conn
	network *losing
	ends    bool
}

func (c *losingConn) Write(p []byte) (int, error) {
	if bytes.Contains(p, []byte("\r\nset\r\n")) && c.network.lost.CompareAndSwap(false, true) {
		c.ends = true
	}
	return c.Conn.Write(p)
}

func (c *losingConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if c.ends {
		_ = c.Close() // else a retry over it would wait for an answer that was read
		return 0, io.EOF
	}
	return n, err
}
