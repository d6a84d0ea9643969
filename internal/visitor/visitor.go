// Package visitor says which requests a page that listens on this machine may
// answer. A browser sends it requests of other sites too, and another site can
// point its own host name at this machine (DNS rebinding).
package visitor

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Hosts are the host names of a page, in lower case, besides localhost and IP
// addresses, which no foreign name server can give out.
type Hosts []string

// NewHosts takes host names in any case. It refuses a text that is not a host name, such
// as a URL or a name with a port.
func NewHosts(names ...string) (Hosts, error) {
	hosts := make(Hosts, len(names))
	for i, name := range names {
		if name == "" || strings.ContainsAny(name, ":/?#@[]*, \t\r\n") {
			return nil, fmt.Errorf("host name %q must be a name alone, such as sim.example, without scheme and port", name)
		}
		hosts[i] = canonical(name)
	}
	return hosts, nil
}

// canonical is a name in the form in which names are compared.
func canonical(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) }

// Foreign says why a request is not one of the page's own; empty means that it is.
// It refuses every host name that is not the page's, and what another origin
// sends.
func (h Hosts) Foreign(r *http.Request) (reason string) {
	if !h.own(r.Host) {
		return "host name is not one of this page: allow it, or use localhost or an IP address"
	}
	if origin := r.Header.Get("Origin"); origin != "" && !sameOrigin(origin, r.Host) {
		return "request comes from another origin"
	}
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "same-origin", "none":
		return ""
	}
	return "request comes from another site"
}

// ForeignVisit is Foreign for a page that a link of another site may open. It
// must not be framed.
func (h Hosts) ForeignVisit(r *http.Request) (reason string) {
	opens := r.Method == http.MethodGet &&
		r.Header.Get("Sec-Fetch-Mode") == "navigate" && r.Header.Get("Sec-Fetch-Dest") == "document"
	if opens && h.own(r.Host) {
		return ""
	}
	return h.Foreign(r)
}

func (h Hosts) own(hostPort string) bool {
	host := hostPort
	if h, _, err := net.SplitHostPort(hostPort); err == nil {
		host = h
	}
	host = canonical(strings.Trim(host, "[]"))
	_, err := netip.ParseAddr(host)
	return err == nil || host == "localhost" || slices.Contains(h, host)
}

// sameOrigin compares without case: a browser writes Host and Origin alike, a
// program may not.
func sameOrigin(origin, host string) bool {
	scheme, rest, _ := strings.Cut(origin, "://")
	return (strings.EqualFold(scheme, "http") || strings.EqualFold(scheme, "https")) && strings.EqualFold(rest, host)
}
