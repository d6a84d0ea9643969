package kakaocert

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/http"
	"time"

	"github.com/kakaocert-go/kakaocert/internal/places"
)

// reply is an accepted answer and the call that it answers. Its fields are read
// by their keys in the Protocol.
type reply struct {
	core   *core
	step   step
	answer Answer
	fields answerFields
}

// check refuses an answer that is not an object, one about another transaction, one
// that says two things at once, and one that contains both what the step demands
// and an error code.
func (r reply) check() error {
	if !r.fields.isObject() {
		return r.undecodable("", "is not a JSON object")
	}
	if key := r.differing(); key != "" {
		return r.undecodable(key, "differs between the top of the answer and the object inside")
	}
	if got := r.text("tx_id"); got != "" && r.step.txID != "" && got != r.step.txID {
		return r.undecodable("tx_id", "is another transaction's")
	}
	if r.core.code(http.StatusOK, r.fields) == "" || !r.core.meetsDemand(r.step.operation(), r.fields) {
		return nil
	}
	err := r.undecodable("error_code", "must not come together with success")
	if r.step.name == "verify" || r.step.name == "token" {
		return &OutcomeError{Operation: r.step.operation(), Product: r.step.product, Err: err, answer: r.answer}
	}
	return err
}

// differing is the key of a field that says two things; "" where there is none.
func (r reply) differing() string {
	if r.fields.data == nil {
		return ""
	}
	for _, key := range r.heldToOne() {
		if top, inside := r.fields.both(r.names(key)); top != inside && top != "" && inside != "" {
			return key
		}
	}
	documents := r.names("signed_documents")
	if top, inside := r.fields.top.list(documents), r.fields.data.list(documents); top != nil && inside != nil && !sameJSON(top, inside) {
		return "signed_documents"
	}
	top, inside := r.fields.both(r.names("status"))
	if known := r.core.isKnownStatus; top != inside && known(top) && known(inside) {
		return "status"
	}
	return ""
}

// heldToOne are the fields whose text must be the same at both places. Elsewhere
// than in signer info, a name may be the wrapper's own.
func (r reply) heldToOne() []string {
	keys := []string{"tx_id", "kauth_tx_id", "result", "ci", "vid", "signed_data"}
	if r.step.name == "signer" {
		keys = append(keys, "name", "birthday", "phone_number")
	}
	return keys
}

// sameJSON compares JSON without its white space.
func sameJSON(a, b json.RawMessage) bool {
	var one, other bytes.Buffer
	return json.Compact(&one, a) == nil && json.Compact(&other, b) == nil && bytes.Equal(one.Bytes(), other.Bytes())
}

// result reads what the step answers with yes or no. It must be text where it
// is not absent.
func (r reply) result() (string, error) {
	if r.fields.misplaced(r.names("result")) {
		return "", r.undecodable("result", "must be text")
	}
	return r.text("result"), nil
}

func (r reply) names(key string) []string       { return r.core.protocol.fields[key] }
func (r reply) text(key string) string          { return r.fields.text(r.names(key)) }
func (r reply) time(key string) time.Time       { return r.fields.time(r.names(key)) }
func (r reply) list(key string) json.RawMessage { return r.fields.list(r.names(key)) }
func (r reply) undecodable(key, reason string) error {
	return &DecodeError{
		Operation: r.step.operation(), Product: r.step.product,
		Field: protocolKey(key), Reason: reason, answer: r.answer,
	}
}

// protocolKey is the key in the Protocol of a field; "" for the whole body.
func protocolKey(field string) string {
	if field == "" {
		return ""
	}
	return "field." + field
}

// maxHinted is how large an answer may be that is searched for a hint: a hostile
// one must not cost many times its length.
const maxHinted = 512 << 10

// missing is undecodable for a field that is not there. A fitting value may be
// there under another name.
func (r reply) missing(key, reason string, fits func(json.RawMessage) bool) error {
	err := &DecodeError{
		Operation: r.step.operation(), Product: r.step.product,
		Field: protocolKey(key), Reason: reason, answer: r.answer,
	}
	if raw, unpackErr := places.Unpack(r.answer.Body(), maxHinted); unpackErr == nil && len(raw) <= maxHinted {
		err.hint = places.One(places.All(raw, nil), fits)
	}
	return err
}

// txID reads the name of a transaction that was just made.
func (r reply) txID(key string) (string, error) {
	txID := r.text(key)
	if reason := checkTxID(txID); reason != "" {
		return "", r.missing(key, reason, places.IsText(places.LooksLikeTxID))
	}
	return txID, nil
}

// encrypted is a field of an answer that is decrypted, and the shape that it
// must have then: the cipher itself would not notice a wrong key or a changed
// text.
type encrypted struct {
	into  *Secret
	key   string
	shape func(string) bool
}

// secrets decrypts the fields that are there, all with one key: the current
// one, or the first of the older ones that fits them all.
func (r reply) secrets(fields ...encrypted) error {
	failed := ""
	for _, cipher := range r.core.ciphers() {
		plain, key := r.decrypt(cipher, fields)
		if key == "" {
			for i, text := range plain {
				*fields[i].into = NewSecret(text)
			}
			return nil
		}
		failed = cmp.Or(failed, key)
	}
	return &DecodeError{
		Operation: r.step.operation(), Product: r.step.product,
		Field: protocolKey(failed), Reason: "cannot be decrypted", Err: ErrDecrypt, answer: r.answer,
	}
}

// decrypt decrypts the fields with one key, or names the first that it does
// not fit.
func (r reply) decrypt(cipher DataCipher, fields []encrypted) (plain []string, failed string) {
	plain = make([]string, len(fields))
	for i, field := range fields {
		text := r.text(field.key)
		if text == "" {
			continue
		}
		opened, err := unseal(r.core.protocol, cipher, text)
		if field.key == "ci" {
			opened = withoutSpace(opened)
		}
		if err != nil || !field.shape(opened) {
			return nil, field.key
		}
		plain[i] = opened
	}
	return plain, ""
}
