package kakaocert

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// K3500Service is signature (전자서명): a user signs one document, or up to 200.
type K3500Service struct{ flow flow[K3500Product] }

// K3500RequestParams is what the user is asked.
type K3500RequestParams struct {
	// Documents is one for K3510 and K3520, 2 to 200 for K3511 and K3521.
	Documents     []Document
	Title         string         // what the user sees; one document's own where empty; at most 200 characters (ASSUMED)
	IdentifyItems []IdentifyItem // what [K3500Service.SignerInfo] shall give
	Desc          *Desc          // in the form that the contract fixes
	ExpiresIn     time.Duration  // how long the user has, in whole seconds, at most 24 h (ASSUMED); 0 is Kakao's default (FIELD)
	ExtraMessage  string         // the institution's own words (FIELD); at most 500 characters (ASSUMED)
	ReturnURL     string         // where KakaoTalk returns to; K3520 and K3521 only (FIELD); at most 2048 bytes (ASSUMED)
}

// Prepare looks the user up. No such user, or one without a certificate, is an
// error here already: [ErrUserNotFound], [ErrUserMismatch],
// [ErrUserUnavailable]. (DOC)
func (s *K3500Service) Prepare(ctx context.Context, params *K3500PrepareParams, opts ...CallOption) (K3500Transaction, error) {
	return s.flow.prepare(ctx, params, opts)
}

// Request asks the user. It is sent once; see [K1100Service.Request] for a
// lost answer.
func (s *K3500Service) Request(ctx context.Context, tx K3500Transaction, params *K3500RequestParams, opts ...CallOption) (*Receipt, error) {
	if params == nil {
		return nil, errNoParams
	}
	if err := s.flow.check(tx); err != nil {
		return nil, err
	}
	p := s.flow.protocol
	if err := checkDocuments(p, tx.product, params.Documents); err != nil {
		return nil, err
	}
	title := params.Title
	if title == "" && !severalDocuments(tx.product) {
		title = params.Documents[0].data.get().title
	}
	body, err := requestFields{
		title: title, items: params.IdentifyItems, desc: params.Desc,
		expiresIn: params.ExpiresIn, extraMessage: params.ExtraMessage, returnURL: params.ReturnURL,
	}.body(p, appToApp(tx.product))
	if err != nil {
		return nil, err
	}
	if severalDocuments(tx.product) {
		body[p.Field("documents")] = wireDocuments(p, params.Documents)
	} else {
		documentType, data := params.Documents[0].wire(p)
		body[p.Field("document_type")], body[p.Field("data")] = documentType, data
	}
	return s.flow.request(ctx, tx, body, opts)
}

func wireDocuments(p *Protocol, documents []Document) []map[string]string {
	list := make([]map[string]string, len(documents))
	for i, d := range documents {
		documentType, data := d.wire(p)
		list[i] = map[string]string{
			p.Field("title"): d.data.get().title, p.Field("document_type"): documentType, p.Field("data"): data,
		}
	}
	return list
}

// Status asks how far the user is.
func (s *K3500Service) Status(ctx context.Context, tx K3500Transaction, opts ...CallOption) (TransactionStatus, error) {
	return s.flow.status(ctx, tx, opts)
}

// Wait asks until the user has signed; see [K1100Service.Wait].
func (s *K3500Service) Wait(ctx context.Context, tx K3500Transaction, opts ...WaitOption) (TransactionStatus, error) {
	return s.flow.wait(ctx, tx, opts)
}

// Verify fetches the signatures, once: Kakao deletes them after that, and
// relays report that they must be fetched within 10 minutes of signing (DOC,
// FIELD). The answer is in Config.Evidence before Verify returns; without a
// Sink it is refused. The documents are noted in the evidence as digests, and
// the answer must have as many signatures; nil notes and counts none.
//
// The signatures are not checked yet: see [K3500Result.Check]. When the
// caller's context ended meanwhile, the result comes together with its error.
func (s *K3500Service) Verify(ctx context.Context, tx K3500Transaction, documents []Document, opts ...CallOption) (*K3500Result, error) {
	if err := s.flow.checkSink(tx); err != nil {
		return nil, err
	}
	p := s.flow.protocol
	if documents != nil {
		if err := checkDocuments(p, tx.product, documents); err != nil {
			return nil, err
		}
	}
	return fetch(ctx, s.flow, tx, asked(p, documents), opts, readDocuments(tx, documents))
}

