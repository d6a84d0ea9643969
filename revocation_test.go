package kakaocert

import (
	"context"
	"crypto"
	"crypto/elliptic"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"math/big"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ocsp"

	"github.com/kakaocert-go/kakaocert/internal/cms/cmstest"
)

// revocationWorld is a person below an authority, with answers about both.
type revocationWorld struct {
	root, ca, person *cmstest.Identity
	responder        *cmstest.Identity // by ca's leave
	message          []byte
	caGood           []byte // CRL: ca was not revoked
}

const revocationContent = "동의합니다"

func newRevocationWorld(changes ...cmstest.Change) *revocationWorld {
	w := &revocationWorld{root: cmstest.Root("Example Root", cmstest.ECKey(elliptic.P256()))}
	w.ca = w.root.Authority("Example Issuing CA", cmstest.ECKey(elliptic.P256()))
	w.person = w.ca.Person(cmstest.ECKey(elliptic.P256()), changes...)
	w.responder = w.ca.Person(cmstest.ECKey(elliptic.P256()), forOCSP)
	w.message = cmstest.New([]byte(revocationContent), cmstest.Settings{}, w.person, w.ca).Sign().Encode()
	w.caGood = w.root.CRL(nil)
	return w
}

func forOCSP(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageOCSPSigning} }

// verify checks the message in both modes and returns the status that both
// agree on. The status of ca is always good.
func (w *revocationWorld) verify(t *testing.T, data RevocationData, opts ...VerifierOption) RevocationStatus {
	t.Helper()
	data.CRLs = append(data.CRLs, w.caGood)
	soft, softErr := w.verifyIn(t, RevocationSoft, data, opts...)
	hard, hardErr := w.verifyIn(t, RevocationHard, data, opts...)
	if errors.Is(softErr, ErrRevoked) {
		requireRefused(t, softErr, "revoked", "revocation", ErrRevoked)
		requireRefused(t, hardErr, "revoked", "revocation", ErrRevoked)
		return RevocationRevoked
	}
	require.NoError(t, softErr)
	assert.Contains(t, soft.Checks(), "revocation")
	if hardErr != nil {
		requireRefused(t, hardErr, "revocation-unknown", "revocation", ErrRevocationUnknown)
		require.Equal(t, RevocationUnknown, soft.Revocation().Status)
		return RevocationUnknown
	}
	require.Equal(t, RevocationGood, soft.Revocation().Status)
	require.Equal(t, RevocationGood, hard.Revocation().Status)
	return RevocationGood
}

func (w *revocationWorld) verifyIn(t *testing.T, mode RevocationMode, data RevocationData, opts ...VerifierOption) (*Verified, error) {
	t.Helper()
	opts = append([]VerifierOption{WithTime(cmstest.Now), WithRevocation(mode, data)}, opts...)
	v, err := NewVerifier(cmstest.Pool(w.root), opts...)
	require.NoError(t, err)
	return v.Verify(w.message, ExpectContent(revocationContent))
}

func critical(id ...int) pkix.Extension {
	return pkix.Extension{Id: id, Critical: true, Value: []byte{0x05, 0x00}}
}

// issuingPoint makes IssuingDistributionPoint (RFC 5280 section 5.2.5).
func issuingPoint(fields ...[]byte) func(*x509.RevocationList) {
	return func(l *x509.RevocationList) {
		l.ExtraExtensions = append(l.ExtraExtensions, pkix.Extension{
			Id: asn1.ObjectIdentifier{2, 5, 29, 28}, Critical: true, Value: cmstest.TLV(0x30, fields...),
		})
	}
}

func pointAt(url string) []byte {
	return cmstest.TLV(0xa0, cmstest.TLV(0xa0, cmstest.TLV(0x86, []byte(url))))
}

