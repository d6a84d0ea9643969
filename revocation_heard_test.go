package kakaocert

import (
	"bytes"
	"context"
	"crypto"
	"crypto/elliptic"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"math/big"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ocsp"

	"github.com/kakaocert-go/kakaocert/internal/cms/cmstest"
)

// entryWith is the person's entry in a CRL, with an extension.
func entryWith(person *cmstest.Identity, since time.Time, id []int, isCritical bool, value []byte) x509.RevocationListEntry {
	entry := person.Revoked(since, 0)[0]
	entry.ExtraExtensions = []pkix.Extension{{Id: id, Critical: isCritical, Value: value}}
	return entry
}

func certificateIssuer(name []byte) []byte { return cmstest.TLV(0x30, cmstest.TLV(0xa4, name)) }

func TestRevocation_EveryCRLIsHeard(t *testing.T) {
	t.Parallel()
	w := newRevocationWorld()
	before, later := cmstest.Now.Add(-time.Hour), cmstest.Now.Add(time.Hour)
	in := w.person.Revoked(before, 0)
	entries := func(list ...x509.RevocationListEntry) []x509.RevocationListEntry { return list }
	extension := func(e pkix.Extension) func(*x509.RevocationList) {
		return func(l *x509.RevocationList) { l.ExtraExtensions = append(l.ExtraExtensions, e) }
	}
	delta := pkix.Extension{Id: []int{2, 5, 29, 27}, Value: []byte{2, 1, 1}}
	criticalDelta := delta
	criticalDelta.Critical = true
	other := x509.RevocationListEntry{SerialNumber: big.NewInt(5), RevocationTime: before}
	otherRemoved := other
	otherRemoved.ReasonCode = 8
	negative := in[0]
	negative.SerialNumber = new(big.Int).Neg(negative.SerialNumber)
	invalidSince := func(at time.Time) []byte {
		der, err := asn1.MarshalWithParams(at, "generalized")
		require.NoError(t, err)
		return der
	}
	invalidity := []int{2, 5, 29, 24}
	issuer := []int{2, 5, 29, 29}
	yes := []byte{0xff}
	indirect := issuingPoint(cmstest.TLV(0x84, yes))
	for name, test := range map[string]struct {
		crl  []byte
		want RevocationStatus
	}{
		"unknown critical extension, in it": {w.ca.CRL(in, extension(critical(1, 2, 3))), RevocationRevoked},
		"delta, in it":                      {w.ca.CRL(in, extension(delta)), RevocationRevoked},
		"critical delta, in it":             {w.ca.CRL(in, extension(criticalDelta)), RevocationRevoked},
		"delta that is not critical":        {w.ca.CRL(nil, extension(delta)), RevocationUnknown},
		"some reasons, in it":               {w.ca.CRL(in, issuingPoint([]byte{0x83, 0x02, 0x06, 0x40})), RevocationRevoked},
		"authorities only, in it":           {w.ca.CRL(in, issuingPoint(cmstest.TLV(0x82, yes))), RevocationRevoked},
		"another point, in it":              {w.ca.CRL(in, issuingPoint(pointAt("http://crl.example/2.crl"))), RevocationRevoked},
		"attribute certificates, in it":     {w.ca.CRL(in, issuingPoint(cmstest.TLV(0x85, yes))), RevocationUnknown},
		"indirect, in it":                   {w.ca.CRL(in, indirect), RevocationRevoked},
		"indirect, of this issuer": {w.ca.CRL(entries(
			entryWith(w.person, before, issuer, true, certificateIssuer(w.ca.Certificate.RawSubject))), indirect), RevocationRevoked},
		"indirect, of another issuer": {w.ca.CRL(entries(
			entryWith(w.person, before, issuer, true, certificateIssuer(w.root.Certificate.RawSubject))), indirect), RevocationUnknown},
		"indirect, after another issuer's": {w.ca.CRL(entries(
			entryWith(w.root, before, issuer, true, certificateIssuer(w.root.Certificate.RawSubject)), in[0]), indirect), RevocationUnknown},
		"other issuer in a direct list": {w.ca.CRL(entries(
			entryWith(w.person, before, issuer, true, certificateIssuer(w.root.Certificate.RawSubject)))), RevocationUnknown},
		"unknown critical entry extension":  {w.ca.CRL(entries(entryWith(w.person, before, []int{1, 2, 3}, true, []byte{5, 0}))), RevocationRevoked},
		"second entry of the serial":        {w.ca.CRL(append(w.person.Revoked(later, 0), in...)), RevocationRevoked},
		"first entry of the serial":         {w.ca.CRL(append(w.person.Revoked(before, 0), w.person.Revoked(later, 0)...)), RevocationRevoked},
		"negative serial":                   {w.ca.CRL(entries(negative)), RevocationGood},
		"removed from no delta":             {w.ca.CRL(w.person.Revoked(before, 8)), RevocationUnknown},
		"revoked and removed":               {w.ca.CRL(append(w.person.Revoked(before, 8), in...)), RevocationRevoked},
		"another removed from no delta":     {w.ca.CRL(entries(otherRemoved)), RevocationUnknown},
		"another removed from no delta, in": {w.ca.CRL(entries(otherRemoved, in[0])), RevocationRevoked},
		"removed from a delta":              {w.ca.CRL(w.person.Revoked(before, 8), extension(delta)), RevocationUnknown},
		"invalid before it was revoked":     {w.ca.CRL(entries(entryWith(w.person, later, invalidity, false, invalidSince(before)))), RevocationRevoked},
		"invalid since an unreadable date":  {w.ca.CRL(entries(entryWith(w.person, later, invalidity, false, []byte{5, 0}))), RevocationRevoked},
		"invalid later still":               {w.ca.CRL(entries(entryWith(w.person, later, invalidity, false, invalidSince(later.Add(time.Hour))))), RevocationGood},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, test.want, w.verify(t, RevocationData{CRLs: [][]byte{test.crl}}))
			if test.want == RevocationRevoked {
				assert.Equal(t, test.want, w.verify(t, RevocationData{CRLs: [][]byte{w.ca.CRL(nil), test.crl}}), "against a good list")
			}
		})
	}
}

