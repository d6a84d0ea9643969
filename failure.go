package kakaocert

import (
	"cmp"
	"errors"

	"github.com/kakaocert-go/kakaocert/internal/transport"
)

// failure turns what is not an accepted and stored answer into an error.
func (c *core) failure(st step, r *transport.Result, answer Answer) error {
	e := r.StoreErr
	if e == nil {
		return c.unaccepted(st, r, answer)
	}
	cause := e.Err
	if e.Step != transport.StepBegin {
		if err := c.unaccepted(st, r, answer); err != nil {
			cause = joined{e.Err, err}
		}
	}
	return &EvidenceError{Operation: st.operation(), Product: st.product, Step: e.Step, Err: cause, answer: answer}
}

// unaccepted is the error for what is not an accepted answer.
func (c *core) unaccepted(st step, r *transport.Result, answer Answer) error {
	switch r.Verdict {
	case transport.Accepted:
		return nil
	case transport.NotSent:
		return &ConnectionError{Operation: st.operation(), Product: st.product, Err: r.Err}
	case transport.Lost:
		return c.lost(st, r, answer)
	}
	refusal := c.refusal(st, r, answer)
	if r.Err != nil {
		return &ConnectionError{Operation: st.operation(), Product: st.product, Err: joined{r.Err, refusal}}
	}
	return refusal
}

// lost is the error for an answer that never came whole. Only request, verify
// and token may have done something that cannot be done twice.
func (c *core) lost(st step, r *transport.Result, answer Answer) error {
	err := r.Err
	if err == nil {
		err = c.refusal(st, r, answer)
	}
	if st.name == "request" || st.name == "verify" || st.name == "token" {
		return &OutcomeError{Operation: st.operation(), Product: st.product, Err: err, answer: answer}
	}
	if r.Err == nil {
		return err
	}
	return &ConnectionError{Operation: st.operation(), Product: st.product, Err: err}
}

func (c *core) refusal(st step, r *transport.Result, answer Answer) *APIError {
	body, _ := r.Parsed.(object)
	words := body.text(c.protocol.List("field.error_message"))
	if words == "" && st.form != nil {
		words = body.text(c.protocol.List("field.oauth_error_message"))
	}
	return &APIError{
		Operation: st.operation(), Product: st.product,
		StatusCode: r.Status, Code: Code(r.Code), RetryAfter: r.RetryAfter,
		message: NewSecret(words), answer: answer,
	}
}

// passes reports whether the same call may succeed later, although it has
// failed now with this error.
func passes(err error) bool {
	if e, ok := errors.AsType[*ConnectionError](err); ok {
		return !transport.IsTrustFailure(e.Err)
	}
	e, ok := errors.AsType[*APIError](err)
	return ok && verdict(e.StatusCode, e.Code) != transport.Refused
}

func (st step) undecodable(field, reason string, err error, answer Answer) error {
	return &DecodeError{
		Operation: st.operation(), Product: st.product,
		Field: field, Reason: cmp.Or(reason, "is not understood"), Err: err, answer: answer,
	}
}

// joined is two errors on one line.
type joined struct{ first, second error }

func (j joined) Error() string   { return j.first.Error() + " (after " + j.second.Error() + ")" }
func (j joined) Unwrap() []error { return []error{j.first, j.second} }
