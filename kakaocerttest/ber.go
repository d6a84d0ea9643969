package kakaocerttest

import (
	"errors"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// pieceSize is how BouncyCastle cuts an OCTET STRING.
const pieceSize = 1000

var errNotSigned = errors.New("kakaocerttest: not a SignedData with attached content")

const (
	sequence        = byte(asn1.SEQUENCE)
	octetStringOpen = byte(asn1.OCTET_STRING) | 0x20
	contextZero     = byte(0xa0)
	indefinite      = byte(0x80)
	endOfContent    = "\x00\x00"
)

// bouncyCastleForm rewrites a DER message into the BER that BouncyCastle's
// CMSSignedDataGenerator writes: indefinite lengths around the content and
// certificates, content of more than 1000 bytes in pieces of that size, all else as it was.
func bouncyCastleForm(der []byte) ([]byte, error) {
	var (
		message, wrapped, signed, info, inner     cryptobyte.String
		kind, version, digests, contentKind       cryptobyte.String
		content, certificates, signers, remainder cryptobyte.String
	)
	zero := asn1.Tag(0).ContextSpecific().Constructed()
	message = der
	ok := message.ReadASN1(&remainder, asn1.SEQUENCE) &&
		remainder.ReadASN1Element(&kind, asn1.OBJECT_IDENTIFIER) &&
		remainder.ReadASN1(&wrapped, zero) &&
		wrapped.ReadASN1(&signed, asn1.SEQUENCE) &&
		signed.ReadASN1Element(&version, asn1.INTEGER) &&
		signed.ReadASN1Element(&digests, asn1.SET) &&
		signed.ReadASN1(&info, asn1.SEQUENCE) &&
		info.ReadASN1Element(&contentKind, asn1.OBJECT_IDENTIFIER) &&
		info.ReadASN1(&inner, zero) &&
		inner.ReadASN1(&content, asn1.OCTET_STRING) &&
		signed.ReadASN1(&certificates, zero) &&
		signed.ReadASN1Element(&signers, asn1.SET) && signed.Empty()
	if !ok {
		return nil, errNotSigned
	}
	octets, err := octetString(content)
	if err != nil {
		return nil, err
	}
	encapsulated := open(sequence, contentKind, open(contextZero, octets))
	body := open(sequence, version, digests, encapsulated, open(contextZero, certificates), signers)
	return open(sequence, kind, open(contextZero, body)), nil
}

// open encodes a constructed value of indefinite length.
func open(tag byte, parts ...[]byte) []byte {
	out := []byte{tag, indefinite}
	for _, part := range parts {
		out = append(out, part...)
	}
	return append(out, endOfContent...)
}

// octetString is in pieces only where one piece would not do.
func octetString(content []byte) ([]byte, error) {
	var b cryptobyte.Builder
	if len(content) <= pieceSize {
		b.AddASN1OctetString(content)
		return b.Bytes()
	}
	for len(content) > 0 {
		n := min(pieceSize, len(content))
		b.AddASN1OctetString(content[:n])
		content = content[n:]
	}
	pieces, err := b.Bytes()
	return open(octetStringOpen, pieces), err
}
