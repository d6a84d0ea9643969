package otelkakaocert_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
	"github.com/kakaocert-go/kakaocert/otelkakaocert"
)

var (
	hong   = kakaocert.Person{Name: "홍길동", Birthday: "19900101", Phone: "01012345678"}
	byHong = kakaocert.ByPerson(hong)
)

// telemetry is an Observer and all that it has reported.
type telemetry struct {
	*otelkakaocert.Observer
	tracer *sdktrace.TracerProvider
	spans  *tracetest.InMemoryExporter
	reader *sdkmetric.ManualReader
}

func newTelemetry(t testing.TB) *telemetry {
	t.Helper()
	spans, reader := tracetest.NewInMemoryExporter(), sdkmetric.NewManualReader()
	tracer := sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans))
	// Without a limit of the SDK's own, which would hide that ours is missing.
	meter := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader), sdkmetric.WithCardinalityLimit(0))
	observer, err := otelkakaocert.New(tracer, meter)
	require.NoError(t, err)
	return &telemetry{observer, tracer, spans, reader}
}

// points are the attribute sets of each metric.
func (tel *telemetry) points(t testing.TB) map[string][]metricdata.HistogramDataPoint[float64] {
	t.Helper()
	var all metricdata.ResourceMetrics
	require.NoError(t, tel.reader.Collect(context.Background(), &all))
	points := make(map[string][]metricdata.HistogramDataPoint[float64])
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			assert.Equal(t, "s", m.Unit)
			points[m.Name] = m.Data.(metricdata.Histogram[float64]).DataPoints
		}
	}
	return points
}

// sets spells the attribute sets of one metric, in order.
func sets(points []metricdata.HistogramDataPoint[float64]) []string {
	var all []string
	for _, p := range points {
		all = append(all, spell(p.Attributes.ToSlice()))
	}
	slices.Sort(all)
	return all
}

func spell(attributes []attribute.KeyValue) string {
	words := make([]string, len(attributes))
	for i, a := range attributes {
		words[i] = string(a.Key) + "=" + a.Value.String()
	}
	slices.Sort(words)
	return strings.Join(words, " ")
}

// contract signs one document, whatever fails.
func contract(ctx context.Context, client *kakaocert.Client) error {
	tx, err := client.K3500.Prepare(ctx, &kakaocert.K3500PrepareParams{Product: kakaocert.K3510, User: byHong})
	if err != nil {
		return err
	}
	documents := []kakaocert.Document{kakaocert.TextDocument("title", "text")}
	if _, err := client.K3500.Request(ctx, tx, &kakaocert.K3500RequestParams{Documents: documents}); err != nil {
		return err
	}
	if _, err := client.K3500.Wait(ctx, tx); err != nil {
		return err
	}
	if _, err := client.K3500.Verify(ctx, tx, documents); err != nil {
		return err
	}
	_, err = client.K3500.SignerInfo(ctx, tx)
	return err
}

