// Package otelkakaocert reports to OpenTelemetry what a [kakaocert.Client] does.
//
//	observer, err := otelkakaocert.New(tracerProvider, meterProvider)
//	client, err := kakaocert.NewClient(kakaocert.Config{Observer: observer /* and the rest */})
//
// # Traces
//
// A call of a step is a span of kind INTERNAL, named like "k1100.verify". Inside
// it each try is a span of kind CLIENT, named by its HTTP method, and each use of
// the evidence one named "evidence.begin", "evidence.commit" or "evidence.abort";
// what a Sink does in Begin hangs under evidence.begin. A Wait is a span with the
// calls of Status in it. Attributes are kakaocert.operation, kakaocert.product,
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
// All are histograms in seconds. No metric has the tx_id, and no answer can make
// up a value: codes, statuses and HTTP statuses that are not known are reported
// together, so that the number of series has a bound.
//
// The attribute error.type is absent where all went well. Otherwise it is one of
// "security_event", "evidence", "outcome_unknown", "canceled", "timeout",
// "undecodable", "not_completed" and "connection"; or the answer's code where
// package kakaocert knows it ("E2001"), "other_code" where it does not, and the
// HTTP status ("429") of an answer without a code; or "_OTHER". Of
// http.client.request.duration it is the HTTP status where that is 400 or more, and
// "refused" for any other answer that says no.
// kakaocert.status is there where a status ended the wait.
//
// # What is not sent
//
// The package only observes: it adds no header to a call, so Kakao receives
// neither traceparent nor baggage. A Transport that propagates traces, such as
// that of otelhttp, sends them: do not use one as Config.Transport.
//
// Spans and metrics contain no personal data, no key, and no text of an error.
package otelkakaocert
