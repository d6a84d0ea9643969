package transport_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/internal/transport"
	"github.com/kakaocert-go/kakaocert/internal/unserved"
)

// judge takes the HTTP status at its word.
func judge(_ *transport.Call, status int, _ []byte) transport.Judgement {
	switch {
	case status == http.StatusTooManyRequests:
		return transport.Judgement{Verdict: transport.Busy}
	case status == http.StatusBadRequest:
		return transport.Judgement{Verdict: transport.Internal, Code: "E0001"}
	case status >= 500:
		return transport.Judgement{Verdict: transport.Lost}
	case status >= 300:
		return transport.Judgement{Verdict: transport.Refused}
	}
	return transport.Judgement{Verdict: transport.Accepted}
}

func newSender(t *testing.T, base string, rt http.RoundTripper) *transport.Sender {
	t.Helper()
	u, err := url.Parse(base)
	require.NoError(t, err)
	if rt == nil {
		own := &http.Transport{}
		t.Cleanup(own.CloseIdleConnections)
		rt = own
	}
	return &transport.Sender{
		RoundTripper: rt, Base: u, Header: http.Header{"Accept": {"application/json"}}, Keys: http.Header{"Authorization": {"KakaoAK secret"}},
		Timeout: time.Minute, OnceTimeout: time.Minute, Retries: 2,
		BodyLimit: 1 << 10, OnceLimit: 1 << 12, Judge: judge,
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func answer(status int, body string, header ...string) *http.Response {
	h := make(http.Header)
	for i := 0; i < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return &http.Response{
		StatusCode: status, Header: h, ContentLength: int64(len(body)),
		Body: io.NopCloser(bytes.NewReader([]byte(body))),
	}
}

// memory is a Store that keeps all that happened to it.
type memory struct {
	mu     sync.Mutex
	bytes  []byte
	events []string
}

func (m *memory) begin(context.Context, int) (transport.Store, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.events = append(m.events, "begin")
	return m, nil
}

func (m *memory) Write(p []byte) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.bytes = append(m.bytes, p...)
	return len(p), nil
}

func (m *memory) Whole(status int, j transport.Judgement) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.events = append(m.events, fmt.Sprintf("whole %d", status))
	return nil
}

func (m *memory) Broken(reason string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.events = append(m.events, "broken: "+reason)
	return nil
}

func TestDo_RepeatsOnlyWhatIsSafe(t *testing.T) {
	t.Parallel()
	status := func(code int) roundTripper {
		return func(*http.Request) (*http.Response, error) { return answer(code, "{}"), nil }
	}
	dead := roundTripper(func(*http.Request) (*http.Response, error) { return nil, io.ErrUnexpectedEOF })
	for _, c := range []struct {
		name                   string
		rt                     roundTripper
		repeat, repeatInternal bool
		verdict                transport.Verdict
		tries                  int
	}{
		{"busy, any call", status(429), false, false, transport.Busy, 3},
		{"internal error, request", status(400), false, false, transport.Internal, 1},
		{"internal error, others", status(400), true, true, transport.Internal, 3},
		{"lost answer, request", status(502), false, false, transport.Lost, 1},
		{"lost answer, status", status(502), true, true, transport.Lost, 3},
		{"dead connection, request", dead, false, false, transport.Lost, 1},
		{"dead connection, status", dead, true, true, transport.Lost, 3},
		{"redirect", status(302), true, true, transport.Refused, 1},
		{"success", status(200), true, true, transport.Accepted, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				tries := 0
				sender := newSender(t, "http://127.0.0.1", roundTripper(func(r *http.Request) (*http.Response, error) {
					tries++
					return c.rt(r)
				}))
				result := sender.Do(t.Context(), &transport.Call{Method: "GET", Path: "/x", Repeat: c.repeat, RepeatInternal: c.repeatInternal})
				assert.Equal(t, c.verdict, result.Verdict)
				assert.Equal(t, c.tries, tries)
				assert.Equal(t, c.tries, result.Attempts)
			})
		})
	}
}

func TestDo_HonoursRetryAfterUpToACap(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		header string
		waits  time.Duration
	}{
		{"3", 3 * time.Second},
		{"86400", 30 * time.Second},
		{"2147483648", 30 * time.Second},
		{"9999999999", 30 * time.Second},
		{"99999999999999999999999999", 30 * time.Second},   // too large to count is long
		{"Sat, 01 Jan 2000 00:00:07 GMT", 7 * time.Second}, // a bubble's clock begins there
	} {
		t.Run(c.header, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				sender := newSender(t, "http://127.0.0.1", roundTripper(func(*http.Request) (*http.Response, error) {
					return answer(429, "{}", "Retry-After", c.header), nil
				}))
				sender.Retries = 1
				began := time.Now()
				sender.Do(t.Context(), &transport.Call{Method: "GET", Path: "/x"})
				assert.Equal(t, c.waits, time.Since(began))
			})
		})
	}
}

