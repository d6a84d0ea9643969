package kakaocert

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/internal/cms/cmstest"
	"github.com/kakaocert-go/kakaocert/internal/judge"
)

// beyondOpenSSL are good messages that openssl cms refuses, and why.
var beyondOpenSSL = map[string]string{
	"bad-certificate-beside.der":       "one unreadable certificate spoils the message",
	"other-certificate-kind.der":       "likewise",
	"certificate-of-two-octet-tag.der": "likewise",
	"crl-that-is-none-beside.der":      "one unreadable CRL spoils the message",
	"twin-of-another-issuer.der":       "it takes the first certificate of the name",
	"twin-with-another-key.der":        "likewise",
	"signing-certificate-chooses.der":  "likewise",
	"not-yet-valid-for-a-minute.der":   "it allows no difference of clocks",
	"critical-alternative-name.der":    "its purpose any still refuses unknown critical names",
}

// stricterThanOpenSSL are defects of messages that openssl cms accepts. The
// rules here refuse them on purpose.
var stricterThanOpenSSL = []Defect{
	"trailing-data", "content-differs", "content-type-refused", "too-many-certificates", "too-many-candidates", "too-many-signers",
	"signer-version", "signer-certificate-unreadable", "signer-certificate-ambiguous", "digest-algorithm", "digest-not-announced",
	"signature-algorithm", "signature-digest", "signature-parameters", "key-size", "key-exponent", "key-curve",
	"attributes-missing", "attributes-not-der", "attributes-order", "content-type-missing", "content-type-repeated", "content-type-differs", "attributes-malformed", "key-type",
	"message-digest-repeated", "signing-time-repeated", "signing-time-malformed", "algorithm-protection-repeated", "algorithm-protection-differs",
	"issuer-algorithm", "critical-extension", "key-usage", "extended-key-usage", "signer-is-authority", "signing-certificate-repeated",
	"signing-certificate-malformed", "signing-certificate-differs", "issuer-spelled-otherwise", "name-constraints", "nested-too-deep", "bad-structure",
	"signer-certificate-unsupported", "certificate-policies", "bad-tag",
}

// opensslAccepts asks openssl cms about a message in a file.
func opensslAccepts(t *testing.T, file string, detached bool) bool {
	t.Helper()
	arguments := []string{
		"cms", "-verify", "-binary", "-inform", "DER", "-in", file, "-out", os.DevNull,
		"-CAfile", "testdata/cms/root.pem", "-purpose", "any", "-attime", strconv.FormatInt(cmstest.Now.Unix(), 10),
	}
	if detached {
		arguments = append(arguments, "-content", "testdata/cms/content.txt")
	}
	err := exec.CommandContext(t.Context(), "openssl", arguments...).Run()
	var exit *exec.ExitError
	require.True(t, err == nil || errors.As(err, &exit), "%v", err)
	return err == nil
}

// requireAgreement demands that openssl accepts what we accept, and that where
// we refuse what it accepts the defect is one that is meant to be refused.
func requireAgreement(t *testing.T, v *Verifier, message []byte, file, name string, detached bool) {
	t.Helper()
	rule := ExpectContent(read(t, "content.txt"))
	if detached {
		rule = DetachedContent(read(t, "content.txt"))
	}
	_, err := v.Verify(message, rule)
	accepts := opensslAccepts(t, file, detached)
	if err == nil {
		assert.True(t, accepts, "%s is accepted here only", name)
		return
	}
	var refused *VerifyError
	require.ErrorAs(t, err, &refused)
	assert.True(t, !accepts || slices.Contains(stricterThanOpenSSL, refused.Defect), "%s is refused here only, for %s", name, refused.Defect)
}

func TestVerifier_AgreesWithOpenSSL(t *testing.T) {
	t.Parallel()
	judge.Need(t, "openssl")
	v := vectorVerifier(t)
	for _, folder := range []string{"good", "bad"} {
		for _, name := range vectors(t, folder) {
			if beyondOpenSSL[name] != "" {
				continue
			}
			requireAgreement(t, v, read(t, folder, name), filepath.Join("testdata", "cms", folder, name), name, strings.HasPrefix(name, "detached"))
		}
	}
}

func TestVerifier_AgreesWithOpenSSLOnMutations(t *testing.T) {
	t.Parallel()
	judge.Need(t, "openssl")
	v := vectorVerifier(t)
	random := rand.New(rand.NewPCG(1, 2))
	file := filepath.Join(t.TempDir(), "mutated")
	var names []string
	for _, name := range vectors(t, "good") {
		if beyondOpenSSL[name] == "" {
			names = append(names, name)
		}
	}
	for range 300 {
		name := names[random.IntN(len(names))]
		message := mutated(random, read(t, "good", name))
		require.NoError(t, os.WriteFile(file, message, 0o600))
		requireAgreement(t, v, message, file, "a mutation of "+name, strings.HasPrefix(name, "detached"))
	}
}

// mutated changes one byte, or one bit, or a length in front of the signature,
// or takes bytes out, or repeats some.
func mutated(random *rand.Rand, message []byte) []byte {
	m := bytes.Clone(message)
	at := random.IntN(len(m))
	switch random.IntN(5) {
	case 0:
		m[at] ^= 1 << random.IntN(8)
	case 1:
		m[at] = byte(random.IntN(256))
	case 2:
		return slices.Delete(m, at, min(at+1+random.IntN(4), len(m)))
	case 3:
		return slices.Insert(m, at, m[at:min(at+1+random.IntN(8), len(m))]...)
	default:
		i := random.IntN(60) // tags and lengths of the envelope
		m[i] = byte(random.IntN(256))
	}
	return m
}
