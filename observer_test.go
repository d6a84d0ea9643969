package kakaocert_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// recordingObserver keeps every span with the one that it is inside of.
type recordingObserver struct {
	mu    sync.Mutex
	spans []*observedSpan
}

type observedSpan struct {
	kakaocert.Span
	end    kakaocert.SpanEnd
	ends   int
	parent *observedSpan
}

type spanKey struct{}

func spanOf(ctx context.Context) *observedSpan {
	span, _ := ctx.Value(spanKey{}).(*observedSpan)
	return span
}

func (o *recordingObserver) Begin(ctx context.Context, span kakaocert.Span) (context.Context, func(kakaocert.SpanEnd)) {
	o.mu.Lock()
	defer o.mu.Unlock()
	s := &observedSpan{Span: span, parent: spanOf(ctx)}
	o.spans = append(o.spans, s)
	return context.WithValue(ctx, spanKey{}, s), func(end kakaocert.SpanEnd) {
		o.mu.Lock()
		defer o.mu.Unlock()
		s.end, s.ends = end, s.ends+1
	}
}

// take returns the spans since the last time, each of which must have ended
// once.
func (o *recordingObserver) take(t testing.TB) []*observedSpan {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	spans := o.spans
	o.spans = nil
	for _, s := range spans {
		assert.Equal(t, 1, s.ends, s.path())
	}
	return spans
}

// path is the span and those around it: "operation k1100.status > try 1".
func (s *observedSpan) path() string {
	text := s.Kind.String() + " " + s.Operation
	if s.Kind == kakaocert.SpanTry {
		text = fmt.Sprintf("try %d", s.Try)
	}
	if s.parent != nil {
		return s.parent.path() + " > " + text
	}
	return text
}

func paths(spans []*observedSpan) []string {
	var all []string
	for _, s := range spans {
		all = append(all, s.path())
	}
	return all
}

// observedClient is a client of an in-process simulator and what it observes.
func observedClient(t testing.TB, change func(*kakaocert.Config), opts ...kakaocerttest.Option) (*recordingObserver, *kakaocerttest.Service, *kakaocert.Client) {
	t.Helper()
	service := kakaocerttest.NewService(opts...)
	observer := new(recordingObserver)
	config := service.Config()
	config.Observer = observer
	if change != nil {
		change(&config)
	}
	return observer, service, newClient(t, config)
}

func TestObserver_LearnsOfEveryKindOfSpan(t *testing.T) {
	t.Parallel()
	sink := new(memorySink)
	observer, _, client := observedClient(t, func(c *kakaocert.Config) { c.Evidence = sink })
	tx, err := client.K3500.Prepare(t.Context(), &kakaocert.K3500PrepareParams{Product: kakaocert.K3510, User: byHong})
	require.NoError(t, err)
	spans := observer.take(t)
	require.Equal(t, []string{"operation k3500.prepare", "operation k3500.prepare > try 1"}, paths(spans))
	for _, s := range spans {
		assert.Empty(t, s.TxID)
		assert.Equal(t, tx.TxID(), s.end.TxID, "the one that it brought")
	}

	documents := []kakaocert.Document{kakaocert.TextDocument("title", "text")}
	_, err = client.K3500.Request(t.Context(), tx, &kakaocert.K3500RequestParams{Documents: documents})
	require.NoError(t, err)
	_, err = client.K3500.Wait(soon(t), tx)
	require.NoError(t, err)
	_, err = client.K3500.Verify(t.Context(), tx, documents)
	require.NoError(t, err)
	_, err = client.K3500.SignerInfo(t.Context(), tx)
	require.NoError(t, err)
	spans = observer.take(t)
	assert.Equal(t, []string{
		"operation k3500.request", "operation k3500.request > try 1",
		"wait k3500.wait", "wait k3500.wait > operation k3500.status", "wait k3500.wait > operation k3500.status > try 1",
		"operation k3500.verify", "operation k3500.verify > try 1",
		"operation k3500.verify > try 1 > evidence begin", "operation k3500.verify > try 1 > evidence commit",
		"operation k3500.signer", "operation k3500.signer > try 1",
	}, paths(spans))
	methods := map[string]string{"k3500.request": "POST", "k3500.status": "GET", "k3500.verify": "GET", "k3500.signer": "GET"}
	for _, s := range spans {
		assert.Equal(t, "K3510T", s.Product)
		assert.Equal(t, tx.TxID(), s.TxID)
		assert.NoError(t, s.end.Err)
		assert.Empty(t, s.end.TxID)
		switch s.Kind {
		case kakaocert.SpanOperation:
			assert.Equal(t, 1, s.end.Tries)
			assert.Equal(t, http.StatusOK, s.end.HTTPStatus)
		case kakaocert.SpanTry:
			assert.Equal(t, methods[s.Operation], s.Method)
			assert.Equal(t, "cbt-cert-sign.kakao.com", s.Host)
			assert.Equal(t, http.StatusOK, s.end.HTTPStatus)
		case kakaocert.SpanWait:
			assert.Equal(t, kakaocert.StatusCompleted, s.end.Status)
		}
	}
}