func TestDo_SleepsOnTheContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		sender := newSender(t, "http://127.0.0.1", roundTripper(func(*http.Request) (*http.Response, error) {
			return answer(429, "{}", "Retry-After", "20"), nil
		}))
		began := time.Now()
		result := sender.Do(ctx, &transport.Call{Method: "GET", Path: "/x"})
		require.ErrorIs(t, result.Err, context.DeadlineExceeded)
		assert.Equal(t, time.Second, time.Since(began))
	})
}

func TestDo_OneTryHasItsOwnTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sender := newSender(t, "http://127.0.0.1", roundTripper(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		}))
		result := sender.Do(t.Context(), &transport.Call{Method: "GET", Path: "/x", Repeat: true})
		require.ErrorIs(t, result.Err, transport.ErrTimeout)
		assert.NotErrorIs(t, result.Err, context.DeadlineExceeded, "the caller's deadline did not pass")
		assert.Equal(t, 3, result.Attempts)
	})
}

func TestNotSent_IsKnownWithoutAConnection(t *testing.T) {
	t.Parallel()
	sender := newSender(t, "http://"+unserved.Address(t), nil)
	sender.Retries = 0
	result := sender.Do(t.Context(), &transport.Call{Method: "POST", Path: "/x", Body: []byte("{}")})
	assert.Equal(t, transport.NotSent, result.Verdict)
	assert.Error(t, result.Err)
}

// traced reports its steps as net/http does, and then fails.
func traced(fail func(*http.Request) error, steps ...string) roundTripper {
	return func(r *http.Request) (*http.Response, error) {
		trace := httptrace.ContextClientTrace(r.Context())
		for _, step := range steps {
			switch step {
			case "GetConn":
				trace.GetConn("host:443")
			case "GotConn":
				trace.GotConn(httptrace.GotConnInfo{})
			case "WroteHeaders":
				trace.WroteHeaders()
			}
		}
		return nil, fail(r)
	}
}

// Whether something was sent must never be guessed wrong in the one direction:
// a try that ends by its time returns while HTTP/2 may still be writing.
func TestNotSent_Errors(t *testing.T) {
	t.Parallel()
	refused := func(*http.Request) error { return errors.New("connection refused") }
	tooLate := func(r *http.Request) error { <-r.Context().Done(); return r.Context().Err() }
	for name, c := range map[string]struct {
		rt      roundTripper
		verdict transport.Verdict
	}{
		"dial failed":             {traced(refused, "GetConn"), transport.NotSent},
		"dial took too long":      {traced(tooLate, "GetConn"), transport.NotSent},
		"dead before the head":    {traced(refused, "GetConn", "GotConn"), transport.NotSent},
		"too late before it":      {traced(tooLate, "GetConn", "GotConn"), transport.Lost},
		"dead after the head":     {traced(refused, "GetConn", "GotConn", "WroteHeaders"), transport.Lost},
		"too late after it":       {traced(tooLate, "GetConn", "GotConn", "WroteHeaders"), transport.Lost},
		"a RoundTripper untraced": {traced(refused), transport.Lost},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				tries := 0
				sender := newSender(t, "http://127.0.0.1", roundTripper(func(r *http.Request) (*http.Response, error) {
					tries++
					return c.rt(r)
				}))
				store := new(memory)
				result := sender.Do(t.Context(), &transport.Call{Method: "GET", Path: "/verify", Store: store.begin})
				assert.Equal(t, c.verdict, result.Verdict)
				if c.verdict == transport.Lost {
					assert.Equal(t, 1, tries)
					assert.Equal(t, []string{"begin", "broken: no answer"}, store.events)
				} else {
					assert.Equal(t, 3, tries)
					assert.Equal(t, []string{"begin", "broken: nothing was sent"}, store.events[:2])
				}
			})
		})
	}
}

