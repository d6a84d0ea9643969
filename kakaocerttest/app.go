package kakaocerttest

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
)

// App is the institution's app on a user's phone, with Kakao's mobile SDK in
// it: it holds the temporary key of abbreviated signatures and signs with it.
type App struct {
	service *Service
	phone   string

	mu   sync.Mutex
	key  *ecdsa.PrivateKey
	last SignedOrder
}

// SignedOrder is what an app sends to its institution.
type SignedOrder struct {
	Data      []byte `json:"data"`
	Signature string `json:"signature"` // ECDSA P-256 over SHA-256, DER in Base64
}

// NewApp returns the app of the user with that phone number.
func (s *Service) NewApp(phone string) *App { return &App{service: s, phone: phone} }

var errNoSession = errors.New("kakaocerttest: the app has no session: see App.Open")

// Open makes a temporary key and lets the user sign it, in the transaction that
// the institution has requested: for K3220 in KakaoTalk, for K2220 while
// logging in at kauth. It returns when the user has signed, according to their
// [Behaviour], or the context ends. [ErrNotPending] says that the transaction
// does not wait for a key, or that the user declined.
func (a *App) Open(ctx context.Context, txID string) error {
	tx := a.service.store.find(txID)
	if tx == nil || tx.service != "k2220" || tx.account.get().Phone != a.phone {
		return ErrNotPending
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	spki, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return err
	}
	if !tx.bring(spki) {
		return ErrNotPending
	}
	if tx.bare == "K2220" {
		err = a.logIn(ctx, tx)
	} else if err = a.service.reach(tx); err == nil {
		err = a.service.answered(ctx, tx)
	}
	if err != nil {
		return err
	}
	if !tx.signs(spki) {
		return ErrNotPending // another app was first
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.key, a.last = key, SignedOrder{}
	return nil
}

// answered waits until the user has signed.
func (s *Service) answered(ctx context.Context, tx *transaction) error {
	for {
		tx.mu.Lock()
		at, _ := tx.at(s.clock.Now())
		tx.mu.Unlock()
		switch at {
		case stateCompleted:
			return nil
		case stateRequested:
		default:
			return ErrNotPending
		}
		if err := wait(ctx, pollEvery); err != nil {
			return err
		}
	}
}

// Sign signs an order with the temporary key.
func (a *App) Sign(data []byte) (SignedOrder, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.key == nil {
		return SignedOrder{}, errNoSession
	}
	fault := a.service.faults.take("order")
	if fault.Kind == Replay && a.last.Signature != "" {
		return a.last, nil
	}
	key := a.key
	if fault.Kind == WrongKey {
		var err error
		if key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
			return SignedOrder{}, err
		}
	}
	digest := sha256.Sum256(data)
	der, err := ecdsa.SignASN1(rand.Reader, key, digest[:])
	if err != nil {
		return SignedOrder{}, err
	}
	a.last = SignedOrder{Data: data, Signature: a.service.dialect.base64(der)}
	return a.last, nil
}

// logIn is the login of the mobile SDK: prepare with the session's tx_id, the
// page, and the exchange of the code.
func (a *App) logIn(ctx context.Context, tx *transaction) error {
	s := a.service
	field, verifier := s.protocol.Field, base64.RawURLEncoding.EncodeToString(random(32))
	challenge := sha256.Sum256([]byte(verifier))
	const redirect = "kakao-app://oauth"

	prepared, err := a.kauth(ctx, "prepare", url.Values{
		field("client_id"): {s.clientID()}, field("cert_type"): {s.protocol.Get("value.cert_type.k2220")},
		field("settle_id"): {s.contract.SettleIDs[0]}, field("sign_data"): {tx.id[:26]}, field("tx_id"): {tx.id},
	})
	if err != nil {
		return err
	}
	_, path := s.protocol.Endpoint("k2100", "authorize")
	callback, err := s.LogIn(ctx, kauthHost+path+"?"+url.Values{
		field("client_id"): {s.clientID()}, field("response_type"): {"code"}, field("redirect_uri"): {redirect}, field("prompt"): {s.protocol.Get("value.prompt")},
		field("state"): {"app"}, field("kauth_tx_id"): {prepared.text(s.answerName("kauth_tx_id"))},
		field("code_challenge"): {base64.RawURLEncoding.EncodeToString(challenge[:])}, field("code_challenge_method"): {"S256"},
	}.Encode(), a.phone)
	if err != nil {
		return err
	}
	back, err := url.Parse(callback)
	if err != nil {
		return err
	}
	if !back.Query().Has(field("code")) {
		return ErrNotPending
	}
	tokens, err := a.kauth(ctx, "token", url.Values{
		field("grant_type"): {"authorization_code"}, field("client_id"): {s.clientID()}, field("client_secret"): {s.contract.ClientSecret},
		field("redirect_uri"): {redirect}, field("code"): {back.Query().Get(field("code"))}, field("code_verifier"): {verifier},
	})
	if err == nil && tokens.text(s.answerName("tx_id")) != tx.id {
		err = errors.New("kakaocerttest: kauth's answer is another transaction's")
	}
	return err
}

const kauthHost = "https://kauth.kakao.com"

// kauth makes a call to kauth, in this process, and returns its answer.
func (a *App) kauth(ctx context.Context, step string, form url.Values) (answerObject, error) {
	_, path := a.service.protocol.Endpoint("k2100", step)
	answer, text, err := visit(ctx, &http.Client{Transport: a.service.Transport()}, http.MethodPost, kauthHost+path, form)
	if err != nil {
		return nil, err
	}
	var fields answerObject
	if text, err = unpacked(answer.Header, text); err != nil || answer.StatusCode != http.StatusOK || json.Unmarshal(text, &fields) != nil {
		return nil, fmt.Errorf("kakaocerttest: kauth's %s answers the app with HTTP %d", step, answer.StatusCode)
	}
	return fields, nil
}

// unpacked reverses what a dialect does to the JSON of an answer.
func unpacked(h http.Header, text []byte) ([]byte, error) {
	if h.Get("Content-Encoding") == "gzip" {
		reader, err := gzip.NewReader(bytes.NewReader(text))
		if err != nil {
			return nil, err
		}
		if text, err = io.ReadAll(reader); err != nil {
			return nil, err
		}
	}
	return bytes.TrimPrefix(text, []byte("\xef\xbb\xbf")), nil
}

// answerName is what a field is called in answers.
func (s *Service) answerName(key string) string {
	return cmp.Or(s.dialect.Names[key], s.protocol.Field(key))
}

// answerObject is an answer as the app reads it.
type answerObject map[string]any

// text returns the text under a name, which may contain dots.
func (o answerObject) text(name string) string {
	first, rest, nested := strings.Cut(name, ".")
	if nested {
		inside, _ := o[first].(map[string]any)
		return answerObject(inside).text(rest)
	}
	text, _ := o[name].(string)
	return text
}
