package cms

import (
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"math/big"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/internal/cms/cmstest"
)

// hugeKey is an RSA key of that many bits, which has no private key.
func hugeKey(bits uint) *rsa.PublicKey {
	n := new(big.Int).Lsh(big.NewInt(1), bits)
	return &rsa.PublicKey{N: n.Sub(n, big.NewInt(1)), E: 65537}
}

// hugeIssuers is a message whose signer's issuer is named by four certificates
// with keys of 262,144 bits.
func hugeIssuers() []byte {
	root := cmstest.Root("Example Root", cmstest.ECKey(elliptic.P256()))
	ca := root.Authority("Example Issuing CA", cmstest.RSAKey(2048))
	person := ca.Person(cmstest.RSAKey(2048))
	person.Certificate = longSignature(person.Certificate, 262_144/8)
	certs := []*cmstest.Identity{person}
	for range 4 {
		certs = append(certs, root.PersonWith(hugeKey(262_144), func(c *x509.Certificate) {
			c.Subject, c.IsCA, c.KeyUsage = ca.Certificate.Subject, true, x509.KeyUsageCertSign
		}))
	}
	return cmstest.New([]byte(cmstest.Content), cmstest.Settings{}, certs...).Sign().Encode()
}

// longSignature replaces the signature of a certificate, made with an RSA key,
// by one that is as long as the key that is said to have made it: a shorter one
// is refused without computing anything.
func longSignature(c *x509.Certificate, size int) *x509.Certificate {
	signature := make([]byte, 1+size)
	signature[1] = 0x7f
	raw := cmstest.TLV(0x30, c.RawTBSCertificate, cmstest.Algorithm(cmstest.SHA256WithRSA, cmstest.Null), cmstest.TLV(0x03, signature))
	changed, err := x509.ParseCertificate(raw)
	if err != nil {
		panic(err)
	}
	return changed
}

// TestCheck_NothingIsComputedWithHugeKeys: such a message cost 17 s of CPU.
func TestCheck_NothingIsComputedWithHugeKeys(t *testing.T) {
	t.Parallel()
	message := hugeIssuers()
	var largest, operations int
	r := &Rules{Trust: trust(cmstest.Pool(cmstest.Root("Example Root", cmstest.ECKey(elliptic.P256())))), MaxSize: DefaultMaxSize, MaxSigners: 1}
	r.observe = func(key any) {
		operations++
		if k, ok := key.(*rsa.PublicKey); ok {
			largest = max(largest, k.N.BitLen())
		}
	}
	_, err := r.Check(t.Context(), message, Content{Octets: []byte(cmstest.Content)})
	var failure *Failure
	require.ErrorAs(t, err, &failure)
	assert.Equal(t, CheckChain, failure.Check)
	assert.Equal(t, IssuerAlgorithm, failure.Defect)
	assert.LessOrEqual(t, operations, 64)
	assert.LessOrEqual(t, largest, 4096)
}
