package kakaocert

import (
	"bytes"
	"context"
	"crypto/elliptic"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ocsp"

	"github.com/kakaocert-go/kakaocert/internal/cms/cmstest"
)

const (
	listAddress = "http://crl.example/ca.crl"
	ocspAddress = "http://ocsp.example/"
)

// network answers requests by their address, and counts them.
type network struct {
	answers map[string]func(*http.Request) *http.Response
	mu      sync.Mutex
	asked   []string
}

func (n *network) RoundTrip(r *http.Request) (*http.Response, error) {
	n.mu.Lock()
	n.asked = append(n.asked, r.Method+" "+r.URL.String())
	n.mu.Unlock()
	answer := n.answers[r.URL.String()]
	if answer == nil {
		return nil, errors.New("words of the other side")
	}
	return answer(r), nil
}

func (n *network) count() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.asked)
}

func says(status int, body []byte) func(*http.Request) *http.Response {
	return func(r *http.Request) *http.Response {
		return &http.Response{StatusCode: status, Body: io.NopCloser(bytes.NewReader(body)), Header: http.Header{}, Request: r}
	}
}

func redirect(to string) func(*http.Request) *http.Response {
	return func(r *http.Request) *http.Response {
		return &http.Response{StatusCode: http.StatusFound, Body: http.NoBody, Header: http.Header{"Location": {to}}, Request: r}
	}
}

// fetchWorld is a person whose certificate names where to ask.
type fetchWorld struct {
	root, person *cmstest.Identity
	network      *network
}

func newFetchWorld(lists, responders []string) *fetchWorld {
	w := &fetchWorld{root: cmstest.Root("Example Root", cmstest.ECKey(elliptic.P256())), network: new(network)}
	w.person = w.root.Person(cmstest.ECKey(elliptic.P256()), func(c *x509.Certificate) {
		c.CRLDistributionPoints, c.OCSPServer = lists, responders
	})
	w.network.answers = make(map[string]func(*http.Request) *http.Response)
	return w
}

// current makes a list that is current around the machine's time.
func (w *fetchWorld) current(entries []x509.RevocationListEntry) []byte {
	return w.root.CRL(entries, func(l *x509.RevocationList) {
		l.ThisUpdate, l.NextUpdate = time.Now().Add(-time.Minute), time.Now().Add(time.Hour)
	})
}

func (w *fetchWorld) answer() []byte {
	return w.root.OCSP(w.root, w.person, func(r *ocsp.Response) {
		r.ThisUpdate, r.NextUpdate = time.Now().Add(-time.Minute), time.Now().Add(time.Hour)
	})
}

func (w *fetchWorld) fetcher(t *testing.T, change ...func(*RevocationFetcherConfig)) RevocationFetcher {
	t.Helper()
	c := RevocationFetcherConfig{Transport: w.network}
	for _, each := range change {
		each(&c)
	}
	f, err := NewRevocationFetcher(c)
	require.NoError(t, err)
	return f
}

func (w *fetchWorld) fetch(t *testing.T, f RevocationFetcher) (RevocationData, error) {
	t.Helper()
	return f.FetchRevocation(t.Context(), w.person.Certificate, w.root.Certificate)
}

func TestNewRevocationFetcher_Fetches(t *testing.T) {
	t.Parallel()
	w := newFetchWorld([]string{listAddress}, []string{ocspAddress})
	list, answer := w.current(nil), w.answer()
	w.network.answers[listAddress] = says(200, list)
	w.network.answers[ocspAddress] = func(r *http.Request) *http.Response {
		body, _ := io.ReadAll(r.Body)
		asked, err := ocsp.ParseRequest(body)
		if err != nil || asked.SerialNumber.Cmp(w.person.Certificate.SerialNumber) != 0 {
			return says(400, nil)(r)
		}
		return says(200, answer)(r)
	}
	got, err := w.fetch(t, w.fetcher(t))
	require.NoError(t, err)
	assert.Equal(t, RevocationData{CRLs: [][]byte{list}, OCSP: [][]byte{answer}}, got)
	assert.ElementsMatch(t, []string{"GET " + listAddress, "POST " + ocspAddress}, w.network.asked)
}

