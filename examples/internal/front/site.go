// Package front is what the pages of the examples share: their address, their
// headers, their frame and style, and how they are served.
package front

import (
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/kakaocert-go/kakaocert/internal/visitor"
)

// Site is the page's own address. It is configured and never taken from a
// request: what a visitor's Host header says must not get into the return URL.
type Site struct{ url.URL }

// SiteOf is the address that was given, else the one that is listened on. Only
// on this machine may it be plain http.
func SiteOf(address string, listening net.Addr) (Site, error) {
	if address == "" {
		tcp, ok := listening.(*net.TCPAddr)
		if !ok || !tcp.IP.IsLoopback() {
			return Site{}, errors.New("others can reach this address, and what they type must be encrypted: end TLS in front of it, and give its https address with -url")
		}
		return Site{url.URL{Scheme: "http", Host: listening.String()}}, nil
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.Path != "" && u.Path != "/" {
		return Site{}, errors.New("-url is not of the form https://bank.example")
	}
	return Site{url.URL{Scheme: u.Scheme, Host: u.Host}}, nil
}

func (s Site) Secure() bool { return s.Scheme == "https" }

// To is an absolute address, for who comes from elsewhere.
func (s Site) To(path, lang string) string { return s.String() + InLanguage(path, lang) }

// InLanguage is a path with the visitor's language, the only thing that this
// page ever has in an address.
func InLanguage(path, lang string) string { return path + "?lang=" + lang }

// Alone lets the page answer under its own name only, and to its own visitors:
// another name may be one that a stranger has pointed here, and another site may
// link to the page but neither frame nor read it.
func (s Site) Alone(next http.Handler) http.Handler {
	hosts, _ := visitor.NewHosts(s.Hostname()) // an IPv6 address is not a name, and needs none
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.EqualFold(r.Host, s.Host) {
			http.Redirect(w, r, s.String()+"/", http.StatusSeeOther)
			return
		}
		if hosts.ForeignVisit(r) != "" {
			http.Error(w, http.StatusText(http.StatusForbidden), http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}
