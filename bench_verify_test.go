package kakaocert

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mozilla.org/pkcs7"

	"github.com/kakaocert-go/kakaocert/internal/cms"
	"github.com/kakaocert-go/kakaocert/internal/cms/cmstest"
)

// BenchmarkVerify is the full check of a message that BouncyCastle made, compared
// with what it cannot do without, and with a library on the same message in DER.
func BenchmarkVerify(b *testing.B) {
	for _, way := range verifyWays(b) {
		b.Run(way.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := way.check(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkVerifyRatio takes the full check and another way in turn, so that
// whatever else the machine does befalls both.
func BenchmarkVerifyRatio(b *testing.B) {
	ways := verifyWays(b)
	full := ways[0]
	for _, other := range ways[1:] {
		b.Run(other.name, func(b *testing.B) { inTurn(b, full.check, other.check, "full/"+other.name) })
	}
}

// inTurn runs one and then the other, and reports the time of the first compared
// with that of the second.
func inTurn(b *testing.B, first, second func() error, unit string) {
	b.Helper()
	var ours, theirs time.Duration
	for b.Loop() {
		began := time.Now()
		err := first()
		between := time.Now()
		otherErr := second()
		ours, theirs = ours+between.Sub(began), theirs+time.Since(between)
		if err != nil || otherErr != nil {
			b.Fatal(err, otherErr)
		}
	}
	b.ReportMetric(float64(ours)/float64(theirs), unit)
}

// BenchmarkVerifyFirst takes the first check that a Verifier makes, which has no
// authority to remember, and the floor in turn.
func BenchmarkVerifyFirst(b *testing.B) {
	roots, message, content := bouncyCastleMessage(b)
	rule := ExpectContent(content)
	first := func() error {
		v, err := NewVerifier(roots, WithTime(cmstest.Now), UnsafeNoRevocation())
		if err != nil {
			return err
		}
		_, err = v.Verify(message, rule)
		return err
	}
	inTurn(b, first, newFloor(b).check, "first/floor")
}

// BenchmarkVerifyPinned takes the check with the issuing authority as root and
// the floor of the usual check in turn.
func BenchmarkVerifyPinned(b *testing.B) {
	_, message, content := bouncyCastleMessage(b)
	floor := newFloor(b)
	authority, err := x509.ParseCertificate(floor.ca)
	require.NoError(b, err)
	pool := x509.NewCertPool()
	pool.AddCert(authority)
	v, err := NewVerifier(pool, WithTime(cmstest.Now), UnsafeNoRevocation())
	require.NoError(b, err)
	rule := ExpectContent(content)
	pinned := func() error {
		_, err := v.Verify(message, rule)
		return err
	}
	inTurn(b, pinned, floor.check, "pinned/floor")
}

type verifyWay struct {
	name  string
	check func() error
}

func verifyWays(b *testing.B) []verifyWay {
	roots, message, content := bouncyCastleMessage(b)
	v, err := NewVerifier(roots, WithTime(cmstest.Now), UnsafeNoRevocation())
	require.NoError(b, err)
	rule := ExpectContent(content)
	der, err := cms.DER(message)
	require.NoError(b, err)
	return []verifyWay{
		{"full", func() error {
			_, err := v.Verify(message, rule)
			return err
		}},
		{"floor", newFloor(b).check},
		{"pkcs7", func() error {
			p7, err := pkcs7.Parse(der)
			if err != nil {
				return err
			}
			return p7.VerifyWithChain(roots)
		}},
	}
}

// floor is what no check of the message can do without: the three public-key
// checks of content and chain, and parsing the two certificates.
type floor struct {
	person, ca        []byte // certificates in the message
	root              *x509.Certificate
	digest, signature []byte // of the signed attributes
}

func newFloor(b *testing.B) floor {
	roots, message, content := bouncyCastleMessage(b)
	v, err := NewVerifier(roots, WithTime(cmstest.Now), UnsafeNoRevocation())
	require.NoError(b, err)
	verified, err := v.Verify(message, ExpectContent(content))
	require.NoError(b, err)
	m, err := cms.Parse(message, cms.DefaultMaxSize)
	require.NoError(b, err)
	attributes := bytes.Clone(m.Signers[0].Attributes)
	attributes[0] = 0x31 // SET OF, RFC 5652 section 5.4
	digest := sha256.Sum256(attributes)
	chain := verified.Chain()
	return floor{chain[0].Raw, chain[1].Raw, chain[2], digest[:], m.Signers[0].Signature}
}

func (f floor) check() error {
	person, err := x509.ParseCertificate(f.person)
	if err != nil {
		return err
	}
	ca, err := x509.ParseCertificate(f.ca)
	if err != nil {
		return err
	}
	return errors.Join(
		rsa.VerifyPKCS1v15(person.PublicKey.(*rsa.PublicKey), crypto.SHA256, f.digest, f.signature),
		person.CheckSignatureFrom(ca), ca.CheckSignatureFrom(f.root))
}

// BenchmarkVerifyContentSize shows that the cost is linear in the content.
func BenchmarkVerifyContentSize(b *testing.B) {
	root := cmstest.Root("Example Root", cmstest.RSAKey(2048))
	ca := root.Authority("Example Issuing CA", cmstest.RSAKey(2048))
	person := ca.Person(cmstest.RSAKey(2048))
	v, err := NewVerifier(cmstest.Pool(root), WithTime(cmstest.Now), WithMaxSize(2<<20), UnsafeNoRevocation())
	require.NoError(b, err)
	for _, size := range []int{1 << 10, 16 << 10, 128 << 10, 512 << 10, 1 << 20} {
		content := bytes.Repeat([]byte("k"), size)
		m := cmstest.New(content, cmstest.Settings{}, person, ca).Sign()
		m.BER, m.Content = true, cmstest.Indefinite(0xa0, cmstest.Pieces(content, 1000))
		message, rule := m.Encode(), ExpectContent(content)
		b.Run(fmt.Sprintf("%dKiB", size>>10), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := v.Verify(message, rule); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkVerifyNesting shows what hostile nesting costs.
func BenchmarkVerifyNesting(b *testing.B) {
	roots, _, _ := bouncyCastleMessage(b)
	v, err := NewVerifier(roots, WithMaxSize(2<<20), UnsafeNoRevocation())
	require.NoError(b, err)
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
			for b.Loop() {
				if _, err := v.Verify(wide, UnsafeAnyContent()); err == nil {
					b.Fatal("accepted")
				}
			}
		})
	}
}
