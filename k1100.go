package kakaocert

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"time"
)

// K1100Service is identity (본인인증): a user proves who they are by signing a
// nonce.
type K1100Service struct{ flow flow[K1100Product] }

// K1100RequestParams is what the user is asked.
type K1100RequestParams struct {
	personal
	Data          string         // the nonce; at most 40 characters (DOC); see [NewNonce]
	Title         string         // what the user sees; at most 200 characters (ASSUMED)
	IdentifyItems []IdentifyItem // what [K1100Service.SignerInfo] shall give
	Desc          *Desc          // in the form that the contract fixes
	ExpiresIn     time.Duration  // how long the user has, in whole seconds, at most 24 h (ASSUMED); 0 is Kakao's default (FIELD)
	ExtraMessage  string         // the institution's own words (FIELD); at most 500 characters (ASSUMED)
	ReturnURL     string         // where KakaoTalk returns to; K1120 only (FIELD); at most 2048 bytes (ASSUMED)
	Extra         Extra          // further fields of the contract
}

// Prepare looks the user up. One who cannot sign is an error here already:
// [ErrUserNotFound], [ErrUserMismatch], [ErrUserUnavailable]. (DOC)
func (s *K1100Service) Prepare(ctx context.Context, params *K1100PrepareParams, opts ...CallOption) (K1100Transaction, error) {
	return s.flow.prepare(ctx, params, opts)
}

// Request asks the user, once: it sends the message, or readies the app link.
// When its answer is lost, Status settles what became of it; else the error is
// [ErrOutcomeUnknown]: do not repeat Request, ask Status.
func (s *K1100Service) Request(ctx context.Context, tx K1100Transaction, params *K1100RequestParams, opts ...CallOption) (*Receipt, error) {
	if params == nil {
		return nil, errNoParams
	}
	if err := s.flow.check(tx); err != nil {
		return nil, err
	}
	p := s.flow.protocol
	if err := checkNonce("Data", params.Data, p.count); err != nil {
		return nil, err
	}
	body, err := requestFields{
		title: params.Title, items: params.IdentifyItems, desc: params.Desc,
		expiresIn: params.ExpiresIn, extraMessage: params.ExtraMessage, returnURL: params.ReturnURL,
	}.body(p, appToApp(tx.product))
	if err != nil {
		return nil, err
	}
	body[p.Field("data")] = params.Data
	return s.flow.request(ctx, tx, body, params.Extra, opts)
}

// AppLink returns the link that opens KakaoTalk at the request of an app-to-app
// transaction, for a program that has lost the [Receipt]. (SDK)
func (s *K1100Service) AppLink(tx K1100Transaction) (string, error) { return s.flow.appLink(tx) }

// Status asks how far the user is.
func (s *K1100Service) Status(ctx context.Context, tx K1100Transaction, opts ...CallOption) (TransactionStatus, error) {
	return s.flow.status(ctx, tx, opts)
}

// Wait asks until the user has signed. The context must have a deadline. The
// last status comes together with the error: the context's, or a [*StatusError]
// when the transaction has ended without a signature.
//
// Transient failures do not end the wait: a lost answer, 429, E0001, a server
// error without a known code. Any other failed question does.
func (s *K1100Service) Wait(ctx context.Context, tx K1100Transaction, opts ...WaitOption) (TransactionStatus, error) {
	return s.flow.wait(ctx, tx, opts)
}

// Verify fetches the result, once. The nonce is the one that Request sent, from
// the server's session; an answer with another is [ErrNonceMismatch].
//
// Once sent, verify is not ended by the caller's context.
func (s *K1100Service) Verify(ctx context.Context, tx K1100Transaction, nonce string, opts ...CallOption) (*K1100Result, error) {
	if err := s.flow.check(tx); err != nil {
		return nil, err
	}
	if err := s.checkNonce(nonce); err != nil {
		return nil, err
	}
	return fetch(ctx, s.flow, tx, [][32]byte{sha256.Sum256([]byte(nonce))}, opts, readIdentity(nonce))
}

// Restore makes a result of the body of a verify's answer that was stored,
// after a crash or years later. It sends nothing. The nonce is that of Verify.
func (s *K1100Service) Restore(tx K1100Transaction, body []byte, nonce string) (*K1100Result, error) {
	if err := s.checkNonce(nonce); err != nil {
		return nil, err
	}
	return restore(s.flow, tx, body, readIdentity(nonce))
}

// Recall finds the result in Config.Evidence, a [Recaller], and sends nothing.
// The error is [ErrNoAnswer] where no whole answer is there.
func (s *K1100Service) Recall(ctx context.Context, tx K1100Transaction, nonce string) (*K1100Result, error) {
	if err := s.checkNonce(nonce); err != nil {
		return nil, err
	}
	return recall(ctx, s.flow, tx, readIdentity(nonce))
}

func (s *K1100Service) checkNonce(nonce string) error {
	return checkNonce("nonce", nonce, s.flow.protocol.count)
}

// SignerInfo returns who signed, as far as Request asked for it.
func (s *K1100Service) SignerInfo(ctx context.Context, tx K1100Transaction, opts ...CallOption) (*SignerInfo, error) {
	return s.flow.signerInfo(ctx, tx, opts)
}

var errNoParams = &ArgumentError{Field: "params", Reason: "must not be nil"}

// K1100Result is an identity check whose answer contains the nonce that was asked.
// It prints as [redacted].
type K1100Result struct {
	Fetched
	nonce Secret
}

// Check checks the signature, and that it is on the nonce. The error is
// [ErrNoSignature] where the answer contains no signature.
func (r *K1100Result) Check(v *Verifier) (*Verified, error) {
	return r.check(v, ExpectContent(r.nonce.Reveal()))
}

func readIdentity(nonce string) func(reply) (*K1100Result, error) {
	return func(r reply) (*K1100Result, error) {
		data, err := r.signedText(nonce)
		if err != nil {
			return nil, err
		}
		return &K1100Result{data, NewSecret(nonce)}, nil
	}
}

// maxNonce is the limit of K1100's data, in characters. (DOC)
const maxNonce = 40

// NewNonce returns 26 random characters, at least 128 bits of entropy, for
// K1100. Keep it with the transaction in the server's session.
func NewNonce() string { return rand.Text() }
