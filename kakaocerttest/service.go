package kakaocerttest

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/internal/visitor"
)

// Service is the simulated service: an [http.Handler] that is safe for use by
// several goroutines.
type Service struct {
	protocol    *kakaocert.Protocol
	environment kakaocert.Environment
	clock       *Clock
	contract    *contract
	dialect     Dialect
	users       *accounts
	routes      []route
	store       *store
	logins      *logins
	windows     windows
	events      *events
	authority   *authority
	stamping    stampingAuthority
	pkiURL      string // where CRL and OCSP are, as in the certificates; ends with a slash
	faults      faults
	hosts       visitor.Hosts
	calls       map[string]*atomic.Int64 // by step
}

// NewService returns a service that does not listen: mount it as a handler, or
// call it in-process with [Service.Config]. It panics when an option cannot be
// used, and names the option.
func NewService(opts ...Option) *Service {
	s, _, err := newService(opts, inProcessURL)
	if err != nil {
		panic(err.Error())
	}
	return s
}

// inProcessURL is the address in the certificates of a service that does not
// listen: [Service.Transport] leads there.
const inProcessURL = "http://simulator.invalid"

// newService returns the service and the handler in front of it. Base is the
// address in its certificates.
func newService(opts []Option, base string) (*Service, http.Handler, error) {
	set := settings{environment: kakaocert.Test, users: []User{DefaultUser()}}
	for _, opt := range opts {
		opt(&set)
	}
	if set.protocol == nil {
		set.protocol = kakaocert.DefaultProtocol()
	}
	if set.clock == nil {
		set.clock = newRunningClock()
	}
	if set.environment != kakaocert.Test && set.environment != kakaocert.Production {
		return nil, nil, errors.New("kakaocerttest: WithEnvironment: neither Test nor Production")
	}
	agreed, err := newContract(set.contract)
	if err != nil {
		return nil, nil, errors.New("kakaocerttest: WithContract: " + err.Error())
	}
	hosts, err := visitor.NewHosts(set.hosts...)
	if err != nil {
		return nil, nil, errors.New("kakaocerttest: WithHosts: " + err.Error())
	}
	if err := errors.Join(set.dialect.check(), set.dialect.checkNames(set.protocol)); err != nil {
		return nil, nil, errors.New("kakaocerttest: WithDialect: " + err.Error())
	}
	ca, err := newAuthority(set.clock.Now(), base+pkiPath)
	if err != nil {
		return nil, nil, err
	}
	s := &Service{
		protocol:    set.protocol,
		environment: set.environment,
		clock:       set.clock,
		contract:    agreed,
		dialect:     set.dialect,
		hosts:       hosts,
		users:       newAccounts(),
		routes:      newRoutes(set.protocol, set.dialect),
		store:       newStore(),
		logins:      newLogins(),
		windows:     windows{byID: make(map[string]*opened)},
		events:      newEvents(),
		authority:   ca,
		pkiURL:      base + pkiPath,
		calls:       make(map[string]*atomic.Int64),
	}
	for _, step := range steps {
		s.calls[step] = new(atomic.Int64)
	}
	for _, u := range set.users {
		if err := s.AddUser(u); err != nil {
			return nil, nil, err
		}
	}
	if set.handler != nil {
		return s, set.handler(s), nil
	}
	return s, s, nil
}

// Hosts returns the host names of [WithHosts], in lower case.
func (s *Service) Hosts() []string { return s.hosts }

// Clock returns the service's clock.
func (s *Service) Clock() *Clock { return s.clock }

// Calls returns how many calls of a step ("prepare", "token", "request",
// "status", "verify", "signer", "session") have reached the service.
func (s *Service) Calls(step string) int {
	if n := s.calls[step]; n != nil {
		return int(n.Load())
	}
	return 0
}

// ServeHTTP answers one call.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.isPage(r) {
		if reason := s.hosts.ForeignVisit(r); reason != "" {
			plainReply(http.StatusForbidden, reason+"\n").writeTo(w, r)
			return
		}
	}
	s.respond(r).writeTo(w, r)
}

