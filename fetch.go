package kakaocert

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"

	"github.com/kakaocert-go/kakaocert/internal/cms"
	"github.com/kakaocert-go/kakaocert/internal/places"
)

// errNotFromVerify refuses a result that does not come from Verify, Restore or
// Recall.
var errNotFromVerify = &ArgumentError{Field: "result", Reason: "must come from Verify, Restore or Recall"}

// fetched is what every result has in common.
type fetched struct {
	redacted
	data hidden[resultData]
}

type resultData struct {
	core       *core
	evidenceID string
	signed     [][]byte
	ci         Secret
	vid        Secret
}

// SignedData returns the CMS SignedData as it came, in DER or BER, or nil where
// the answer has none. It is not checked.
func (f *fetched) SignedData() []byte {
	if signed := f.data.Value().signed; len(signed) > 0 {
		return signed[0]
	}
	return nil
}

// CI returns the user's CI, where the contract grants it.
func (f *fetched) CI() Secret { return f.data.Value().ci }

// VID returns the certificate's VID, as hex or Base64, where the contract
// grants it.
func (f *fetched) VID() Secret { return f.data.Value().vid }

// EvidenceID returns the ID of the record that has the answer. It is empty where
// the Sink gives its records no ID, and for a result of Restore.
func (f *fetched) EvidenceID() string { return f.data.Value().evidenceID }

// CheckCI compares the CI of the answer with the one that the institution has of
// this user, in constant time. The error is [ErrCIMismatch] when they differ,
// and an [*ArgumentError] where the answer has no CI or own cannot be read.
func (f *fetched) CheckCI(own string) error {
	ci := f.CI()
	if ci.IsZero() {
		return &ArgumentError{Field: "result", Reason: "must have a CI, which the contract grants"}
	}
	return compareCI(ci.Reveal(), own)
}

// check checks the one signature of an answer.
func (f *fetched) check(v *Verifier, content ContentRule) (*Verified, error) {
	switch {
	case v == nil:
		return nil, &ArgumentError{Field: "Verifier", Reason: "must not be nil"}
	case f.data.Get() == nil:
		return nil, errNotFromVerify
	case f.SignedData() == nil:
		return nil, ErrNoSignature
	}
	return v.Verify(f.SignedData(), content)
}

// ErrNoSignature says that an answer has no CMS signature to check. An identity
// check has one only where the contract has CI. (DOC)
var ErrNoSignature = errors.New("kakaocert: answer without a signature")

// fetch sends verify, once, and reads the answer. It does not report that the
// caller's context ended meanwhile: the answer is there, and the caller knows
// its own context.
func fetch[P Product, R any](ctx context.Context, f flow[P], tx Transaction[P], asked [][32]byte, opts []CallOption, read func(reply) (*R, error)) (*R, error) {
	st := f.step("verify", tx)
	st.meta = &EvidenceMeta{Product: st.product, TxID: tx.txID, Asked: asked, KeyVersion: f.cipher.KeyVersion(), Client: ownAgent}
	st.evidence = new(string)
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
	return result, nil
}

// restore takes up an answer that was stored, as if it had just come.
func restore[P Product, R any](f flow[P], tx Transaction[P], octets []byte, read func(reply) (*R, error)) (*R, error) {
	if err := f.check(tx); err != nil {
		return nil, err
	}
	r := reply{core: f.core, step: f.step("verify", tx), answer: Answer{data: hide(answerData{status: http.StatusOK, body: octets})}}
	r.fields = parseBody(octets, f.sender.OnceLimit)
	if err := r.check(); err != nil {
		return nil, err
	}
	if err := r.completed(); err != nil {
		return nil, err
	}
	return read(r)
}

// ErrNoAnswer says that the evidence has no whole answer to the verify of a
// transaction.
var ErrNoAnswer = errors.New("kakaocert: no answer in the evidence")

