package kakaocert

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// K3500Service is signature (전자서명): a user signs one document, or up to 200.
type K3500Service struct{ flow flow[K3500Product] }

// K3500RequestParams is what the user is asked.
type K3500RequestParams struct {
	personal
	// Documents is one for K3510 and K3520, 2 to 200 for K3511 and K3521.
	Documents     []Document
	Title         string         // what the user sees; one document's own where empty; at most 200 characters (ASSUMED)
	IdentifyItems []IdentifyItem // what [K3500Service.SignerInfo] shall give
	Desc          *Desc          // in the form that the contract fixes
	ExpiresIn     time.Duration  // how long the user has, in whole seconds, at most 24 h (ASSUMED); 0 is Kakao's default (FIELD)
	ExtraMessage  string         // the institution's own words (FIELD); at most 500 characters (ASSUMED)
	ReturnURL     string         // where KakaoTalk returns to; K3520 and K3521 only (FIELD); at most 2048 bytes (ASSUMED)
	Extra         Extra          // further fields of the contract
}

// Prepare looks the user up; see [K1100Service.Prepare].
func (s *K3500Service) Prepare(ctx context.Context, params *K3500PrepareParams, opts ...CallOption) (K3500Transaction, error) {
	return s.flow.prepare(ctx, params, opts)
}

// Request asks the user; see [K1100Service.Request] for a lost answer.
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
		title = params.Documents[0].data.Get().title
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
	return s.flow.request(ctx, tx, body, params.Extra, opts)
}

func wireDocuments(p *Protocol, documents []Document) []map[string]string {
	list := make([]map[string]string, len(documents))
	for i, d := range documents {
		documentType, data := d.wire(p)
		list[i] = map[string]string{
			p.Field("title"): d.data.Get().title, p.Field("document_type"): documentType, p.Field("data"): data,
		}
	}
	return list
}

// AppLink returns the link of the [Receipt]; see [K1100Service.AppLink].
func (s *K3500Service) AppLink(tx K3500Transaction) (string, error) { return s.flow.appLink(tx) }

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
// FIELD). It needs a Sink. The documents are those of Request, and noted in the
// evidence as digests. Nil is for a program that no longer has them: Check then
// refuses.
//
// Once sent, verify is not ended by the caller's context.
func (s *K3500Service) Verify(ctx context.Context, tx K3500Transaction, documents []Document, opts ...CallOption) (*K3500Result, error) {
	if err := s.flow.checkSink(tx); err != nil {
		return nil, err
	}
	if err := s.checkDocuments(tx, documents); err != nil {
		return nil, err
	}
	return fetch(ctx, s.flow, tx, asked(s.flow.protocol, documents), opts, readDocuments(tx, documents))
}

// Restore makes a result of a stored answer; see [K1100Service.Restore].
func (s *K3500Service) Restore(tx K3500Transaction, body []byte, documents []Document) (*K3500Result, error) {
	if err := s.checkDocuments(tx, documents); err != nil {
		return nil, err
	}
	return restore(s.flow, tx, body, readDocuments(tx, documents))
}

// Recall finds the result in the evidence; see [K1100Service.Recall].
func (s *K3500Service) Recall(ctx context.Context, tx K3500Transaction, documents []Document) (*K3500Result, error) {
	if err := s.checkDocuments(tx, documents); err != nil {
		return nil, err
	}
	return recall(ctx, s.flow, tx, readDocuments(tx, documents))
}

func (s *K3500Service) checkDocuments(tx K3500Transaction, documents []Document) error {
	if documents == nil {
		return nil
	}
	return checkDocuments(s.flow.protocol, tx.product, documents)
}

