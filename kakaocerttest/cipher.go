package kakaocerttest

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
)

// CipherMode is how personal data is encrypted.
type CipherMode string

const (
	CTR CipherMode = "CTR" // AES-256-CTR, fixed IV, no padding (FIELD)
	CBC CipherMode = "CBC" // AES-256-CBC, fixed IV, PKCS #5 padding
	GCM CipherMode = "GCM" // AES-256-GCM, 12-byte nonce in front, tag behind
)

// CipherKey is one key of the contract.
type CipherKey struct {
	Mode CipherMode `json:"mode"` // CTR when empty
	Key  string     `json:"key"`  // standard Base64 of 32 bytes; generated when empty
	IV   string     `json:"iv"`   // standard Base64 of 16 bytes; generated when empty; not for GCM
	// Version is the key's number (enc_version) where the contract has several
	// keys, and 0 where it has one.
	Version int `json:"version"`
}

// cipherKey is a CipherKey that was checked.
type cipherKey struct {
	CipherKey
	block cipher.Block
	iv    []byte
}

func newCipherKey(k CipherKey) (*cipherKey, error) {
	if k.Mode == "" {
		k.Mode = CTR
	}
	if k.Mode != CTR && k.Mode != CBC && k.Mode != GCM {
		return nil, errors.New("CipherKey.Mode must be CTR, CBC or GCM")
	}
	if k.Key == "" {
		k.Key = base64.StdEncoding.EncodeToString(random(32))
	}
	if k.IV == "" && k.Mode != GCM {
		k.IV = base64.StdEncoding.EncodeToString(random(aes.BlockSize))
	}
	key, err := base64.StdEncoding.DecodeString(k.Key)
	if err != nil || len(key) != 32 {
		return nil, errors.New("CipherKey.Key is not Base64 of 32 bytes")
	}
	iv, err := base64.StdEncoding.DecodeString(k.IV)
	if err != nil || k.Mode != GCM && len(iv) != aes.BlockSize {
		return nil, errors.New("CipherKey.IV is not Base64 of 16 bytes")
	}
	if k.Version < 0 {
		return nil, errors.New("CipherKey.Version is negative")
	}
	block, err := aes.NewCipher(key)
	return &cipherKey{CipherKey: k, block: block, iv: iv}, err
}

var errUndecryptable = errors.New("cannot be decrypted")

func (k *cipherKey) open(secret []byte) ([]byte, error) {
	switch k.Mode {
	case GCM:
		aead, err := cipher.NewGCM(k.block)
		if err != nil || len(secret) < aead.NonceSize() {
			return nil, errUndecryptable
		}
		plain, err := aead.Open(nil, secret[:aead.NonceSize()], secret[aead.NonceSize():], nil)
		if err != nil {
			return nil, errUndecryptable
		}
		return plain, nil
	case CBC:
		if len(secret) == 0 || len(secret)%aes.BlockSize != 0 {
			return nil, errUndecryptable
		}
		plain := make([]byte, len(secret))
		cipher.NewCBCDecrypter(k.block, k.iv).CryptBlocks(plain, secret)
		padding := int(plain[len(plain)-1])
		if padding < 1 || padding > aes.BlockSize {
			return nil, errUndecryptable
		}
		text, tail := plain[:len(plain)-padding], plain[len(plain)-padding:]
		if !bytes.Equal(tail, bytes.Repeat([]byte{byte(padding)}, padding)) {
			return nil, errUndecryptable
		}
		return text, nil
	}
	return k.stream(secret), nil
}

func (k *cipherKey) seal(plain []byte) []byte {
	switch k.Mode {
	case GCM:
		aead, err := cipher.NewGCM(k.block)
		if err != nil {
			panic(fmt.Sprintf("kakaocerttest: GCM of AES: %v", err))
		}
		nonce := random(aead.NonceSize())
		return aead.Seal(nonce, nonce, plain, nil)
	case CBC:
		padding := aes.BlockSize - len(plain)%aes.BlockSize
		padded := append(bytes.Clone(plain), bytes.Repeat([]byte{byte(padding)}, padding)...)
		cipher.NewCBCEncrypter(k.block, k.iv).CryptBlocks(padded, padded)
		return padded
	}
	return k.stream(plain)
}

func (k *cipherKey) stream(in []byte) []byte {
	out := make([]byte, len(in))
	cipher.NewCTR(k.block, k.iv).XORKeyStream(out, in)
	return out
}

// random never fails: crypto/rand ends the process instead.
func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return b
}

func encodeText(encoding string, raw []byte) string {
	switch encoding {
	case "hex":
		return hex.EncodeToString(raw)
	case "base64url":
		return base64.URLEncoding.EncodeToString(raw)
	}
	return base64.StdEncoding.EncodeToString(raw)
}

// decodeText is strict: the service reports when a client's encoding is not the
// contract's.
func decodeText(encoding, text string) ([]byte, error) {
	switch encoding {
	case "hex":
		return hex.DecodeString(text)
	case "base64url":
		return base64.URLEncoding.Strict().DecodeString(text)
	}
	return base64.StdEncoding.Strict().DecodeString(text)
}