// recall finds the answer among the records of a transaction. An answer that
// contradicts what was asked is an error of its own, not a missing one.
func recall[P Product, R any](ctx context.Context, f flow[P], tx Transaction[P], read func(reply) (*R, error)) (*R, error) {
	if err := f.check(tx); err != nil {
		return nil, err
	}
	recaller, ok := f.evidence.(Recaller)
	if !ok {
		return nil, &ArgumentError{Field: "Config.Evidence", Reason: "must be a Recaller"}
	}
	refusal := ErrNoAnswer
	for record, err := range recaller.Recall(ctx, tx.txID) {
		if err != nil {
			return nil, err
		}
		if record.Meta.Product != tx.code() || record.Meta.TxID != tx.txID {
			continue
		}
		result, err := restore(f, tx, record.Body, func(r reply) (*R, error) {
			r.answer.data.Get().evidenceID = record.ID
			return read(r)
		})
		if err == nil {
			return result, nil
		}
		if errors.Is(err, ErrNonceMismatch) || errors.Is(err, ErrDecrypt) {
			refusal = err
		}
	}
	return nil, refusal
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
		return r.missing("result", "is missing", places.IsText(isYes))
	}
	if result != "" && result != resultYes || status != "" && status != StatusCompleted {
		return &StatusError{Operation: r.step.operation(), Product: r.step.product, Status: status, Result: printable(result), answer: r.answer}
	}
	return nil
}

// signature reads the one signature of an answer. That it is good CMS is for
// the Verifier to say; here it only has to be there.
func (r reply) signature() (fetched, error) {
	signed, reason := signedOctets(r.text("signed_data"))
	if reason != "" {
		return fetched{}, r.missing("signed_data", reason, places.IsSignature)
	}
	return r.fetched([][]byte{signed})
}

// signatures reads those of several documents, in request order.
func (r reply) signatures() (fetched, error) {
	signed, key, reason := signedList(r.core.protocol, r.list("signed_documents"))
	switch {
	case reason == "":
		return r.fetched(signed)
	case key == "signed_document":
		err := r.undecodable(key, reason)
		err.(*DecodeError).hint = places.SignatureName(r.list("signed_documents"))
		return fetched{}, err
	}
	return fetched{}, r.missing(key, reason, places.IsSignatureList)
}

// signedList reads the array of signatures, or says what is wrong with which key.
func signedList(p *Protocol, array json.RawMessage) (signed [][]byte, key, reason string) {
	if countElements(array) > maxDocuments {
		return nil, "signed_documents", "must be an array of at most 200 objects"
	}
	var list []json.RawMessage
	if json.Unmarshal(array, &list) != nil || len(list) == 0 {
		return nil, "signed_documents", "must be an array of objects"
	}
	for _, text := range list {
		document, err := parseObject(text)
		if err != nil {
			return nil, "signed_documents", "must be an array of objects"
		}
		octets, reason := signedOctets(document.text(p.List("field.signed_document")))
		if reason != "" {
			return nil, "signed_document", reason
		}
		signed = append(signed, octets)
	}
	return signed, "", ""
}

// countElements counts the elements of an array, up to one more than a request
// can have: decoding takes many times the memory of the text.
func countElements(array json.RawMessage) (n int) {
	decoder := json.NewDecoder(bytes.NewReader(array))
	_, _ = decoder.Token() // the bracket
	for n <= maxDocuments && decoder.More() {
		var element json.RawMessage
		if decoder.Decode(&element) != nil {
			break
		}
		n++
	}
	return n
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
	return fetched{data: hide(resultData{core: r.core, evidenceID: r.answer.EvidenceID(), signed: signed, ci: ci, vid: NewSecret(vid)})}, nil
}

// signedText finds the text that was to be signed, in clear. A contract with CI
// may give CMS in its place: that is decided by looking, never by the product
// alone. With another text it is ErrNonceMismatch.
func (r reply) signedText(want string) (fetched, error) {
	var signed [][]byte
	found := false
	names := slices.Concat(r.names("nonce"), r.names("signed_data"))
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			continue
		}
		top, inside := r.fields.both([]string{name})
		if top != "" && inside != "" && top != inside {
			return fetched{}, r.undecodable("nonce", "differs between the top of the answer and its data")
		}
		text := cmp.Or(top, inside)
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
		return fetched{}, r.missing("nonce", "is missing", places.IsText(func(text string) bool { return sameText([]byte(text), []byte(want)) }))
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
