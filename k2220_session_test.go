package kakaocert_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

const day = 24 * time.Hour

// sessionRequested is a session that 홍길동's app is asked to open.
func sessionRequested(t testing.TB, client *kakaocert.Client, product kakaocert.K2220Product) kakaocert.K2220Transaction {
	t.Helper()
	tx, err := client.K2220.Prepare(t.Context(), &kakaocert.K2220PrepareParams{Product: product, User: byHong})
	require.NoError(t, err)
	receipt, err := client.K2220.Request(t.Context(), tx, &kakaocert.K2220RequestParams{
		SessionLength: day, Title: "주식 주문", IdentifyItems: []kakaocert.IdentifyItem{kakaocert.IdentifyName},
	})
	require.NoError(t, err)
	require.Contains(t, receipt.AppLink, tx.TxID())
	return tx
}

// sessionSigned is one that the app has opened and the user signed, with the
// app.
func sessionSigned(t testing.TB, service *kakaocerttest.Service, client *kakaocert.Client, product kakaocert.K2220Product) (*kakaocerttest.App, *kakaocert.K2220Result) {
	t.Helper()
	tx := sessionRequested(t, client, product)
	app := service.NewApp(hongPhone)
	require.NoError(t, app.Open(t.Context(), tx.TxID()))
	_, err := client.K2220.Wait(soon(t), tx)
	require.NoError(t, err)
	result, err := client.K2220.Verify(t.Context(), tx, day)
	require.NoError(t, err)
	return app, result
}

// session is a session to check orders with, and the app that signs them.
func session(t testing.TB, service *kakaocerttest.Service) (*kakaocerttest.App, *kakaocert.Session) {
	t.Helper()
	config := service.Config()
	config.Evidence = kakaocert.UnsafeNoEvidence()
	app, result := sessionSigned(t, service, newClient(t, config), kakaocert.K3220)
	verifier, err := kakaocert.NewVerifier(service.Roots(), kakaocert.UnsafeNoRevocation())
	require.NoError(t, err)
	session, _, err := result.Check(verifier)
	require.NoError(t, err)
	return app, session
}

func order(n int) []byte {
	return fmt.Appendf(nil, `{"number":%d,"side":"buy","code":"035720","quantity":10}`, n)
}

func signedOrder(t testing.TB, app *kakaocerttest.App, n int) kakaocerttest.SignedOrder {
	t.Helper()
	signed, err := app.Sign(order(n))
	require.NoError(t, err)
	return signed
}

func TestK2220_EndToEnd(t *testing.T) {
	t.Parallel()
	for _, product := range []kakaocert.K2220Product{kakaocert.K2220, kakaocert.K3220} {
		t.Run(string(product), func(t *testing.T) {
			t.Parallel()
			server, client, sink := loginSetup(t)
			app, result := sessionSigned(t, server.Service, client, product)
			require.Len(t, sink.all(), 1, "the answer was kept first")
			verifier, err := kakaocert.NewVerifier(server.Roots(), kakaocert.UnsafeNoRevocation())
			require.NoError(t, err)
			made, verified, err := result.Check(verifier)
			require.NoError(t, err)
			require.NoError(t, verified.CheckVID(result))
			assert.Equal(t, day, made.EndAt().Sub(made.StartAt()))

			tx := made.Transaction()
			info, err := client.K2220.SignerInfo(t.Context(), tx)
			require.NoError(t, err)
			require.NoError(t, info.Compare(byHong, kakaocert.IdentifyName))
			told, err := client.K2220.SessionInfo(t.Context(), tx)
			require.NoError(t, err)
			assert.Equal(t, []time.Time{made.StartAt(), made.EndAt()}, []time.Time{told.StartAt, told.EndAt})
			assert.Equal(t, "3000000001", told.UserID.Reveal())

			stored, err := json.Marshal(made)
			require.NoError(t, err)
			var kept kakaocert.Session
			require.NoError(t, json.Unmarshal(stored, &kept))
			seen := kakaocert.NewMemoryReplayStore()
			for n := range 20 {
				signed := signedOrder(t, app, n)
				require.NoError(t, kept.VerifyOnce(t.Context(), seen, signed.Data, signed.Signature))
			}
			restored, err := client.K2220.Restore(tx, sink.all()[0].body, day)
			require.NoError(t, err)
			again, _, err := restored.Check(verifier)
			require.NoError(t, err)
			assert.Equal(t, made, again)
			assert.Equal(t, made, &kept)
			if product == kakaocert.K2220 {
				assert.Equal(t, 1, server.Calls("token"), "the user has logged in")
			}
		})
	}
}

