package kakaocert_test

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// keyText is the Base64 of a key or IV made of one byte.
func keyText(value byte, length int) string {
	return base64.StdEncoding.EncodeToString([]byte(strings.Repeat(string(rune(value)), length)))
}

var contractKeys = []kakaocerttest.CipherKey{
	{Key: keyText(1, 32), IV: keyText(1, 16), Version: 1},
	{Key: keyText(2, 32), IV: keyText(2, 16), Version: 2},
	{Key: keyText(3, 32), IV: keyText(3, 16), Version: 3},
}

func cipherOf(t testing.TB, key kakaocerttest.CipherKey) kakaocert.DataCipher {
	t.Helper()
	cipher, err := kakaocert.NewCTRCipher(key.Key, key.IV, kakaocert.WithKeyVersion(key.Version))
	require.NoError(t, err)
	return cipher
}

// rotated is a client of the contract's first key, and the same institution's
// after it has moved to the third.
func rotated(t *testing.T) (before, after *kakaocert.Client, sink *memorySink, server *kakaocerttest.Server) {
	t.Helper()
	server = kakaocerttest.NewServer(t, kakaocerttest.WithContract(kakaocerttest.Contract{CipherKeys: contractKeys}))
	config := server.Config()
	sink = new(memorySink)
	config.Evidence = sink
	before = newClient(t, config)
	config.Cipher = cipherOf(t, contractKeys[2])
	config.OlderCiphers = []kakaocert.DataCipher{cipherOf(t, contractKeys[1]), cipherOf(t, contractKeys[0])}
	return before, newClient(t, config), sink, server
}

func TestOlderCiphers_ReadTransactionsOfAnOlderKey(t *testing.T) {
	t.Parallel()
	before, after, sink, server := rotated(t)
	for _, client := range []*kakaocert.Client{before, after} {
		tx := requested(t, client, "nonce", kakaocert.IdentifyCI, kakaocert.IdentifyName, kakaocert.IdentifyBirthday, kakaocert.IdentifyPhoneNumber)
		_, err := after.K1100.Wait(soon(t), tx)
		require.NoError(t, err)
		result, err := after.K1100.Verify(t.Context(), tx, "nonce")
		require.NoError(t, err)
		assert.False(t, result.CI().IsZero())
		info, err := after.K1100.SignerInfo(t.Context(), tx)
		require.NoError(t, err)
		require.NoError(t, info.Compare(byHong))
		records := sink.all()
		assert.Equal(t, 3, records[len(records)-1].meta.KeyVersion, "the key that is current")
	}
	assert.Equal(t, 2, server.Calls("verify"))
}

// A consent is signed as ciphertext, under the key that it was prepared with,
// and may have to be shown years after that key was replaced.
func TestOlderCiphers_ReadAConsentAndItsExport(t *testing.T) {
	t.Parallel()
	before, after, _, server := rotated(t)
	tx, err := before.K3100.Prepare(t.Context(), &kakaocert.K3100PrepareParams{Product: kakaocert.K3110, User: byHong})
	require.NoError(t, err)
	_, err = before.K3100.Request(t.Context(), tx, &kakaocert.K3100RequestParams{Consent: hongsConsent(), Title: "출금동의"})
	require.NoError(t, err)
	_, err = after.K3100.Wait(soon(t), tx)
	require.NoError(t, err)
	result, err := after.K3100.Verify(t.Context(), tx, hongsConsent())
	require.NoError(t, err)
	verifier, err := kakaocert.NewVerifier(server.Roots(), kakaocert.UnsafeNoRevocation())
	require.NoError(t, err)
	_, err = result.Check(verifier)
	require.NoError(t, err)
	other := hongsConsent()
	other.AccountNumber = "4444-01-1234567"
	_, err = result.On(other).Check(verifier)
	require.ErrorIs(t, err, kakaocert.ErrConsentMismatch)

	export, err := result.Export(verifier)
	require.NoError(t, err)
	newest, older, oldest := cipherOf(t, contractKeys[2]), cipherOf(t, contractKeys[1]), cipherOf(t, contractKeys[0])
	_, err = export.Check(verifier, nil, newest, older, oldest)
	require.NoError(t, err)
	_, err = export.Check(verifier, nil, newest, older)
	require.ErrorIs(t, err, kakaocert.ErrConsentMismatch, "none of them is the one")
	for _, ciphers := range [][]kakaocert.DataCipher{nil, {nil}, {oldest, nil}} {
		_, err = export.Check(verifier, nil, ciphers...)
		require.ErrorAs(t, err, new(*kakaocert.ArgumentError))
	}
}

func TestOlderCiphers_EachAnswerIsReadWithOneKey(t *testing.T) {
	t.Parallel()
	current, older := cipherOf(t, contractKeys[2]), cipherOf(t, contractKeys[0])
	sealed := func(cipher kakaocert.DataCipher, plain string) string {
		raw, err := cipher.Encrypt([]byte(plain))
		require.NoError(t, err)
		return base64.StdEncoding.EncodeToString(raw)
	}
	for name, c := range map[string]struct {
		name, birthday string
		reads          bool
	}{
		"both current":        {sealed(current, hong.Name), sealed(current, hong.Birthday), true},
		"both older":          {sealed(older, hong.Name), sealed(older, hong.Birthday), true},
		"one of each":         {sealed(older, hong.Name), sealed(current, hong.Birthday), false},
		"the other way round": {sealed(current, hong.Name), sealed(older, hong.Birthday), false},
		"one only, older":     {"", sealed(older, hong.Birthday), true},
		"a key of nobody's":   {sealed(cipherOf(t, contractKeys[1]), hong.Name), sealed(cipherOf(t, contractKeys[1]), hong.Birthday), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body, err := json.Marshal(map[string]string{"tx_id": "tx", "name": c.name, "birthday": c.birthday})
			require.NoError(t, err)
			config := configWith(t, answering(200, string(body)))
			config.Cipher, config.OlderCiphers = current, []kakaocert.DataCipher{older}
			info, err := newClient(t, config).K1100.SignerInfo(t.Context(), parseTransaction[kakaocert.K1100Product](t, "K1110T:tx"))
			if !c.reads {
				require.ErrorIs(t, err, kakaocert.ErrDecrypt)
				return
			}
			require.NoError(t, err)
			assert.True(t, info.Birthday.Equal(hong.Birthday))
		})
	}
}

func TestOlderCiphers_NilIsRefused(t *testing.T) {
	t.Parallel()
	config := configWith(t, answering(200, "{}"))
	config.OlderCiphers = []kakaocert.DataCipher{nil}
	_, err := kakaocert.NewClient(config)
	argument := new(kakaocert.ArgumentError)
	require.ErrorAs(t, err, &argument)
	assert.Equal(t, "Config.OlderCiphers", argument.Field)
}
