package evidence_test

import (
	"bytes"
	"crypto/ecdh"
	"crypto/hpke"
	"crypto/mlkem"
	"crypto/rand"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/evidence"
	"github.com/kakaocert-go/kakaocert/evidence/evidencetest"
	"github.com/kakaocert-go/kakaocert/internal/judge"
)

var errFull = errors.New("full")

func key(t testing.TB, n byte) evidence.Key {
	t.Helper()
	k, err := evidence.NewKey(bytes.Repeat([]byte{n}, evidence.KeySize))
	require.NoError(t, err)
	return k
}

// pair is a recipient and its opener.
func pair(t testing.TB, kem hpke.KEM) (evidence.Recipient, evidence.Opener) {
	t.Helper()
	private, err := kem.GenerateKey()
	require.NoError(t, err)
	r, err := evidence.NewRecipient(private.PublicKey())
	require.NoError(t, err)
	o, err := evidence.NewOpener(private)
	require.NoError(t, err)
	assert.Equal(t, r.ID(), o.ID())
	return r, o
}

func recipient(t testing.TB) evidence.Recipient {
	t.Helper()
	r, _ := pair(t, hpke.DHKEM(ecdh.P256()))
	return r
}

func store(t testing.TB, log *evidence.Log, txID, body string) string {
	t.Helper()
	record, err := log.Begin(t.Context(), kakaocert.EvidenceMeta{Product: "K3510T", TxID: txID, BegunAt: time.Now(), Attempt: 1, Ref: "order 17"})
	require.NoError(t, err)
	_, err = record.Write([]byte(body))
	require.NoError(t, err)
	require.NoError(t, record.Commit())
	return record.(interface{ ID() string }).ID()
}

func bodyOf(t testing.TB, s evidence.StoreReader, id string, options ...evidence.KeyOption) (string, error) {
	t.Helper()
	a, err := evidence.NewArchive(s, options...)
	require.NoError(t, err)
	r, err := a.Record(t.Context(), id)
	if err != nil {
		return "", err
	}
	return string(r.Body()), nil
}

// An HSM does not release a private key: it computes the exchange itself.
type hsm struct{ ecdh.KeyExchanger }

// Every recipient can open a record alone. The writers' key can do so as long
// as the record's recovery key exists, and can never open an attachment.
func TestRecipient_EachOpensWhatIsSealedToAll(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	inside, err := ecdh.P256().GenerateKey(rand.Reader)
	require.NoError(t, err)
	private, err := hpke.NewDHKEMPrivateKey(hsm{inside})
	require.NoError(t, err)
	hsmRecipient, err := evidence.NewRecipient(private.PublicKey())
	require.NoError(t, err)
	hsmOpener, err := evidence.NewOpener(private)
	require.NoError(t, err)
	x, xOpener := pair(t, hpke.DHKEM(ecdh.X25519()))
	hybrid, hybridOpener := pair(t, hpke.MLKEM768X25519())
	_, stranger := pair(t, hpke.DHKEM(ecdh.P256()))

	memory := evidencetest.NewMemory()
	log, err := evidence.NewLog(ctx, memory, key(t, 1), hsmRecipient, x, hybrid)
	require.NoError(t, err)
	id := store(t, log, "tx", "the answer")
	require.NoError(t, log.Attach(ctx, id, "crl", []byte("the list")))
	for _, opener := range []evidence.KeyOption{hsmOpener, xOpener, hybridOpener, key(t, 1)} {
		body, err := bodyOf(t, memory, id, opener)
		require.NoError(t, err)
		assert.Equal(t, "the answer", body)
	}
	for _, opener := range []evidence.KeyOption{stranger, key(t, 2)} {
		_, err := bodyOf(t, memory, id, opener)
		require.ErrorIs(t, err, evidence.ErrKey)
		require.NotErrorIs(t, err, evidence.ErrDamaged)
	}
	other := store(t, log, "tx-2", "another")
	require.NoError(t, log.Forget(ctx, id, id))
	_, err = bodyOf(t, memory, id, key(t, 1))
	require.ErrorIs(t, err, evidence.ErrKey, "the writers cannot read it any more")
	body, err := bodyOf(t, memory, id, hsmOpener)
	require.NoError(t, err)
	assert.Equal(t, "the answer", body)
	body, err = bodyOf(t, memory, other, key(t, 1))
	require.NoError(t, err)
	assert.Equal(t, "another", body)
	for _, err := range log.Recall(ctx, "tx") {
		require.ErrorIs(t, err, evidence.ErrKey)
	}

	a, err := evidence.NewArchive(memory, hybridOpener, key(t, 1))
	require.NoError(t, err)
	report, err := a.Verify(ctx)
	require.NoError(t, err)
	require.NoError(t, report.Err())
	assert.Equal(t, 1, report.Attachments)
	pods, err := evidence.NewArchive(memory, key(t, 1))
	require.NoError(t, err)
	report, err = pods.Verify(ctx)
	require.NoError(t, err)
	require.ErrorIs(t, report.Err(), evidence.ErrKey)
	require.NotErrorIs(t, report.Err(), evidence.ErrDamaged)
	forgotten, err := log.ForgetBefore(ctx, time.Now().Add(time.Hour))
	require.NoError(t, err)
	assert.Equal(t, 1, forgotten)
	assert.NotContains(t, fmt.Sprintf("%v %+v %#v %d", hsmOpener, hsmOpener, hsmOpener, hsmOpener), fmt.Sprint(inside.Bytes()[0:4]))
}

