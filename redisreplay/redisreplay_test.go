package redisreplay_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/redisreplay"
)

func storeOf(t testing.TB, client redis.UniversalClient) *redisreplay.Store {
	t.Helper()
	store, err := redisreplay.New(client)
	require.NoError(t, err)
	return store
}

func key(n byte) [sha256.Size]byte { return sha256.Sum256([]byte{n}) }

func tomorrow() time.Time { return time.Now().Add(24 * time.Hour) }

func TestStore_OneOfManyIsToldThatAKeyIsNew(t *testing.T) {
	t.Parallel()
	server := startServer(t)
	stores := []*redisreplay.Store{storeOf(t, server.client(t)), storeOf(t, server.client(t))} // two processes
	until := tomorrow()
	var won [50]atomic.Int32
	var group sync.WaitGroup
	for n := range won {
		for caller := range 16 {
			group.Go(func() {
				added, err := stores[caller%2].Add(t.Context(), key(byte(n)), until)
				assert.NoError(t, err)
				if added {
					won[n].Add(1)
				}
			})
		}
	}
	group.Wait()
	for n := range won {
		assert.EqualValues(t, 1, won[n].Load())
	}
}

func TestStore_RefusesOrdersThatComeAgain(t *testing.T) {
	t.Parallel()
	server := startServer(t)
	session, sign := session(t)
	order := []byte(`{"number":1,"side":"buy","quantity":10}`)
	require.NoError(t, session.VerifyOnce(t.Context(), storeOf(t, server.client(t)), order, sign(order)))
	elsewhere := storeOf(t, server.client(t))
	assert.ErrorIs(t, session.VerifyOnce(t.Context(), elsewhere, order, sign(order)), kakaocert.ErrReplayed, "with a new signature")
	other := []byte(`{"number":2,"side":"buy","quantity":10}`)
	assert.NoError(t, session.VerifyOnce(t.Context(), elsewhere, other, sign(other)))
}

// session is a session of six hours, as it was kept, and its app.
func session(t *testing.T) (*kakaocert.Session, func(order []byte) string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	public, err := x509.MarshalPKIXPublicKey(private.Public())
	require.NoError(t, err)
	now := time.Now().UTC().Truncate(time.Second)
	text, err := json.Marshal(map[string]any{
		"transaction": "K3220T:tx", "public_key": base64.StdEncoding.EncodeToString(public),
		"start_at": now, "end_at": now.Add(6 * time.Hour),
	})
	require.NoError(t, err)
	session := new(kakaocert.Session)
	require.NoError(t, session.UnmarshalJSON(text))
	return session, func(order []byte) string {
		digest := sha256.Sum256(order)
		signature, err := ecdsa.SignASN1(rand.Reader, private, digest[:])
		require.NoError(t, err)
		return base64.StdEncoding.EncodeToString(signature)
	}
}

func TestStore_RemembersUntilTheSessionsEnd(t *testing.T) {
	t.Parallel()
	server := startServer(t)
	client := server.client(t)
	for n, until := range []time.Time{
		tomorrow().Truncate(time.Second), tomorrow().Truncate(time.Second).Add(999 * time.Millisecond),
		tomorrow().Truncate(time.Second).Add(999 * time.Microsecond), tomorrow().In(time.FixedZone("KST", 9*60*60)),
	} {
		_, err := storeOf(t, client).Add(t.Context(), key(byte(n)), until)
		require.NoError(t, err)
		names, err := client.Keys(t.Context(), "kakaocert:replay:*").Result()
		require.NoError(t, err)
		require.Len(t, names, 1)
		at, err := client.PExpireTime(t.Context(), names[0]).Result()
		require.NoError(t, err)
		assert.GreaterOrEqual(t, at, time.Duration(until.UnixNano()), "not forgotten before")
		assert.LessOrEqual(t, at, time.Duration(until.Add(10*time.Minute).UnixNano()), "and forgotten soon after")
		require.NoError(t, client.FlushAll(t.Context()).Err())
	}
}

func TestStore_LostAnswerIsNeverAcceptedTwice(t *testing.T) {
	t.Parallel()
	server := startServer(t)
	network := new(losing)
	store := storeOf(t, server.clientOver(t, network.dial))
	added, err := store.Add(t.Context(), key(1), tomorrow())
	require.NoError(t, err)
	assert.True(t, network.lost.Load())
	assert.False(t, added, "the first try had added it")
	added, err = storeOf(t, server.client(t)).Add(t.Context(), key(1), tomorrow())
	require.NoError(t, err)
	assert.False(t, added)
}

func TestStore_CrashWithAppendfsyncAlwaysForgetsNothing(t *testing.T) {
	t.Parallel()
	server := startServer(t)
	store := storeOf(t, server.client(t))
	for n := range byte(100) {
		added, err := store.Add(t.Context(), key(n), tomorrow())
		require.NoError(t, err)
		require.True(t, added)
	}
	server.kill()
	server.start(t)
	for n := range byte(100) {
		added, err := storeOf(t, server.client(t)).Add(t.Context(), key(n), tomorrow())
		require.NoError(t, err)
		assert.False(t, added)
	}
}

func TestStore_ErrorsAcceptNothing(t *testing.T) {
	t.Parallel()
	server := startServer(t)
	session, sign := session(t)
	order := []byte("order")
	client := server.client(t)
	store := storeOf(t, client)

	ended, cancel := context.WithCancel(t.Context())
	cancel()
	assert.ErrorIs(t, session.VerifyOnce(ended, store, order, sign(order)), context.Canceled)

	full := server.client(t)
	require.NoError(t, full.ConfigSet(t.Context(), "maxmemory", "1").Err())
	err := session.VerifyOnce(t.Context(), storeOf(t, full), order, sign(order))
	assert.ErrorContains(t, err, "OOM")
	require.NoError(t, full.ConfigSet(t.Context(), "maxmemory", "0").Err())

	server.kill()
	err = session.VerifyOnce(t.Context(), store, order, sign(order))
	require.Error(t, err)
	assert.NotErrorIs(t, err, kakaocert.ErrReplayed)
	assert.NotContains(t, fmt.Sprintf("%v %+v", err, err), "kakaocert:replay:")

	server.start(t)
	assert.NoError(t, session.VerifyOnce(t.Context(), storeOf(t, server.client(t)), order, sign(order)), "it was not used up")
}

func TestNew_NeedsAClient(t *testing.T) {
	t.Parallel()
	_, err := redisreplay.New(nil)
	assert.ErrorIs(t, err, redisreplay.ErrNoClient)
}
