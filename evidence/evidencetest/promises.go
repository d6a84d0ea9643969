package evidencetest

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/kakaocert-go/kakaocert"
)

// committed: pieces of any size become one complete body.
func (s *suite) committed(t *testing.T) {
	for _, c := range []struct{ size, piece int }{{0, 1}, {1, 1}, {300, 7}, {20_000, 1500}, {1 << 20, 32 << 10}, {70_000, 70_000}} {
		o := s.open(t)
		body := answer("committed", c.size)
		record := o.begin("tx")
		o.write(record, pieces(body, c.piece)...)
		o.must("Commit", record.Commit())
		for _, reader := range []opened{o, o.again()} {
			r := reader.only("tx")
			reader.expect(r, metaOf("tx"), body, true, "")
			if id := idOf(record); id != "" && id != r.ID {
				t.Error("the writer's ID is not the one that is recalled")
			}
		}
	}
}

// aborted: bytes written before are kept, together with the reason.
func (s *suite) aborted(t *testing.T) {
	o := s.open(t)
	body := answer("aborted", 5000)
	record := o.begin("tx")
	o.write(record, body)
	o.must("Abort", record.Abort("answer was cut off"))
	empty := o.begin("tx-empty")
	o.must("Abort", empty.Abort("no answer"))
	for _, reader := range []opened{o, o.again()} {
		reader.expect(reader.only("tx"), metaOf("tx"), body, false, "answer was cut off")
		reader.expect(reader.only("tx-empty"), metaOf("tx-empty"), nil, false, "no answer")
	}
}

// abandoned: a record that never ended is not complete, and keeps all bytes
// that Write had accepted, when the store is opened again and again.
func (s *suite) abandoned(t *testing.T) {
	o := s.open(t)
	body := answer("abandoned", 5000)
	o.begin("tx-begun")
	record := o.begin("tx-written")
	o.write(record, pieces(body, 700)...)
	for range 3 {
		reader := o.again()
		reader.expect(reader.only("tx-begun"), metaOf("tx-begun"), nil, false, "")
		reader.expect(reader.only("tx-written"), metaOf("tx-written"), body, false, "")
	}
}

// endsOnce: nothing is accepted after the end, and nothing changes.
func (s *suite) endsOnce(t *testing.T) {
	o := s.open(t)
	body := answer("once", 1000)
	for _, c := range []struct {
		txID   string
		end    func(kakaocert.RecordWriter) error
		whole  bool
		reason string
	}{
		{"tx-committed", kakaocert.RecordWriter.Commit, true, ""},
		{"tx-aborted", func(r kakaocert.RecordWriter) error { return r.Abort("over") }, false, "over"},
	} {
		record := o.begin(c.txID)
		o.write(record, body)
		o.must("end", c.end(record))
		if _, err := record.Write([]byte("late")); err == nil {
			t.Error("Write after the end fails not")
		}
		if record.Commit() == nil {
			t.Error("Commit after the end fails not")
		}
		if record.Abort("late") == nil {
			t.Error("Abort after the end fails not")
		}
		reader := o.again()
		reader.expect(reader.only(c.txID), metaOf(c.txID), body, c.whole, c.reason)
	}
}

// durable: another opening of the store sees each step as soon as the call has
// returned.
func (s *suite) durable(t *testing.T) {
	o := s.open(t)
	record := o.begin("tx")
	reader := o.again()
	reader.expect(reader.only("tx"), metaOf("tx"), nil, false, "")
	var written []byte
	for _, piece := range pieces(answer("durable", 4000), 900) {
		o.write(record, piece)
		written = append(written, piece...)
		reader = o.again()
		reader.expect(reader.only("tx"), metaOf("tx"), written, false, "")
	}
	o.must("Commit", record.Commit())
	reader = o.again()
	reader.expect(reader.only("tx"), metaOf("tx"), written, true, "")
}

// ownCopy: the caller may use its memory again as soon as a call has returned.
func (s *suite) ownCopy(t *testing.T) {
	o := s.open(t)
	meta := metaOf("tx")
	record := o.beginAs(meta)
	meta.Asked[0] = [32]byte{9}
	buffer := make([]byte, 500)
	var body []byte
	for i := range 5 {
		for at := range buffer {
			buffer[at] = byte(i)
		}
		o.write(record, buffer)
		body = append(body, buffer...)
	}
	clear(buffer)
	o.must("Commit", record.Commit())
	first := o.only("tx")
	o.expect(first, metaOf("tx"), body, true, "")
	clear(first.Body) // the reader's memory is its own too
	o.expect(o.only("tx"), metaOf("tx"), body, true, "")
}