func TestObserver_LoginsAndSessionsAreObserved(t *testing.T) {
	t.Parallel()
	server := kakaocerttest.NewServer(t)
	observer, config := new(recordingObserver), server.Config()
	config.Evidence, config.Observer = new(memorySink), observer
	client := newClient(t, config)
	login := begun(t, client)
	tokens, err := client.K2100.Exchange(t.Context(), login, cameBack(t, server, client, login))
	require.NoError(t, err)
	_, err = client.K2100.Verify(t.Context(), tokens.Transaction, login)
	require.NoError(t, err)
	spans := observer.take(t)
	assert.Equal(t, []string{
		"operation k2100.prepare", "operation k2100.prepare > try 1",
		"operation k2100.token", "operation k2100.token > try 1",
		"operation k2100.verify", "operation k2100.verify > try 1",
		"operation k2100.verify > try 1 > evidence begin", "operation k2100.verify > try 1 > evidence commit",
	}, paths(spans))
	assert.Empty(t, spans[0].end.TxID, "kauth's own name for a login is no tx_id")
	assert.Equal(t, tokens.Transaction.TxID(), spans[2].end.TxID)
}

func TestObserver_EachTryIsASpan(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		observer, service, client := observedClient(t, nil)
		tx := prepared(t, client)
		observer.take(t)
		require.NoError(t, service.Inject(kakaocerttest.Fault{Step: "status", Kind: kakaocerttest.TooManyRequests}))
		require.NoError(t, service.Inject(kakaocerttest.Fault{Step: "status", Kind: kakaocerttest.DropBefore}))
		_, err := client.K1100.Status(t.Context(), tx)
		require.NoError(t, err)
		spans := observer.take(t)
		require.Equal(t, []string{
			"operation k1100.status", "operation k1100.status > try 1", "operation k1100.status > try 2", "operation k1100.status > try 3",
		}, paths(spans))
		assert.Equal(t, 3, spans[0].end.Tries)
		assert.NoError(t, spans[0].end.Err)
		refused := new(kakaocert.APIError)
		require.ErrorAs(t, spans[1].end.Err, &refused)
		assert.Equal(t, http.StatusTooManyRequests, spans[1].end.HTTPStatus)
		lost := new(kakaocert.ConnectionError)
		require.ErrorAs(t, spans[2].end.Err, &lost)
		assert.Zero(t, spans[2].end.HTTPStatus)
		assert.NoError(t, spans[3].end.Err)
	})
}

