package kakaocert

import (
	"context"
	"fmt"
	"time"

	"github.com/kakaocert-go/kakaocert/internal/transport"
)

// store lets verify's answer go into the evidence as it arrives.
func (c *core) store(st step) func(context.Context, int) (transport.Store, error) {
	sink := c.evidence
	if sink == nil {
		sink = UnsafeNoEvidence() // only K1100 comes here without: it has no signature to lose
	}
	return func(ctx context.Context, attempt int) (transport.Store, error) {
		meta := *st.meta
		meta.Attempt, meta.BegunAt = attempt, time.Now().UTC()
		record, err := sink.Begin(ctx, meta)
		if err != nil {
			return nil, err
		}
		return stored{record}, nil
	}
}

type stored struct{ Record }

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
