package evidencetest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"slices"
	"sync"
	"testing"

	"github.com/kakaocert-go/kakaocert/evidence"
)

// NewStore opens a store, as [NewSink] opens a sink: two calls with one place
// open the same store.
type NewStore func(t testing.TB, place string) evidence.Store

// RunStore tests whether an [evidence.Store] keeps its promises. Also call
// [Run] with a log on the store, to test what killed processes leave.
func RunStore(t *testing.T, newStore NewStore) {
	t.Helper()
	for _, test := range []struct {
		name string
		run  func(*storeTest)
	}{
		{"Commit", (*storeTest).commit},
		{"CommitIsWholeOrNothing", (*storeTest).taken},
		{"CommitOwnsItsMemory", (*storeTest).ownCopy},
		{"CommitAtOnce", (*storeTest).atOnce},
		{"Sync", (*storeTest).sync},
		{"Entries", (*storeTest).queries},
		{"Objects", (*storeTest).objects},
		{"Fence", (*storeTest).fence},
		{"Remove", (*storeTest).remove},
		{"Context", (*storeTest).context},
	} {
		t.Run(test.name, func(t *testing.T) {
			place := t.TempDir()
			test.run(&storeTest{t, newStore(t, place), func() evidence.Store { return newStore(t, place) }})
		})
	}
}

type storeTest struct {
	*testing.T
	store evidence.Store
	again func() evidence.Store // opens the same store once more
}

const (
	chainA = "20260301T093015Z-00000000000000aa"
	chainB = "20260301T093016Z-00000000000000bb"
)

// object is the nth of its kind.
func object(kind evidence.Kind, n int) evidence.Object {
	return evidence.Object{Kind: kind, ID: fmt.Sprintf("20260301T093015Z-%016x", n)}
}

// entry is an entry about the nth record.
func entry(chain string, number uint64, event string, n int) evidence.Entry {
	e := evidence.Entry{Chain: chain, Number: number, Event: event, About: object(evidence.KindRecord, n).ID}
	if event == "begun" {
		e.TxID = fmt.Sprint("tx-", n)
	}
	text := fmt.Appendf(nil, `{"seq":%d,"prev":"%064x","at":"2026-03-01T09:30:15Z","key":"0123456789abcdef","event":%q,"record":%q`, number, 0, event, e.About)
	if e.TxID != "" {
		text = fmt.Appendf(text, `,"tx_id":%q`, e.TxID)
	}
	text = append(text, `,"reason":"한글"}`...)
	e.Line = fmt.Appendf(nil, "%x %064x %s", sha256.Sum256(text), 0, text)
	return e
}

func (s *storeTest) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func (s *storeTest) keep(b evidence.Batch) {
	s.Helper()
	s.must(s.store.Commit(s.Context(), b))
}

// read returns an object's bytes, from another opening.
func (s *storeTest) read(o evidence.Object) []byte {
	s.Helper()
	in, err := s.again().Read(s.Context(), o)
	s.must(err)
	content, err := io.ReadAll(in)
	s.must(errors.Join(err, in.Close()))
	return content
}

func (s *storeTest) noObject(o evidence.Object) {
	s.Helper()
	if in, err := s.again().Read(s.Context(), o); !errors.Is(err, fs.ErrNotExist) {
		if err == nil {
			_ = in.Close()
		}
		s.Errorf("Read of a %s that is not there: %v", o.Kind, err)
	}
}

func collect[T any](s *storeTest, items iter.Seq2[T, error]) (all []T) {
	s.Helper()
	for item, err := range items {
		s.must(err)
		all = append(all, item)
	}
	return all
}

// expect compares the entries with those that another opening returns.
func (s *storeTest) expect(q evidence.Query, want ...evidence.Entry) {
	s.Helper()
	s.same(fmt.Sprintf("Entries of %+v", q), collect(s, s.again().Entries(s.Context(), q)), want)
}

func (s *storeTest) same(what string, got, want []evidence.Entry) {
	s.Helper()
	equal := func(a, b evidence.Entry) bool {
		return a.Chain == b.Chain && a.Number == b.Number && a.Event == b.Event && a.About == b.About && a.TxID == b.TxID && bytes.Equal(a.Line, b.Line)
	}
	if !slices.EqualFunc(got, want, equal) {
		s.Errorf("%s: %d entries, which are not the %d expected ones", what, len(got), len(want))
	}
}

