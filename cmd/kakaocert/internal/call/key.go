package call

import (
	"encoding/base64"
	"encoding/hex"
	"strings"

	"github.com/kakaocert-go/kakaocert/evidence"
)

// ReadKey reads the key of an evidence directory.
func ReadKey(path string) (evidence.Key, error) {
	octets, err := ReadFile("key-file", path)
	if err != nil {
		return evidence.Key{}, err
	}
	if len(octets) != evidence.KeySize {
		octets = decodeKey(strings.TrimSpace(string(octets)))
	}
	key, err := evidence.NewKey(octets)
	if err != nil {
		return key, Wrong("--key-file: %s: is not a key of 32 bytes, nor the Base64 or hex of one", path)
	}
	return key, nil
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
