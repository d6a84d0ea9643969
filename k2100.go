package kakaocert

import (
	"cmp"
	"context"
	"crypto/sha256"
	"net/url"
	"strings"

	"github.com/google/go-querystring/query"
)

// K2100Service is certified login (인증 로그인): a user logs in with OAuth 2.0 at
// kauth and signs while doing so. Nothing that the browser sends is believed
// before it was compared with its [K2100Login].
type K2100Service struct{ flow flow[K2100Product] }

// K2100PrepareParams says what a login is for.
type K2100PrepareParams struct {
	personal
	// RedirectURI is where the browser comes back: an address that is
	// registered for the app, https, or http on loopback. An app's own scheme
	// is app-to-app: the app hands on what it was called with.
	RedirectURI string
	// Data is what the user signs, at most 40 characters (ASSUMED); empty is
	// the login's state, as is documented. (DOC)
	Data          string
	IdentifyItems []IdentifyItem // what [K2100Service.SignerInfo] shall give
	SettleID      string         // in place of Config.SettleID, when set
}

const maxRedirectURI = 512 // so that a login fits into a cookie

// Prepare begins a login. The user is not known yet: SignerInfo reports who it
// was.
func (s *K2100Service) Prepare(ctx context.Context, params *K2100PrepareParams, opts ...CallOption) (*K2100Login, error) {
	if params == nil {
		return nil, errNoParams
	}
	login, err := newLogin(s.flow.environment, params.RedirectURI, params.Data)
	if err != nil {
		return nil, err
	}
	if err := s.checkCallbackNames(params.RedirectURI); err != nil {
		return nil, err
	}
	form, err := s.prepareForm(params, login)
	if err != nil {
		return nil, err
	}
	if _, err := s.flow.do(ctx, s.step("prepare", form), opts, func(r reply) (err error) {
		login.KauthTxID, err = r.txID("kauth_tx_id")
		return err
	}); err != nil {
		return nil, err
	}
	return &K2100Login{data: hide(login)}, nil
}

// checkCallbackNames refuses a redirect URI with a parameter that the callback
// adds, under the names in the Protocol.
func (s *K2100Service) checkCallbackNames(redirectURI string) error {
	u, err := url.Parse(redirectURI)
	if err != nil {
		return err
	}
	for _, key := range []string{"state", "code", "oauth_error"} {
		if u.Query().Has(s.flow.protocol.Field(key)) {
			return &ArgumentError{Field: "RedirectURI", Reason: "must not have the parameter that the callback adds for field." + key}
		}
	}
	return nil
}

func (s *K2100Service) prepareForm(params *K2100PrepareParams, login loginData) (url.Values, error) {
	p := s.flow.protocol
	if err := checkNonce("Data", login.Data, p.count); err != nil {
		return nil, err
	}
	if err := checkItems(params.IdentifyItems); err != nil {
		return nil, err
	}
	settleID, err := s.flow.settle(params.SettleID)
	if err != nil {
		return nil, err
	}
	items := make([]string, len(params.IdentifyItems))
	for i, item := range params.IdentifyItems {
		items[i] = cmp.Or(p.Get(loginItemKeys[item]), strings.ToLower(string(item)))
	}
	return p.form(struct {
		ClientID string   `url:"client_id"`
		CertType string   `url:"cert_type"`
		SettleID string   `url:"settle_id"`
		Data     string   `url:"sign_data"`
		Items    []string `url:"sign_identify_items,comma,omitempty"`
	}{s.flow.loginID.Reveal(), p.Get("value.cert_type.k2100"), settleID, login.Data, items})
}

var loginItemKeys = map[IdentifyItem]string{
	IdentifyCI:          "value.login_identify.ci",
	IdentifyName:        "value.login_identify.name",
	IdentifyBirthday:    "value.login_identify.birthday",
	IdentifyPhoneNumber: "value.login_identify.phone_number",
}

// AuthorizeParams are further parameters of the login page. (SDK) They are in
// the browser's address: no personal data that the browser does not have.
type AuthorizeParams struct {
	Scope           []string // what the app asks the user to agree to, such as "openid"
	LoginHint       string   // the user whom the page proposes
	ChannelPublicID string   // of the KakaoTalk channel
	ServiceTerms    []string // tags of the terms to agree to
	DeviceType      string
}

