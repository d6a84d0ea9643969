package kakaocerttest

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"math/big"
)

// vid is SHA-256 over the CI's 64 bytes and the serial number's octets. (DOC)
func vid(ci string, serial *big.Int) []byte {
	raw, err := base64.StdEncoding.DecodeString(ci)
	if err != nil { // a user's CI was checked when the user was added
		panic("kakaocerttest: CI: " + err.Error())
	}
	sum := sha256.Sum256(append(raw, serialOctets(serial)...))
	return sum[:]
}

func (s *Service) vidText(raw []byte) string {
	if s.dialect.Base64VID {
		return base64.StdEncoding.EncodeToString(raw)
	}
	return hex.EncodeToString(raw)
}
