// Package evidencetest tests whether a [kakaocert.Sink] keeps its promises: for
// those who store Kakao's answers in a database, an object store or elsewhere.
//
//	func TestSink(t *testing.T) {
//		evidencetest.Run(t, func(t testing.TB, place string) kakaocert.Sink {
//			return openMySink(t, place)
//		})
//	}
package evidencetest

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/kakaocert-go/kakaocert"
)

// NewSink opens the sink of a store. The place names the store: an empty folder
// of the test's own, whose name is unique enough for a schema or a bucket's
// prefix. Two calls with one place open the same store, as two processes do,
// and the calls may indeed come from two processes. The sink must be a
// [kakaocert.Recaller]. If it must be closed, register that with t.Cleanup.
type NewSink func(t testing.TB, place string) kakaocert.Sink

// Option changes what Run tests.
type Option func(*suite)

// WithoutProcesses is for a sink whose store ends with its process. Run then
// kills no processes.
func WithoutProcesses() Option { return func(s *suite) { s.kills = 0 } }

// WithKills sets how many processes are killed while they write; 20 by default.
func WithKills(count int) Option { return func(s *suite) { s.kills = count } }

// WithFault also tests the sink while its store fails. The function breaks the
// store at the place and returns a function that repairs it.
func WithFault(name string, breakStore func(t testing.TB, place string) (mend func())) Option {
	return func(s *suite) { s.faults = append(s.faults, fault{name, breakStore}) }
}

type fault struct {
	name       string
	breakStore func(testing.TB, string) func()
}

type suite struct {
	newSink NewSink
	kills   int
	faults  []fault
}

// Run tests the sink. Another opening of the store must recall at once,
// complete and unmixed, what was begun, written, committed and aborted. Nothing
// is accepted after the end, and the bytes that a killed process had written
// are kept. To kill a process, Run starts the test binary again with the name
// of t, so t must be reached whenever its name is chosen with -test.run.
func Run(t *testing.T, newSink NewSink, options ...Option) {
	t.Helper()
	s := &suite{newSink: newSink, kills: 20}
	for _, option := range options {
		option(s)
	}
	if place := os.Getenv(childPlace); place != "" {
		s.child(t, place)
		return
	}
	for _, test := range []struct {
		name string
		run  func(*testing.T)
	}{
		{"Committed", s.committed},
		{"Aborted", s.aborted},
		{"Abandoned", s.abandoned},
		{"EndsOnce", s.endsOnce},
		{"Durable", s.durable},
		{"OwnCopy", s.ownCopy},
		{"ByTransaction", s.byTransaction},
		{"Context", s.context},
		{"AtOnce", s.atOnce},
		{"Faults", s.faultsOf},
		{"Kills", s.killsOf},
	} {
		t.Run(test.name, test.run)
	}
}

// opened is a sink that was opened, with what tests do to it.
type opened struct {
	t     testing.TB
	sink  kakaocert.Sink
	place string
	suite *suite
}

func (s *suite) open(t testing.TB) opened {
	t.Helper()
	return s.openAt(t, t.(interface{ TempDir() string }).TempDir())
}

func (s *suite) openAt(t testing.TB, place string) opened {
	t.Helper()
	o := opened{t: t, sink: s.newSink(t, place), place: place, suite: s}
	if _, ok := o.sink.(kakaocert.Recaller); !ok {
		t.Fatalf("%T is no kakaocert.Recaller: what it keeps cannot be tested", o.sink)
	}
	return o
}

// again opens the same store once more.
func (o opened) again() opened { o.t.Helper(); return o.suite.openAt(o.t, o.place) }

var begunAt = time.Date(2026, 3, 1, 9, 30, 15, 123456789, time.UTC)

func metaOf(txID string) kakaocert.EvidenceMeta {
	return kakaocert.EvidenceMeta{
		Product: "K3510T", TxID: txID, BegunAt: begunAt, Attempt: 1, Asked: [][32]byte{{1}, {2, 31: 3}},
		KeyVersion: 2, Ref: "order 17", Client: "kakaocert-go/0.1.0",
	}
}

