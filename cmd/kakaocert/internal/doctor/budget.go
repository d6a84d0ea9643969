package doctor

import (
	"context"
	"errors"
)

const maxCalls = 40

// budget bounds what the doctor asks of a service.
type budget struct{ calls int }

var errBudget = errors.New("no call is left: at most 40 are made")

// spend counts a call.
func (b *budget) spend(ctx context.Context) error {
	if b.calls >= maxCalls {
		return errBudget
	}
	b.calls++
	return ctx.Err()
}
