package transport

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
	"time"
)

// try sends the call once.
func (s *Sender) try(ctx context.Context, call *Call, attempt int) *Result {
	if err := ended(ctx); err != nil {
		return &Result{Verdict: NotSent, Err: err}
	}
	var store Store
	if call.Store != nil {
		var err error
		if store, err = call.Store(ctx, attempt); err != nil {
			return &Result{Verdict: NotSent, StoreErr: &StoreError{StepBegin, err}}
		}
	}
	tryCtx, cancel := s.tryContext(ctx, call)
	defer cancel()

	var sent *sentTrace // nil: it may be sent again whether or not it was
	if !call.Repeat {
		sent = new(sentTrace)
		tryCtx = sent.watch(tryCtx)
	}
	response, err := s.RoundTripper.RoundTrip(s.request(tryCtx, call))
	if err != nil {
		return s.unanswered(tryCtx, sent, store, err)
	}
	defer func() { _ = response.Body.Close() }()
	return s.answered(tryCtx, call, store, response)
}

// tryContext gives one try its time. An answer that can come only once is read to
// its end whether or not the caller still waits.
func (s *Sender) tryContext(ctx context.Context, call *Call) (context.Context, context.CancelFunc) {
	if call.Store != nil {
		return context.WithTimeoutCause(context.WithoutCancel(ctx), s.OnceTimeout, ErrTimeout)
	}
	return context.WithTimeoutCause(ctx, s.Timeout, ErrTimeout)
}

func (s *Sender) request(ctx context.Context, call *Call) *http.Request {
	target := *s.host(call)
	target.Path, target.RawPath = joinPath(&target, call.Path)
	target.RawQuery = call.Query
	request := (&http.Request{
		Method: call.Method, URL: &target, Host: target.Host, Header: s.header(call),
	}).WithContext(ctx)
	switch {
	case call.Body != nil:
		request.ContentLength = int64(len(call.Body))
		// With GetBody net/http sends a POST again when not a byte of it was
		// written, and over HTTP/2 when the server says that it did not look.
		request.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(call.Body)), nil }
		request.Body, _ = request.GetBody()
	case !call.Repeat:
		// net/http repeats a GET by itself when a kept-alive connection dies
		// before the answer, and over HTTP/2 also when the server resets the
		// stream for a protocol error. A body that it cannot rewind prevents
		// that; an empty one adds nothing to what is sent but, over HTTP/2, an
		// empty frame.
		request.Body = io.NopCloser(bytes.NewReader(nil))
	}
	return request
}

func (s *Sender) header(call *Call) http.Header {
	header := make(http.Header, len(s.Header)+len(s.Keys)+len(call.Header)+1)
	maps.Copy(header, s.Header)
	if !call.Keyless {
		maps.Copy(header, s.Keys)
	}
	maps.Copy(header, call.Header)
	copyValues(header)
	switch {
	case call.Body == nil:
	case call.Form:
		header.Set("Content-Type", "application/x-www-form-urlencoded")
	default:
		header.Set("Content-Type", "application/json")
	}
	return header
}

// copyValues gives a header values of its own: a RoundTripper may change them.
func copyValues(header http.Header) {
	room := make([]string, 0, 2*len(header))
	for name, values := range header {
		from := len(room)
		room = append(room, values...)
		header[name] = room[from:len(room):len(room)]
	}
}

func joinPath(base *url.URL, escaped string) (path, rawPath string) {
	rawPath = base.EscapedPath() + escaped
	path, err := url.PathUnescape(rawPath)
	if err != nil || path == rawPath {
		return rawPath, ""
	}
	return path, rawPath
}

// unanswered is the result of a try that got no answer.
func (s *Sender) unanswered(tryCtx context.Context, sent *sentTrace, store Store, err error) *Result {
	r := &Result{Verdict: Lost, Err: cause(tryCtx, err)}
	if IsTrustFailure(err) || sent.nothing(tryCtx.Err() != nil) {
		r.Verdict = NotSent
	}
	if store != nil {
		reason := "no answer"
		if r.Verdict == NotSent {
			reason = "nothing was sent"
		}
		if abortErr := store.Broken(reason); abortErr != nil {
			r.StoreErr = &StoreError{StepAbort, abortErr}
		}
	}
	return r
}

