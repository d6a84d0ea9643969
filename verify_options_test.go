package kakaocert

import (
	"context"
	"crypto/elliptic"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/internal/cms"
	"github.com/kakaocert-go/kakaocert/internal/cms/cmstest"
)

// certificateIn returns a certificate that lies in a good message.
func certificateIn(t *testing.T, name string, place int) *x509.Certificate {
	t.Helper()
	m, err := cms.Parse(read(t, "good", name), cms.DefaultMaxSize)
	require.NoError(t, err)
	return m.Certificates[place].X509
}

func TestVerifier_OptionsAllowWhatIsRefusedWithout(t *testing.T) {
	t.Parallel()
	content := ExpectContent(read(t, "content.txt"))
	client, err := x509.OIDFromInts([]uint64{1, 3, 6, 1, 5, 5, 7, 3, 2})
	require.NoError(t, err)
	server, err := x509.OIDFromInts([]uint64{1, 3, 6, 1, 5, 5, 7, 3, 1})
	require.NoError(t, err)
	for name, test := range map[string]struct {
		message string
		option  VerifierOption
		rule    ContentRule
		want    error
	}{
		"a certificate and no authority":       {"unknown-authority_no-issuer", WithIntermediates(certificateIn(t, "rsa.der", 1)), content, nil},
		"another authority":                    {"unknown-authority_no-issuer", WithIntermediates(certificateIn(t, "self-issued-authority.der", 1)), content, Defect("unknown-authority")},
		"client":                               {"extended-key-usage_client", WithExtendedKeyUsages(client), content, nil},
		"client and server":                    {"extended-key-usage_server-and-client", WithExtendedKeyUsages(server), content, nil},
		"another usage":                        {"extended-key-usage_client", WithExtendedKeyUsages(server), content, Defect("extended-key-usage")},
		"an authority for servers only":        {"extended-key-usage_server-authority", WithExtendedKeyUsages(server), content, nil},
		"an authority":                         {"signer-is-authority", AllowAuthoritySigner(), content, nil},
		"no attributes":                        {"attributes-missing_signed-directly", AllowNoSignedAttributes(), content, nil},
		"no attributes, any content":           {"attributes-missing_signed-directly", AllowNoSignedAttributes(), UnsafeAnyContent(), Defect("attributes-missing")},
		"no attributes, other content":         {"attributes-missing_signed-directly", AllowNoSignedAttributes(), ExpectContent("다른 내용"), ErrContentMismatch},
		"no attributes, made over attributes":  {"attributes-missing", AllowNoSignedAttributes(), content, ErrSignature},
		"no attributes, replayed":              {"attributes-missing_replayed-as-content", AllowNoSignedAttributes(), content, Defect("content-is-attributes")},
		"no attributes, replayed and expected": {"attributes-missing_replayed-as-content", AllowNoSignedAttributes(), ExpectContent(replayedContent(t)), Defect("content-is-attributes")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			message := read(t, "bad", test.message+".der")
			_, err := vectorVerifier(t).Verify(message, test.rule)
			require.Error(t, err, "without the option")
			_, err = vectorVerifier(t, test.option).Verify(message, test.rule)
			require.ErrorIs(t, err, test.want)
		})
	}
}

// replayedContent is the encoding of attributes, used as content.
func replayedContent(t *testing.T) []byte {
	t.Helper()
	m, err := cms.Parse(read(t, "bad", "attributes-missing_replayed-as-content.der"), cms.DefaultMaxSize)
	require.NoError(t, err)
	return m.Content
}

func TestVerifier_NoSignedAttributesIsAmongTheChecks(t *testing.T) {
	t.Parallel()
	v := vectorVerifier(t, AllowNoSignedAttributes())
	got, err := v.Verify(read(t, "bad", "attributes-missing_signed-directly.der"), ExpectContent(read(t, "content.txt")))
	require.NoError(t, err)
	assert.NotContains(t, got.Checks(), "signed_attributes")
	got, err = v.Verify(read(t, "good", "rsa.der"), ExpectContent(read(t, "content.txt")))
	require.NoError(t, err)
	assert.Contains(t, got.Checks(), "signed_attributes")
}

