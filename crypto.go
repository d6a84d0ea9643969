package kakaocert

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
)

// DataCipher encrypts and decrypts personal data. The contract says which one
// it is: [NewCTRCipher] is known of this service (FIELD). A custom one must be
// safe for use by several goroutines and return [ErrDecrypt], and nothing more
// telling.
type DataCipher interface {
	Encrypt(plaintext []byte) (ciphertext []byte, err error)
	Decrypt(ciphertext []byte) (plaintext []byte, err error)
	// KeyVersion is the number of the key (enc_version) where the contract has
	// more than one, and 0 where it has one.
	KeyVersion() int
}

// CipherOption is an option of the ciphers.
type CipherOption func(*aesCipher)

// WithKeyVersion gives the key's number, from 1, where the contract has more
// than one key. It is sent as enc_version.
func WithKeyVersion(version int) CipherOption {
	return func(c *aesCipher) { c.version = version }
}

// NewCTRCipher returns AES-256-CTR without padding. Key (32 bytes) and IV (16
// bytes) are in standard Base64, as the contract gives them. (FIELD) The fixed
// IV is the service's choice: equal prefixes of two texts show, and nothing
// shows that a text was changed.
func NewCTRCipher(keyBase64, ivBase64 string, opts ...CipherOption) (DataCipher, error) {
	block, iv, err := blockAndIV(keyBase64, ivBase64)
	if err != nil {
		return nil, err
	}
	xor := func(text []byte) ([]byte, error) {
		out := make([]byte, len(text))
		cipher.NewCTR(block, iv).XORKeyStream(out, text)
		return out, nil
	}
	return newAESCipher(xor, xor, opts)
}

// NewCBCCipher returns AES-256-CBC with PKCS #5 padding. Key and IV are as of
// [NewCTRCipher]. (ASSUMED)
func NewCBCCipher(keyBase64, ivBase64 string, opts ...CipherOption) (DataCipher, error) {
	block, iv, err := blockAndIV(keyBase64, ivBase64)
	if err != nil {
		return nil, err
	}
	encrypt := func(plaintext []byte) ([]byte, error) {
		out := pad(plaintext)
		cipher.NewCBCEncrypter(block, iv).CryptBlocks(out, out)
		return out, nil
	}
	decrypt := func(ciphertext []byte) ([]byte, error) {
		if len(ciphertext) == 0 || len(ciphertext)%aes.BlockSize != 0 {
			return nil, ErrDecrypt
		}
		out := make([]byte, len(ciphertext))
		cipher.NewCBCDecrypter(block, iv).CryptBlocks(out, ciphertext)
		return unpad(out)
	}
	return newAESCipher(encrypt, decrypt, opts)
}

// NewGCMCipher returns AES-256-GCM with a random 12-byte nonce in front of the
// ciphertext and the tag behind it. The key (32 bytes) is in standard Base64.
// (ASSUMED)
func NewGCMCipher(keyBase64 string, opts ...CipherOption) (DataCipher, error) {
	block, err := newBlock(keyBase64)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	encrypt := func(plaintext []byte) ([]byte, error) {
		nonce := make([]byte, aead.NonceSize(), aead.NonceSize()+len(plaintext)+aead.Overhead())
		_, _ = rand.Read(nonce) // never fails: crypto/rand ends the process instead
		return aead.Seal(nonce, nonce, plaintext, nil), nil
	}
	decrypt := func(ciphertext []byte) ([]byte, error) {
		if len(ciphertext) < aead.NonceSize() {
			return nil, ErrDecrypt
		}
		nonce, sealed := ciphertext[:aead.NonceSize()], ciphertext[aead.NonceSize():]
		plaintext, err := aead.Open(nil, nonce, sealed, nil)
		if err != nil {
			return nil, ErrDecrypt
		}
		return plaintext, nil
	}
	return newAESCipher(encrypt, decrypt, opts)
}