func TestNewRevocationFetcher_WithVerifier(t *testing.T) {
	t.Parallel()
	w := newFetchWorld([]string{listAddress}, nil)
	message := cmstest.New([]byte(revocationContent), cmstest.Settings{}, w.person).Sign().Encode()
	v, err := NewVerifier(cmstest.Pool(w.root), WithRevocationFetcher(w.fetcher(t)))
	require.NoError(t, err)
	_, err = v.Verify(message, ExpectContent(revocationContent))
	require.ErrorIs(t, err, ErrRevocationUnknown)
	var failed *RevocationFetchError
	require.ErrorAs(t, err, &failed)
	assert.Equal(t, listAddress, failed.Address)
	assert.NotContains(t, err.Error(), "example")
	assert.NotContains(t, failed.Error(), "words")

	w.network.answers[listAddress] = says(200, w.current(w.person.Revoked(time.Now().Add(-time.Minute), 0)))
	v, err = NewVerifier(cmstest.Pool(w.root), WithRevocationFetcher(w.fetcher(t)))
	require.NoError(t, err)
	_, err = v.Verify(message, ExpectContent(revocationContent))
	require.ErrorIs(t, err, ErrRevoked)
}

func TestNewRevocationFetcher_KeepsAnswersUntilNextUpdate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newFetchWorld([]string{listAddress}, []string{ocspAddress})
		list, answer := w.current(nil), w.answer()
		w.network.answers[listAddress], w.network.answers[ocspAddress] = says(200, list), says(200, answer)
		f := w.fetcher(t)
		for range 3 {
			_, err := w.fetch(t, f)
			require.NoError(t, err)
		}
		assert.Equal(t, 2, w.network.count())
		time.Sleep(59 * time.Minute)
		_, _ = w.fetch(t, f)
		assert.Equal(t, 2, w.network.count())
		time.Sleep(2 * time.Minute)
		_, _ = w.fetch(t, f)
		assert.Equal(t, 4, w.network.count())
	})
}

func TestNewRevocationFetcher_DoesNotKeepWhatTheIssuerDidNotSign(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newFetchWorld([]string{listAddress}, nil)
		impostor := newFetchWorld(nil, nil)
		w.network.answers[listAddress] = says(200, impostor.current(nil))
		f := w.fetcher(t)
		_, err := w.fetch(t, f)
		require.NoError(t, err, "another key of the authority may have signed it")
		time.Sleep(61 * time.Second)
		w.network.answers[listAddress] = says(200, w.current(nil))
		got, err := w.fetch(t, f)
		require.NoError(t, err)
		list, err := x509.ParseRevocationList(got.CRLs[0])
		require.NoError(t, err)
		require.NoError(t, list.CheckSignatureFrom(w.root.Certificate))
	})
}

func TestNewRevocationFetcher_WaitsForOneRequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newFetchWorld([]string{listAddress}, nil)
		list, release := w.current(nil), make(chan struct{})
		w.network.answers[listAddress] = func(r *http.Request) *http.Response {
			<-release
			return says(200, list)(r)
		}
		f := w.fetcher(t)
		var got atomic.Int32
		for range 8 {
			go func() {
				if data, err := f.FetchRevocation(context.Background(), w.person.Certificate, w.root.Certificate); err == nil && len(data.CRLs) == 1 {
					got.Add(1)
				}
			}()
		}
		impatient, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := f.FetchRevocation(impatient, w.person.Certificate, w.root.Certificate)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		close(release)
		synctest.Wait()
		assert.EqualValues(t, 8, got.Load())
		assert.Equal(t, 1, w.network.count())
	})
}

