package cmstest

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"slices"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cryptobyte_asn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// TimeStamping is the extended key usage of time stamping authorities (RFC 3161).
var TimeStamping = OID(1, 3, 6, 1, 5, 5, 7, 3, 8)

// TimeRequest is a TimeStampReq in parts, each in its encoding.
type TimeRequest struct{ Imprint, Policy, Nonce []byte }

// ReadTimeRequest reads a TimeStampReq.
func ReadTimeRequest(der []byte) (r TimeRequest, ok bool) {
	whole := cryptobyte.String(der)
	var in, imprint, policy, nonce cryptobyte.String
	var version int64
	if !whole.ReadASN1(&in, cryptobyte_asn1.SEQUENCE) || !in.ReadASN1Integer(&version) || !in.ReadASN1Element(&imprint, cryptobyte_asn1.SEQUENCE) {
		return r, false
	}
	if in.PeekASN1Tag(cryptobyte_asn1.OBJECT_IDENTIFIER) && !in.ReadASN1Element(&policy, cryptobyte_asn1.OBJECT_IDENTIFIER) {
		return r, false
	}
	if in.PeekASN1Tag(cryptobyte_asn1.INTEGER) && !in.ReadASN1Element(&nonce, cryptobyte_asn1.INTEGER) {
		return r, false
	}
	return TimeRequest{Imprint: imprint, Policy: policy, Nonce: nonce}, version == 1
}

// TimeInfo is a TSTInfo in parts, each in its encoding.
type TimeInfo struct {
	Version, Policy, Imprint, Serial, Time, Accuracy, Ordering, Nonce, Name, Extensions []byte
}

// NewTimeInfo returns the TSTInfo of a message, or of a MessageImprint.
func NewTimeInfo(imprint []byte, at time.Time, serial int) *TimeInfo {
	return &TimeInfo{
		Version: Integer(1), Policy: OID(1, 2, 3, 4, 1), Imprint: imprint, Serial: Integer(serial),
		Time: TLV(0x18, []byte(at.UTC().Format("20060102150405Z"))),
	}
}

// Imprint encodes a MessageImprint.
func Imprint(hash crypto.Hash, message []byte) []byte {
	h := hash.New()
	h.Write(message)
	return TLV(0x30, Algorithm(hashOID(hash), Null), TLV(0x04, h.Sum(nil)))
}

// Encode returns the TSTInfo.
func (i *TimeInfo) Encode() []byte {
	return TLV(0x30, i.Version, i.Policy, i.Imprint, i.Serial, i.Time, i.Accuracy, i.Ordering, i.Nonce, i.Name, i.Extensions)
}

// NewToken returns a TimeStampToken, not yet signed, without a signing time. The
// first of certs signs.
func NewToken(info []byte, settings Settings, certs ...*Identity) *Message {
	m := New(info, settings, certs...)
	m.ContentType = TSTInfo
	s := m.Signers[0]
	s.Attributes = slices.DeleteFunc(s.Attributes, func(a []byte) bool {
		return bytes.Contains(a, ContentType) || bytes.Contains(a, SigningTime)
	})
	s.Attributes = append(s.Attributes, Attribute(ContentType, TSTInfo), Names(certs[0]))
	return m
}

// TimeRefusal encodes a TimeStampResp that refuses, with one bit of
// PKIFailureInfo.
func TimeRefusal(failure int) []byte {
	bits := make([]byte, failure/8+2)
	bits[0] = byte(7 - failure%8) // unused ones
	bits[failure/8+1] = 0x80 >> (failure % 8)
	return TLV(0x30, TLV(0x30, Integer(2), TLV(0x03, bits)))
}

// TimeResponse encodes a TimeStampResp that grants the token.
func TimeResponse(token []byte) []byte { return TLV(0x30, TLV(0x30, Integer(0)), token) }

// ForTimeStamps makes a certificate one of a time stamping authority.
func ForTimeStamps(c *x509.Certificate) { Usage(true, TimeStamping)(c) }

// Usage states extended key usages.
func Usage(critical bool, usages ...[]byte) Change {
	return withExtension(critical, TLV(0x30, usages...), 2, 5, 29, 37)
}