func TestRevocation_ByCRL(t *testing.T) {
	t.Parallel()
	const point = "http://crl.example/1.crl"
	w := newRevocationWorld(func(c *x509.Certificate) { c.CRLDistributionPoints = []string{point} })
	before, later := cmstest.Now.Add(-time.Hour), cmstest.Now.Add(time.Hour)
	dates := func(from, until time.Duration) func(*x509.RevocationList) {
		return func(l *x509.RevocationList) {
			l.ThisUpdate, l.NextUpdate = cmstest.Now.Add(from), cmstest.Now.Add(until)
		}
	}
	extension := func(e pkix.Extension) func(*x509.RevocationList) {
		return func(l *x509.RevocationList) { l.ExtraExtensions = append(l.ExtraExtensions, e) }
	}
	criticalEntry := []x509.RevocationListEntry{{
		SerialNumber: big.NewInt(5), RevocationTime: before,
		ExtraExtensions: []pkix.Extension{critical(1, 2, 3)},
	}}
	impostor := cmstest.Root("Example Issuing CA", cmstest.ECKey(elliptic.P256()))
	noCRLs := *w.ca
	noCRLs.Certificate = w.root.Authority("Example Issuing CA", w.ca.Key).Certificate
	yes := []byte{0xff}
	for name, test := range map[string]struct {
		crl  []byte
		want RevocationStatus
	}{
		"none":                           {nil, RevocationUnknown},
		"not in it":                      {w.ca.CRL(nil), RevocationGood},
		"another in it":                  {w.ca.CRL(w.ca.Revoked(before, 0)), RevocationGood},
		"in it":                          {w.ca.CRL(w.person.Revoked(before, 0)), RevocationRevoked},
		"superseded":                     {w.ca.CRL(w.person.Revoked(before, 4)), RevocationRevoked},
		"on hold":                        {w.ca.CRL(w.person.Revoked(before, 6)), RevocationRevoked},
		"revoked at that moment":         {w.ca.CRL(w.person.Revoked(cmstest.Now, 0)), RevocationRevoked},
		"revoked later":                  {w.ca.CRL(w.person.Revoked(later, 0)), RevocationGood},
		"key compromised, known later":   {w.ca.CRL(w.person.Revoked(later, 1)), RevocationRevoked},
		"authority's key, known later":   {w.ca.CRL(w.person.Revoked(later, 2)), RevocationRevoked},
		"attributes' key, known later":   {w.ca.CRL(w.person.Revoked(later, 10)), RevocationRevoked},
		"out of date":                    {w.ca.CRL(nil, dates(-48*time.Hour, -24*time.Hour)), RevocationUnknown},
		"out of date, in it":             {w.ca.CRL(w.person.Revoked(before.Add(-48*time.Hour), 0), dates(-48*time.Hour, -24*time.Hour)), RevocationRevoked},
		"out of date, on hold":           {w.ca.CRL(w.person.Revoked(before.Add(-48*time.Hour), 6), dates(-48*time.Hour, -24*time.Hour)), RevocationUnknown},
		"from later":                     {w.ca.CRL(nil, dates(24*time.Hour, 48*time.Hour)), RevocationUnknown},
		"from later, in it":              {w.ca.CRL(w.person.Revoked(before, 0), dates(24*time.Hour, 48*time.Hour)), RevocationRevoked},
		"from later, revoked later":      {w.ca.CRL(w.person.Revoked(later, 0), dates(24*time.Hour, 48*time.Hour)), RevocationUnknown},
		"made while being checked":       {w.ca.CRL(nil, dates(time.Minute, time.Hour)), RevocationGood},
		"of another authority":           {w.root.CRL(w.person.Revoked(before, 0)), RevocationUnknown},
		"signed by an impostor":          {impostor.CRL(nil), RevocationUnknown},
		"impostor revokes":               {impostor.CRL(w.person.Revoked(before, 0)), RevocationUnknown},
		"unknown critical extension":     {w.ca.CRL(nil, extension(critical(1, 2, 3))), RevocationUnknown},
		"delta":                          {w.ca.CRL(nil, extension(critical(2, 5, 29, 27))), RevocationUnknown},
		"critical extension of an entry": {w.ca.CRL(criticalEntry), RevocationUnknown},
		"about people":                   {w.ca.CRL(nil, issuingPoint(cmstest.TLV(0x81, yes))), RevocationGood},
		"about authorities":              {w.ca.CRL(nil, issuingPoint(cmstest.TLV(0x82, yes))), RevocationUnknown},
		"about some reasons":             {w.ca.CRL(nil, issuingPoint([]byte{0x83, 0x02, 0x06, 0x40})), RevocationUnknown},
		"indirect":                       {w.ca.CRL(nil, issuingPoint(cmstest.TLV(0x84, yes))), RevocationUnknown},
		"about attribute certificates":   {w.ca.CRL(nil, issuingPoint(cmstest.TLV(0x85, yes))), RevocationUnknown},
		"of its distribution point":      {w.ca.CRL(nil, issuingPoint(pointAt(point))), RevocationGood},
		"of a point named in part":       {w.ca.CRL(nil, issuingPoint(cmstest.TLV(0xa0, cmstest.TLV(0xa1)))), RevocationUnknown},
		"of another distribution point":  {w.ca.CRL(nil, issuingPoint(pointAt("http://crl.example/2.crl"))), RevocationUnknown},
		"PEM":                            {pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: w.ca.CRL(nil)}), RevocationGood},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var data RevocationData
			if test.crl != nil {
				data.CRLs = [][]byte{test.crl}
			}
			assert.Equal(t, test.want, w.verify(t, data))
		})
	}
}