func TestNewRevocationFetcher_EndsInTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newFetchWorld([]string{listAddress}, nil)
		w.network.answers[listAddress] = func(r *http.Request) *http.Response {
			<-r.Context().Done()
			return says(500, nil)(r)
		}
		f := w.fetcher(t, func(c *RevocationFetcherConfig) { c.Timeout = 3 * time.Second })
		began := time.Now()
		_, err := w.fetch(t, f)
		require.Error(t, err)
		assert.Equal(t, 3*time.Second, time.Since(began))
		_, err = w.fetch(t, f)
		require.Error(t, err)
		assert.Equal(t, 3*time.Second, time.Since(began), "a dead host is not waited for again at once")
		time.Sleep(61 * time.Second)
		_, _ = w.fetch(t, f)
		assert.Equal(t, 2, w.network.count())
	})
}

func TestNewRevocationFetcher_TriesTheNextAddressOfAList(t *testing.T) {
	t.Parallel()
	w := newFetchWorld(nil, nil)
	name := func(address string) []byte { return cmstest.TLV(0x86, []byte(address)) }
	point := cmstest.TLV(0x30, cmstest.TLV(0xa0, cmstest.TLV(0xa0, name("ldap://ldap.example/ca"), name(listAddress))))
	second := cmstest.TLV(0x30, cmstest.TLV(0xa0, cmstest.TLV(0xa0, name("http://crl.example/second.crl"))))
	w.person = w.root.Person(cmstest.ECKey(elliptic.P256()), extensionOf(asn1.ObjectIdentifier{2, 5, 29, 31}, cmstest.TLV(0x30, point, second)))
	list := w.current(nil)
	w.network.answers[listAddress] = says(200, list)
	got, err := w.fetch(t, w.fetcher(t))
	require.ErrorContains(t, err, "could not be fetched", "of the second point")
	assert.NotContains(t, err.Error(), "ldap", "its list was found elsewhere")
	assert.Equal(t, [][]byte{list}, got.CRLs)
}

func TestNewRevocationFetcher_Refuses(t *testing.T) {
	t.Parallel()
	big := bytes.Repeat([]byte{0x30}, 2000)
	for name, test := range map[string]struct {
		address string
		answer  func(*http.Request) *http.Response
		want    string
		sent    int
	}{
		"nothing named":         {"", nil, "names no address", 0},
		"ldap":                  {"ldap://ldap.example/cn=ca", nil, "ldap", 0},
		"file":                  {"file:///etc/passwd", nil, "http or https", 0},
		"port":                  {"http://crl.example:8080/", nil, "port", 0},
		"private":               {"http://10.0.0.1/ca.crl", nil, "public", 0},
		"loopback":              {"http://localhost/ca.crl", nil, "public", 0},
		"status":                {listAddress, says(404, w404), "200", 1},
		"too large":             {listAddress, says(200, big), "larger", 1},
		"something else":        {listAddress, says(200, []byte("<html>")), "not what was asked for", 1},
		"redirect to private":   {listAddress, redirect("http://192.168.0.1/ca.crl"), "public", 1},
		"redirect to metadata":  {listAddress, redirect("http://[::ffff:169.254.169.254]/"), "public", 1},
		"redirect to a file":    {listAddress, redirect("file:///etc/passwd"), "http or https", 1},
		"redirects without end": {listAddress, redirect(listAddress), "redirects", 4},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var lists []string
			if test.address != "" {
				lists = []string{test.address}
			}
			w := newFetchWorld(lists, nil)
			w.network.answers[test.address] = test.answer
			_, err := w.fetch(t, w.fetcher(t, func(c *RevocationFetcherConfig) { c.MaxSize = 1000 }))
			var failed *RevocationFetchError
			require.ErrorAs(t, err, &failed)
			assert.Equal(t, test.address, failed.Address)
			require.ErrorContains(t, err, test.want)
			assert.NotContains(t, err.Error(), "example")
			assert.Equal(t, test.sent, w.network.count())
		})
	}
}

var w404 = []byte("words of the other side")