func within(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func clientOf(t testing.TB, config kakaocert.Config, observer kakaocert.Observer) *kakaocert.Client {
	t.Helper()
	config.Observer = observer
	if config.Evidence == nil {
		config.Evidence = kakaocert.UnsafeNoEvidence()
	}
	client, err := kakaocert.NewClient(config)
	require.NoError(t, err)
	return client
}

func TestObserver_ReportsAFlowAsTracesAndMetrics(t *testing.T) {
	t.Parallel()
	tel := newTelemetry(t)
	server := kakaocerttest.NewServer(t)
	sink := &tracedSink{tracer: tel.tracer.Tracer("sink")}
	config := server.Config()
	config.Evidence = sink
	require.NoError(t, contract(within(t), clientOf(t, config, tel)))

	address := strings.TrimPrefix(server.URL, "http://127.0.0.1:")
	var got []string
	spans := tel.spans.GetSpans()
	names := make(map[trace.SpanID]string)
	for _, s := range spans {
		names[s.SpanContext.SpanID()] = s.Name
	}
	for _, s := range spans {
		got = append(got, strings.TrimPrefix(names[s.Parent.SpanID()]+" > "+s.Name+" "+s.SpanKind.String(), " > "))
		assert.Equal(t, codes.Unset, s.Status.Code)
	}
	slices.Sort(got)
	assert.Equal(t, []string{
		"GET > evidence.begin internal", "GET > evidence.commit internal", "evidence.begin > insert internal",
		"k3500.prepare > POST client", "k3500.prepare internal", "k3500.request > POST client", "k3500.request internal",
		"k3500.signer > GET client", "k3500.signer internal", "k3500.status > GET client", "k3500.verify > GET client",
		"k3500.verify internal", "k3500.wait > k3500.status internal", "k3500.wait internal",
	}, got)

	points := tel.points(t)
	assert.Equal(t, []string{
		"kakaocert.operation=k3500.prepare kakaocert.product=K3510T", "kakaocert.operation=k3500.request kakaocert.product=K3510T",
		"kakaocert.operation=k3500.signer kakaocert.product=K3510T", "kakaocert.operation=k3500.status kakaocert.product=K3510T",
		"kakaocert.operation=k3500.verify kakaocert.product=K3510T",
	}, sets(points["kakaocert.client.operation.duration"]))
	assert.Contains(t, sets(points["http.client.request.duration"]), "http.request.method=POST http.response.status_code=200 "+
		"kakaocert.operation=k3500.prepare server.address=127.0.0.1 server.port="+address)
	assert.Equal(t, []string{"kakaocert.operation=k3500.wait kakaocert.product=K3510T kakaocert.status=COMPLETED"},
		sets(points["kakaocert.client.wait.duration"]))
	assert.Equal(t, []string{
		"kakaocert.operation=begin kakaocert.product=K3510T", "kakaocert.operation=commit kakaocert.product=K3510T",
	}, sets(points["kakaocert.evidence.duration"]))
}

// tracedSink traces what it does, as a database's driver would.
type tracedSink struct {
	tracer trace.Tracer
	fail   error
}

func (s *tracedSink) Begin(ctx context.Context, meta kakaocert.EvidenceMeta) (kakaocert.RecordWriter, error) {
	_, span := s.tracer.Start(ctx, "insert")
	defer span.End()
	if s.fail != nil {
		return nil, s.fail
	}
	return kakaocert.UnsafeNoEvidence().Begin(ctx, meta)
}

func TestObserver_EachTryAndItsErrorAreSpans(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tel := newTelemetry(t)
		service := kakaocerttest.NewService()
		client := clientOf(t, service.Config(), tel)
		tx, err := client.K1100.Prepare(t.Context(), &kakaocert.K1100PrepareParams{Product: kakaocert.K1110, User: byHong})
		require.NoError(t, err)
		prepare := tel.spans.GetSpans()
		assert.Contains(t, spell(prepare[len(prepare)-1].Attributes), "kakaocert.tx_id="+tx.TxID(), "prepare names what it brought")
		tel.spans.Reset()
		require.NoError(t, service.Inject(kakaocerttest.Fault{Step: "status", Kind: kakaocerttest.TooManyRequests}))
		require.NoError(t, service.Inject(kakaocerttest.Fault{Step: "status", Kind: kakaocerttest.ErrorCode, Code: "E9999"}))
		_, err = client.K1100.Status(t.Context(), tx)
		require.Error(t, err)
		var got []string
		for _, s := range tel.spans.GetSpans() {
			got = append(got, s.Name+" "+s.Status.Description+" "+spell(s.Attributes))
			assert.Equal(t, codes.Error, s.Status.Code)
		}
		host := "server.address=cbt-cert-sign.kakao.com server.port=443"
		about := "kakaocert.operation=k1100.status kakaocert.product=K1110T "
		assert.Equal(t, []string{
			"GET 429 error.type=429 http.request.method=GET http.response.status_code=429 " + about + "kakaocert.tx_id=" + tx.TxID() + " " + host,
			"GET 400 error.type=400 http.request.method=GET http.request.resend_count=1 http.response.status_code=400 kakaocert.code=E9999 " + about + "kakaocert.tx_id=" + tx.TxID() + " " + host,
			"k1100.status other_code error.type=other_code kakaocert.code=E9999 " + about + "kakaocert.tries=2 kakaocert.tx_id=" + tx.TxID(),
		}, got)
	})
}