// brokenHSM is an HSM that cannot be reached.
type brokenHSM struct{ ecdh.KeyExchanger }

var errAway = errors.New("the HSM is away")

func (brokenHSM) ECDH(*ecdh.PublicKey) ([]byte, error) { return nil, errAway }

// A record is not reported as damaged because an HSM cannot be reached. Real
// damage is still reported.
func TestOpener_FailingHSMIsNoDamage(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	for name, wrap := range map[string]func(ecdh.KeyExchanger) (hpke.PrivateKey, error){
		"P-256":  hpke.NewDHKEMPrivateKey,
		"hybrid": hybridOf(t),
	} {
		curve := ecdh.P256()
		if name == "hybrid" {
			curve = ecdh.X25519()
		}
		inside, err := curve.GenerateKey(rand.Reader)
		require.NoError(t, err)
		private, err := wrap(brokenHSM{inside})
		require.NoError(t, err)
		away, err := evidence.NewOpener(private)
		require.NoError(t, err)
		recipient, err := evidence.NewRecipient(private.PublicKey())
		require.NoError(t, err)
		other, opener := pair(t, hpke.DHKEM(ecdh.X25519()))

		memory := evidencetest.NewMemory()
		log, err := evidence.NewLog(ctx, memory, key(t, 1), recipient, other)
		require.NoError(t, err)
		id := store(t, log, "tx", "the answer")
		for _, works := range []evidence.KeyOption{key(t, 1), opener} {
			body, err := bodyOf(t, memory, id, away, works)
			require.NoError(t, err, name)
			assert.Equal(t, "the answer", body)
		}
		require.NoError(t, log.Forget(ctx, id))
		_, err = bodyOf(t, memory, id, away, key(t, 1))
		require.ErrorIs(t, err, errAway, name)
		require.ErrorIs(t, err, evidence.ErrKey)
		require.NotErrorIs(t, err, evidence.ErrDamaged)
		memory.Edit(func(_ map[string][]evidence.Entry, objects map[evidence.Object][]byte) {
			record := objects[evidence.Object{Kind: evidence.KindRecord, ID: id}]
			record[len(record)-1] ^= 1
		})
		_, err = bodyOf(t, memory, id, away, key(t, 1))
		require.ErrorIs(t, err, evidence.ErrDamaged, name)
	}
}

// hybridOf makes a key of MLKEM768X25519. The HSM holds one of its two halves.
func hybridOf(t *testing.T) func(ecdh.KeyExchanger) (hpke.PrivateKey, error) {
	t.Helper()
	quantum, err := mlkem.GenerateKey768()
	require.NoError(t, err)
	return func(inside ecdh.KeyExchanger) (hpke.PrivateKey, error) {
		return hpke.NewHybridPrivateKey(quantum, inside)
	}
}

