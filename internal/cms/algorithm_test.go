package cms

import (
	"crypto/elliptic"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/kakaocert-go/kakaocert/internal/cms/cmstest"
)

// A signature in X.509's manner names its digest: an algorithm that does not is
// refused, as are those that messages may not have.
func TestCheck_VerifySignatureNamesItsDigest(t *testing.T) {
	t.Parallel()
	signed := []byte("동의합니다")
	key := cmstest.RSAKey(2048)
	person := cmstest.Root("Example Root", cmstest.ECKey(elliptic.P256())).Person(key)
	s := cmstest.New(signed, cmstest.Settings{}, person).Signers[0]
	s.SignOver(signed)
	for name, test := range map[string]struct {
		algorithm []byte
		want      error
	}{
		"SHA-256 with RSA":   {cmstest.Algorithm(cmstest.SHA256WithRSA, cmstest.Null), nil},
		"SHA-512 with RSA":   {cmstest.Algorithm(cmstest.SHA512WithRSA, cmstest.Null), SignatureWrong},
		"RSA":                {cmstest.Algorithm(cmstest.RSA, cmstest.Null), SignatureAlgorithm},
		"SHA-1 with RSA":     {cmstest.Algorithm(cmstest.SHA1WithRSA, cmstest.Null), SignatureAlgorithm},
		"ECDSA":              {cmstest.Algorithm(cmstest.ECDSAWithSHA256), KeyType},
		"nothing":            {nil, SignatureAlgorithm},
		"something in front": {cmstest.TLV(0x30, cmstest.Null), SignatureAlgorithm},
	} {
		assert.Equal(t, test.want, VerifySignature(person.Certificate, test.algorithm, signed, s.Signature), name)
	}
}