func TestRevocation_EveryOCSPAnswerIsHeard(t *testing.T) {
	t.Parallel()
	w := newRevocationWorld()
	ca, person := w.ca, w.person
	before := cmstest.Now.Add(-time.Hour)
	revoked := func(r *ocsp.Response) { r.Status, r.RevokedAt = ocsp.Revoked, before }
	outdated := func(r *ocsp.Response) {
		r.ThisUpdate, r.NextUpdate = cmstest.Now.Add(-48*time.Hour), cmstest.Now.Add(-24*time.Hour)
	}
	unknownCritical := func(r *ocsp.Response) { r.ExtraExtensions = []pkix.Extension{critical(1, 2, 3)} }
	rsa := cmstest.Root("Example Issuing CA", cmstest.RSAKey(2048))
	rsaPerson := rsa.Person(cmstest.ECKey(elliptic.P256()))
	assert.Equal(t, RevocationGood, statusBy(t, rsa, rsaPerson, rsa.OCSP(rsa, rsaPerson)))
	assert.Equal(t, RevocationUnknown, statusBy(t, rsa, rsaPerson, bareRSA(t, rsa.OCSP(rsa, rsaPerson))), "bare rsaEncryption")

	good, bad := ca.OCSP(ca, person), ca.OCSP(ca, person, revoked)
	for name, test := range map[string]struct {
		answer []byte
		want   RevocationStatus
	}{
		"good, then revoked":               {cmstest.MergeOCSP(ca, good, bad), RevocationRevoked},
		"revoked, then good":               {cmstest.MergeOCSP(ca, bad, good), RevocationRevoked},
		"outdated, then good":              {cmstest.MergeOCSP(ca, ca.OCSP(ca, person, outdated), good), RevocationGood},
		"outdated, then revoked":           {cmstest.MergeOCSP(ca, ca.OCSP(ca, person, outdated), bad), RevocationRevoked},
		"another's, then revoked":          {cmstest.MergeOCSP(ca, ca.OCSP(ca, w.responder), bad), RevocationRevoked},
		"outdated and revoked":             {ca.OCSP(ca, person, revoked, outdated), RevocationRevoked},
		"unknown critical, revoked":        {ca.OCSP(ca, person, revoked, unknownCritical), RevocationRevoked},
		"unknown critical, good":           {ca.OCSP(ca, person, unknownCritical), RevocationUnknown},
		"unknown critical, then plain":     {cmstest.MergeOCSP(ca, ca.OCSP(ca, person, unknownCritical), good), RevocationGood},
		"plain, then unknown critical bad": {cmstest.MergeOCSP(ca, good, ca.OCSP(ca, person, unknownCritical, revoked)), RevocationRevoked},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, test.want, w.verify(t, RevocationData{OCSP: [][]byte{test.answer}}))
		})
	}
}

