package stage

import (
	"crypto/rand"
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

// makeKey makes a key where there is none yet.
func makeKey(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	secret := make([]byte, evidence.KeySize)
	_, _ = rand.Read(secret) // never fails
	return os.WriteFile(path, secret, 0o600)
}