// The Observer and the caller get the same error, also where an answer came
// that cannot be used.
func TestObserver_OperationEndsWithTheCallersError(t *testing.T) {
	t.Parallel()
	identity := parseTransaction[kakaocert.K1100Product](t, "K1110T:tx")
	signature := parseTransaction[kakaocert.K3500Product](t, "K3510T:tx")
	login := parseTransaction[kakaocert.K2220Product](t, "K2220T:tx")
	for name, c := range map[string]struct {
		body string
		call func(context.Context, *kakaocert.Client) error
		want error
	}{
		"refused": {`{"code":"E2001"}`, func(ctx context.Context, client *kakaocert.Client) error {
			_, err := client.K1100.Prepare(ctx, &kakaocert.K1100PrepareParams{Product: kakaocert.K1110, User: byHong})
			return err
		}, kakaocert.ErrUserNotFound},
		"tx_id cannot be one": {`{"tx_id":"has blanks"}`, func(ctx context.Context, client *kakaocert.Client) error {
			_, err := client.K1100.Prepare(ctx, &kakaocert.K1100PrepareParams{Product: kakaocert.K1110, User: byHong})
			return err
		}, nil},
		"request says no": {`{"result":"N"}`, func(ctx context.Context, client *kakaocert.Client) error {
			_, err := client.K3500.Request(ctx, signature, &kakaocert.K3500RequestParams{Documents: []kakaocert.Document{kakaocert.TextDocument("t", "x")}})
			return err
		}, nil},
		"another nonce": {`{"tx_id":"tx","result":"Y","data":"another"}`, func(ctx context.Context, client *kakaocert.Client) error {
			_, err := client.K1100.Verify(ctx, identity, "nonce")
			return err
		}, kakaocert.ErrNonceMismatch},
		"signer cannot be decrypted": {`{"tx_id":"tx","birthday":"AAAA"}`, func(ctx context.Context, client *kakaocert.Client) error {
			_, err := client.K1100.SignerInfo(ctx, identity)
			return err
		}, kakaocert.ErrDecrypt},
		"no signature": {`{"tx_id":"tx","result":"Y"}`, func(ctx context.Context, client *kakaocert.Client) error {
			_, err := client.K3500.Verify(ctx, signature, nil)
			return err
		}, nil},
		"session has no end": {`{"session_start_at":"2026-01-02T03:04:05"}`, func(ctx context.Context, client *kakaocert.Client) error {
			_, err := client.K2220.SessionInfo(ctx, login)
			return err
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			observer, _, client := observedClient(t, func(config *kakaocert.Config) {
				config.Evidence = new(memorySink)
				config.Transport = answering(http.StatusOK, c.body)
			})
			err := c.call(t.Context(), client)
			require.Error(t, err)
			spans := observer.take(t)
			assert.Equal(t, kakaocert.SpanOperation, spans[0].Kind)
			require.Error(t, spans[0].end.Err)
			assert.ErrorIs(t, err, spans[0].end.Err)
			if c.want != nil {
				assert.ErrorIs(t, spans[0].end.Err, c.want)
			}
		})
	}
}

func TestObserver_EvidenceThatFailsIsSeenAtItsStep(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		sink kakaocert.Sink
		body string
		want []string
	}{
		"begin":  {&memorySink{fail: errFull}, `{}`, []string{"begin disk full"}},
		"commit": {failingSink{errFull}, `{"tx_id":"tx","result":"Y","data":"nonce"}`, []string{"begin", "commit disk full"}},
		"abort":  {failingSink{errFull}, `{"code":"E2003"}`, []string{"begin", "abort disk full"}},
		"none":   {nil, `{"code":"E2003"}`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			observer, _, client := observedClient(t, func(config *kakaocert.Config) {
				config.Evidence, config.Transport = c.sink, answering(http.StatusOK, c.body)
			})
			_, err := client.K1100.Verify(t.Context(), parseTransaction[kakaocert.K1100Product](t, "K1110T:tx"), "nonce")
			require.Equal(t, c.sink == nil, !errors.Is(err, errFull))
			var got []string
			for _, s := range observer.take(t) {
				if s.Kind != kakaocert.SpanEvidence {
					continue
				}
				text := s.Operation
				if s.end.Err != nil {
					text += " " + s.end.Err.Error()
				}
				got = append(got, text)
				assert.Equal(t, "K1110T", s.Product)
				assert.Equal(t, "tx", s.TxID)
			}
			assert.Equal(t, c.want, got)
		})
	}
}

// A database's spans hang under evidence.begin, a transport's under the try.
func TestObserver_ItsContextGoesDown(t *testing.T) {
	t.Parallel()
	var under []string
	sink := contextSink(func(ctx context.Context) { under = append(under, spanOf(ctx).path()) })
	_, _, client := observedClient(t, func(config *kakaocert.Config) {
		config.Evidence = sink
		config.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
			under = append(under, spanOf(r.Context()).path())
			return answer(http.StatusOK, `{"tx_id":"tx","result":"Y","data":"nonce"}`), nil
		})
	})
	_, err := client.K1100.Verify(t.Context(), parseTransaction[kakaocert.K1100Product](t, "K1110T:tx"), "nonce")
	require.NoError(t, err)
	assert.Equal(t, []string{"operation k1100.verify > try 1 > evidence begin", "operation k1100.verify > try 1"}, under)
}

type contextSink func(context.Context)

func (s contextSink) Begin(ctx context.Context, meta kakaocert.EvidenceMeta) (kakaocert.RecordWriter, error) {
	s(ctx)
	return new(memorySink).Begin(ctx, meta)
}

