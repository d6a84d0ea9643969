// Package flowtest contains a [flow.Store] in memory, for tests of programs
// that use flows, and the test that every store must pass.
package flowtest

import (
	"bytes"
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/kakaocert-go/kakaocert/flow"
)

// Memory is a [flow.Store] in memory. It ends with its process: it is only for
// tests. Its clock is time.Now, which is the bubble's inside testing/synctest.
type Memory struct {
	mu    sync.Mutex
	flows map[string]*kept
	rows  map[string]string
	log   []flow.Flow
}

type kept struct {
	flow.Flow
	due time.Time
}

// NewMemory returns an empty store.
func NewMemory() *Memory {
	return &Memory{flows: make(map[string]*kept), rows: make(map[string]string)}
}

// Tx is a transaction of a [Memory]. It is valid until the function that
// received it returns.
type Tx struct {
	memory *Memory
	flows  map[string]*kept
	rows   map[string]string
}

// Set writes a row, as an institution would into its own table.
func (tx *Tx) Set(key, value string) { tx.rows[key] = value }

// Row returns the value that [Tx.Set] has written, if it was committed.
func (m *Memory) Row(key string) (value string, found bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	value, found = m.rows[key]
	return value, found
}

// Begin calls work with a transaction, and commits it when work returns nil.
// Transactions run one after the other; work must use the Memory only through
// its transaction.
func (m *Memory) Begin(ctx context.Context, work func(context.Context, *Tx) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	tx := &Tx{memory: m, flows: make(map[string]*kept), rows: make(map[string]string)}
	if err := work(ctx, tx); err != nil {
		return err
	}
	maps.Copy(m.rows, tx.rows)
	maps.Copy(m.flows, tx.flows)
	for _, f := range tx.flows {
		m.log = append(m.log, f.Flow)
	}
	return nil
}

// Log returns every flow after each of its changes, in order.
func (m *Memory) Log() []flow.Flow {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.log)
}

// Insert implements [flow.Store].
func (m *Memory) Insert(_ context.Context, tx *Tx, id, product string, input []byte, first flow.Change) error {
	if m.flows[id] != nil || tx.flows[id] != nil {
		return flow.ErrExists
	}
	f := &kept{Flow: flow.Flow{ID: id, Product: product, Input: bytes.Clone(input), CreatedAt: time.Now()}}
	f.change(first)
	tx.flows[id] = f
	return nil
}

func (k *kept) change(to flow.Change) {
	now := time.Now()
	k.Progress, k.Owner, k.UpdatedAt = to.Progress, to.Owner, now
	k.Rev++
	k.LeaseUntil = time.Time{}
	if to.Lease > 0 {
		k.LeaseUntil = now.Add(to.Lease)
	}
	k.due = now.Add(to.Due)
}

// Load implements [flow.Store].
func (m *Memory) Load(ctx context.Context, id string) (flow.Flow, error) {
	if err := ctx.Err(); err != nil {
		return flow.Flow{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	k := m.flows[id]
	if k == nil {
		return flow.Flow{}, flow.ErrNotFound
	}
	f := k.Flow
	f.Input, f.Now = bytes.Clone(f.Input), time.Now()
	return f, nil
}

// at returns a copy of the flow to change, if its revision is still rev.
func (m *Memory) at(id string, rev int64) (*kept, error) {
	k := m.flows[id]
	if k == nil || k.Rev != rev {
		return nil, flow.ErrRaced
	}
	changed := *k
	return &changed, nil
}

// Move implements [flow.Store].
func (m *Memory) Move(ctx context.Context, id string, rev int64, to flow.Change) error {
	return m.Begin(ctx, func(_ context.Context, tx *Tx) error {
		k, err := m.at(id, rev)
		if err != nil {
			return err
		}
		if k.Held {
			return flow.ErrRaced
		}
		k.change(to)
		tx.flows[id] = k
		return nil
	})
}

// End implements [flow.Store].
func (m *Memory) End(ctx context.Context, id string, rev int64, to flow.Change, write func(context.Context, *Tx) error) error {
	return m.Begin(ctx, func(ctx context.Context, tx *Tx) error {
		k, err := m.at(id, rev)
		if err != nil {
			return err
		}
		k.change(to)
		k.Input, k.Held = nil, false
		tx.flows[id] = k
		return write(ctx, tx)
	})
}

// Due implements [flow.Store].
func (m *Memory) Due(ctx context.Context, limit int, again time.Duration) ([]string, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	var due []*kept
	for _, k := range m.flows {
		if k.State != flow.StateEnded && !k.Held && !k.due.After(now) && !k.LeaseUntil.After(now) {
			due = append(due, k)
		}
	}
	slices.SortFunc(due, func(a, b *kept) int { return cmp.Or(a.due.Compare(b.due), cmp.Compare(a.ID, b.ID)) })
	var ids []string
	for _, k := range due[:min(limit, len(due))] {
		k.due = now.Add(again)
		ids = append(ids, k.ID)
	}
	return ids, nil
}

// Hold implements [flow.Store].
func (m *Memory) Hold(ctx context.Context, before time.Time) (int, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	n := 0
	for _, k := range m.flows {
		if k.State != flow.StateEnded && !k.Held && k.CreatedAt.Before(before) {
			k.Held = true
			n++
		}
	}
	return n, nil
}

// Release implements [flow.Store].
func (m *Memory) Release(ctx context.Context, id string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	k := m.flows[id]
	if k == nil {
		return flow.ErrNotFound
	}
	if k.Held {
		k.Held, k.due = false, time.Now()
	}
	return nil
}

// Stats implements [flow.Store].
func (m *Memory) Stats(ctx context.Context) (flow.Stats, error) {
	stats := flow.Stats{Open: make(map[flow.State]int)}
	if err := ctx.Err(); err != nil {
		return stats, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, k := range m.flows {
		if k.State == flow.StateEnded {
			continue
		}
		stats.Open[k.State]++
		if k.Held {
			stats.Held++
		}
		if k.State.SignatureAtStake() {
			signedAt := k.SignedAt
			if signedAt.IsZero() {
				signedAt = k.CreatedAt
			}
			stats.OldestSigned = max(stats.OldestSigned, time.Since(signedAt))
		}
	}
	return stats, nil
}
