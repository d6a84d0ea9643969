package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"math/big"
	"slices"
	"strings"
	"time"
)

// testKey is a public test key.
func testKey(secret byte) *ecdsa.PrivateKey {
	raw := make([]byte, 32)
	raw[0], raw[31] = 1, secret
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), raw)
	if err != nil {
		panic(err) // 1 to 255 is within the order of the group
	}
	return key
}

// certificate is a person's, with this serial number. Its signature is made
// without randomness (RFC 6979), so that it is the same every time.
func certificate(serial []byte) []byte {
	template := &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes(serial),
		Subject:      pkix.Name{Country: []string{"KR"}, Organization: []string{"Example"}, CommonName: personName},
		NotBefore:    time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC),
		NotAfter:     time.Date(2096, time.January, 1, 0, 0, 0, 0, time.UTC),
		KeyUsage:     x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment,
	}
	own := testKey(1)
	der, err := x509.CreateCertificate(nil, template, template, &own.PublicKey, own)
	if err != nil {
		panic(err)
	}
	return der
}

func vidOf(ci string, serial []byte) []byte {
	data, err := base64.StdEncoding.DecodeString(ci)
	if err != nil {
		panic(err)
	}
	sum := sha256.Sum256(slices.Concat(data, serial))
	return sum[:]
}

// javaVIDs are VIDs of personCI that Java computed, by the serial number in hex.
var javaVIDs = map[string]string{
	"01":                 "063f0e4e6060a87e9141d2b080085d37310e0ccdc33c98239cc1da89a9dbeaae",
	"7f":                 "ffde945a051679c1010fe9f487d0bfd76146020bcc3e4a765767631959f4ebec",
	"0080":               "cbc1507095123a88d2753456e4760b4c91dcb4db6c52dfcfa3cab6f1d32da72f",
	"00f1e2d3c4b5a69788": "e3e55ba787fbc46d690a7d0ac51b14628d6982371c9dd21cbd66f9bd972b5f98",
	"00" + "ffffffffffffffffffffffffffffffffffffffff": "1db34c67888372edab91f87d1dd11e1d9db8c8c446799988d105f4dd56b6253c",
}

func vidPart() *part {
	p := newPart("vid",
		"VID = SHA-256(the CI's 64 bytes, then the bytes of the certificate's serial number as its DER INTEGER contains them). A leading 00, which is there where the top bit is set, belongs to them.",
		"vid, in lower-case hex. Where the input contains a vid: same, whether it is the VID of this CI and serial number. refused: true for a CI that is not 64 bytes.", nil)
	for _, serial := range []struct{ name, about, hex string }{
		{"one", "a serial number of one byte", "01"},
		{"top-bit-clear", "the largest of one byte", "7f"},
		{"leading-zero", "the leading 00 belongs to the serial number", "0080"},
		{"leading-zero-long", "nine bytes, with a leading 00", "00f1e2d3c4b5a69788"},
		{"longest", "21 bytes: twenty, with a leading 00", "00" + strings.Repeat("ff", 20)},
		{"korean", "three bytes, as certificates of Korean authorities have", "2a3b4c"},
		{"zero-inside", "only a leading 00 is ever dropped by mistake: this has one inside", "7f0000"},
	} {
		data, err := hex.DecodeString(serial.hex)
		if err != nil {
			panic(err)
		}
		vid := hex.EncodeToString(vidOf(personCI, data))
		if java, known := javaVIDs[serial.hex]; known && java != vid {
			panic("vid: Java has another VID for serial number " + serial.hex)
		}
		p.add(serial.name, serial.about, fields{"ci": personCI, "serial": serial.hex}, fields{"vid": vid}, nil)
		if serial.name != "longest" { // RFC 5280 allows 20 bytes, and crypto/x509 makes no more
			p.add("certificate-"+serial.name, serial.about+"; from the certificate", fields{"ci": personCI, "certificate": encode(certificate(data))}, fields{"vid": vid}, fields{"serial": serial.hex})
		}
	}
	p.comparisons()
	for name, size := range map[string]int{"ci-short": 63, "ci-long": 65} {
		p.add(name, "a CI is 64 bytes", fields{"ci": encode(sequence(size)), "serial": "01"}, fields{"refused": true}, nil)
	}
	slices.SortStableFunc(p.Vectors[len(p.Vectors)-2:], func(a, b vector) int { return strings.Compare(a.ID, b.ID) })
	return p
}

// comparisons are of a VID as an answer may contain it.
func (p *part) comparisons() {
	serial := []byte{0x00, 0xf1, 0xe2, 0xd3, 0xc4, 0xb5, 0xa6, 0x97, 0x88}
	right := vidOf(personCI, serial)
	ci, err := base64.StdEncoding.DecodeString(personCI)
	if err != nil {
		panic(err)
	}
	hash := func(parts ...[]byte) string {
		sum := sha256.Sum256(slices.Concat(parts...))
		return hex.EncodeToString(sum[:])
	}
	for _, c := range []struct {
		name, about, vid string
		same             bool
	}{
		{"hex", "in hex", hex.EncodeToString(right), true},
		{"hex-upper", "in upper-case hex", strings.ToUpper(hex.EncodeToString(right)), true},
		{"base64", "in Base64", encode(right), true},
		{"base64-unpadded", "in Base64 without padding", base64.RawStdEncoding.EncodeToString(right), true},
		{"base64url", "in URL-safe Base64", base64.URLEncoding.EncodeToString(right), true},
		{"without-zero", "made without the serial number's leading 00", hash(ci, serial[1:]), false},
		{"zero-more", "made with one 00 more", hash(ci, []byte{0}, serial), false},
		{"order", "made from the serial number and then the CI", hash(serial, ci), false},
		{"ci-as-text", "made from the CI's Base64 text", hash([]byte(personCI), serial), false},
		{"serial-as-text", "made from the serial number in hex", hash(ci, []byte(hex.EncodeToString(serial))), false},
		{"another-person", "of another person", hash(sequence(64)[1:], []byte{64}, serial), false},
		{"prefix", "only the first 16 bytes", hex.EncodeToString(right[:16]), false},
	} {
		p.add("compare-"+c.name, c.about, fields{"ci": personCI, "serial": hex.EncodeToString(serial), "vid": c.vid}, fields{"same": c.same}, nil)
	}
}
