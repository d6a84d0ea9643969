package kakaocert

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"sync"
	"time"
)

// Session checks the abbreviated signatures of one user for as long as it
// lasts. It does not change, and any number of goroutines may use it.
//
// Its JSON form contains the transaction, the public key and the validity, and
// nothing personal. Keep it where only the server writes: who can change the
// key can sign for the user.
type Session struct {
	transaction K2220Transaction
	key         *ecdsa.PublicKey
	startAt     time.Time
	endAt       time.Time
	id          [sha256.Size]byte // of transaction and key
}

// clockSkew is how far this machine's clock may be behind Kakao's when a
// session begins. Its end is exact.
const clockSkew = time.Minute

// SessionError says why an abbreviated signature was refused:
// [ErrSessionNotBegun], [ErrSessionExpired], [ErrSignature] or [ErrReplayed].
type SessionError struct {
	Check string // "validity", "signature" or "replay"
	err   error
}

func (e *SessionError) Error() string {
	return "kakaocert: abbreviated signature refused: " + e.Check
}

func (e *SessionError) Unwrap() error { return e.err }

// Transaction returns the transaction in which the user signed the session.
func (s *Session) Transaction() K2220Transaction { return s.transaction }

// PublicKey returns the temporary key, P-256. It is shared: do not change it.
func (s *Session) PublicKey() *ecdsa.PublicKey { return s.key }

// StartAt and EndAt are the session's validity, which the user has signed.
func (s *Session) StartAt() time.Time { return s.startAt }

func (s *Session) EndAt() time.Time { return s.endAt }

// Verify checks that the app signed the data now: ECDSA P-256 over its SHA-256,
// ASN.1 DER in Base64. The error is a [*SessionError]. It accepts the same data
// again: for orders use [Session.VerifyOnce].
func (s *Session) Verify(data []byte, signature string) error {
	return s.VerifyAt(time.Now(), data, signature)
}

// VerifyAt is Verify for another time than now, for records of what was
// accepted.
func (s *Session) VerifyAt(at time.Time, data []byte, signature string) error {
	switch {
	case s == nil || s.key == nil:
		return &ArgumentError{Field: "Session", Reason: "must be set"}
	case at.Before(s.startAt.Add(-clockSkew)):
		return &SessionError{"validity", ErrSessionNotBegun}
	case !at.Before(s.endAt):
		return &SessionError{"validity", ErrSessionExpired}
	}
	digest := sha256.Sum256(data)
	if !s.signed(digest[:], signature) {
		return &SessionError{"signature", ErrSignature}
	}
	return nil
}

// maxSignature is far above the 72 bytes of the longest signature, in Base64.
const maxSignature = 128

func (s *Session) signed(digest []byte, signature string) bool {
	signature = withoutSpace(signature)
	if len(signature) > maxSignature {
		return false
	}
	der, err := decodeBase64(signature)
	return err == nil && ecdsa.VerifyASN1(s.key, digest, der)
}

// VerifyOnce is Verify for data that is good once: what comes again in this
// session is refused as [ErrReplayed]. On an error of the store nothing is
// accepted.
//
// Two orders differ in their data, not in their signature: who sees a signature
// can make a second one that is good too. The data must contain something that
// never comes twice, such as the order's number.
func (s *Session) VerifyOnce(ctx context.Context, seen ReplayStore, data []byte, signature string) error {
	if seen == nil {
		return &ArgumentError{Field: "ReplayStore", Reason: "must not be nil"}
	}
	if err := s.Verify(data, signature); err != nil {
		return err
	}
	added, err := seen.Add(ctx, s.replayKey(data), s.endAt)
	if err != nil {
		return err
	}
	if !added {
		return &SessionError{"replay", ErrReplayed}
	}
	return nil
}

// replayKey names the data within the session.
func (s *Session) replayKey(data []byte) [sha256.Size]byte {
	digest := sha256.Sum256(data)
	return sha256.Sum256(append(s.id[:], digest[:]...))
}

// newSession reads the document that the user signed. (ASSUMED form)
func newSession(p *Protocol, tx K2220Transaction, document []byte, length time.Duration) (*Session, error) {
	refuse := func(field, reason string) error {
		return &DecodeError{Operation: "k2220.session", Product: tx.code(), Field: protocolKey(field), Reason: reason}
	}
	o, repeated, err := parseSigned(document)
	switch {
	case err != nil:
		return nil, refuse("", "is not a JSON object")
	case repeated:
		return nil, refuse("", "repeats a name")
	}
	if got := o.text(p.List("field.tx_id")); got != "" && got != tx.txID {
		return nil, refuse("tx_id", "is another transaction's")
	}
	key, err := readSessionKey(o.text(p.List("field.signed_public_key")))
	if err != nil {
		return nil, refuse("signed_public_key", "is not Base64 of a P-256 key")
	}
	session := makeSession(tx, key, o.time(p.List("field.signed_start_at")), o.time(p.List("field.signed_end_at")))
	if reason := session.flaw(length); reason != "" {
		return nil, refuse("signed_end_at", reason)
	}
	return session, nil
}

