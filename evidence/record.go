package evidence

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"iter"
	"time"

	"github.com/kakaocert-go/kakaocert"
)

// Outcome is how a record ended.
type Outcome string

const (
	// Committed says that the answer arrived complete and with HTTP 200.
	Committed Outcome = "committed"
	// Aborted says that it did not; Record.Reason says why.
	Aborted Outcome = "aborted"
	// Interrupted says that the process that wrote the record died. The body is
	// what had been read by then.
	Interrupted Outcome = "interrupted"
	// InProgress says that a process is writing the record now.
	InProgress Outcome = "in progress"
	// Purged says that the record was removed by [Log.Purge].
	Purged Outcome = "purged"
)

// outcome is the outcome that a file itself records.
func (c *contents) outcome() Outcome {
	switch c.ended {
	case frameCommitted:
		return Committed
	case frameAborted:
		return Aborted
	}
	return Interrupted
}

// Record is one answer to one verify that was sent, as it was stored.
type Record struct {
	ID      string
	Meta    kakaocert.EvidenceMeta // for a purged record only Product, TxID and BegunAt
	Outcome Outcome
	// EndedAt is when the answer was complete, or when it was given up. It is zero
	// if the record was interrupted, is in progress or was purged.
	EndedAt time.Time
	// Reason is why the record was aborted or purged.
	Reason string
	// PurgedAt is when the record was purged; zero where it was not.
	PurgedAt time.Time
	// SHA256 is the digest of the record's file, in hex, as in the chain, or as it
	// was when the record was purged. It is empty for a record without an end in a
	// chain.
	SHA256 string

	ctx     context.Context // of the call that has read the record
	archive *Archive
	account *account
	existed time.Time     // by [Record.AsOf]; zero: the record's own times are believed
	body    func() []byte // where fmt does not look
}

// Body returns the answer's bytes, as far as they arrived. Only the body of a
// [Committed] record is certain to be complete. The bytes contain personal
// data. A purged record has none.
func (r *Record) Body() []byte { return r.body() }

// readRecord reads the record of an account.
func (a *Archive) readRecord(ctx context.Context, of *account) (*Record, error) {
	r := &Record{ID: of.id, ctx: ctx, archive: a, account: of, body: hide(nil)}
	r.Meta.Product, r.Meta.TxID, r.Meta.BegunAt = of.begun.Product, of.begun.TxID, of.begun.At
	if of.ended != nil {
		r.Outcome, r.SHA256 = of.ended.Outcome, of.ended.SHA256
	}
	if of.purged != nil {
		r.Outcome, r.Reason = Purged, of.purged.Reason
		r.PurgedAt, r.SHA256 = of.purged.At, of.purged.SHA256
		return r, nil
	}
	c, err := a.readBody(ctx, r)
	if err == nil {
		err = r.fill(c)
	}
	if err = of.withClaim(err); err != nil {
		return r, newFault(recordFile(of.id), of.id, err)
	}
	return r, nil
}

// withClaim adds to the record's fault that another entry claims to have purged
// it.
func (a *account) withClaim(err error) error {
	if a.claimed == nil {
		return err
	}
	claim := fmt.Errorf("%w: no key that was given vouches for its tombstone (%w)", ErrKey, ErrDamaged)
	if err == nil {
		return claim
	}
	return fmt.Errorf("%w; %w", err, claim)
}

func (a *Archive) readBody(ctx context.Context, r *Record) (*contents, error) {
	if r.account.ended == nil {
		live, err := a.store.Live(ctx, Object{KindRecord, r.ID})
		if err != nil {
			return nil, err
		}
		if live {
			r.Outcome = InProgress
		}
	}
	body := new(bytes.Buffer)
	c, err := a.scanRecord(ctx, r.account, body)
	r.body = hide(body.Bytes())
	if err == nil && r.Outcome == "" {
		r.Outcome = c.outcome()
	}
	return c, err
}

// fill copies what the file contains.
func (r *Record) fill(c *contents) error {
	r.Meta = kakaocert.EvidenceMeta{
		Product: c.head.Product, TxID: c.head.TxID, BegunAt: c.head.At,
		Attempt: c.head.Attempt, Client: c.head.Client, KeyVersion: c.sealed.KeyVersion, Ref: c.sealed.Ref,
	}
	for _, text := range c.sealed.Asked {
		if !isHex(text, 32) {
			return damaged("a digest of what was asked is not 64 hex digits")
		}
		raw, _ := hex.DecodeString(text) // isHex has said so
		r.Meta.Asked = append(r.Meta.Asked, [32]byte(raw))
	}
	r.EndedAt, r.Reason = c.ending.At, c.ending.Reason
	return nil
}

// Attachment is what was kept with a record.
type Attachment struct {
	Name string
	At   time.Time
	data func() []byte // where fmt does not look
}

// Data returns the attachment's bytes.
func (a *Attachment) Data() []byte { return a.data() }

// Attachments reads the attachments that the record had when it was read, in
// order, under the context with which the record was read. An attachment that
// differs from what was written comes as nil with a [*Fault].
func (r *Record) Attachments() iter.Seq2[*Attachment, error] {
	return func(yield func(*Attachment, error) bool) {
		if r.account.purged != nil {
			return
		}
		for _, e := range r.account.attachments {
			attachment, err := r.archive.attachment(r.ctx, e)
			if err != nil {
				err = newFault(attachmentFile(e.Attachment), r.ID, err)
			}
			if !yield(attachment, err) {
				return
			}
		}
	}
}

func (a *Archive) attachment(ctx context.Context, of entry) (*Attachment, error) {
	data := new(bytes.Buffer)
	c, err := a.scanAttachment(ctx, of, data)
	if err != nil {
		return nil, err
	}
	return &Attachment{Name: c.sealed.Name, At: c.head.At, data: hide(data.Bytes())}, nil
}

// hide keeps bytes where fmt does not print them: fmt does not call functions.
func hide(p []byte) func() []byte { return func() []byte { return p } }
