// Package fetcher gets answers of authorities over HTTP. CRLs and OCSP answers
// come from the addresses that certificates name: those are an authority's, not
// the caller's, so where they lead is checked before anything is sent.
package fetcher

import (
	"bytes"
	"context"
	"crypto/x509"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/crypto/ocsp"

	"github.com/kakaocert-go/kakaocert/internal/cms/revocation"
)

// Config is what a Fetcher needs. Every field is set.
type Config struct {
	Transport http.RoundTripper // nil: one that checks every address it dials
	Proxy     *url.URL          // nil: none
	Mirrors   map[string]string // beginnings of addresses, and what replaces them
	Ports     []int
	Loopback  bool
	Timeout   time.Duration // for one address
	MaxSize   int64         // bytes of one answer
}

// Fetcher gets answers and keeps them until they expire.
type Fetcher struct {
	config Config
	rules  rules
	public *http.Client
	mirror *http.Client
	cache  cache
}

// maxAddresses is how many addresses of one certificate are tried.
const maxAddresses = 8

// New makes a Fetcher.
func New(c Config) *Fetcher {
	f := &Fetcher{config: c, rules: rules{ports: c.Ports, loopback: c.Loopback}}
	public, mirror := c.Transport, c.Transport
	if c.Transport == nil {
		public, mirror = f.transport(c.Proxy, f.rules.control), f.transport(nil, nil)
	}
	f.public = &http.Client{Transport: public, CheckRedirect: func(r *http.Request, via []*http.Request) error {
		if len(via) > 3 {
			return errRedirects
		}
		return f.rules.checkURL(r.URL)
	}}
	f.mirror = &http.Client{Transport: mirror, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse // a mirror answers itself
	}}
	return f
}

func (f *Fetcher) transport(proxy *url.URL, control func(network, address string, c syscall.RawConn) error) http.RoundTripper {
	dialer := &net.Dialer{Timeout: f.config.Timeout}
	t := &http.Transport{
		DialContext: dialer.DialContext, TLSHandshakeTimeout: f.config.Timeout, ForceAttemptHTTP2: true,
		DisableCompression: true, MaxIdleConnsPerHost: 4, IdleConnTimeout: time.Minute,
	}
	if proxy != nil { // its address is the caller's; where it connects to, it decides
		t.Proxy = http.ProxyURL(proxy)
		return t
	}
	dialer.Control = control
	return t
}

// Fetch gets what the certificate's authority says of it: from each of its CRL
// distribution points and from its OCSP responder, at the same time. The answers
// that came are returned also where another failed.
func (f *Fetcher) Fetch(ctx context.Context, certificate, issuer *x509.Certificate) (*revocation.Sources, []error) {
	jobs := make([]job, 0, 2)
	if len(certificate.OCSPServer) > 0 {
		jobs = append(jobs, job{kind: kindOCSP, addresses: certificate.OCSPServer})
	}
	for _, addresses := range revocation.Addresses(certificate) {
		jobs = append(jobs, job{kind: kindCRL, addresses: addresses})
	}
	if len(jobs) == 0 {
		return nil, []error{&Error{Kind: kindCRL, Reason: errNoAddress}}
	}
	left := maxAddresses
	var wait sync.WaitGroup
	for i := range jobs {
		j := &jobs[i]
		j.addresses = j.addresses[:min(len(j.addresses), left)]
		left -= len(j.addresses)
		if f.kept(j, certificate) {
			continue
		}
		wait.Go(func() { f.do(ctx, j, certificate, issuer) })
	}
	wait.Wait()
	all := new(revocation.Sources)
	var failed []error
	for _, j := range jobs {
		if j.answer == nil { // there are errors, or there were too many addresses
			failed = append(failed, j.failed...)
		} else {
			all.Add(j.answer)
		}
	}
	return all, failed
}

const (
	kindCRL  = "CRL"
	kindOCSP = "OCSP answer"
)

