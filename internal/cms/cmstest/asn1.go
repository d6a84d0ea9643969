// Package cmstest makes certificates and SignedData for tests, with every part
// of them open to damage. Keys are throwaway.
package cmstest

import (
	"encoding/asn1"
	"slices"
)

// TLV encodes one element in DER.
func TLV(tag byte, parts ...[]byte) []byte {
	body := slices.Concat(parts...)
	var length []byte
	if n := len(body); n < 0x80 {
		length = []byte{byte(n)}
	} else {
		for ; n > 0; n >>= 8 {
			length = append([]byte{byte(n)}, length...)
		}
		length = append([]byte{0x80 | byte(len(length))}, length...)
	}
	return slices.Concat([]byte{tag}, length, body)
}

// Indefinite encodes one element with indefinite length (X.690, 8.1.3.6).
func Indefinite(tag byte, parts ...[]byte) []byte {
	return slices.Concat([]byte{tag, 0x80}, slices.Concat(parts...), []byte{0, 0})
}

// Pieces encodes a constructed OCTET STRING of pieces that long.
func Pieces(content []byte, size int) []byte {
	var pieces []byte
	for piece := range slices.Chunk(content, size) {
		pieces = append(pieces, TLV(0x04, piece)...)
	}
	return Indefinite(0x24, pieces)
}

// OID encodes an object identifier.
func OID(numbers ...int) []byte { return marshal(asn1.ObjectIdentifier(numbers)) }

// Integer encodes a small INTEGER.
func Integer(n int) []byte { return marshal(n) }

// Algorithm encodes an AlgorithmIdentifier.
func Algorithm(oid []byte, parameters ...[]byte) []byte {
	return TLV(0x30, oid, slices.Concat(parameters...))
}

func marshal(value any) []byte {
	der, err := asn1.Marshal(value)
	if err != nil {
		panic(err)
	}
	return der
}

// Object identifiers and algorithms of RFC 5652 and its companions.
var (
	Null       = []byte{0x05, 0x00}
	Data       = OID(1, 2, 840, 113549, 1, 7, 1)
	SignedData = OID(1, 2, 840, 113549, 1, 7, 2)
	TSTInfo    = OID(1, 2, 840, 113549, 1, 9, 16, 1, 4)

	ContentType         = OID(1, 2, 840, 113549, 1, 9, 3)
	MessageDigest       = OID(1, 2, 840, 113549, 1, 9, 4)
	SigningTime         = OID(1, 2, 840, 113549, 1, 9, 5)
	AlgorithmProtection = OID(1, 2, 840, 113549, 1, 9, 52)

	MD5    = OID(1, 2, 840, 113549, 2, 5)
	SHA1   = OID(1, 3, 14, 3, 2, 26)
	SHA256 = OID(2, 16, 840, 1, 101, 3, 4, 2, 1)
	SHA384 = OID(2, 16, 840, 1, 101, 3, 4, 2, 2)
	SHA512 = OID(2, 16, 840, 1, 101, 3, 4, 2, 3)

	RSA             = OID(1, 2, 840, 113549, 1, 1, 1)
	SHA1WithRSA     = OID(1, 2, 840, 113549, 1, 1, 5)
	MGF1            = OID(1, 2, 840, 113549, 1, 1, 8)
	PSS             = OID(1, 2, 840, 113549, 1, 1, 10)
	SHA256WithRSA   = OID(1, 2, 840, 113549, 1, 1, 11)
	SHA384WithRSA   = OID(1, 2, 840, 113549, 1, 1, 12)
	SHA512WithRSA   = OID(1, 2, 840, 113549, 1, 1, 13)
	ECPublicKey     = OID(1, 2, 840, 10045, 2, 1)
	ECDSAWithSHA256 = OID(1, 2, 840, 10045, 4, 3, 2)
	ECDSAWithSHA384 = OID(1, 2, 840, 10045, 4, 3, 3)
	ECDSAWithSHA512 = OID(1, 2, 840, 10045, 4, 3, 4)
	Ed25519         = OID(1, 3, 101, 112)
)