func TestSession_RefusesAnOrderOfAnotherKey(t *testing.T) {
	t.Parallel()
	service := kakaocerttest.NewService()
	app, session := session(t, service)
	require.NoError(t, service.Inject(kakaocerttest.Fault{Kind: kakaocerttest.WrongKey}))
	signed := signedOrder(t, app, 1)
	seen := kakaocert.NewMemoryReplayStore()
	err := session.VerifyOnce(t.Context(), seen, signed.Data, signed.Signature)
	assert.ErrorIs(t, err, kakaocert.ErrSignature)
	refused, ok := errors.AsType[*kakaocert.SessionError](err)
	require.True(t, ok)
	assert.Equal(t, "signature", refused.Check)

	signed = signedOrder(t, app, 1)
	assert.ErrorIs(t, session.VerifyOnce(t.Context(), seen, order(2), signed.Signature), kakaocert.ErrSignature)
	assert.NoError(t, session.VerifyOnce(t.Context(), seen, signed.Data, signed.Signature), "what was refused is not remembered")
}

func TestSession_RefusesAReplayedOrder(t *testing.T) {
	t.Parallel()
	service := kakaocerttest.NewService()
	app, session := session(t, service)
	seen := kakaocert.NewMemoryReplayStore()
	first := signedOrder(t, app, 1)
	require.NoError(t, session.VerifyOnce(t.Context(), seen, first.Data, first.Signature))

	require.NoError(t, service.Inject(kakaocerttest.Fault{Kind: kakaocerttest.Replay}))
	again, err := app.Sign(order(2))
	require.NoError(t, err)
	require.Equal(t, first, again)
	err = session.VerifyOnce(t.Context(), seen, again.Data, again.Signature)
	assert.ErrorIs(t, err, kakaocert.ErrReplayed)
	refused, ok := errors.AsType[*kakaocert.SessionError](err)
	require.True(t, ok)
	assert.Equal(t, "replay", refused.Check)

	assert.NoError(t, session.Verify(again.Data, again.Signature), "only VerifyOnce asks the store")
	fresh := signedOrder(t, app, 1)
	require.NotEqual(t, first.Signature, fresh.Signature)
	assert.ErrorIs(t, session.VerifyOnce(t.Context(), seen, fresh.Data, fresh.Signature), kakaocert.ErrReplayed)
}

// From a good signature (r, s) anyone can make (r, n-s), which is good too.
func TestSession_ChangedSignatureIsAReplayToo(t *testing.T) {
	t.Parallel()
	app, session := session(t, kakaocerttest.NewService())
	signed := signedOrder(t, app, 1)
	der, err := base64.StdEncoding.DecodeString(signed.Signature)
	require.NoError(t, err)
	var pair struct{ R, S *big.Int }
	_, err = asn1.Unmarshal(der, &pair)
	require.NoError(t, err)
	pair.S.Sub(session.PublicKey().Params().N, pair.S)
	der, err = asn1.Marshal(pair)
	require.NoError(t, err)
	other := base64.StdEncoding.EncodeToString(der)

	require.NotEqual(t, signed.Signature, other)
	require.NoError(t, session.Verify(signed.Data, other), "ECDSA accepts it")
	seen := kakaocert.NewMemoryReplayStore()
	require.NoError(t, session.VerifyOnce(t.Context(), seen, signed.Data, signed.Signature))
	assert.ErrorIs(t, session.VerifyOnce(t.Context(), seen, signed.Data, other), kakaocert.ErrReplayed)
}

func TestSession_SameOrderOfAnotherSessionIsNoReplay(t *testing.T) {
	t.Parallel()
	service := kakaocerttest.NewService()
	seen := kakaocert.NewMemoryReplayStore()
	for range 2 {
		app, session := session(t, service)
		signed := signedOrder(t, app, 1)
		assert.NoError(t, session.VerifyOnce(t.Context(), seen, signed.Data, signed.Signature))
	}
}

