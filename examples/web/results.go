package main

import (
	"sync"
	"time"
)

// proof says that the person is who they said they are, and has signed.
type proof struct {
	At     time.Time // when the answer was here
	Checks []string  // of a signature
}

// results lets one request at a time work on a transaction, and keeps what can
// no longer change. So a double click, or a second tab, finds the result and
// does not verify again.
//
// It holds for one process. Where several serve the same visitors, a lock on
// the transaction's row in the database does the same; without one, a process
// that comes too late has [kakaocert.ErrUnknownTransaction] and finds the
// answer in the evidence (see server.prove).
type results struct {
	life time.Duration

	mu   sync.Mutex
	byTx map[string]*result
}

type result struct {
	mu    sync.Mutex
	known bool
	proof *proof
	err   error
	until time.Time
}

// newResults makes results that are forgotten after life, when no session can
// ask for them any more.
func newResults(life time.Duration) *results {
	return &results{life: life, byTx: make(map[string]*result)}
}

// once returns what came of the transaction, and works where that is not known.
func (r *results) once(txID string, work func() (*proof, error)) (*proof, error) {
	of := r.of(txID)
	of.mu.Lock()
	defer of.mu.Unlock()
	if of.known {
		return of.proof, of.err
	}
	proof, err := work()
	if err == nil || refusalOf(err).final {
		of.known, of.proof, of.err = true, proof, err
	}
	return proof, err
}

func (r *results) of(txID string) *result {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	for id, old := range r.byTx {
		if now.After(old.until) {
			delete(r.byTx, id)
		}
	}
	if r.byTx[txID] == nil {
		r.byTx[txID] = &result{until: now.Add(r.life)}
	}
	return r.byTx[txID]
}