func readDocuments(tx K3500Transaction, documents []Document) func(reply) (*K3500Result, error) {
	documents = slices.Clone(documents)
	return func(r reply) (*K3500Result, error) {
		read := r.signature
		if severalDocuments(tx.product) {
			read = r.signatures
		}
		data, err := read()
		if err != nil {
			return nil, err
		}
		if documents != nil && len(data.data.Get().signed) != len(documents) {
			return nil, r.undecodable("signed_documents", "must be as many as the documents")
		}
		return &K3500Result{data, documents}, nil
	}
}

// SignerInfo returns who signed; see [K1100Service.SignerInfo].
func (s *K3500Service) SignerInfo(ctx context.Context, tx K3500Transaction, opts ...CallOption) (*SignerInfo, error) {
	return s.flow.signerInfo(ctx, tx, opts)
}

// K3500Result is signed documents, stored but not checked. It prints as
// [redacted].
type K3500Result struct {
	Fetched
	documents []Document
}

// SignedData returns the CMS SignedData of each document in request order. It
// is not checked.
func (r *K3500Result) SignedData() [][]byte { return r.data.Value().signed }

// Check checks that each signature is on its own document, by place and by
// content, and that all have one signer. It uses all cores.
//
// errors.Is and errors.As find each failure in the error. The CheckedDocuments
// are there then too.
func (r *K3500Result) Check(v *Verifier) (*CheckedDocuments, error) {
	signed := r.SignedData()
	switch {
	case v == nil:
		return nil, &ArgumentError{Field: "Verifier", Reason: "must not be nil"}
	case len(signed) == 0:
		return nil, errNotFromVerify
	case r.documents == nil:
		return nil, &ArgumentError{Field: "documents", Reason: "must be given to Verify, Restore or Recall"}
	}
	p := r.data.Value().core.protocol
	checks := make([]DocumentCheck, len(signed))
	onAllCores(len(signed), func(i int) {
		_, data := r.documents[i].wire(p)
		checks[i].Verified, checks[i].Err = v.Verify(signed[i], ExpectContent(data))
	})
	requireOneSigner(checks)
	return &CheckedDocuments{checks}, documentsError(checks)
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

// DocumentCheck is what a check found of one document: Verified or Err.
type DocumentCheck struct {
	Verified *Verified
	Err      error
}

// CheckedDocuments is what [K3500Result.Check] found.
type CheckedDocuments struct{ checks []DocumentCheck }

// Documents returns what was found of each document, in request order.
func (c *CheckedDocuments) Documents() []DocumentCheck { return slices.Clone(c.checks) }

// Verified returns every signature that passed, in request order.
func (c *CheckedDocuments) Verified() []*Verified {
	var verified []*Verified
	for _, check := range c.checks {
		if check.Err == nil {
			verified = append(verified, check.Verified)
		}
	}
	return verified
}

// CheckVID checks that the one signer of the documents is the person with the
// CI; see [Verified.CheckVID]. When a document failed, the error is Check's.
func (c *CheckedDocuments) CheckVID(result VIDSource) error {
	if c == nil || len(c.checks) == 0 {
		return errNotVerified
	}
	if err := documentsError(c.checks); err != nil {
		return err
	}
	return c.checks[0].Verified.CheckVID(result)
}

// failedDocuments says how many documents failed, and why the first did.
type failedDocuments struct {
	total int
	first int // place of the first, from 1
	errs  []error
}

func (e *failedDocuments) Error() string {
	return fmt.Sprintf("kakaocert: %d of %d documents failed the check, first document %d: %v", len(e.errs), e.total, e.first, e.errs[0])
}

// Unwrap returns the failures, in the order of the documents.
func (e *failedDocuments) Unwrap() []error { return e.errs }

func documentsError(checks []DocumentCheck) error {
	failed := &failedDocuments{total: len(checks)}
	for i, c := range checks {
		if c.Err == nil {
			continue
		}
		if len(failed.errs) == 0 {
			failed.first = i + 1
		}
		failed.errs = append(failed.errs, c.Err)
	}
	if len(failed.errs) == 0 {
		return nil
	}
	return failed
}