// answered reads and judges an answer.
func (s *Sender) answered(tryCtx context.Context, call *Call, store Store, response *http.Response) *Result {
	r := &Result{Status: response.StatusCode, Header: response.Header}
	r.RetryAfter = retryAfter(response.Header.Get("Retry-After"), time.Now)
	limit := s.BodyLimit
	if store != nil {
		limit = s.OnceLimit
	}
	var err error
	r.Body, r.StoreErr, err = read(response, limit, store)
	if err != nil {
		r.Verdict, r.Err = Lost, cause(tryCtx, err)
		return r.end(store, func() error { return store.Broken(breakReason(err)) }, StepAbort)
	}
	judgement := s.Judge(call, response.StatusCode, r.Body)
	r.Verdict, r.Code, r.TxID, r.Parsed = judgement.Verdict, judgement.Code, judgement.TxID, judgement.Parsed
	return r.end(store, func() error { return store.Whole(response.StatusCode, judgement) }, StepCommit)
}

// end closes the store and reports the first failure in it.
func (r *Result) end(store Store, closeStore func() error, step string) *Result {
	if store == nil {
		return r
	}
	if err := closeStore(); err != nil && r.StoreErr == nil {
		r.StoreErr = &StoreError{step, err}
	}
	return r
}

func breakReason(err error) string {
	if errors.Is(err, ErrTooLong) {
		return "answer is longer than the cap"
	}
	return "answer was cut off"
}

// read returns the body up to the limit. A store gets each piece as it
// arrives; when it fails, reading goes on, for the bytes come only once.
func read(response *http.Response, limit int64, store Store) (body []byte, storeErr *StoreError, err error) {
	body = make([]byte, 0, startSize(response.ContentLength, limit))
	for {
		if len(body) == cap(body) {
			body = append(body, 0)[:len(body)]
		}
		n, err := response.Body.Read(body[len(body):cap(body)])
		piece := body[len(body) : len(body)+n]
		body = body[:len(body)+n]
		if store != nil && storeErr == nil && n > 0 {
			if _, err := store.Write(piece); err != nil {
				storeErr = &StoreError{StepWrite, err}
			}
		}
		if int64(len(body)) > limit {
			return body, storeErr, ErrTooLong
		}
		if err == io.EOF {
			return body, storeErr, nil
		}
		if err != nil {
			return body, storeErr, err
		}
	}
}

// startSize trusts a promised length only as far as 64 KiB. One byte more than
// promised saves a growth before the end is seen.
func startSize(promised, limit int64) int64 {
	if promised < 0 {
		promised = 511
	}
	return min(promised, limit, 64<<10) + 1
}

// cause prefers the context's reason to what the network made of it, and says
// the latter in our own words.
func cause(tryCtx context.Context, err error) error {
	if ctxErr := ended(tryCtx); ctxErr != nil {
		return ctxErr
	}
	return InOurWords(err)
}

// ended returns why the context ended, as both its error and its cause.
func ended(ctx context.Context) error {
	err := ctx.Err()
	if err == nil {
		return nil
	}
	reason := context.Cause(ctx)
	if err == reason {
		return err
	}
	if reason == ErrTimeout {
		return reason // ours, not the caller's deadline
	}
	return fmt.Errorf("%w: %w", err, reason)
}

// sentTrace knows whether a try can have reached the service.
type sentTrace struct{ asked, got, wrote atomic.Bool }

func (t *sentTrace) watch(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn:      func(string) { t.asked.Store(true) },
		GotConn:      func(httptrace.GotConnInfo) { t.got.Store(true) },
		WroteHeaders: func() { t.wrote.Store(true) },
	})
}

// nothing reports that a connection was looked for, and that the request's
// head surely never went out. A RoundTripper that traces nothing may have sent,
// for all that is known. When the try's time was up, only the lack of a connection
// proves it: HTTP/2 does not wait for the head that it is writing.
func (t *sentTrace) nothing(timeUp bool) bool {
	if t == nil {
		return false
	}
	if timeUp {
		return t.asked.Load() && !t.got.Load()
	}
	return t.asked.Load() && !t.wrote.Load()
}
