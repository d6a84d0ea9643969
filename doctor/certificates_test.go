package doctor

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// authority is a certificate authority of a test.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// newAuthority makes an authority that is valid from and until the given
// numbers of days from now. If by is nil, it is self-signed.
func newAuthority(t *testing.T, by *authority, from, until int, isCA bool) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<60))
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "홍길동 " + serial.String()},
		NotBefore: time.Now().AddDate(0, 0, from), NotAfter: time.Now().AddDate(0, 0, until),
		IsCA: isCA, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	issuer := &authority{template, key}
	if by != nil {
		issuer = by
	}
	der, err := x509.CreateCertificate(rand.Reader, template, issuer.certificate, key.Public(), issuer.key)
	require.NoError(t, err)
	certificate, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return &authority{certificate, key}
}

func TestExamine_JudgesCertificates(t *testing.T) {
	t.Parallel()
	root := newAuthority(t, nil, -1, 1000, true)
	between := newAuthority(t, root, -1, 1000, true)
	below := newAuthority(t, between, -1, 1000, true)
	for name, c := range map[string]struct {
		roots, intermediates []*authority
		want                 string
		result               Result
	}{
		"good":                         {[]*authority{root}, []*authority{between}, "intermediates.valid", OK},
		"two below each other":         {[]*authority{root}, []*authority{below, between}, "intermediates.valid", OK},
		"the one between is missing":   {[]*authority{root}, []*authority{below}, "intermediates.orphan", Wrong},
		"no roots":                     {nil, []*authority{between}, "intermediates.orphan", Wrong},
		"roots alone":                  {[]*authority{root}, nil, "intermediates.unset", OK},
		"nothing":                      {nil, nil, "roots.unset", OK},
		"a root that ended":            {[]*authority{root, newAuthority(t, nil, -9, -1, true)}, nil, "roots.expired", Wrong},
		"a root of tomorrow":           {[]*authority{newAuthority(t, nil, 1, 9, true)}, nil, "roots.early", Wrong},
		"a root that ends soon":        {[]*authority{root, newAuthority(t, nil, -9, 30, true)}, nil, "roots.ending", Unknown},
		"a person's certificate":       {[]*authority{newAuthority(t, root, -1, 9, false)}, nil, "roots.not_authority", Wrong},
		"a person's between":           {[]*authority{root}, []*authority{newAuthority(t, root, -1, 900, false)}, "intermediates.not_authority", Wrong},
		"an intermediate that ended":   {[]*authority{root}, []*authority{newAuthority(t, root, -9, -1, true)}, "intermediates.expired", Wrong},
		"the issuing authority as one": {[]*authority{between}, nil, "roots.valid", OK},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			options := Options{Scope: Host}
			for _, a := range c.roots {
				options.Roots = append(options.Roots, a.certificate)
			}
			for _, a := range c.intermediates {
				options.Intermediates = append(options.Intermediates, a.certificate)
			}
			report := reportOf(t, kakaocerttest.NewService().Config(), options)
			assert.Contains(t, causes(report, c.result), c.want)
			for _, f := range report.Findings {
				assert.NotContains(t, f.Seen.English+f.Seen.Korean+f.Todo.English+f.Todo.Korean, "홍길동", "it may be a person's")
			}
		})
	}
}
