package front

import (
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSiteOf_WantsHTTPSWhereOthersReachIt(t *testing.T) {
	t.Parallel()
	loopback := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8090}
	everywhere := &net.TCPAddr{IP: net.IPv4zero, Port: 8090}
	at, err := SiteOf("", loopback)
	require.NoError(t, err)
	assert.Equal(t, "http://127.0.0.1:8090/wait?lang=ko", at.To("/wait", "ko"))
	at, err = SiteOf("https://bank.example/", everywhere)
	require.NoError(t, err)
	assert.Equal(t, "https://bank.example/wait?lang=ko", at.To("/wait", "ko"))
	assert.True(t, at.Secure())
	_, err = SiteOf("", everywhere)
	assert.ErrorContains(t, err, "TLS")
	for _, address := range []string{"http://bank.example", "https://bank.example/path", "bank.example"} {
		_, err = SiteOf(address, loopback)
		assert.Error(t, err, address)
	}
}

func TestSite_AnswersUnderItsOwnNameToItsOwnVisitors(t *testing.T) {
	t.Parallel()
	at, err := SiteOf("https://bank.example", &net.TCPAddr{})
	require.NoError(t, err)
	page := at.Alone(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	opened := []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"}
	for name, test := range map[string]struct {
		method, host string
		header       []string
		want         int
	}{
		"own":                 {"GET", "bank.example", nil, 200},
		"own, in capitals":    {"GET", "BANK.example", nil, 200},
		"own form":            {"POST", "bank.example", []string{"Origin", "https://bank.example", "Sec-Fetch-Site", "same-origin"}, 200},
		"link of another":     {"GET", "bank.example", opened, 200},
		"another host":        {"GET", "evil.example", nil, 303},
		"another host's link": {"GET", "evil.example", opened, 303},
		"another origin":      {"GET", "bank.example", []string{"Origin", "https://evil.example"}, 403},
		"no origin":           {"POST", "bank.example", []string{"Origin", "null"}, 403},
		"form of another":     {"POST", "bank.example", opened, 403},
		"frame":               {"GET", "bank.example", []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "iframe"}, 403},
	} {
		r := httptest.NewRequest(test.method, "https://bank.example/", nil)
		r.Host = test.host
		for i := 0; i < len(test.header); i += 2 {
			r.Header.Set(test.header[i], test.header[i+1])
		}
		w := httptest.NewRecorder()
		page.ServeHTTP(w, r)
		assert.Equal(t, test.want, w.Code, name)
		if test.want == 303 {
			assert.Equal(t, "https://bank.example/", w.Header().Get("Location"))
		}
	}
}