// A server that takes a request and dies has perhaps carried it out. net/http
// would send a GET again by itself when that was a kept-alive connection.
func TestOnce_IsSentOnceOnADyingKeptAliveConnection(t *testing.T) {
	t.Parallel()
	var verifies atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/verify" {
			_, _ = io.WriteString(w, "{}")
			return
		}
		verifies.Add(1)
		connection, _, err := w.(http.Hijacker).Hijack()
		if assert.NoError(t, err) {
			_ = connection.Close()
		}
	}))
	defer server.Close()
	sender := newSender(t, server.URL, nil)

	warm := sender.Do(t.Context(), &transport.Call{Method: "GET", Path: "/status", Repeat: true})
	require.Equal(t, transport.Accepted, warm.Verdict)

	store := new(memory)
	result := sender.Do(t.Context(), &transport.Call{Method: "GET", Path: "/verify", RepeatInternal: true, Store: store.begin})
	assert.Equal(t, transport.Lost, result.Verdict)
	assert.EqualValues(t, 1, verifies.Load())
	assert.Equal(t, []string{"begin", "broken: no answer"}, store.events)
}

func TestStore_GetsEveryByteThoughTheCallerHasGone(t *testing.T) {
	t.Parallel()
	ctx, leave := context.WithCancel(t.Context())
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "first ")
		w.(http.Flusher).Flush()
		leave()
		_, _ = io.WriteString(w, "second")
	}))
	defer server.Close()
	store := new(memory)
	result := newSender(t, server.URL, nil).Do(ctx, &transport.Call{Method: "GET", Path: "/verify", Store: store.begin})
	assert.Equal(t, transport.Accepted, result.Verdict)
	assert.Equal(t, "first second", string(store.bytes))
	assert.Equal(t, []string{"begin", "whole 200"}, store.events)
}

func TestStore_ThatCannotBeginPreventsTheCall(t *testing.T) {
	t.Parallel()
	full := errors.New("disk full")
	sender := newSender(t, "http://127.0.0.1", roundTripper(func(*http.Request) (*http.Response, error) {
		t.Error("something was sent")
		return nil, io.EOF
	}))
	result := sender.Do(t.Context(), &transport.Call{Method: "GET", Path: "/verify", Store: func(context.Context, int) (transport.Store, error) { return nil, full }})
	require.NotNil(t, result.StoreErr)
	assert.Equal(t, "begin", result.StoreErr.Step)
	assert.ErrorIs(t, result.StoreErr, full)
	assert.Equal(t, 1, result.Attempts)
}

type failingStore struct{ memory }

var errFull = errors.New("disk full")

func (*failingStore) Write([]byte) (int, error) { return 0, errFull }

func TestStore_FailureStillReadsTheAnswerToItsEnd(t *testing.T) {
	t.Parallel()
	sender := newSender(t, "http://127.0.0.1", roundTripper(func(*http.Request) (*http.Response, error) {
		return answer(200, "the only copy"), nil
	}))
	store := new(failingStore)
	result := sender.Do(t.Context(), &transport.Call{Method: "GET", Path: "/verify", Store: func(context.Context, int) (transport.Store, error) { return store, nil }})
	require.NotNil(t, result.StoreErr)
	assert.Equal(t, "write", result.StoreErr.Step)
	assert.Equal(t, "the only copy", string(result.Body))
}

// fullOnce is a Store that has no room for one piece.
type fullOnce struct {
	memory
	writes int
}

func (f *fullOnce) Write(p []byte) (int, error) {
	if f.writes++; f.writes == 2 {
		return 0, errFull
	}
	return f.memory.Write(p)
}

func TestStore_GetsNothingBehindAHole(t *testing.T) {
	t.Parallel()
	sender := newSender(t, "http://127.0.0.1", roundTripper(func(*http.Request) (*http.Response, error) {
		pieces := io.MultiReader(strings.NewReader("one "), strings.NewReader("two "), strings.NewReader("three"))
		return &http.Response{StatusCode: 200, ContentLength: -1, Body: io.NopCloser(pieces)}, nil
	}))
	store := new(fullOnce)
	result := sender.Do(t.Context(), &transport.Call{Method: "GET", Path: "/verify", Store: func(context.Context, int) (transport.Store, error) { return store, nil }})
	require.NotNil(t, result.StoreErr)
	assert.Equal(t, "one ", string(store.bytes))
	assert.Equal(t, "one two three", string(result.Body))
}