func TestObserver_WaitEndsWithTheLastStatus(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		user := kakaocerttest.DefaultUser()
		user.Behaviour = kakaocerttest.RefuseAfter(5 * time.Second)
		observer, _, client := observedClient(t, nil, kakaocerttest.WithUsers(user))
		tx := requested(t, client, "nonce")
		observer.take(t)
		_, err := client.K1100.Wait(soon(t), tx)
		require.Error(t, err)
		spans := observer.take(t)
		assert.Equal(t, kakaocert.SpanWait, spans[0].Kind)
		assert.Equal(t, "k1100.wait", spans[0].Operation)
		assert.Equal(t, kakaocert.StatusRejected, spans[0].end.Status)
		assert.Equal(t, err, spans[0].end.Err)
		assert.Greater(t, len(spans), 3, "each question is a span")
	})
}

func TestObserver_RefusedArgumentsAreNotObserved(t *testing.T) {
	t.Parallel()
	observer, _, client := observedClient(t, nil)
	_, err := client.K1100.Prepare(t.Context(), nil)
	require.Error(t, err)
	_, err = client.K1100.Wait(context.WithoutCancel(t.Context()), parseTransaction[kakaocert.K1100Product](t, "K1110T:tx"))
	require.Error(t, err)
	assert.Empty(t, observer.take(t))
}

// spelled is all that the Observer received, in every way that it can be
// printed.
func (o *recordingObserver) spelled(t *testing.T) string {
	t.Helper()
	var out strings.Builder
	for _, s := range o.take(t) {
		out.WriteString(spell(t, s.Span))
		out.WriteString(spell(t, s.end))
		if s.end.Err != nil {
			out.WriteString(s.end.Err.Error())
		}
	}
	return out.String()
}

type noObserver struct{}

func (noObserver) Begin(ctx context.Context, _ kakaocert.Span) (context.Context, func(kakaocert.SpanEnd)) {
	return ctx, noEnd
}

func noEnd(kakaocert.SpanEnd) {}

// It is not parallel: others would be counted too.
func TestObserver_NoneAllocatesNothing(t *testing.T) {
	config := configWith(t, nil)
	config.Evidence = kakaocert.UnsafeNoEvidence()
	config.Transport = answering(http.StatusOK, `{"tx_id":"tx","result":"Y","data":"nonce"}`)
	without := newClient(t, config)
	config.Observer = noObserver{}
	with := newClient(t, config)
	tx := parseTransaction[kakaocert.K1100Product](t, "K1110T:tx")
	allocations := func(client *kakaocert.Client) float64 {
		return testing.AllocsPerRun(100, func() {
			if _, err := client.K1100.Verify(t.Context(), tx, "nonce"); err != nil {
				t.Error(err)
			}
		})
	}
	// An observed verify allocates what an unobserved one does not: two closures
	// for its tries, the observed Sink and record, and the method value of Commit.
	assert.LessOrEqual(t, allocations(without), allocations(with)-5)
}

// BenchmarkObserverRatio alternates calls with and without an Observer that does
// nothing, over loopback.
func BenchmarkObserverRatio(b *testing.B) {
	without, byHand, tx := statusCallers(b)
	config := byHand.config
	config.Observer = noObserver{}
	with := newClient(b, config)
	var plain, observed []time.Duration
	for b.Loop() {
		began := time.Now()
		_, err := without.K1100.Status(b.Context(), tx)
		between := time.Now()
		_, errObserved := with.K1100.Status(b.Context(), tx)
		plain, observed = append(plain, between.Sub(began)), append(observed, time.Since(between))
		if err != nil || errObserved != nil {
			b.Fatal(err, errObserved)
		}
	}
	slices.Sort(plain)
	slices.Sort(observed)
	b.ReportMetric(float64(observed[len(observed)/2])/float64(plain[len(plain)/2]), "observed/plain")
}

func TestLogger_PrepareNamesTheTransactionThatItBrought(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"tx_id":"0123"}`:                "tx_id=0123",
		`{"tx_id":"홍길동"}`:                 `tx_id=""`,
		`{"tx_id":"0123 01012345678"}`:    `tx_id=""`,
		`{"tx_id":"0123","code":"E2001"}`: "tx_id=0123", // contradicts itself, and is refused
		`{"code":"E2001"}`:                `tx_id=""`,
	} {
		var log lockedBuffer
		config := configWith(t, answering(http.StatusOK, body))
		config.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		_, _ = newClient(t, config).K1100.Prepare(t.Context(), &kakaocert.K1100PrepareParams{Product: kakaocert.K1110, User: byHong})
		assert.Contains(t, log.String(), " "+want+" ", body)
	}
}
