package kakaocert

import (
	"bytes"
	"crypto/elliptic"
	"crypto/x509"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/internal/cms/cmstest"
)

func TestVerified_DoesNotChange(t *testing.T) {
	t.Parallel()
	message := read(t, "good", "rsa.der")
	original := bytes.Clone(message)
	content := read(t, "content.txt")
	rule := ExpectContent(content)
	content[0] ^= 1
	got, err := vectorVerifier(t).Verify(message, rule)
	require.NoError(t, err)
	content[0] ^= 1
	clear(message)
	clear(got.Content())
	clear(got.SerialNumber())
	clear(got.Checks())
	clear(got.Chain())
	clear(got.SignedData())
	assert.Equal(t, content, got.Content())
	assert.Equal(t, original, got.SignedData())
	assert.Equal(t, "parsed", got.Checks()[0])
	assert.NotNil(t, got.Chain()[0])
	assert.NotZero(t, got.SerialNumber()[1])
	claim, ok := got.SigningTime()
	assert.True(t, ok)
	assert.Equal(t, cmstest.Now.Add(-time.Hour), claim)
}

func TestVerified_IsNotPrinted(t *testing.T) {
	t.Parallel()
	got, err := vectorVerifier(t).Verify(read(t, "good", "rsa.der"), UnsafeAnyContent())
	require.NoError(t, err)
	foreign := struct {
		verified Verified
		rule     ContentRule
	}{*got, ExpectContent("동의합니다")}
	text := fmt.Sprintf("%v %+v %#v %s %v %+v %#v", got, got, got, *got, foreign, foreign, foreign)
	for _, secret := range []string{"홍길동", "동의합니다", fmt.Sprint([]byte("홍길동"))[1:12]} {
		assert.NotContains(t, text, secret)
	}
	assert.Contains(t, text, "[redacted]")
}

func TestVerified_ZeroPassesNothing(t *testing.T) {
	t.Parallel()
	var argument *ArgumentError
	for _, v := range []*Verified{nil, {}} {
		require.ErrorAs(t, v.CompareVID(exampleCI, vidVectors["01"]), &argument)
		require.ErrorAs(t, v.CheckVID(&Fetched{data: hide(resultData{ci: NewSecret(exampleCI), vid: NewSecret(vidVectors["01"])})}), &argument)
		assert.Nil(t, v.Content())
		assert.Nil(t, v.SignedData())
		assert.Nil(t, v.Certificate())
		assert.Nil(t, v.Chain())
		assert.Nil(t, v.Checks())
		assert.Nil(t, v.SerialNumber())
		assert.Nil(t, v.Cosigners())
		assert.Empty(t, v.Revocation())
		_, ok := v.SigningTime()
		assert.False(t, ok)
	}
}