// commit: pieces make objects, in order, and entries are returned unchanged.
func (s *storeTest) commit() {
	record, recovery := object(evidence.KindRecord, 1), object(evidence.KindRecovery, 1)
	all := answer("\x00\r\n\xff", 5000)
	begun := entry(chainA, 1, "begun", 1)
	s.keep(evidence.Batch{
		Pieces: []evidence.Piece{
			{Object: record, Bytes: all[:10]}, {Object: recovery, Bytes: []byte("key"), Last: true}, {Object: record, Number: 1, Bytes: all[10:11]},
		},
		Entries: []evidence.Entry{begun},
	})
	s.expect(evidence.Query{}, begun)
	if !bytes.Equal(s.read(record), all[:11]) || string(s.read(recovery)) != "key" {
		s.Error("Read does not give the pieces in order")
	}
	s.keep(evidence.Batch{Pieces: []evidence.Piece{{Object: record, Number: 2, Bytes: all[11:4000]}}})
	if !bytes.Equal(s.read(record), all[:4000]) {
		s.Error("Read does not give a piece that was committed by itself")
	}
	s.keep(evidence.Batch{
		Pieces:  []evidence.Piece{{Object: record, Number: 3, Bytes: all[4000:], Last: true}},
		Entries: []evidence.Entry{entry(chainA, 2, "ended", 1), entry(chainA, 3, "begun", 2)},
	})
	if !bytes.Equal(s.read(record), all) {
		s.Error("Read does not give the whole object")
	}
	s.expect(evidence.Query{}, begun, entry(chainA, 2, "ended", 1), entry(chainA, 3, "begun", 2))
	s.noObject(object(evidence.KindAttachment, 1))
	s.noObject(object(evidence.KindRecord, 2))
}

// taken: a place is taken once, and a batch that does not fit leaves nothing.
func (s *storeTest) taken() {
	record, other := object(evidence.KindRecord, 1), object(evidence.KindRecord, 2)
	first := entry(chainA, 1, "begun", 1)
	s.keep(evidence.Batch{Pieces: []evidence.Piece{{Object: record, Bytes: []byte("one")}}, Entries: []evidence.Entry{first}})
	made := evidence.Piece{Object: other, Bytes: []byte("two")}
	for name, b := range map[string]evidence.Batch{
		"an entry's number":           {Pieces: []evidence.Piece{made}, Entries: []evidence.Entry{entry(chainA, 1, "begun", 2)}},
		"an object":                   {Pieces: []evidence.Piece{made, {Object: record, Bytes: []byte("again")}}, Entries: []evidence.Entry{entry(chainA, 2, "begun", 1)}},
		"an object, without an entry": {Pieces: []evidence.Piece{{Object: record, Bytes: []byte("again")}}},
	} {
		if err := s.again().Commit(s.Context(), b); !errors.Is(err, evidence.ErrExists) {
			s.Errorf("Commit of %s that is there: %v", name, err)
		}
		s.expect(evidence.Query{}, first)
		s.noObject(other)
		if string(s.read(record)) != "one" {
			s.Errorf("Commit of %s that is there changed it", name)
		}
	}
	s.keep(evidence.Batch{Pieces: []evidence.Piece{{Object: record, Number: 1, Bytes: []byte(".")}}, Entries: []evidence.Entry{entry(chainA, 2, "begun", 3)}})
	if string(s.read(record)) != "one." {
		s.Error("the object cannot be gone on with")
	}
}

// ownCopy: the caller may use its memory again.
func (s *storeTest) ownCopy() {
	record := object(evidence.KindRecord, 1)
	content, e := []byte("content"), entry(chainA, 1, "begun", 1)
	s.keep(evidence.Batch{Pieces: []evidence.Piece{{Object: record, Bytes: content}}, Entries: []evidence.Entry{e}})
	clear(content)
	clear(e.Line)
	s.expect(evidence.Query{}, entry(chainA, 1, "begun", 1))
	for _, found := range collect(s, s.store.Entries(s.Context(), evidence.Query{})) {
		clear(found.Line)
	}
	s.expect(evidence.Query{}, entry(chainA, 1, "begun", 1))
	if string(s.read(record)) != "content" {
		s.Error("Commit keeps memory of the caller's")
	}
}

