package kakaocert

import (
	"crypto/x509"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/internal/cms"
	"github.com/kakaocert-go/kakaocert/internal/cms/cmstest"
)

//go:generate go run ./internal/cms/testgen testdata/cms
//go:generate go run ./internal/vectors/generate testdata

func read(t testing.TB, elements ...string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(append([]string{"testdata", "cms"}, elements...)...))
	require.NoError(t, err)
	return raw
}

func vectorVerifier(t testing.TB, opts ...VerifierOption) *Verifier {
	t.Helper()
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM(read(t, "root.pem")))
	v, err := NewVerifier(roots, append([]VerifierOption{WithTime(cmstest.Now), UnsafeNoRevocation()}, opts...)...)
	require.NoError(t, err)
	return v
}

// vectors returns the names of the messages in a folder of testdata/cms.
func vectors(t testing.TB, folder string) []string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join("testdata", "cms", folder))
	require.NoError(t, err)
	require.NotEmpty(t, entries)
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

var allChecks = []string{"parsed", "signer_certificate", "algorithms", "signed_attributes", "signature", "chain", "key_usage"}

func TestVerifier_AcceptsGoodMessages(t *testing.T) {
	t.Parallel()
	v := vectorVerifier(t)
	content := read(t, "content.txt")
	for _, name := range vectors(t, "good") {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rule := ExpectContent(content)
			if strings.HasPrefix(name, "detached") {
				rule = DetachedContent(content)
			}
			got, err := v.Verify(read(t, "good", name), rule)
			require.NoError(t, err)
			assert.Equal(t, content, got.Content())
			assert.Equal(t, append(allChecks[:7:7], "content"), got.Checks())
			assert.Equal(t, "홍길동", got.Certificate().Subject.CommonName)
			chain := got.Chain()
			assert.Same(t, got.Certificate(), chain[0])
			assert.Equal(t, "Example Root", chain[len(chain)-1].Subject.CommonName)
		})
	}
}

// defects pairs every rule with the check that enforces it and with the error
// that callers match. Each has messages in testdata/cms/bad.
var defects = map[Defect]struct {
	check    string
	sentinel error
}{
	"truncated":                      {"parsed", ErrMalformed},
	"trailing-data":                  {"parsed", ErrMalformed},
	"nested-too-deep":                {"parsed", ErrMalformed},
	"bad-tag":                        {"parsed", ErrMalformed},
	"bad-length":                     {"parsed", ErrMalformed},
	"bad-octet-string":               {"parsed", ErrMalformed},
	"stray-end-of-contents":          {"parsed", ErrMalformed},
	"not-signed-data":                {"parsed", ErrMalformed},
	"bad-structure":                  {"parsed", ErrMalformed},
	"content-type-refused":           {"parsed", ErrMalformed},
	"too-many-certificates":          {"parsed", ErrMalformed},
	"content-missing":                {"content", ErrContentMismatch},
	"content-differs":                {"content", ErrContentMismatch},
	"signer-missing":                 {"signer_certificate", ErrSignerCertificate},
	"too-many-signers":               {"signer_certificate", ErrSignerCertificate},
	"signer-version":                 {"signer_certificate", ErrSignerCertificate},
	"signer-certificate-missing":     {"signer_certificate", ErrSignerCertificate},
	"signer-certificate-unreadable":  {"signer_certificate", ErrSignerCertificate},
	"signer-certificate-unsupported": {"signer_certificate", ErrSignerCertificate},
	"signer-certificate-ambiguous":   {"signer_certificate", ErrSignerCertificate},
	"too-many-candidates":            {"signer_certificate", ErrSignerCertificate},
	"digest-algorithm":               {"algorithms", ErrAlgorithm},
	"digest-not-announced":           {"algorithms", ErrAlgorithm},
	"signature-algorithm":            {"algorithms", ErrAlgorithm},
	"signature-digest":               {"algorithms", ErrAlgorithm},
	"signature-parameters":           {"algorithms", ErrAlgorithm},
	"key-type":                       {"algorithms", ErrAlgorithm},
	"key-size":                       {"algorithms", ErrAlgorithm},
	"key-curve":                      {"algorithms", ErrAlgorithm},
	"key-exponent":                   {"algorithms", ErrAlgorithm},
	"attributes-missing":             {"signed_attributes", ErrSignedAttributes},
	"attributes-not-der":             {"signed_attributes", ErrSignedAttributes},
	"attributes-malformed":           {"signed_attributes", ErrSignedAttributes},
	"attributes-order":               {"signed_attributes", ErrSignedAttributes},
	"content-type-missing":           {"signed_attributes", ErrSignedAttributes},
	"content-type-repeated":          {"signed_attributes", ErrSignedAttributes},
	"content-type-differs":           {"signed_attributes", ErrSignedAttributes},
	"message-digest-missing":         {"signed_attributes", ErrSignedAttributes},
	"message-digest-repeated":        {"signed_attributes", ErrSignedAttributes},
	"message-digest-differs":         {"signed_attributes", ErrSignedAttributes},
	"signing-time-repeated":          {"signed_attributes", ErrSignedAttributes},
	"signing-time-malformed":         {"signed_attributes", ErrSignedAttributes},
	"algorithm-protection-repeated":  {"signed_attributes", ErrSignedAttributes},
	"algorithm-protection-differs":   {"signed_attributes", ErrSignedAttributes},
	"signing-certificate-repeated":   {"signed_attributes", ErrSignedAttributes},
	"signing-certificate-malformed":  {"signed_attributes", ErrSignedAttributes},
	"signing-certificate-differs":    {"signature", ErrSignature},
	"signature-wrong":                {"signature", ErrSignature},
	"unknown-authority":              {"chain", ErrUntrusted},
	"issuer-spelled-otherwise":       {"chain", ErrUntrusted},
	"too-many-operations":            {"chain", ErrUntrusted},
	"certificate-expired":            {"chain", ErrUntrusted},
	"certificate-not-yet-valid":      {"chain", ErrUntrusted},
	"issuer-not-ca":                  {"chain", ErrUntrusted},
	"issuer-may-not-sign":            {"chain", ErrUntrusted},
	"issuer-signature":               {"chain", ErrUntrusted},
	"issuer-algorithm":               {"chain", ErrUntrusted},
	"path-too-long":                  {"chain", ErrUntrusted},
	"name-constraints":               {"chain", ErrUntrusted},
	"critical-extension":             {"chain", ErrUntrusted},
	"certificate-policies":           {"chain", ErrUntrusted},
	"key-usage":                      {"key_usage", ErrKeyUsage},
	"signer-is-authority":            {"key_usage", ErrKeyUsage},
	"extended-key-usage":             {"key_usage", ErrKeyUsage},
}

