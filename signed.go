package kakaocert

import (
	"encoding/json"

	"github.com/kakaocert-go/kakaocert/internal/cms"
)

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
	var list []object
	if json.Unmarshal(o.raw(names), &list) != nil || len(list) == 0 {
		return nil, st.undecodable(names[0], "is not an array of objects", nil, answer)
	}
	signed := make([][]byte, len(list))
	for i, document := range list {
		octets, reason := signedOctets(document.text(c.protocol.List("field.signed_document")))
		if reason != "" {
			return nil, st.undecodable(names[0], reason, nil, answer)
		}
		signed[i] = octets
	}
	return c.withIdentity(st, answer, o, signed)
}

func (c *core) withIdentity(st step, answer Answer, o object, signed [][]byte) (*resultData, error) {
	ci, vid, err := c.identity(st, answer, o)
	if err != nil {
		return nil, err
	}
	return &resultData{signed: signed, ci: ci, vid: vid}, nil
}

func signedOctets(text string) (octets []byte, reason string) {
	if text == "" {
		return nil, "is missing"
	}
	octets, err := cms.Unwrap([]byte(text), len(text))
	if err != nil {
		return nil, "is not Base64"
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
