package kakaocert

import (
	"crypto/elliptic"
	"crypto/x509"
	"encoding/pem"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/internal/cms/cmstest"
	"github.com/kakaocert-go/kakaocert/internal/judge"
)

// TestMain prints which judges the tests heard.
func TestMain(m *testing.M) { judge.Main(m) }

// judgeWorld is people of every kind of key below one authority, whose
// certificates and keys lie in a directory for programs to use.
type judgeWorld struct {
	dir  string
	root *cmstest.Identity
}

func newJudgeWorld(t *testing.T) *judgeWorld {
	t.Helper()
	w := &judgeWorld{dir: t.TempDir(), root: cmstest.Root("Example Root", cmstest.RSAKey(2048))}
	ca := w.root.Authority("Example Issuing CA", cmstest.RSAKey(2048))
	w.write(t, "root.pem", w.root.PEM())
	w.write(t, "ca.cer", ca.Certificate.Raw)
	w.write(t, "ca.pem", ca.PEM())
	for name, person := range map[string]*cmstest.Identity{
		"rsa":  ca.Person(cmstest.RSAKey(2048)),
		"p256": ca.Person(cmstest.ECKey(elliptic.P256())),
		"p384": ca.Person(cmstest.ECKey(elliptic.P384())),
	} {
		key, err := x509.MarshalPKCS8PrivateKey(person.Key)
		require.NoError(t, err)
		w.write(t, name+".key", key)
		w.write(t, name+".key.pem", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}))
		w.write(t, name+".cer", person.Certificate.Raw)
		w.write(t, name+".pem", person.PEM())
	}
	return w
}

func (w *judgeWorld) path(name string) string { return filepath.Join(w.dir, name) }

func (w *judgeWorld) write(t *testing.T, name string, raw []byte) {
	t.Helper()
	require.NoError(t, os.WriteFile(w.path(name), raw, 0o600))
}

// requireAccepted checks a message that a program made over this content.
func (w *judgeWorld) requireAccepted(t *testing.T, name string, content []byte, detached bool) {
	t.Helper()
	message, err := os.ReadFile(w.path(name))
	require.NoError(t, err)
	v, err := NewVerifier(cmstest.Pool(w.root), WithTime(cmstest.Now), UnsafeNoRevocation())
	require.NoError(t, err)
	rule := ExpectContent(content)
	if detached {
		rule = DetachedContent(content)
	}
	got, err := v.Verify(message, rule)
	require.NoError(t, err, name)
	assert.Equal(t, content, append([]byte{}, got.Content()...), name)
	assert.Len(t, got.Chain(), 3)
}

func judgeContent(size int) []byte {
	content := make([]byte, size)
	for i := range content {
		content[i] = byte(i % 251)
	}
	return content
}

func run(t *testing.T, tool string, arguments ...string) {
	t.Helper()
	output, err := exec.CommandContext(t.Context(), tool, arguments...).CombinedOutput()
	require.NoError(t, err, "%s %s\n%s", tool, strings.Join(arguments, " "), output)
}

// TestVerifier_AcceptsBouncyCastle takes what BouncyCastle writes: BER, as it does
// by default and when streaming, and DER; content of 0 to 20,000 bytes.
func TestVerifier_AcceptsBouncyCastle(t *testing.T) {
	t.Parallel()
	classPath := judge.BouncyCastle(t)
	w := newJudgeWorld(t)
	classPath += string(os.PathListSeparator) + w.dir
	run(t, "javac", "-cp", classPath, "-d", w.dir, "testdata/judge/Sign.java")
	run(t, "java", "-cp", classPath, "Sign", w.dir)
	messages, err := filepath.Glob(w.path("*.cms"))
	require.NoError(t, err)
	require.Len(t, messages, 6*2*12*4)
	for _, message := range messages {
		name := filepath.Base(message)
		size, err := strconv.Atoi(strings.TrimSuffix(name[strings.LastIndexByte(name, '-')+1:], ".cms"))
		require.NoError(t, err)
		w.requireAccepted(t, name, judgeContent(size), strings.HasPrefix(name, "detached"))
	}
	if *keepBouncyCastle {
		w.keep(t, "root.pem", "root.pem")
		w.keep(t, "attached-ber-SHA256withRSA-issuer-1024.cms", "message.ber")
	}
}

