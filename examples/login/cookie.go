package main

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"net/http"
	"time"
)

// box keeps a text in a browser's cookie, encrypted and authenticated: the
// browser can neither read nor change it, nor put one cookie's text into
// another, nor use it after its time. The key is of this process: with several
// servers, all have one key, from where their other secrets are.
type box struct {
	name string
	time time.Duration
	aead cipher.AEAD
}

func newBox(name string, lasts time.Duration) box {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	block, _ := aes.NewCipher(key)
	aead, _ := cipher.NewGCMWithRandomNonce(block)
	return box{name, lasts, aead}
}

// seal returns the cookie. SameSite=Lax lets it come along when kauth sends the
// browser back, which Strict would not; __Host- binds it to this host.
func (b box) seal(text string) *http.Cookie {
	until := binary.BigEndian.AppendUint64(nil, uint64(time.Now().Add(b.time).Unix()))
	sealed := b.aead.Seal(nil, nil, append(until, text...), []byte(b.name))
	return b.cookie(base64.RawURLEncoding.EncodeToString(sealed), int(b.time/time.Second))
}

// gone returns the cookie that takes the box away.
func (b box) gone() *http.Cookie { return b.cookie("", -1) }

func (b box) cookie(value string, maxAge int) *http.Cookie {
	return &http.Cookie{
		Name: b.name, Value: value, Path: "/", MaxAge: maxAge,
		Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
}

// open returns the text, if it is this box's own and its time is not over.
func (b box) open(r *http.Request) (text string, ok bool) {
	cookie, err := r.Cookie(b.name)
	if err != nil {
		return "", false
	}
	sealed, err := base64.RawURLEncoding.DecodeString(cookie.Value)
	if err != nil {
		return "", false
	}
	plain, err := b.aead.Open(nil, nil, sealed, []byte(b.name))
	if err != nil || len(plain) < 8 || time.Now().Unix() >= int64(binary.BigEndian.Uint64(plain)) {
		return "", false
	}
	return string(plain[8:]), true
}
