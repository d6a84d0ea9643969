package kakaocert

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/kakaocert-go/kakaocert/internal/cms"
)

// errNotOfVerify is for a result that nobody got from Verify or Restore.
var errNotOfVerify = &ArgumentError{Field: "result", Reason: "does not come from Verify"}

// fetched is what every result has.
type fetched struct {
	redacted
	data hidden[resultData]
}

type resultData struct {
	core    *core
	signed  [][]byte
	ci      Secret
	vid     Secret
	content string // of a login: what the user signs
}

// SignedData returns the CMS SignedData as it came, DER or BER; nil where the
// answer has none. It is not verified.
func (f *fetched) SignedData() []byte {
	if signed := f.data.value().signed; len(signed) > 0 {
		return signed[0]
	}
	return nil
}

// CI returns the user's CI where the contract grants it.
func (f *fetched) CI() Secret { return f.data.value().ci }

// VID returns the certificate's VID, as hex or Base64, where the contract
// grants it.
func (f *fetched) VID() Secret { return f.data.value().vid }

// fetch verifies, once, and reads the answer. When the caller's context ended
// meanwhile, the result comes together with its error.
func fetch[P Product, R any](ctx context.Context, f flow[P], tx Transaction[P], asked [][32]byte, opts []CallOption, read func(reply) (*R, error)) (*R, error) {
	st := f.step("verify", tx)
	st.meta = &EvidenceMeta{Product: st.product, TxID: tx.txID, Asked: asked, KeyVersion: f.cipher.KeyVersion(), Client: ownAgent}
	var result *R
	_, err := f.do(ctx, st, opts, func(r reply) (err error) { // the sink has the answer
		if err = r.completed(); err == nil {
			result, err = read(r)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return result, ctx.Err()
}

// restore takes up an answer that was stored, as if it had just come.
func restore[P Product, R any](f flow[P], tx Transaction[P], body []byte, read func(reply) (*R, error)) (*R, error) {
	if err := f.check(tx); err != nil {
		return nil, err
	}
	r := reply{core: f.core, step: f.step("verify", tx), answer: Answer{data: hide(answerData{status: http.StatusOK, body: body})}}
	r.fields, _ = parseObject(body)
	if err := r.check(); err != nil {
		return nil, err
	}
	if err := r.completed(); err != nil {
		return nil, err
	}
	result, err := read(r)
	if err != nil {
		return nil, err
	}
	return result, nil
}

// completed refuses a verify that does not say yes: what it says must be good,
// and it must say something.
func (r reply) completed() error {
	result, err := r.result()
	if err != nil {
		return err
	}
	status := r.status().Status
	if result == "" && status == "" {
		return r.undecodable("result", "is missing")
	}
	if result != "" && result != resultYes || status != "" && status != StatusCompleted {
		return &StatusError{Operation: r.step.operation(), Product: r.step.product, Status: status, Result: printable(result), answer: r.answer}
	}
	return nil
}

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
func (r reply) signature() (fetched, error) {
	signed, reason := signedOctets(r.text("signed_data"))
	if reason != "" {
		return fetched{}, r.undecodable("signed_data", reason)
	}
	return r.fetched([][]byte{signed})
}

// signatures reads those of several documents, in request order.
func (r reply) signatures() (fetched, error) {
	signed, reason := signedList(r.core.protocol, r.raw("signed_documents"))
	if reason != "" {
		return fetched{}, r.undecodable("signed_documents", reason)
	}
	return r.fetched(signed)
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

// fetched adds CI and VID, which verify gives where the contract grants them.
func (r reply) fetched(signed [][]byte) (fetched, error) {
	var ci Secret
	if err := r.secrets(encrypted{&ci, "ci", isCI}); err != nil {
		return fetched{}, err
	}
	vid := r.text("vid")
	if _, err := parseVID(vid); vid != "" && err != nil {
		return fetched{}, r.undecodable("vid", "is neither hex nor Base64 of 32 bytes")
	}
	return fetched{data: hide(resultData{core: r.core, signed: signed, ci: ci, vid: NewSecret(vid)})}, nil
}

// signedText finds the text that was to be signed, in clear. A contract with CI
// may give CMS in its place: that is decided by looking, never by the product
// alone. With another text it is ErrNonceMismatch.
func (r reply) signedText(want string) (fetched, error) {
	var signed [][]byte
	found := false
	for _, name := range r.names("nonce") {
		text := r.fields.text([]string{name})
		if text == "" {
			continue
		}
		content := []byte(text)
		if octets, inside, ok := signedContent(text); ok {
			signed, content = append(signed, octets), inside
		}
		if !sameText(content, []byte(want)) {
			return fetched{}, ErrNonceMismatch
		}
		found = true
	}
	if !found {
		return fetched{}, r.undecodable("nonce", "is missing")
	}
	return r.fetched(signed)
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
