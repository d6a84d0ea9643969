package kakaocerttest

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// How long a prepared login waits for its browser, and a code for its exchange.
// Both are our own choice.
const (
	loginWithin = 10 * time.Minute
	codeWithin  = 10 * time.Minute
)

// login is one login at kauth. Its fields are behind the lock of logins.
type login struct {
	id         string // kauth_tx_id
	data       string // sign_data
	items      []string
	preparedAt time.Time
	session    *transaction // the prepared session that is signed; nil if there is none

	query     string // of the page at which the user agreed; the fields below belong to it
	asked     authorization
	tx        *transaction // nil before the user agreed
	cancelled bool
	code      string // empty before the browser is sent back
	codeAt    time.Time
	used      bool
}

// authorization is what the browser asks the page for.
type authorization struct{ redirectURI, state, nonce, challenge string }

type logins struct {
	mu   sync.Mutex
	byID map[string]*login
}

func newLogins() *logins { return &logins{byID: make(map[string]*login)} }

func (l *logins) withCode(code string) *login {
	for _, login := range l.byID {
		if login.code != "" && subtle.ConstantTimeCompare([]byte(login.code), []byte(code)) == 1 {
			return login
		}
	}
	return nil
}

// kauth answers a form as OAuth does.
func (s *Service) kauth(c *call, r *http.Request, fault Fault) (object, *failure) {
	c.product = s.code("K2100")
	text, err := body(r)
	if err != nil {
		return nil, oauthForm(err)
	}
	in, err := formInput(s.protocol, r.Header.Get("Content-Type"), text)
	if err != nil {
		return nil, oauthForm(err)
	}
	id, err := in.text("client_id")
	if err != nil {
		return nil, oauthForm(err)
	}
	if id != s.clientID() {
		return nil, oauthFail(http.StatusUnauthorized, "invalid_client", "KOE101", "client_id")
	}
	if s.contract.denies(c.service, c.step) {
		return nil, fail("E1002", "")
	}
	s.logins.mu.Lock()
	defer s.logins.mu.Unlock()
	var out object
	if c.step == "prepare" {
		out, err = s.prepareLogin(in)
	} else {
		out, err = s.token(c, in, fault.Kind)
	}
	return out, oauthForm(err)
}

func (s *Service) clientID() string {
	if s.protocol.Get("login.client_id") == "dealer" {
		return s.contract.DealerKey
	}
	return s.contract.InstitutionKey
}

func oauthFail(status int, code, koe, detail string) *failure {
	return &failure{status: status, code: code, message: detail, koe: koe}
}

// oauthForm returns a bad parameter in OAuth's form; other failures do not
// change.
func oauthForm(f *failure) *failure {
	if f == nil || f.code != "E1001" {
		return f
	}
	return oauthFail(http.StatusBadRequest, "invalid_request", "KOE010", f.message)
}

func invalidGrant(detail string) *failure {
	return oauthFail(http.StatusBadRequest, "invalid_grant", "KOE320", detail)
}

// prepareLogin opens a login, whose user is not known yet.
func (s *Service) prepareLogin(in *input) (object, *failure) {
	l := &login{id: hex.EncodeToString(random(16)), preparedAt: s.clock.Now()}
	kind, err := in.text("cert_type")
	if err != nil {
		return nil, err
	}
	switch kind {
	case s.protocol.Get("value.cert_type.k2100"):
	case s.protocol.Get("value.cert_type.k2220"):
		if l.session, err = s.loginSession(in); err != nil {
			return nil, err
		}
	default:
		return nil, invalid(s.protocol.Field("cert_type"), "must be one of the known values")
	}
	settleID, err := in.optional("settle_id")
	if err != nil {
		return nil, err
	}
	if !slices.Contains(s.contract.SettleIDs, settleID) {
		return nil, fail("E1005", "")
	}
	if l.data, err = in.text("sign_data"); err != nil {
		return nil, err
	}
	if length(s.protocol, l.data) > maxNonce {
		return nil, invalid(s.protocol.Field("sign_data"), "is longer than 40 characters")
	}
	if l.items, err = s.loginItems(in); err != nil {
		return nil, err
	}
	if err := in.end(); err != nil {
		return nil, err
	}
	s.logins.byID[l.id] = l
	return object{s.protocol.Field("kauth_tx_id"): l.id}, nil
}

