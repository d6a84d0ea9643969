package evidence

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/timestamp"
)

// CheckpointOption changes how a [Checkpointer] works.
type CheckpointOption func(*Checkpointer) error

// WithStamps has checkpoints stamped by a time stamping authority (RFC 3161):
// the newest one, as soon as the newest stamp in the store is that old; zero
// stamps each. An hour is usual, and a day the most. Records then are stamped
// within that time, and [Record.AsOf] shows why it matters.
func WithStamps(stamper *timestamp.Stamper, every time.Duration) CheckpointOption {
	return func(c *Checkpointer) error {
		switch {
		case stamper == nil:
			return &kakaocert.ArgumentError{Field: "WithStamps", Reason: "must have a stamper"}
		case every < 0 || every > 24*time.Hour:
			return &kakaocert.ArgumentError{Field: "WithStamps", Reason: "must be between 0 and 24 hours"}
		}
		c.stamps = stamping{stamper: stamper, every: every, now: time.Now}
		return nil
	}
}

// StampError says that a checkpoint was made and kept, but could not be
// stamped: the authority did not answer, or refused, or its token is not good.
// [Checkpointer.Make] returns it together with the checkpoint, and tries again
// when it is called again.
type StampError struct {
	Number uint64 // of the checkpoint
	Err    error  // that of the [timestamp.Stamper]
}

func (e *StampError) Error() string {
	return fmt.Sprintf("evidence: checkpoint %d has no time stamp yet: %v", e.Number, e.Err)
}

// Unwrap returns the stamper's error.
func (e *StampError) Unwrap() error { return e.Err }

// stamping is what a Checkpointer knows of stamps.
type stamping struct {
	stamper *timestamp.Stamper // nil: none are made
	every   time.Duration
	now     func() time.Time
	newest  uint64    // number of the newest checkpoint that is known to have one
	at      time.Time // of that stamp
	looked  uint64    // stamps of checkpoints up to this number were looked for
}

// maxLook is how many of the newest checkpoints are looked at for a stamp: more
// than are made in a day.
const maxLook = 2000

// stamp stamps the last checkpoint, if a stamp is due.
func (c *Checkpointer) stamp(ctx context.Context) error {
	s := &c.stamps
	if s.stamper == nil || c.last.Number == s.newest {
		return nil
	}
	if s.due() {
		if err := c.findStamp(ctx); err != nil { // another process may have made one
			return err
		}
	}
	if !s.due() || c.last.Number == s.newest {
		return nil
	}
	token, err := s.stamper.Stamp(ctx, c.last.Note)
	if err != nil {
		return &StampError{Number: c.last.Number, Err: err}
	}
	object := Object{KindStamp, checkpointID(c.last.Number)}
	err = c.store.Commit(ctx, Batch{Pieces: []Piece{{Object: object, Bytes: token.Raw, Last: true}}})
	if err != nil && !errors.Is(err, ErrExists) { // it exists where another process was faster
		return err
	}
	s.newest, s.at = c.last.Number, token.Time
	return nil
}

// due reports whether the newest stamp that is known is old enough. One of the
// future counts as none: some clock is wrong.
func (s *stamping) due() bool {
	age := s.now().Sub(s.at)
	return s.newest == 0 || age >= s.every || age < 0
}

// findStamp looks for stamps that other processes have made, the newest first.
func (c *Checkpointer) findStamp(ctx context.Context) error {
	s := &c.stamps
	for n := c.last.Number; n > s.looked && n+maxLook > c.last.Number; n-- {
		raw, err := readStamp(ctx, c.store, n)
		if isGone(err) {
			continue
		}
		if err != nil {
			return err
		}
		s.newest, s.at = n, time.Time{}
		if info, err := timestamp.Parse(raw); err == nil { // else an audit reports it
			s.at = info.Time
		}
		break
	}
	s.looked = c.last.Number - 1 // the last one may be stamped at any time
	return nil
}

// readStamp reads the stamp of a checkpoint.
func readStamp(ctx context.Context, store StoreReader, number uint64) ([]byte, error) {
	in, err := store.Read(ctx, Object{KindStamp, checkpointID(number)})
	if err != nil {
		return nil, err
	}
	defer func() { _ = in.Close() }()
	return io.ReadAll(io.LimitReader(in, timestamp.MaxToken+1)) // one byte more is refused as too large
}