// Restore makes a result of a verify's body that was stored, as a [RecordWriter] has
// it: after a crash, or years later. It sends nothing. The documents are those
// of Verify.
func (s *K3500Service) Restore(tx K3500Transaction, body []byte, documents []Document) (*K3500Result, error) {
	return restore(s.flow, tx, body, readDocuments(tx, documents))
}

func readDocuments(tx K3500Transaction, documents []Document) func(reply) (*K3500Result, error) {
	return func(r reply) (*K3500Result, error) {
		read := r.signature
		if severalDocuments(tx.product) {
			read = r.signatures
		}
		data, err := read()
		if err != nil {
			return nil, err
		}
		if documents != nil && len(data.data.get().signed) != len(documents) {
			return nil, r.undecodable("signed_documents", "are not as many as the documents")
		}
		return &K3500Result{data}, nil
	}
}

// SignerInfo returns who signed; see [K1100Service.SignerInfo].
func (s *K3500Service) SignerInfo(ctx context.Context, tx K3500Transaction, opts ...CallOption) (*SignerInfo, error) {
	return s.flow.signerInfo(ctx, tx, opts)
}

// ErrSignersDiffer says that not all documents were signed with the same
// certificate: a security event.
var ErrSignersDiffer = errors.New("kakaocert: documents have different signers")

// K3500Result is signed documents, stored but not checked. It prints as
// [redacted].
type K3500Result struct{ fetched }

// SignedData returns the CMS SignedData of each document in request order, as
// they came, DER or BER.
func (r *K3500Result) SignedData() [][]byte { return r.data.value().signed }

// DocumentCheck is what became of one document: either Verified or Err is set.
type DocumentCheck struct {
	Verified *Verified
	Err      error
}

// DocumentsError says how many of the documents failed. Its Unwrap gives each
// failure.
type DocumentsError struct {
	Failed, Total int
	errs          []error
}

func (e *DocumentsError) Error() string {
	text := fmt.Sprintf("kakaocert: %d of %d documents failed the check", e.Failed, e.Total)
	if len(e.errs) > 0 {
		text += ", the first with: " + e.errs[0].Error()
	}
	return text
}

// Unwrap returns the failures, in the order of the documents.
func (e *DocumentsError) Unwrap() []error { return e.errs }

// Check verifies that each signature is on its own document, by place and by
// content, and that all have one signer. It uses all cores. There is a
// DocumentCheck for each document; the error is nil only when all are good,
// and otherwise a [*DocumentsError].
func (r *K3500Result) Check(v *Verifier, documents []Document) ([]DocumentCheck, error) {
	signed := r.SignedData()
	switch {
	case v == nil:
		return nil, &ArgumentError{Field: "Verifier", Reason: "is nil"}
	case len(signed) == 0:
		return nil, errNotOfVerify
	case len(documents) != len(signed):
		return nil, &ArgumentError{Field: "Documents", Reason: "are not as many as the signatures"}
	}
	p := r.data.value().core.protocol
	for _, d := range documents {
		if err := d.check(p); err != nil {
			return nil, err
		}
	}
	checks := make([]DocumentCheck, len(documents))
	onAllCores(len(documents), func(i int) {
		_, data := documents[i].wire(p)
		checks[i].Verified, checks[i].Err = v.Verify(signed[i], ExpectContent(data))
	})
	RequireOneSigner(checks)
	return checks, documentsError(checks)
}

// onAllCores calls work with 0 to n-1.
func onAllCores(n int, work func(int)) {
	var next atomic.Int64
	var group sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		group.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				work(i)
			}
		})
	}
	group.Wait()
}

// RequireOneSigner fails every document whose signer is not that of the first
// good one, with [ErrSignersDiffer]. [K3500Result.Check] does it by itself; it
// is for those who check stored signatures one by one (see [SignedDataIn]).
func RequireOneSigner(checks []DocumentCheck) {
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

func documentsError(checks []DocumentCheck) error {
	var errs []error
	for _, c := range checks {
		if c.Err != nil {
			errs = append(errs, c.Err)
		}
	}
	if len(errs) == 0 {
		return nil
	}
	return &DocumentsError{Failed: len(errs), Total: len(checks), errs: errs}
}
