package kakaocerttest

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"time"
)

// The limits of a session. (DOC)
const (
	minSession = 6 * time.Hour
	maxSession = 48 * time.Hour
)

// session is the content that K2220 and K3220 have signed: a key that does not
// exist yet.
func (s *Service) session(a *asked, in *input) *failure {
	seconds, there, err := in.integer("session_expires_in")
	if err != nil {
		return err
	}
	name := s.protocol.Field("session_expires_in")
	if !there {
		return invalid(name, "is missing")
	}
	if seconds < int64(minSession/time.Second) || seconds > int64(maxSession/time.Second) {
		return invalid(name, "is not 6 to 48 hours")
	}
	a.session = time.Duration(seconds) * time.Second
	a.add(Document{Text: a.session.String()}, "")
	return nil
}

// sessionAt is the validity of a session that was signed at that time.
func (tx *transaction) sessionAt(signed time.Time) (from, until time.Time) {
	from = signed.Truncate(time.Second)
	return from, from.Add(tx.asked.session)
}

// sessionDocument is what the user signs. No public source documents its form;
// here it is a JSON object with the key and its validity. (ASSUMED)
func (s *Service) sessionDocument(tx *transaction, signed time.Time, spoil FaultKind) ([]byte, error) {
	from, until := tx.sessionAt(signed)
	if spoil == ExpiredSession {
		past := until.Sub(from) + time.Hour
		from, until = from.Add(-past), until.Add(-past)
	}
	return json.Marshal(object{
		s.protocol.Field("tx_id"):             tx.id,
		s.protocol.Field("signed_public_key"): base64.StdEncoding.EncodeToString(tx.publicKey),
		s.protocol.Field("signed_start_at"):   timestamp(from),
		s.protocol.Field("signed_end_at"):     timestamp(until),
	}.nested(func(name string) string { return name }))
}

// sessionInfo returns the data of a session, until it ends.
func (s *Service) sessionInfo(tx *transaction) (object, *failure) {
	now := s.clock.Now()
	at, since := tx.at(now)
	if err := unsigned(at); err != nil {
		return nil, err
	}
	if at == stateRejected {
		return nil, fail("E2006", "")
	}
	from, until := tx.sessionAt(since)
	if !now.Before(until) {
		return nil, fail("E2016", "")
	}
	return object{
		s.protocol.Field("tx_id"):            tx.id,
		s.protocol.Field("user_id"):          json.Number(userID(tx.account)),
		s.protocol.Field("session_start_at"): timestamp(from),
		s.protocol.Field("session_end_at"):   timestamp(until),
	}, nil
}

// bring accepts an app's key, unless the user has seen another key.
func (tx *transaction) bring(spki []byte) bool {
	tx.mu.Lock()
	defer tx.mu.Unlock()
	if tx.reached() {
		return false
	}
	tx.publicKey = spki
	return true
}

// signs reports whether the session's key is this one.
func (tx *transaction) signs(spki []byte) bool {
	tx.mu.Lock()
	defer tx.mu.Unlock()
	return bytes.Equal(tx.publicKey, spki)
}

// reach shows a session's request, with the app's key, to its user.
func (s *Service) reach(tx *transaction) error {
	now := s.clock.Now()
	tx.mu.Lock()
	defer tx.mu.Unlock()
	if at, _ := tx.at(now); at != stateRequested || tx.publicKey == nil || tx.reached() {
		return ErrNotPending
	}
	tx.openedAt = now
	return nil
}

// keyPrint is a key in a form that a person can compare.
func keyPrint(spki []byte) string {
	sum := sha256.Sum256(spki)
	return hex.EncodeToString(sum[:8])
}