func TestVerifier_NoSignedAttributesOnlyForData(t *testing.T) {
	t.Parallel()
	root := cmstest.Root("Example Root", cmstest.ECKey(elliptic.P256()))
	m := cmstest.New([]byte("x"), cmstest.Settings{}, root.Person(cmstest.ECKey(elliptic.P256())))
	m.ContentType, m.Signers[0].Attributes = cmstest.TSTInfo, nil
	m.Signers[0].SignOver([]byte("x"))
	tst, err := x509.OIDFromInts([]uint64{1, 2, 840, 113549, 1, 9, 16, 1, 4})
	require.NoError(t, err)
	v, err := NewVerifier(cmstest.Pool(root), WithTime(cmstest.Now), UnsafeNoRevocation(), WithContentType(tst), AllowNoSignedAttributes())
	require.NoError(t, err)
	_, err = v.Verify(m.Encode(), ExpectContent("x"))
	require.ErrorIs(t, err, Defect("attributes-missing"))
}

func TestVerifier_OneSignerTwice(t *testing.T) {
	t.Parallel()
	root := cmstest.Root("Example Root", cmstest.ECKey(elliptic.P256()))
	person, other := root.Person(cmstest.ECKey(elliptic.P256())), root.Person(cmstest.ECKey(elliptic.P256()))
	content := []byte("동의합니다")
	m := cmstest.New(content, cmstest.Settings{}, person)
	m.AddSigner(content, cmstest.Settings{}, person)
	twice := m.Sign().Encode()
	m.Certs = append(m.Certs, other)
	m.AddSigner(content, cmstest.Settings{}, other)
	two := m.Sign().Encode()

	v, err := NewVerifier(cmstest.Pool(root), WithTime(cmstest.Now), UnsafeNoRevocation())
	require.NoError(t, err)
	_, err = v.Verify(twice, ExpectContent(content))
	require.ErrorIs(t, err, Defect("too-many-signers"))

	v, err = NewVerifier(cmstest.Pool(root), WithTime(cmstest.Now), UnsafeNoRevocation(), WithSigners(2))
	require.NoError(t, err)
	got, err := v.Verify(twice, ExpectContent(content))
	require.NoError(t, err)
	assert.Empty(t, got.Cosigners())
	got, err = v.Verify(two, ExpectContent(content))
	require.NoError(t, err)
	assert.Len(t, got.Cosigners(), 1)
}

func TestVerifier_RootsAreUnderTheSameRules(t *testing.T) {
	t.Parallel()
	content := []byte("동의합니다")
	key := cmstest.ECKey(elliptic.P256())
	critical := func(c *x509.Certificate) {
		c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 2, 3}, Critical: true, Value: cmstest.Null}}
	}
	for name, test := range map[string]struct {
		root *cmstest.Identity
		want error
	}{
		"RSA of 1024 bits": {cmstest.Root("Example Root", cmstest.RSAKey(1024)), Defect("issuer-algorithm")},
		"P-224":            {cmstest.Root("Example Root", cmstest.ECKey(elliptic.P224())), Defect("issuer-algorithm")},
		"out of date":      {cmstest.Root("Example Root", key, func(c *x509.Certificate) { c.NotAfter = cmstest.Now.AddDate(-1, 0, 0) }), Defect("certificate-expired")},
		"not yet valid":    {cmstest.Root("Example Root", key, func(c *x509.Certificate) { c.NotBefore = cmstest.Now.AddDate(1, 0, 0) }), Defect("certificate-not-yet-valid")},
		"no authority below": {cmstest.Root("Example Root", key, func(c *x509.Certificate) {
			c.MaxPathLen, c.MaxPathLenZero = 0, true
		}), Defect("path-too-long")},
		"unknown critical extension": {cmstest.Root("Example Root", key, critical), Defect("critical-extension")},
		"version 1 with extensions":  {cmstest.Root("Example Root", key).Version1(), Defect("certificate-version")},
		"as usual":                   {cmstest.Root("Example Root", key), nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ca := test.root.Authority("Example Issuing CA", cmstest.ECKey(elliptic.P256()))
			// The root lies in the message too: a pool does not show what is in it.
			message := cmstest.New(content, cmstest.Settings{}, ca.Person(cmstest.ECKey(elliptic.P256())), ca, test.root).Sign().Encode()
			v, err := NewVerifier(cmstest.Pool(test.root), WithTime(cmstest.Now), UnsafeNoRevocation())
			require.NoError(t, err)
			_, err = v.Verify(message, ExpectContent(content))
			require.ErrorIs(t, err, test.want)
		})
	}
}