// byTransaction: each verify of a transaction has its record, the oldest first,
// and no record of another transaction is returned.
func (s *suite) byTransaction(t *testing.T) {
	o := s.open(t)
	var ids []string
	for attempt := 1; attempt <= 3; attempt++ {
		meta := metaOf("tx")
		meta.Attempt = attempt
		record := o.beginAs(meta)
		o.write(record, []byte(fmt.Sprint("attempt ", attempt)))
		o.must("Abort", record.Abort("again"))
		other := o.begin(fmt.Sprint("tx-", attempt))
		o.must("Commit", other.Commit())
	}
	for _, reader := range []opened{o, o.again()} {
		found := reader.recall("tx")
		if len(found) != 3 {
			t.Fatalf("Recall: %d records, not 3", len(found))
		}
		for i, r := range found {
			meta := metaOf("tx")
			meta.Attempt = i + 1
			reader.expect(r, meta, []byte(fmt.Sprint("attempt ", i+1)), false, "again")
			ids = append(ids, r.ID)
		}
		for _, unknown := range []string{"", "t", "tx-", "tx-9", "TX", "%", "tx' or ''='"} {
			if n := len(reader.recall(unknown)); n != 0 {
				t.Errorf("Recall of %q, which was not begun: %d records", unknown, n)
			}
		}
		for range o.sink.(kakaocert.Recaller).Recall(t.Context(), "tx") {
			break // may be left early
		}
	}
	if ids[0] == ids[1] || ids[1] == ids[2] || ids[0] != ids[3] {
		t.Error("Recalled.ID is not one for each record, the same each time")
	}
}

// context: Begin ends with its context, and then no record was begun.
func (s *suite) context(t *testing.T) {
	o := s.open(t)
	record, err := o.sink.Begin(ended(t.Context()), metaOf("tx"))
	if err == nil {
		_ = record.Abort("the test is over")
		t.Error("Begin does not fail under a context that has ended")
		return
	}
	if n := len(o.again().recall("tx")); n != 0 {
		t.Errorf("Begin failed, and there are %d records", n)
	}
	// A record outlives the context of its Begin: a verify may be cut off, and the
	// bytes received before are kept.
	ctx, cancel := context.WithCancel(t.Context())
	record, err = o.sink.Begin(ctx, metaOf("tx-cut"))
	o.must("Begin", err)
	cancel()
	o.write(record, []byte("kept"))
	o.must("Abort", record.Abort("cut off"))
	o.expect(o.only("tx-cut"), metaOf("tx-cut"), []byte("kept"), false, "cut off")
}

// atOnce: many goroutines and two openings write at once, and their records are
// not mixed.
func (s *suite) atOnce(t *testing.T) {
	one := s.open(t)
	sinks := []opened{one, one.again()}
	const writers, each = 16, 4
	var group sync.WaitGroup
	for writer := range writers {
		group.Go(func() {
			for i := range each {
				txID := fmt.Sprintf("tx-%d-%d", writer, i)
				if err := writeOne(t.Context(), sinks[writer%2].sink, txID); err != nil {
					t.Errorf("%s: %v", txID, err)
				}
			}
		})
	}
	group.Wait()
	ids := make(map[string]bool)
	reader := one.again()
	for writer := range writers {
		for i := range each {
			txID := fmt.Sprintf("tx-%d-%d", writer, i)
			r := reader.only(txID)
			reader.expect(r, metaOf(txID), answer(txID, 3000), true, "")
			ids[r.ID] = true
		}
	}
	if len(ids) != writers*each {
		t.Errorf("%d IDs for %d records", len(ids), writers*each)
	}
}

// writeOne commits an answer that names its transaction.
func writeOne(ctx context.Context, sink kakaocert.Sink, txID string) error {
	record, err := sink.Begin(ctx, metaOf(txID))
	if err != nil {
		return err
	}
	for _, piece := range pieces(answer(txID, 3000), 1000) {
		if _, err := record.Write(piece); err != nil {
			return err
		}
	}
	return record.Commit()
}

// faultsOf: while the store fails, it does not confirm anything that it has not
// kept.
func (s *suite) faultsOf(t *testing.T) {
	for _, f := range s.faults {
		t.Run(f.name, func(t *testing.T) {
			o := s.open(t)
			body := answer("fault", 2000)
			before := o.begin("tx-before")
			o.write(before, body)
			o.must("Commit", before.Commit())
			during := o.begin("tx-during")
			o.write(during, body)

			mend := f.breakStore(t, o.place)
			_, beginErr := o.sink.Begin(t.Context(), metaOf("tx-new"))
			n, writeErr := during.Write(body)
			commitErr := during.Commit()
			mend()

			reader := o.again()
			reader.expect(reader.only("tx-before"), metaOf("tx-before"), body, true, "")
			if found := len(reader.recall("tx-new")); beginErr == nil && found != 1 {
				t.Errorf("Begin succeeded, and there are %d records", found)
			}
			r := reader.only("tx-during")
			kept := len(body) + n
			if writeErr != nil && commitErr == nil {
				t.Error("Commit succeeds after a Write that failed")
			}
			if len(r.Body) < kept || !bytes.HasPrefix(append(bytes.Clone(body), body...), r.Body) {
				t.Errorf("%d bytes were kept, and %d are there", kept, len(r.Body))
			}
			if commitErr == nil && !r.Whole {
				t.Error("Commit succeeded, and the record is not whole")
			}
			after := reader.begin("tx-after")
			o.write(after, body)
			o.must("Commit once the store is mended", after.Commit())
		})
	}
}
