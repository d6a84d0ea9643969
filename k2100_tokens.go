package kakaocert

import (
	"encoding/base64"
	"strconv"
	"strings"
	"time"
)

// K2100Tokens is what a code was exchanged for. The tokens print as
// [redacted].
type K2100Tokens struct {
	// Transaction is what Verify and SignerInfo are asked about. It came from
	// kauth to this server, and not through the browser.
	Transaction  K2100Transaction
	AccessToken  Secret        // RFC 6749
	RefreshToken Secret        // RFC 6749
	IDToken      Secret        // OpenID Connect, where the app has it; its nonce is the login's, its signature is not checked
	ExpiresIn    time.Duration // how long the access token lasts; 0 when the answer does not say
}

// The codes of OAuth (RFC 6749, sections 4.1.2.1 and 5.2) that a login has to
// tell apart. Others pass through as they came.
const (
	ErrInvalidGrant Code = "invalid_grant" // the code was used, has run out, or is not this login's
	ErrAccessDenied Code = "access_denied" // the user declined
)

// LoginError says that the browser came back with an error in place of a code.
// errors.Is matches it with its Code: [ErrAccessDenied] where the user has
// declined.
type LoginError struct {
	Product string
	Code    Code
}

func (e *LoginError) Error() string {
	return "kakaocert: k2100.authorize " + e.Product + ": " + e.Code.Error()
}

// Unwrap returns the code.
func (e *LoginError) Unwrap() error { return e.Code }

func (s *K2100Service) tokens(st step, answer Answer, o object, login *K2100Login) (*K2100Tokens, error) {
	p := s.flow.protocol
	txID := o.text(p.List("field.tx_id"))
	if reason := checkTxID(txID); reason != "" {
		return nil, st.undecodable(p.Field("tx_id"), reason, nil, answer)
	}
	secret := func(key string) Secret { return NewSecret(o.text(p.List(key))) }
	tokens := &K2100Tokens{
		Transaction: K2100Transaction{product: K2100, environment: s.flow.environment, txID: txID},
		AccessToken: secret("field.access_token"), RefreshToken: secret("field.refresh_token"), IDToken: secret("field.id_token"),
	}
	if seconds, err := strconv.ParseUint(o.text(p.List("field.token_expires_in")), 10, 31); err == nil {
		tokens.ExpiresIn = time.Duration(seconds) * time.Second
	}
	if tokens.IDToken.IsZero() {
		return tokens, nil
	}
	nonce, ok := idTokenNonce(tokens.IDToken.Reveal())
	if !ok {
		return nil, st.undecodable(p.Field("id_token"), "is not a JSON Web Token", nil, answer)
	}
	if !sameText([]byte(nonce), []byte(login.data.get().Nonce)) {
		return nil, ErrNonceMismatch
	}
	return tokens, nil
}

// idTokenNonce reads the nonce of an ID token (OpenID Connect Core, section 2).
// That the token comes straight from kauth, over TLS, takes the place of its
// signature (section 3.1.3.7, rule 6).
func idTokenNonce(token string) (nonce string, ok bool) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return "", false
	}
	octets, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return "", false
	}
	claims, err := parseObject(octets)
	if err != nil {
		return "", false
	}
	return claims.text([]string{"nonce"}), true
}