// statusBy is what one OCSP answer says of a person below a root.
func statusBy(t *testing.T, root, person *cmstest.Identity, answer []byte) RevocationStatus {
	t.Helper()
	message := cmstest.New([]byte(revocationContent), cmstest.Settings{}, person).Sign().Encode()
	v, err := NewVerifier(cmstest.Pool(root), WithTime(cmstest.Now), WithRevocation(RevocationSoft, RevocationData{OCSP: [][]byte{answer}}))
	require.NoError(t, err)
	got, err := v.Verify(message, ExpectContent(revocationContent))
	require.NoError(t, err)
	return got.Revocation().Status
}

// bareRSA names rsaEncryption as the algorithm, which names no digest. It is not
// under the signature.
func bareRSA(t *testing.T, answer []byte) []byte {
	t.Helper()
	oid := []byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b} // sha256WithRSAEncryption
	at := bytes.LastIndex(answer, oid)
	require.Positive(t, at)
	changed := bytes.Clone(answer)
	changed[at+len(oid)-1] = 0x01
	return changed
}

// A certificate says who else may issue a list about it, and which list that is.
func TestRevocation_ListOfAnotherIssuerMustBeNamed(t *testing.T) {
	t.Parallel()
	const url = "http://crl.example/1.crl"
	stranger := cmstest.Root("Example Stranger", cmstest.ECKey(elliptic.P256()))
	for name, named := range map[string]bool{"named": true, "not named": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newRevocationWorld()
			other := w.root.Authority("Example CRL CA", cmstest.ECKey(elliptic.P256()))
			issuer := stranger.Certificate.RawSubject
			if named {
				issuer = other.Certificate.RawSubject
			}
			point := cmstest.TLV(0x30, pointAt(url), cmstest.TLV(0xa2, cmstest.TLV(0xa4, issuer)))
			w.person = w.ca.Person(cmstest.ECKey(elliptic.P256()), func(c *x509.Certificate) {
				c.ExtraExtensions = []pkix.Extension{{Id: []int{2, 5, 29, 31}, Value: cmstest.TLV(0x30, point)}}
			})
			w.message = cmstest.New([]byte(revocationContent), cmstest.Settings{}, w.person, w.ca).Sign().Encode()
			entry := entryWith(w.person, cmstest.Now.Add(-time.Hour), []int{2, 5, 29, 29}, true, certificateIssuer(w.ca.Certificate.RawSubject))
			list := other.CRL([]x509.RevocationListEntry{entry}, issuingPoint(cmstest.TLV(0x84, []byte{0xff})))
			want := RevocationUnknown
			if named {
				want = RevocationRevoked
			}
			assert.Equal(t, want, w.verify(t, RevocationData{CRLs: [][]byte{list}}, WithIntermediates(other.Certificate)))
			assert.Equal(t, RevocationUnknown, w.verify(t, RevocationData{CRLs: [][]byte{w.ca.CRL(nil, issuingPoint(pointAt(url)))}}), "a list of the authority's own at that point")
		})
	}
}

