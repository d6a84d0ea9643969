package serving

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// pipes is a listener for connections within the process, whose deadlines are
// those of a synctest bubble.
type pipes struct {
	conns chan net.Conn
	once  sync.Once
}

func (p *pipes) Accept() (net.Conn, error) {
	conn, open := <-p.conns
	if !open {
		return nil, net.ErrClosed
	}
	return conn, nil
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.conns) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

func (p *pipes) dial() net.Conn {
	client, server := net.Pipe()
	p.conns <- server
	return client
}

func serve(t *testing.T, handler http.HandlerFunc) *pipes {
	t.Helper()
	listener := &pipes{conns: make(chan net.Conn)}
	server := NewServer(handler, 10)
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	t.Cleanup(func() {
		assert.NoError(t, server.Close())
		assert.ErrorIs(t, <-ended, http.ErrServerClosed)
	})
	return listener
}

func TestNewServer_EndsUnfinishedRequests(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		sent   string
		within time.Duration
		status int // 0: the connection is closed without an answer
	}{
		"nothing":              {"", idleFor, 0},
		"half a header":        {"GET / HTTP/1.1\r\nHost: x\r\n", headerWithin, 0},
		"half a body":          {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nab", bodyWithin, http.StatusRequestTimeout},
		"half a chunk":         {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nab", bodyWithin, http.StatusRequestTimeout},
		"no second request":    {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab", idleFor, http.StatusOK},
		"body of a GET, unset": {"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n", bodyWithin, http.StatusRequestTimeout},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				conn := serve(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) }).dial()
				began := time.Now()
				_, err := io.WriteString(conn, test.sent)
				require.NoError(t, err)
				text, err := io.ReadAll(conn) // until the server closes it
				require.NoError(t, err)
				assert.LessOrEqual(t, time.Since(began), test.within+time.Second)
				if test.status == 0 {
					assert.Empty(t, string(text))
					return
				}
				assert.True(t, strings.HasPrefix(string(text), fmt.Sprintf("HTTP/1.1 %d ", test.status)), "%s", text)
			})
		})
	}
}

func TestNewServer_LetsHandlersTakeTheirTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		conn := serve(t, func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(time.Hour)
			assert.NoError(t, r.Context().Err())
			_, _ = io.Copy(w, r.Body)
		}).dial()
		_, err := io.WriteString(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab")
		require.NoError(t, err)
		response, err := http.ReadResponse(bufio.NewReader(conn), nil)
		require.NoError(t, err)
		text, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		assert.Equal(t, "ab", string(text))
		require.NoError(t, conn.Close())
	})
}

func TestNewServer_CapsBodies(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for size, want := range map[int]bool{0: true, 10: true, 11: false, 1 << 16: false} {
			conn := serve(t, func(w http.ResponseWriter, r *http.Request) {
				text, err := io.ReadAll(r.Body)
				_, tooLarge := errors.AsType[*http.MaxBytesError](err)
				assert.Equal(t, want, !tooLarge, "%d bytes", size)
				assert.LessOrEqual(t, len(text), 10)
			}).dial()
			go func() {
				_, _ = fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s", size, strings.Repeat("a", size))
			}()
			response, err := http.ReadResponse(bufio.NewReader(conn), nil)
			require.NoError(t, err)
			assert.Equal(t, http.StatusOK, response.StatusCode)
			require.NoError(t, conn.Close())
		}
	})
}