func makeSession(tx K2220Transaction, key *ecdsa.PublicKey, startAt, endAt time.Time) *Session {
	point, _ := key.Bytes() // a key that was read has a point on the curve
	id := sha256.Sum256(append([]byte(tx.String()+"\n"), point...))
	return &Session{transaction: tx, key: key, startAt: startAt, endAt: endAt, id: id}
}

// flaw says what is wrong with the validity.
func (s *Session) flaw(longest time.Duration) (reason string) {
	switch {
	case s.startAt.IsZero() || s.endAt.IsZero():
		return "is missing, or the start is"
	case !s.startAt.Before(s.endAt):
		return "is not after the start"
	case s.endAt.Sub(s.startAt) > longest:
		return "is later than was asked for"
	}
	return ""
}

var errSessionKey = errors.New("no P-256 key")

// readSessionKey reads a SubjectPublicKeyInfo in DER (RFC 5480), or the bare
// uncompressed point, in Base64.
func readSessionKey(text string) (*ecdsa.PublicKey, error) {
	raw, err := decodeBase64(text)
	if err != nil {
		return nil, err
	}
	if key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), raw); err == nil {
		return key, nil
	}
	parsed, err := x509.ParsePKIXPublicKey(raw)
	if err != nil {
		return nil, err
	}
	key, isECDSA := parsed.(*ecdsa.PublicKey)
	if !isECDSA || key.Curve != elliptic.P256() {
		return nil, errSessionKey
	}
	return key, nil
}

// sessionJSON is the form in which a session is kept.
type sessionJSON struct {
	Transaction K2220Transaction `json:"transaction"`
	PublicKey   string           `json:"public_key"` // Base64 of SubjectPublicKeyInfo
	StartAt     time.Time        `json:"start_at"`
	EndAt       time.Time        `json:"end_at"`
}

func (s *Session) MarshalJSON() ([]byte, error) {
	if s == nil || s.key == nil {
		return []byte("null"), nil
	}
	spki, err := x509.MarshalPKIXPublicKey(s.key)
	if err != nil {
		return nil, err
	}
	return json.Marshal(sessionJSON{s.transaction, base64.StdEncoding.EncodeToString(spki), s.startAt, s.endAt})
}

// UnmarshalJSON reads what MarshalJSON wrote; else it is an [*ArgumentError].
func (s *Session) UnmarshalJSON(text []byte) error {
	refuse := &ArgumentError{Field: "Session", Reason: "is not the text of a session"}
	var in sessionJSON
	if json.Unmarshal(text, &in) != nil || in.Transaction.IsZero() {
		return refuse
	}
	key, err := readSessionKey(in.PublicKey)
	if err != nil {
		return refuse
	}
	read := makeSession(in.Transaction, key, in.StartAt.UTC(), in.EndAt.UTC())
	if read.flaw(maxSession) != "" {
		return refuse
	}
	*s = *read
	return nil
}

// ReplayStore remembers what [Session.VerifyOnce] has accepted, for all
// processes that take orders. A custom implementation must keep these promises:
//
//   - Add remembers the key at least until the time given, and reports whether
//     it was new. When several callers add the same key at once, only one
//     gets true.
//   - It is as durable as an order that was accepted.
//   - Add may be called from many goroutines.
type ReplayStore interface {
	Add(ctx context.Context, key [sha256.Size]byte, until time.Time) (added bool, err error)
}

// MemoryReplayStore is a [ReplayStore] in memory, for a single process: it
// forgets when that ends, and drops what has run out.
type MemoryReplayStore struct {
	mu    sync.Mutex
	until map[[sha256.Size]byte]time.Time
	sweep int // the size at which what has run out is dropped
}

func NewMemoryReplayStore() *MemoryReplayStore {
	return &MemoryReplayStore{until: make(map[[sha256.Size]byte]time.Time), sweep: minSweep}
}

const minSweep = 1024

func (m *MemoryReplayStore) Add(_ context.Context, key [sha256.Size]byte, until time.Time) (added bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, there := m.until[key]; there {
		return false, nil
	}
	if len(m.until) >= m.sweep {
		m.drop(time.Now())
	}
	m.until[key] = until
	return true, nil
}

func (m *MemoryReplayStore) drop(now time.Time) {
	for key, until := range m.until {
		if !now.Before(until.Add(clockSkew)) { // a clock that is set back must not find it gone
			delete(m.until, key)
		}
	}
	m.sweep = max(minSweep, 2*len(m.until))
}
