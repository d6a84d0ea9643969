package cms

import (
	"bytes"
	"crypto/x509"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mozilla.org/pkcs7"

	"github.com/kakaocert-go/kakaocert/internal/cms/cmstest"
)

func vector(t testing.TB, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", "testdata", "cms", name))
	require.NoError(t, err)
	return raw
}

// trust trusts the roots at the moment of the tests.
func trust(roots *x509.CertPool) Trust {
	t := NewTrust(roots)
	t.At = cmstest.Now
	return t
}

// judge is an independent reader of the same messages, within its limits.
func judge(t testing.TB, r *Rules, raw []byte) (accepts, competent bool) {
	t.Helper()
	m, err := Parse(raw, DefaultMaxSize)
	require.NoError(t, err)
	s := &m.Signers[0]
	candidates, err := m.candidates(s)
	require.NoError(t, err)
	beyond := string(s.SignatureAlgorithm.OID) == oidPSS || s.SubjectKeyID != nil || s.Unsigned != nil || m.CRLs != nil || m.OtherKinds > 0
	if beyond || len(candidates) > 1 {
		return false, false
	}
	for _, c := range m.Certificates {
		if c.X509 == nil || beyondX509(c.X509) {
			return false, false
		}
	}
	n, err := normalise(raw)
	require.NoError(t, err)
	p7, err := pkcs7.Parse(n.der)
	if err != nil {
		return false, true
	}
	if !m.Attached {
		p7.Content = []byte(cmstest.Content)
	}
	return p7.VerifyWithChainAtTime(r.roots, r.At) == nil, true
}

// beyondX509 reports whether crypto/x509, which the judge asks about the chain,
// refuses what the rules here take: unknown names, self-issued authorities, a
// clock that is a little behind.
func beyondX509(c *x509.Certificate) bool {
	return len(c.UnhandledCriticalExtensions) > 0 || extension(c, oidNameConstraints) != nil || c.MaxPathLenZero || cmstest.Now.Before(c.NotBefore)
}

// A number of 400,000 bytes took 15 s of CPU to write in decimal.
func TestDescribe_CutsLongIdentifiersShort(t *testing.T) {
	t.Parallel()
	root := cmstest.Root("Example Root", cmstest.RSAKey(2048))
	m := cmstest.New([]byte(cmstest.Content), cmstest.Settings{}, root)
	long := cmstest.TLV(0x06, append(bytes.Repeat([]byte{0xff}, 400_000), 1))
	m.Signers[0].Attributes = [][]byte{cmstest.Attribute(long, cmstest.Null)}
	d, err := Describe(m.Sign().Encode(), DefaultMaxSize)
	require.NoError(t, err)
	require.Len(t, d.Signers[0].Attributes, 1)
	assert.Less(t, len(d.Signers[0].Attributes[0]), 200)
}

// FuzzCheck: whatever is accepted, the judge accepts.
func FuzzCheck(f *testing.F) {
	root := cmstest.Pool()
	require.True(f, root.AppendCertsFromPEM(vector(f, "root.pem")))
	r := &Rules{Trust: trust(root), MaxSize: DefaultMaxSize, MaxSigners: 1}
	for _, folder := range []string{"good", "bad"} {
		entries, err := os.ReadDir(filepath.Join("..", "..", "testdata", "cms", folder))
		require.NoError(f, err)
		for _, entry := range entries {
			f.Add(vector(f, filepath.Join(folder, entry.Name())))
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		_, _ = Describe(raw, DefaultMaxSize)
		kept := bytes.Clone(raw)
		result, err := r.Check(t.Context(), raw, Content{Any: true})
		require.Equal(t, kept, raw, "the original bytes are kept")
		if err != nil {
			require.ErrorAs(t, err, new(*Failure))
			return
		}
		require.NotEmpty(t, result.Signers)
		if accepts, competent := judge(t, r, raw); competent {
			require.True(t, accepts)
		}
	})
}

func TestJudgeAcceptsGoodMessages(t *testing.T) {
	t.Parallel()
	root := cmstest.Pool()
	require.True(t, root.AppendCertsFromPEM(vector(t, "root.pem")))
	r := &Rules{Trust: trust(root)}
	entries, err := os.ReadDir(filepath.Join("..", "..", "testdata", "cms", "good"))
	require.NoError(t, err)
	judged := 0
	for _, entry := range entries {
		accepts, competent := judge(t, r, vector(t, filepath.Join("good", entry.Name())))
		if competent {
			judged++
			assert.True(t, accepts, entry.Name())
		}
	}
	assert.Greater(t, judged, 10)
}

func TestDescribe(t *testing.T) {
	t.Parallel()
	d, err := Describe(vector(t, "good/rsa-in-pieces.ber"), DefaultMaxSize)
	require.NoError(t, err)
	assert.True(t, d.BER)
	assert.True(t, d.Attached)
	assert.Equal(t, len(cmstest.Content), d.ContentLength)
	assert.Equal(t, "1.2.840.113549.1.7.1", d.ContentType)
	assert.Equal(t, []string{"2.16.840.1.101.3.4.2.1"}, d.Digests)
	assert.Len(t, d.Certificates, 2)
	require.Len(t, d.Signers, 1)
	s := d.Signers[0]
	assert.Same(t, d.Certificates[0], s.Certificate)
	assert.Equal(t, "1.2.840.113549.1.1.11", s.Signature)
	assert.Equal(t, []string{"1.2.840.113549.1.9.3", "1.2.840.113549.1.9.5", "1.2.840.113549.1.9.52", "1.2.840.113549.1.9.4"}, s.Attributes)
	assert.Equal(t, "00f1", s.Serial[:4])
	assert.Equal(t, cmstest.Now.Add(-60*60*1e9), s.SigningTime)

	d, err = Describe(vector(t, "good/bad-certificate-beside.der"), DefaultMaxSize)
	require.NoError(t, err)
	assert.False(t, d.BER)
	assert.Equal(t, 1, d.Unreadable)

	d, err = Describe(vector(t, "good/key-identifier.der"), DefaultMaxSize)
	require.NoError(t, err)
	assert.Len(t, d.Signers[0].SubjectKeyID, 40)
	assert.Empty(t, d.Signers[0].Issuer)

	d, err = Describe(vector(t, "bad/signer-missing.der"), DefaultMaxSize)
	require.NoError(t, err, "nothing is verified")
	assert.Empty(t, d.Signers)

	_, err = Describe(vector(t, "bad/truncated.der"), DefaultMaxSize)
	require.Equal(t, Truncated, err)
}
