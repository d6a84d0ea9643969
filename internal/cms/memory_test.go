package cms

import (
	"context"
	"crypto/elliptic"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/internal/cms/cmstest"
)

// remembering is a check that has seen the authority before.
type remembering struct {
	Rules
	root, ca   *cmstest.Identity
	operations int
}

func newRemembering(t *testing.T, ca ...cmstest.Change) *remembering {
	t.Helper()
	r := &remembering{root: cmstest.Root("Example Root", cmstest.ECKey(elliptic.P256()), until(40))}
	r.ca = r.root.Authority("Example CA", cmstest.ECKey(elliptic.P256()), ca...)
	r.Rules = Rules{Trust: trust(cmstest.Pool(r.root)), MaxSize: DefaultMaxSize, MaxSigners: 1, observe: func(any) { r.operations++ }}
	require.NoError(t, r.check(signed(r.ca.Person(cmstest.ECKey(elliptic.P256())), r.ca)))
	r.operations = 0
	require.NoError(t, r.check(signed(r.ca.Person(cmstest.ECKey(elliptic.P256())), r.ca)))
	require.Equal(t, 2, r.operations, "content and the signer's certificate")
	return r
}

// signed is a message with these certificates, signed by the first.
func signed(certs ...*cmstest.Identity) []byte {
	return cmstest.New([]byte(cmstest.Content), cmstest.Settings{}, certs...).Sign().Encode()
}

func (r *remembering) check(message []byte) error {
	_, err := r.Check(context.Background(), message, Content{Bytes: []byte(cmstest.Content)})
	return err
}

func (r *remembering) person(changes ...cmstest.Change) *cmstest.Identity {
	return r.ca.Person(cmstest.ECKey(elliptic.P256()), changes...)
}

func until(years int) cmstest.Change {
	return func(c *x509.Certificate) { c.NotAfter = cmstest.Now.AddDate(years, 0, 0) }
}

func extensionOf(value []byte, id ...int) cmstest.Change {
	return func(c *x509.Certificate) {
		c.ExtraExtensions = append(c.ExtraExtensions, pkix.Extension{Id: id, Critical: true, Value: value})
	}
}

// What is remembered is that the authorities signed each other, and nothing
// that depends on the time, the signer or the caller.
func TestCheck_RememberedAuthorityIsCheckedEveryTime(t *testing.T) {
	t.Parallel()
	mailOnly := cmstest.Constraints(true, [][]byte{cmstest.TLV(0x30, cmstest.TLV(0x81, []byte("bank.example")))}, nil)
	policy := extensionOf(cmstest.TLV(0x30, cmstest.TLV(0x80, []byte{0})), 2, 5, 29, 36)
	forged := cmstest.Root("Example Root", cmstest.ECKey(elliptic.P256())).Authority("Example CA", cmstest.ECKey(elliptic.P256()))
	for want, test := range map[Defect]struct {
		ca    []cmstest.Change
		check func(r *remembering) error
	}{
		UnknownAuthority: {check: func(r *remembering) error {
			message := signed(r.person(), r.ca)
			r.Trust = trust(cmstest.Pool(cmstest.Root("Example Other Root", cmstest.ECKey(elliptic.P256()))))
			return r.check(message)
		}},
		IssuerSignature: {check: func(r *remembering) error {
			return r.check(signed(forged.Person(cmstest.ECKey(elliptic.P256())), r.ca))
		}},
		CertificateExpired: {ca: []cmstest.Change{until(1)}, check: func(r *remembering) error {
			r.At = cmstest.Now.AddDate(2, 0, 0)
			return r.check(signed(r.person(), r.ca))
		}},
		CertificateNotYet: {check: func(r *remembering) error {
			r.At = cmstest.Now.AddDate(-6, 0, 0)
			return r.check(signed(r.person(func(c *x509.Certificate) { c.NotBefore = r.At }), r.ca))
		}},
		ExtendedKeyUsage: {check: func(r *remembering) error {
			return r.check(signed(r.person(func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} }), r.ca))
		}},
		NameConstraints: {ca: []cmstest.Change{mailOnly}, check: func(r *remembering) error {
			return r.check(signed(r.person(func(c *x509.Certificate) { c.EmailAddresses = []string{"hong@other.example"} }), r.ca))
		}},
		PathTooLong: {ca: []cmstest.Change{func(c *x509.Certificate) { c.MaxPathLen, c.MaxPathLenZero = 0, true }}, check: func(r *remembering) error {
			below := r.ca.Authority("Example CA below", cmstest.ECKey(elliptic.P256()))
			return r.check(signed(below.Person(cmstest.ECKey(elliptic.P256())), below, r.ca))
		}},
		CertificatePolicies: {check: func(r *remembering) error { return r.check(signed(r.person(policy), r.ca)) }},
		Revoked: {check: func(r *remembering) error {
			r.Revocation = func(_ context.Context, i *Inquiry) error {
				if len(i.Chain) == 3 && i.Chain[1].Equal(r.ca.Certificate) && i.Chain[2].Equal(r.root.Certificate) {
					return Revoked
				}
				return nil
			}
			return r.check(signed(r.person(), r.ca))
		}},
	} {
		t.Run(string(want), func(t *testing.T) {
			t.Parallel()
			err := test.check(newRemembering(t, test.ca...))
			var failed *Failure
			require.ErrorAs(t, err, &failed)
			assert.Equal(t, want, failed.Defect)
		})
	}
}

