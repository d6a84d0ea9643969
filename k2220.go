package kakaocert

import (
	"context"
	"time"
)

// K2220Service is abbreviated signatures (축약서명), app-to-app: a user signs a
// temporary key of the institution's app once, and the app signs with it while
// the session lasts, 6 to 48 hours. K2220 is with a login at kauth, K3220
// without.
//
// The app has Kakao's mobile SDK for its part. [K2220Result.Check] gives the
// [Session] that checks each signature.
type K2220Service struct{ flow flow[K2220Product] }

// The limits of a session. (DOC)
const (
	minSession = 6 * time.Hour
	maxSession = 48 * time.Hour
)

// K2220RequestParams is what the user is asked.
type K2220RequestParams struct {
	personal
	// SessionLength is how long the app may sign: 6 to 48 hours (DOC), in whole
	// seconds.
	SessionLength time.Duration
	Title         string         // what the user sees (ASSUMED name)
	IdentifyItems []IdentifyItem // what [K2220Service.SignerInfo] shall give
	Desc          *Desc          // in the form that the contract fixes
	ExpiresIn     time.Duration  // how long the user has, in whole seconds; 0 is Kakao's default (FIELD)
	ExtraMessage  string         // the institution's own words (FIELD)
	ReturnURL     string         // where KakaoTalk returns to (FIELD)
	Extra         Extra          // further fields of the contract
}

func checkSessionLength(length time.Duration) error {
	if length < minSession || length > maxSession || length%time.Second != 0 {
		return &ArgumentError{Field: "SessionLength", Reason: "must be 6 to 48 hours in whole seconds"}
	}
	return nil
}

// Prepare looks the user up; see [K1100Service.Prepare].
func (s *K2220Service) Prepare(ctx context.Context, params *K2220PrepareParams, opts ...CallOption) (K2220Transaction, error) {
	return s.flow.prepare(ctx, params, opts)
}

// Request readies the transaction for the app, which opens its tx_id with the
// mobile SDK. See [K1100Service.Request] for a lost answer.
func (s *K2220Service) Request(ctx context.Context, tx K2220Transaction, params *K2220RequestParams, opts ...CallOption) (*Receipt, error) {
	if params == nil {
		return nil, errNoParams
	}
	if err := s.flow.check(tx); err != nil {
		return nil, err
	}
	if err := checkSessionLength(params.SessionLength); err != nil {
		return nil, err
	}
	p := s.flow.protocol
	body, err := requestFields{
		title: params.Title, items: params.IdentifyItems, desc: params.Desc,
		expiresIn: params.ExpiresIn, extraMessage: params.ExtraMessage, returnURL: params.ReturnURL,
	}.body(p, appToApp(tx.product))
	if err != nil {
		return nil, err
	}
	body[p.Field("session_expires_in")] = int(params.SessionLength / time.Second)
	return s.flow.request(ctx, tx, body, params.Extra, opts)
}

// AppLink returns the link of the [Receipt]; see [K1100Service.AppLink].
func (s *K2220Service) AppLink(tx K2220Transaction) (string, error) { return s.flow.appLink(tx) }

// Status asks how far the user is.
func (s *K2220Service) Status(ctx context.Context, tx K2220Transaction, opts ...CallOption) (TransactionStatus, error) {
	return s.flow.status(ctx, tx, opts)
}

// Wait asks until the user has signed; see [K1100Service.Wait].
func (s *K2220Service) Wait(ctx context.Context, tx K2220Transaction, opts ...WaitOption) (TransactionStatus, error) {
	return s.flow.wait(ctx, tx, opts)
}

// Verify fetches what the user signed, once; it needs a Sink. The length is
// that of Request. Once sent, it is not ended by the caller's context.
func (s *K2220Service) Verify(ctx context.Context, tx K2220Transaction, length time.Duration, opts ...CallOption) (*K2220Result, error) {
	if err := s.flow.checkSink(tx); err != nil {
		return nil, err
	}
	if err := checkSessionLength(length); err != nil {
		return nil, err
	}
	return fetch(ctx, s.flow, tx, nil, opts, readSession(tx, length))
}

// Restore makes a result of a stored answer; see [K1100Service.Restore].
func (s *K2220Service) Restore(tx K2220Transaction, body []byte, length time.Duration) (*K2220Result, error) {
	if err := checkSessionLength(length); err != nil {
		return nil, err
	}
	return restore(s.flow, tx, body, readSession(tx, length))
}

// Recall finds the result in the evidence; see [K1100Service.Recall].
func (s *K2220Service) Recall(ctx context.Context, tx K2220Transaction, length time.Duration) (*K2220Result, error) {
	if err := checkSessionLength(length); err != nil {
		return nil, err
	}
	return recall(ctx, s.flow, tx, readSession(tx, length))
}

func readSession(tx K2220Transaction, length time.Duration) func(reply) (*K2220Result, error) {
	return func(r reply) (*K2220Result, error) {
		data, err := r.signature()
		if err != nil {
			return nil, err
		}
		return &K2220Result{data, tx, length}, nil
	}
}

// SignerInfo returns who signed; see [K1100Service.SignerInfo].
func (s *K2220Service) SignerInfo(ctx context.Context, tx K2220Transaction, opts ...CallOption) (*SignerInfo, error) {
	return s.flow.signerInfo(ctx, tx, opts)
}

// K2220SessionInfo is what Kakao says about a session, for showing. The data to
// check a signature with come from the signed document alone.
type K2220SessionInfo struct {
	UserID  Secret    // the user's number at Kakao
	StartAt time.Time // UTC (SDK)
	EndAt   time.Time // UTC (SDK)
}

// SessionInfo asks about the signed session. (SDK) After its end it may be
// [ErrSessionExpired].
func (s *K2220Service) SessionInfo(ctx context.Context, tx K2220Transaction, opts ...CallOption) (K2220SessionInfo, error) {
	if err := s.flow.check(tx); err != nil {
		return K2220SessionInfo{}, err
	}
	var info K2220SessionInfo
	if _, err := s.flow.do(ctx, s.flow.step("session", tx), opts, info.read); err != nil {
		return K2220SessionInfo{}, err
	}
	return info, nil
}

func (i *K2220SessionInfo) read(r reply) error {
	i.UserID = NewSecret(r.text("user_id"))
	i.StartAt = r.time("session_start_at")
	i.EndAt = r.time("session_end_at")
	if i.EndAt.IsZero() {
		return r.undecodable("session_end_at", "is missing, or is not a time")
	}
	return nil
}

// K2220Result is a signed session, stored but not checked. It prints as
// [redacted].
type K2220Result struct {
	Fetched
	tx     K2220Transaction
	length time.Duration
}

// Check checks the signature and takes the session out of what was signed. A
// session that is longer than was requested is refused. A document that is not
// understood is a [*DecodeError].
//
// Ask who signed, by [Verified.CheckVID] or SignerInfo, before the first order.
func (r *K2220Result) Check(v *Verifier) (*Session, *Verified, error) {
	verified, err := r.check(v, UnsafeAnyContent())
	if err != nil {
		return nil, nil, err
	}
	session, err := newSession(r.data.Get().core.protocol, r.tx, verified.Content(), r.length)
	if err != nil {
		return nil, nil, err
	}
	return session, verified, nil
}