func TestObserver_ErrorsAreOfFewTypes(t *testing.T) {
	t.Parallel()
	decode := &kakaocert.DecodeError{Operation: "k1100.verify"}
	unknown := &kakaocert.OutcomeError{Operation: "k1100.verify", Err: context.DeadlineExceeded}
	for want, err := range map[string]error{
		"E0002":           &kakaocert.MaintenanceError{},
		"E2001":           &kakaocert.APIError{StatusCode: 400, Code: "E2001"},
		"other_code":      &kakaocert.APIError{StatusCode: 400, Code: "E9999"},
		"503":             &kakaocert.APIError{StatusCode: 503},
		"500":             &kakaocert.APIError{StatusCode: 599},
		"300":             &kakaocert.APIError{StatusCode: 302},
		"canceled":        &kakaocert.ConnectionError{Err: context.Canceled},
		"timeout":         &kakaocert.ConnectionError{Err: context.DeadlineExceeded},
		"connection":      &kakaocert.ConnectionError{Err: errors.New("no route to host")},
		"undecodable":     decode,
		"not_completed":   &kakaocert.StatusError{Status: kakaocert.StatusExpired},
		"outcome_unknown": unknown,
		"evidence":        &kakaocert.EvidenceError{Err: errors.Join(errors.New("disk full"), &kakaocert.APIError{Code: "E2003"})},
		"security_event":  kakaocert.ErrNonceMismatch,
		"_OTHER":          errors.New("something else"),
	} {
		tel := newTelemetry(t)
		_, end := tel.Begin(t.Context(), kakaocert.Span{Kind: kakaocert.SpanOperation, Operation: "k1100.verify", Product: "K1110T"})
		end(kakaocert.SpanEnd{Err: err})
		assert.Equal(t, []string{"error.type=" + want + " kakaocert.operation=k1100.verify kakaocert.product=K1110T"},
			sets(tel.points(t)["kakaocert.client.operation.duration"]))
	}
}

// services have so many steps and products.
var services = map[string]struct{ steps, products int }{
	"k1100": {steps: 5, products: 2}, // prepare, request, status, verify, signer
	"k2100": {steps: 4, products: 1}, // prepare, token, verify, signer
	"k2220": {steps: 6, products: 2}, // as k1100, and session
	"k3100": {steps: 5, products: 2},
	"k3500": {steps: 5, products: 4},
}

// A service that answers whatever it likes makes no more attribute sets than
// these for one operation of one product, and so no more series altogether.
func TestObserver_SeriesHaveABound(t *testing.T) {
	t.Parallel()
	tel := newTelemetry(t)
	report := func(kind kakaocert.SpanKind, end kakaocert.SpanEnd) {
		span := kakaocert.Span{Kind: kind, Operation: "k1100.verify", Product: "K1110T", TxID: "tx", Method: "GET", Host: "kakao.example"}
		_, done := tel.Begin(context.Background(), span)
		done(end)
	}
	for i, err := range everyError() {
		report(kakaocert.SpanOperation, kakaocert.SpanEnd{Err: err})
		report(kakaocert.SpanEvidence, kakaocert.SpanEnd{Err: err})
		for _, status := range []int{0, 101, 200, 202, 302, i % 1000} {
			report(kakaocert.SpanTry, kakaocert.SpanEnd{HTTPStatus: status, Err: err})
		}
		report(kakaocert.SpanWait, kakaocert.SpanEnd{Status: kakaocert.Status(fmt.Sprint("X", i)), Err: err})
	}
	for _, word := range append([]kakaocert.Code{"PREPARED", "REQUESTED", "COMPLETED", "EXPIRED", "REJECTED", ""}, manyCodes()...) {
		status := kakaocert.Status(word)
		report(kakaocert.SpanWait, kakaocert.SpanEnd{Status: status})
		report(kakaocert.SpanWait, kakaocert.SpanEnd{Status: status, Err: &kakaocert.StatusError{Status: status}})
	}
	operations, calls, products := 0, 0, 0
	for _, s := range services {
		operations, calls, products = operations+s.steps*s.products, calls+s.steps, products+s.products
	}
	all := 0
	for name, c := range map[string]struct{ each, times int }{
		"kakaocert.client.operation.duration": {42, operations},
		"http.client.request.duration":        {57, calls},
		"kakaocert.client.wait.duration":      {53, products},
		"kakaocert.evidence.duration":         {4, 3 * products},
	} {
		points := tel.points(t)[name]
		assert.LessOrEqual(t, len(points), c.each, name)
		assert.Greater(t, len(points), c.each-10, "%s: the bound is near", name)
		all += c.each * c.times
		for _, p := range points {
			_, has := p.Attributes.Value("kakaocert.tx_id")
			assert.False(t, has)
		}
	}
	assert.Less(t, all, 4600, "attribute sets of one client, at worst")
}

