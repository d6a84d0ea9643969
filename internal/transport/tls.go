package transport

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"time"
)

// Default returns the RoundTripper of a client for which none is given.
func Default() *http.Transport {
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSClientConfig:       &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:   10 * time.Second,
		ForceAttemptHTTP2:     true,
		MaxIdleConnsPerHost:   64,
		IdleConnTimeout:       90 * time.Second,
		ExpectContinueTimeout: time.Second,
	}
}

// Guard returns rt for use, or why it cannot be used: certificates are always
// checked, and TLS is 1.2 at least. An [http.Transport] is copied, so that
// it cannot be loosened later. About any other RoundTripper nothing can be known.
func Guard(rt http.RoundTripper) (http.RoundTripper, string) {
	if rt == nil {
		return Default(), ""
	}
	t, ok := rt.(*http.Transport)
	if !ok {
		return rt, ""
	}
	if t == nil {
		return Default(), ""
	}
	if t.DialTLSContext != nil || hasDialTLS(t) {
		return nil, "dials TLS by itself, out of sight of certificate checks"
	}
	t = t.Clone()
	if t.TLSClientConfig == nil {
		t.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	c := t.TLSClientConfig
	if c.InsecureSkipVerify {
		return nil, "skips the check of certificates"
	}
	if c.MinVersion != 0 && c.MinVersion < tls.VersionTLS12 || c.MaxVersion != 0 && c.MaxVersion < tls.VersionTLS12 {
		return nil, "allows TLS below 1.2"
	}
	c.MinVersion = max(c.MinVersion, tls.VersionTLS12)
	return t, ""
}

func hasDialTLS(t *http.Transport) bool {
	return t.DialTLS != nil //lint:ignore SA1019 the old hook hides a certificate check as well as the new one
}

// IsTrustFailure reports that the service's certificate was not accepted.
// Nothing was sent then, and trying again would not help.
func IsTrustFailure(err error) bool {
	if err == nil {
		return false
	}
	_, unverified := errors.AsType[*tls.CertificateVerificationError](err)
	_, authority := errors.AsType[x509.UnknownAuthorityError](err)
	_, invalid := errors.AsType[x509.CertificateInvalidError](err)
	_, hostname := errors.AsType[x509.HostnameError](err)
	return unverified || authority || invalid || hostname
}
