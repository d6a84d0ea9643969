package kakaocert

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
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

// Fetched is what the results of all services have in common. Nothing of it is
// checked.
type Fetched struct {
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

// SignedData returns the CMS SignedData as it came, in DER or BER; nil where
// the answer has none.
func (f *Fetched) SignedData() []byte {
	if signed := f.data.Value().signed; len(signed) > 0 {
		return signed[0]
	}
	return nil
}

// CI returns the user's CI, where the contract grants it.
func (f *Fetched) CI() Secret { return f.data.Value().ci }

// VID returns the certificate's VID, in hex or Base64, where the contract
// grants it.
func (f *Fetched) VID() Secret { return f.data.Value().vid }

// EvidenceID returns the ID of the record that contains the answer, where the Sink
// gives one.
func (f *Fetched) EvidenceID() string { return f.data.Value().evidenceID }

// CheckCI compares the CI with the one that the institution has of this user,
// in constant time: [ErrCIMismatch], or an [*ArgumentError] where either is
// missing.
func (f *Fetched) CheckCI(own string) error {
	ci := f.CI()
	if ci.IsZero() {
		return &ArgumentError{Field: "result", Reason: "must have a CI, which the contract grants"}
	}
	return compareCI(ci.Reveal(), own)
}

// check checks the one signature of an answer.
func (f *Fetched) check(v *Verifier, content ContentRule) (*Verified, error) {
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

// restore reads an answer that was stored, as if it had just come.
func restore[P Product, R any](f flow[P], tx Transaction[P], raw []byte, read func(reply) (*R, error)) (*R, error) {
	if err := f.check(tx); err != nil {
		return nil, err
	}
	r := reply{core: f.core, step: f.step("verify", tx), answer: Answer{data: hide(answerData{status: http.StatusOK, body: raw})}}
	r.fields = parseBody(raw, f.sender.OnceLimit, f.protocol)
	if err := r.check(); err != nil {
		return nil, err
	}
	if err := r.completed(); err != nil {
		return nil, err
	}
	return read(r)
}

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

// signature reads the one signature of an answer. Only the Verifier says whether
// it is good CMS; here it only has to be there.
func (r reply) signature() (Fetched, error) {
	signed, reason := signedBytes(r.text("signed_data"))
	if reason != "" {
		return Fetched{}, r.missing("signed_data", reason, places.IsSignature)
	}
	return r.fetched([][]byte{signed})
}

// signatures reads those of several documents, in request order.
func (r reply) signatures() (Fetched, error) {
	signed, key, reason := signedList(r.core.protocol, r.list("signed_documents"))
	switch {
	case reason == "":
		return r.fetched(signed)
	case key == "signed_document":
		err := r.undecodable(key, reason)
		err.(*DecodeError).hint = places.SignatureName(r.list("signed_documents"))
		return Fetched{}, err
	}
	return Fetched{}, r.missing(key, reason, places.IsSignatureList)
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
		raw, reason := signedBytes(document.text(p.List("field.signed_document")))
		if reason != "" {
			return nil, "signed_document", reason
		}
		signed = append(signed, raw)
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
func (r reply) fetched(signed [][]byte) (Fetched, error) {
	var ci Secret
	if err := r.secrets(encrypted{&ci, "ci", isCI}); err != nil {
		return Fetched{}, err
	}
	vid := r.text("vid")
	if _, err := parseVID(vid); vid != "" && err != nil {
		return Fetched{}, r.undecodable("vid", "is neither hex nor Base64 of 32 bytes")
	}
	return Fetched{data: hide(resultData{core: r.core, evidenceID: r.answer.EvidenceID(), signed: signed, ci: ci, vid: NewSecret(vid)})}, nil
}

// signedText finds the text that was to be signed, in clear. A contract with CI
// may give CMS in its place: that is decided by looking, never by the product
// alone. With another text it is ErrNonceMismatch.
func (r reply) signedText(want string) (Fetched, error) {
	var signed [][]byte
	found := false
	names := slices.Concat(r.names("nonce"), r.names("signed_data"))
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			continue
		}
		top, inside := r.fields.both([]string{name})
		if top != "" && inside != "" && top != inside {
			return Fetched{}, r.undecodable("nonce", "differs between the top of the answer and the object inside")
		}
		text := cmp.Or(top, inside)
		if text == "" {
			continue
		}
		content := []byte(text)
		if raw, inside, ok := signedContent(text); ok {
			signed, content = append(signed, raw), inside
		}
		if !sameText(content, []byte(want)) {
			return Fetched{}, ErrNonceMismatch
		}
		found = true
	}
	if !found {
		return Fetched{}, r.missing("nonce", "is missing, and so is field.signed_data", places.IsText(func(text string) bool { return sameText([]byte(text), []byte(want)) }))
	}
	return r.fetched(signed)
}

func signedBytes(text string) (raw []byte, reason string) {
	if text == "" {
		return nil, "is missing"
	}
	raw, err := cms.Unwrap([]byte(text), len(text))
	if err != nil {
		return nil, "is not CMS in Base64"
	}
	return raw, ""
}

// signedContent returns message and content when the text is CMS SignedData
// with content, and not when it is anything else.
func signedContent(text string) (signed, content []byte, ok bool) {
	raw, reason := signedBytes(text)
	if reason != "" {
		return nil, nil, false
	}
	message, err := cms.Parse(raw, len(raw))
	if err != nil || !message.Attached {
		return nil, nil, false
	}
	return raw, message.Content, true
}

// SignedDataIn returns the signatures in the body of a stored answer, in
// request order; none where the answer has none. It needs neither client nor
// keys, and checks nothing: see [CheckStored]. A nil Protocol is
// [DefaultProtocol].
func SignedDataIn(body []byte, p *Protocol) ([][]byte, error) {
	if p == nil {
		p = DefaultProtocol()
	}
	fields := parseBody(body, verifyLimit, p)
	if !fields.isObject() {
		return nil, &DecodeError{Operation: "stored", Reason: "is not a JSON object"}
	}
	names := p.List("field.signed_documents")
	list := fields.list(names)
	if list == nil {
		for _, name := range slices.Concat(p.List("field.signed_data"), p.List("field.nonce")) { // as Verify looks for it
			if signed, _, ok := signedContent(fields.text([]string{name})); ok {
				return [][]byte{signed}, nil
			}
		}
		if !fields.has(names) {
			return nil, nil
		}
	}
	signed, key, reason := signedList(p, list)
	if reason != "" {
		return nil, &DecodeError{Operation: "stored", Field: protocolKey(key), Reason: reason}
	}
	return signed, nil
}

// CheckStored checks the signatures in the body of a stored answer: each by the
// Verifier, and that all have one signer. Where asked is not empty, as
// it is in [EvidenceMeta] for K1100, K2100 and K3500, each signature must be on
// the content with that SHA-256: [ErrContentMismatch]. It needs neither client
// nor keys; a nil Protocol is [DefaultProtocol]. The error is [ErrNoSignature]
// for an answer without signatures, or that of [SignedDataIn].
func CheckStored(ctx context.Context, v *Verifier, body []byte, asked [][sha256.Size]byte, p *Protocol) ([]DocumentCheck, error) {
	if v == nil {
		return nil, &ArgumentError{Field: "Verifier", Reason: "must not be nil"}
	}
	signed, err := SignedDataIn(body, p)
	if err != nil {
		return nil, err
	}
	if len(signed) == 0 {
		return nil, ErrNoSignature
	}
	checks := make([]DocumentCheck, len(signed))
	onAllCores(len(signed), func(i int) {
		c := &checks[i]
		c.Verified, c.Err = v.VerifyContext(ctx, signed[i], UnsafeAnyContent())
		if c.Err != nil || len(asked) == 0 {
			return
		}
		if len(asked) != len(signed) || sha256.Sum256(c.Verified.Content()) != asked[i] {
			c.Verified, c.Err = nil, ErrContentMismatch
		}
	})
	requireOneSigner(checks)
	return checks, nil
}

// requireOneSigner fails every document whose signer is not that of the first
// good one.
func requireOneSigner(checks []DocumentCheck) {
	var signer []byte
	for i := range checks {
		c := &checks[i]
		switch {
		case c.Err != nil:
		case signer == nil:
			signer = c.Verified.Certificate().Raw
		case !bytes.Equal(signer, c.Verified.Certificate().Raw):
			c.Verified, c.Err = nil, ErrSignersDiffer
		}
	}
}
