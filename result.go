package kakaocert

import (
	"context"
	"net/http"
)

// errNotOfVerify is for a result that nobody got from Verify or Restore.
var errNotOfVerify = &ArgumentError{Field: "result", Reason: "does not come from Verify"}

// resultData is what a verify gave. It is behind a pointer, where fmt does not
// look.
type resultData struct {
	signed [][]byte
	ci     Secret
	vid    Secret
}

// first returns the first signature; nil where there is none.
func (r resultData) first() []byte {
	if len(r.signed) == 0 {
		return nil
	}
	return r.signed[0]
}

// identity reads CI and VID, which verify gives where the contract grants
// them.
func (c *core) identity(st step, answer Answer, o object) (ci, vid Secret, err error) {
	if ci, err = c.decrypted(st, o, answer, "ci", isCI); err != nil {
		return ci, vid, err
	}
	names := c.protocol.List("field.vid")
	text := o.text(names)
	if text == "" {
		return ci, vid, nil
	}
	if _, err := parseVID(text); err != nil {
		return ci, vid, st.undecodable(names[0], "is neither hex nor Base64 of 32 bytes", nil, answer)
	}
	return ci, NewSecret(text), nil
}

// verify fetches what comes once. The sink has it before this returns. When
// the caller's context ended meanwhile, answer and object come together with
// its error.
func (f flow[P]) verify(ctx context.Context, tx Transaction[P], asked [][32]byte, opts []CallOption) (step, Answer, object, error) {
	st := f.step("verify", tx)
	st.meta = &EvidenceMeta{Product: st.product, TxID: tx.txID, Asked: asked, Client: ownAgent}
	answer, object, err := f.do(ctx, st, opts)
	if err != nil {
		return st, answer, nil, err
	}
	return st, answer, object, f.accept(st, tx, object, answer)
}

// restore takes up an answer that was stored, as if it had just come.
func (f flow[P]) restore(tx Transaction[P], body []byte) (step, Answer, object, error) {
	st := f.step("verify", tx)
	answer := Answer{data: hide(answerData{status: http.StatusOK, body: body})}
	if err := f.check(tx); err != nil {
		return st, answer, nil, err
	}
	object, err := parseObject(body)
	if err != nil {
		return st, answer, nil, st.undecodable("", "is not a JSON object", nil, answer)
	}
	return st, answer, object, f.accept(st, tx, object, answer)
}

// accept refuses a verify's answer that is another transaction's or says no.
func (f flow[P]) accept(st step, tx Transaction[P], o object, answer Answer) error {
	if err := f.same(st, tx, o, answer); err != nil {
		return err
	}
	return f.completed(st, o, answer)
}

// completed refuses a verify that does not say yes: what it says must be good,
// and it must say something.
func (f flow[P]) completed(st step, o object, answer Answer) error {
	result, status := o.text(f.protocol.List("field.result")), f.transactionStatus(o).Status
	if result == "" && status == "" {
		return st.undecodable(f.protocol.Field("result"), "is missing", nil, answer)
	}
	if result != "" && result != "Y" || status != "" && status != StatusCompleted {
		return &StatusError{Operation: st.operation(), Product: st.product, Status: status, Result: printable(result), answer: answer}
	}
	return nil
}