// crypto/x509 takes SHA-1 for a CRL.
func TestRevocation_ListSignedWithSHA1SaysNothing(t *testing.T) {
	t.Parallel()
	key := cmstest.RSAKey(2048)
	root := cmstest.Root("Example Root", key)
	person := root.Person(cmstest.ECKey(elliptic.P256()))
	message := cmstest.New([]byte(revocationContent), cmstest.Settings{}, person).Sign().Encode()
	list, err := x509.ParseRevocationList(root.CRL(nil))
	require.NoError(t, err)
	tbs := bytes.Replace(list.RawTBSRevocationList, cmstest.SHA256WithRSA, cmstest.SHA1WithRSA, 1)
	sum := sha1.Sum(tbs)
	signature, err := key.Sign(nil, sum[:], crypto.SHA1)
	require.NoError(t, err)
	weak := cmstest.TLV(0x30, tbs, cmstest.Algorithm(cmstest.SHA1WithRSA, cmstest.Null), cmstest.TLV(0x03, []byte{0}, signature))
	for _, test := range []struct {
		crl  []byte
		want RevocationStatus
	}{{list.Raw, RevocationGood}, {weak, RevocationUnknown}} {
		v, err := NewVerifier(cmstest.Pool(root), WithTime(cmstest.Now), WithRevocation(RevocationSoft, RevocationData{CRLs: [][]byte{test.crl}}))
		require.NoError(t, err)
		got, err := v.Verify(message, ExpectContent(revocationContent))
		require.NoError(t, err)
		assert.Equal(t, test.want, got.Revocation().Status)
	}
}

func TestRevocation_RevokedResponderIsNotHeard(t *testing.T) {
	t.Parallel()
	w := newRevocationWorld()
	noCheck := func(c *x509.Certificate) {
		c.ExtraExtensions = []pkix.Extension{{Id: []int{1, 3, 6, 1, 5, 5, 7, 48, 1, 5}, Value: []byte{5, 0}}}
	}
	unchecked := w.ca.Person(cmstest.ECKey(elliptic.P256()), forOCSP, noCheck)
	before := cmstest.Now.Add(-time.Hour)
	somePoint := func(l *x509.RevocationList) { issuingPoint(pointAt("http://crl.example/responders.crl"))(l) }
	for name, test := range map[string]struct {
		responder *cmstest.Identity
		data      RevocationData
		want      RevocationStatus
	}{
		"not revoked": {w.responder, RevocationData{}, RevocationGood},
		"by CRL":      {w.responder, RevocationData{CRLs: [][]byte{w.ca.CRL(w.responder.Revoked(before, 1), somePoint)}}, RevocationUnknown},
		"by OCSP": {w.responder, RevocationData{OCSP: [][]byte{
			w.ca.OCSP(w.ca, w.responder, func(r *ocsp.Response) { r.Status, r.RevokedAt = ocsp.Revoked, before })}}, RevocationUnknown},
		"by CRL, with nocheck": {unchecked, RevocationData{CRLs: [][]byte{w.ca.CRL(unchecked.Revoked(before, 1), somePoint)}}, RevocationGood},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.data.OCSP = append(test.data.OCSP, w.ca.OCSP(test.responder, w.person))
			assert.Equal(t, test.want, w.verify(t, test.data))
		})
	}
}

