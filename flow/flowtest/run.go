package flowtest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kakaocert-go/kakaocert/flow"
)

// Begin calls work with a transaction of the store's database and commits it
// when work returns nil.
type Begin[T any] func(ctx context.Context, work func(context.Context, T) error) error

// Run tests that a store keeps the promises of [flow.Store]. For each of its
// subtests, newStore returns an empty store of its own, and the
// way to begin a transaction of its database.
func Run[T any](t *testing.T, newStore func(t *testing.T) (flow.Store[T], Begin[T])) {
	t.Helper()
	for name, test := range map[string]func(*suite[T]){
		"Insert": (*suite[T]).insert, "Rollback": (*suite[T]).rollback, "Move": (*suite[T]).move,
		"Race": (*suite[T]).race, "End": (*suite[T]).end, "EndFails": (*suite[T]).endFails,
		"Due": (*suite[T]).due, "DueOnce": (*suite[T]).dueOnce, "Lease": (*suite[T]).lease,
		"Hold": (*suite[T]).hold, "Stats": (*suite[T]).stats, "Context": (*suite[T]).context,
	} {
		t.Run(name, func(t *testing.T) {
			store, begin := newStore(t)
			test(&suite[T]{T: t, store: store, begin: begin})
		})
	}
}

type suite[T any] struct {
	*testing.T
	store flow.Store[T]
	begin Begin[T]
}

var errWrite = errors.New("flowtest: the institution's row was refused")

func (s *suite[T]) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func (s *suite[T]) is(err, want error) {
	s.Helper()
	if !errors.Is(err, want) {
		s.Fatalf("got error %v, want %v", err, want)
	}
}

// add inserts a flow that is due at once.
func (s *suite[T]) add(id string, first flow.Change) {
	s.Helper()
	s.must(s.begin(s.Context(), func(ctx context.Context, tx T) error {
		return s.store.Insert(ctx, tx, id, "K1110", []byte("sealed "+id), first)
	}))
}

func (s *suite[T]) load(id string) flow.Flow {
	s.Helper()
	f, err := s.store.Load(s.Context(), id)
	s.must(err)
	return f
}

func (s *suite[T]) isDue(want ...string) {
	s.Helper()
	got, err := s.store.Due(s.Context(), 100, time.Hour)
	s.must(err)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		s.Fatalf("due are %v, want %v", got, want)
	}
}

func at(state flow.State) flow.Change {
	return flow.Change{Progress: flow.Progress{State: state}, Owner: "pod-1"}
}

func (s *suite[T]) insert() {
	if _, err := s.store.Load(s.Context(), "order-1"); !errors.Is(err, flow.ErrNotFound) {
		s.Fatalf("Load of no flow: %v", err)
	}
	s.add("order-1", at(flow.StateNew))
	f := s.load("order-1")
	if f.ID != "order-1" || f.Product != "K1110" || f.State != flow.StateNew || string(f.Input) != "sealed order-1" || f.Rev != 1 || f.Held || f.Owner != "pod-1" {
		s.Fatalf("not what was inserted: %+v", f)
	}
	if !f.LeaseUntil.IsZero() || f.CreatedAt.IsZero() || f.UpdatedAt.Before(f.CreatedAt) || f.Now.Before(f.UpdatedAt) {
		s.Fatalf("the times are wrong: %+v", f)
	}
	err := s.begin(s.Context(), func(ctx context.Context, tx T) error {
		return s.store.Insert(ctx, tx, "order-1", "K3511", nil, at(flow.StateWaiting))
	})
	s.is(err, flow.ErrExists)
	if got := s.load("order-1"); got.Product != "K1110" || got.Rev != 1 {
		s.Fatalf("the second insert changed the flow: %+v", got)
	}
}

func (s *suite[T]) rollback() {
	err := s.begin(s.Context(), func(ctx context.Context, tx T) error {
		if err := s.store.Insert(ctx, tx, "order-1", "K1110", nil, at(flow.StateNew)); err != nil {
			return err
		}
		return errWrite
	})
	s.is(err, errWrite)
	_, err = s.store.Load(s.Context(), "order-1")
	s.is(err, flow.ErrNotFound)
	s.isDue()
}

