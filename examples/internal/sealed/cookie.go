// Package sealed keeps values in a browser's cookies: encrypted, so that the
// browser cannot read them, and authenticated, so that it can neither change
// one, nor put two together, nor use one in another's place or after its time.
package sealed

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"net/http"
	"time"
)

// The reasons why there is no value.
var (
	ErrNone   = errors.New("there is no such cookie")
	ErrForged = errors.New("the cookie is not one of ours") // a security event
	ErrOver   = errors.New("the cookie's time is over")
)

// encoding is strict, so that a value has one form.
var encoding = base64.RawURLEncoding.Strict()

// Cookie is one that holds a sealed value.
type Cookie struct {
	name   string
	lasts  time.Duration
	secure bool
	aead   cipher.AEAD
}

// NewCookie makes a cookie whose values last so long, by the seal and not by
// the browser alone. The key has 32 bytes: with several servers, all have one,
// from where their other secrets are; to change it is to end all values.
//
// Secure is for https. It adds __Host- to the name, so that no other host of the
// domain can set the cookie.
func NewCookie(name string, key []byte, lasts time.Duration, secure bool) (*Cookie, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, err
	}
	if secure {
		name = "__Host-" + name
	}
	return &Cookie{name, lasts, secure, aead}, nil
}

// NewProcessCookie makes a cookie with a key of this process: what it holds is
// forgotten when that ends.
func NewProcessCookie(name string, lasts time.Duration, secure bool) *Cookie {
	key := make([]byte, 32)
	_, _ = rand.Read(key)                            // never fails
	cookie, _ := NewCookie(name, key, lasts, secure) // refuses a key of another length
	return cookie
}

// Seal returns the cookie with a value. The name is authenticated with it.
func (c *Cookie) Seal(value []byte) *http.Cookie {
	until := binary.BigEndian.AppendUint64(nil, uint64(time.Now().Add(c.lasts).Unix()))
	sealed := c.aead.Seal(nil, nil, append(until, value...), []byte(c.name))
	return c.cookie(encoding.EncodeToString(sealed), int(c.lasts/time.Second))
}

// Gone returns the cookie that takes the value away.
func (c *Cookie) Gone() *http.Cookie { return c.cookie("", -1) }

// cookie is SameSite=Lax, which lets it come along when KakaoTalk, another
// site, sends the browser back; Strict would not.
func (c *Cookie) cookie(value string, maxAge int) *http.Cookie {
	return &http.Cookie{
		Name: c.name, Value: value, Path: "/", MaxAge: maxAge,
		Secure: c.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
}

// Open returns the value that is in a request's cookie, or why there is none.
func (c *Cookie) Open(r *http.Request) ([]byte, error) {
	cookie, err := r.Cookie(c.name)
	if err != nil {
		return nil, ErrNone
	}
	sealed, err := encoding.DecodeString(cookie.Value)
	if err != nil {
		return nil, ErrForged
	}
	plain, err := c.aead.Open(nil, nil, sealed, []byte(c.name))
	if err != nil || len(plain) < 8 {
		return nil, ErrForged
	}
	if time.Now().Unix() >= int64(binary.BigEndian.Uint64(plain)) {
		return nil, ErrOver
	}
	return plain[8:], nil
}