func TestRevocation_ByOCSP(t *testing.T) {
	t.Parallel()
	w := newRevocationWorld()
	root, ca, person := w.root, w.ca, w.person
	since := func(since time.Time, reason int) func(*ocsp.Response) {
		return func(r *ocsp.Response) {
			r.Status, r.RevokedAt, r.RevocationReason = ocsp.Revoked, since, reason
		}
	}
	dates := func(from, until time.Duration) func(*ocsp.Response) {
		return func(r *ocsp.Response) {
			r.ThisUpdate, r.NextUpdate = cmstest.Now.Add(from), cmstest.Now.Add(until)
		}
	}
	key := cmstest.ECKey(elliptic.P256())
	responder := func(changes ...cmstest.Change) *cmstest.Identity { return ca.Person(key, changes...) }
	expired := responder(forOCSP, func(c *x509.Certificate) { c.NotAfter = cmstest.Now.Add(-time.Hour) })
	notYet := responder(forOCSP, func(c *x509.Certificate) { c.NotBefore = cmstest.Now.Add(time.Hour) })
	encipherment := responder(forOCSP, func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageKeyEncipherment })
	short := ca.Person(cmstest.RSAKey(1024), forOCSP)
	ofRoot := root.Person(key, forOCSP)
	otherCA := root.Authority("Example Other CA", cmstest.ECKey(elliptic.P256()))
	ofOther := otherCA.Person(key, forOCSP)
	before, later := cmstest.Now.Add(-time.Hour), cmstest.Now.Add(time.Hour)
	damaged := ca.OCSP(w.responder, person)
	damaged[len(damaged)-len(w.responder.Certificate.Raw)-10] ^= 1
	for name, test := range map[string]struct {
		answer []byte
		want   RevocationStatus
	}{
		"good by the authority":             {ca.OCSP(ca, person), RevocationGood},
		"good by its responder":             {ca.OCSP(w.responder, person), RevocationGood},
		"SHA-256 names":                     {ca.OCSP(ca, person, func(r *ocsp.Response) { r.IssuerHash = crypto.SHA256 }), RevocationGood},
		"revoked":                           {ca.OCSP(w.responder, person, since(before, 0)), RevocationRevoked},
		"revoked later":                     {ca.OCSP(w.responder, person, since(later, 0)), RevocationGood},
		"key compromised, known later":      {ca.OCSP(w.responder, person, since(later, 1)), RevocationRevoked},
		"unknown to the responder":          {ca.OCSP(w.responder, person, func(r *ocsp.Response) { r.Status = ocsp.Unknown }), RevocationUnknown},
		"out of date":                       {ca.OCSP(w.responder, person, dates(-48*time.Hour, -24*time.Hour)), RevocationUnknown},
		"from later":                        {ca.OCSP(w.responder, person, dates(24*time.Hour, 48*time.Hour)), RevocationUnknown},
		"about another":                     {ca.OCSP(w.responder, ca), RevocationUnknown},
		"about another issuer's":            {otherCA.OCSP(otherCA, person), RevocationUnknown},
		"another issuer's, by this one":     {otherCA.OCSP(ca, person), RevocationUnknown},
		"by the person":                     {ca.OCSP(person, person), RevocationUnknown},
		"by one not for OCSP":               {ca.OCSP(responder(), person), RevocationUnknown},
		"by one for any usage":              {ca.OCSP(responder(func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageAny} }), person), RevocationUnknown},
		"by an expired responder":           {ca.OCSP(expired, person), RevocationUnknown},
		"by a responder not yet valid":      {ca.OCSP(notYet, person), RevocationUnknown},
		"by a responder that may not sign":  {ca.OCSP(encipherment, person), RevocationUnknown},
		"by a responder with a short key":   {ca.OCSP(short, person), RevocationUnknown},
		"by the root's responder":           {ca.OCSP(ofRoot, person), RevocationUnknown},
		"by another authority's responder":  {ca.OCSP(ofOther, person), RevocationUnknown},
		"by the root":                       {ca.OCSP(root, person), RevocationUnknown},
		"damaged":                           {damaged, RevocationUnknown},
		"unknown critical extension":        {ca.OCSP(ca, person, func(r *ocsp.Response) { r.ExtraExtensions = []pkix.Extension{critical(1, 2, 3)} }), RevocationUnknown},
		"revoked by one who may not say so": {ca.OCSP(ofOther, person, since(before, 0)), RevocationUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, test.want, w.verify(t, RevocationData{OCSP: [][]byte{test.answer}}))
		})
	}
}

