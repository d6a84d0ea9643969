package otelkakaocert

import (
	"context"
	"errors"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/semconv/v1.43.0/httpconv"
	"go.opentelemetry.io/otel/trace"
	tracenoop "go.opentelemetry.io/otel/trace/noop"

	"github.com/kakaocert-go/kakaocert"
)

const scope = "github.com/kakaocert-go/kakaocert/otelkakaocert"

// Observer is a [kakaocert.Observer] for Config.Observer. It is safe for use by
// several clients and goroutines.
type Observer struct {
	tracer   trace.Tracer
	duration map[kakaocert.SpanKind]metric.Float64Histogram
}

// The boundaries of histograms, in seconds. A user takes minutes to answer, and
// a verify may take one.
var (
	callSeconds = []float64{0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 30, 60}
	waitSeconds = []float64{1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800}
)

// New returns an Observer. With a nil provider nothing is traced, or nothing is
// measured. The error is the MeterProvider's.
func New(traces trace.TracerProvider, metrics metric.MeterProvider) (*Observer, error) {
	if traces == nil {
		traces = tracenoop.NewTracerProvider()
	}
	if metrics == nil {
		metrics = metricnoop.NewMeterProvider()
	}
	meter := metrics.Meter(scope, metric.WithInstrumentationVersion(kakaocert.Version))
	histogram := func(name, description string, boundaries []float64) (metric.Float64Histogram, error) {
		return meter.Float64Histogram(name, metric.WithUnit("s"), metric.WithDescription(description),
			metric.WithExplicitBucketBoundaries(boundaries...))
	}
	operation, operationErr := histogram("kakaocert.client.operation.duration", "Duration of one call of a step, with all its tries.", callSeconds)
	try, tryErr := histogram(httpconv.ClientRequestDuration{}.Name(), httpconv.ClientRequestDuration{}.Description(), callSeconds)
	wait, waitErr := histogram("kakaocert.client.wait.duration", "Duration of one wait for the user's answer.", waitSeconds)
	evidence, evidenceErr := histogram("kakaocert.evidence.duration", "Duration of one use of the evidence.", callSeconds)
	if err := errors.Join(operationErr, tryErr, waitErr, evidenceErr); err != nil {
		return nil, err
	}
	return &Observer{
		tracer: traces.Tracer(scope, trace.WithInstrumentationVersion(kakaocert.Version)),
		duration: map[kakaocert.SpanKind]metric.Float64Histogram{
			kakaocert.SpanOperation: operation, kakaocert.SpanTry: try, kakaocert.SpanWait: wait, kakaocert.SpanEvidence: evidence,
		},
	}, nil
}

// Begin implements [kakaocert.Observer].
func (o *Observer) Begin(ctx context.Context, span kakaocert.Span) (context.Context, func(kakaocert.SpanEnd)) {
	began := time.Now()
	common := beginAttributes(span)
	ctx, traced := o.tracer.Start(ctx, nameOf(span),
		trace.WithTimestamp(began), trace.WithSpanKind(traceKind(span.Kind)), trace.WithAttributes(append(common, tracedBegin(span)...)...))
	return ctx, func(end kakaocert.SpanEnd) {
		took := time.Since(began)
		measured := endAttributes(span, end)
		if traced.IsRecording() {
			traced.SetAttributes(append(measured, tracedEnd(span, end)...)...)
			if kind := errorType(span, end); kind != "" {
				traced.SetStatus(codes.Error, kind) // no error's text: a Sink's may quote what it was given
			}
		}
		traced.End(trace.WithTimestamp(began.Add(took)))
		if histogram := o.duration[span.Kind]; histogram != nil {
			histogram.Record(ctx, took.Seconds(), metric.WithAttributes(append(common, measured...)...))
		}
	}
}

func traceKind(kind kakaocert.SpanKind) trace.SpanKind {
	if kind == kakaocert.SpanTry {
		return trace.SpanKindClient
	}
	return trace.SpanKindInternal
}

// nameOf is the name of a trace's span: for a try its method, as the semantic
// conventions for HTTP require.
func nameOf(span kakaocert.Span) string {
	switch span.Kind {
	case kakaocert.SpanTry:
		return span.Method
	case kakaocert.SpanEvidence:
		return "evidence." + span.Operation
	}
	return span.Operation
}

// with returns attributes with room for more, so that appending to it twice
// never writes to the same place.
func with(attributes ...attribute.KeyValue) []attribute.KeyValue {
	return attributes[:len(attributes):len(attributes)]
}
