package kakaocert

import (
	"context"
	"crypto/x509"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/kakaocert-go/kakaocert/internal/cms/revocation"
	"github.com/kakaocert-go/kakaocert/internal/fetcher"
	"github.com/kakaocert-go/kakaocert/internal/transport"
)

// RevocationFetcherConfig is for [NewRevocationFetcher]. Its zero value fetches
// from the public Internet.
type RevocationFetcherConfig struct {
	// BaseURL is the client's [Config.BaseURL]. Where it is on loopback (a
	// simulator), certificates may name addresses on loopback, with any port.
	BaseURL string

	// Transport sends the requests, such as the simulator's own, and decides where
	// connections lead; scheme and port are checked all the same. One that skips
	// the check of TLS certificates is refused.
	Transport http.RoundTripper

	// Proxy is an HTTP proxy, which must keep requests out of the networks behind
	// it. The environment's is not used.
	Proxy *url.URL

	// Mirrors are beginnings of addresses, of any scheme, and what takes their
	// place, at any address: {"http://crl.example/": "http://10.0.0.5:8080/crl/"}.
	// The longest beginning counts.
	Mirrors map[string]string

	Ports   []int         // allowed besides 80 and 443
	Timeout time.Duration // for one address; zero means 10 seconds
	MaxSize int           // bytes of one answer; zero means 16 MiB
}

const (
	defaultFetchTimeout = 10 * time.Second
	defaultFetchSize    = 16 << 20
)

// NewRevocationFetcher returns a [RevocationFetcher] that gets CRLs (RFC 5280
// section 4.2.1.13) and OCSP answers (RFC 6960) from the addresses that
// certificates name, and keeps them in memory until their nextUpdate, and a
// failure for a minute. Share one among all verifiers.
//
// An authority decides what its certificates name: every connection, after
// redirects too, must lead to a public IP address, to port 80 or 443, unless
// the config allows more.
//
// Its errors are [*RevocationFetchError], joined; what could be fetched is
// returned with them.
func NewRevocationFetcher(c RevocationFetcherConfig) (RevocationFetcher, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	internal := fetcher.Config{
		Proxy: c.Proxy, Mirrors: maps.Clone(c.Mirrors), Ports: append([]int{80, 443}, c.Ports...),
		Timeout: c.Timeout, MaxSize: int64(c.MaxSize),
	}
	if c.BaseURL != "" {
		u, err := url.Parse(c.BaseURL)
		if err != nil || u.Host == "" {
			return nil, &ArgumentError{Field: "RevocationFetcherConfig.BaseURL", Reason: "must be an absolute URL"}
		}
		internal.Loopback = transport.IsLoopback(u.Hostname())
	}
	if c.Transport != nil {
		guarded, why := transport.Guard(c.Transport)
		if why != "" {
			return nil, &ArgumentError{Field: "RevocationFetcherConfig.Transport", Reason: why}
		}
		internal.Transport = guarded
	}
	if internal.Timeout == 0 {
		internal.Timeout = defaultFetchTimeout
	}
	if internal.MaxSize == 0 {
		internal.MaxSize = defaultFetchSize
	}
	return revocationFetcher{fetcher.New(internal)}, nil
}

func (c *RevocationFetcherConfig) check() error {
	refuse := func(field, reason string) error {
		return &ArgumentError{Field: "RevocationFetcherConfig." + field, Reason: reason}
	}
	switch {
	case c.Timeout < 0:
		return refuse("Timeout", "must not be negative")
	case c.MaxSize < 0 || c.MaxSize > maxMessageSize:
		return refuse("MaxSize", "must be between 0 and 1 GiB")
	case c.Proxy != nil && c.Transport != nil:
		return refuse("Proxy", "must not be given with Transport, which has its own")
	case c.Proxy != nil && (c.Proxy.Host == "" || c.Proxy.Scheme != "http" && c.Proxy.Scheme != "https"):
		return refuse("Proxy", "must be an http or https URL")
	case slices.ContainsFunc(c.Ports, func(port int) bool { return port < 1 || port > 65535 }):
		return refuse("Ports", "must be between 1 and 65535")
	}
	for beginning, mirror := range c.Mirrors {
		from, err := url.Parse(beginning)
		to, toErr := url.Parse(mirror)
		if err != nil || from.Scheme == "" || !strings.Contains(beginning, "//") {
			return refuse("Mirrors", "must have beginnings with a scheme, such as http://crl.example/")
		}
		if toErr != nil || to.Host == "" || to.Scheme != "http" && to.Scheme != "https" {
			return refuse("Mirrors", "must lead to http or https URLs")
		}
	}
	return nil
}

// revocationFetcher gives the internal fetcher the types that callers know.
type revocationFetcher struct{ fetcher *fetcher.Fetcher }

func (f revocationFetcher) FetchRevocation(ctx context.Context, certificate, issuer *x509.Certificate) (RevocationData, error) {
	sources, err := f.fetch(ctx, certificate, issuer)
	if sources == nil {
		return RevocationData{}, err
	}
	return RevocationData(sources.Data()).clone(), err
}

// fetch returns what was read: a [Verifier] need not read it again.
func (f revocationFetcher) fetch(ctx context.Context, certificate, issuer *x509.Certificate) (*revocation.Sources, error) {
	sources, failed := f.fetcher.Fetch(ctx, certificate, issuer)
	var all []error
	for _, err := range failed {
		if one, ok := errors.AsType[*fetcher.Error](err); ok {
			err = &RevocationFetchError{Kind: one.Kind, Address: one.Address, err: one}
		}
		all = append(all, err)
	}
	return sources, errors.Join(all...)
}

// RevocationFetchError says why the fetcher of [NewRevocationFetcher] could not
// get one answer. Its text contains neither the address nor words of the other side;
// those of the cause may.
type RevocationFetchError struct {
	Kind    string // "CRL" or "OCSP answer"
	Address string // as the certificate names it; empty where it names none

	err error
}

func (e *RevocationFetchError) Error() string { return "kakaocert: " + e.err.Error() }

func (e *RevocationFetchError) Unwrap() error { return e.err }
