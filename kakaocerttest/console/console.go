// Package console is what people and programs see of a simulated service while
// it runs: the page that plays the users' phones, and a control interface.
//
//	sim, err := kakaocerttest.StartServer("127.0.0.1:8080",
//		kakaocerttest.WithHandler(console.Handler))
//
// The command "kakaocert sim" serves it.
//
// # Control over HTTP
//
// The control interface is for clients in other languages and for scripts.
// Bodies are JSON; an error is an object with the one field error.
//
//	GET    /_sim/users                         accounts
//	POST   /_sim/users                         add one: {"name", "birthday", "phone", "behaviour": "sign:3s"}
//	PUT    /_sim/users/{phone}/behaviour       {"behaviour": "manual"}
//	POST   /_sim/users/{phone}/revoke          revoke the certificate
//	GET    /_sim/transactions                  all, oldest first
//	DELETE /_sim/transactions                  forget them all
//	GET    /_sim/transactions/{tx_id}          one
//	POST   /_sim/transactions/{tx_id}/sign     or decline, or expire; 409 when it does not wait for the user
//	GET    /_sim/faults                        what is still to go wrong
//	POST   /_sim/faults                        {"step": "verify", "kind": "slow", "times": 1, "delay": "3s"}
//	DELETE /_sim/faults                        nothing goes wrong any more
//	GET    /_sim/clock                         {"now": ...}
//	POST   /_sim/clock                         {"advance": "10m"}
//	GET    /_sim/health                        {"status": "ok"} while it serves
//	GET    /_sim/openapi.json                  the wire in OpenAPI 3.1, as the service's protocol spells it
//	GET    /_sim/roots                         the root certificate, in PEM
//	GET    /_sim/events                        calls as they happen, as server-sent events
//	GET    /_sim/phone                         the page that plays the user's phone
//
// Users, faults and transactions are the JSON forms of [kakaocerttest.User],
// [kakaocerttest.Fault] and [kakaocerttest.Transaction]; a fault's times of -1
// is without end.
package console

import (
	"net/http"
	"strings"

	"github.com/kakaocert-go/kakaocert/internal/visitor"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

const (
	root      = "/_sim/"
	phonePath = root + "phone"
)

// console is the console of a service.
type console struct {
	service *kakaocerttest.Service
	hosts   visitor.Hosts
	mux     *http.ServeMux
	history *history
}

// Handler answers the console's paths below /_sim/, leads the bare address to
// the phone page, and passes all else to the service. It keeps the service's
// last 200 events from now on.
//
// Anyone who reaches the console can read all that the service knows and can
// sign. In a browser it therefore answers only its own pages, and only under an
// IP address, localhost, or one of the service's host names
// ([kakaocerttest.WithHosts]).
func Handler(service *kakaocerttest.Service) http.Handler {
	c := &console{service: service, hosts: service.Hosts(), mux: http.NewServeMux(), history: newHistory()}
	service.OnEvent(c.history.add)
	c.addControl()
	c.mux.HandleFunc("GET /_sim/events", c.events)
	c.addPhone()
	return c
}

func (c *console) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path == "/": // somebody typed the address
		http.Redirect(w, r, phonePath, http.StatusSeeOther)
		return
	case !strings.HasPrefix(r.URL.Path, root):
		c.service.ServeHTTP(w, r)
		return
	}
	foreign := c.hosts.Foreign
	if r.URL.Path == phonePath {
		foreign = c.hosts.ForeignVisit
	}
	if reason := foreign(r); reason != "" {
		writeJSON(w, http.StatusForbidden, controlError{reason})
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	c.mux.ServeHTTP(w, r)
}