// A recovery key that belongs to another record, or is made up, opens nothing,
// and the record is not reported as damaged because of it.
func TestLog_ForeignRecoveryKeyOpensNothing(t *testing.T) {
	t.Parallel()
	memory := evidencetest.NewMemory()
	r, opener := pair(t, hpke.DHKEM(ecdh.P256()))
	log, err := evidence.NewLog(t.Context(), memory, key(t, 1), r)
	require.NoError(t, err)
	one, two := store(t, log, "tx-1", "one"), store(t, log, "tx-2", "two")
	memory.Edit(func(_ map[string][]evidence.Entry, objects map[evidence.Object][]byte) {
		objects[evidence.Object{Kind: evidence.KindRecovery, ID: one}] = objects[evidence.Object{Kind: evidence.KindRecovery, ID: two}]
		objects[evidence.Object{Kind: evidence.KindRecovery, ID: two}] = []byte("{}")
	})
	for _, id := range []string{one, two} {
		body, err := bodyOf(t, memory, id, key(t, 1))
		require.Error(t, err)
		assert.Empty(t, body)
		_, err = bodyOf(t, memory, id, opener)
		require.NoError(t, err)
	}
}

func TestRecipient_Refusals(t *testing.T) {
	t.Parallel()
	var argument *kakaocert.ArgumentError
	for _, kem := range []hpke.KEM{hpke.DHKEM(ecdh.P384()), hpke.MLKEM1024()} {
		private, err := kem.GenerateKey()
		require.NoError(t, err)
		_, err = evidence.NewRecipient(private.PublicKey())
		require.ErrorAs(t, err, &argument)
		_, err = evidence.NewOpener(private)
		require.ErrorAs(t, err, &argument)
	}
	for _, text := range []string{"", "x", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"} {
		_, err := evidence.ParseRecipient([]byte(text))
		require.ErrorAs(t, err, &argument)
		_, err = evidence.ParseOpener([]byte(text))
		require.ErrorAs(t, err, &argument)
	}
	_, err := evidence.NewLog(t.Context(), evidencetest.NewMemory(), evidence.UnsafePlaintext(), recipient(t))
	require.ErrorAs(t, err, &argument)
	_, err = evidence.NewLog(t.Context(), evidencetest.NewMemory(), key(t, 1), evidence.Recipient{})
	require.ErrorAs(t, err, &argument)
	_, err = evidence.NewArchive(evidencetest.NewMemory(), evidence.Opener{})
	require.ErrorAs(t, err, &argument)
	many := make([]evidence.KeyOption, 7)
	for i := range many {
		many[i] = recipient(t)
	}
	_, err = evidence.NewLog(t.Context(), evidencetest.NewMemory(), key(t, 1), many...)
	require.ErrorAs(t, err, &argument)
}

// Keys made by OpenSSL are accepted, on a directory too.
func TestParseRecipient_TakesKeysOfOpenSSL(t *testing.T) {
	t.Parallel()
	openssl := judge.Need(t, "openssl")
	for _, arguments := range [][]string{{"-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"}, {"-algorithm", "X25519"}} {
		private, err := exec.CommandContext(t.Context(), openssl, append([]string{"genpkey"}, arguments...)...).Output()
		require.NoError(t, err)
		pub := exec.CommandContext(t.Context(), openssl, "pkey", "-pubout")
		pub.Stdin = bytes.NewReader(private)
		public, err := pub.Output()
		require.NoError(t, err)
		r, err := evidence.ParseRecipient(public)
		require.NoError(t, err)
		o, err := evidence.ParseOpener(private)
		require.NoError(t, err)
		assert.Equal(t, r.ID(), o.ID())
		_, err = evidence.ParseRecipient(private)
		require.Error(t, err)
		_, err = evidence.ParseOpener(public)
		require.Error(t, err)

		path := filepath.Join(t.TempDir(), "evidence")
		log, err := evidence.Open(path, key(t, 1), r)
		require.NoError(t, err)
		id := store(t, log, "tx", "the answer")
		require.NoError(t, log.Forget(t.Context(), id))
		require.NoError(t, log.Close())
		a, err := evidence.OpenArchive(path, o)
		require.NoError(t, err)
		t.Cleanup(func() { _ = a.Close() })
		found, err := a.Record(t.Context(), id)
		require.NoError(t, err)
		assert.Equal(t, "the answer", string(found.Body()))
	}
}