func TestSession_AcceptsOneOfManyAtOnce(t *testing.T) {
	t.Parallel()
	app, session := session(t, kakaocerttest.NewService())
	signed := signedOrder(t, app, 1)
	seen := kakaocert.NewMemoryReplayStore()
	var accepted atomic.Int64
	var all sync.WaitGroup
	for range 32 {
		all.Go(func() {
			if session.VerifyOnce(t.Context(), seen, signed.Data, signed.Signature) == nil {
				accepted.Add(1)
			}
		})
	}
	all.Wait()
	assert.EqualValues(t, 1, accepted.Load())
}

type brokenStore struct{}

var errStore = errors.New("no connection to the table")

func (brokenStore) Add(context.Context, [32]byte, time.Time) (bool, error) { return true, errStore }

func TestSession_AcceptsNothingWithoutItsStore(t *testing.T) {
	t.Parallel()
	app, session := session(t, kakaocerttest.NewService())
	signed := signedOrder(t, app, 1)
	assert.ErrorIs(t, session.VerifyOnce(t.Context(), brokenStore{}, signed.Data, signed.Signature), errStore)
	_, ok := errors.AsType[*kakaocert.ArgumentError](session.VerifyOnce(t.Context(), nil, signed.Data, signed.Signature))
	assert.True(t, ok)
	for _, zero := range []*kakaocert.Session{nil, {}} {
		_, ok = errors.AsType[*kakaocert.ArgumentError](zero.Verify(signed.Data, signed.Signature))
		assert.True(t, ok)
	}
}

func TestSession_SignatureFormsAreThoseOfBase64(t *testing.T) {
	t.Parallel()
	app, session := session(t, kakaocerttest.NewService())
	for n := range 50 { // so that every length and every letter comes
		signed := signedOrder(t, app, n)
		der, err := base64.StdEncoding.DecodeString(signed.Signature)
		require.NoError(t, err)
		for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
			require.NoError(t, session.Verify(signed.Data, encoding.EncodeToString(der)))
			require.NoError(t, session.Verify(signed.Data, brokenIntoLines(encoding.EncodeToString(der))), "as Android's encoder writes it")
		}
		for name, bad := range map[string]string{
			"empty": "", "no Base64": "!" + signed.Signature[1:],
			"more behind": base64.StdEncoding.EncodeToString(append(der, 0)), "cut off": base64.StdEncoding.EncodeToString(der[:len(der)-1]),
			"long": strings.Repeat("A", 1<<20),
		} {
			require.ErrorIs(t, session.Verify(signed.Data, bad), kakaocert.ErrSignature, name)
		}
	}
}

func TestSession_AppMayWriteURLSafeBase64(t *testing.T) {
	t.Parallel()
	app, session := session(t, kakaocerttest.NewService(kakaocerttest.WithDialect(kakaocerttest.Dialect{URLSafe: true})))
	signed := signedOrder(t, app, 1)
	assert.NoError(t, session.Verify(signed.Data, signed.Signature))
}

func TestSession_IsGoodFromItsBeginningToItsEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		app, session := session(t, kakaocerttest.NewService())
		signed := signedOrder(t, app, 1)
		assert.NoError(t, session.Verify(signed.Data, signed.Signature))
		time.Sleep(time.Until(session.EndAt()) - time.Nanosecond)
		assert.NoError(t, session.Verify(signed.Data, signed.Signature))
		time.Sleep(time.Nanosecond)
		err := session.Verify(signed.Data, signed.Signature)
		assert.ErrorIs(t, err, kakaocert.ErrSessionExpired)
		refused, ok := errors.AsType[*kakaocert.SessionError](err)
		require.True(t, ok)
		assert.Equal(t, "validity", refused.Check)

		start := session.StartAt()
		assert.NoError(t, session.VerifyAt(start.Add(-time.Minute), signed.Data, signed.Signature), "a clock that is behind")
		assert.ErrorIs(t, session.VerifyAt(start.Add(-time.Minute-time.Nanosecond), signed.Data, signed.Signature), kakaocert.ErrSessionNotBegun)
	})
}