// Callers who failed together must not come back together.
func TestPause_DiffersAndGrows(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		firsts := make(map[time.Duration]bool)
		for range 20 {
			var at []time.Time
			sender := newSender(t, "http://127.0.0.1", roundTripper(func(*http.Request) (*http.Response, error) {
				at = append(at, time.Now())
				return answer(429, "{}"), nil
			}))
			sender.Do(t.Context(), &transport.Call{Method: "GET", Path: "/x"})
			first, second := at[1].Sub(at[0]), at[2].Sub(at[1])
			firsts[first] = true
			assert.InDelta(t, 150*time.Millisecond, first, float64(50*time.Millisecond))
			assert.InDelta(t, 300*time.Millisecond, second, float64(100*time.Millisecond))
		}
		assert.Greater(t, len(firsts), 10)
	})
}

func TestDo_BrokenAnswersKeepWhatCame(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		body   io.Reader
		event  string
		length int
	}{
		"cut":      {io.MultiReader(bytes.NewReader([]byte("half")), failingReader{}), "broken: answer was cut off", 4},
		"too long": {bytes.NewReader(bytes.Repeat([]byte("x"), 1<<13)), "broken: answer is longer than the cap", 1<<12 + 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := new(memory)
			sender := newSender(t, "http://127.0.0.1", roundTripper(func(*http.Request) (*http.Response, error) {
				return &http.Response{StatusCode: 200, ContentLength: -1, Body: io.NopCloser(c.body)}, nil
			}))
			result := sender.Do(t.Context(), &transport.Call{Method: "GET", Path: "/verify", Store: store.begin})
			assert.Equal(t, transport.Lost, result.Verdict)
			assert.GreaterOrEqual(t, len(result.Body), c.length)
			assert.Equal(t, result.Body, store.bytes)
			assert.Equal(t, []string{"begin", c.event}, store.events)
		})
	}
}

type failingReader struct{}

func (failingReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestDo_TrustFailureIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	server := httptest.NewTLSServer(http.NotFoundHandler())
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	defer server.Close()
	rt, reason := transport.Guard(&http.Transport{}) // does not know the server's root
	require.Empty(t, reason)
	result := newSender(t, server.URL, rt).Do(t.Context(), &transport.Call{Method: "GET", Path: "/x", Repeat: true})
	assert.Equal(t, transport.NotSent, result.Verdict)
	assert.Equal(t, 1, result.Attempts)
}

func TestLog_HasNeitherKeyNorBody(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	sender := newSender(t, "http://127.0.0.1", roundTripper(func(*http.Request) (*http.Response, error) {
		return answer(200, `{"name":"canary"}`), nil
	}))
	sender.Logger = slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
	sender.Do(t.Context(), &transport.Call{
		Operation: "k1100.prepare", Product: "K1110T", TxID: "tx", Method: "POST", Path: "/x",
		Body: []byte(`{"name":"canary"}`), Repeat: true,
	})
	assert.Contains(t, out.String(), "operation=k1100.prepare product=K1110T tx_id=tx status=200")
	assert.NotContains(t, out.String(), "canary")
	assert.NotContains(t, out.String(), "secret")
}

func TestForm_GoesToItsOwnHostWithoutKeys(t *testing.T) {
	t.Parallel()
	var got []*http.Request
	sender := newSender(t, "https://own.example/base", roundTripper(func(r *http.Request) (*http.Response, error) {
		got = append(got, r)
		return answer(http.StatusOK, "{}"), nil
	}))
	other := &url.URL{Scheme: "https", Host: "other.example"}
	for _, call := range []*transport.Call{
		{Method: http.MethodPost, Path: "/token", Base: other, Body: []byte("a=b"), Form: true, Keyless: true},
		{Method: http.MethodPost, Path: "/request", Body: []byte("{}")},
		{Method: http.MethodGet, Path: "/status", Base: other, Query: "tx_id=1", Repeat: true},
	} {
		require.Equal(t, transport.Accepted, sender.Do(t.Context(), call).Verdict)
	}
	require.Len(t, got, 3)
	assert.Equal(t, "https://other.example/token", got[0].URL.String())
	assert.Equal(t, "other.example", got[0].Host)
	assert.Equal(t, http.Header{"Accept": {"application/json"}, "Content-Type": {"application/x-www-form-urlencoded"}}, got[0].Header)
	assert.Equal(t, "https://own.example/base/request", got[1].URL.String())
	assert.Equal(t, "application/json", got[1].Header.Get("Content-Type"))
	assert.Equal(t, "KakaoAK secret", got[1].Header.Get("Authorization"))
	assert.Equal(t, "https://other.example/status?tx_id=1", got[2].URL.String())
	assert.Equal(t, "KakaoAK secret", got[2].Header.Get("Authorization"))
}
