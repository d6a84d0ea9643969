package revocation_test

import (
	"bytes"
	"context"
	"crypto/elliptic"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ocsp"

	"github.com/kakaocert-go/kakaocert/internal/cms/cmstest"
	"github.com/kakaocert-go/kakaocert/internal/cms/revocation"
)

// signed is what an authority has signed, and what it says of the person.
type signed struct {
	data  revocation.Data
	given []byte // those under the signature
	says  revocation.Status
}

// world is a chain, and all that its authorities ever said of the person.
type world struct {
	chain []*x509.Certificate
	said  []signed
}

func newWorld(t testing.TB) *world {
	t.Helper()
	root := cmstest.Root("Example Root", cmstest.ECKey(elliptic.P256()))
	person := root.Person(cmstest.ECKey(elliptic.P256()))
	responder := root.Person(cmstest.ECKey(elliptic.P256()), func(c *x509.Certificate) {
		c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageOCSPSigning}
	})
	w := &world{chain: []*x509.Certificate{person.Certificate, root.Certificate}}
	crl := func(entries []x509.RevocationListEntry, says revocation.Status) {
		raw := root.CRL(entries)
		list, err := x509.ParseRevocationList(raw)
		require.NoError(t, err)
		w.said = append(w.said, signed{revocation.Data{CRLs: [][]byte{raw}}, list.RawTBSRevocationList, says})
	}
	crl(nil, revocation.Good)
	crl(person.Revoked(cmstest.Now.Add(-time.Hour), 0), revocation.Revoked)
	answer := func(by *cmstest.Identity, says revocation.Status, changes ...func(*ocsp.Response)) {
		raw := root.OCSP(by, person, changes...)
		parsed, err := ocsp.ParseResponse(raw, nil)
		require.NoError(t, err)
		w.said = append(w.said, signed{revocation.Data{OCSP: [][]byte{raw}}, parsed.TBSResponseData, says})
	}
	revoked := func(r *ocsp.Response) { r.Status, r.RevokedAt = ocsp.Revoked, cmstest.Now.Add(-time.Hour) }
	answer(root, revocation.Good)
	answer(responder, revocation.Good)
	answer(responder, revocation.Revoked, revoked)
	return w
}

func (w *world) ask(data revocation.Data) revocation.Result {
	sources, _ := revocation.Read(data)
	inquiry := revocation.Inquiry{Chain: w.chain, At: cmstest.Now, Given: sources}
	result, err := inquiry.Check(context.Background())
	if err != nil {
		panic(err)
	}
	return result
}

func TestCheck_SignedAnswersCount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, s := range w.said {
		result := w.ask(s.data)
		assert.Equal(t, s.says, result.Status)
		assert.Equal(t, s.data, result.Used)
	}
	assert.Equal(t, revocation.Unknown, w.ask(revocation.Data{}).Status)
}

func TestCheck_RootItselfIsUnknown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.chain = w.chain[1:]
	assert.Equal(t, revocation.Unknown, w.ask(w.said[0].data).Status)
}

// certificateIssuer may have other names next to the directory name that every
// issuer of lists gives (RFC 5280 section 5.3.3).
func TestCheck_EntryNamesItsIssuerInSeveralWays(t *testing.T) {
	t.Parallel()
	root := cmstest.Root("Example Root", cmstest.ECKey(elliptic.P256()))
	person := root.Person(cmstest.ECKey(elliptic.P256()))
	w := &world{chain: []*x509.Certificate{person.Certificate, root.Certificate}}
	host := cmstest.TLV(0x82, []byte("ca.example"))
	own := cmstest.TLV(0xa4, root.Certificate.RawSubject)
	other := cmstest.TLV(0xa4, person.Certificate.RawSubject)
	for name, c := range map[string]struct {
		names [][]byte
		says  revocation.Status
	}{
		"its directory name":   {[][]byte{own}, revocation.Revoked},
		"a host before it":     {[][]byte{host, own}, revocation.Revoked},
		"two directory names":  {[][]byte{other, own}, revocation.Revoked},
		"another issuer":       {[][]byte{other}, revocation.Unknown},
		"no directory name":    {[][]byte{host}, revocation.Revoked}, // whose it is cannot be known
		"nothing that is read": {[][]byte{{0xa4, 0x05}}, revocation.Revoked},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			entries := person.Revoked(cmstest.Now.Add(-time.Hour), 0)
			entries[0].ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 29}, Critical: true, Value: cmstest.TLV(0x30, c.names...)}}
			assert.Equal(t, c.says, w.ask(revocation.Data{CRLs: [][]byte{root.CRL(entries)}}).Status)
		})
	}
}

// What an answer says next to "revoked" takes nothing away from it.
func TestCheck_RevokedIsHeardWhateverElseIsSaid(t *testing.T) {
	t.Parallel()
	root := cmstest.Root("Example Root", cmstest.ECKey(elliptic.P256()))
	person := root.Person(cmstest.ECKey(elliptic.P256()))
	w := &world{chain: []*x509.Certificate{person.Certificate, root.Certificate}}
	revoked := root.OCSP(root, person, func(r *ocsp.Response) { r.Status, r.RevokedAt = ocsp.Revoked, cmstest.Now.Add(-time.Hour) })
	since := []byte(cmstest.Now.Add(-time.Hour).UTC().Format("20060102150405Z"))
	for name, instead := range map[string]string{
		"a month that is none": "20261301120000Z", "no time": "xxxxxxxxxxxxxxx",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			raw := cmstest.MergeOCSP(root, bytes.Replace(revoked, append([]byte{0xa1, 0x11, 0x18, 0x0f}, since...), append([]byte{0xa1, 0x11, 0x18, 0x0f}, instead...), 1))
			assert.Equal(t, revocation.Revoked, w.ask(revocation.Data{OCSP: [][]byte{raw}}).Status)
		})
	}
}

// requireMeant demands that nothing counts that was not signed, and that what
// was signed counts as it was meant.
func (w *world) requireMeant(t *testing.T, raw []byte) {
	t.Helper()
	for _, data := range []revocation.Data{{CRLs: [][]byte{raw}}, {OCSP: [][]byte{raw}}} {
		status := w.ask(data).Status
		meant := status == revocation.Unknown
		for _, s := range w.said {
			meant = meant || s.says == status && bytes.Contains(raw, s.given)
		}
		require.True(t, meant)
	}
}

func TestCheck_FlippedAnswersSayNothingElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, s := range w.said {
		for _, raw := range append(s.data.CRLs, s.data.OCSP...) {
			flipped := bytes.Clone(raw)
			for i := range flipped {
				for bit := range 8 {
					flipped[i] ^= 1 << bit
					w.requireMeant(t, flipped)
					flipped[i] ^= 1 << bit
				}
			}
		}
	}
}

func FuzzRead(f *testing.F) {
	w := newWorld(f)
	for _, s := range w.said {
		for _, raw := range append(s.data.CRLs, s.data.OCSP...) {
			f.Add(raw)
		}
	}
	f.Fuzz(w.requireMeant)
}