// An answer counts by the party that it names, whose certificate the authority itself
// has signed under its own name.
func TestRevocation_OCSPAnswerOfAnImpostor(t *testing.T) {
	t.Parallel()
	w := newRevocationWorld()
	ca, person := w.ca, w.person
	key := cmstest.ECKey(elliptic.P256())
	other := w.root.Authority("Example Other CA", cmstest.ECKey(elliptic.P256()))
	renamed := *ca.Certificate
	renamed.RawSubject = other.Certificate.RawSubject
	underOtherName := cmstest.Identity{Certificate: &renamed, Key: ca.Key}
	odd := func(c *x509.Certificate) { c.ExtraExtensions = []pkix.Extension{critical(1, 2, 3)} }
	inName := func(key crypto.Signer) *cmstest.Identity {
		return &cmstest.Identity{Certificate: other.Certificate, Key: key}
	}
	own := func(r *ocsp.Response) { r.Certificate = w.responder.Certificate }
	for name, answer := range map[string][]byte{
		"a forged authority's responder":          ca.OCSP(cmstest.Root("Example Issuing CA", key).Person(key, forOCSP), person),
		"a responder of the key's other name":     ca.OCSP(underOtherName.Person(key, forOCSP), person),
		"a responder with a critical extension":   ca.OCSP(ca.Person(key, forOCSP, odd), person),
		"the authority, in another's name":        ca.OCSP(inName(ca.Key), person),
		"the authority's responder, in another's": ca.OCSP(inName(w.responder.Key), person, own),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, RevocationUnknown, w.verify(t, RevocationData{OCSP: [][]byte{answer}}))
		})
	}
}