// atOnce: one of many callers that want one place gets it, and other chains are
// not affected.
func (s *storeTest) atOnce() {
	const writers = 8
	var group sync.WaitGroup
	results := make([]error, writers)
	stores := make([]evidence.Store, writers)
	for i := range writers {
		stores[i] = s.again()
	}
	for i := range writers {
		group.Go(func() {
			b := evidence.Batch{Pieces: []evidence.Piece{{Object: object(evidence.KindCheckpoint, 1), Bytes: fmt.Append(nil, i), Last: true}}}
			results[i] = stores[i].Commit(s.Context(), b)
		})
		group.Go(func() {
			chain := fmt.Sprintf("20260301T093015Z-%016x", i)
			for number := range uint64(5) {
				b := evidence.Batch{
					Pieces:  []evidence.Piece{{Object: object(evidence.KindRecord, 100*i+int(number)), Bytes: []byte("body"), Last: true}},
					Entries: []evidence.Entry{entry(chain, number+1, "begun", i)},
				}
				if err := stores[i].Commit(s.Context(), b); err != nil {
					s.Error(err)
				}
			}
		})
	}
	group.Wait()
	won := -1
	for i, err := range results {
		switch {
		case err == nil && won >= 0:
			s.Error("two made one object")
		case err == nil:
			won = i
		case !errors.Is(err, evidence.ErrExists):
			s.Errorf("Commit of an object that is there: %v", err)
		}
	}
	if won < 0 || string(s.read(object(evidence.KindCheckpoint, 1))) != fmt.Sprint(won) {
		s.Error("the object is not that of the one who made it")
	}
	if n := len(collect(s, s.again().Entries(s.Context(), evidence.Query{}))); n != 5*writers {
		s.Errorf("%d entries, not %d", n, 5*writers)
	}
}

// sync: what another opening has written can be synced, and the chain goes on.
func (s *storeTest) sync() {
	s.keep(evidence.Batch{Entries: []evidence.Entry{entry(chainA, 1, "begun", 1)}})
	if syncer, ok := s.again().(evidence.Syncer); ok {
		s.must(syncer.Sync(s.Context()))
	}
	s.keep(evidence.Batch{Entries: []evidence.Entry{entry(chainA, 2, "ended", 1)}})
	s.expect(evidence.Query{}, entry(chainA, 1, "begun", 1), entry(chainA, 2, "ended", 1))
}

// queries: entries are found by each field, in the order of their chains.
func (s *storeTest) queries() {
	b1, b2 := entry(chainB, 1, "begun", 1), entry(chainB, 2, "begun", 2)
	a1, a2, a3 := entry(chainA, 1, "begun", 3), entry(chainA, 2, "ended", 1), entry(chainA, 3, "purged", 1)
	s.expect(evidence.Query{})
	s.same("Tips of an empty store", collect(s, s.again().Tips(s.Context())), nil)
	s.keep(evidence.Batch{Entries: []evidence.Entry{b1, b2}})
	s.keep(evidence.Batch{Entries: []evidence.Entry{a1}})
	s.keep(evidence.Batch{Entries: []evidence.Entry{a2, a3}})
	s.expect(evidence.Query{}, a1, a2, a3, b1, b2)
	s.expect(evidence.Query{Chain: chainB}, b1, b2)
	s.expect(evidence.Query{Chain: chainA, After: 1}, a2, a3)
	s.expect(evidence.Query{Chain: chainA, After: 3})
	s.expect(evidence.Query{Event: "begun"}, a1, b1, b2)
	s.expect(evidence.Query{About: b1.About}, a2, a3, b1)
	s.expect(evidence.Query{About: b1.About, Event: "purged"}, a3)
	s.expect(evidence.Query{TxID: "tx-2"}, b2)
	for _, unknown := range []string{"tx", "tx-", "tx-22", "TX-2", "%", "tx-2' or ''='"} {
		s.expect(evidence.Query{TxID: unknown})
	}
	s.expect(evidence.Query{Chain: "20260301T093017Z-00000000000000cc"})
	s.same("Tips", collect(s, s.again().Tips(s.Context())), []evidence.Entry{a3, b2})
	for range s.store.Entries(s.Context(), evidence.Query{}) {
		break // may be left early
	}
	for range s.store.Tips(s.Context()) {
		break
	}
}

