package otelkakaocert

import (
	"context"
	"errors"
	"net"
	"strconv"

	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	"github.com/kakaocert-go/kakaocert"
)

const (
	operationKey = attribute.Key("kakaocert.operation")
	productKey   = attribute.Key("kakaocert.product")
	statusKey    = attribute.Key("kakaocert.status")
	codeKey      = attribute.Key("kakaocert.code")
	txIDKey      = attribute.Key("kakaocert.tx_id")
	triesKey     = attribute.Key("kakaocert.tries")
)

// beginAttributes are those that a span and its metric share.
func beginAttributes(span kakaocert.Span) []attribute.KeyValue {
	if span.Kind != kakaocert.SpanTry {
		return with(operationKey.String(span.Operation), productKey.String(span.Product))
	}
	host, port := splitHost(span.Host)
	return with(
		operationKey.String(span.Operation), semconv.HTTPRequestMethodKey.String(span.Method),
		semconv.ServerAddress(host), semconv.ServerPort(port),
	)
}

// tracedBegin are those that only a span may have, since each user has others.
func tracedBegin(span kakaocert.Span) []attribute.KeyValue {
	var more []attribute.KeyValue
	if span.Kind == kakaocert.SpanTry {
		more = append(more, productKey.String(span.Product))
	}
	if span.TxID != "" {
		more = append(more, txIDKey.String(span.TxID))
	}
	if span.Try > 1 {
		more = append(more, semconv.HTTPRequestResendCount(span.Try-1))
	}
	return more
}

// endAttributes are those that a span and its metric share when it has ended.
func endAttributes(span kakaocert.Span, end kakaocert.SpanEnd) []attribute.KeyValue {
	var more []attribute.KeyValue
	if span.Kind == kakaocert.SpanTry && end.HTTPStatus != 0 {
		more = append(more, semconv.HTTPResponseStatusCode(knownHTTPStatus(end.HTTPStatus)))
	}
	if span.Kind == kakaocert.SpanWait && (end.Err == nil || is[*kakaocert.StatusError](end.Err)) {
		more = append(more, statusKey.String(knownStatus(end.Status))) // the one that ended it
	}
	if kind := errorType(span, end); kind != "" {
		more = append(more, semconv.ErrorTypeKey.String(kind))
	}
	return with(more...)
}

// tracedEnd are those that only a span may have: what came, as it came.
func tracedEnd(span kakaocert.Span, end kakaocert.SpanEnd) []attribute.KeyValue {
	var more []attribute.KeyValue
	if span.Kind == kakaocert.SpanTry && end.HTTPStatus != 0 {
		more = append(more, semconv.HTTPResponseStatusCode(end.HTTPStatus))
	}
	if end.Code != "" {
		more = append(more, codeKey.String(string(end.Code)))
	}
	if end.TxID != "" {
		more = append(more, txIDKey.String(end.TxID))
	}
	if end.Tries > 1 {
		more = append(more, triesKey.Int(end.Tries))
	}
	return more
}

// errorType has a bounded number of values, whatever is answered; "" where all
// went well.
func errorType(span kakaocert.Span, end kakaocert.SpanEnd) string {
	switch {
	case end.Err == nil:
		return ""
	case span.Kind == kakaocert.SpanTry && end.HTTPStatus != 0 && knownHTTPStatus(end.HTTPStatus) >= 400:
		return strconv.Itoa(knownHTTPStatus(end.HTTPStatus))
	case span.Kind == kakaocert.SpanEvidence:
		return evidenceClass(end.Err)
	}
	return class(span.Kind, end.Err)
}

// class is the class of an error. An error may be of several classes: the one
// that must ring an alarm comes first.
func class(kind kakaocert.SpanKind, err error) string {
	switch {
	case kakaocert.IsSecurityEvent(err):
		return "security_event"
	case is[*kakaocert.EvidenceError](err):
		return "evidence"
	case errors.Is(err, kakaocert.ErrOutcomeUnknown):
		return "outcome_unknown"
	case errors.Is(err, context.Canceled):
		return "canceled"
	case isTimeout(err):
		return "timeout"
	case is[*kakaocert.DecodeError](err):
		return "undecodable"
	case is[*kakaocert.StatusError](err):
		return "not_completed"
	case is[*kakaocert.MaintenanceError](err):
		return string(kakaocert.ErrMaintenance)
	case is[*kakaocert.ConnectionError](err):
		return "connection"
	}
	if refused, ok := errors.AsType[*kakaocert.APIError](err); ok {
		return refusal(kind, refused)
	}
	return "_OTHER"
}

// refusal is the code of an answer that says no, or its HTTP status where it
// contains no code. A try has the HTTP status already.
func refusal(kind kakaocert.SpanKind, refused *kakaocert.APIError) string {
	switch {
	case kind == kakaocert.SpanTry:
		return "refused"
	case refused.Code == "":
		return strconv.Itoa(knownHTTPStatus(refused.StatusCode))
	case refused.Code.Known():
		return string(refused.Code)
	}
	return "other_code"
}

// evidenceClass is the class of a Sink's own error.
func evidenceClass(err error) string {
	switch {
	case errors.Is(err, context.Canceled):
		return "canceled"
	case isTimeout(err):
		return "timeout"
	}
	return "_OTHER"
}

func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

func isTimeout(err error) bool {
	var timed interface{ Timeout() bool }
	return errors.As(err, &timed) && timed.Timeout()
}

// knownHTTPStatus is the status where it is one of those that are met, and else
// that of its class: a client treats a status that it does not know so.
// (RFC 9110, section 15)
func knownHTTPStatus(status int) int {
	switch status {
	case 401, 403, 404, 408, 413, 421, 425, 429, 502, 503, 504:
		return status
	}
	if status < 100 || status >= 600 {
		return 500 // as RFC 9110 says of what is out of range
	}
	return status / 100 * 100
}

func knownStatus(status kakaocert.Status) string {
	switch status {
	case kakaocert.StatusPrepared, kakaocert.StatusRequested, kakaocert.StatusCompleted, kakaocert.StatusExpired, kakaocert.StatusRejected:
		return string(status)
	}
	return "other"
}

func splitHost(hostport string) (host string, port int) {
	host, text, err := net.SplitHostPort(hostport)
	if err != nil {
		return hostport, 443
	}
	port, _ = strconv.Atoi(text)
	return host, port
}
