package kakaocert

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/kakaocert-go/kakaocert/internal/transport"
)

// Sink is where verify's answer goes before anything else sees it: Kakao hands
// a signature over once and deletes it. The package evidence has one that is a
// directory. A custom one must keep these promises, which evidence/evidencetest
// tests:
//
//   - Begin returns only when the record will survive a crash. When it returns
//     an error, verify is not sent. It ends with its context.
//   - Write keeps its bytes even if nothing more ever comes.
//   - Commit returns only when every byte is durable. A Commit that fails may
//     have taken effect all the same.
//   - Begin may be called from many goroutines; one record is used by one.
//   - Write, Commit and Abort each return within 30 s by themselves.
//   - A Sink that can be read is a [Recaller] too.
type Sink interface {
	Begin(ctx context.Context, meta EvidenceMeta) (RecordWriter, error)
}

// sinkLimit is how long one call of a Sink may take by its contract.
const sinkLimit = 30 * time.Second

// Recaller is a [Sink] whose records can be read by transaction.
type Recaller interface {
	// Recall yields the records of a transaction, the oldest first, whatever came
	// of them. One that cannot be read is an error, and ends nothing.
	Recall(ctx context.Context, txID string) iter.Seq2[Recalled, error]
}

// Recalled is the record of one verify. It prints as [redacted].
type Recalled struct {
	redacted
	ID    string
	Meta  EvidenceMeta
	Body  []byte // as far as it came
	Whole bool   // it was committed: the answer came whole, with HTTP 200
	// Reason is why the record was aborted; empty where it was committed, or where
	// its process ended before either.
	Reason string
}

// RecordWriter is one answer to one verify. It ends with either Commit or
// Abort, once. A method ID() string gives the record's ID, for
// [Answer.EvidenceID].
type RecordWriter interface {
	// Write takes the next bytes of the answer's body.
	Write(p []byte) (int, error)
	// Commit says that the answer came whole and with HTTP 200.
	Commit() error
	// Abort says that no whole answer came, or that it was an error. The bytes
	// already written stay. The reason contains no personal data.
	Abort(reason string) error
}

// EvidenceMeta says what a record is the answer to.
type EvidenceMeta struct {
	Product string    // code as it was called: "K3510T"
	TxID    string    // the transaction
	BegunAt time.Time // just before verify is sent
	Attempt int       // from 1; an answer that allows another try has a record of its own
	// Asked is what the user was asked to sign, as SHA-256 in request order, where
	// the caller has said so. It gives a text of few possible contents away:
	// protect it as you protect the answer.
	Asked      [][32]byte
	KeyVersion int    // of the contract's current key; 0 where it has one
	Ref        string // the institution's own reference, from [WithReference]
	Client     string // name and version of this package: "kakaocert-go/0.1.0"
}

// UnsafeNoEvidence returns the Sink that keeps nothing: a crash between Kakao's
// answer and the caller's own storing loses the signature for good.
func UnsafeNoEvidence() Sink { return noEvidence{} }

type noEvidence struct{}

func (noEvidence) Begin(context.Context, EvidenceMeta) (RecordWriter, error) {
	return noEvidence{}, nil
}
func (noEvidence) Write(p []byte) (int, error) { return len(p), nil }
func (noEvidence) Commit() error               { return nil }
func (noEvidence) Abort(string) error          { return nil }

// store lets verify's answer go into the evidence as it arrives.
func (c *core) store(st step) func(context.Context, int) (transport.Store, error) {
	sink := c.observedEvidence()
	if sink == nil {
		sink = UnsafeNoEvidence() // only K1100 and K1400 come here without: they have no signature to lose
	}
	return func(ctx context.Context, attempt int) (transport.Store, error) {
		st.meta.Attempt, st.meta.BegunAt = attempt, time.Now().UTC()
		record, err := sink.Begin(ctx, *st.meta)
		if err != nil {
			return nil, err
		}
		if named, ok := record.(interface{ ID() string }); ok {
			*st.evidence = named.ID()
		}
		return stored{record}, nil
	}
}

type stored struct{ RecordWriter }

// Whole commits what can hold a signature; an answer that says no is kept too,
// under its reason.
func (s stored) Whole(status int, j transport.Judgement) error {
	switch {
	case j.Verdict == transport.Accepted:
		return s.Commit()
	case j.Code != "":
		return s.Abort("answer says " + j.Code)
	}
	return s.Abort(fmt.Sprintf("answer has HTTP status %d", status))
}

// Broken keeps what came.
func (s stored) Broken(reason string) error { return s.Abort(reason) }

// Keep stores an answer that the Sink could not take when it came: it tries
// until the answer is stored or the context ends. Until then the only copy is
// in err, which is that of a Verify. It returns nil when err has no such
// answer.
//
// When the answer is stored, Recall gives the result.
func (c *Client) Keep(ctx context.Context, err error) error {
	failed, ok := errors.AsType[*EvidenceError](err)
	if !ok || failed.Step == transport.StepBegin || len(failed.answer.Body()) == 0 {
		return nil
	}
	sink := c.core.observedEvidence()
	if sink == nil {
		return &ArgumentError{Field: "Config.Evidence", Reason: "must be set"}
	}
	for attempt := 1; ; attempt++ {
		stored := keepOnce(ctx, sink, failed)
		if stored == nil {
			return nil
		}
		if err := transport.Pause(ctx, attempt); err != nil {
			return joined{err, stored}
		}
	}
}

// keepOnce writes the answer into a record of its own, under the time and the
// number of the try that it is the answer to.
func keepOnce(ctx context.Context, sink Sink, failed *EvidenceError) error {
	record, err := sink.Begin(ctx, failed.meta)
	if err != nil {
		return err
	}
	if _, err := record.Write(failed.answer.Body()); err != nil {
		return errors.Join(err, record.Abort("the answer could not be kept"))
	}
	if !failed.whole {
		return record.Abort("kept after the evidence had failed")
	}
	return record.Commit()
}