// What an answer leaves out, or says as a whole, decides whether it can say "good".
func TestRevocation_OCSPAnswerAsAWhole(t *testing.T) {
	t.Parallel()
	w := newRevocationWorld()
	ca, person := w.ca, w.person
	endless := func(age time.Duration) func(*ocsp.Response) {
		return func(r *ocsp.Response) { r.ThisUpdate, r.NextUpdate = cmstest.Now.Add(-age), time.Time{} }
	}
	revoked := func(r *ocsp.Response) { r.Status, r.RevokedAt = ocsp.Revoked, cmstest.Now.Add(-time.Hour) }
	for name, test := range map[string]struct {
		answer []byte
		want   RevocationStatus
	}{
		"without an end, of this minute":  {ca.OCSP(ca, person, endless(time.Minute)), RevocationGood},
		"without an end, of an hour ago":  {ca.OCSP(ca, person, endless(time.Hour)), RevocationUnknown},
		"critical extension":              {cmstest.ExtendOCSP(ca, ca.OCSP(ca, person), critical(1, 2, 3)), RevocationUnknown},
		"critical extension, and revoked": {cmstest.ExtendOCSP(ca, ca.OCSP(ca, person, revoked), critical(1, 2, 3)), RevocationRevoked},
		"other extension":                 {cmstest.ExtendOCSP(ca, ca.OCSP(ca, person), pkix.Extension{Id: []int{1, 2, 3}, Value: []byte{5, 0}}), RevocationGood},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, test.want, w.verify(t, RevocationData{OCSP: [][]byte{test.answer}}))
		})
	}
}

func TestRevocation_EveryCertificateOfTheChain(t *testing.T) {
	t.Parallel()
	w := newRevocationWorld()
	personGood := w.ca.CRL(nil)

	t.Run("authority revoked", func(t *testing.T) {
		t.Parallel()
		_, err := w.verifyIn(t, RevocationSoft, RevocationData{CRLs: [][]byte{personGood, w.root.CRL(w.ca.Revoked(cmstest.Now.Add(-time.Hour), 0))}})
		requireRefused(t, err, "revoked", "revocation", ErrRevoked)
	})
	t.Run("authority unknown", func(t *testing.T) {
		t.Parallel()
		_, err := w.verifyIn(t, RevocationHard, RevocationData{CRLs: [][]byte{personGood}})
		requireRefused(t, err, "revocation-unknown", "revocation", ErrRevocationUnknown)
	})
	t.Run("one of two answers says revoked", func(t *testing.T) {
		t.Parallel()
		revoked := w.ca.CRL(w.person.Revoked(cmstest.Now.Add(-time.Hour), 0))
		assert.Equal(t, RevocationRevoked, w.verify(t, RevocationData{CRLs: [][]byte{personGood, revoked}}))
	})
	t.Run("evidence is kept", func(t *testing.T) {
		t.Parallel()
		answer := w.ca.OCSP(w.responder, w.person)
		got, err := w.verifyIn(t, RevocationHard, RevocationData{CRLs: [][]byte{w.caGood}, OCSP: [][]byte{answer}})
		require.NoError(t, err)
		evidence := got.Revocation().Evidence
		assert.Equal(t, RevocationData{CRLs: [][]byte{w.caGood}, OCSP: [][]byte{answer}}, evidence)
		_, err = w.verifyIn(t, RevocationHard, evidence)
		require.NoError(t, err, "the evidence alone suffices later")
	})
	t.Run("not checked", func(t *testing.T) {
		t.Parallel()
		v, err := NewVerifier(cmstest.Pool(w.root), WithTime(cmstest.Now), UnsafeNoRevocation())
		require.NoError(t, err)
		got, err := v.Verify(w.message, ExpectContent(revocationContent))
		require.NoError(t, err)
		assert.NotContains(t, got.Checks(), "revocation")
		assert.Empty(t, got.Revocation().Status)
	})
	t.Run("CRLs in the message", func(t *testing.T) {
		t.Parallel()
		m := cmstest.New([]byte(revocationContent), cmstest.Settings{}, w.person, w.ca)
		m.CRLs = [][]byte{personGood, w.caGood}
		v, err := NewVerifier(cmstest.Pool(w.root), WithTime(cmstest.Now), WithRevocation(RevocationHard, RevocationData{}))
		require.NoError(t, err)
		got, err := v.Verify(m.Sign().Encode(), ExpectContent(revocationContent))
		require.NoError(t, err)
		assert.Len(t, got.Revocation().Evidence.CRLs, 2)
	})
}

