package kakaocert

import (
	"context"
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
	st, answer, object, err := s.flow.verify(ctx, tx, asked(p, documents), opts)
	if err != nil {
		return nil, err
	}
	result, err := s.result(st, tx, answer, object, documents)
	if err != nil {
		return nil, err
	}
	return result, ctx.Err()
}

// Restore makes a result of a verify's body that was stored, as a [Record] has
// it: after a crash, or years later. It sends nothing. The documents are those
// of Verify.
func (s *K3500Service) Restore(tx K3500Transaction, body []byte, documents []Document) (*K3500Result, error) {
	st, answer, object, err := s.flow.restore(tx, body)
	if err != nil {
		return nil, err
	}
	return s.result(st, tx, answer, object, documents)
}

func (s *K3500Service) result(st step, tx K3500Transaction, answer Answer, o object, documents []Document) (*K3500Result, error) {
	read := s.flow.signature
	if severalDocuments(tx.product) {
		read = s.flow.signatures
	}
	data, err := read(st, answer, o)
	if err != nil {
		return nil, err
	}
	if documents != nil && len(data.signed) != len(documents) {
		return nil, st.undecodable(s.flow.protocol.Field("signed_documents"), "are not as many as the documents", nil, answer)
	}
	return &K3500Result{protocol: s.flow.protocol, data: hide(*data)}, nil
}

// SignerInfo returns who signed; see [K1100Service.SignerInfo].
func (s *K3500Service) SignerInfo(ctx context.Context, tx K3500Transaction, opts ...CallOption) (*SignerInfo, error) {
	return s.flow.signerInfo(ctx, tx, opts)
}
