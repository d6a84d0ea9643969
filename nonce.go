package kakaocert

import (
	"crypto/rand"
	"crypto/subtle"
)

// maxNonce is the limit of K1100's data, in characters. (DOC)
const maxNonce = 40

// NewNonce returns 26 random characters with 128 bits and more between them,
// for K1100's data. Keep it with the transaction in the server's session: what
// comes back must be it. The error is nil; the signature leaves room.
func NewNonce() (string, error) { return rand.Text(), nil }

func checkNonce(field, nonce string, count func(string) int) error {
	if nonce == "" {
		return &ArgumentError{Field: field, Reason: "is empty"}
	}
	if !isText(nonce) || count(nonce) > maxNonce {
		return &ArgumentError{Field: field, Reason: "is not at most 40 characters of UTF-8"}
	}
	return nil
}

func sameText(a, b []byte) bool { return subtle.ConstantTimeCompare(a, b) == 1 }