var keepBouncyCastle = flag.Bool("keep-bouncycastle", false, "keep one of BouncyCastle's messages in testdata")

// keep keeps a file in testdata, for machines without BouncyCastle.
func (w *judgeWorld) keep(t *testing.T, name, as string) {
	t.Helper()
	raw, err := os.ReadFile(w.path(name))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join("testdata", "bouncycastle", as), raw, 0o644))
}

// bouncyCastleMessage is one of BouncyCastle's messages, as it writes them by
// default: BER, 1 KiB of content in two pieces, RSA-2048, the certificates of
// the signer and of the issuing authority in it. It is made by
//
//	go test -run TestVerifier_AcceptsBouncyCastle . -keep-bouncycastle
func bouncyCastleMessage(t testing.TB) (roots *x509.CertPool, message, content []byte) {
	t.Helper()
	pem, err := os.ReadFile("testdata/bouncycastle/root.pem")
	require.NoError(t, err)
	roots = x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM(pem))
	message, err = os.ReadFile("testdata/bouncycastle/message.ber")
	require.NoError(t, err)
	return roots, message, judgeContent(1024)
}

func TestVerifier_AcceptsTheKeptBouncyCastleMessage(t *testing.T) {
	t.Parallel()
	roots, message, content := bouncyCastleMessage(t)
	v, err := NewVerifier(roots, WithTime(cmstest.Now), UnsafeNoRevocation())
	require.NoError(t, err)
	got, err := v.Verify(message, ExpectContent(content))
	require.NoError(t, err)
	assert.Len(t, got.Chain(), 3)
	_, err = v.Verify(message, ExpectContent(content[1:]))
	require.ErrorIs(t, err, ErrContentMismatch)
}

// TestVerifier_AcceptsOpenSSL takes what openssl cms writes, in DER and streamed.
func TestVerifier_AcceptsOpenSSL(t *testing.T) {
	t.Parallel()
	judge.Need(t, "openssl")
	w := newJudgeWorld(t)
	pss := []string{"-keyopt", "rsa_padding_mode:pss"}
	short := append(pss[:2:2], "-keyopt", "rsa_pss_saltlen:-1")
	for i, test := range []struct {
		person string
		size   int
		more   []string
	}{
		{"rsa", 0, []string{"-nodetach"}},
		{"rsa", 20000, []string{"-nodetach"}},
		{"rsa", 20000, []string{"-nodetach", "-stream"}},
		{"rsa", 1000, []string{"-nodetach", "-keyid"}},
		{"rsa", 1000, []string{"-nodetach", "-md", "sha384"}},
		{"rsa", 1000, []string{"-nodetach", "-stream", "-md", "sha512"}},
		{"rsa", 1000, append(pss, "-nodetach")},
		{"rsa", 1000, append(short, "-nodetach", "-keyid")},
		{"rsa", 1000, append(short, "-nodetach", "-md", "sha512")},
		{"p256", 1000, []string{"-nodetach"}},
		{"p256", 5000, []string{"-nodetach", "-stream", "-keyid"}},
		{"p384", 1000, []string{"-nodetach", "-md", "sha384"}},
		{"rsa", 1000, nil},
		{"p256", 0, nil},
	} {
		content := judgeContent(test.size)
		w.write(t, "content", content)
		name := fmt.Sprintf("%d.cms", i)
		run(t, "openssl", append([]string{
			"cms", "-sign", "-binary", "-outform", "DER", "-in", w.path("content"), "-out", w.path(name),
			"-signer", w.path(test.person + ".pem"), "-inkey", w.path(test.person + ".key.pem"),
			"-certfile", w.path("ca.pem"),
		}, test.more...)...)
		w.requireAccepted(t, name, content, len(test.more) == 0)
	}
}