// The network is not asked by name: a name of the authority's may lead to the
// machine itself.
func TestNewRevocationFetcher_ChecksTheAddressThatIsDialed(t *testing.T) {
	t.Parallel()
	w := newFetchWorld(nil, nil)
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		_, _ = rw.Write(w.current(nil))
	}))
	t.Cleanup(server.Close)
	w.person = w.root.Person(cmstest.ECKey(elliptic.P256()), func(c *x509.Certificate) { c.CRLDistributionPoints = []string{server.URL + "/ca.crl"} })
	for name, test := range map[string]struct {
		config RevocationFetcherConfig
		works  bool
	}{
		"default":            {RevocationFetcherConfig{}, false},
		"real host":          {RevocationFetcherConfig{BaseURL: "https://cert-sign.kakao.com"}, false},
		"simulator":          {RevocationFetcherConfig{BaseURL: server.URL}, true},
		"simulator by name":  {RevocationFetcherConfig{BaseURL: "http://localhost:1"}, true},
		"mirror on loopback": {RevocationFetcherConfig{Mirrors: map[string]string{server.URL: server.URL}}, true},
		"allowed port":       {RevocationFetcherConfig{Ports: []int{portIn(t, server.URL)}}, false},
	} {
		asked.Store(0)
		f, err := NewRevocationFetcher(test.config)
		require.NoError(t, err, name)
		got, err := w.fetch(t, f)
		assert.Equal(t, test.works, err == nil, "%s: %v", name, err)
		assert.Equal(t, test.works, len(got.CRLs) == 1, name)
		assert.Equal(t, test.works, asked.Load() == 1, name)
	}
}

func TestNewRevocationFetcher_Mirrors(t *testing.T) {
	t.Parallel()
	w := newFetchWorld([]string{"ldap://ldap.example/cn=ca"}, nil)
	list := w.current(nil)
	w.network.answers["http://10.0.0.5:8080/crl/cn=ca"] = says(200, list)
	got, err := w.fetch(t, w.fetcher(t, func(c *RevocationFetcherConfig) {
		c.Mirrors = map[string]string{"ldap://ldap.example/": "http://10.0.0.5:8080/crl/", "ldap://": "http://10.0.0.5:8080/other/"}
	}))
	require.NoError(t, err)
	assert.Equal(t, [][]byte{list}, got.CRLs)
}

func TestNewRevocationFetcher_ConfigIsChecked(t *testing.T) {
	t.Parallel()
	u := func(text string) *url.URL { u, _ := url.Parse(text); return u }
	for name, test := range map[string]struct {
		config RevocationFetcherConfig
		field  string
	}{
		"time":              {RevocationFetcherConfig{Timeout: -1}, "Timeout"},
		"size":              {RevocationFetcherConfig{MaxSize: -1}, "MaxSize"},
		"port":              {RevocationFetcherConfig{Ports: []int{0}}, "Ports"},
		"base":              {RevocationFetcherConfig{BaseURL: "localhost"}, "BaseURL"},
		"proxy":             {RevocationFetcherConfig{Proxy: u("socks5://proxy")}, "Proxy"},
		"proxy and own":     {RevocationFetcherConfig{Proxy: u("http://proxy"), Transport: new(network)}, "Proxy"},
		"mirror of nothing": {RevocationFetcherConfig{Mirrors: map[string]string{"": "http://m/"}}, "Mirrors"},
		"mirror by ldap":    {RevocationFetcherConfig{Mirrors: map[string]string{"http://a/": "ldap://m/"}}, "Mirrors"},
		"skips TLS checks":  {RevocationFetcherConfig{Transport: &http.Transport{TLSClientConfig: insecure()}}, "Transport"},
	} {
		_, err := NewRevocationFetcher(test.config)
		var argument *ArgumentError
		require.ErrorAs(t, err, &argument, name)
		assert.True(t, strings.HasSuffix(argument.Field, "."+test.field), name)
	}
}

func insecure() *tls.Config { return &tls.Config{InsecureSkipVerify: true} }

func extensionOf(id asn1.ObjectIdentifier, value []byte) cmstest.Change {
	return func(c *x509.Certificate) {
		c.ExtraExtensions = append(c.ExtraExtensions, pkix.Extension{Id: id, Value: value})
	}
}

func portIn(t *testing.T, address string) int {
	t.Helper()
	u, err := url.Parse(address)
	require.NoError(t, err)
	port, err := strconv.Atoi(u.Port())
	require.NoError(t, err)
	return port
}
