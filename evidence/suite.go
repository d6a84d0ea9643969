package evidence

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
)

// tagSize is what a frame is longer than its plaintext, in either suite.
const tagSize = 16

// suite seals and opens frames. It is the part of [cipher.AEAD] that is used.
type suite interface {
	Seal(dst, nonce, plaintext, additional []byte) []byte
	Open(dst, nonce, sealed, additional []byte) ([]byte, error)
}

// forFile returns the suite for one file: its key hangs on the file's salt and
// on every byte of its head.
func (s *secrets) forFile(salt, head []byte) suite {
	sum := sha256.Sum256(head)
	key := s.derive(salt, useFile+string(sum[:]), KeySize)
	if s.suite == suitePlain {
		return plain{key: key}
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		panic("evidence: " + err.Error()) // 32 bytes are a key of AES
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic("evidence: " + err.Error()) // AES has blocks of 16 bytes
	}
	return aead
}

// plain seals nothing; its tag shows a change made by accident.
type plain struct{ key []byte }

var errTag = errors.New("evidence: tag differs")

func (p plain) tag(nonce, plaintext, additional []byte) []byte {
	mac := hmac.New(sha256.New, p.key)
	_, _ = mac.Write(nonce)
	_, _ = mac.Write(additional)
	_, _ = mac.Write(plaintext)
	return mac.Sum(nil)[:tagSize]
}

func (p plain) Seal(dst, nonce, plaintext, additional []byte) []byte {
	return append(append(dst, plaintext...), p.tag(nonce, plaintext, additional)...)
}

func (p plain) Open(dst, nonce, sealed, additional []byte) ([]byte, error) {
	if len(sealed) < tagSize {
		return nil, errTag
	}
	plaintext, tag := sealed[:len(sealed)-tagSize], sealed[len(sealed)-tagSize:]
	if subtle.ConstantTimeCompare(tag, p.tag(nonce, plaintext, additional)) != 1 {
		return nil, errTag
	}
	return append(dst, plaintext...), nil
}