var sentinels = []error{
	ErrMalformed, ErrSignerCertificate, ErrAlgorithm, ErrSignedAttributes, ErrSignature, ErrUntrusted,
	ErrKeyUsage, ErrRevoked, ErrRevocationUnknown, ErrContentMismatch, ErrVIDMismatch, ErrCIMismatch,
}

func TestVerifier_RefusesBadMessages(t *testing.T) {
	t.Parallel()
	v := vectorVerifier(t)
	rule := ExpectContent(read(t, "content.txt"))
	seen := make(map[Defect]bool)
	for _, name := range vectors(t, "bad") {
		word, _, _ := strings.Cut(strings.TrimSuffix(name, ".der"), "_")
		defect := Defect(word)
		seen[defect] = true
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want, known := defects[defect]
			require.True(t, known, "no such defect")
			got, err := v.Verify(read(t, "bad", name), rule)
			require.Nil(t, got)
			requireRefused(t, err, defect, want.check, want.sentinel)
		})
	}
	for defect := range defects {
		assert.True(t, seen[defect], "no message has the defect %s", defect)
	}
}

// requireRefused demands the one check, the one sentinel and the one defect.
func requireRefused(t *testing.T, err error, defect Defect, check string, sentinel error) {
	t.Helper()
	var refused *VerifyError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, defect, refused.Defect)
	require.ErrorIs(t, err, defect)
	require.Equal(t, check, refused.Check)
	for _, other := range sentinels {
		require.Equal(t, other == sentinel, errors.Is(err, other), "%v", other)
	}
	if check == "content" && defect != "content-differs" {
		require.Equal(t, []string{"parsed"}, refused.Passed)
		return
	}
	passed := append(allChecks[:7:7], "revocation", "content", "vid")
	for i, name := range passed {
		if name == check {
			passed = passed[:i]
			break
		}
	}
	for _, name := range passed {
		if name != "revocation" {
			require.Contains(t, refused.Passed, name)
		}
	}
	require.NotContains(t, refused.Passed, check)
	require.NotContains(t, err.Error(), "홍길동")
}

func TestVerifier_DetachedContent(t *testing.T) {
	t.Parallel()
	v := vectorVerifier(t)
	detached, attached := read(t, "good", "detached.der"), read(t, "good", "rsa.der")

	t.Run("other content", func(t *testing.T) {
		t.Parallel()
		_, err := v.Verify(detached, DetachedContent("다른 내용"))
		require.ErrorIs(t, err, ErrSignedAttributes)
		require.ErrorIs(t, err, ErrContentMismatch)
		require.ErrorIs(t, err, Defect(cms.MessageDigestDiffers))
	})
	t.Run("message has content", func(t *testing.T) {
		t.Parallel()
		_, err := v.Verify(attached, DetachedContent(read(t, "content.txt")))
		requireRefused(t, err, "content-attached", "content", ErrContentMismatch)
	})
	t.Run("any content wants some", func(t *testing.T) {
		t.Parallel()
		_, err := v.Verify(detached, UnsafeAnyContent())
		requireRefused(t, err, "content-missing", "content", ErrContentMismatch)
	})
	t.Run("any content is taken", func(t *testing.T) {
		t.Parallel()
		got, err := v.Verify(attached, UnsafeAnyContent())
		require.NoError(t, err)
		assert.Equal(t, allChecks, got.Checks())
		assert.Equal(t, read(t, "content.txt"), got.Content())
	})
}
