// Package keys shows how the contract's encryption key, kept wrapped, is unwrapped
// at the start of a program: by HashiCorp Vault, by a cloud's KMS (that of AWS), or
// by an HSM over PKCS #11. Copy the file that you need.
//
// The wrapped text is JSON with the key and the IV as the contract gives them:
//
//	{"key":"(Base64 of 32 bytes)","iv":"(Base64 of 16 bytes)"}
//
// It also shows how an HSM opens evidence that was sealed to an archive's public
// key: archive.go.
package keys

import "context"

// Unwrap opens what a key store has wrapped. It is called once, at start: the
// contract's key is then kept in memory, for each call to Kakao needs it several
// times, and no key store offers the cipher that Kakao uses.
type Unwrap func(ctx context.Context, wrapped []byte) (plain []byte, err error)
