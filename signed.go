package kakaocert

import (
	"encoding/json"

	"github.com/kakaocert-go/kakaocert/internal/cms"
)

// SignedDataIn returns the signatures in a verify's body that was stored, each
// CMS SignedData, in request order; none where the answer has none, as that of
// an identity check without CI. It needs neither client nor keys: what it
// returns is for a [Verifier]. A nil Protocol is [DefaultProtocol].
func SignedDataIn(body []byte, p *Protocol) ([][]byte, error) {
	if p == nil {
		p = DefaultProtocol()
	}
	o, err := parseObject(body)
	if err != nil {
		return nil, &DecodeError{Operation: "stored", Reason: "is not a JSON object"}
	}
	if names := p.List("field.signed_documents"); o.raw(names) != nil {
		signed, reason := signedList(p, o.raw(names))
		if reason != "" {
			return nil, &DecodeError{Operation: "stored", Field: names[0], Reason: reason}
		}
		return signed, nil
	}
	octets, _, ok := signedContent(o.text(p.List("field.signed_data")))
	if !ok {
		return nil, nil
	}
	return [][]byte{octets}, nil
}

// signature reads the one signature of an answer. That it is good CMS is for
// the Verifier to say; here it only has to be there.
func (c *core) signature(st step, answer Answer, o object) (*resultData, error) {
	names := c.protocol.List("field.signed_data")
	signed, reason := signedOctets(o.text(names))
	if reason != "" {
		return nil, st.undecodable(names[0], reason, nil, answer)
	}
	return c.withIdentity(st, answer, o, [][]byte{signed})
}

// signatures reads those of several documents, in request order.
func (c *core) signatures(st step, answer Answer, o object) (*resultData, error) {
	names := c.protocol.List("field.signed_documents")
	signed, reason := signedList(c.protocol, o.raw(names))
	if reason != "" {
		return nil, st.undecodable(names[0], reason, nil, answer)
	}
	return c.withIdentity(st, answer, o, signed)
}

func signedList(p *Protocol, array json.RawMessage) (signed [][]byte, reason string) {
	var list []object
	if json.Unmarshal(array, &list) != nil || len(list) == 0 {
		return nil, "is not an array of objects"
	}
	for _, document := range list {
		octets, reason := signedOctets(document.text(p.List("field.signed_document")))
		if reason != "" {
			return nil, reason
		}
		signed = append(signed, octets)
	}
	return signed, ""
}

func (c *core) withIdentity(st step, answer Answer, o object, signed [][]byte) (*resultData, error) {
	ci, vid, err := c.identity(st, answer, o)
	if err != nil {
		return nil, err
	}
	return &resultData{signed: signed, ci: ci, vid: vid}, nil
}

// signedText finds the text that was to be signed, in clear. A contract with CI
// may give CMS in its place: that is decided by looking, never by the product
// alone. With another text it is ErrNonceMismatch.
func (c *core) signedText(st step, answer Answer, o object, want string) (*resultData, error) {
	names := c.protocol.List("field.nonce")
	var signed [][]byte
	found := false
	for _, name := range names {
		text := o.text([]string{name})
		if text == "" {
			continue
		}
		content := []byte(text)
		if octets, inside, ok := signedContent(text); ok {
			signed, content = append(signed, octets), inside
		}
		if !sameText(content, []byte(want)) {
			return nil, ErrNonceMismatch
		}
		found = true
	}
	if !found {
		return nil, st.undecodable(names[0], "is missing", nil, answer)
	}
	return c.withIdentity(st, answer, o, signed)
}

func signedOctets(text string) (octets []byte, reason string) {
	if text == "" {
		return nil, "is missing"
	}
	octets, err := cms.Unwrap([]byte(text), len(text))
	if err != nil {
		return nil, "is not CMS in Base64"
	}
	return octets, ""
}

// signedContent returns message and content when the text is CMS SignedData
// with content, and not when it is anything else.
func signedContent(text string) (signed, content []byte, ok bool) {
	octets, reason := signedOctets(text)
	if reason != "" {
		return nil, nil, false
	}
	message, err := cms.Parse(octets, len(octets))
	if err != nil || !message.Attached {
		return nil, nil, false
	}
	return octets, message.Content, true
}
