package stage

import (
	"crypto/elliptic"
	"encoding/pem"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/internal/cms/cmstest"
	"github.com/kakaocert-go/kakaocert/internal/env"
)

func file(t *testing.T, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file.pem")
	require.NoError(t, os.WriteFile(path, content, 0o600))
	return path
}

func certificate(i *cmstest.Identity) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: i.Certificate.Raw})
}

// Korean signatures often contain the signer's certificate alone.
func TestTrustFlags_FindIssuingAuthorities(t *testing.T) {
	t.Parallel()
	root := cmstest.Root("Example Root", cmstest.ECKey(elliptic.P256()))
	ca := root.Authority("Example Issuing CA", cmstest.ECKey(elliptic.P256()))
	person := ca.Person(cmstest.ECKey(elliptic.P256()))
	message := cmstest.New([]byte("text"), cmstest.Settings{}, person).Sign().Encode()
	roots := file(t, certificate(root))
	authority := file(t, append([]byte("\ufeffsubject=CN = Example Issuing CA\n"), certificate(ca)...))
	for name, c := range map[string]struct {
		args    []string
		environ map[string]string
		found   bool
	}{
		"flags":       {[]string{"-roots", roots, "-intermediates", authority}, nil, true},
		"environment": {nil, map[string]string{env.Roots: roots, env.Intermediates: authority}, true},
		"neither":     {[]string{"-roots", roots}, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var flags trustFlags
			set := flag.NewFlagSet(name, flag.ContinueOnError)
			flags.register(set)
			require.NoError(t, set.Parse(c.args))
			var s Stage
			require.NoError(t, flags.read(func(name string) string { return c.environ[name] }, &s))
			s.Remote = true // revocation is soft
			verifier, err := s.verifier()
			require.NoError(t, err)
			_, err = verifier.Verify(message, kakaocert.ExpectContent("text"))
			if c.found {
				require.NoError(t, err)
			} else {
				require.ErrorIs(t, err, kakaocert.ErrUntrusted)
			}
		})
	}
}

func TestTrustFlags_RefuseWhatIsNoCertificate(t *testing.T) {
	t.Parallel()
	for _, name := range []string{env.Roots, env.Intermediates} {
		for _, path := range []string{file(t, []byte("nothing")), file(t, []byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")), "/nonexistent"} {
			var flags trustFlags
			assert.Error(t, flags.read(func(asked string) string {
				if asked == name {
					return path
				}
				return ""
			}, new(Stage)))
		}
	}
}
