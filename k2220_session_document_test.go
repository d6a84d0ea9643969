package kakaocert

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var sessionTx = K2220Transaction{product: K3220, environment: Test, txID: "tx-1"}

// sessionKey is a temporary key as SubjectPublicKeyInfo and as a bare point.
func sessionKey(t testing.TB) (key *ecdsa.PublicKey, spki, point []byte) {
	t.Helper()
	made, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	spki, err = x509.MarshalPKIXPublicKey(&made.PublicKey)
	require.NoError(t, err)
	point, err = made.PublicKey.Bytes()
	require.NoError(t, err)
	return &made.PublicKey, spki, point
}

func sessionDocument(key string) string {
	return fmt.Sprintf(`{"tx_id":"tx-1","public_key":%q,"session_start_at":"2026-11-24T00:00:00Z","session_end_at":"2026-11-25T00:00:00Z","more":[1]}`, key)
}

func TestSessionDocument_GivesItsSession(t *testing.T) {
	t.Parallel()
	key, spki, point := sessionKey(t)
	for name, text := range map[string]string{
		"SubjectPublicKeyInfo": base64.StdEncoding.EncodeToString(spki),
		"URL-safe, unpadded":   base64.RawURLEncoding.EncodeToString(spki),
		"point":                base64.StdEncoding.EncodeToString(point),
	} {
		for form, document := range map[string]string{
			"whole": sessionDocument(text),
			"bare":  strings.Replace(sessionDocument(text), `"tx_id":"tx-1",`, "", 1),
		} {
			session, err := newSession(DefaultProtocol(), sessionTx, []byte(document), 24*time.Hour)
			require.NoError(t, err, name+form)
			assert.True(t, session.PublicKey().Equal(key))
			assert.Equal(t, time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC), session.EndAt())
			assert.Equal(t, sessionTx, session.Transaction())
		}
	}
	p, err := ParseProtocol(strings.NewReader(`{"field.signed_public_key": "sessionKey", "field.signed_end_at": "notAfter session_end_at"}`))
	require.NoError(t, err)
	document := strings.Replace(sessionDocument(base64.StdEncoding.EncodeToString(point)), "public_key", "sessionKey", 1)
	_, err = newSession(p, sessionTx, []byte(document), 24*time.Hour)
	assert.NoError(t, err, "the names are the Protocol's")
}

func TestSessionDocument_WithoutASessionIsRefused(t *testing.T) {
	t.Parallel()
	_, spki, _ := sessionKey(t)
	good := sessionDocument(base64.StdEncoding.EncodeToString(spki))
	for name, c := range map[string]struct{ from, to, field string }{
		"not JSON":            {"{", "", ""},
		"array":               {good, "[]", ""},
		"another transaction": {"tx-1", "tx-2", "field.tx_id"},
		"no key":              {"public_key", "key", "field.signed_public_key"},
		"bad key":             {base64.StdEncoding.EncodeToString(spki), "AAAA", "field.signed_public_key"},
		"no start":            {"session_start_at", "start", "field.signed_end_at"},
		"no end":              {"session_end_at", "end", "field.signed_end_at"},
		"end is no time":      {"2026-11-25T00:00:00Z", "tomorrow", "field.signed_end_at"},
		"end before start":    {"2026-11-25", "2026-11-23", "field.signed_end_at"},
		"end at start":        {"2026-11-25", "2026-11-24", "field.signed_end_at"},
		"too long":            {"2026-11-25T00:00:00Z", "2026-11-25T00:00:01Z", "field.signed_end_at"},
	} {
		document := strings.Replace(good, c.from, c.to, 1)
		require.NotEqual(t, good, document, name)
		_, err := newSession(DefaultProtocol(), sessionTx, []byte(document), 24*time.Hour)
		refused, ok := errors.AsType[*DecodeError](err)
		require.True(t, ok, "%s: %v", name, err)
		assert.Equal(t, c.field, refused.Field, name)
	}
}

func FuzzSessionDocument(f *testing.F) {
	_, spki, point := sessionKey(f)
	f.Add(sessionDocument(base64.StdEncoding.EncodeToString(spki)))
	f.Add(sessionDocument(base64.RawURLEncoding.EncodeToString(point)))
	f.Add(`{"session_start_at":1,"session_end_at":null}`)
	f.Fuzz(func(t *testing.T, document string) {
		session, err := newSession(DefaultProtocol(), sessionTx, []byte(document), maxSession)
		if err != nil {
			if _, ok := errors.AsType[*DecodeError](err); !ok {
				t.Fatalf("%v", err)
			}
			return
		}
		text, err := session.MarshalJSON()
		var again Session
		if err != nil || again.UnmarshalJSON(text) != nil || again.id != session.id || !again.endAt.Equal(session.endAt) {
			t.Fatalf("did not come back: %v", err)
		}
	})
}

// A clock that is set back makes a session good again whose keys were dropped.
func TestMemoryReplayStore_KeepsKeysForAWhileAfterTheEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := NewMemoryReplayStore()
		until := time.Now().Add(time.Hour)
		for n := range minSweep {
			_, _ = store.Add(t.Context(), [sha256.Size]byte{byte(n), byte(n >> 8)}, until)
		}
		time.Sleep(time.Hour + time.Second)
		added, _ := store.Add(t.Context(), [sha256.Size]byte{0xff, 0xff}, until.Add(time.Hour))
		assert.True(t, added)
		added, _ = store.Add(t.Context(), [sha256.Size]byte{}, until)
		assert.False(t, added)
	})
}

func TestMemoryReplayStore_ForgetsExpiredKeys(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := NewMemoryReplayStore()
		key := func(n int) (key [sha256.Size]byte) {
			binary.BigEndian.PutUint64(key[:], uint64(n))
			return key
		}
		most := 0
		for n := range 50_000 { // a key a second, each good for a quarter of an hour
			until := time.Now().Add(15 * time.Minute)
			added, err := store.Add(context.Background(), key(n), until)
			if err != nil || !added {
				t.Fatal("a new key is not new")
			}
			if added, _ = store.Add(context.Background(), key(max(0, n-800)), until); added {
				t.Fatal("a key that is still good is new")
			}
			most = max(most, len(store.until))
			time.Sleep(time.Second)
		}
		assert.LessOrEqual(t, most, 2*960+1)
	})
}