func TestRevocation_ListIsLookedForUnderEveryKeyOfTheAuthority(t *testing.T) {
	t.Parallel()
	w := newRevocationWorld()
	before := cmstest.Now.Add(-time.Hour)
	renewed := w.root.Authority("Example Issuing CA", cmstest.ECKey(elliptic.P256()))
	listsOnly := w.root.Person(cmstest.ECKey(elliptic.P256()), func(c *x509.Certificate) {
		c.Subject, c.KeyUsage = w.ca.Certificate.Subject, x509.KeyUsageCRLSign
	})
	impostor := cmstest.Root("Example Issuing CA", cmstest.ECKey(elliptic.P256()))
	expired := w.root.Authority("Example Issuing CA", cmstest.ECKey(elliptic.P256()), func(c *x509.Certificate) { c.NotAfter = before })
	for name, test := range map[string]struct {
		at   *cmstest.Identity // hand
		data RevocationData
		want RevocationStatus
	}{
		"new key":           {renewed, RevocationData{CRLs: [][]byte{renewed.CRL(nil)}}, RevocationGood},
		"new key revokes":   {renewed, RevocationData{CRLs: [][]byte{w.ca.CRL(nil), renewed.CRL(w.person.Revoked(before, 0))}}, RevocationRevoked},
		"key for lists":     {listsOnly, RevocationData{CRLs: [][]byte{listsOnly.CRL(nil)}}, RevocationGood},
		"not at hand":       {nil, RevocationData{CRLs: [][]byte{renewed.CRL(nil)}}, RevocationUnknown},
		"impostor's":        {impostor, RevocationData{CRLs: [][]byte{impostor.CRL(nil)}}, RevocationUnknown},
		"impostor's revoke": {impostor, RevocationData{CRLs: [][]byte{w.ca.CRL(nil), impostor.CRL(w.person.Revoked(before, 0))}}, RevocationGood},
		"expired":           {expired, RevocationData{CRLs: [][]byte{expired.CRL(nil)}}, RevocationUnknown},
		"revoked":           {renewed, RevocationData{CRLs: [][]byte{renewed.CRL(nil), w.root.CRL(renewed.Revoked(before, 1))}}, RevocationUnknown},
	} {
		for _, inMessage := range []bool{true, false} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				here := *w
				var opts []VerifierOption
				switch {
				case test.at != nil && inMessage:
					here.message = cmstest.New([]byte(revocationContent), cmstest.Settings{}, w.person, w.ca, test.at).Sign().Encode()
				case test.at != nil:
					opts = append(opts, WithIntermediates(test.at.Certificate))
				}
				assert.Equal(t, test.want, here.verify(t, test.data, opts...))
			})
		}
	}
}

func TestRevocation_ListOfTheMessageOnlyRevokesWhereThereIsAFetcher(t *testing.T) {
	t.Parallel()
	w := newRevocationWorld()
	before := cmstest.Now.Add(-time.Hour)
	revoked := RevocationData{CRLs: [][]byte{w.ca.CRL(w.person.Revoked(before, 0))}}
	good := RevocationData{CRLs: [][]byte{w.ca.CRL(nil)}}
	for name, test := range map[string]struct {
		inMessage []byte
		fetched   answers
		want      RevocationStatus
	}{
		"good, and nothing fetched": {w.ca.CRL(nil), answers{}, RevocationUnknown},
		"good, and fetched revoked": {w.ca.CRL(nil), answers{"홍길동": revoked}, RevocationRevoked},
		"good, and fetched good":    {w.ca.CRL(nil), answers{"홍길동": good}, RevocationGood},
		"revoked, and fetched good": {revoked.CRLs[0], answers{"홍길동": good}, RevocationRevoked},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := cmstest.New([]byte(revocationContent), cmstest.Settings{}, w.person, w.ca)
			m.CRLs = [][]byte{test.inMessage}
			here := *w
			here.message = m.Sign().Encode()
			assert.Equal(t, test.want, here.verify(t, RevocationData{}, WithRevocationFetcher(test.fetched)))
		})
	}
}