func TestSession_EndedAcceptsNothing(t *testing.T) {
	t.Parallel()
	service := kakaocerttest.NewService()
	require.NoError(t, service.Inject(kakaocerttest.Fault{Kind: kakaocerttest.ExpiredSession}))
	app, session := session(t, service)
	signed := signedOrder(t, app, 1)
	assert.ErrorIs(t, session.Verify(signed.Data, signed.Signature), kakaocert.ErrSessionExpired)

	config := service.Config()
	config.Evidence = kakaocert.UnsafeNoEvidence()
	service.Clock().Advance(day)
	_, err := newClient(t, config).K2220.SessionInfo(t.Context(), session.Transaction())
	assert.ErrorIs(t, err, kakaocert.ErrSessionExpired, "the same error, when Kakao says it")
}

func TestSession_ComesFromACheckedDocumentOnly(t *testing.T) {
	t.Parallel()
	for fault, want := range map[kakaocerttest.FaultKind]error{
		kakaocerttest.ExpiredCertificate: kakaocert.ErrUntrusted,
		kakaocerttest.AnotherDocument:    nil, // a good signature of a document that is not a session
	} {
		t.Run(string(fault), func(t *testing.T) {
			t.Parallel()
			server, client, _ := loginSetup(t)
			require.NoError(t, server.Inject(kakaocerttest.Fault{Kind: fault}))
			_, result := sessionSigned(t, server.Service, client, kakaocert.K3220)
			verifier, err := kakaocert.NewVerifier(server.Roots(), kakaocert.UnsafeNoRevocation())
			require.NoError(t, err)
			made, verified, err := result.Check(verifier)
			require.Error(t, err)
			assert.Nil(t, made)
			assert.Nil(t, verified)
			if want == nil {
				assert.True(t, isUnreadable(err), "%v", err)
				return
			}
			assert.ErrorIs(t, err, want)
		})
	}
	server, client, _ := loginSetup(t)
	require.NoError(t, server.Inject(kakaocerttest.Fault{Kind: kakaocerttest.AnotherUser}))
	_, result := sessionSigned(t, server.Service, client, kakaocert.K3220)
	verifier, err := kakaocert.NewVerifier(server.Roots(), kakaocert.UnsafeNoRevocation())
	require.NoError(t, err)
	_, verified, err := result.Check(verifier)
	require.NoError(t, err)
	assert.ErrorIs(t, verified.CheckVID(result), kakaocert.ErrVIDMismatch)

	tx, err := kakaocert.ParseTransaction[kakaocert.K2220Product]("K3220T:tx")
	require.NoError(t, err)
	_, _, err = result.Lasting(day - time.Hour).Check(verifier)
	assert.True(t, isUnreadable(err), "longer than was asked for: %v", err)
	for name, try := range map[string]func() error{
		"no verifier": func() error { _, _, err := result.Check(nil); return err },
		"length":      func() error { _, err := client.K2220.Restore(tx, []byte("{}"), 49*time.Hour); return err },
	} {
		_, ok := errors.AsType[*kakaocert.ArgumentError](try())
		assert.True(t, ok, name)
	}
}

func TestK2220_SessionIsSixToFortyEightHours(t *testing.T) {
	t.Parallel()
	server, client, _ := loginSetup(t)
	tx, err := client.K2220.Prepare(t.Context(), &kakaocert.K2220PrepareParams{Product: kakaocert.K3220, User: byHong})
	require.NoError(t, err)
	for _, length := range []time.Duration{0, 6*time.Hour - time.Second, 48*time.Hour + time.Second, 6*time.Hour + time.Millisecond} {
		_, err := client.K2220.Request(t.Context(), tx, &kakaocert.K2220RequestParams{SessionLength: length})
		refused, ok := errors.AsType[*kakaocert.ArgumentError](err)
		require.True(t, ok, "%v", err)
		assert.Equal(t, "SessionLength", refused.Field)
	}
	assert.Zero(t, server.Calls("request"))
	_, err = client.K2220.Request(t.Context(), tx, nil)
	assert.Error(t, err)
	for _, length := range []time.Duration{6 * time.Hour, 48 * time.Hour} {
		tx, err := client.K2220.Prepare(t.Context(), &kakaocert.K2220PrepareParams{Product: kakaocert.K2220, User: byHong})
		require.NoError(t, err)
		_, err = client.K2220.Request(t.Context(), tx, &kakaocert.K2220RequestParams{SessionLength: length})
		assert.NoError(t, err)
	}
}

