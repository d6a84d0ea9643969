package kakaocert

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"slices"
)

const ciSize = 64 // bytes of a CI; 88 characters in Base64

// VID binds a certificate to a person: SHA-256 of the CI's 64 bytes and the
// bytes of the certificate's serial number (DOC). It prints as [redacted].
type VID struct {
	redacted
	sum hidden[[sha256.Size]byte]
}

// ComputeVID computes the VID of a CI in Base64 and a serial number, as from
// [Verified.SerialNumber]: a leading 00 belongs to it, which big.Int.Bytes
// drops for about half of all certificates.
func ComputeVID(ci string, serial []byte) (VID, error) {
	raw, err := parseCI("ci", ci)
	if err != nil {
		return VID{}, err
	}
	if len(serial) == 0 {
		return VID{}, &ArgumentError{Field: "serial", Reason: "must not be empty"}
	}
	return hashVID(raw, serial), nil
}

func hashVID(parts ...[]byte) VID {
	return VID{sum: hide(sha256.Sum256(slices.Concat(parts...)))}
}

// Hex returns the VID in 64 lower-case hexadecimal digits.
func (v VID) Hex() string {
	return hex.EncodeToString(v.raw())
}

// equal compares in constant time. The zero VID equals none.
func (v VID) equal(raw []byte) bool {
	own := v.raw()
	return own != nil && subtle.ConstantTimeCompare(own, raw) == 1
}

// bytes are the VID's own; nil of the zero VID.
func (v VID) raw() []byte {
	if sum := v.sum.Get(); sum != nil {
		return sum[:]
	}
	return nil
}

// ExplainVID helps in a first integration, when VIDs do not agree: it says,
// without a value, how vid could have been made. A VID that needs any
// explanation but the first is a mismatch.
func ExplainVID(ci, vid string, serial []byte) (string, error) {
	raw, err := parseCI("ci", ci)
	if err != nil {
		return "", err
	}
	given, err := parseVID(vid)
	if err != nil {
		return "", err
	}
	if len(serial) == 0 {
		return "", &ArgumentError{Field: "serial", Reason: "must not be empty"}
	}
	short := serial
	if len(serial) > 1 && serial[0] == 0 {
		short = serial[1:]
	}
	padded := append([]byte{0}, serial...)
	number := []byte(hex.EncodeToString(serial))
	for _, guess := range []struct {
		vid  VID
		text string
	}{
		{hashVID(raw, serial), "the VID agrees"},
		{hashVID(raw, short), "only the leading zero differs: it was made from the serial number without its leading 00"},
		{hashVID(raw, padded), "only the leading zero differs: it was made from the serial number with one 00 more in front"},
		{hashVID(serial, raw), "the order differs: it was made from the serial number followed by the CI"},
		{hashVID([]byte(ci), serial), "the CI differs in form: its Base64 text was hashed, not its 64 bytes"},
		{hashVID(raw, number), "the serial number differs in form: its hexadecimal text was hashed, not its bytes"},
	} {
		if guess.vid.equal(given) {
			return guess.text, nil
		}
	}
	return "nothing known explains the difference: the CI or the certificate is another one", nil
}

// parseVID reads 32 bytes in hex or Base64.
func parseVID(text string) ([]byte, error) {
	text = withoutSpace(text)
	raw, err := hex.DecodeString(text)
	if err != nil {
		raw, err = decodeBase64(text)
	}
	if err != nil || len(raw) != sha256.Size {
		return nil, &ArgumentError{Field: "vid", Reason: "must be 32 bytes in hex or Base64"}
	}
	return raw, nil
}

// parseCI reads 64 bytes in Base64.
func parseCI(field, text string) ([]byte, error) {
	raw, err := decodeBase64(text)
	if err != nil || len(raw) != ciSize {
		return nil, &ArgumentError{Field: field, Reason: "must be Base64 of 64 bytes"}
	}
	return raw, nil
}

// compareCI compares two CI decoded, in constant time.
func compareCI(ci, want string) error {
	got, err := parseCI("ci", ci)
	if err != nil {
		return err
	}
	expected, err := parseCI("want", want)
	if err != nil {
		return err
	}
	if subtle.ConstantTimeCompare(got, expected) != 1 {
		return ErrCIMismatch
	}
	return nil
}