// An authority that demands a policy is asked about with every signer.
func TestCheck_AuthorityThatDemandsAPolicyIsNotRemembered(t *testing.T) {
	t.Parallel()
	r := newRemembering(t)
	demanding := r.root.Authority("Example demanding CA", cmstest.ECKey(elliptic.P256()), withPolicy(t),
		extensionOf(cmstest.TLV(0x30, cmstest.TLV(0x80, []byte{0})), 2, 5, 29, 36))
	require.NoError(t, r.check(signed(demanding.Person(cmstest.ECKey(elliptic.P256()), withPolicy(t)), demanding)))
	assert.Len(t, r.memory.all(), 1)
	var failed *Failure
	require.ErrorAs(t, r.check(signed(demanding.Person(cmstest.ECKey(elliptic.P256())), demanding)), &failed)
	assert.Equal(t, CertificatePolicies, failed.Defect)
}

func withPolicy(t *testing.T) cmstest.Change {
	t.Helper()
	policy, err := x509.OIDFromInts([]uint64{1, 2, 410, 200004, 5})
	require.NoError(t, err)
	return func(c *x509.Certificate) { c.Policies = []x509.OID{policy} }
}

// Two pinned authorities have one key: the signer's is the one that it names.
func TestCheck_RememberedAuthorityIsTheOneThatTheSignerNames(t *testing.T) {
	t.Parallel()
	key := cmstest.ECKey(elliptic.P256())
	one, other := cmstest.Root("Example One", key), cmstest.Root("Example Other", key)
	r := Rules{Trust: trust(cmstest.Pool(one, other)), MaxSize: DefaultMaxSize, MaxSigners: 1}
	for _, root := range []*cmstest.Identity{one, other, one, other} {
		result, err := r.Check(t.Context(), signed(root.Person(cmstest.ECKey(elliptic.P256()))), Content{Any: true})
		require.NoError(t, err)
		require.Len(t, result.Signers[0].Chain, 2)
		assert.True(t, result.Signers[0].Chain[1].Equal(root.Certificate))
	}
}

func TestCheck_RootOfRememberedAuthorityExpires(t *testing.T) {
	t.Parallel()
	r := newRemembering(t)
	r.At = cmstest.Now.AddDate(41, 0, 0)
	var failed *Failure
	require.ErrorAs(t, r.check(signed(r.person(), r.ca)), &failed)
	assert.Equal(t, CertificateExpired, failed.Defect)
	assert.Equal(t, CheckChain, failed.Check)
}

