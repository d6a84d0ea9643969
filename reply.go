package kakaocert

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"
)

// reply is an accepted answer and the call that it answers. Its fields are read
// by their keys in the Protocol.
type reply struct {
	core   *core
	step   step
	answer Answer
	fields object
}

// check refuses what is no object, an answer about another transaction, and one
// that contains both what the step demands and an error code.
func (r reply) check() error {
	if r.fields == nil {
		return r.undecodable("", "is not a JSON object")
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

// result reads what the step answers with yes or no. It must be text where it
// is not absent.
func (r reply) result() (string, error) {
	result := r.text("result")
	if result == "" && r.raw("result") != nil {
		return "", r.undecodable("result", "must be text")
	}
	return result, nil
}

func (r reply) names(key string) []string      { return r.core.protocol.List("field." + key) }
func (r reply) text(key string) string         { return r.fields.text(r.names(key)) }
func (r reply) time(key string) time.Time      { return r.fields.time(r.names(key)) }
func (r reply) raw(key string) json.RawMessage { return r.fields.raw(r.names(key)) }
func (r reply) undecodable(key, reason string) error {
	return &DecodeError{
		Operation: r.step.operation(), Product: r.step.product,
		Field: r.core.protocol.Field(key), Reason: reason, answer: r.answer,
	}
}

// txID reads the name of a transaction that was just made.
func (r reply) txID(key string) (string, error) {
	txID := r.text(key)
	if reason := checkTxID(txID); reason != "" {
		return "", r.undecodable(key, reason)
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
		Field: r.core.protocol.Field(failed), Reason: "cannot be decrypted", Err: ErrDecrypt, answer: r.answer,
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
		if err != nil || !field.shape(opened) {
			return nil, field.key
		}
		plain[i] = opened
	}
	return plain, ""
}

// object is a JSON object of an answer, read leniently: names are tried in
// turn, null counts as absent, and a number may stand where text is expected.
type object map[string]json.RawMessage

var errNoObject = errors.New("no JSON object")

func parseObject(body []byte) (object, error) {
	var o object
	if err := json.Unmarshal(body, &o); err != nil || o == nil {
		return nil, errNoObject
	}
	return o, nil
}

// raw returns the first of the names that is there and is not null.
func (o object) raw(names []string) json.RawMessage {
	for _, name := range names {
		if value := o[name]; len(value) > 0 && !bytes.Equal(value, []byte("null")) {
			return value
		}
	}
	return nil
}

// text returns the first of the names that is text or a number, else "".
func (o object) text(names []string) string {
	value := o.raw(names)
	if len(value) == 0 {
		return ""
	}
	if ch := value[0]; ch == '-' || ch >= '0' && ch <= '9' {
		return string(value)
	}
	if inner := value[1 : len(value)-1]; value[0] == '"' && isPlain(inner) {
		return string(inner)
	}
	var s string
	if json.Unmarshal(value, &s) != nil {
		return ""
	}
	return s
}

// isPlain reports that JSON text stands for itself.
func isPlain(inner []byte) bool {
	return bytes.IndexByte(inner, '\\') < 0 && utf8.Valid(inner)
}

// time returns a point in time, the zero time when there is none that can be
// read. What has no zone is UTC. (SDK)
func (o object) time(names []string) time.Time {
	text := o.text(names)
	if text == "" {
		return time.Time{}
	}
	for _, form := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02T15:04:05.999999999Z0700"} {
		if t, err := time.Parse(form, strings.Replace(text, " ", "T", 1)); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}
