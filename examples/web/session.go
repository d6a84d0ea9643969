package main

import (
	"cmp"
	"encoding/json"
	"net/http"
	"path/filepath"
	"time"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/examples/internal/sealed"
	"github.com/kakaocert-go/kakaocert/examples/internal/stage"
)

const (
	sessionLife    = time.Hour
	sessionKeyFile = "session.key"
)

// session is what a visit needs to go on, in any process: the person, and the
// transaction that this person was asked to sign.
//
// All of it is one sealed value. An attacker who could swap the tx_id could swap
// the person: sign with their own phone, and be taken for the victim. An attacker
// who could swap the nonce could present an old signature. So nothing of it is ever
// taken from a form or an address. It is encrypted because it contains personal
// data, and authenticated so that it cannot be changed or mixed with another: see
// package sealed.
//
// A server's own session store does as well: what matters is that the browser
// cannot choose.
type session struct {
	Identity kakaocert.K1100Transaction `json:"identity,omitzero"` // one of the two
	Contract kakaocert.K3500Transaction `json:"contract,omitzero"`
	Nonce    string                     `json:"nonce,omitempty"` // of Identity
	AppLink  string                     `json:"app_link,omitempty"`
	Until    time.Time                  `json:"until"` // the user's time to sign
	Person   kakaocert.Person           `json:"-"`     // refuses to be marshalled: see sealedSession
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

// sealedSession contains the person in clear. It is never printed, and never leaves
// this file.
type sealedSession struct {
	session
	Name     string `json:"name"`
	Birthday string `json:"birthday"`
	Phone    string `json:"phone"`
}

// sessions seals sessions into a cookie and opens them.
type sessions struct{ cookie *sealed.Cookie }

// openSessions reads the key from a file that is made on the first start.
func openSessions(dir string, secure bool) (*sessions, error) {
	key, err := stage.MakeKey(filepath.Join(dir, sessionKeyFile))
	if err != nil {
		return nil, err
	}
	cookie, err := sealed.NewCookie("visit", key, sessionLife, secure)
	return &sessions{cookie}, err
}

func (s *sessions) put(w http.ResponseWriter, v *session) error {
	text, err := json.Marshal(sealedSession{*v, v.Person.Name, v.Person.Birthday, v.Person.Phone})
	if err != nil {
		return err
	}
	http.SetCookie(w, s.cookie.Seal(text))
	return nil
}

func (s *sessions) drop(w http.ResponseWriter) { http.SetCookie(w, s.cookie.Gone()) }

// get returns the visitor's session, or the error of [sealed.Cookie.Open].
func (s *sessions) get(r *http.Request) (*session, error) {
	text, err := s.cookie.Open(r)
	if err != nil {
		return nil, err
	}
	var opened sealedSession
	if err := json.Unmarshal(text, &opened); err != nil {
		return nil, err
	}
	v := &opened.session
	v.Person = kakaocert.Person{Name: opened.Name, Birthday: opened.Birthday, Phone: opened.Phone}
	return v, nil
}
