package visitor

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func request(method, host string, header ...string) *http.Request {
	r := httptest.NewRequest(method, "/", nil)
	r.Host = host
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return r
}

var opened = []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"}

func TestHosts_Foreign(t *testing.T) {
	t.Parallel()
	hosts, err := NewHosts("Sim.Example", "other.example.")
	require.NoError(t, err)
	for name, test := range map[string]struct {
		host   string
		header []string
		own    bool
		visit  bool // it may open a page
	}{
		"address":                      {host: "127.0.0.1:8080", own: true, visit: true},
		"IPv6 address":                 {host: "[::1]:8080", own: true, visit: true},
		"localhost":                    {host: "localhost", own: true, visit: true},
		"localhost in capitals":        {host: "LOCALHOST:8080", own: true, visit: true},
		"allowed name":                 {host: "sim.example:8080", own: true, visit: true},
		"allowed name in capitals":     {host: "SIM.EXAMPLE", own: true, visit: true},
		"allowed name with a last dot": {host: "sim.example.:8080", own: true, visit: true},
		"name allowed with a last dot": {host: "other.example", own: true, visit: true},
		"own form":                     {host: "sim.example", header: []string{"Origin", "http://sim.example", "Sec-Fetch-Site", "same-origin"}, own: true, visit: true},
		"own form behind TLS":          {host: "sim.example", header: []string{"Origin", "https://SIM.example"}, own: true, visit: true},
		"typed address":                {host: "localhost", header: []string{"Sec-Fetch-Site", "none"}, own: true, visit: true},
		"link of another site":         {host: "localhost", header: opened, visit: true},
		"link under another name":      {host: "evil.example", header: opened},
		"another name":                 {host: "evil.example"},
		"name below an allowed one":    {host: "evil.sim.example"},
		"name that ends in localhost":  {host: "evil-localhost"},
		"no host":                      {host: ""},
		"another origin":               {host: "localhost", header: []string{"Origin", "https://evil.example"}},
		"another port":                 {host: "localhost:1", header: []string{"Origin", "http://localhost:2"}},
		"no origin":                    {host: "localhost", header: []string{"Origin", "null"}},
		"another scheme":               {host: "localhost", header: []string{"Origin", "file://localhost"}},
		"another site":                 {host: "localhost", header: []string{"Sec-Fetch-Site", "cross-site"}},
		"same site":                    {host: "localhost", header: []string{"Sec-Fetch-Site", "same-site"}},
		"frame": {host: "localhost", header: []string{
			"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "iframe",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := request("GET", test.host, test.header...)
			assert.Equal(t, test.own, hosts.Foreign(r) == "")
			assert.Equal(t, test.visit, hosts.ForeignVisit(r) == "")
		})
	}
	assert.NotEmpty(t, hosts.ForeignVisit(request("POST", "localhost", opened...)), "a form of another site")
}

func TestNewHosts_RefusesWhatIsNoName(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"", "http://sim.example", "sim.example:8080", "sim.example/", "[::1]", "*", "*.example", "a,b", "a b", "user@sim"} {
		_, err := NewHosts(name)
		assert.ErrorContains(t, err, "must be a name alone", name)
	}
}