func TestK2220_IsNotVerifiedWithoutEvidence(t *testing.T) {
	t.Parallel()
	server, client := setup(t)
	tx := sessionRequested(t, client, kakaocert.K3220)
	require.NoError(t, server.NewApp(hongPhone).Open(t.Context(), tx.TxID()))
	_, err := client.K2220.Verify(t.Context(), tx, day)
	refused, ok := errors.AsType[*kakaocert.ArgumentError](err)
	require.True(t, ok, "%v", err)
	assert.Equal(t, "Config.Evidence", refused.Field)
	assert.Zero(t, server.Calls("verify"))
}

func TestStoredSession_IsRefusedWhenItCannotBeOne(t *testing.T) {
	t.Parallel()
	_, good := session(t, kakaocerttest.NewService())
	text, err := json.Marshal(good)
	require.NoError(t, err)
	foreign, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	require.NoError(t, err)
	p384, err := x509.MarshalPKIXPublicKey(&foreign.PublicKey)
	require.NoError(t, err)
	for name, change := range map[string][2]string{
		"transaction":   {`"K3220T:`, `"K3510T:`},
		"none":          {good.Transaction().String(), ""},
		"curve":         {field(t, text, "public_key"), base64.StdEncoding.EncodeToString(p384)},
		"key":           {field(t, text, "public_key"), "AAAA"},
		"no start":      {`"start_at"`, `"began_at"`},
		"end":           {field(t, text, "end_at"), field(t, text, "start_at")},
		"longer":        {field(t, text, "end_at"), good.StartAt().Add(48*time.Hour + time.Second).Format(time.RFC3339)},
		"cut off":       {"}", ""},
		"another thing": {string(text), `[]`},
	} {
		changed := strings.Replace(string(text), change[0], change[1], 1)
		require.NotEqual(t, string(text), changed, name)
		var read kakaocert.Session
		assert.Error(t, json.Unmarshal([]byte(changed), &read), name)
		assert.Nil(t, read.PublicKey(), name)
	}
	none, err := json.Marshal(new(kakaocert.Session))
	require.NoError(t, err)
	assert.Equal(t, "null", string(none))
}

func field(t testing.TB, text []byte, name string) string {
	t.Helper()
	var fields map[string]string
	require.NoError(t, json.Unmarshal(text, &fields))
	return fields[name]
}

func TestSession_HoldsNothingPersonal(t *testing.T) {
	t.Parallel()
	user := kakaocerttest.DefaultUser()
	server := kakaocerttest.NewServer(t)
	var log lockedBuffer
	config := server.Config()
	config.Evidence = kakaocert.UnsafeNoEvidence()
	config.Logger = slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	client := newClient(t, config)
	_, result := sessionSigned(t, server.Service, client, kakaocert.K2220)
	verifier, err := kakaocert.NewVerifier(server.Roots(), kakaocert.UnsafeNoRevocation())
	require.NoError(t, err)
	made, verified, err := result.Check(verifier)
	require.NoError(t, err)
	info, err := client.K2220.SessionInfo(t.Context(), made.Transaction())
	require.NoError(t, err)
	secrets := canaries{user.Name, user.Phone, user.CI, info.UserID.Reveal(), config.DealerKey, config.InstitutionKey}
	for name, value := range map[string]any{
		"session": made, "result": result, "result copied": *result, "verified": verified, "info": info, "client": *client,
		"error": made.Verify(nil, user.Phone),
	} {
		secrets.check(t, name, spell(t, value))
	}
	secrets.check(t, "log", log.String())
}

// Only the one DER that was signed is accepted, in whatever Base64. (The fuzzer is
// not expected to find n-s by chance.)
func FuzzSessionSignature(f *testing.F) {
	app, session := session(f, kakaocerttest.NewService())
	data := order(1)
	signed, err := app.Sign(data)
	require.NoError(f, err)
	der, err := base64.StdEncoding.DecodeString(signed.Signature)
	require.NoError(f, err)
	f.Add(signed.Signature)
	f.Add(base64.RawURLEncoding.EncodeToString(der))
	f.Add("MAYCAQACAQA=")
	f.Fuzz(func(t *testing.T, signature string) {
		if session.Verify(data, signature) != nil {
			return
		}
		plain := strings.TrimRight(strings.NewReplacer("-", "+", "_", "/").Replace(signature), "=")
		got, err := base64.RawStdEncoding.DecodeString(plain)
		if err != nil || !bytes.Equal(got, der) {
			t.Fatalf("accepted: %q", signature)
		}
	})
}

