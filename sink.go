package kakaocert

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/kakaocert-go/kakaocert/internal/transport"
)

// Sink is where verify's answer goes before anything else sees it. Kakao
// hands a signature over once and deletes it, so a place for the answer is
// made, durably, before verify is sent, and the answer streams into it as it
// arrives.
//
// The package evidence has a Sink that is a directory. One's own (a database,
// an object store) must keep these promises:
//
//   - Begin returns only when the record will survive a crash. When it returns
//     an error, verify is not sent.
//   - Write keeps its bytes even if nothing more ever comes.
//   - Commit returns only when every byte is durable.
//   - Begin may be called from many goroutines; one record is used by one.
//   - Begin ends with its context. Write, Commit and Abort have none: each must
//     return within 30 s by itself. A Commit that fails after that may have taken
//     effect: both outcomes are possible, and the caller of Verify has the answer.
//   - A Sink that can be read is a [Recaller] too.
//
// The package evidence/evidencetest tests all of them.
type Sink interface {
	Begin(ctx context.Context, meta EvidenceMeta) (RecordWriter, error)
}

// sinkLimit is how long one call of a Sink may take by its contract.
const sinkLimit = 30 * time.Second

// Recaller is a [Sink] whose records can be read by transaction. With one,
// Recall finds an answer again in any process that shares the evidence.
type Recaller interface {
	// Recall yields the records of the transaction with this tx_id, the oldest
	// first, whatever came of them. One that cannot be read is an error, and ends
	// nothing.
	Recall(ctx context.Context, txID string) iter.Seq2[Recalled, error]
}

// Recalled is a record of one verify as it was found. It prints as [redacted].
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

// RecordWriter is one answer to one verify that was sent. It ends with either
// Commit or Abort, once. One that has a method ID() string gives the record's ID,
// which [Answer.EvidenceID] returns.
type RecordWriter interface {
	// Write takes the next bytes of the answer's body.
	Write(p []byte) (int, error)
	// Commit says that the answer came whole and with HTTP 200.
	Commit() error
	// Abort says that no whole answer came, or that it was an error. What was
	// written stays: it may be all that is left of a signature. The reason has
	// no personal data.
	Abort(reason string) error
}

// EvidenceMeta says what a record is the answer to.
type EvidenceMeta struct {
	Product string    // code as it was called: "K3510T"
	TxID    string    // the transaction
	BegunAt time.Time // just before verify is sent
	Attempt int       // from 1; an answer that allows another try has a record of its own
	// Asked is what the user was asked to sign, as SHA-256 in request order,
	// where the caller has said so. The digest of a text of few possible
	// contents gives it away: protect it as you protect the answer.
	Asked [][32]byte
	// KeyVersion is the number of the contract's current key; 0 where the
	// contract has one. A transaction that was prepared under an older key is
	// answered under that.
	KeyVersion int
	// Ref is the institution's own reference, from [WithReference].
	Ref string
	// Client is name and version of this package: "kakaocert-go/0.1.0".
	Client string
}

// UnsafeNoEvidence returns the Sink that keeps nothing: a crash between
// Kakao's answer and the caller's own storing loses the signature for good.
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

// Keep stores an answer that the Sink could not take when it came: it waits and
// tries again until the answer is stored or the context ends. It returns nil
// when err, which is that of a Verify, has no such answer. Until it returns nil,
// the answer in [EvidenceError] is the only copy, in this process's memory.
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