// full is a progress with every field set. Times are whole microseconds, which
// every database keeps.
func full() flow.Progress {
	signed := time.Now().UTC().Truncate(time.Microsecond)
	return flow.Progress{
		State: flow.StateStored, Transaction: "K1110T:0123456789abcdef", KeyVersion: 7,
		AppLink: "kakaotalk://kakaocert/sign?tx_id=0123456789abcdef", SignedAt: signed,
		FetchBy: signed.Add(10 * time.Minute), Verifies: 3, EvidenceID: "20261127-1", Reason: flow.ReasonRefused, Code: "E2001",
	}
}

func (s *suite[T]) move() {
	s.add("order-1", at(flow.StateNew))
	want := full()
	s.must(s.store.Move(s.Context(), "order-1", 1, flow.Change{Progress: want, Owner: "pod-2", Lease: time.Hour}))
	f := s.load("order-1")
	got := f.Progress
	got.SignedAt, got.FetchBy = got.SignedAt.UTC(), got.FetchBy.UTC()
	if !reflect.DeepEqual(got, want) {
		s.Fatalf("progress is %+v, want %+v", got, want)
	}
	if f.Rev != 2 || f.Owner != "pod-2" || string(f.Input) != "sealed order-1" {
		s.Fatalf("not what the move left: %+v", f)
	}
	if left := f.LeaseUntil.Sub(f.Now); left <= 59*time.Minute || left > time.Hour {
		s.Fatalf("the lease lasts %v", left)
	}
	s.must(s.store.Move(s.Context(), "order-1", 2, at(flow.StateWaiting)))
	f = s.load("order-1")
	if !f.LeaseUntil.IsZero() || !reflect.DeepEqual(f.Progress, flow.Progress{State: flow.StateWaiting}) {
		s.Fatalf("a move leaves nothing of before: %+v", f)
	}
	s.is(s.store.Move(s.Context(), "order-1", 2, at(flow.StateSigned)), flow.ErrRaced)
	s.is(s.store.Move(s.Context(), "order-2", 1, at(flow.StateSigned)), flow.ErrRaced)
}

// race: if many change one revision, one of them succeeds.
func (s *suite[T]) race() {
	s.add("order-1", at(flow.StateNew))
	for rev := int64(1); rev <= 5; rev++ {
		var group sync.WaitGroup
		var moved atomic.Int64
		for i := range 8 {
			group.Go(func() {
				err := s.store.Move(s.Context(), "order-1", rev, flow.Change{Progress: flow.Progress{State: flow.StateWaiting}, Owner: fmt.Sprint("pod-", i)})
				switch {
				case err == nil:
					moved.Add(1)
				case !errors.Is(err, flow.ErrRaced):
					s.Error(err)
				}
			})
		}
		group.Wait()
		if moved.Load() != 1 || s.load("order-1").Rev != rev+1 {
			s.Fatalf("%d moves of revision %d took effect", moved.Load(), rev)
		}
	}
}

func (s *suite[T]) end() {
	s.add("order-1", at(flow.StateStored))
	to := flow.Change{Progress: full(), Owner: "pod-2"}
	to.State = flow.StateEnded
	s.must(s.store.End(s.Context(), "order-1", 1, to, func(ctx context.Context, tx T) error {
		return s.store.Insert(ctx, tx, "row", "K1110", nil, at(flow.StateWaiting))
	}))
	f := s.load("order-1")
	if f.State != flow.StateEnded || f.Input != nil || f.Rev != 2 || f.EvidenceID != to.EvidenceID {
		s.Fatalf("not ended: %+v", f)
	}
	s.load("row") // what the caller wrote
	s.isDue("row")
	s.is(s.store.End(s.Context(), "order-1", 1, to, func(context.Context, T) error {
		s.Error("write was called for a flow that had ended")
		return nil
	}), flow.ErrRaced)
}