func FuzzStoredSession(f *testing.F) {
	_, session := session(f, kakaocerttest.NewService())
	text, err := json.Marshal(session)
	require.NoError(f, err)
	f.Add(text)
	f.Fuzz(func(t *testing.T, text []byte) {
		var read, again kakaocert.Session
		if json.Unmarshal(text, &read) != nil || read.PublicKey() == nil {
			return
		}
		length := read.EndAt().Sub(read.StartAt())
		if length <= 0 || length > 48*time.Hour {
			t.Fatalf("a session of %s", length)
		}
		stored, err := json.Marshal(&read)
		if err != nil || json.Unmarshal(stored, &again) != nil || !again.PublicKey().Equal(read.PublicKey()) || !again.EndAt().Equal(read.EndAt()) {
			t.Fatalf("did not come back: %v", err)
		}
	})
}

// BenchmarkSession is one abbreviated signature checked, and the same by hand.
func BenchmarkSession(b *testing.B) {
	check, byHand := sessionCheckers(b)
	run := func(check func() bool) func(*testing.B) {
		return func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if !check() {
					b.Fatal("refused")
				}
			}
		}
	}
	b.Run("Verify", run(check))
	b.Run("VerifyASN1", run(byHand))
}

// BenchmarkSessionRatio alternates the two, so that whatever else the machine
// does falls on both.
func BenchmarkSessionRatio(b *testing.B) {
	check, byHand := sessionCheckers(b)
	var ours, theirs time.Duration
	for b.Loop() {
		began := time.Now()
		good := check()
		between := time.Now()
		goodByHand := byHand()
		ours, theirs = ours+between.Sub(began), theirs+time.Since(between)
		if !good || !goodByHand {
			b.Fatal("refused")
		}
	}
	b.ReportMetric(float64(ours)/float64(theirs), "Verify/VerifyASN1")
}

func sessionCheckers(b *testing.B) (check, byHand func() bool) {
	b.Helper()
	app, session := session(b, kakaocerttest.NewService())
	signed := signedOrder(b, app, 1)
	der, err := base64.StdEncoding.DecodeString(signed.Signature)
	require.NoError(b, err)
	digest := sha256.Sum256(signed.Data)
	return func() bool { return session.Verify(signed.Data, signed.Signature) == nil },
		func() bool { return ecdsa.VerifyASN1(session.PublicKey(), digest[:], der) }
}

func TestK2220_OtherEnvironmentIsRefusedUnsent(t *testing.T) {
	t.Parallel()
	server, client, _ := loginSetup(t)
	var tx kakaocert.K2220Transaction
	require.NoError(t, tx.UnmarshalText([]byte("K3220:tx")))
	for name, try := range map[string]func() error{
		"request": func() error {
			_, err := client.K2220.Request(t.Context(), tx, &kakaocert.K2220RequestParams{SessionLength: day})
			return err
		},
		"status":  func() error { _, err := client.K2220.Status(t.Context(), tx); return err },
		"wait":    func() error { _, err := client.K2220.Wait(soon(t), tx); return err },
		"verify":  func() error { _, err := client.K2220.Verify(t.Context(), tx, day); return err },
		"restore": func() error { _, err := client.K2220.Restore(tx, []byte("{}"), day); return err },
		"signer":  func() error { _, err := client.K2220.SignerInfo(t.Context(), tx); return err },
		"session": func() error { _, err := client.K2220.SessionInfo(t.Context(), tx); return err },
	} {
		_, ok := errors.AsType[*kakaocert.ArgumentError](try())
		assert.True(t, ok, name)
	}
	for _, step := range []string{"request", "status", "verify", "signer", "session"} {
		assert.Zero(t, server.Calls(step))
	}
}

func TestK2220_AnotherTransactionsSessionInfoIsRefused(t *testing.T) {
	t.Parallel()
	client := answeringAt(t, kakaocerttest.NewServer(t), "/v1/api/cert/sign/session_info", `{"tx_id":"other","user_id":1}`)
	var tx kakaocert.K2220Transaction
	require.NoError(t, tx.UnmarshalText([]byte("K3220T:tx")))
	_, err := client.K2220.SessionInfo(t.Context(), tx)
	assert.True(t, isUnreadable(err), "%v", err)
}
