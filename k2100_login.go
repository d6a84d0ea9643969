package kakaocert

import (
	"cmp"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kakaocert-go/kakaocert/internal/transport"
)

// K2100Login is one login of one browser: state, nonce, PKCE verifier (RFC
// 7636) and what the user signs. It belongs to the session of that browser and
// to no other, in the server's store or an encrypted cookie. It prints as
// [redacted].
type K2100Login struct {
	redacted
	data hidden[loginData]
}

// loginData is also the form in which a login is kept.
type loginData struct {
	Environment string `json:"environment"`
	KauthTxID   string `json:"kauth_tx_id"`
	RedirectURI string `json:"redirect_uri"`
	State       string `json:"state"`
	Nonce       string `json:"nonce"`
	Verifier    string `json:"verifier"`
	Data        string `json:"data"`
}

const maxLoginText = 4096 // what a cookie can hold

func newLogin(e Environment, redirectURI, data string) (loginData, error) {
	if !isRedirectURI(redirectURI) {
		return loginData{}, &ArgumentError{Field: "RedirectURI", Reason: "must be an absolute URL of at most 512 characters, https, http to loopback or an app's own scheme, without fragment, user or a parameter state, code or error"}
	}
	verifier := make([]byte, 32)
	_, _ = rand.Read(verifier) // never fails
	state := rand.Text()
	return loginData{
		Environment: e.String(), RedirectURI: redirectURI,
		State: state, Nonce: rand.Text(), Verifier: base64URL(verifier),
		Data: cmp.Or(data, state),
	}, nil
}