// objects: those of each kind are listed, in the order of their IDs.
func (s *storeTest) objects() {
	kinds := []evidence.Kind{evidence.KindRecord, evidence.KindAttachment, evidence.KindRecovery, evidence.KindCheckpoint, evidence.KindStamp}
	for _, n := range []int{3, 1, 2} {
		for _, kind := range kinds {
			s.keep(evidence.Batch{Pieces: []evidence.Piece{{Object: object(kind, n), Bytes: []byte(kind), Last: true}}})
		}
	}
	for _, kind := range kinds {
		got := collect(s, s.again().Objects(s.Context(), kind))
		if want := []evidence.Object{object(kind, 1), object(kind, 2), object(kind, 3)}; !slices.Equal(got, want) {
			s.Errorf("Objects of kind %s: %v", kind, got)
		}
		if string(s.read(object(kind, 2))) != string(kind) {
			s.Errorf("an object of kind %s has another's content", kind)
		}
		for range s.store.Objects(s.Context(), kind) {
			break // may be left early
		}
	}
}

// fence: no piece can be added to an object after it, and the present pieces
// stay.
func (s *storeTest) fence() {
	record := object(evidence.KindRecord, 1)
	s.keep(evidence.Batch{Pieces: []evidence.Piece{{Object: record, Bytes: []byte("half")}}, Entries: []evidence.Entry{entry(chainA, 1, "begun", 1)}})
	live, err := s.store.Live(s.Context(), record)
	s.must(err)
	if !live {
		s.Error("Live reports false for an object that is being written")
	}
	late := evidence.Piece{Object: record, Number: 1, Bytes: []byte("late"), Last: true}
	if err := s.again().Fence(s.Context(), record); errors.Is(err, evidence.ErrInProgress) {
		s.keep(evidence.Batch{Pieces: []evidence.Piece{late}}) // its writer lives
		s.must(s.again().Fence(s.Context(), record))
		return
	}
	for range 2 {
		s.must(s.store.Fence(s.Context(), record))
	}
	live, err = s.again().Live(s.Context(), record)
	s.must(err)
	if live {
		s.Error("Live reports true for an object that was fenced")
	}
	for _, b := range []evidence.Batch{
		{Pieces: []evidence.Piece{late}},
		{Pieces: []evidence.Piece{late}, Entries: []evidence.Entry{entry(chainA, 2, "ended", 1)}},
	} {
		if err := s.store.Commit(s.Context(), b); !errors.Is(err, evidence.ErrExists) {
			s.Errorf("Commit of a piece after Fence: %v", err)
		}
	}
	s.expect(evidence.Query{}, entry(chainA, 1, "begun", 1))
	if string(s.read(record)) != "half" {
		s.Error("Fence or a late piece changed the object")
	}
	s.must(s.store.Fence(s.Context(), object(evidence.KindRecord, 2)))
	s.noObject(object(evidence.KindRecord, 2))
	if live, err := s.store.Live(s.Context(), object(evidence.KindRecord, 2)); live || err != nil {
		s.Errorf("Live of an object that is not there: %t, %v", live, err)
	}
}

// remove: what is removed is gone, and nothing else.
func (s *storeTest) remove() {
	for _, kind := range []evidence.Kind{evidence.KindRecord, evidence.KindAttachment, evidence.KindRecovery} {
		one, two := object(kind, 1), object(kind, 2)
		s.keep(evidence.Batch{Pieces: []evidence.Piece{{Object: one, Bytes: []byte("one"), Last: true}, {Object: two, Bytes: []byte("two"), Last: true}}})
		s.must(s.store.Remove(s.Context(), one, object(kind, 3)))
		s.noObject(one)
		if string(s.read(two)) != "two" {
			s.Error("Remove changed another object")
		}
	}
	s.must(s.store.Remove(s.Context()))
}

// context: a call whose context has ended does nothing.
func (s *storeTest) context() {
	ctx := ended(s.Context())
	if s.store.Commit(ctx, evidence.Batch{Pieces: []evidence.Piece{{Object: object(evidence.KindRecord, 1)}}}) == nil {
		s.Error("Commit does not fail under a context that has ended")
	}
	s.noObject(object(evidence.KindRecord, 1))
	for _, err := range s.store.Entries(ctx, evidence.Query{}) {
		if err == nil || !errors.Is(err, context.Canceled) {
			s.Errorf("Entries under a context that has ended: %v", err)
		}
	}
}
