package kakaocert

import (
	"bytes"
	"crypto/elliptic"
	"crypto/x509"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/internal/cms/cmstest"
)

// hostileWorld is a short message, in DER and BER, of a person below an
// authority, both on P-256.
func hostileWorld(t *testing.T) (v *Verifier, rule ContentRule, der, ber []byte, ca *cmstest.Identity) {
	t.Helper()
	root := cmstest.Root("Example Root", cmstest.ECKey(elliptic.P256()))
	ca = root.Authority("Example Issuing CA", cmstest.ECKey(elliptic.P256()))
	person := ca.Person(cmstest.ECKey(elliptic.P256()))
	content := []byte("동의합니다")
	m := cmstest.New(content, cmstest.Settings{}, person, ca).Sign()
	der = m.Encode()
	m.BER, m.Content = true, cmstest.Indefinite(0xa0, cmstest.Pieces(content, 6))
	v, err := NewVerifier(cmstest.Pool(root), WithTime(cmstest.Now), UnsafeNoRevocation())
	require.NoError(t, err)
	return v, ExpectContent(content), der, m.Encode(), ca
}

func TestVerifier_RefusesEveryTruncation(t *testing.T) {
	t.Parallel()
	v, rule, der, ber, _ := hostileWorld(t)
	for _, message := range [][]byte{der, ber} {
		_, err := v.Verify(message, rule)
		require.NoError(t, err)
		for n := range message {
			_, err := v.Verify(message[:n], rule)
			require.ErrorIs(t, err, ErrMalformed, "%d bytes", n)
		}
	}
}

// TestVerifier_RefusesEveryFlip flips every bit. A flip is accepted only where
// nothing is signed and nothing trusted: in SignedData's version, and in what
// follows the digest announced in front of the content.
func TestVerifier_RefusesEveryFlip(t *testing.T) {
	t.Parallel()
	v, rule, der, ber, _ := hostileWorld(t)
	for name, message := range map[string][]byte{"DER": der, "BER": ber} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			announced := cmstest.TLV(0x31, cmstest.Algorithm(cmstest.SHA256, cmstest.Null))
			at := bytes.Index(message, announced)
			require.Positive(t, at)
			free := map[int]bool{
				at - 1:                  true, // the version's one byte
				at + len(announced) - 2: true, // tag of the digest's NULL
			}
			flipped := bytes.Clone(message)
			for i := range flipped {
				for bit := range 8 {
					flipped[i] ^= 1 << bit
					if got, err := v.Verify(flipped, rule); err == nil {
						assert.True(t, free[i], "bit %d of byte %d of %d", bit, i, len(message))
						assert.Equal(t, "동의합니다", string(got.Content()))
					}
					flipped[i] ^= 1 << bit
				}
			}
		})
	}
}

// TestVerifier_BoundsItsWork gives it what would make a careless reader work for a
// stranger: each is refused for its size or number before any key is used.
func TestVerifier_BoundsItsWork(t *testing.T) {
	t.Parallel()
	v, _, der, _, ca := hostileWorld(t)
	large, err := NewVerifier(cmstest.Pool(ca), WithTime(cmstest.Now), WithMaxSize(32<<20), UnsafeNoRevocation())
	require.NoError(t, err)
	strings := func(n int) []byte {
		return append(append([]byte{0x24, 0x80}, bytes.Repeat([]byte{0x04, 0x00}, n)...), 0, 0)
	}
	held := func(content []byte) []byte {
		m := cmstest.New(nil, cmstest.Settings{}, ca.Person(cmstest.ECKey(elliptic.P256())))
		m.Content = cmstest.TLV(0xa0, content)
		return m.Sign().Encode()
	}
	for name, test := range map[string]struct {
		verifier *Verifier
		message  []byte
		want     Defect
	}{
		"nothing":                 {v, nil, "truncated"},
		"16 MB of nesting":        {large, bytes.Repeat([]byte{0x30, 0x80}, 8<<20), "nested-too-deep"},
		"the same, by default":    {v, bytes.Repeat([]byte{0x30, 0x80}, 8<<20), "too-large"},
		"250 KB of nesting":       {v, nestedIn(125_000), "nested-too-deep"},
		"a million empty strings": {large, strings(1_000_000), "not-signed-data"},
		"the same as content":     {large, held(strings(1_000_000)), "content-differs"},
		"the same as a message":   {v, append(bytes.Clone(der), strings(100_000)...), "trailing-data"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := test.verifier.Verify(test.message, ExpectContent("동의합니다"))
			require.ErrorIs(t, err, test.want)
		})
	}
}

// nestedIn is well-formed: so many SEQUENCEs in one another.
func nestedIn(depth int) []byte {
	return append(bytes.Repeat([]byte{0x30, 0x80}, depth), make([]byte, 2*depth)...)
}

// TestVerifier_ChainsToTheRootsGiven is about what a pinned root says itself.
func TestVerifier_ChainsToTheRootsGiven(t *testing.T) {
	t.Parallel()
	content := []byte("동의합니다")
	chain := func(change cmstest.Change) (*x509.CertPool, []byte) {
		root := cmstest.Root("Example Root", cmstest.ECKey(elliptic.P256()), change)
		ca := root.Authority("Example Issuing CA", cmstest.ECKey(elliptic.P256()))
		person := ca.Person(cmstest.ECKey(elliptic.P256()))
		return cmstest.Pool(root), cmstest.New(content, cmstest.Settings{}, person, ca, root).Sign().Encode()
	}
	for name, test := range map[string]struct {
		root cmstest.Change
		want error
	}{
		"as it should be": {func(*x509.Certificate) {}, nil},
		"path of one":     {func(c *x509.Certificate) { c.MaxPathLen = 1 }, nil},
		"path of none":    {func(c *x509.Certificate) { c.MaxPathLen, c.MaxPathLenZero = 0, true }, Defect("path-too-long")},
		"expired":         {func(c *x509.Certificate) { c.NotAfter = cmstest.Now.AddDate(0, 0, -1) }, Defect("certificate-expired")},
		"not yet valid":   {func(c *x509.Certificate) { c.NotBefore = cmstest.Now.AddDate(0, 0, 1) }, Defect("certificate-not-yet-valid")},
		"no CA":           {func(c *x509.Certificate) { c.IsCA = false }, ErrUntrusted},
		"may not sign":    {func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageCRLSign }, ErrUntrusted},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			roots, message := chain(test.root)
			v, err := NewVerifier(roots, WithTime(cmstest.Now), UnsafeNoRevocation())
			require.NoError(t, err)
			_, err = v.Verify(message, ExpectContent(content))
			require.ErrorIs(t, err, test.want)
			if test.want != nil {
				require.ErrorIs(t, err, ErrUntrusted)
			}
		})
	}
}