// loginSession finds the session that a user signs while logging in.
func (s *Service) loginSession(in *input) (*transaction, *failure) {
	txID, err := in.text("tx_id")
	if err != nil {
		return nil, err
	}
	tx := s.store.find(txID)
	if tx == nil || tx.bare != "K2220" {
		return nil, fail("E2003", "")
	}
	return tx, nil
}

// loginItems reads the comma list and returns the words that signer info uses.
func (s *Service) loginItems(in *input) ([]string, *failure) {
	text, err := in.optional("sign_identify_items")
	if err != nil || text == "" {
		return nil, err
	}
	var items []string
	for word := range strings.SplitSeq(text, ",") {
		i := slices.IndexFunc(identifyItems, func(key string) bool { return s.protocol.Get("value.login_identify."+key) == word })
		if i < 0 || slices.Contains(items, s.protocol.Get("value.identify."+identifyItems[i])) {
			return nil, invalid(s.protocol.Field("sign_identify_items"), "must not repeat an item or have an unknown one")
		}
		items = append(items, s.protocol.Get("value.identify."+identifyItems[i]))
	}
	return items, nil
}

// token exchanges a code, once.
func (s *Service) token(c *call, in *input, fault FaultKind) (object, *failure) {
	var grant, secret, redirectURI, code, verifier string
	for _, field := range []struct {
		key  string
		into *string
	}{
		{"grant_type", &grant}, {"client_secret", &secret}, {"redirect_uri", &redirectURI}, {"code", &code}, {"code_verifier", &verifier},
	} {
		var err *failure
		if *field.into, err = in.optional(field.key); err != nil {
			return nil, err
		}
	}
	if err := in.end(); err != nil {
		return nil, err
	}
	if secret != s.contract.ClientSecret {
		return nil, oauthFail(http.StatusUnauthorized, "invalid_client", "KOE010", "client_secret")
	}
	if grant != "authorization_code" {
		return nil, oauthFail(http.StatusBadRequest, "unsupported_grant_type", "KOE203", "grant_type")
	}
	l := s.logins.withCode(code)
	if l == nil {
		return nil, invalidGrant("no such code")
	}
	c.txID = l.tx.id
	used := l.used || fault == UsedCode
	l.used = true // whatever the result: a code can be used once (RFC 6749, section 4.1.2)
	challenge := sha256.Sum256([]byte(verifier))
	switch {
	case used:
		return nil, invalidGrant("the code was used before")
	case s.clock.Now().After(l.codeAt.Add(codeWithin)):
		return nil, invalidGrant("the code has run out")
	case redirectURI != l.asked.redirectURI:
		return nil, invalidGrant("redirect_uri is another one")
	case base64.RawURLEncoding.EncodeToString(challenge[:]) != l.asked.challenge:
		return nil, invalidGrant("code_verifier does not fit code_challenge")
	}
	return s.tokens(l)
}

func (s *Service) tokens(l *login) (object, *failure) {
	idToken, err := s.idToken(l)
	if err != nil {
		return nil, fail("E0001", err.Error())
	}
	return object{
		"token_type":                         "bearer",
		s.protocol.Field("access_token"):     base64.RawURLEncoding.EncodeToString(random(32)),
		s.protocol.Field("refresh_token"):    base64.RawURLEncoding.EncodeToString(random(32)),
		s.protocol.Field("id_token"):         idToken,
		s.protocol.Field("token_expires_in"): 21599,
		s.protocol.Field("tx_id"):            l.tx.id,
	}, nil
}

// idToken is an ID token (OpenID Connect Core, section 2), signed with ES256 by
// the issuing CA's key.
func (s *Service) idToken(l *login) (string, error) {
	now := s.clock.Now()
	claims, err := json.Marshal(map[string]any{
		"iss": "https://kauth.kakao.com", "aud": s.clientID(), "sub": userID(l.tx.account), "nonce": l.asked.nonce,
		"iat": now.Unix(), "exp": now.Add(6 * time.Hour).Unix(),
	})
	if err != nil {
		return "", err
	}
	encode := base64.RawURLEncoding.EncodeToString
	signed := encode([]byte(`{"alg":"ES256","typ":"JWT"}`)) + "." + encode(claims)
	digest := sha256.Sum256([]byte(signed))
	r, v, err := ecdsa.Sign(rand.Reader, s.authority.issuing.key, digest[:])
	if err != nil {
		return "", err
	}
	signature := make([]byte, 64)
	r.FillBytes(signature[:32])
	v.FillBytes(signature[32:])
	return signed + "." + encode(signature), nil
}
