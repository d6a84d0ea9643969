package kakaocerttest

import (
	"net/http"
	"slices"
	"strings"

	"github.com/kakaocert-go/kakaocert"
)

// steps are the calls of all services, in their order. Authorize is not called
// by a client: it is the page at which a user logs in.
var steps = []string{"prepare", "authorize", "token", "request", "status", "verify", "signer", "session"}

// products contains the product codes by service. (DOC)
var products = map[string][]string{
	"k1100": {"K1110", "K1120"},
	"k1400": {"K1400"},
	"k2100": {"K2100"},
	"k2220": {"K2220", "K3220"},
	"k3100": {"K3110", "K3120"},
	"k3500": {"K3510", "K3520", "K3511", "K3521"},
}

func isAppToApp(product string) bool { return product[3] == '2' }

func isSeveral(product string) bool { return strings.HasPrefix(product, "K35") && product[4] == '1' }

// route is the path of one step of one service.
type route struct {
	service, step   string
	method          string
	prefix, postfix string // around the product code
	whole           bool   // the path contains no product code: prefix is the entire path
}

func newRoutes(p *kakaocert.Protocol, d Dialect) []route {
	var routes []route
	for service := range products {
		for _, step := range steps {
			method, path := endpoint(p, service, step)
			if path == "" {
				continue
			}
			if d.ProductInPath && !atOtherHost(p, service, step) && !strings.Contains(path, "{product}") {
				path += "/{product}"
			}
			prefix, postfix, around := strings.Cut(path, "{product}")
			routes = append(routes, route{service, step, method, prefix, postfix, !around})
		}
	}
	return routes
}

// endpoint is the protocol's. Status, verify and signer info of a K1400
// transaction are those of K1100, unless the protocol says otherwise. (ASSUMED)
func endpoint(p *kakaocert.Protocol, service, step string) (method, path string) {
	method, path = p.Endpoint(service, step)
	if path == "" && service == "k1400" && slices.Contains([]string{"status", "verify", "signer"}, step) {
		return p.Endpoint("k1100", step)
	}
	return method, path
}

// atOtherHost reports that the step is kauth's or kapi's.
func atOtherHost(p *kakaocert.Protocol, service, step string) bool {
	return len(p.List("step."+service+"."+step)) == 3
}

// call is one call as its path and method name it.
type call struct {
	route
	services []string // services that may have this step: without a product in the path, the transaction decides
	product  string   // as written in the path: "K1110T"
	bare     string   // without the T
	txID     string   // when it is known; for a GET, from the start
	known    bool     // the product is one of the service's
}

// route finds the step of a path. Services share paths, and then the product
// code distinguishes them; a code that none of them has is certainly wrong.
func (s *Service) route(r *http.Request) (*call, bool) {
	var found *call
	for _, candidate := range s.routes {
		product, ok := candidate.match(r.URL.Path)
		if !ok {
			continue
		}
		bare := strings.TrimSuffix(product, "T")
		c := &call{route: candidate, product: product, bare: bare, known: candidate.whole || slices.Contains(products[candidate.service], bare)}
		if better(c, found, r.Method) {
			found = c
		}
	}
	if found == nil {
		return nil, false
	}
	for _, other := range s.routes {
		if other.service == found.service || found.whole && other.whole && other.prefix == found.prefix && other.step == found.step && other.method == found.method {
			found.services = append(found.services, other.service)
		}
	}
	if r.Method == http.MethodGet {
		found.txID = r.URL.Query().Get(s.protocol.Field("tx_id"))
		if tx := s.store.find(found.txID); tx != nil && found.whole {
			found.product = tx.product
		}
	}
	return found, true
}

// better prefers the service that has the product, then the method of the call:
// steps may share a path and differ only in the method.
func better(c, than *call, method string) bool {
	switch {
	case than == nil:
		return true
	case c.known != than.known:
		return c.known
	}
	return c.method == method && than.method != method
}

func (r route) match(path string) (product string, ok bool) {
	if r.whole {
		return "", path == r.prefix
	}
	rest, ok := strings.CutPrefix(path, r.prefix)
	if !ok {
		return "", false
	}
	product, ok = strings.CutSuffix(rest, r.postfix)
	return product, ok && product != "" && !strings.Contains(product, "/")
}

// code is a product code in the form of the environment.
func (s *Service) code(bare string) string {
	if s.environment == kakaocert.Test {
		return bare + "T"
	}
	return bare
}

// atKauth reports that the call is one of kauth's: a form without keys,
// answered according to OAuth.
func (c *call) atKauth() bool {
	return c.service == "k2100" && (c.step == "prepare" || c.step == "token")
}

// admit checks product, host and permission, as far as the path contains them.
func (s *Service) admit(c *call) *failure {
	if !c.known {
		return fail("E1001", "no such product on this path")
	}
	if !c.whole && c.product != s.code(c.bare) {
		return fail("E1007", "")
	}
	if (!c.whole || c.step == "prepare") && s.contract.denies(c.service, c.step) {
		return fail("E1002", "")
	}
	return nil
}