// everyError is every kind of error, with unknown codes and HTTP statuses too.
func everyError() []error {
	errs := []error{
		nil, kakaocert.ErrNonceMismatch, errors.New("other"), context.Canceled, context.DeadlineExceeded,
		&kakaocert.OutcomeError{Err: errors.New("cut")}, &kakaocert.EvidenceError{Err: errors.New("disk full")},
		&kakaocert.ConnectionError{Err: errors.New("refused")}, &kakaocert.DecodeError{},
	}
	for status := range 1000 {
		errs = append(errs, &kakaocert.APIError{StatusCode: status})
	}
	for _, code := range append(kakaocert.Codes(), manyCodes()...) {
		errs = append(errs, &kakaocert.APIError{StatusCode: 200, Code: code})
	}
	return errs
}

// manyCodes are unknown codes.
func manyCodes() []kakaocert.Code {
	var all []kakaocert.Code
	for i := range 1000 {
		all = append(all, kakaocert.Code(fmt.Sprint("X", i)))
	}
	return all
}

// Kakao receives what the protocol asks for and nothing else, also where the
// program's own calls carry traces and baggage.
func TestObserver_SendsKakaoNoTraceHeaders(t *testing.T) {
	otel.SetTextMapPropagator(propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{}))
	tel := newTelemetry(t)
	var mu sync.Mutex
	received := make(map[string]int)
	server := kakaocerttest.NewServer(t, kakaocerttest.WithHandler(func(s *kakaocerttest.Service) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			for name := range r.Header {
				received[name]++
			}
			mu.Unlock()
			s.ServeHTTP(w, r)
		})
	}))
	secret, err := baggage.NewMember("customer", "12345")
	require.NoError(t, err)
	bag, err := baggage.New(secret)
	require.NoError(t, err)
	ctx, span := tel.tracer.Tracer("program").Start(baggage.ContextWithBaggage(within(t), bag), "order")
	require.NoError(t, contract(ctx, clientOf(t, server.Config(), tel)))
	span.End()

	mu.Lock()
	defer mu.Unlock()
	allowed := []string{"Accept", "Accept-Encoding", "Authorization", "Content-Length", "Content-Type", "Target-Authorization", "User-Agent"}
	for name := range received {
		assert.Contains(t, allowed, name)
	}
	assert.Equal(t, 5, received["Authorization"], "every call was looked at")
	for _, s := range tel.spans.GetSpans() {
		assert.Equal(t, span.SpanContext().TraceID(), s.SpanContext.TraceID(), "and every call was traced")
	}
}

func TestObserver_HasNothingPersonal(t *testing.T) {
	t.Parallel()
	tel := newTelemetry(t)
	service := kakaocerttest.NewService()
	config := service.Config()
	config.Evidence = &tracedSink{tracer: tel.tracer.Tracer("sink"), fail: errors.New("insert of " + hong.Name + " failed")}
	require.Error(t, contract(within(t), clientOf(t, config, tel)))
	var out strings.Builder
	for _, s := range tel.spans.GetSpans() {
		out.WriteString(s.Name + s.Status.Description + spell(s.Attributes))
		for _, event := range s.Events {
			out.WriteString(event.Name + spell(event.Attributes))
		}
	}
	for name, points := range tel.points(t) {
		out.WriteString(name + strings.Join(sets(points), " "))
	}
	assert.Contains(t, out.String(), "error.type=evidence")
	for _, secret := range []string{hong.Name, hong.Birthday, hong.Phone, service.Users()[0].CI, config.DealerKey, config.InstitutionKey} {
		assert.NotContains(t, out.String(), secret)
	}
}

func TestNew_NilProvidersReportNothing(t *testing.T) {
	t.Parallel()
	observer, err := otelkakaocert.New(nil, nil)
	require.NoError(t, err)
	require.NoError(t, contract(within(t), clientOf(t, kakaocerttest.NewService().Config(), observer)))
}