// The root was renewed, under the same key: the new one is found although the old one is
// remembered.
func TestCheck_RememberedAuthorityIsFoundUnderARenewedRoot(t *testing.T) {
	t.Parallel()
	r := newRemembering(t)
	renewed := cmstest.Root("Example Root", r.root.Key, until(60))
	both := trust(cmstest.Pool(r.root, renewed))
	message := signed(r.person(), r.ca)
	for _, root := range []*cmstest.Identity{r.root, renewed} {
		r.Trust = both
		result, err := r.Check(t.Context(), message, Content{Any: true})
		require.NoError(t, err)
		chain := result.Signers[0].Chain
		if root == renewed {
			assert.True(t, chain[len(chain)-1].Equal(renewed.Certificate))
		}
		both.At = cmstest.Now.AddDate(50, 0, 0)
	}
}

func TestCheck_RemembersOnlyChainsThatPassed(t *testing.T) {
	t.Parallel()
	r := newRemembering(t)
	require.Len(t, r.memory.all(), 1)
	other := cmstest.Root("Example Root", cmstest.ECKey(elliptic.P256()))
	foreign := other.Authority("Example CA", cmstest.ECKey(elliptic.P256()))
	require.Error(t, r.check(signed(foreign.Person(cmstest.ECKey(elliptic.P256())), foreign, other)))
	require.Error(t, r.check(signed(r.person(), foreign, other)))
	assert.Len(t, r.memory.all(), 1)
	assert.Nil(t, r.memory.known(foreign.Certificate.Raw))
	for _, c := range r.memory.all()[0].certificates() {
		assert.Same(t, c, r.memory.known(c.Raw))
	}
}

// A remembered certificate is a copy: it keeps no message in memory, and
// changes with none.
func TestCheck_RemembersNothingOfTheMessage(t *testing.T) {
	t.Parallel()
	r := newRemembering(t)
	second := r.root.Authority("Example second CA", cmstest.ECKey(elliptic.P256()))
	message := signed(second.Person(cmstest.ECKey(elliptic.P256())), second)
	require.NoError(t, r.check(message))
	clear(message)
	require.Len(t, r.memory.all(), 2)
	assert.True(t, r.memory.all()[1].certificates()[0].Equal(second.Certificate))
	require.NoError(t, r.check(signed(second.Person(cmstest.ECKey(elliptic.P256())), second)))
}

func TestCheck_MemoryIsBounded(t *testing.T) {
	t.Parallel()
	r := newRemembering(t)
	var all sync.WaitGroup
	for i := range maxRemembered + 10 {
		all.Go(func() {
			ca := r.root.Authority(fmt.Sprint("Example CA ", i), cmstest.ECKey(elliptic.P256()))
			rules := r.Rules
			rules.observe = nil
			for range 2 {
				_, err := rules.Check(context.Background(), signed(ca.Person(cmstest.ECKey(elliptic.P256())), ca), Content{Any: true})
				assert.NoError(t, err)
			}
		})
	}
	all.Wait()
	assert.Len(t, r.memory.all(), maxRemembered)
	require.NoError(t, r.check(signed(r.person(), r.ca)), "the oldest was forgotten, and is found again")
}

// Two authorities above the signer are remembered together.
func TestCheck_RemembersTheWholeChain(t *testing.T) {
	t.Parallel()
	r := newRemembering(t)
	below := r.ca.Authority("Example CA below", cmstest.ECKey(elliptic.P256()))
	for i, operations := range []int{5, 2} {
		r.operations = 0
		require.NoError(t, r.check(signed(below.Person(cmstest.ECKey(elliptic.P256())), below, r.ca)))
		assert.LessOrEqual(t, r.operations, operations, i)
	}
	r.At = cmstest.Now.Add(time.Hour)
	r.operations = 0
	require.NoError(t, r.check(signed(below.Person(cmstest.ECKey(elliptic.P256())), below, r.ca)))
	assert.Equal(t, 2, r.operations)
}
