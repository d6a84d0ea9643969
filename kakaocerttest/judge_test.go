package kakaocerttest_test

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mozilla.org/pkcs7"

	"github.com/kakaocert-go/kakaocert/internal/judge"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// TestMain prints which judges the tests heard.
func TestMain(m *testing.M) { judge.Main(m) }

// ciOfVectors is the CI of the bytes 00 01 .. 3f.
var ciOfVectors = func() string {
	raw := make([]byte, 64)
	for i := range raw {
		raw[i] = byte(i)
	}
	return base64.StdEncoding.EncodeToString(raw)
}()

// sample is one message that the service has signed.
type sample struct {
	name    string
	content []byte
	signed  []byte
	vid     string
	root    []byte
}

// samples cover both keys and both forms, small and large.
func samples(t *testing.T) []sample {
	t.Helper()
	var list []sample
	for _, key := range []kakaocerttest.KeyType{kakaocerttest.RSA, kakaocerttest.ECDSA} {
		for _, der := range []bool{false, true} {
			user := kakaocerttest.DefaultUser()
			user.CI, user.Key = ciOfVectors, key
			s := start(t, kakaocerttest.Contract{}, kakaocerttest.WithUsers(user), kakaocerttest.WithDialect(kakaocerttest.Dialect{DER: der}))
			for _, size := range []int{1, 1000, 1001, 2999} {
				text := strings.Repeat("가", size)
				txID := s.prepared("K3510T")
				s.ok(path("request", "K3510T", ""), fields{"tx_id": txID, "document_type": "TEXT", "data": text})
				answer := s.ok(path("verify", "K3510T", txID), nil)
				signed, err := base64.StdEncoding.DecodeString(answer["signed_data"].(string))
				require.NoError(t, err)
				list = append(list, sample{fmt.Sprintf("%s der=%t %d", key, der, len(text)), []byte(text), signed, answer["vid"].(string), s.service.RootPEM()})
			}
		}
	}
	return list
}

func write(t *testing.T, dir, name string, content []byte) string {
	t.Helper()
	file := filepath.Join(dir, name)
	require.NoError(t, os.WriteFile(file, content, 0o600))
	return file
}

func TestOpenSSLAcceptsSignatures(t *testing.T) {
	t.Parallel()
	openssl := judge.Need(t, "openssl")
	for i, s := range samples(t) {
		dir := t.TempDir()
		out := filepath.Join(dir, "out")
		command := exec.Command(openssl, "cms", "-verify", "-binary", "-inform", "DER",
			"-in", write(t, dir, strconv.Itoa(i), s.signed), "-CAfile", write(t, dir, "root.pem", s.root),
			"-attime", strconv.FormatInt(noon.Unix(), 10), "-out", out)
		said, err := command.CombinedOutput()
		require.NoError(t, err, "%s: %s", s.name, said)
		content, err := os.ReadFile(out)
		require.NoError(t, err)
		assert.Equal(t, s.content, content, s.name)
	}
}

// java runs the judge with BouncyCastle.
func java(t *testing.T, args ...string) []string {
	t.Helper()
	classPath := judge.BouncyCastle(t)
	args = append([]string{"-cp", classPath, "testdata/Judge.java"}, args...)
	var stderr bytes.Buffer
	command := exec.Command("java", args...)
	command.Stderr = &stderr
	out, err := command.Output()
	require.NoError(t, err, stderr.String())
	return strings.Split(strings.TrimSpace(string(out)), "\n")
}

func TestBouncyCastleAcceptsSignatures(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	list := samples(t)
	args := []string{"verify", strconv.FormatInt(noon.UnixMilli(), 10), ciOfVectors}
	for i, s := range list {
		args = append(args, write(t, dir, fmt.Sprint("root", i), s.root),
			write(t, dir, fmt.Sprint("signed", i), s.signed), write(t, dir, fmt.Sprint("content", i), s.content))
	}
	said := java(t, args...)
	require.Len(t, said, len(list))
	for i, s := range list {
		assert.Equal(t, "ok "+s.vid, said[i], s.name)
	}
}

// outline lists the envelope's tags, and whether each length is indefinite.
func outline(message []byte) (out []string) {
	for i := 0; i+1 < len(message) && len(out) < 40; {
		tag, length := message[i], message[i+1]
		open := length == 0x80
		out = append(out, fmt.Sprintf("%02x %t", tag, open))
		i += 2
		if open || tag == 0 && length == 0 {
			continue
		}
		n := int(length)
		if length > 0x80 {
			n = 0
			for range length & 0x7f {
				n = n<<8 | int(message[i])
				i++
			}
		}
		i += n
	}
	return out
}

func TestFormIsBouncyCastles(t *testing.T) {
	t.Parallel()
	user := kakaocerttest.DefaultUser()
	user.Key = kakaocerttest.ECDSA
	s := start(t, kakaocerttest.Contract{}, kakaocerttest.WithUsers(user))
	dir := t.TempDir()
	args := []string{"make"}
	var ours [][]byte
	for i, size := range []int{3, 1000, 1001, 2500} {
		text := strings.Repeat("a", size)
		args = append(args, write(t, dir, fmt.Sprint("content", i), []byte(text)), filepath.Join(dir, fmt.Sprint("made", i)))
		txID := s.prepared("K3510T")
		s.ok(path("request", "K3510T", ""), fields{"tx_id": txID, "document_type": "TEXT", "data": text})
		signed, err := base64.StdEncoding.DecodeString(s.ok(path("verify", "K3510T", txID), nil)["signed_data"].(string))
		require.NoError(t, err)
		ours = append(ours, signed)
	}
	java(t, args...)
	for i, signed := range ours {
		theirs, err := os.ReadFile(filepath.Join(dir, fmt.Sprint("made", i)))
		require.NoError(t, err)
		want, got := outline(theirs), outline(signed)
		at := slices.Index(got, "30 false") // ours contains one certificate more
		require.Positive(t, at)
		assert.Equal(t, want, slices.Delete(got, at, at+1))
	}
}

func TestMozillaAcceptsSignatures(t *testing.T) {
	t.Parallel()
	for _, s := range samples(t) {
		if bytes.HasPrefix(s.signed, []byte{0x30, 0x80}) && len(s.content) > 1000 {
			continue // it keeps only the first of several pieces
		}
		roots := x509.NewCertPool()
		require.True(t, roots.AppendCertsFromPEM(s.root))
		message, err := pkcs7.Parse(s.signed)
		require.NoError(t, err, s.name)
		assert.Equal(t, s.content, message.Content)
		require.NoError(t, message.VerifyWithChainAtTime(roots, noon), s.name)
	}
}
