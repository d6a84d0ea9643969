package cms

import (
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/internal/cms/cmstest"
)

// FuzzChains puts foreign certificates between a signer and the root: whatever
// they are, no more is computed than the budget allows, and with no key beyond
// the caps.
func FuzzChains(f *testing.F) {
	root := cmstest.Root("Example Root", cmstest.ECKey(elliptic.P256()))
	ca := root.Authority("Example Issuing CA", cmstest.ECKey(elliptic.P256()))
	person := ca.Person(cmstest.ECKey(elliptic.P256()))
	pool := cmstest.Pool(root)
	huge := root.PersonWith(cmstest.HugeKey(20_000), func(c *x509.Certificate) {
		c.Subject, c.IsCA, c.KeyUsage = ca.Certificate.Subject, true, x509.KeyUsageCertSign
	})
	f.Add(ca.Certificate.Raw, huge.Certificate.Raw)
	f.Add(root.Certificate.Raw, ca.Certificate.Raw)
	f.Add(root.Version1().Certificate.Raw, person.Certificate.Raw)
	f.Add(cmstest.Root("Example Issuing CA", cmstest.ECKey(elliptic.P224())).Certificate.Raw, []byte{0x30, 0x00})
	f.Fuzz(func(t *testing.T, first, second []byte) {
		m := cmstest.New([]byte(cmstest.Content), cmstest.Settings{}, person).Sign()
		m.Extra = append(append([]byte{}, first...), second...)
		operations := 0
		r := &Rules{Trust: trust(pool), MaxSize: DefaultMaxSize, MaxSigners: 1}
		r.observe = func(key any) {
			operations++
			if k, ok := key.(*rsa.PublicKey); ok {
				require.LessOrEqual(t, k.N.BitLen(), maxRSABits)
				require.LessOrEqual(t, k.E, maxExponent)
			}
		}
		result, err := r.Check(t.Context(), m.Encode(), Content{Any: true})
		require.LessOrEqual(t, operations, maxOperations)
		if err != nil {
			require.ErrorAs(t, err, new(*Failure))
			return
		}
		require.Equal(t, root.Certificate.Raw, result.Signers[0].Chain[2].Raw)
	})
}

// FuzzConstraints holds any names to any constraints. A name that is both permitted
// and excluded is refused.
func FuzzConstraints(f *testing.F) {
	name := cmstest.TLV(0x30, cmstest.TLV(0x30, cmstest.TLV(0x81, []byte("bank.example"))))
	f.Add(cmstest.TLV(0x30, cmstest.TLV(0xa0, name[2:])), cmstest.TLV(0x30, cmstest.TLV(0x81, []byte("hong@bank.example"))))
	f.Add(cmstest.TLV(0x30, cmstest.TLV(0xa1, cmstest.TLV(0x30, cmstest.TLV(0x86, []byte(".example"))))), cmstest.TLV(0x30, cmstest.TLV(0x86, []byte("https://a.example/"))))
	f.Add(cmstest.TLV(0x30, cmstest.TLV(0xa1, cmstest.TLV(0x30, cmstest.TLV(0x87, make([]byte, 8))))), cmstest.TLV(0x30, cmstest.TLV(0x87, make([]byte, 4))))
	f.Fuzz(func(t *testing.T, value, alternative []byte) {
		limits, ok := readConstraints(value)
		if !ok {
			return
		}
		c := &x509.Certificate{RawSubject: cmstest.TLV(0x30)}
		c.Extensions = append(c.Extensions, pkix.Extension{Id: oidSubjectAltName, Value: alternative})
		names, ok := namesOf(c)
		if !ok {
			return
		}
		both := constraints{permitted: limits.permitted, excluded: append(limits.excluded, limits.permitted...)}
		for _, n := range names {
			for _, base := range limits.permitted {
				require.False(t, base.form == n.form && both.allow([]generalName{n}))
			}
		}
	})
}

// FuzzSigningCertificate reads any attribute: what is read names a digest.
func FuzzSigningCertificate(f *testing.F) {
	f.Add(cmstest.TLV(0x30, cmstest.TLV(0x30, cmstest.TLV(0x30, cmstest.TLV(0x04, make([]byte, 32))))), true)
	f.Add(cmstest.TLV(0x30, cmstest.TLV(0x30, cmstest.TLV(0x30, cmstest.TLV(0x04, make([]byte, 20))))), false)
	f.Fuzz(func(t *testing.T, value []byte, named bool) {
		n, err := normalise(value)
		if err != nil {
			return
		}
		whole := n.cursor()
		e, _ := whole.next()
		if h, ok := readSigningCertificate(e, named); ok {
			require.True(t, h.hash.Available())
			require.Error(t, (&signedAttributes{certificates: []certificateHash{h}}).means(&x509.Certificate{Raw: value}))
		}
	})
}
