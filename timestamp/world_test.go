package timestamp_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/elliptic"
	"crypto/x509"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/internal/cms/cmstest"
	"github.com/kakaocert-go/kakaocert/internal/judge"
	"github.com/kakaocert-go/kakaocert/timestamp"
)

func TestMain(m *testing.M) { judge.Main(m) }

var message = []byte("what was there\n")

// world is a time stamping authority with its issuers.
type world struct {
	root, ca, tsa *cmstest.Identity
}

func newWorld() *world {
	w := &world{root: cmstest.Root("Example TSA Root", cmstest.ECKey(elliptic.P256()))}
	w.ca = w.root.Authority("Example TSA CA", cmstest.ECKey(elliptic.P256()))
	w.tsa = w.signer(cmstest.ECKey(elliptic.P256()))
	return w
}

// named is the name of a certificate of the authority.
func named(c *x509.Certificate) { c.Subject.CommonName = "Example TSA" }

func (w *world) signer(key crypto.Signer, changes ...cmstest.Change) *cmstest.Identity {
	return w.ca.Person(key, append([]cmstest.Change{named, cmstest.ForTimeStamps}, changes...)...)
}

func (w *world) verifier(t testing.TB) *timestamp.Verifier {
	t.Helper()
	v, err := timestamp.NewVerifier(timestamp.Config{Roots: cmstest.Pool(w.root)})
	require.NoError(t, err)
	return v
}

// answer is how an authority answers, in parts to damage.
type answer struct {
	at       time.Time
	info     *cmstest.TimeInfo
	certs    []*cmstest.Identity // the first signs
	settings cmstest.Settings

	body  func(info []byte) []byte                    // the encoded TSTInfo
	token func(m *cmstest.Message, s *cmstest.Signer) // before it is signed
	after func(m *cmstest.Message, s *cmstest.Signer) // after that
	whole func(token []byte) []byte                   // the response
}

// authority answers as the test says, and keeps what was sent.
type authority struct {
	world             *world
	change            func(a *answer)
	request, response []byte
}

func (a *authority) Stamp(_ context.Context, request []byte) ([]byte, error) {
	asked, ok := cmstest.ReadTimeRequest(request)
	if !ok {
		return nil, context.Canceled
	}
	with := &answer{at: cmstest.Now, certs: []*cmstest.Identity{a.world.tsa, a.world.ca}, whole: cmstest.TimeResponse}
	with.info = cmstest.NewTimeInfo(asked.Imprint, with.at, 7)
	with.info.Nonce = asked.Nonce
	if asked.Policy != nil {
		with.info.Policy = asked.Policy
	}
	if a.change != nil {
		a.change(with)
	}
	a.request, a.response = request, with.encode()
	return bytes.Clone(a.response), nil
}

func (w *answer) encode() []byte {
	info := w.info.Encode()
	if w.body != nil {
		info = w.body(info)
	}
	m := cmstest.NewToken(info, w.settings, w.certs...)
	if w.token != nil {
		w.token(m, m.Signers[0])
	}
	m.Sign()
	if w.after != nil {
		w.after(m, m.Signers[0])
	}
	return w.whole(m.Encode())
}

func stamper(t testing.TB, a timestamp.Authority, v *timestamp.Verifier, policy x509.OID) *timestamp.Stamper {
	t.Helper()
	s, err := timestamp.NewStamper(timestamp.StamperConfig{Authority: a, Verifier: v, Policy: policy})
	require.NoError(t, err)
	return s
}

func oid(t testing.TB, text string) x509.OID {
	t.Helper()
	parsed, err := x509.ParseOID(text)
	require.NoError(t, err)
	return parsed
}
