package kakaocert_test

import (
	"bytes"
	"crypto/rand"
	"encoding/gob"
	"encoding/json"
	"fmt"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

func sealKey(t testing.TB, id string) *kakaocert.SealKey {
	t.Helper()
	secret := make([]byte, 32)
	_, _ = rand.Read(secret)
	key, err := kakaocert.NewSealKey(id, secret)
	require.NoError(t, err)
	return key
}

// sealAndOpen fails the test unless the value comes back, for its own type,
// context and key alone.
func sealAndOpen[T kakaocert.Sealable](t *testing.T, value T, same func(T) bool) {
	t.Helper()
	key, other := sealKey(t, "2026-11"), sealKey(t, "2026-10")
	sealed, err := kakaocert.Seal(key, "flow 17", value)
	require.NoError(t, err)
	assert.NotContains(t, string(sealed), "홍길동")
	opened, err := kakaocert.Unseal[T](sealed, "flow 17", other, nil, key)
	require.NoError(t, err)
	assert.True(t, same(opened), "%T", value)

	_, err = kakaocert.Unseal[T](sealed, "flow 18", key)
	require.ErrorIs(t, err, kakaocert.ErrUnseal, "another context")
	_, err = kakaocert.Unseal[T](sealed, "flow 17", other)
	require.ErrorIs(t, err, kakaocert.ErrUnseal, "another key")
	_, err = kakaocert.Unseal[T](sealed, "flow 17", sealKey(t, "2026-11"))
	require.ErrorIs(t, err, kakaocert.ErrUnseal, "another key of the same ID")
	for i := range sealed {
		changed := bytes.Clone(sealed)
		changed[i] ^= 1
		_, err = kakaocert.Unseal[T](changed, "flow 17", key)
		require.ErrorIs(t, err, kakaocert.ErrUnseal, "byte %d", i)
		_, err = kakaocert.Unseal[T](sealed[:i], "flow 17", key)
		require.ErrorIs(t, err, kakaocert.ErrUnseal, "cut at %d", i)
	}
	if _, isSecret := any(value).(kakaocert.Secret); !isSecret {
		_, err = kakaocert.Unseal[kakaocert.Secret](sealed, "flow 17", key)
		require.ErrorIs(t, err, kakaocert.ErrUnseal, "another type")
	}
}

func TestSeal_KeepsWhatATransactionNeeds(t *testing.T) {
	t.Parallel()
	ci := kakaocerttest.DefaultUser().CI
	info := kakaocert.SignerInfo{
		Name: kakaocert.NewSecret(hong.Name), Birthday: kakaocert.NewSecret(hong.Birthday),
		Phone: kakaocert.NewSecret(hong.Phone), CI: kakaocert.NewSecret(ci),
	}
	for _, user := range []kakaocert.User{byHong, kakaocert.ByCI(ci), kakaocert.ByCIAndPhone(ci, hong.Phone)} {
		sealAndOpen(t, user, func(u kakaocert.User) bool { return info.Compare(u) == nil })
	}
	sealAndOpen(t, hong, func(p kakaocert.Person) bool { return p == hong })
	sealAndOpen(t, *hongsConsent(), func(c kakaocert.Consent) bool { return c == *hongsConsent() })
	sealAndOpen(t, kakaocert.NewSecret("nonce"), func(s kakaocert.Secret) bool { return s.Equal("nonce") })
	sealAndOpen(t, contract, func(d kakaocert.Document) bool { return assert.ObjectsAreEqual(contract, d) })
	several := []kakaocert.Document{contract, hash(t, "약관", 3)}
	sealAndOpen(t, several, func(d []kakaocert.Document) bool { return assert.ObjectsAreEqual(several, d) })
	_, client := setup(t)
	login := begun(t, client)
	sealAndOpen(t, *login, func(l kakaocert.K2100Login) bool { return l.Reveal() == login.Reveal() })
}

func TestSeal_RefusesWhatIsNotSet(t *testing.T) {
	t.Parallel()
	key := sealKey(t, "k")
	var argument *kakaocert.ArgumentError
	_, err := kakaocert.Seal(key, "", kakaocert.User{})
	require.ErrorAs(t, err, &argument)
	_, err = kakaocert.Seal(key, "", []kakaocert.Document{{}})
	require.ErrorAs(t, err, &argument)
	_, err = kakaocert.Seal(nil, "", hong)
	require.ErrorAs(t, err, &argument)
	for id, secret := range map[string][]byte{"": make([]byte, 32), "k": make([]byte, 16), "키": make([]byte, 32)} {
		_, err := kakaocert.NewSealKey(id, secret)
		require.ErrorAs(t, err, &argument, id)
	}
	assert.Equal(t, "[redacted]", fmt.Sprint(key))
}

// A word in place of the value would be found only when it is read back.
func TestPersonal_RefusesToBeMarshalled(t *testing.T) {
	t.Parallel()
	desc := &kakaocert.Desc{ReceiverName: hong.Name}
	for name, value := range map[string]any{
		"Person": hong, "User": byHong, "Consent": *hongsConsent(), "Document": contract, "Desc": *desc,
		"K1100RequestParams": kakaocert.K1100RequestParams{Data: hong.Name}, "K2220RequestParams": kakaocert.K2220RequestParams{Title: hong.Name},
		"K3100RequestParams": kakaocert.K3100RequestParams{Consent: hongsConsent()}, "K3500RequestParams": kakaocert.K3500RequestParams{Title: hong.Name},
		"K1100PrepareParams": kakaocert.K1100PrepareParams{User: byHong}, "K2100PrepareParams": kakaocert.K2100PrepareParams{Data: hong.Name},
		"inside a slice": []kakaocert.Person{hong}, "inside a struct": struct{ Inside any }{hong},
	} {
		text, err := json.Marshal(value)
		require.Error(t, err, name)
		assert.Empty(t, text, name)
		assert.NotContains(t, err.Error(), hong.Name, name)
		if name == "inside a struct" {
			continue // gob wants the type to be registered
		}
		var row bytes.Buffer
		require.Error(t, gob.NewEncoder(&row).Encode(value), name)
		assert.NotContains(t, row.String(), hong.Name, name)

		var log bytes.Buffer
		slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "value", value)
		slog.New(slog.NewTextHandler(&log, nil)).Info("x", "value", value)
		assert.NotContains(t, log.String(), hong.Name, name)
		if name != "inside a slice" {
			assert.Contains(t, log.String(), "[redacted]", name)
			assert.NotContains(t, log.String(), "ERROR", name)
		}
		assert.NotContains(t, fmt.Sprintf("%v %+v %#v %s %d", value, value, value, value, value), hong.Name, name)
	}
}

func FuzzUnseal(f *testing.F) {
	key := sealKey(f, "k")
	sealed, err := kakaocert.Seal(key, "", hong)
	require.NoError(f, err)
	f.Add(sealed)
	f.Add([]byte{1, 255})
	f.Fuzz(func(t *testing.T, text []byte) {
		if bytes.Equal(text, sealed) {
			return
		}
		if _, err := kakaocert.Unseal[kakaocert.Person](text, "", key); err == nil {
			t.Fatal("what nobody sealed was opened")
		}
	})
}
