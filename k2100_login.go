package kakaocert

import (
	"cmp"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/url"
)

// K2100Login is one login of one browser, from [K2100Service.Prepare] to
// Verify: the state, the nonce, the PKCE verifier (RFC 7636) and what the user
// signs. It belongs to the session of the browser that begins the login, and
// to no other: in the server's session store, or in a cookie that is
// authenticated and better encrypted, by its text of [K2100Login.Reveal] and
// [ParseK2100Login].
//
// It holds a secret, so it prints as [redacted] everywhere, JSON included.
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
		return loginData{}, &ArgumentError{Field: "RedirectURI", Reason: "is not an absolute URL of at most 512 characters without a fragment, https or http to loopback"}
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

// isRedirectURI wants an absolute URI without a fragment (RFC 6749, section
// 3.1.2) that does not carry the code in clear to another machine.
func isRedirectURI(s string) bool {
	u, err := url.Parse(s)
	if err != nil || !u.IsAbs() || u.Fragment != "" || len(s) > maxRedirectURI || !isGraphic(s) {
		return false
	}
	switch u.Scheme {
	case "https":
		return u.Host != ""
	case "http":
		return isLoopback(u.Hostname())
	}
	return true
}

func base64URL(octets []byte) string { return base64.RawURLEncoding.EncodeToString(octets) }

// Reveal returns the login as text for the browser's session: fewer than 4096
// characters of URL-safe Base64. It has the PKCE verifier in clear.
func (l *K2100Login) Reveal() string {
	d := l.data.get()
	if d == nil {
		return ""
	}
	text, _ := json.Marshal(d) // nothing but text
	return base64URL(text)
}

// ParseK2100Login reads what [K2100Login.Reveal] wrote. That it was not changed
// meanwhile is for the cookie's authentication, or the session store, to say.
func ParseK2100Login(text string) (*K2100Login, error) {
	octets, err := base64.RawURLEncoding.Strict().DecodeString(text)
	var d loginData
	if err != nil || len(text) > maxLoginText || json.Unmarshal(octets, &d) != nil || !d.whole() {
		return nil, &ArgumentError{Field: "login", Reason: "is not the text of a login"}
	}
	return &K2100Login{data: hide(d)}, nil
}

// whole reports that nothing of a login is missing: an empty state would be
// matched by an empty answer.
func (d loginData) whole() bool {
	isEnvironment := d.Environment == Test.String() || d.Environment == Production.String()
	return isEnvironment && checkTxID(d.KauthTxID) == "" && isRedirectURI(d.RedirectURI) &&
		d.State != "" && d.Nonce != "" && d.Verifier != "" && d.Data != ""
}
