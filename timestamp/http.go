package timestamp

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/internal/fetcher"
	"github.com/kakaocert-go/kakaocert/internal/redact"
	"github.com/kakaocert-go/kakaocert/internal/transport"
)

// HTTPConfig is where an authority answers by HTTP. URL is required.
type HTTPConfig struct {
	// URL is the address to which requests are posted: http or https. What comes
	// back is signed, and tied to the request by a nonce, so http is not unsafe
	// where no Header is sent.
	URL string
	// Header is sent with every request, for example Authorization with a key of
	// the authority. It needs https, or http to this machine.
	Header http.Header
	// Transport makes the connections, for example with a client certificate. It
	// must check certificates. Nil means one with the proxies of the environment.
	Transport http.RoundTripper
	// Timeout is for one request; zero means 10 seconds.
	Timeout time.Duration
}

const defaultTimeout = 10 * time.Second

// NewHTTPAuthority returns an [Authority] that speaks HTTP as RFC 3161 section
// 3.4 describes. It follows no redirect, and reads at most 144 KiB. The errors of
// its Stamp are [*HTTPError] and those of the context. The error returned is a
// [*kakaocert.ArgumentError].
func NewHTTPAuthority(c HTTPConfig) (Authority, error) {
	refuse := func(field, reason string) (Authority, error) {
		return nil, &kakaocert.ArgumentError{Field: "HTTPConfig." + field, Reason: reason}
	}
	u, err := url.Parse(c.URL)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return refuse("URL", "must be an http or https URL")
	case u.User != nil:
		return refuse("URL", "must not contain a user: give a Header")
	case len(c.Header) > 0 && u.Scheme != "https" && !transport.IsLoopback(u.Hostname()):
		return refuse("URL", "must be https where a Header is sent, except to this machine")
	case !validHeader(c.Header):
		return refuse("Header", "must have names and values of printable ASCII that HTTP allows, each name once")
	case c.Timeout < 0:
		return refuse("Timeout", "must not be negative")
	}
	guarded, why := transport.Guard(c.Transport)
	if why != "" {
		return refuse("Transport", why)
	}
	a := &httpAuthority{url: u, header: redact.Hide(c.Header.Clone()), transport: guarded, timeout: c.Timeout}
	if a.timeout == 0 {
		a.timeout = defaultTimeout
	}
	return a, nil
}

type httpAuthority struct {
	url       *url.URL
	header    redact.Hidden[http.Header]
	transport http.RoundTripper
	timeout   time.Duration
}

// validHeader reports whether each name is a token, and each value visible, by
// RFC 9110 sections 5.1 and 5.5. (Bytes above ASCII are obsolete there.)
func validHeader(header http.Header) bool {
	seen := make(map[string]bool)
	for name, values := range header {
		canonical := http.CanonicalHeaderKey(name)
		if !isToken(name) || seen[canonical] {
			return false
		}
		seen[canonical] = true
		for _, value := range values {
			if strings.ContainsFunc(value, func(r rune) bool { return r != '\t' && (r < ' ' || r > '~') }) {
				return false
			}
		}
	}
	return true
}

func isToken(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(r rune) bool {
		return r <= ' ' || r > '~' || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
	})
}

// Stamp implements [Authority].
func (a *httpAuthority) Stamp(ctx context.Context, request []byte) ([]byte, error) {
	raw, err := fetcher.Post(ctx, fetcher.Posting{
		Kind: "time stamp", URL: a.url, Transport: a.transport, Header: a.header.Value(), Body: request,
		Type: "application/timestamp-query", Answer: "application/timestamp-reply", Timeout: a.timeout, MaxSize: maxResponse,
	})
	if err != nil && ctx.Err() == nil {
		err = &HTTPError{err}
	}
	return raw, err
}

// HTTPError says why an authority gave no response by HTTP. Its text contains
// neither the address nor words of the other side; those of the cause may.
type HTTPError struct{ err error }

func (e *HTTPError) Error() string { return e.err.Error() }

// Unwrap returns the cause.
func (e *HTTPError) Unwrap() error { return e.err }