const maxAuthorizeParam = 1024

func (a *AuthorizeParams) addTo(p *Protocol, form url.Values) error {
	if a == nil {
		return nil
	}
	for _, param := range []struct{ field, key, value string }{
		{"Scope", "scope", strings.Join(a.Scope, " ")},
		{"LoginHint", "login_hint", a.LoginHint},
		{"ChannelPublicID", "channel_public_id", a.ChannelPublicID},
		{"ServiceTerms", "service_terms", strings.Join(a.ServiceTerms, ",")},
		{"DeviceType", "device_type", a.DeviceType},
	} {
		if len(param.value) > maxAuthorizeParam || strings.ContainsFunc(param.value, isControl) {
			return &ArgumentError{Field: "AuthorizeParams." + param.field, Reason: "must be at most 1024 characters of printable ASCII"}
		}
		if param.value != "" {
			form.Set(p.Field(param.key), param.value)
		}
	}
	return nil
}

// AuthorizeURL is where the browser is sent. It contains no secret of the
// login. The further parameters may be nil.
func (s *K2100Service) AuthorizeURL(login *K2100Login, further *AuthorizeParams) (string, error) {
	if err := s.check(login); err != nil {
		return "", err
	}
	d := login.data.Get()
	challenge := sha256.Sum256([]byte(d.Verifier))
	form, err := s.flow.protocol.form(struct {
		ResponseType string `url:"response_type"`
		ClientID     string `url:"client_id"`
		RedirectURI  string `url:"redirect_uri"`
		State        string `url:"state"`
		Nonce        string `url:"login_nonce"`
		Challenge    string `url:"code_challenge"`
		Method       string `url:"code_challenge_method"`
		KauthTxID    string `url:"kauth_tx_id"`
		Prompt       string `url:"prompt"`
	}{"code", s.flow.loginID.Reveal(), d.RedirectURI, d.State, d.Nonce, base64URL(challenge[:]), "S256", d.KauthTxID, s.flow.protocol.Get("value.prompt")})
	if err != nil {
		return "", err
	}
	if err := further.addTo(s.flow.protocol, form); err != nil {
		return "", err
	}
	host := s.flow.hostOf("k2100", "authorize")
	_, path := s.flow.protocol.Endpoint("k2100", "authorize")
	return host.String() + path + "?" + form.Encode(), nil
}

// Exchange takes r.URL.Query() of the browser that came back, and returns the
// tokens and the transaction: [ErrStateMismatch] with another login's state, a
// [*RedirectError] when the user declined.
//
// A code is sent once. When the answer is lost, the error is
// [ErrOutcomeUnknown] and the login begins again; a code that is no longer good
// is [ErrInvalidGrant].
func (s *K2100Service) Exchange(ctx context.Context, login *K2100Login, callback url.Values, opts ...CallOption) (*K2100Tokens, error) {
	if err := s.check(login); err != nil {
		return nil, err
	}
	code, err := s.code(login, callback)
	if err != nil {
		return nil, err
	}
	d := login.data.Get()
	form, err := s.flow.protocol.form(struct {
		GrantType   string `url:"grant_type"`
		ClientID    string `url:"client_id"`
		Secret      string `url:"client_secret,omitempty"`
		RedirectURI string `url:"redirect_uri"`
		Code        string `url:"code"`
		Verifier    string `url:"code_verifier"`
	}{"authorization_code", s.flow.loginID.Reveal(), s.flow.loginSecret.Reveal(), d.RedirectURI, code, d.Verifier})
	if err != nil {
		return nil, err
	}
	var tokens *K2100Tokens
	_, err = s.flow.do(ctx, s.step("token", form), opts, func(r reply) (err error) {
		tokens, err = s.tokens(r, login)
		return err
	})
	return tokens, err
}