func (s *suite[T]) endFails() {
	s.add("order-1", at(flow.StateStored))
	err := s.store.End(s.Context(), "order-1", 1, at(flow.StateEnded), func(ctx context.Context, tx T) error {
		if err := s.store.Insert(ctx, tx, "row", "K1110", nil, at(flow.StateWaiting)); err != nil {
			return err
		}
		return errWrite
	})
	s.is(err, errWrite)
	if f := s.load("order-1"); f.State != flow.StateStored || f.Rev != 1 || f.Input == nil {
		s.Fatalf("an end that failed changed the flow: %+v", f)
	}
	_, err = s.store.Load(s.Context(), "row")
	s.is(err, flow.ErrNotFound)
}

func (s *suite[T]) due() {
	later := at(flow.StateWaiting)
	later.Due = time.Hour
	s.add("now", at(flow.StateNew))
	s.add("later", later)
	s.add("leased", at(flow.StateNew))
	s.add("ended", at(flow.StateNew))
	leased := at(flow.StateVerifying)
	leased.Lease = time.Hour
	s.must(s.store.Move(s.Context(), "leased", 1, leased))
	s.must(s.store.End(s.Context(), "ended", 1, at(flow.StateEnded), func(context.Context, T) error { return nil }))
	before := s.load("now")
	s.isDue("now")
	s.isDue() // it is due again in an hour
	if after := s.load("now"); after.Rev != before.Rev || !after.UpdatedAt.Equal(before.UpdatedAt) {
		s.Fatalf("Due changed %+v into %+v", before, after)
	}
	s.must(s.store.Move(s.Context(), "now", 1, at(flow.StateWaiting)))
	s.isDue("now")
	for i := range 5 {
		s.add(fmt.Sprint("more-", i), at(flow.StateNew))
	}
	first, err := s.store.Due(s.Context(), 3, time.Hour)
	s.must(err)
	second, err := s.store.Due(s.Context(), 3, time.Hour)
	s.must(err)
	if len(first) != 3 || len(second) != 2 {
		s.Fatalf("with a limit of 3, due are %v and then %v", first, second)
	}
}

// dueOnce: many callers at once get each flow once.
func (s *suite[T]) dueOnce() {
	for i := range 40 {
		s.add(fmt.Sprint("order-", i), at(flow.StateWaiting))
	}
	var mu sync.Mutex
	seen := make(map[string]int)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for {
				ids, err := s.store.Due(s.Context(), 3, time.Hour)
				if err != nil {
					s.Error(err)
				}
				mu.Lock()
				for _, id := range ids {
					seen[id]++
				}
				done := len(seen) == 40 || s.Failed()
				mu.Unlock()
				if done {
					return
				}
			}
		})
	}
	group.Wait()
	for id, n := range seen {
		if n != 1 {
			s.Errorf("%s was due %d times", id, n)
		}
	}
}

// lease: a flow is due when its lease is over, even if nothing has moved it.
func (s *suite[T]) lease() {
	s.add("order-1", at(flow.StateSigned))
	leased := at(flow.StateVerifying)
	leased.Lease = 20 * time.Millisecond
	s.must(s.store.Move(s.Context(), "order-1", 1, leased))
	for s.Context().Err() == nil {
		ids, err := s.store.Due(s.Context(), 10, time.Hour)
		s.must(err)
		f := s.load("order-1")
		if len(ids) == 0 {
			continue
		}
		if f.Now.Before(f.LeaseUntil) {
			s.Fatal("due before the lease was over")
		}
		if f.LeaseUntil.IsZero() || f.Rev != 2 {
			s.Fatalf("Due changed the flow: %+v", f)
		}
		return
	}
}

