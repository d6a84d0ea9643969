package main

import (
	"errors"
	"net"
	"net/http"
	"net/url"
)

// site is the page's own address. It is configured and never taken from a
// request: what a visitor's Host header says must not get into the return URL.
type site struct{ url.URL }

// siteOf is the address that was given, else the one that is listened on. Only
// on this machine may it be plain http.
func siteOf(address string, listening net.Addr) (site, error) {
	if address == "" {
		tcp, ok := listening.(*net.TCPAddr)
		if !ok || !tcp.IP.IsLoopback() {
			return site{}, errors.New("others can reach this address, and what they type must be encrypted: end TLS in front of it, and give its https address with -url")
		}
		return site{url.URL{Scheme: "http", Host: listening.String()}}, nil
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.Path != "" && u.Path != "/" {
		return site{}, errors.New("-url is not of the form https://bank.example")
	}
	return site{url.URL{Scheme: u.Scheme, Host: u.Host}}, nil
}

func (s site) secure() bool { return s.Scheme == "https" }

// to is an absolute address, for who comes from elsewhere.
func (s site) to(path, lang string) string { return s.String() + inLanguage(path, lang) }

// inLanguage is a path with the visitor's language, the only thing that this
// page ever has in an address.
func inLanguage(path, lang string) string { return path + "?lang=" + lang }

// alone lets the page answer under its own name only: another name may be one
// that somebody has pointed here.
func (s site) alone(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Host != s.Host {
			http.Redirect(w, r, s.String()+"/", http.StatusSeeOther)
			return
		}
		next.ServeHTTP(w, r)
	})
}
