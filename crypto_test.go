package kakaocert_test

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	require.NoError(t, err)
	return b
}

// The vectors are NIST's: SP 800-38A, sections F.5.5 and F.2.5, and the GCM
// specification's test case 14.
const (
	nistKey   = "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4"
	nistPlain = "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51" +
		"30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"
)

func TestCipher_CTRMatchesNIST(t *testing.T) {
	t.Parallel()
	c, err := kakaocert.NewCTRCipher(b64(unhex(t, nistKey)), b64(unhex(t, "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff")))
	require.NoError(t, err)
	want := "601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c5" +
		"2b0930daa23de94ce87017ba2d84988ddfc9c58db67aada613c2dd08457941a6"
	got, err := c.Encrypt(unhex(t, nistPlain))
	require.NoError(t, err)
	assert.Equal(t, want, hex.EncodeToString(got))
	back, err := c.Decrypt(got)
	require.NoError(t, err)
	assert.Equal(t, nistPlain, hex.EncodeToString(back))
}

func TestCipher_CBCMatchesNISTWithPadding(t *testing.T) {
	t.Parallel()
	c, err := kakaocert.NewCBCCipher(b64(unhex(t, nistKey)), b64(unhex(t, "000102030405060708090a0b0c0d0e0f")))
	require.NoError(t, err)
	want := "f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d" +
		"39f23369a9d9bacfa530e26304231461b2eb05e2c39be9fcda6c19078c6a9d1b"
	got, err := c.Encrypt(unhex(t, nistPlain))
	require.NoError(t, err)
	assert.Equal(t, want, hex.EncodeToString(got[:64]))
	assert.Len(t, got, 80, "a full block is padded with a block")
	back, err := c.Decrypt(got)
	require.NoError(t, err)
	assert.Equal(t, nistPlain, hex.EncodeToString(back))
}

func TestCipher_GCMOpensNIST(t *testing.T) {
	t.Parallel()
	c, err := kakaocert.NewGCMCipher(b64(make([]byte, 32)))
	require.NoError(t, err)
	nonce := make([]byte, 12)
	sealed := append(nonce, unhex(t, "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919")...)
	got, err := c.Decrypt(sealed)
	require.NoError(t, err)
	assert.Equal(t, make([]byte, 16), got)

	one, err := c.Encrypt([]byte("홍길동"))
	require.NoError(t, err)
	two, err := c.Encrypt([]byte("홍길동"))
	require.NoError(t, err)
	assert.NotEqual(t, one, two, "the nonce is fresh")
}

func TestCipher_UndecryptableTextIsOneError(t *testing.T) {
	t.Parallel()
	key, iv := b64(make([]byte, 32)), b64(make([]byte, 16))
	cbc, err := kakaocert.NewCBCCipher(key, iv)
	require.NoError(t, err)
	gcm, err := kakaocert.NewGCMCipher(key)
	require.NoError(t, err)
	for name, try := range map[string]struct {
		cipher kakaocert.DataCipher
		text   []byte
	}{
		"CBC empty":       {cbc, nil},
		"CBC half block":  {cbc, make([]byte, 8)},
		"CBC bad padding": {cbc, make([]byte, 32)},
		"GCM short":       {gcm, make([]byte, 11)},
		"GCM no tag":      {gcm, make([]byte, 12)},
		"GCM changed":     {gcm, make([]byte, 44)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := try.cipher.Decrypt(try.text)
			assert.Equal(t, kakaocert.ErrDecrypt, err, "the very error, not one that wraps it")
		})
	}
}

func TestCipher_RefusesKeysOfAnotherForm(t *testing.T) {
	t.Parallel()
	key, iv := b64(make([]byte, 32)), b64(make([]byte, 16))
	for name, c := range map[string]struct{ key, iv, field string }{
		"short key":      {b64(make([]byte, 16)), iv, "Key"},
		"key in hex":     {hex.EncodeToString(make([]byte, 32)), iv, "Key"},
		"key not Base64": {"한글", iv, "Key"},
		"short IV":       {key, b64(make([]byte, 12)), "IV"},
		"no IV":          {key, "", "IV"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := kakaocert.NewCTRCipher(c.key, c.iv)
			argument, ok := errors.AsType[*kakaocert.ArgumentError](err)
			require.True(t, ok)
			assert.Equal(t, c.field, argument.Field)
			_, err = kakaocert.NewCBCCipher(c.key, c.iv)
			assert.Error(t, err)
		})
	}
}

func TestCipher_CarriesItsKeyVersionAndHidesItsKey(t *testing.T) {
	t.Parallel()
	key := make([]byte, 32)
	copy(key, "canarycanarycanarycanarycanarycan")
	c, err := kakaocert.NewCTRCipher(b64(key), b64(make([]byte, 16)), kakaocert.WithKeyVersion(3))
	require.NoError(t, err)
	assert.Equal(t, 3, c.KeyVersion())
	assert.NotContains(t, fmt.Sprintf("%v %+v %#v %s %x", c, c, c, c, c), "canary")
	_, err = kakaocert.NewCTRCipher(b64(key), b64(make([]byte, 16)), kakaocert.WithKeyVersion(-1))
	assert.Error(t, err)
}

func FuzzDecrypt(f *testing.F) {
	key, iv := b64(make([]byte, 32)), b64(make([]byte, 16))
	cbc, err := kakaocert.NewCBCCipher(key, iv)
	require.NoError(f, err)
	gcm, err := kakaocert.NewGCMCipher(key)
	require.NoError(f, err)
	f.Add([]byte("0123456789abcdef0123456789abcdef"))
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, c := range []kakaocert.DataCipher{cbc, gcm} {
			plain, err := c.Decrypt(text)
			if err != nil {
				if err != kakaocert.ErrDecrypt {
					t.Fatalf("another error: %v", err)
				}
				continue
			}
			if len(plain) >= len(text) {
				t.Fatal("plain text is as long as what it came from")
			}
		}
	})
}

func b64(b []byte) string { return base64.StdEncoding.EncodeToString(b) }
