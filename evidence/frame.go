package evidence

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"hash/crc32"
)

// A frame is its head, its sealed bytes and a tag. (FORMAT.md, "Frames")
const (
	frameHeadSize = 9
	maxFrame      = 16 << 10 // of plaintext
)

const (
	frameHead      byte = 'H' // the sealed head; always the first, and no other
	frameData      byte = 'D' // a piece of the body
	frameCommitted byte = 'C' // the end
	frameAborted   byte = 'A' // the end
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func encodeFrameHead(kind byte, length int) [frameHeadSize]byte {
	var head [frameHeadSize]byte
	head[0] = kind
	binary.BigEndian.PutUint32(head[1:5], uint32(length))
	binary.BigEndian.PutUint32(head[5:9], crc32.Checksum(head[:5], castagnoli))
	return head
}

// decodeFrameHead distinguishes a frame that was cut off from one whose length
// was changed: the length counts only if the head is right.
func decodeFrameHead(head [frameHeadSize]byte) (kind byte, length int, ok bool) {
	length = int(binary.BigEndian.Uint32(head[1:5]))
	ok = binary.BigEndian.Uint32(head[5:9]) == crc32.Checksum(head[:5], castagnoli)
	return head[0], length, ok && length <= maxFrame
}

// nonce is a frame's place in the file. The key is the file's own, so no nonce
// is used twice under one key: an end that follows a frame that could not be
// kept has the same place, but another first byte. Version 1 has no such end.
func nonce(version int, kind byte, frame uint64) []byte {
	n := binary.BigEndian.AppendUint64(make([]byte, 4, 12), frame)
	if version > 1 && (kind == frameCommitted || kind == frameAborted) {
		n[0] = 1
	}
	return n
}

// tagSize is the difference in length between a frame and its plaintext, in
// either suite.
const tagSize = 16

// suite seals and opens frames. It is the part of [cipher.AEAD] that this
// package uses.
type suite interface {
	Seal(dst, nonce, plaintext, additional []byte) []byte
	Open(dst, nonce, sealed, additional []byte) ([]byte, error)
}

// newSuite returns the suite of one file: its key depends on the file's secret
// and on every byte of its head.
func newSuite(name string, secret, head []byte) suite {
	sum := sha256.Sum256(head)
	return suiteOf(name, deriveKey(secret, nil, useFile+string(sum[:]), KeySize))
}

// fileOf1 is the suite of a file of version 1.
func (s *secrets) fileOf1(salt, head []byte) suite {
	sum := sha256.Sum256(head)
	return suiteOf(s.suite, s.derive(salt, useFile1+string(sum[:]), KeySize))
}

func suiteOf(name string, key []byte) suite {
	if name == suitePlain {
		return plain{key: key}
	}
	return newGCM(key)
}

// plain encrypts nothing; its tag shows an accidental change.
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
