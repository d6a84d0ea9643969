package kakaocert

import (
	"context"
	"time"
)

// K2220Service is abbreviated signatures (축약서명), app-to-app: a user signs a
// temporary key of the institution's app once, and the app signs with that key
// for as long as the session lasts, 6 to 48 hours. K2220 is for a user who
// logs in at kauth while doing so, K3220 for one who does not.
//
// The app has Kakao's mobile SDK for its part. The server's is here: Prepare,
// Request, Wait and Verify as for the other services, then
// [K2220Result.Check], which gives the [Session] that checks each signature.
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

// Prepare looks the user up. No such user, or one without a certificate, is an
// error here already: [ErrUserNotFound], [ErrUserMismatch],
// [ErrUserUnavailable].
func (s *K2220Service) Prepare(ctx context.Context, params *K2220PrepareParams, opts ...CallOption) (K2220Transaction, error) {
	return s.flow.prepare(ctx, params, opts)
}

// Request readies the transaction for the app, which gets its tx_id and opens
// it with the mobile SDK. It is sent once; see [K1100Service.Request] for a
// lost answer.
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

// AppLink returns the link that opens KakaoTalk at the request of the transaction:
// that of the [Receipt], for a program that has lost it. (SDK)
func (s *K2220Service) AppLink(tx K2220Transaction) (string, error) { return s.flow.appLink(tx) }

// Status asks how far the user is. (SDK: a call that the app makes too.)
func (s *K2220Service) Status(ctx context.Context, tx K2220Transaction, opts ...CallOption) (TransactionStatus, error) {
	return s.flow.status(ctx, tx, opts)
}

// Wait asks until the user has signed; see [K1100Service.Wait].
func (s *K2220Service) Wait(ctx context.Context, tx K2220Transaction, opts ...WaitOption) (TransactionStatus, error) {
	return s.flow.wait(ctx, tx, opts)
}

// Verify fetches what the user signed, once. The answer is in Config.Evidence
// before Verify returns; without a Sink it is refused. The length is that of
// Request: a session that is longer is refused by [K2220Result.Check]. The
// signature is not checked yet.
//
// Once sent, verify is not ended by the caller's context: the result comes also
// when that has ended meanwhile.
func (s *K2220Service) Verify(ctx context.Context, tx K2220Transaction, length time.Duration, opts ...CallOption) (*K2220Result, error) {
	if err := s.flow.checkSink(tx); err != nil {
		return nil, err
	}
	if err := checkSessionLength(length); err != nil {
		return nil, err
	}
	return fetch(ctx, s.flow, tx, nil, opts, readSession(tx, length))
}

// Restore makes a result of a verify's body that was stored, as a
// [RecordWriter] received it. It sends nothing. The length is that of Request.
func (s *K2220Service) Restore(tx K2220Transaction, body []byte, length time.Duration) (*K2220Result, error) {
	if err := checkSessionLength(length); err != nil {
		return nil, err
	}
	return restore(s.flow, tx, body, readSession(tx, length))
}

// Recall finds the result in Config.Evidence; see [K1100Service.Recall].
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

// K2220SessionInfo is what Kakao says about a session. It is for showing: what
// a signature is checked with comes from the signed document alone.
type K2220SessionInfo struct {
	UserID  Secret    // the user's number at Kakao
	StartAt time.Time // UTC (SDK)
	EndAt   time.Time // UTC (SDK)
}

// SessionInfo asks about the session that the user signed. (SDK) After its end
// it may be [ErrSessionExpired].
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

// Check checks the signature and takes the session out of what was signed: its
// key and its validity come from nowhere else. A session that is longer than
// was requested is refused. A document that is not understood is a
// [*DecodeError].
//
// Who signed is for [Verified.CheckVID] to say, or for SignerInfo. Ask before
// the first order is taken.
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
