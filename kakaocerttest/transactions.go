package kakaocerttest

import (
	"cmp"
	"encoding/hex"
	"errors"
	"hash/maphash"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// transaction is one request to one user. A step holds its mutex from beginning
// to end.
type transaction struct {
	id      string
	number  int64 // in the order of prepare
	service string
	product string // as called: "K1110T"
	bare    string
	account *account
	named   string
	key     *cipherKey

	preparedAt time.Time

	mu          sync.Mutex
	asked       *asked // nil before request
	requestedAt time.Time
	expiresAt   time.Time
	behaviour   Behaviour // of the user when the request was sent
	decision    decision  // by hand
	decidedAt   time.Time
	verified    bool

	// For a session: the app's temporary key, and when the user saw it.
	publicKey []byte
	openedAt  time.Time
}

// asked is what a request asks the user for.
type asked struct {
	title        string
	desc         Desc
	extraMessage string
	returnURL    string
	items        []string // values of identify_items
	documents    []Document
	signed       [][]byte      // what is signed, a document each
	session      time.Duration // how long a session lasts
}

type decision int

const (
	undecided decision = iota
	decidedSign
	decidedRefuse
	decidedExpire
)

// state is the state of a transaction at one moment.
type state int

const (
	statePrepared state = iota
	stateRequested
	stateCompleted
	stateExpired
	stateRejected
)

var stateKeys = [...]string{"value.status.prepared", "value.status.requested", "value.status.completed", "value.status.expired", "value.status.rejected"}

// at computes the state of the transaction, and since when it has that state.
func (tx *transaction) at(now time.Time) (state, time.Time) {
	if tx.asked == nil {
		return statePrepared, tx.preparedAt
	}
	if tx.decision != undecided {
		return tx.decision.state(), tx.decidedAt
	}
	decides := tx.reachedAt().Add(tx.behaviour.after)
	if tx.reached() && decides.Before(tx.expiresAt) && !now.Before(decides) {
		switch tx.behaviour.kind {
		case "sign":
			return stateCompleted, decides
		case "refuse":
			return stateRejected, decides
		}
	}
	if !now.Before(tx.expiresAt) {
		return stateExpired, tx.expiresAt
	}
	return stateRequested, tx.requestedAt
}

// reached reports whether the user sees the request. A session's request does
// not arrive as a message: the app shows it.
func (tx *transaction) reached() bool { return tx.service != "k2220" || !tx.openedAt.IsZero() }

func (tx *transaction) reachedAt() time.Time {
	if tx.service == "k2220" {
		return tx.openedAt
	}
	return tx.requestedAt
}

func (d decision) state() state {
	switch d {
	case decidedSign:
		return stateCompleted
	case decidedRefuse:
		return stateRejected
	}
	return stateExpired
}

// store keeps the transactions, in shards so that thousands of flows at once
// do not wait for one another.
type store struct {
	seed   maphash.Seed
	opened atomic.Int64
	shards [64]shard
}

type shard struct {
	mu   sync.RWMutex
	byID map[string]*transaction
}

func newStore() *store {
	st := &store{seed: maphash.MakeSeed()}
	for i := range st.shards {
		st.shards[i].byID = make(map[string]*transaction)
	}
	return st
}

func (st *store) shard(id string) *shard {
	return &st.shards[maphash.String(st.seed, id)%uint64(len(st.shards))]
}

// open gives the transaction a tx_id of 38 characters, the length that real
// ones have.
func (st *store) open(tx *transaction) *transaction {
	tx.id = hex.EncodeToString(random(19))
	tx.number = st.opened.Add(1)
	sh := st.shard(tx.id)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	sh.byID[tx.id] = tx
	return tx
}

func (st *store) find(id string) *transaction {
	sh := st.shard(id)
	sh.mu.RLock()
	defer sh.mu.RUnlock()
	return sh.byID[id]
}

// all lists the transactions, oldest first.
func (st *store) all() []*transaction {
	var list []*transaction
	for i := range st.shards {
		sh := &st.shards[i]
		sh.mu.RLock()
		for _, tx := range sh.byID {
			list = append(list, tx)
		}
		sh.mu.RUnlock()
	}
	slices.SortFunc(list, func(a, b *transaction) int { return cmp.Compare(a.number, b.number) })
	return list
}

// transaction finds the transaction of the call's tx_id. It returns E2003 for
// an unknown one, or one that is known under another product.
func (s *Service) transaction(c *call, in *input) (*transaction, *failure) {
	id, err := in.text("tx_id")
	if err != nil {
		return nil, err
	}
	c.txID = id
	if c.step != "request" {
		if err := in.end(); err != nil {
			return nil, err
		}
	}
	tx := s.store.find(id)
	if tx == nil || !slices.Contains(c.services, tx.service) || !c.whole && tx.product != c.product {
		return nil, fail("E2003", "")
	}
	c.service, c.product = tx.service, tx.product
	if s.contract.denies(c.service, c.step) {
		return nil, fail("E1002", "")
	}
	return tx, nil
}

// Transaction is a request as the user's phone shows it, with its state. It
// contains personal data of the invented user.
type Transaction struct {
	TxID         string     `json:"tx_id"`
	Service      string     `json:"service"` // "k1100", "k1400", "k2100", "k2220", "k3100" or "k3500"
	Product      string     `json:"product"` // as called: "K1110T"
	Status       string     `json:"status"`  // the protocol's word: "REQUESTED"
	Pending      bool       `json:"pending"` // the user is asked and has not answered
	User         User       `json:"user"`
	Title        string     `json:"title,omitempty"`
	Desc         Desc       `json:"desc,omitzero"`
	ExtraMessage string     `json:"extra_message,omitempty"`
	ReturnURL    string     `json:"return_url,omitempty"` // app-to-app
	Documents    []Document `json:"documents,omitempty"`
	PreparedAt   time.Time  `json:"prepared_at"`
	RequestedAt  time.Time  `json:"requested_at,omitzero"` // zero before request, like the other times
	ExpiresAt    time.Time  `json:"expires_at,omitzero"`
	SignedAt     time.Time  `json:"signed_at,omitzero"`
	Verified     bool       `json:"verified"`                // the answer was fetched
	SessionEndAt time.Time  `json:"session_end_at,omitzero"` // of a session that was signed
	SessionKey   string     `json:"session_key,omitempty"`   // of a session: the first 8 bytes of SHA-256 over the app's public key, in hex
}

// Document is one thing to sign.
type Document struct {
	Title string `json:"title,omitempty"`
	Type  string `json:"type,omitempty"` // the protocol's word for TEXT or HASH; empty for nonce and consent
	Text  string `json:"text"`           // nonce, text, Base64 of the hash, or the consent in clear
}

func (s *Service) snapshot(tx *transaction, now time.Time) Transaction {
	tx.mu.Lock()
	defer tx.mu.Unlock()
	at, since := tx.at(now)
	out := Transaction{
		TxID: tx.id, Service: tx.service, Product: tx.product, Status: s.protocol.Get(stateKeys[at]), Pending: at == stateRequested && tx.reached(),
		User: tx.account.get(), PreparedAt: tx.preparedAt,
		RequestedAt: tx.requestedAt, ExpiresAt: tx.expiresAt, Verified: tx.verified,
	}
	if at == stateCompleted {
		out.SignedAt = since
		if tx.service == "k2220" {
			_, out.SessionEndAt = tx.sessionAt(since)
		}
	}
	if tx.publicKey != nil {
		out.SessionKey = keyPrint(tx.publicKey)
	}
	if a := tx.asked; a != nil {
		out.Title, out.Desc, out.ExtraMessage, out.ReturnURL = a.title, a.desc, a.extraMessage, a.returnURL
		out.Documents = slices.Clone(a.documents)
	}
	return out
}

// Transactions lists all transactions, oldest first.
func (s *Service) Transactions() []Transaction {
	now := s.clock.Now()
	all := s.store.all()
	list := make([]Transaction, len(all))
	for i, tx := range all {
		list[i] = s.snapshot(tx, now)
	}
	return list
}

// Transaction returns one transaction.
func (s *Service) Transaction(txID string) (tx Transaction, found bool) {
	t := s.store.find(txID)
	if t == nil {
		return Transaction{}, false
	}
	return s.snapshot(t, s.clock.Now()), true
}

// ForgetTransactions forgets all transactions, as if they had never existed:
// their tx_id becomes unknown. Otherwise a service keeps every transaction for
// as long as it lives, about 1 KiB each in addition to the documents.
func (s *Service) ForgetTransactions() {
	for i := range s.store.shards {
		sh := &s.store.shards[i]
		sh.mu.Lock()
		clear(sh.byID)
		sh.mu.Unlock()
	}
	s.logins.mu.Lock()
	clear(s.logins.byID)
	s.logins.mu.Unlock()
	s.windows.mu.Lock()
	clear(s.windows.byID)
	s.windows.mu.Unlock()
}

// ErrNotPending says that a transaction does not wait for its user: it is
// unknown, not requested, already answered, or expired.
var ErrNotPending = errors.New("kakaocerttest: transaction is not waiting for the user")

// Sign lets the user sign now, whatever the behaviour, or returns
// [ErrNotPending].
func (s *Service) Sign(txID string) error { return s.decide(txID, decidedSign) }

// Decline lets the user decline now, whatever the behaviour, or returns
// [ErrNotPending].
func (s *Service) Decline(txID string) error { return s.decide(txID, decidedRefuse) }

// Expire ends the user's time now, or returns [ErrNotPending].
func (s *Service) Expire(txID string) error { return s.decide(txID, decidedExpire) }

func (s *Service) decide(txID string, d decision) error {
	tx := s.store.find(txID)
	if tx == nil {
		return ErrNotPending
	}
	now := s.clock.Now()
	tx.mu.Lock()
	at, _ := tx.at(now)
	if at != stateRequested || !tx.reached() && d != decidedExpire {
		tx.mu.Unlock()
		return ErrNotPending
	}
	tx.decision, tx.decidedAt = d, now
	if d == decidedExpire {
		tx.expiresAt = now
	}
	tx.mu.Unlock()
	s.events.publish(Event{Time: now, Step: d.event(), Product: tx.product, TxID: tx.id})
	return nil
}

func (d decision) event() string {
	switch d {
	case decidedSign:
		return "sign"
	case decidedRefuse:
		return "decline"
	}
	return "expire"
}