// code takes the code out of the browser's callback, after checking the state.
func (s *K2100Service) code(login *K2100Login, callback url.Values) (string, error) {
	p := s.flow.protocol
	for _, key := range []string{"state", "code", "oauth_error"} { // RFC 6749, section 3.1
		if len(callback[p.Field(key)]) > 1 {
			return "", &ArgumentError{Field: "callback", Reason: "must not have state, code or error more than once"}
		}
	}
	state := callback.Get(p.Field("state"))
	if !sameText([]byte(state), []byte(login.data.Get().State)) {
		return "", ErrStateMismatch
	}
	if text := callback.Get(p.Field("oauth_error")); text != "" {
		return "", &RedirectError{Product: s.product(), Code: Code(printable(text))}
	}
	code := callback.Get(p.Field("code"))
	if code == "" || len(code) > 1024 || !isGraphic(code) {
		return "", &ArgumentError{Field: "callback", Reason: "has no code of at most 1024 printable characters"}
	}
	return code, nil
}

// Verify fetches what the user signed, once; it needs a Sink. Other data than
// the login's is [ErrNonceMismatch]. Once sent, it is not ended by the caller's
// context.
func (s *K2100Service) Verify(ctx context.Context, tx K2100Transaction, login *K2100Login, opts ...CallOption) (*K2100Result, error) {
	if err := s.flow.checkSink(tx); err != nil {
		return nil, err
	}
	if err := s.check(login); err != nil {
		return nil, err
	}
	signed := s.signed(login)
	return fetch(ctx, s.flow, tx, [][32]byte{sha256.Sum256([]byte(signed))}, opts, readLogin(signed))
}

// Restore makes a result of a stored answer; see [K1100Service.Restore].
func (s *K2100Service) Restore(tx K2100Transaction, body []byte, login *K2100Login) (*K2100Result, error) {
	if err := s.check(login); err != nil {
		return nil, err
	}
	return restore(s.flow, tx, body, readLogin(s.signed(login)))
}

// Recall finds the result in the evidence; see [K1100Service.Recall].
func (s *K2100Service) Recall(ctx context.Context, tx K2100Transaction, login *K2100Login) (*K2100Result, error) {
	if err := s.check(login); err != nil {
		return nil, err
	}
	return recall(ctx, s.flow, tx, readLogin(s.signed(login)))
}

func readLogin(signed string) func(reply) (*K2100Result, error) {
	return func(r reply) (*K2100Result, error) {
		data, err := r.signedText(signed)
		if err != nil {
			return nil, err
		}
		return &K2100Result{data, NewSecret(signed)}, nil
	}
}

// signed is what the user signs.
func (s *K2100Service) signed(login *K2100Login) string {
	if s.flow.protocol.Get("signed.login") == "state" {
		return login.data.Get().State
	}
	return login.data.Get().Data
}

// SignerInfo returns who logged in, as far as Prepare asked for it.
func (s *K2100Service) SignerInfo(ctx context.Context, tx K2100Transaction, opts ...CallOption) (*SignerInfo, error) {
	return s.flow.signerInfo(ctx, tx, opts)
}

func (s *K2100Service) product() string { return string(K2100) + s.flow.environment.suffix() }

func (s *K2100Service) step(name string, form url.Values) step {
	return step{service: s.flow.service, name: name, product: s.product(), form: form}
}

// check refuses a login that this client cannot have begun.
func (s *K2100Service) check(login *K2100Login) error {
	switch {
	case login == nil || login.data.Get() == nil:
		return &ArgumentError{Field: "login", Reason: "must be set"}
	case login.data.Get().Environment != s.flow.environment.String():
		return &ArgumentError{Field: "login", Reason: "must be of the " + s.flow.environment.String() + " environment"}
	}
	return nil
}

// K2100Result is what a login's user signed. It prints as [redacted].
type K2100Result struct {
	Fetched
	content Secret
}

// Check checks the signature, and that it is on this login's data:
// [ErrNoSignature] where the answer contains none.
func (r *K2100Result) Check(v *Verifier) (*Verified, error) {
	return r.check(v, ExpectContent(r.content.Reveal()))
}

// form spells a form's fields, whose tags are keys of the Protocol, as the wire
// does.
func (p *Protocol) form(fields any) (url.Values, error) {
	values, err := query.Values(fields)
	if err != nil {
		return nil, err
	}
	form := make(url.Values, len(values))
	for key, value := range values {
		form[p.Field(key)] = value
	}
	return form, nil
}
