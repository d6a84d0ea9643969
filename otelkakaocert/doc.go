// Package otelkakaocert reports to OpenTelemetry what a [kakaocert.Client] does.
//
//	observer, err := otelkakaocert.New(tracerProvider, meterProvider)
//	client, err := kakaocert.NewClient(kakaocert.Config{Observer: observer /* and the rest */})
//
// # Traces
//
// A call of a step is a span of kind INTERNAL, named like "k1100.verify". Inside
// it each try is a span of kind CLIENT, named by its HTTP method, and each use of
// the evidence one named "evidence.begin", "evidence.commit" or "evidence.abort".
// The spans of a Sink's Begin are below evidence.begin. A Wait is a span that
// contains the calls of Status. Attributes are kakaocert.operation, kakaocert.product,
// kakaocert.tx_id, kakaocert.code, kakaocert.tries, kakaocert.status, error.type,
// and those of the semantic conventions for HTTP clients.
//
// # Metrics
//
//	kakaocert.client.operation.duration   kakaocert.operation, kakaocert.product, error.type
//	http.client.request.duration          kakaocert.operation, http.request.method, server.address,
//	                                      server.port, http.response.status_code, error.type
//	kakaocert.client.wait.duration        kakaocert.operation, kakaocert.product, kakaocert.status, error.type
//	kakaocert.evidence.duration           kakaocert.operation, kakaocert.product, error.type
//
// All are histograms in seconds. No metric contains the tx_id, and no answer can
// create new values: unknown codes, statuses and HTTP statuses are reported
// together, so that the number of series is limited.
//
// The attribute error.type is absent if there was no error. Otherwise it is one of
// "security_event", "evidence", "outcome_unknown", "canceled", "timeout",
// "undecodable", "not_completed" and "connection"; or the answer's code if
// package kakaocert knows it ("E2001"), "other_code" if it does not, and the HTTP
// status ("429") of an answer without a code; or "_OTHER". In
// http.client.request.duration it is the HTTP status if that is 400 or more, and
// "refused" for any other refusal. kakaocert.status is present if a status ended
// the wait.
//
// # What is not sent
//
// The package only observes: it adds no header to a call, so Kakao receives
// neither traceparent nor baggage. A Transport that propagates traces, such as
// that of otelhttp, sends them: do not use one as Config.Transport.
//
// Spans and metrics contain no personal data, no key, and no text of an error.
package otelkakaocert
