package stage

import (
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"

	"github.com/kakaocert-go/kakaocert/evidence"
)

// ReadKey reads a key of 32 bytes.
func ReadKey(path string) (evidence.Key, error) {
	secret, err := os.ReadFile(path)
	if err != nil {
		return evidence.Key{}, err
	}
	return evidence.NewKey(secret)
}

// MakeKey reads a key of 32 bytes, and makes it where there is none yet.
func MakeKey(path string) ([]byte, error) {
	secret, err := os.ReadFile(path)
	if !errors.Is(err, os.ErrNotExist) {
		return secret, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	secret = make([]byte, evidence.KeySize)
	_, _ = rand.Read(secret) // never fails
	return secret, os.WriteFile(path, secret, 0o600)
}