// A root's limit on the path does not count an authority's renewal of itself,
// although crypto/x509 does.
func TestVerifier_RootCountsNoSelfIssuedAuthority(t *testing.T) {
	t.Parallel()
	root := cmstest.Root("Example Root", cmstest.ECKey(elliptic.P256()), func(c *x509.Certificate) { c.MaxPathLen = 1 })
	old := root.Authority("Example Issuing CA", cmstest.ECKey(elliptic.P256()))
	renewed := old.Authority("Example Issuing CA", cmstest.ECKey(elliptic.P256()))
	message := cmstest.New([]byte("x"), cmstest.Settings{}, renewed.Person(cmstest.ECKey(elliptic.P256())), renewed, old).Sign().Encode()
	v, err := NewVerifier(cmstest.Pool(root), WithTime(cmstest.Now), UnsafeNoRevocation())
	require.NoError(t, err)
	got, err := v.Verify(message, ExpectContent("x"))
	require.NoError(t, err)
	assert.Equal(t, root.Certificate, got.Chain()[3])
}

// Below the root a chain has at most sixteen certificates.
func TestVerifier_OnePathHasAtMostSixteenCertificates(t *testing.T) {
	t.Parallel()
	root := cmstest.Root("Example Root", cmstest.ECKey(elliptic.P256()))
	for issuers, want := range map[int]error{15: nil, 16: Defect("path-too-long")} {
		above, certs := root, []*cmstest.Identity(nil)
		for i := range issuers {
			above = above.Authority(fmt.Sprint("Example CA ", i), cmstest.ECKey(elliptic.P256()))
			certs = append(certs, above)
		}
		certs = append([]*cmstest.Identity{above.Person(cmstest.ECKey(elliptic.P256()))}, certs...)
		v, err := NewVerifier(cmstest.Pool(root), WithTime(cmstest.Now), UnsafeNoRevocation())
		require.NoError(t, err)
		_, err = v.Verify(cmstest.New([]byte("x"), cmstest.Settings{}, certs...).Sign().Encode(), ExpectContent("x"))
		require.ErrorIs(t, err, want)
	}
}

// An authority that is pinned as root needs no root above it.
func TestVerifier_IssuingAuthorityAsRoot(t *testing.T) {
	t.Parallel()
	pool := x509.NewCertPool()
	pool.AddCert(certificateIn(t, "rsa.der", 1))
	v, err := NewVerifier(pool, WithTime(cmstest.Now), UnsafeNoRevocation())
	require.NoError(t, err)
	for _, name := range []string{"good/rsa.der", "bad/unknown-authority_no-issuer.der", "good/root-beside.der"} {
		got, err := v.Verify(read(t, name), ExpectContent(read(t, "content.txt")))
		require.NoError(t, err, name)
		assert.Len(t, got.Chain(), 2)
	}
	_, err = v.Verify(read(t, "good", "under-root.der"), ExpectContent(read(t, "content.txt")))
	require.ErrorIs(t, err, ErrUntrusted)
}

func TestVerifyContext_EndsWithTheContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := vectorVerifier(t).VerifyContext(ctx, read(t, "good", "rsa.der"), ExpectContent(read(t, "content.txt")))
	require.ErrorIs(t, err, context.Canceled)
}

// Directory names in a root's critical constraints are for this package to read:
// crypto/x509 calls them unhandled. The root must then be at hand too.
func TestVerifier_RootWithDirectoryConstraints(t *testing.T) {
	t.Parallel()
	subtree := func(organisation string) []byte {
		return cmstest.TLV(0x30, cmstest.TLV(0xa4, cmstest.TLV(0x30,
			cmstest.TLV(0x31, cmstest.TLV(0x30, cmstest.OID(2, 5, 4, 6), cmstest.TLV(0x13, []byte("KR")))),
			cmstest.TLV(0x31, cmstest.TLV(0x30, cmstest.OID(2, 5, 4, 10), cmstest.TLV(0x0c, []byte(organisation)))))))
	}
	for organisation, want := range map[string]error{"Example": nil, "Other": Defect("name-constraints")} {
		root := cmstest.Root("Example Root", cmstest.ECKey(elliptic.P256()), cmstest.Constraints(true, [][]byte{subtree(organisation)}, nil))
		message := cmstest.New([]byte("x"), cmstest.Settings{}, root.Person(cmstest.ECKey(elliptic.P256()))).Sign().Encode()
		v, err := NewVerifier(cmstest.Pool(root), WithTime(cmstest.Now), UnsafeNoRevocation())
		require.NoError(t, err)
		_, err = v.Verify(message, ExpectContent("x"))
		require.ErrorIs(t, err, ErrUntrusted, "the root is not at hand")
		v, err = NewVerifier(cmstest.Pool(root), WithTime(cmstest.Now), UnsafeNoRevocation(), WithIntermediates(root.Certificate))
		require.NoError(t, err)
		_, err = v.Verify(message, ExpectContent("x"))
		require.ErrorIs(t, err, want)
	}
}
