package kakaocert

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/kakaocert-go/kakaocert/internal/codes"
	"github.com/kakaocert-go/kakaocert/internal/transport"
)

// Answer is an answer as it came, to be read and not changed. It contains personal
// data and prints as [redacted].
type Answer struct {
	redacted
	data hidden[answerData]
}

type answerData struct {
	status     int
	header     http.Header
	body       []byte
	evidenceID string
}

// StatusCode returns the HTTP status; 0 when no answer came.
func (a Answer) StatusCode() int {
	if d := a.data.Get(); d != nil {
		return d.status
	}
	return 0
}

func (a Answer) Header() http.Header {
	if d := a.data.Get(); d != nil {
		return d.header
	}
	return nil
}

// Body returns the bytes that came, all of them unless the answer was cut off.
func (a Answer) Body() []byte {
	if d := a.data.Get(); d != nil {
		return d.body
	}
	return nil
}

// EvidenceID returns the ID of the record with a verify's answer, where the
// Sink gives one.
func (a Answer) EvidenceID() string {
	if d := a.data.Get(); d != nil {
		return d.evidenceID
	}
	return ""
}

func answerOf(r *transport.Result, evidenceID *string) Answer {
	if r.Status == 0 {
		return Answer{}
	}
	data := answerData{status: r.Status, header: r.Header, body: r.Body}
	if evidenceID != nil {
		data.evidenceID = *evidenceID
	}
	return Answer{data: hide(data)}
}

// judge says what an answer means, by its code and not by its HTTP status. A
// server error without a known code came from something in between: whether
// the service saw the call is unknown.
func (c *core) judge(call *transport.Call, status int, raw []byte) transport.Judgement {
	limit := c.sender.BodyLimit
	if call.Store != nil {
		limit = c.sender.OnceLimit
	}
	parsed := parseBody(raw, limit, c.protocol)
	code := c.code(status, parsed)
	if oauth := parsed.top.text(c.protocol.List("field.oauth_error")); call.Form && codes.IsCode(oauth) {
		code = Code(oauth) // kauth answers as OAuth does (RFC 6749, section 5.2)
	}
	if code != "" && isSuccess(status) && c.meetsDemand(call.Operation, parsed) {
		code = "" // do refuses what contradicts itself
	}
	j := transport.Judgement{Verdict: verdict(status, code), Code: string(code), Parsed: parsed}
	if call.TxID == "" && j.Verdict == transport.Accepted {
		j.TxID = c.brought(parsed)
	}
	return j
}

// brought is the name of the transaction that an answer contains, for logs
// and spans; "" when it contains none.
func (c *core) brought(parsed answerFields) string {
	txID := parsed.text(c.protocol.List("field.tx_id"))
	if checkTxID(txID) != "" {
		return ""
	}
	return txID
}

func isSuccess(status int) bool { return status >= 200 && status < 300 }

// demands names, for each step, the fields of which an answer must contain at
// least one. An answer with none of them says nothing, and saying nothing is
// never success.
var demands = map[string][]string{
	"prepare": {"tx_id", "kauth_tx_id"},
	"token":   {"tx_id"},
	"request": {"result"},
	"status":  {"status"},
	"verify":  {"result", "status"},
	"signer":  {"tx_id", "ci", "name", "birthday", "phone_number"},
	"session": {"session_start_at", "session_end_at"},
}

// meetsDemand reports whether an answer to the operation ("k1100.verify")
// contains what its step demands; where that is a result or a status, it must
// say yes.
func (c *core) meetsDemand(operation string, fields answerFields) bool {
	_, step, _ := strings.Cut(operation, ".")
	for _, key := range demands[step] {
		text := fields.text(c.protocol.fields[key])
		switch {
		case text == "":
		case key == "result":
			return text == resultYes
		case key == "status" && step == "verify":
			return c.statusIn(fields) == StatusCompleted
		default:
			return true
		}
	}
	return false
}

// resultYes is what request and verify answer when they were carried out.
const resultYes = "Y"

func isYes(text string) bool { return text == resultYes }

