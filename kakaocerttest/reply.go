package kakaocerttest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"os"
	"strconv"
	"syscall"
	"time"
)

// reply is an answer before it is sent, and the faults of its connection.
type reply struct {
	status int
	header http.Header
	body   []byte

	lost  FaultKind     // Refuse, DropBefore or DropAfter: nothing of it arrives
	delay time.Duration // before it
	whole int           // bytes of the body that arrive; 0 means all
	piece int           // bytes that arrive together; 0 means all
	pause time.Duration // between pieces
}

func jsonReply(status int, o object) reply {
	body, err := json.Marshal(o)
	if err != nil {
		panic("kakaocerttest: answer is no JSON: " + err.Error())
	}
	return textReply(status, "application/json;charset=UTF-8", string(body))
}

// reply is the answer to a step's result or failure, in the service's dialect,
// and the failure's code. Kauth's answers follow OAuth.
func (s *Service) reply(c *call, result object, err *failure) (a reply, code string) {
	switch {
	case err != nil:
		a, code = s.failureReply(err), err.code
	case c.atKauth():
		a = jsonReply(http.StatusOK, s.rename(result))
	default:
		a = jsonReply(http.StatusOK, s.wrap(result))
	}
	return s.dialect.encode(a), code
}

func (s *Service) failureReply(f *failure) reply {
	if f.koe != "" {
		return jsonReply(f.status, object{
			s.protocol.Field("oauth_error"): f.code, "error_code": f.koe,
			s.protocol.Field("oauth_error_message"): f.message,
		})
	}
	return jsonReply(f.status, s.errorObject(f))
}

func plainReply(status int, text string) reply {
	return textReply(status, "text/plain; charset=utf-8", text)
}

func textReply(status int, contentType, text string) reply {
	return reply{status: status, header: http.Header{"Content-Type": {contentType}}, body: []byte(text)}
}

// arriving is the part of the body that arrives.
func (a reply) arriving() []byte {
	if a.whole > 0 && a.whole < len(a.body) {
		return a.body[:a.whole]
	}
	return a.body
}

// pieces calls send for what arrives, piece by piece, and stops at its error
// or when the context ends.
func (a reply) pieces(ctx context.Context, send func([]byte) error) error {
	rest := a.arriving()
	for len(rest) > 0 {
		n := len(rest)
		if a.piece > 0 {
			n = min(n, a.piece)
			if err := wait(ctx, a.pause); err != nil {
				return err
			}
		}
		if err := send(rest[:n]); err != nil {
			return err
		}
		rest = rest[n:]
	}
	return nil
}

func wait(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// writeTo sends the reply over TCP. A handler ends a connection by a panic with
// http.ErrAbortHandler.
func (a reply) writeTo(w http.ResponseWriter, r *http.Request) {
	if a.lost == Refuse {
		reset(w)
	}
	if a.lost != "" || wait(r.Context(), a.delay) != nil {
		panic(http.ErrAbortHandler)
	}
	for name, values := range a.header {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
	w.WriteHeader(a.status)
	err := a.pieces(r.Context(), func(p []byte) error {
		if _, err := w.Write(p); err != nil {
			return err
		}
		return http.NewResponseController(w).Flush()
	})
	if err != nil || len(a.arriving()) < len(a.body) {
		panic(http.ErrAbortHandler)
	}
}

// reset closes the connection so that the client sees a reset.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// Transport returns a transport that calls the service in the same process,
// whatever host a request names, without TCP and without a goroutine of its
// own. Faults of the connection are errors of RoundTrip and of reading the
// body.
func (s *Service) Transport() http.RoundTripper { return transport{s} }

type transport struct{ service *Service }

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		defer func() { _ = r.Body.Close() }()
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	a := t.service.respond(r)
	switch {
	case a.lost == Refuse:
		if trace := httptrace.ContextClientTrace(r.Context()); trace != nil && trace.GetConn != nil {
			trace.GetConn(r.URL.Host) // as net/http reports it: no connection could be made
		}
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	case a.lost != "":
		return nil, io.EOF // as net/http reports it when a connection ends before the answer
	}
	if err := wait(r.Context(), a.delay); err != nil {
		return nil, err
	}
	return &http.Response{
		Status:        fmt.Sprintf("%d %s", a.status, http.StatusText(a.status)),
		StatusCode:    a.status,
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        a.header,
		Body:          &bodyReader{ctx: r.Context(), reply: a, rest: a.arriving()},
		ContentLength: int64(len(a.body)),
		Request:       r,
	}, nil
}

// bodyReader is a reply's body as an in-process client reads it.
type bodyReader struct {
	ctx   context.Context
	reply reply
	rest  []byte
}

func (b *bodyReader) Read(p []byte) (int, error) {
	if len(b.rest) == 0 {
		if len(b.reply.arriving()) < len(b.reply.body) {
			return 0, io.ErrUnexpectedEOF
		}
		return 0, io.EOF
	}
	piece := b.rest
	if b.reply.piece > 0 {
		piece = piece[:min(len(piece), b.reply.piece)]
		if err := wait(b.ctx, b.reply.pause); err != nil {
			return 0, err
		}
	}
	n := copy(p, piece)
	b.rest = b.rest[n:]
	return n, nil
}

func (b *bodyReader) Close() error { return nil }
