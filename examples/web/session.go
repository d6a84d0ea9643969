package main

import (
	"cmp"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"path/filepath"
	"time"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/examples/internal/stage"
)

const (
	sessionLife    = time.Hour
	sessionKeyFile = "session.key"
)

// session is what a visit needs to go on, in any process: whom it is about, and
// which transaction they were asked to sign.
//
// All of it is one sealed value. Who could swap the tx_id could swap the
// person: sign with their own phone, and be taken for somebody else. Who could
// swap the nonce could bring an old signature. So nothing of it is ever taken
// from a form or an address. Encrypted it is because it has personal data in
// it, and authenticated so that nobody can change it or put two together.
//
// A server's own session store does as well: what matters is that the browser
// cannot choose.
type session struct {
	Identity kakaocert.K1100Transaction `json:"identity,omitzero"` // one of the two
	Contract kakaocert.K3500Transaction `json:"contract,omitzero"`
	Nonce    string                     `json:"nonce,omitempty"` // of Identity
	AppLink  string                     `json:"app_link,omitempty"`
	Begun    time.Time                  `json:"begun"`
	Until    time.Time                  `json:"until"` // the user's time to sign
	Person   kakaocert.Person           `json:"-"`     // seals as [redacted]: see sealedSession
}

// kind names the product that the session is about.
func (s *session) kind() string {
	if s.Identity.IsZero() {
		return kindContract
	}
	return kindIdentity
}

func (s *session) txID() string { return cmp.Or(s.Identity.TxID(), s.Contract.TxID()) }

func (s *session) user() kakaocert.User { return kakaocert.ByPerson(s.Person) }

// sealedSession has the person in clear. It is never printed, and never leaves
// this file.
type sealedSession struct {
	session
	Name     string `json:"name"`
	Birthday string `json:"birthday"`
	Phone    string `json:"phone"`
}

var (
	errNoSession      = errors.New("no session")
	errSessionOver    = errors.New("session too old")
	errSessionRefused = errors.New("session is not one of ours") // a security event
)

// sessions seals sessions into cookies and opens them.
type sessions struct {
	name   string
	secure bool
	aead   cipher.AEAD
}

// openSessions reads the key from a file that is made on the first start. All
// processes of a bank share it, from where it keeps its other keys; to change
// it is to end all visits.
func openSessions(dir string, secure bool) (*sessions, error) {
	key, err := stage.MakeKey(filepath.Join(dir, sessionKeyFile))
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	s := &sessions{name: "visit", secure: secure}
	if secure {
		s.name = "__Host-visit" // no other host of the domain can set it
	}
	s.aead, err = cipher.NewGCMWithRandomNonce(block)
	return s, err
}

func (s *sessions) put(w http.ResponseWriter, v *session) error {
	text, err := json.Marshal(sealedSession{*v, v.Person.Name, v.Person.Birthday, v.Person.Phone})
	if err != nil {
		return err
	}
	// The name is authenticated with it: what was sealed for another use is no
	// session.
	sealed := s.aead.Seal(nil, nil, text, []byte(s.name))
	http.SetCookie(w, s.cookie(base64.RawURLEncoding.EncodeToString(sealed), sessionLife))
	return nil
}

func (s *sessions) drop(w http.ResponseWriter) { http.SetCookie(w, s.cookie("", -time.Second)) }

// cookie is Lax, not Strict: a browser comes back from KakaoTalk, which is
// another site, and must still be known.
func (s *sessions) cookie(value string, life time.Duration) *http.Cookie {
	return &http.Cookie{
		Name: s.name, Value: value, Path: "/", MaxAge: int(life / time.Second),
		HttpOnly: true, Secure: s.secure, SameSite: http.SameSiteLaxMode,
	}
}

func (s *sessions) get(r *http.Request) (*session, error) {
	cookie, err := r.Cookie(s.name)
	if err != nil {
		return nil, errNoSession
	}
	sealed, err := base64.RawURLEncoding.DecodeString(cookie.Value)
	if err != nil {
		return nil, errSessionRefused
	}
	text, err := s.aead.Open(nil, nil, sealed, []byte(s.name))
	if err != nil {
		return nil, errSessionRefused
	}
	var opened sealedSession
	if err := json.Unmarshal(text, &opened); err != nil {
		return nil, errSessionRefused
	}
	v := &opened.session
	v.Person = kakaocert.Person{Name: opened.Name, Birthday: opened.Birthday, Phone: opened.Phone}
	if time.Since(v.Begun) > sessionLife { // a browser need not forget
		return nil, errSessionOver
	}
	return v, nil
}