// aesCipher holds its key inside closures, where fmt cannot look.
type aesCipher struct {
	redacted
	encrypt, decrypt func([]byte) ([]byte, error)
	version          int
}

func newAESCipher(encrypt, decrypt func([]byte) ([]byte, error), opts []CipherOption) (DataCipher, error) {
	c := &aesCipher{encrypt: encrypt, decrypt: decrypt}
	for _, opt := range opts {
		if opt == nil {
			return nil, &ArgumentError{Field: "CipherOption", Reason: "must not be nil"}
		}
		opt(c)
	}
	if c.version < 0 {
		return nil, &ArgumentError{Field: "KeyVersion", Reason: "must not be negative"}
	}
	return c, nil
}

func (c *aesCipher) Encrypt(plaintext []byte) ([]byte, error)  { return c.encrypt(plaintext) }
func (c *aesCipher) Decrypt(ciphertext []byte) ([]byte, error) { return c.decrypt(ciphertext) }
func (c *aesCipher) KeyVersion() int                           { return c.version }

func blockAndIV(keyBase64, ivBase64 string) (cipher.Block, []byte, error) {
	block, err := newBlock(keyBase64)
	if err != nil {
		return nil, nil, err
	}
	iv, err := base64.StdEncoding.DecodeString(ivBase64)
	if err != nil || len(iv) != aes.BlockSize {
		return nil, nil, &ArgumentError{Field: "IV", Reason: "must be standard Base64 of 16 bytes"}
	}
	return block, iv, nil
}

func newBlock(keyBase64 string) (cipher.Block, error) {
	key, err := base64.StdEncoding.DecodeString(keyBase64)
	if err != nil || len(key) != 32 {
		return nil, &ArgumentError{Field: "Key", Reason: "must be standard Base64 of 32 bytes"}
	}
	return aes.NewCipher(key)
}

func pad(plaintext []byte) []byte {
	n := aes.BlockSize - len(plaintext)%aes.BlockSize
	return append(bytes.Clone(plaintext), bytes.Repeat([]byte{byte(n)}, n)...)
}

func unpad(padded []byte) ([]byte, error) {
	n := int(padded[len(padded)-1])
	if n == 0 || n > aes.BlockSize {
		return nil, ErrDecrypt
	}
	plaintext, padding := padded[:len(padded)-n], padded[len(padded)-n:]
	if !bytes.Equal(padding, bytes.Repeat([]byte{byte(n)}, n)) {
		return nil, ErrDecrypt
	}
	return plaintext, nil
}

func (c *core) encrypt(plain string) (string, error) {
	secret, err := c.cipher.Encrypt([]byte(plain))
	if err != nil {
		return "", &ArgumentError{Field: "Config.Cipher", Reason: "must be able to encrypt"}
	}
	switch c.protocol.Get("encoding.cipher") {
	case "hex":
		return hex.EncodeToString(secret), nil
	case "base64url":
		return base64.URLEncoding.EncodeToString(secret), nil
	}
	return base64.StdEncoding.EncodeToString(secret), nil
}

// ciphers are all that an answer may have been encrypted with, the current
// first.
func (c *core) ciphers() []DataCipher { return append([]DataCipher{c.cipher}, c.older...) }

// unseal undoes encoding and encryption. Every error is ErrDecrypt.
func unseal(p *Protocol, cipher DataCipher, text string) (string, error) {
	secret, err := decodeText(p.Get("encoding.cipher"), text)
	if err != nil {
		return "", ErrDecrypt
	}
	plain, err := cipher.Decrypt(secret)
	if err != nil {
		return "", ErrDecrypt
	}
	return string(plain), nil
}

// decodeText undoes an encoding of the Protocol. Base64 may be standard or
// URL-safe, padded or not, whichever of the two is written down.
func decodeText(encoding, text string) ([]byte, error) {
	if encoding == "hex" {
		return hex.DecodeString(withoutSpace(text))
	}
	return decodeBase64(text)
}