func (o opened) begin(txID string) kakaocert.RecordWriter {
	o.t.Helper()
	return o.beginAs(metaOf(txID))
}

func (o opened) beginAs(meta kakaocert.EvidenceMeta) kakaocert.RecordWriter {
	o.t.Helper()
	record, err := o.sink.Begin(o.t.Context(), meta)
	if err != nil {
		o.t.Fatalf("Begin: %v", err)
	}
	return record
}

func (o opened) write(record kakaocert.RecordWriter, pieces ...[]byte) {
	o.t.Helper()
	for _, piece := range pieces {
		n, err := record.Write(piece)
		if err != nil || n != len(piece) {
			o.t.Fatalf("Write of %d bytes: %d, %v", len(piece), n, err)
		}
	}
}

func (o opened) must(what string, err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatalf("%s: %v", what, err)
	}
}

// recall returns all records of a transaction.
func (o opened) recall(txID string) []kakaocert.Recalled {
	o.t.Helper()
	var found []kakaocert.Recalled
	for r, err := range o.sink.(kakaocert.Recaller).Recall(o.t.Context(), txID) {
		o.must("Recall", err)
		found = append(found, r)
	}
	return found
}

// only returns the one record of a transaction.
func (o opened) only(txID string) kakaocert.Recalled {
	o.t.Helper()
	found := o.recall(txID)
	if len(found) != 1 {
		o.t.Fatalf("Recall of a transaction with one record: %d records", len(found))
	}
	return found[0]
}

// expect compares a recalled record with what was written.
func (o opened) expect(r kakaocert.Recalled, meta kakaocert.EvidenceMeta, body []byte, whole bool, reason string) {
	o.t.Helper()
	if r.ID == "" {
		o.t.Error("Recalled.ID is empty")
	}
	if got, want := describe(r.Meta), describe(meta); got != want {
		o.t.Errorf("Recalled.Meta is %s, not %s", got, want)
	}
	if !bytes.Equal(r.Body, body) {
		o.t.Errorf("Recalled.Body has %d bytes, not the %d that were written", len(r.Body), len(body))
	}
	if r.Whole != whole {
		o.t.Errorf("Recalled.Whole is %t", r.Whole)
	}
	if r.Reason != reason {
		o.t.Errorf("Recalled.Reason is not that of Abort")
	}
}

// describe is a meta as comparable text, its time as the instant that it is.
func describe(m kakaocert.EvidenceMeta) string {
	return fmt.Sprintf("%q %q %s %d %x %d %q %q", m.Product, m.TxID, m.BegunAt.UTC().Format(time.RFC3339Nano), m.Attempt, m.Asked, m.KeyVersion, m.Ref, m.Client)
}

// answer is a body of that size, with every byte value in it.
func answer(seed string, size int) []byte {
	body := make([]byte, 0, size+256)
	for i := 0; len(body) < size; i++ {
		body = append(body, seed...)
		for b := range 256 {
			body = append(body, byte(b+i))
		}
	}
	return body[:size]
}

// pieces cuts a body as a network does.
func pieces(body []byte, size int) [][]byte {
	var all [][]byte
	for len(body) > 0 {
		n := min(size, len(body))
		all, body = append(all, body[:n]), body[n:]
	}
	return all
}

// idOf is the ID that a writer gives, if it gives one.
func idOf(record kakaocert.RecordWriter) string {
	if named, ok := record.(interface{ ID() string }); ok {
		return named.ID()
	}
	return ""
}

func ended(ctx context.Context) context.Context {
	ctx, cancel := context.WithCancel(ctx)
	cancel()
	return ctx
}

// runPattern is the -test.run that reaches a test and nothing else.
func runPattern(name string) string {
	parts := strings.Split(name, "/")
	for i, part := range parts {
		parts[i] = "^" + quote(part) + "$"
	}
	return strings.Join(parts, "/")
}
