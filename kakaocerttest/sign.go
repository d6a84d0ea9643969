package kakaocerttest

import (
	"crypto/rsa"
	"time"

	"github.com/kakaocert-go/kakaocert/internal/cms/cmstest"
)

// pieceSize is the length of the pieces into which BouncyCastle cuts an OCTET
// STRING.
const pieceSize = 1000

// sign signs one document, attached, as BouncyCastle's CMSSignedDataGenerator
// does: for RSA the signature algorithm is the key's, and in BER the lengths
// are indefinite and longer content is in pieces.
func (s *Service) sign(with *credential, content []byte, at time.Time) ([]byte, error) {
	id, err := with.issue()
	if err != nil {
		return nil, err
	}
	issuing := s.authority.issuing
	message := cmstest.New(content, cmstest.Settings{},
		&cmstest.Identity{Certificate: id.cert, Key: id.key}, &cmstest.Identity{Certificate: issuing.cert, Key: issuing.key})
	signer := message.Signers[0]
	if _, isRSA := id.key.(*rsa.PrivateKey); isRSA {
		signer.Algorithm = cmstest.Algorithm(cmstest.RSA, cmstest.Null)
	}
	protected := append([]byte{0xa1}, signer.Algorithm[1:]...) // [1] in place of SEQUENCE (RFC 6211, section 2)
	signer.Attributes[1] = cmstest.Attribute(cmstest.SigningTime, cmstest.UTCTime(at))
	signer.Attributes[3] = cmstest.Attribute(cmstest.AlgorithmProtection, cmstest.TLV(0x30, signer.Digest, protected))
	if !s.dialect.DER {
		raw := cmstest.TLV(0x04, content)
		if len(content) > pieceSize {
			raw = cmstest.Pieces(content, pieceSize)
		}
		message.BER, message.Content = true, cmstest.Indefinite(0xa0, raw)
	}
	return message.Sign().Encode(), nil
}