func TestRevocation_NewerListIsToldByAHint(t *testing.T) {
	t.Parallel()
	w := newRevocationWorld()
	dates := func(l *x509.RevocationList) {
		l.ThisUpdate, l.NextUpdate = cmstest.Now.Add(24*time.Hour), cmstest.Now.Add(48*time.Hour)
	}
	data := RevocationData{CRLs: [][]byte{w.ca.CRL(nil, dates), w.caGood}}
	soft, err := w.verifyIn(t, RevocationSoft, data)
	require.NoError(t, err)
	assert.Equal(t, RevocationUnknown, soft.Revocation().Status)
	assert.Contains(t, soft.Revocation().Hint, "newer")
	_, err = w.verifyIn(t, RevocationHard, data)
	var refused *VerifyError
	require.ErrorAs(t, err, &refused)
	assert.Contains(t, refused.Hint, "newer")
	_, err = w.verifyIn(t, RevocationHard, RevocationData{})
	require.ErrorAs(t, err, &refused)
	assert.Empty(t, refused.Hint)
}

func TestRevocationFetcher_ErrorsAreInTheResult(t *testing.T) {
	t.Parallel()
	w := newRevocationWorld()
	fetcher := failing{data: RevocationData{CRLs: [][]byte{w.ca.CRL(nil)}}}
	soft, err := w.verifyIn(t, RevocationSoft, RevocationData{CRLs: [][]byte{w.caGood}}, WithRevocationFetcher(fetcher))
	require.NoError(t, err)
	require.ErrorIs(t, soft.Revocation().Err, errFetcher)
	assert.Equal(t, RevocationGood, soft.Revocation().Status, "what came with the error is heard")

	_, err = w.verifyIn(t, RevocationHard, RevocationData{}, WithRevocationFetcher(failing{}))
	require.ErrorIs(t, err, ErrRevocationUnknown)
	require.ErrorIs(t, err, errFetcher)
	assert.NotContains(t, err.Error(), errFetcher.Error())
}

var errFetcher = errors.New("the network is down")

// failing is a fetcher that gets something, or nothing, and an error.
type failing struct{ data RevocationData }

func (f failing) FetchRevocation(context.Context, *x509.Certificate, *x509.Certificate) (RevocationData, error) {
	return f.data, errFetcher
}

func TestRevocation_ManyListsInAMessageAreBounded(t *testing.T) {
	t.Parallel()
	w := newRevocationWorld()
	m := cmstest.New([]byte(revocationContent), cmstest.Settings{}, w.person, w.ca)
	impostor := cmstest.Root("Example Issuing CA", cmstest.ECKey(elliptic.P256()))
	for range 32 {
		m.CRLs = append(m.CRLs, impostor.CRL(w.person.Revoked(cmstest.Now.Add(-time.Hour), 0)))
	}
	here := *w
	here.message = m.Sign().Encode()
	assert.Equal(t, RevocationGood, here.verify(t, RevocationData{CRLs: [][]byte{w.ca.CRL(nil)}}))
}

// revokesLater says good at first, and later that the authority was revoked.
type revokesLater struct {
	good, revoked RevocationData
	later         atomic.Bool
}

func (f *revokesLater) FetchRevocation(context.Context, *x509.Certificate, *x509.Certificate) (RevocationData, error) {
	if f.later.Load() {
		return f.revoked, nil
	}
	return f.good, nil
}

func TestRevocation_OfARememberedAuthorityIsHeard(t *testing.T) {
	t.Parallel()
	w := newRevocationWorld()
	entries := w.ca.Revoked(cmstest.Now.Add(-time.Hour), 0)
	f := &revokesLater{
		good:    RevocationData{CRLs: [][]byte{w.ca.CRL(nil), w.caGood}},
		revoked: RevocationData{CRLs: [][]byte{w.ca.CRL(nil), w.root.CRL(entries)}},
	}
	v, err := NewVerifier(cmstest.Pool(w.root), WithTime(cmstest.Now), WithRevocationFetcher(f))
	require.NoError(t, err)
	for range 2 {
		_, err = v.Verify(w.message, ExpectContent(revocationContent))
		require.NoError(t, err)
	}
	f.later.Store(true)
	_, err = v.Verify(w.message, ExpectContent(revocationContent))
	require.ErrorIs(t, err, ErrRevoked)
}