// job is one answer to get, and the addresses where it is.
type job struct {
	kind      string
	addresses []string
	answer    *revocation.Sources
	failed    []error
}

// key is the answer's name in the cache. A list is the same for all
// certificates.
func (j *job) key(address string, certificate *x509.Certificate) string {
	if j.kind == kindCRL {
		return j.kind + " " + address
	}
	return j.kind + " " + address + " " + string(certificate.Raw)
}

// kept takes an answer that is in the cache.
func (f *Fetcher) kept(j *job, certificate *x509.Certificate) bool {
	if len(j.addresses) == 0 {
		return true
	}
	answer, ok := f.cache.peek(j.key(j.addresses[0], certificate))
	if ok {
		j.answer = answer
	}
	return ok
}

// do tries one address after the other.
func (f *Fetcher) do(ctx context.Context, j *job, certificate, issuer *x509.Certificate) {
	for _, address := range j.addresses {
		answer, err := f.cache.get(ctx, j.key(address, certificate), func() (kept, error) {
			detached, cancel := context.WithTimeout(context.WithoutCancel(ctx), f.config.Timeout)
			defer cancel()
			return f.fetch(detached, j.kind, address, certificate, issuer)
		})
		if err == nil {
			j.answer = answer
			return
		}
		if ended := ctx.Err(); ended != nil {
			j.failed = []error{ended}
			return
		}
		j.failed = append(j.failed, err)
	}
}

// fetch gets one answer and says how long it is good for, also where it failed.
func (f *Fetcher) fetch(ctx context.Context, kind, address string, certificate, issuer *x509.Certificate) (kept, error) {
	soon := kept{until: time.Now().Add(retryAfter)}
	var request []byte
	if kind == kindOCSP {
		var err error
		if request, err = ocsp.CreateRequest(certificate, issuer, nil); err != nil {
			return soon, &Error{Kind: kind, Address: address, Reason: errContent}
		}
	}
	raw, err := f.call(ctx, address, request)
	if err != nil {
		return soon, &Error{Kind: kind, Address: address, Reason: reasonOf(err), cause: err}
	}
	data := revocation.Data{CRLs: [][]byte{raw}}
	if kind == kindOCSP {
		data = revocation.Data{OCSP: [][]byte{raw}}
	}
	answer, unreadable := revocation.Read(data)
	if unreadable > 0 {
		return soon, &Error{Kind: kind, Address: address, Reason: errContent}
	}
	soon.answer, soon.size = answer, len(raw)
	if until := answer.Expiry(certificate, issuer, time.Now()); !until.IsZero() {
		soon.until = until
	} // else it is not this issuer's, or not current: not to be kept on its own word
	return soon, nil
}

// call sends one request.
func (f *Fetcher) call(ctx context.Context, address string, body []byte) ([]byte, error) {
	client := f.public
	mirrored, isMirror := f.mirrored(address)
	u, err := url.Parse(mirrored)
	if err != nil {
		return nil, errAddress
	}
	if isMirror {
		client = f.mirror
	} else if err := f.rules.checkURL(u); err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if body != nil { // RFC 6960 appendix A.1
		r, err = http.NewRequestWithContext(ctx, http.MethodPost, u.String(), bytes.NewReader(body))
	}
	if err != nil {
		return nil, errAddress
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/ocsp-request")
	}
	response, err := client.Do(r)
	if err != nil {
		return nil, err
	}
	return read(response, f.config.MaxSize)
}

// mirrored returns the address to call: that of the mirror with the longest
// matching beginning, or the address itself.
func (f *Fetcher) mirrored(address string) (string, bool) {
	longest, found := "", false
	for beginning := range f.config.Mirrors {
		if strings.HasPrefix(address, beginning) && (!found || len(beginning) > len(longest)) {
			longest, found = beginning, true
		}
	}
	if !found {
		return address, false
	}
	return f.config.Mirrors[longest] + strings.TrimPrefix(address, longest), true
}
