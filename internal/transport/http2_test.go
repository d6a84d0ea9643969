package transport_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/internal/transport"
)

// trusting is the RoundTripper of one who knows the server's root.
func trusting(t *testing.T, server *httptest.Server) http.RoundTripper {
	t.Helper()
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	own := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true}
	rt, reason := transport.Guard(own)
	require.Empty(t, reason)
	t.Cleanup(rt.(*http.Transport).CloseIdleConnections)
	return rt
}

func TestOnce_OverHTTP2(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		assert.Empty(t, body)
		assert.Equal(t, 2, r.ProtoMajor)
		_, _ = io.WriteString(w, "the answer")
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	store := new(memory)
	result := newSender(t, server.URL, trusting(t, server)).Do(t.Context(), &transport.Call{Method: "GET", Path: "/verify", Store: store.begin})
	require.NoError(t, result.Err)
	assert.Equal(t, transport.Accepted, result.Verdict)
	assert.Equal(t, "the answer", string(store.bytes))
}

// net/http sends an HTTP/2 request again by itself when the server says that it
// has not looked at it. A verify is not sent again on a server's word; a status
// shows that the server would have seen it.
func TestOnce_IsSentOnceOverHTTP2(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		reaction func(stream uint32) []byte
		again    bool // by net/http, where it may
	}{
		"stream refused":     {func(stream uint32) []byte { return frame(frameReset, stream, uint32Bytes(7)) }, true},
		"protocol error":     {func(stream uint32) []byte { return frame(frameReset, stream, uint32Bytes(1)) }, true},
		"internal error":     {func(stream uint32) []byte { return frame(frameReset, stream, uint32Bytes(2)) }, false},
		"going away":         {func(uint32) []byte { return frame(frameGoAway, 0, append(uint32Bytes(0), uint32Bytes(0)...)) }, true},
		"connection is dead": {func(uint32) []byte { return nil }, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, once := range []bool{true, false} {
				server := startHTTP2(t, c.reaction)
				sender := newSender(t, server.url, server.trusting)
				sender.Retries = 0
				call := &transport.Call{Method: "GET", Path: "/status", Repeat: true}
				if once {
					call = &transport.Call{Method: "GET", Path: "/verify", Store: new(memory).begin}
				}
				result := sender.Do(t.Context(), call)
				assert.Equal(t, transport.Lost, result.Verdict)
				assert.Error(t, result.Err)
				if once || !c.again {
					assert.EqualValues(t, 1, server.requests.Load())
				} else {
					assert.EqualValues(t, 2, server.requests.Load(), "the test can fail")
				}
			}
		})
	}
}

const (
	frameHeaders  = 1
	frameReset    = 3
	frameSettings = 4
	frameGoAway   = 7
)

// frame is one of HTTP/2's. (RFC 9113, section 4.1)
func frame(kind byte, stream uint32, payload []byte) []byte {
	head := []byte{0, 0, byte(len(payload)), kind, 0}
	return append(binary.BigEndian.AppendUint32(head, stream), payload...)
}

func uint32Bytes(n uint32) []byte { return binary.BigEndian.AppendUint32(nil, n) }

// http2Server speaks just enough HTTP/2 to count requests and to react to them
// as no server of net/http's would.
type http2Server struct {
	url      string
	trusting http.RoundTripper
	requests atomic.Int32
	reaction func(stream uint32) []byte
}

func startHTTP2(t *testing.T, reaction func(uint32) []byte) *http2Server {
	t.Helper()
	lender := httptest.NewTLSServer(nil) // of its certificate
	t.Cleanup(lender.Close)
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: lender.TLS.Certificates, NextProtos: []string{"h2"}})
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	s := &http2Server{url: "https://" + listener.Addr().String(), trusting: trusting(t, lender), reaction: reaction}
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go s.serve(connection)
		}
	}()
	return s
}

func (s *http2Server) serve(connection net.Conn) {
	defer func() { _ = connection.Close() }()
	preface := make([]byte, len("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"))
	if _, err := io.ReadFull(connection, preface); err != nil {
		return
	}
	if _, err := connection.Write(frame(frameSettings, 0, nil)); err != nil {
		return
	}
	for {
		var head [9]byte
		if _, err := io.ReadFull(connection, head[:]); err != nil {
			return
		}
		length := int64(head[0])<<16 | int64(head[1])<<8 | int64(head[2])
		if _, err := io.CopyN(io.Discard, connection, length); err != nil {
			return
		}
		if head[3] != frameHeaders {
			continue
		}
		if s.requests.Add(1) > 1 {
			return // a second time ends it
		}
		answer := s.reaction(binary.BigEndian.Uint32(head[5:]))
		if answer == nil {
			return
		}
		if _, err := connection.Write(answer); err != nil {
			return
		}
	}
}