func TestNewVerifier_Refuses(t *testing.T) {
	t.Parallel()
	roots := cmstest.Pool(cmstest.Root("Example Root", cmstest.ECKey(elliptic.P256())))
	unsafe := UnsafeNoRevocation()
	for name, test := range map[string]struct {
		roots *x509.CertPool
		opts  []VerifierOption
		field string
	}{
		"nil roots":              {nil, []VerifierOption{unsafe}, "roots"},
		"empty roots":            {x509.NewCertPool(), []VerifierOption{unsafe}, "roots"},
		"nil option":             {roots, []VerifierOption{unsafe, nil}, "VerifierOption"},
		"zero time":              {roots, []VerifierOption{unsafe, WithTime(time.Time{})}, "WithTime"},
		"no size":                {roots, []VerifierOption{unsafe, WithMaxSize(0)}, "WithMaxSize"},
		"no signers":             {roots, []VerifierOption{unsafe, WithSigners(0)}, "WithSigners"},
		"too many signers":       {roots, []VerifierOption{unsafe, WithSigners(17)}, "WithSigners"},
		"nil intermediate":       {roots, []VerifierOption{unsafe, WithIntermediates(nil)}, "WithIntermediates"},
		"made up one":            {roots, []VerifierOption{unsafe, WithIntermediates(&x509.Certificate{})}, "WithIntermediates"},
		"no content type":        {roots, []VerifierOption{unsafe, WithContentType(x509.OID{})}, "WithContentType"},
		"revocation not told":    {roots, []VerifierOption{WithTime(cmstest.Now)}, "VerifierOption"},
		"zero mode":              {roots, []VerifierOption{WithRevocation(0, RevocationData{})}, "WithRevocation"},
		"unknown mode":           {roots, []VerifierOption{WithRevocation(RevocationHard+1, RevocationData{})}, "WithRevocation"},
		"zero mode and fetcher":  {roots, []VerifierOption{WithRevocation(0, RevocationData{}), WithRevocationFetcher(answers{})}, "WithRevocation"},
		"nil fetcher":            {roots, []VerifierOption{WithRevocationFetcher(nil)}, "WithRevocationFetcher"},
		"checked and not":        {roots, []VerifierOption{unsafe, WithRevocation(RevocationSoft, RevocationData{})}, "UnsafeNoRevocation"},
		"fetcher and unchecked":  {roots, []VerifierOption{WithRevocationFetcher(answers{}), unsafe}, "UnsafeNoRevocation"},
		"unreadable CRL":         {roots, []VerifierOption{WithRevocation(RevocationSoft, RevocationData{CRLs: [][]byte{{0x30, 0x00}}})}, "WithRevocation"},
		"unreadable OCSP answer": {roots, []VerifierOption{WithRevocation(RevocationSoft, RevocationData{OCSP: [][]byte{{0x30, 0x00}}})}, "WithRevocation"},
		"nil OCSP answer":        {roots, []VerifierOption{WithRevocation(RevocationSoft, RevocationData{OCSP: [][]byte{nil}})}, "WithRevocation"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v, err := NewVerifier(test.roots, test.opts...)
			var argument *ArgumentError
			require.ErrorAs(t, err, &argument)
			assert.Equal(t, test.field, argument.Field)
			assert.Nil(t, v)
		})
	}
}

func TestVerifier_Options(t *testing.T) {
	t.Parallel()
	root := cmstest.Root("Example Root", cmstest.ECKey(elliptic.P256()))
	ca := root.Authority("Example Issuing CA", cmstest.ECKey(elliptic.P256()))
	person, other := ca.Person(cmstest.ECKey(elliptic.P256())), ca.Person(cmstest.ECKey(elliptic.P384()))
	stranger := cmstest.Root("Stranger Root", cmstest.ECKey(elliptic.P256())).Person(cmstest.ECKey(elliptic.P256()))
	content := []byte("동의합니다")
	message := func(change func(*cmstest.Message), certs ...*cmstest.Identity) []byte {
		m := cmstest.New(content, cmstest.Settings{}, certs...)
		change(m)
		return m.Sign().Encode()
	}
	as := func(*cmstest.Message) {}
	by := func(id *cmstest.Identity) func(*cmstest.Message) {
		return func(m *cmstest.Message) {
			m.Certs = append(m.Certs, id)
			m.AddSigner(content, cmstest.Settings{}, id)
		}
	}
	typed := func(m *cmstest.Message) {
		m.ContentType, m.Signers[0].Attributes[0] = cmstest.TSTInfo, cmstest.Attribute(cmstest.ContentType, cmstest.TSTInfo)
	}
	tst, err := x509.OIDFromInts([]uint64{1, 2, 840, 113549, 1, 9, 16, 1, 4})
	require.NoError(t, err)
	usual := message(as, person, ca)
	for name, test := range map[string]struct {
		message []byte
		opts    []VerifierOption
		want    error
	}{
		"as it is":                     {usual, nil, nil},
		"no intermediate":              {message(as, person), nil, ErrUntrusted},
		"intermediate given":           {message(as, person), []VerifierOption{WithIntermediates(ca.Certificate)}, nil},
		"intermediate is no root":      {message(as, stranger), []VerifierOption{WithIntermediates(stranger.Certificate)}, ErrUntrusted},
		"too late":                     {usual, []VerifierOption{WithTime(cmstest.Now.AddDate(80, 0, 0))}, ErrUntrusted},
		"too early":                    {usual, []VerifierOption{WithTime(cmstest.Now.AddDate(-8, 0, 0))}, ErrUntrusted},
		"largest size":                 {usual, []VerifierOption{WithMaxSize(len(usual))}, nil},
		"too large":                    {usual, []VerifierOption{WithMaxSize(len(usual) - 1)}, Defect("too-large")},
		"two signers":                  {message(by(other), person, ca), nil, Defect("too-many-signers")},
		"two signers allowed":          {message(by(other), person, ca), []VerifierOption{WithSigners(2)}, nil},
		"second signer is nobody":      {message(by(stranger), person, ca), []VerifierOption{WithSigners(2)}, ErrUntrusted},
		"one signer of two allowed":    {usual, []VerifierOption{WithSigners(2)}, nil},
		"other content type":           {message(typed, person, ca), nil, Defect("content-type-refused")},
		"other content type allowed":   {message(typed, person, ca), []VerifierOption{WithContentType(tst)}, nil},
		"only other content type then": {usual, []VerifierOption{WithContentType(tst)}, Defect("content-type-refused")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v, err := NewVerifier(cmstest.Pool(root), append([]VerifierOption{WithTime(cmstest.Now), UnsafeNoRevocation()}, test.opts...)...)
			require.NoError(t, err)
			got, err := v.Verify(test.message, ExpectContent(content))
			require.ErrorIs(t, err, test.want)
			if test.want == nil {
				assert.NotNil(t, got.Certificate())
			}
		})
	}

	v, err := NewVerifier(cmstest.Pool(root), WithTime(cmstest.Now), WithSigners(2), UnsafeNoRevocation())
	require.NoError(t, err)
	got, err := v.Verify(message(by(other), person, ca), ExpectContent(content))
	require.NoError(t, err)
	require.Len(t, got.Cosigners(), 1)
	assert.Equal(t, person.Certificate.Raw, got.Certificate().Raw)
	cosigner := got.Cosigners()[0]
	assert.Equal(t, other.Certificate.Raw, cosigner.Certificate().Raw)
	assert.Equal(t, person.Certificate.Raw, cosigner.Cosigners()[0].Certificate().Raw)
	assert.Equal(t, got.Checks(), cosigner.Checks())
}