// notCarriedOut are statuses below 500 of something in between: the call may be
// sent again, where sending it twice does no harm.
var notCarriedOut = []int{http.StatusRequestTimeout, http.StatusMisdirectedRequest, http.StatusTooEarly}

func verdict(status int, code Code) transport.Verdict {
	switch {
	case code == ErrInternal:
		return transport.Internal
	case code == ErrMaintenance:
		return transport.Closed
	case code.Known():
		return transport.Refused
	case status == http.StatusTooManyRequests:
		return transport.Busy
	case status >= 500, slices.Contains(notCarriedOut, status):
		return transport.Lost
	case isSuccess(status) && code == "":
		return transport.Accepted
	}
	return transport.Refused
}

// code finds the error code in a body, or "": the first that
// looks like the service's own, and else, unless the HTTP status is 2xx, the
// first that may be one.
func (c *core) code(status int, fields answerFields) Code {
	var other Code
	for _, place := range []object{fields.top, fields.data, fields.fault} {
		for _, name := range c.protocol.List("field.error_code") {
			value := place.at(name)
			text := asText(value)
			switch {
			case text == "":
			case codes.IsService(text):
				return Code(text)
			case digitsOnly(status, value) != "":
				return digitsOnly(status, value)
			case other == "" && codes.IsCode(text) && !isSuccessWord(text):
				other = Code(text)
			}
		}
	}
	if status < 300 {
		return ""
	}
	return other
}

// digitsOnly is the code of a sibling service, which has the digits alone, as text
// or as a number; "" for any other. A number loses the zeros in front: so small a
// one counts only with the HTTP status that its code has.
func digitsOnly(status int, value json.RawMessage) Code {
	text := asText(value)
	if status < http.StatusBadRequest || text == "" {
		return ""
	}
	switch code := Code("E" + text); {
	case len(text) == 4 && code.Known():
		return code
	case value[0] == '1' && text == "1" && status == http.StatusBadRequest:
		return ErrInternal
	case value[0] == '2' && text == "2" && status == http.StatusServiceUnavailable:
		return ErrMaintenance
	}
	return ""
}

// isSuccessWord reports that a code says that nothing went wrong.
func isSuccessWord(text string) bool {
	return slices.Contains([]string{"0", "200", "OK", "SUCCESS"}, strings.ToUpper(text))
}

// errorWords are the other side's own words about an error.
func (c *core) errorWords(fields answerFields) string {
	names := c.protocol.List("field.error_message")
	for _, place := range []object{fields.top, fields.data, fields.fault} {
		if words := place.text(names); words != "" {
			return words
		}
	}
	return ""
}

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
	return &EvidenceError{
		Operation: st.operation(), Product: st.product, Step: e.Step, Err: cause,
		answer: answer, meta: *st.meta, whole: r.Verdict == transport.Accepted,
	}
}

// unaccepted is the error for what is not an accepted answer.
func (c *core) unaccepted(st step, r *transport.Result, answer Answer) error {
	if closed, ok := errors.AsType[*transport.ClosedError](r.Err); ok {
		return &MaintenanceError{Operation: st.operation(), Product: st.product, Until: closed.Until}
	}
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
	fields, _ := r.Parsed.(answerFields)
	words := c.errorWords(fields)
	if words == "" && st.form != nil {
		words = fields.top.text(c.protocol.List("field.oauth_error_message"))
	}
	return &APIError{
		Operation: st.operation(), Product: st.product,
		StatusCode: r.Status, Code: Code(r.Code), RetryAfter: r.RetryAfter,
		message: NewSecret(words), answer: answer,
	}
}

// isTransient reports whether the same call may succeed later, although it has
// failed now with this error.
func isTransient(err error) bool {
	if e, ok := errors.AsType[*ConnectionError](err); ok {
		return !transport.IsTrustFailure(e.Err)
	}
	e, ok := errors.AsType[*APIError](err)
	return ok && !slices.Contains([]transport.Verdict{transport.Refused, transport.Closed}, verdict(e.StatusCode, e.Code))
}

// joined is two errors on one line.
type joined struct{ first, second error }

func (j joined) Error() string   { return j.first.Error() + " (after " + j.second.Error() + ")" }
func (j joined) Unwrap() []error { return []error{j.first, j.second} }
