package kakaocert

import (
	"crypto/x509"
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mozilla.org/pkcs7"
)

// TestPKCS7Library_IsWrongHere is why signatures are not checked with a library:
// what go.mozilla.org/pkcs7 says of a message, next to the right answer. A row
// that no longer holds is good news, and a reason to look again.
func TestPKCS7Library_IsWrongHere(t *testing.T) {
	t.Parallel()
	v := vectorVerifier(t)
	content := ExpectContent(read(t, "content.txt"))
	for name, test := range map[string]struct {
		file    string
		library bool  // accepts
		want    error // nil where the message is good
	}{
		"attributes replayed as content":     {"bad/attributes-missing_replayed-as-content.der", true, ErrSignedAttributes},
		"content type differs":               {"bad/content-type-differs.der", true, ErrSignedAttributes},
		"bytes after the message":            {"bad/trailing-data.der", true, ErrMalformed},
		"SHA-1":                              {"bad/digest-algorithm_sha1.der", true, ErrAlgorithm},
		"certificate for encipherment only":  {"bad/key-usage_encipherment.der", true, ErrKeyUsage},
		"expired, with an old signing time":  {"bad/certificate-expired_old-signing-time.der", true, ErrUntrusted},
		"signer named by key identifier":     {"good/key-identifier.der", false, nil},
		"RSA-PSS":                            {"good/pss.der", false, nil},
		"BER in pieces":                      {"good/rsa-in-pieces.ber", false, nil},
		"nothing wrong, and the library too": {"good/rsa.der", true, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			message := read(t, test.file)
			assert.Equal(t, test.library, libraryAccepts(t, message), "the library")
			_, err := v.Verify(message, content)
			require.ErrorIs(t, err, test.want)
		})
	}
}

// libraryAccepts asks the library as its documentation says.
func libraryAccepts(t *testing.T, message []byte) bool {
	t.Helper()
	p7, err := pkcs7.Parse(message)
	if err != nil {
		return false
	}
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM(read(t, "root.pem")))
	return p7.VerifyWithChain(roots) == nil
}

// The library reads without an error what is not SignedData.
func TestPKCS7Library_ReadsWhatIsNoSignedData(t *testing.T) {
	t.Parallel()
	message := read(t, "bad", "bad-structure_no-body.der")
	_, err := pkcs7.Parse(message)
	assert.NoError(t, err, "the library")
	_, err = vectorVerifier(t).Verify(message, UnsafeAnyContent())
	require.ErrorIs(t, err, ErrMalformed)
}

// How many of the bad messages the library accepts is in BENCHMARKS.md, since
// it explains the cost.
func TestPKCS7Library_AcceptsAsManyBadMessagesAsDocumented(t *testing.T) {
	t.Parallel()
	accepted := 0
	names := vectors(t, "bad")
	for _, name := range names {
		if libraryAccepts(t, read(t, "bad", name)) {
			accepted++
		}
	}
	text, err := os.ReadFile("BENCHMARKS.md")
	require.NoError(t, err)
	assert.Contains(t, string(text), fmt.Sprintf("of the %d bad\nmessages in `testdata/cms/bad` it accepts %d.", len(names), accepted))
}
