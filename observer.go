package kakaocert

import (
	"cmp"
	"context"

	"github.com/kakaocert-go/kakaocert/internal/transport"
)

// Observer learns what a [Client] does, for traces and metrics; the module
// otelkakaocert provides one for OpenTelemetry. Spans never contain personal data or
// keys. A call whose arguments are refused is not observed.
//
// Begin and the function that it returns may be called from many goroutines,
// must be quick and must not panic. Neither of what Begin returns may be nil.
type Observer interface {
	// Begin is called when a span begins. Its context is that of everything inside
	// the span; the function that it returns is called once, when the span ends.
	Begin(ctx context.Context, span Span) (context.Context, func(SpanEnd))
}

// SpanKind is what a span is about.
type SpanKind int

const (
	SpanOperation SpanKind = iota + 1 // one call of a step with all its tries, and the pauses between them
	SpanTry                           // one try within an operation: one HTTP exchange at most, and the storing of its answer
	SpanWait                          // one Wait with the Status calls in it, which are operations
	SpanEvidence                      // one call of the Sink or of its RecordWriter, within a try
)

func (k SpanKind) String() string {
	switch k {
	case SpanOperation:
		return "operation"
	case SpanTry:
		return "try"
	case SpanWait:
		return "wait"
	case SpanEvidence:
		return "evidence"
	}
	return "unknown"
}

// Span is what is known of a span when it begins.
type Span struct {
	Kind      SpanKind
	Operation string // "k1100.verify", "k1100.wait"; of SpanEvidence "begin", "commit" or "abort"
	Product   string // code as it was called: "K1110T"
	TxID      string // empty before there is one. One a user: for traces, never for metrics
	Try       int    // of SpanTry: 1 is the first
	Method    string // of SpanTry: the HTTP method
	Host      string // of SpanTry: host, and port where the address has one
}

// SpanEnd is what is known of a span when it ends.
type SpanEnd struct {
	HTTPStatus int    // of SpanOperation and SpanTry: that of the last answer; 0 when no answer began
	Code       Code   // the answer's error code; empty where it had none. The list is open
	Status     Status // of SpanWait: the last one. The list is open
	TxID       string // of prepare and of a login's token: the transaction that the answer names
	Tries      int    // of SpanOperation: how many there were
	Err        error  // nil when all went well; otherwise an error of this package, a Sink's, or the context's
}

// observe begins a span; without an Observer it costs nothing.
func (c *core) observe(ctx context.Context, span Span) (context.Context, func(SpanEnd)) {
	if c.observer == nil {
		return ctx, func(SpanEnd) {}
	}
	return c.observer.Begin(ctx, span)
}

func operationSpan(call *transport.Call) Span {
	return Span{Kind: SpanOperation, Operation: call.Operation, Product: call.Product, TxID: call.TxID}
}

func (r reply) operationEnd(result *transport.Result, err error) SpanEnd {
	return SpanEnd{HTTPStatus: result.Status, Code: Code(result.Code), TxID: result.TxID, Tries: result.Attempts, Err: err}
}

// observeTries returns what the transport calls at each try of a call; nil
// without an Observer.
func (c *core) observeTries(st step) func(context.Context, *transport.Call, int) (context.Context, func(*transport.Result)) {
	if c.observer == nil {
		return nil
	}
	return func(ctx context.Context, call *transport.Call, attempt int) (context.Context, func(*transport.Result)) {
		span := operationSpan(call)
		span.Kind, span.Try, span.Method, span.Host = SpanTry, attempt, call.Method, cmp.Or(call.Base, c.base).Host
		ctx, end := c.observer.Begin(ctx, span)
		return ctx, func(r *transport.Result) {
			end(SpanEnd{HTTPStatus: r.Status, Code: Code(r.Code), TxID: r.TxID, Err: c.failure(st, r, answerOf(r, st.evidence))})
		}
	}
}

// observedSink is a Sink whose use is observed.
type observedSink struct {
	Sink
	core *core
}

// observedEvidence returns the client's Sink; nil when it has none.
func (c *core) observedEvidence() Sink {
	if c.evidence == nil || c.observer == nil {
		return c.evidence
	}
	return observedSink{c.evidence, c}
}

func (s observedSink) Begin(ctx context.Context, meta EvidenceMeta) (RecordWriter, error) {
	span := Span{Kind: SpanEvidence, Operation: transport.StepBegin, Product: meta.Product, TxID: meta.TxID}
	beginCtx, end := s.core.observe(ctx, span)
	record, err := s.Sink.Begin(beginCtx, meta)
	end(SpanEnd{Err: err})
	if err != nil {
		return nil, err
	}
	return &observedRecord{record, ctx, s.core, span}, nil
}

type observedRecord struct {
	RecordWriter
	ctx  context.Context // of the try
	core *core
	span Span
}

func (r *observedRecord) Commit() error {
	return r.observe(transport.StepCommit, r.RecordWriter.Commit)
}

func (r *observedRecord) Abort(reason string) error {
	return r.observe(transport.StepAbort, func() error { return r.RecordWriter.Abort(reason) })
}

// ID returns the record's own ID; empty where it has none.
func (r *observedRecord) ID() string {
	if named, ok := r.RecordWriter.(interface{ ID() string }); ok {
		return named.ID()
	}
	return ""
}

func (r *observedRecord) observe(operation string, use func() error) error {
	span := r.span
	span.Operation = operation
	_, end := r.core.observe(r.ctx, span)
	err := use()
	end(SpanEnd{Err: err})
	return err
}