// answers is a fetcher that has answers by the certificate's name.
type answers map[string]RevocationData

func (a answers) FetchRevocation(ctx context.Context, certificate, _ *x509.Certificate) (RevocationData, error) {
	if err := ctx.Err(); err != nil {
		return RevocationData{}, err
	}
	data, ok := a[certificate.Subject.CommonName]
	if !ok {
		return RevocationData{}, errors.New("no answer for " + certificate.Subject.CommonName)
	}
	return data, nil
}

func TestRevocationFetcher_IsHeard(t *testing.T) {
	t.Parallel()
	w := newRevocationWorld()
	good := RevocationData{OCSP: [][]byte{w.ca.OCSP(w.responder, w.person)}}
	for name, test := range map[string]struct {
		given   RevocationData
		fetcher answers
		want    RevocationStatus
	}{
		"has it":          {RevocationData{}, answers{"홍길동": good}, RevocationGood},
		"has not":         {RevocationData{}, answers{}, RevocationUnknown},
		"brings rubbish":  {RevocationData{}, answers{"홍길동": {OCSP: [][]byte{{1}}, CRLs: [][]byte{{2}}}}, RevocationUnknown},
		"is not asked":    {good, answers{}, RevocationGood},
		"says revoked":    {RevocationData{}, answers{"홍길동": {CRLs: [][]byte{w.ca.CRL(w.person.Revoked(cmstest.Now, 0))}}}, RevocationRevoked},
		"cannot outweigh": {RevocationData{CRLs: [][]byte{w.ca.CRL(w.person.Revoked(cmstest.Now, 0))}}, answers{"홍길동": good}, RevocationRevoked},
		"says it of the authority": {RevocationData{}, answers{"홍길동": {CRLs: [][]byte{
			w.ca.CRL(nil), w.root.CRL(w.ca.Revoked(cmstest.Now.Add(-time.Hour), 0)),
		}}}, RevocationRevoked},
		"brings the other": {RevocationData{}, answers{"홍길동": {CRLs: [][]byte{w.caGood}}}, RevocationUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, test.want, w.verify(t, test.given, WithRevocationFetcher(test.fetcher)))
		})
	}
}

func TestRevocationFetcher_AloneIsHard(t *testing.T) {
	t.Parallel()
	w := newRevocationWorld()
	v, err := NewVerifier(cmstest.Pool(w.root), WithTime(cmstest.Now), WithRevocationFetcher(answers{}))
	require.NoError(t, err)
	_, err = v.Verify(w.message, ExpectContent(revocationContent))
	requireRefused(t, err, "revocation-unknown", "revocation", ErrRevocationUnknown)
}

func TestRevocationFetcher_GetsTheContext(t *testing.T) {
	t.Parallel()
	w := newRevocationWorld()
	for _, mode := range []RevocationMode{RevocationSoft, RevocationHard} {
		v, err := NewVerifier(cmstest.Pool(w.root), WithTime(cmstest.Now), WithRevocation(mode, RevocationData{}), WithRevocationFetcher(answers{}))
		require.NoError(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err = v.VerifyContext(ctx, w.message, ExpectContent(revocationContent))
		require.ErrorIs(t, err, context.Canceled)
	}
}
