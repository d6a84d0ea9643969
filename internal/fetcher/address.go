package fetcher

import (
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// rules say which addresses may be called.
type rules struct {
	ports    []int
	loopback bool
}

// checkURL checks what can be seen before a name is looked up.
func (r *rules) checkURL(u *url.URL) error {
	switch u.Scheme {
	case "http", "https":
	case "ldap", "ldaps":
		return errLDAP
	default:
		return errScheme
	}
	if u.Host == "" || u.User != nil || u.Opaque != "" {
		return errAddress
	}
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	local := host == "localhost" || strings.HasSuffix(host, ".localhost")
	if ip, err := netip.ParseAddr(host); err == nil {
		if !r.allows(ip) {
			return errNotPublic
		}
		local = ip.Unmap().IsLoopback()
	}
	if local && !r.loopback {
		return errNotPublic
	}
	if !local && !slices.Contains(r.ports, portOf(u)) {
		return errPort
	}
	return nil
}

func portOf(u *url.URL) int {
	if u.Port() == "" {
		if u.Scheme == "https" {
			return 443
		}
		return 80
	}
	port, err := strconv.Atoi(u.Port())
	if err != nil {
		return 0
	}
	return port
}

// control is a [net.Dialer]'s Control: it sees the address that a name led to,
// whatever the name was.
func (r *rules) control(_, address string, _ syscall.RawConn) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return errNotPublic
	}
	ip, err := netip.ParseAddr(host)
	if err != nil || !r.allows(ip) {
		return errNotPublic
	}
	return nil
}

func (r *rules) allows(ip netip.Addr) bool {
	ip = ip.Unmap()
	if ip.IsLoopback() && ip.Zone() == "" {
		return r.loopback
	}
	return isPublic(ip)
}

// Networks that are not the public Internet (IANA's special-purpose address
// registries), beyond those that netip knows. In IPv6 only 2000::/3 is public,
// so what is outside of it need not be listed.
var special = prefixes(
	"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15",
	"198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
	"2001::/23", "2001:db8::/32", "3fff::/20",
)

var (
	globalIPv6 = netip.MustParsePrefix("2000::/3")
	nat64      = netip.MustParsePrefix("64:ff9b::/96") // RFC 6052: the last 4 bytes are an IPv4 address
	sixToFour  = netip.MustParsePrefix("2002::/16")    // RFC 3056: bytes 2 to 5 are one
)

func prefixes(list ...string) (all []netip.Prefix) {
	for _, text := range list {
		all = append(all, netip.MustParsePrefix(text))
	}
	return all
}

// isPublic reports whether the address is on the public Internet, also in the
// forms in which an IPv6 address means an IPv4 address.
func isPublic(ip netip.Addr) bool {
	ip = ip.Unmap()
	if ip.Zone() != "" {
		return false
	}
	if ip.Is6() {
		b := ip.As16()
		switch {
		case nat64.Contains(ip):
			return isPublic(netip.AddrFrom4([4]byte(b[12:16])))
		case sixToFour.Contains(ip):
			return isPublic(netip.AddrFrom4([4]byte(b[2:6])))
		case !globalIPv6.Contains(ip):
			return false
		}
	}
	return ip.IsGlobalUnicast() && !ip.IsPrivate() &&
		!slices.ContainsFunc(special, func(p netip.Prefix) bool { return p.Contains(ip) })
}
