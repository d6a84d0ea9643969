// Package redisreplay provides a [kakaocert.ReplayStore] in Redis or Valkey, for
// programs that take orders in several processes.
//
//	store, err := redisreplay.New(client)
//	err = session.VerifyOnce(ctx, store, order, signature)
//
// # What Redis can forget
//
// An order that Redis has forgotten can be replayed. Redis answers before an
// addition is safe, so it can forget additions that it has confirmed:
//
//   - at a failover, those that the replica did not have yet. WAIT makes that
//     rarer and does not exclude it.
//   - at a crash with appendfsync everysec, those of about the last second; with
//     neither AOF nor a snapshot, all.
//   - under a maxmemory-policy other than noeviction, any at any time.
//
// Use it where that is bearable. The better default is a table in the database
// that contains the orders, written in the same transaction as the order: key and
// order are then both there or both absent. In Redis the key is used up when Add
// returns, so that an order whose own transaction fails after that is refused as
// a replay when the user sends it again.
//
// Set maxmemory-policy to noeviction, appendonly to yes, and appendfsync to
// always where the server can bear it. A key takes about 150 bytes until the end
// of its session.
package redisreplay

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/kakaocert-go/kakaocert"
)

// prefix is followed by the key's 32 bytes. It contains no hash tag: in a cluster the
// keys are spread over all nodes.
const prefix = "kakaocert:replay:"

// afterEnd is how much longer than asked Redis remembers a key. It covers the
// difference between its clock and ours: a key that Redis forgets too early can
// be replayed.
const afterEnd = 5 * time.Minute

// ErrNoClient says that New was given no client.
var ErrNoClient = errors.New("redisreplay: client must not be nil")

// Store is a [kakaocert.ReplayStore] in Redis or Valkey. No one else may write
// keys that begin with "kakaocert:replay:".
type Store struct{ client redis.UniversalClient }

var _ kakaocert.ReplayStore = (*Store)(nil)

// New returns a Store. It sends nothing. The client is one of a single server,
// of Sentinel or of a cluster; it stays the caller's to close. Additions must go
// to the primary, which is where go-redis sends them.
func New(client redis.UniversalClient) (*Store, error) {
	if client == nil {
		return nil, ErrNoClient
	}
	return &Store{client}, nil
}

// Add implements [kakaocert.ReplayStore] with one SET NX PXAT (Redis 6.2). When
// its answer was lost, go-redis sends it again, and the second finds the key
// there: the order is refused, never accepted twice.
//
// The error is that of go-redis, and wraps it. After an error the key may have
// been added.
func (s *Store) Add(ctx context.Context, key [sha256.Size]byte, until time.Time) (added bool, err error) {
	err = s.client.SetArgs(ctx, prefix+string(key[:]), 1, redis.SetArgs{Mode: "NX", ExpireAt: until.Add(afterEnd)}).Err()
	switch {
	case errors.Is(err, redis.Nil):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("redisreplay: %w", err)
	}
	return true, nil
}
