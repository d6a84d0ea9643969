package kakaocert

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/url"
)

// K1400Service is identity through Kakao's own standard window (인증 표준창): the
// page opens it with Kakao's JavaScript SDK (2.7.5 or newer), the user signs on
// the phone, and the window sends the browser back with a tx_id or an error.
// (DOC) The server prepares and requests nothing.
//
// A tx_id from a redirect is a stranger's input: Verify believes it only when
// the signed text is that of this browser's [K1400Window].
type K1400Service struct{ flow flow[K1400Product] }

// K1400Window is one opening of the window by one browser, and the text that
// its user signs. It belongs to the session of that browser and to no other. It
// prints as [redacted].
type K1400Window struct {
	redacted
	data hidden[windowData]
}

// windowData is also the form in which a window is kept.
type windowData struct {
	Environment string `json:"environment"`
	State       string `json:"state"`
	SignData    string `json:"sign_data"`
}

// Begin makes a window. The text that the user signs is at most 40 characters
// (ASSUMED); empty is a random one.
func (s *K1400Service) Begin(signData string) (*K1400Window, error) {
	if signData == "" {
		signData = rand.Text()
	}
	if err := checkNonce("signData", signData, s.flow.protocol.count); err != nil {
		return nil, err
	}
	return &K1400Window{data: hide(windowData{
		Environment: s.flow.environment.String(), State: rand.Text(), SignData: signData,
	})}, nil
}

// SignData returns what the page gives to the window as signData. (FIELD-1)
func (w *K1400Window) SignData() string { return w.data.Value().SignData }

// State returns what the page gives to the window as state. (FIELD-1)
func (w *K1400Window) State() string { return w.data.Value().State }

// Reveal returns the window as text for the browser's session.
func (w *K1400Window) Reveal() string {
	d := w.data.Get()
	if d == nil {
		return ""
	}
	text, _ := json.Marshal(d) // nothing but text
	return base64URL(text)
}

// ParseK1400Window reads what [K1400Window.Reveal] wrote. The cookie's
// authentication, or the session store, must ensure that it was not changed.
func ParseK1400Window(text string) (*K1400Window, error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	var d windowData
	if err != nil || len(text) > maxLoginText || json.Unmarshal(raw, &d) != nil ||
		d.State == "" || d.SignData == "" || d.Environment != Test.String() && d.Environment != Production.String() {
		return nil, &ArgumentError{Field: "window", Reason: "is not the text of a window"}
	}
	return &K1400Window{data: hide(d)}, nil
}

// ParseRedirect takes r.URL.Query() of the browser that came back. An error of
// the window is a [*RedirectError], another window's state [ErrStateMismatch].
func (s *K1400Service) ParseRedirect(window *K1400Window, query url.Values) (K1400Transaction, error) {
	none := K1400Transaction{}
	if err := s.check(window); err != nil {
		return none, err
	}
	p := s.flow.protocol
	refuse := func(reason string) (K1400Transaction, error) {
		return none, &ArgumentError{Field: "redirect", Reason: reason}
	}
	txIDs, codes, states := query[p.Field("tx_id")], query[p.Field("window_error")], query[p.Field("state")]
	if len(txIDs)+len(codes) != 1 || len(states) > 1 {
		return refuse("must have exactly one of tx_id and error_code, once")
	}
	if len(states) == 1 && !sameText([]byte(states[0]), []byte(window.State())) {
		return none, ErrStateMismatch
	}
	if len(codes) == 1 {
		if codes[0] == "" {
			return refuse("must not have an empty error_code")
		}
		return none, &RedirectError{Product: string(K1400) + s.flow.environment.suffix(), Code: Code(printable(codes[0]))}
	}
	if reason := checkTxID(txIDs[0]); reason != "" {
		return refuse(reason)
	}
	return K1400Transaction{product: K1400, environment: s.flow.environment, txID: txIDs[0]}, nil
}

// Status asks how far the user is.
func (s *K1400Service) Status(ctx context.Context, tx K1400Transaction, opts ...CallOption) (TransactionStatus, error) {
	return s.flow.status(ctx, tx, opts)
}

// Verify fetches the result, once. A signed text of another window, as a tx_id
// of another browser's session leads to, is [ErrNonceMismatch].
func (s *K1400Service) Verify(ctx context.Context, tx K1400Transaction, window *K1400Window, opts ...CallOption) (*K1400Result, error) {
	if err := s.flow.check(tx); err != nil {
		return nil, err
	}
	if err := s.check(window); err != nil {
		return nil, err
	}
	signed := window.SignData()
	return fetch(ctx, s.flow, tx, [][32]byte{sha256.Sum256([]byte(signed))}, opts, readWindow(signed))
}

// Restore makes a result of a stored answer; see [K1100Service.Restore].
func (s *K1400Service) Restore(tx K1400Transaction, body []byte, window *K1400Window) (*K1400Result, error) {
	if err := s.check(window); err != nil {
		return nil, err
	}
	return restore(s.flow, tx, body, readWindow(window.SignData()))
}

// Recall finds the result in the evidence; see [K1100Service.Recall].
func (s *K1400Service) Recall(ctx context.Context, tx K1400Transaction, window *K1400Window) (*K1400Result, error) {
	if err := s.check(window); err != nil {
		return nil, err
	}
	return recall(ctx, s.flow, tx, readWindow(window.SignData()))
}

// SignerInfo returns who signed, as far as the page asked for it.
func (s *K1400Service) SignerInfo(ctx context.Context, tx K1400Transaction, opts ...CallOption) (*SignerInfo, error) {
	return s.flow.signerInfo(ctx, tx, opts)
}

// check refuses a window that this client cannot have begun.
func (s *K1400Service) check(window *K1400Window) error {
	switch {
	case window == nil || window.data.Get() == nil:
		return &ArgumentError{Field: "window", Reason: "is not set"}
	case window.data.Get().Environment != s.flow.environment.String():
		return &ArgumentError{Field: "window", Reason: "is not of the " + s.flow.environment.String() + " environment"}
	}
	return nil
}

// K1400Result is an identity check whose answer contains the text of the window. It
// prints as [redacted].
type K1400Result struct {
	Fetched
	signed Secret
}

// Check checks the signature, and that it is on the window's text:
// [ErrNoSignature] where the answer contains none.
func (r *K1400Result) Check(v *Verifier) (*Verified, error) {
	return r.check(v, ExpectContent(r.signed.Reveal()))
}

func readWindow(signed string) func(reply) (*K1400Result, error) {
	return func(r reply) (*K1400Result, error) {
		data, err := r.signedText(signed)
		if err != nil {
			return nil, err
		}
		return &K1400Result{data, NewSecret(signed)}, nil
	}
}