func (s *suite[T]) hold() {
	s.add("before", at(flow.StateNew))
	s.add("ended", at(flow.StateNew))
	s.must(s.store.End(s.Context(), "ended", 1, at(flow.StateEnded), func(context.Context, T) error { return nil }))
	border := s.load("before").Now.Add(time.Millisecond)
	for !s.load("before").Now.After(border) { // the store's clock continues
	}
	s.add("after", at(flow.StateNew))
	for _, want := range []int{1, 0} {
		n, err := s.store.Hold(s.Context(), border)
		s.must(err)
		if n != want {
			s.Fatalf("%d flows were held, want %d", n, want)
		}
	}
	if !s.load("before").Held || s.load("after").Held || s.load("ended").Held {
		s.Fatal("other flows were held than those from before")
	}
	s.isDue("after")
	s.is(s.store.Move(s.Context(), "before", 1, at(flow.StatePrepared)), flow.ErrRaced)
	s.must(s.store.Release(s.Context(), "before"))
	s.must(s.store.Release(s.Context(), "before"))
	s.is(s.store.Release(s.Context(), "no such"), flow.ErrNotFound)
	if f := s.load("before"); f.Held || f.Rev != 1 {
		s.Fatalf("not as before the hold: %+v", f)
	}
	s.isDue("before")
	_, err := s.store.Hold(s.Context(), border)
	s.must(err)
	s.must(s.store.End(s.Context(), "before", 1, at(flow.StateEnded), func(context.Context, T) error { return nil }))
	if f := s.load("before"); f.Held || f.State != flow.StateEnded {
		s.Fatalf("a held flow was not ended: %+v", f)
	}
}

func (s *suite[T]) stats() {
	if stats, err := s.store.Stats(s.Context()); err != nil || len(stats.Open) != 0 || stats.Held != 0 || stats.OldestSigned != 0 {
		s.Fatalf("of an empty store: %+v, %v", stats, err)
	}
	s.add("order-1", at(flow.StateWaiting))
	s.add("order-2", at(flow.StateWaiting))
	signed := at(flow.StateSigned)
	signed.SignedAt = s.load("order-1").Now.Add(-7 * time.Minute)
	s.add("order-3", signed)
	stored := at(flow.StateStored)
	stored.SignedAt = signed.SignedAt.Add(-time.Hour)
	s.add("order-4", stored)
	s.add("login-1", at(flow.StateSigned)) // at a time that nobody knows: since it was begun
	s.add("order-5", at(flow.StateNew))
	s.must(s.store.End(s.Context(), "order-5", 1, at(flow.StateEnded), func(context.Context, T) error { return nil }))
	stats, err := s.store.Stats(s.Context())
	s.must(err)
	want := map[flow.State]int{flow.StateWaiting: 2, flow.StateSigned: 2, flow.StateStored: 1}
	if !reflect.DeepEqual(stats.Open, want) || stats.OldestSigned < 7*time.Minute || stats.OldestSigned > 8*time.Minute {
		s.Fatalf("got %+v", stats)
	}
	_, err = s.store.Hold(s.Context(), s.load("order-1").Now.Add(time.Hour))
	s.must(err)
	if stats, err = s.store.Stats(s.Context()); err != nil || stats.Held != 5 || !reflect.DeepEqual(stats.Open, want) {
		s.Fatalf("after a hold: %+v, %v", stats, err)
	}
}

// context: a call with an ended context fails.
func (s *suite[T]) context() {
	s.add("order-1", at(flow.StateNew))
	ctx, cancel := context.WithCancel(s.Context())
	cancel()
	_, loading := s.store.Load(ctx, "order-1")
	moving := s.store.Move(ctx, "order-1", 1, at(flow.StatePrepared))
	_, due := s.store.Due(ctx, 1, time.Hour)
	for _, err := range []error{loading, moving, due} {
		if err == nil || errors.Is(err, flow.ErrRaced) || errors.Is(err, flow.ErrNotFound) {
			s.Fatalf("with an ended context: %v", err)
		}
	}
	if f := s.load("order-1"); f.Rev != 1 {
		s.Fatal("the flow was moved")
	}
}