func TestVerifier_NeedsAContentRule(t *testing.T) {
	t.Parallel()
	var argument *ArgumentError
	_, err := vectorVerifier(t).Verify(read(t, "good", "rsa.der"), ContentRule{})
	require.ErrorAs(t, err, &argument)
	assert.Equal(t, "content", argument.Field)
}

func TestVerifier_ChecksAtThisMomentByDefault(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) { // where time moves only as the test says
		root := cmstest.Root("Example Root", cmstest.ECKey(elliptic.P256()), validFor(48*time.Hour))
		person := root.Person(cmstest.ECKey(elliptic.P256()), validFor(24*time.Hour))
		message := cmstest.New(nil, cmstest.Settings{}, person).Sign().Encode()
		v, err := NewVerifier(cmstest.Pool(root), UnsafeNoRevocation())
		require.NoError(t, err)
		_, err = v.Verify(message, ExpectContent(""))
		require.NoError(t, err)
		time.Sleep(25 * time.Hour)
		_, err = v.Verify(message, ExpectContent(""))
		require.ErrorIs(t, err, Defect("certificate-expired"))
	})
}

func validFor(d time.Duration) cmstest.Change {
	return func(c *x509.Certificate) { c.NotBefore, c.NotAfter = time.Now(), time.Now().Add(d) }
}

func TestVerifier_IsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	w := newRevocationWorld()
	v, err := NewVerifier(cmstest.Pool(w.root), WithTime(cmstest.Now), WithIntermediates(w.ca.Certificate),
		WithRevocation(RevocationHard, RevocationData{CRLs: [][]byte{w.caGood, w.ca.CRL(nil)}}))
	require.NoError(t, err)
	rule := ExpectContent(revocationContent)
	done := make(chan error)
	for range 8 {
		go func() {
			_, err := v.Verify(w.message, rule)
			done <- err
		}()
	}
	for range 8 {
		assert.NoError(t, <-done)
	}
}
