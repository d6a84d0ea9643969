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
	octets, err := ReadKeyBytes(path)
	if err != nil {
		return evidence.Key{}, err
	}
	return evidence.NewKey(octets)
}

// ReadKeyBytes reads the bytes of such a key.
func ReadKeyBytes(path string) ([]byte, error) {
	octets, err := ReadFile("key-file", path)
	if err != nil {
		return nil, err
	}
	if len(octets) != evidence.KeySize {
		octets = decodeKey(strings.TrimSpace(string(pemfile.WithoutPreamble(octets))))
	}
	if _, err := evidence.NewKey(octets); err != nil {
		return nil, Wrong("--key-file: %s: must be a key of 32 bytes, or the Base64 or hex of one", path)
	}
	return octets, nil
}

// decodeKey returns nothing where there is no key: the lengths of the two forms
// tell them apart.
func decodeKey(text string) []byte {
	if octets, err := hex.DecodeString(text); err == nil {
		return octets
	}
	octets, _ := base64.StdEncoding.DecodeString(text)
	return octets
}
