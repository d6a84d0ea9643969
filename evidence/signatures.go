package evidence

import (
	"encoding/json"
	"errors"
	"strings"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/internal/cms"
)

// ErrNoSignature says that a record's answer has no signature: it is not
// whole, it says no, or it is one of K1100 that carries the nonce alone.
var ErrNoSignature = errors.New("evidence: no signature")

// Signatures returns the CMS SignedData in the answer, as they came, DER or
// BER: one, or one for each document in request order. They are not checked. A
// nil Protocol is [kakaocert.DefaultProtocol].
//
// The outcome does not matter here: an answer that came to its end before its
// process died is as good as any.
func (r *Record) Signatures(p *kakaocert.Protocol) ([][]byte, error) {
	if p == nil {
		p = kakaocert.DefaultProtocol()
	}
	var answer map[string]json.RawMessage
	if json.Unmarshal(r.Body(), &answer) != nil {
		return nil, ErrNoSignature
	}
	texts := []string{firstText(answer, p.List("field.signed_data"))}
	if list := firstList(answer, p.List("field.signed_documents")); list != nil {
		texts = texts[:0]
		for _, document := range list {
			texts = append(texts, firstText(document, p.List("field.signed_document")))
		}
	}
	signatures := make([][]byte, len(texts))
	for i, text := range texts {
		octets, err := cms.Unwrap([]byte(text), len(text))
		if err != nil || r.isIdentity() && !isMessage(octets) {
			return nil, ErrNoSignature
		}
		signatures[i] = octets
	}
	return signatures, nil
}

// isIdentity reports whether the field of the signature may as well have the
// nonce. (DOC)
func (r *Record) isIdentity() bool { return strings.HasPrefix(r.Meta.Product, "K11") }

func isMessage(octets []byte) bool {
	_, err := cms.Parse(octets, len(octets))
	return err == nil
}

func firstText(object map[string]json.RawMessage, names []string) string {
	for _, name := range names {
		var text *string
		if json.Unmarshal(object[name], &text) == nil && text != nil {
			return *text
		}
	}
	return ""
}

func firstList(object map[string]json.RawMessage, names []string) []map[string]json.RawMessage {
	for _, name := range names {
		var list []map[string]json.RawMessage
		if json.Unmarshal(object[name], &list) == nil && len(list) > 0 {
			return list
		}
	}
	return nil
}
