package call

import (
	"encoding/base64"
	"encoding/hex"
	"strings"

	"github.com/kakaocert-go/kakaocert/evidence"
	"github.com/kakaocert-go/kakaocert/internal/pemfile"
)

// ReadKey reads the key of an evidence directory.
func ReadKey(path string) (evidence.Key, error) {
	raw, err := ReadKeyBytes(path)
	if err != nil {
		return evidence.Key{}, err
	}
	return evidence.NewKey(raw)
}

// ReadKeyBytes reads the bytes of such a key.
func ReadKeyBytes(path string) ([]byte, error) {
	raw, err := ReadFile("key-file", path)
	if err != nil {
		return nil, err
	}
	if len(raw) != evidence.KeySize {
		raw = decodeKey(strings.TrimSpace(string(pemfile.WithoutPreamble(raw))))
	}
	if _, err := evidence.NewKey(raw); err != nil {
		return nil, Wrong("--key-file: %s: must be a key of 32 bytes, or the Base64 or hex of one", path)
	}
	return raw, nil
}

// decodeKey returns nothing where there is no key. The two forms are distinguished
// by their lengths.
func decodeKey(text string) []byte {
	if raw, err := hex.DecodeString(text); err == nil {
		return raw
	}
	raw, _ := base64.StdEncoding.DecodeString(text)
	return raw
}