// isPage reports that a browser, and not a client, opens this address. The
// script of the standard window is for pages of institutions.
func (s *Service) isPage(r *http.Request) bool {
	c, found := s.route(r)
	return found && c.step == "authorize" || r.URL.Path == windowPath
}

// respond handles every call, over TCP and in-process. The date of an answer is
// the clock's.
func (s *Service) respond(r *http.Request) (a reply) {
	defer func() {
		if a.header != nil { // something arrives
			a.header.Set("Date", s.clock.Now().Format(http.TimeFormat))
		}
	}()
	if strings.HasPrefix(r.URL.Path, pkiPath) {
		return s.servePKI(r)
	}
	if strings.HasPrefix(r.URL.Path, windowPath) {
		return s.window(r)
	}
	c, found := s.route(r)
	if !found {
		return plainReply(http.StatusNotFound, "no such path\n")
	}
	if c.step == "authorize" {
		return s.authorizePage(r)
	}
	if r.Method != c.method {
		return plainReply(http.StatusMethodNotAllowed, "method not allowed\n")
	}
	fault := s.faults.take(c.step)
	if fault.Kind != Refuse {
		s.calls[c.step].Add(1)
	}
	a, code, instead := s.instead(fault)
	if !instead {
		result, err := s.work(c, r, fault)
		a, code = s.reply(c, result, err)
	}
	a = fault.spoil(a)
	s.events.publish(Event{
		Time: s.clock.Now(), Step: c.step, Product: c.product, TxID: c.txID,
		Status: a.status, Code: code, Fault: fault.Kind,
	})
	return a
}

// object is a JSON object that is about to be sent.
type object map[string]any

// work checks what every call must contain and does the step.
func (s *Service) work(c *call, r *http.Request, fault Fault) (object, *failure) {
	if c.atKauth() {
		return s.kauth(c, r, fault)
	}
	if err := s.authorize(r.Header); err != nil {
		return nil, err
	}
	if err := s.admit(c); err != nil {
		return nil, err
	}
	in, err := s.read(c, r)
	if err != nil {
		return nil, err
	}
	if c.step == "prepare" {
		return s.prepare(c, in, r.Header)
	}
	tx, err := s.transaction(c, in)
	if err != nil {
		return nil, err
	}
	tx.mu.Lock()
	defer tx.mu.Unlock()
	switch c.step {
	case "request":
		return s.request(tx, in)
	case "status":
		return s.status(tx)
	case "verify":
		return s.verify(tx, fault.Kind)
	case "session":
		return s.sessionInfo(tx)
	}
	return s.signer(tx)
}

// authorize requires both keys in the known form. (DOC, SDK)
func (s *Service) authorize(h http.Header) *failure {
	if h.Get("Authorization") != "KakaoAK "+s.contract.DealerKey {
		return fail("E1004", "Authorization")
	}
	if h.Get("Target-Authorization") != "KakaoAK "+s.contract.InstitutionKey {
		return fail("E1004", "Target-Authorization")
	}
	return nil
}

const maxBody = 16 << 20

// read takes the call's arguments: the JSON body, or the query of a GET.
func (s *Service) read(c *call, r *http.Request) (*input, *failure) {
	if c.method == http.MethodGet {
		return queryInput(s.protocol, r.URL.Query())
	}
	text, err := body(r)
	if err != nil {
		return nil, err
	}
	in, err := jsonInput(s.protocol, r.Header.Get("Content-Type"), text)
	if err == nil && c.step == "prepare" && s.protocol.Get("place.settle_id") == "header" {
		in.fromHeader("settle_id", r.Header.Get(s.protocol.Get("header.settle_id")))
	}
	return in, err
}

func body(r *http.Request) ([]byte, *failure) {
	if r.Body == nil {
		return nil, fail("E1001", "there is no body")
	}
	text, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil || len(text) > maxBody {
		return nil, fail("E1001", "the body is cut off or larger than 16 MiB")
	}
	return text, nil
}