// isRedirectURI requires an absolute URI without a fragment (RFC 6749, section
// 3.1.2) and without userinfo, that does not carry the code in clear to another
// machine, that a browser does not run as a script or open as a file, and that
// contains no parameter that the callback adds.
func isRedirectURI(s string) bool {
	u, err := url.Parse(s)
	if err != nil || !u.IsAbs() || u.User != nil || strings.Contains(s, "#") || len(s) > maxRedirectURI || !isGraphic(s) {
		return false
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil || query.Has("state") || query.Has("code") || query.Has("error") {
		return false
	}
	switch u.Scheme {
	case "https":
		return u.Hostname() != ""
	case "http":
		return transport.IsLoopback(u.Hostname())
	}
	return !slices.Contains([]string{"javascript", "data", "file", "vbscript", "blob", "about", "filesystem", "view-source"}, u.Scheme)
}

func base64URL(raw []byte) string { return base64.RawURLEncoding.EncodeToString(raw) }

// Reveal returns the login as text, fewer than 4096 characters of URL-safe
// Base64, with the PKCE verifier in clear.
func (l *K2100Login) Reveal() string {
	d := l.data.Get()
	if d == nil {
		return ""
	}
	text, _ := json.Marshal(d) // nothing but text
	return base64URL(text)
}

// ParseK2100Login reads what [K2100Login.Reveal] wrote. The cookie's
// authentication, or the session store, must ensure that it was not changed.
func ParseK2100Login(text string) (*K2100Login, error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	var d loginData
	if err != nil || len(text) > maxLoginText || json.Unmarshal(raw, &d) != nil || !d.complete() {
		return nil, &ArgumentError{Field: "login", Reason: "is not the text of a login"}
	}
	return &K2100Login{data: hide(d)}, nil
}

// complete reports that nothing of a login is missing: an empty state would be
// matched by an empty answer.
func (d loginData) complete() bool {
	isEnvironment := d.Environment == Test.String() || d.Environment == Production.String()
	return isEnvironment && checkTxID(d.KauthTxID) == "" && isRedirectURI(d.RedirectURI) &&
		d.State != "" && d.Nonce != "" && d.Verifier != "" && d.Data != ""
}

// K2100Tokens is what a code was exchanged for.
type K2100Tokens struct {
	// Transaction is what Verify and SignerInfo are asked about. It came from
	// kauth to this server, and not through the browser.
	Transaction  K2100Transaction
	AccessToken  Secret        // RFC 6749
	RefreshToken Secret        // RFC 6749
	IDToken      Secret        // OpenID Connect, where the app uses it; its nonce is the login's, its signature is not checked
	ExpiresIn    time.Duration // how long the access token lasts; 0 when the answer does not say
}

// The codes of OAuth (RFC 6749, sections 4.1.2.1 and 5.2) that a login has to
// distinguish. Others pass through as they came.
const (
	ErrInvalidGrant Code = "invalid_grant" // the code was used, has run out, or is not this login's
	ErrAccessDenied Code = "access_denied" // the user declined
)

func (s *K2100Service) tokens(r reply, login *K2100Login) (*K2100Tokens, error) {
	txID, err := r.txID("tx_id")
	if err != nil {
		return nil, err
	}
	tokens := &K2100Tokens{
		Transaction:  K2100Transaction{product: K2100, environment: s.flow.environment, txID: txID},
		AccessToken:  NewSecret(r.text("access_token")),
		RefreshToken: NewSecret(r.text("refresh_token")),
		IDToken:      NewSecret(r.text("id_token")),
	}
	if seconds, err := strconv.ParseUint(r.text("token_expires_in"), 10, 31); err == nil {
		tokens.ExpiresIn = time.Duration(seconds) * time.Second
	}
	if tokens.IDToken.IsZero() {
		return tokens, nil
	}
	claims, ok := readIDToken(tokens.IDToken.Reveal())
	if !ok {
		return nil, r.undecodable("id_token", "is not a JSON Web Token")
	}
	if !sameText([]byte(claims.nonce), []byte(login.data.Get().Nonce)) {
		return nil, ErrNonceMismatch
	}
	if reason := claims.flaw(s.issuer(), s.flow.loginID.Reveal(), time.Now()); reason != "" {
		return nil, r.undecodable("id_token", reason)
	}
	return tokens, nil
}

// issuer is kauth's, also where BaseURL takes its place.
func (s *K2100Service) issuer() string { return s.flow.protocol.Get("host.kauth") }

// idToken is the claims of an ID token (OpenID Connect Core, section 2).
type idToken struct {
	issuer, nonce string
	audience      []string
	party         string // azp
	expires       time.Time
}

// readIDToken reads the claims. The token comes straight from kauth over TLS, which
// takes the place of checking its signature (section 3.1.3.7, rule 6).
func readIDToken(token string) (claims idToken, ok bool) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return claims, false
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return claims, false
	}
	o, repeated, err := parseSigned(raw)
	if err != nil || repeated {
		return claims, false
	}
	claims.issuer, claims.nonce, claims.party = textClaim(o["iss"]), textClaim(o["nonce"]), textClaim(o["azp"])
	if json.Unmarshal(o["aud"], &claims.audience) != nil {
		if audience := textClaim(o["aud"]); audience != "" {
			claims.audience = []string{audience}
		}
	}
	var seconds float64
	if json.Unmarshal(o["exp"], &seconds) == nil && seconds > 0 && seconds < maxUnixTime {
		claims.expires = time.Unix(int64(seconds), 0)
	}
	return claims, true
}

const maxUnixTime = 1 << 40 // far in the future, and no overflow

// textClaim returns a claim that is text, else "".
func textClaim(value json.RawMessage) (text string) {
	if json.Unmarshal(value, &text) != nil {
		return ""
	}
	return text
}

// clockTolerance is how far this machine's clock may be ahead of kauth's.
const clockTolerance = time.Minute

// flaw says what is wrong with the claims (section 3.1.3.7, rules 2, 3, 5 and
// 9).
func (c idToken) flaw(issuer, clientID string, now time.Time) (reason string) {
	switch {
	case c.issuer != issuer:
		return "must have kauth's address as its issuer (iss)"
	case !slices.Contains(c.audience, clientID):
		return "must be for this app (aud)"
	case len(c.audience) > 1 && c.party != clientID, c.party != "" && c.party != clientID:
		return "must be for this app (azp)"
	case c.expires.IsZero() || !now.Before(c.expires.Add(clockTolerance)):
		return "must not have expired (exp)"
	}
	return ""
}
