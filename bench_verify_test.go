package kakaocert

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mozilla.org/pkcs7"

	"github.com/kakaocert-go/kakaocert/internal/cms/cmstest"
)

// benchWorld is a message as BouncyCastle writes it, of a person below an
// issuing authority below the root, both certificates in it, RSA-2048.
type benchWorld struct {
	root, ca, person *cmstest.Identity
	content          []byte
	ber, der         []byte
}

func newBenchWorld(size int) *benchWorld {
	w := &benchWorld{root: cmstest.Root("Example Root", cmstest.RSAKey(2048))}
	w.ca = w.root.Authority("Example Issuing CA", cmstest.RSAKey(2048))
	w.person = w.ca.Person(cmstest.RSAKey(2048))
	w.content = []byte(strings.Repeat("k", size))
	m := cmstest.New(w.content, cmstest.Settings{}, w.person, w.ca).Sign()
	w.der = m.Encode()
	m.BER, m.Content = true, cmstest.Indefinite(0xa0, cmstest.Pieces(w.content, 1000))
	w.ber = m.Encode()
	return w
}

func (w *benchWorld) verifier(b testing.TB) *Verifier {
	v, err := NewVerifier(cmstest.Pool(w.root), AtTime(cmstest.Now))
	require.NoError(b, err)
	return v
}

// BenchmarkVerify is the full check beside what it cannot do without, and
// beside a library, on the same message.
func BenchmarkVerify(b *testing.B) {
	w := newBenchWorld(1000)
	b.Run("full", func(b *testing.B) {
		v, rule := w.verifier(b), ExpectContent(w.content)
		b.ReportAllocs()
		for b.Loop() {
			if _, err := v.Verify(w.ber, rule); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("floor", func(b *testing.B) {
		sum := sha256.Sum256([]byte("x"))
		signature, err := w.person.Key.Sign(nil, sum[:], crypto.SHA256)
		require.NoError(b, err)
		b.ReportAllocs()
		for b.Loop() {
			person, err := x509.ParseCertificate(w.person.Certificate.Raw)
			if err != nil {
				b.Fatal(err)
			}
			ca, err := x509.ParseCertificate(w.ca.Certificate.Raw)
			if err != nil {
				b.Fatal(err)
			}
			if rsa.VerifyPKCS1v15(person.PublicKey.(*rsa.PublicKey), crypto.SHA256, sum[:], signature) != nil ||
				person.CheckSignatureFrom(ca) != nil || ca.CheckSignatureFrom(w.root.Certificate) != nil {
				b.Fatal("wrong signature")
			}
		}
	})
	b.Run("pkcs7", func(b *testing.B) {
		roots := cmstest.Pool(w.root)
		b.ReportAllocs()
		for b.Loop() {
			p7, err := pkcs7.Parse(w.der)
			if err != nil {
				b.Fatal(err)
			}
			if err := p7.VerifyWithChain(roots); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("parallel", func(b *testing.B) {
		v, rule := w.verifier(b), ExpectContent(w.content)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if _, err := v.Verify(w.ber, rule); err != nil {
					b.Error(err)
				}
			}
		})
	})
}

// BenchmarkVerifyContentSize shows that the cost is linear in the content.
func BenchmarkVerifyContentSize(b *testing.B) {
	for _, size := range []int{1 << 10, 16 << 10, 128 << 10, 512 << 10, 1 << 20} {
		w := newBenchWorld(size)
		b.Run(fmt.Sprintf("%dKiB", size>>10), func(b *testing.B) {
			v, err := NewVerifier(cmstest.Pool(w.root), AtTime(cmstest.Now), WithMaxSize(2<<20))
			require.NoError(b, err)
			rule := ExpectContent(w.content)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := v.Verify(w.ber, rule); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkVerifyNesting shows what hostile nesting costs.
func BenchmarkVerifyNesting(b *testing.B) {
	w := newBenchWorld(1000)
	v := w.verifier(b)
	for _, size := range []int{1 << 10, 64 << 10, 1 << 20} {
		nested := []byte(strings.Repeat("\x30\x80", size/2))
		b.Run(fmt.Sprintf("indefinite-%dKiB", size>>10), func(b *testing.B) {
			for b.Loop() {
				if _, err := v.Verify(nested, UnsafeAnyContent()); err == nil {
					b.Fatal("accepted")
				}
			}
		})
		wide := cmstest.Indefinite(0x30, []byte(strings.Repeat("\x24\x80\x04\x00\x00\x00", size/6)))
		b.Run(fmt.Sprintf("empty-strings-%dKiB", size>>10), func(b *testing.B) {
			v, err := NewVerifier(cmstest.Pool(w.root), WithMaxSize(2<<20))
			require.NoError(b, err)
			for b.Loop() {
				if _, err := v.Verify(wide, UnsafeAnyContent()); err == nil {
					b.Fatal("accepted")
				}
			}
		})
	}
}
