package fetcher

import (
	"net"
	"net/netip"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestIsPublic(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"1.1.1.1": true, "211.249.221.1": true, "2606:4700:4700::1111": true, "2404:4600::1": true,
		"64:ff9b::101:101": true, "2002:101:101::1": true, "::ffff:1.1.1.1": true,

		"127.0.0.1": false, "127.255.0.1": false, "0.0.0.0": false, "10.0.0.1": false, "172.16.0.1": false,
		"192.168.0.1": false, "169.254.169.254": false, "100.64.0.1": false, "100.127.255.255": false,
		"192.0.0.170": false, "198.18.0.1": false, "203.0.113.1": false, "224.0.0.1": false, "240.0.0.1": false,
		"255.255.255.255": false, "::": false, "::1": false, "::127.0.0.1": false, "::ffff:127.0.0.1": false,
		"::ffff:169.254.169.254": false, "::ffff:0:127.0.0.1": false, "64:ff9b::7f00:1": false,
		"64:ff9b::a9fe:a9fe": false, "64:ff9b:1::a00:1": false, "2002:a00:1::1": false, "2002:7f00:1::": false,
		"fe80::1": false, "fe80::1%eth0": false, "fc00::1": false, "fd00::1": false, "fec0::1": false, "ff02::1": false,
		"2001:db8::1": false, "2001::1": false, "3fff::1": false, "100::1": false,
	} {
		assert.Equal(t, want, isPublic(netip.MustParseAddr(text)), text)
	}
}

func TestRules_CheckAddresses(t *testing.T) {
	t.Parallel()
	public, local := rules{ports: []int{80, 443}}, rules{ports: []int{80, 443}, loopback: true}
	for text, want := range map[string]struct{ public, local error }{
		"http://crl.example/a.crl":            {nil, nil},
		"https://crl.example:443/a.crl":       {nil, nil},
		"http://crl.example:8080/":            {errPort, errPort},
		"http://crl.example:0/":               {errPort, errPort},
		"http://127.0.0.1:8080/":              {errNotPublic, nil},
		"http://localhost:8080/":              {errNotPublic, nil},
		"http://LOCALHOST./":                  {errNotPublic, nil},
		"http://a.localhost/":                 {errNotPublic, nil},
		"http://[::1]/":                       {errNotPublic, nil},
		"http://[::ffff:127.0.0.1]/":          {errNotPublic, nil},
		"http://[64:ff9b::7f00:1]/":           {errNotPublic, errNotPublic},
		"http://10.0.0.1/":                    {errNotPublic, errNotPublic},
		"http://169.254.169.254/latest":       {errNotPublic, errNotPublic},
		"http://user:password@crl.example/":   {errAddress, errAddress},
		"http:///a.crl":                       {errAddress, errAddress},
		"http:crl.example":                    {errAddress, errAddress},
		"ldap://ldap.example/cn=ca?certRevoc": {errLDAP, errLDAP},
		"ftp://crl.example/a.crl":             {errScheme, errScheme},
		"file:///etc/passwd":                  {errScheme, errScheme},
		"/a.crl":                              {errScheme, errScheme},
	} {
		u, err := url.Parse(text)
		require.NoError(t, err, text)
		assert.Equal(t, want.public, public.checkURL(u), text)
		assert.Equal(t, want.local, local.checkURL(u), text)
	}
}

// A name may lead anywhere: what counts is the address that is dialed.
func TestRules_CheckWhatIsDialed(t *testing.T) {
	t.Parallel()
	public, local := rules{}, rules{loopback: true}
	require.NoError(t, public.control("tcp4", "1.1.1.1:80", nil))
	require.ErrorIs(t, public.control("tcp4", "127.0.0.1:80", nil), errNotPublic)
	require.ErrorIs(t, public.control("tcp6", net.JoinHostPort("fe80::1%lo", "80"), nil), errNotPublic)
	require.ErrorIs(t, public.control("unix", "/run/x.sock", nil), errNotPublic)
	require.NoError(t, local.control("tcp4", "127.0.0.1:8080", nil))
	require.ErrorIs(t, local.control("tcp4", "10.0.0.1:80", nil), errNotPublic)
}

func FuzzRules(f *testing.F) {
	for _, seed := range []string{"http://crl.example/a.crl", "http://[::1]:80/", "ldap://x/", "http://0x7f000001/", "//"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		u, err := url.Parse(text)
		if err != nil {
			return
		}
		r := rules{ports: []int{80, 443}}
		if r.checkURL(u) == nil {
			if ip, err := netip.ParseAddr(u.Hostname()); err == nil {
				assert.True(t, isPublic(ip))
			}
			assert.Contains(t, []int{80, 443}, portOf(u))
		}
	})
}
