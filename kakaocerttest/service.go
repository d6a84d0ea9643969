package kakaocerttest

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"sync/atomic"

	"github.com/kakaocert-go/kakaocert"
)

// Service is the simulated service: an [http.Handler] that is safe for use by
// several goroutines.
type Service struct {
	protocol    *kakaocert.Protocol
	environment kakaocert.Environment
	clock       *Clock
	contract    *contract
	answers     Answers
	users       *accounts
	routes      []route
	store       *store
	events      *events
	calls       map[string]*atomic.Int64 // by step
}

// NewService returns a service that does not listen: mount it as a handler, or
// call it in-process with [Service.Config]. It panics when an option cannot be
// used, naming it.
func NewService(opts ...Option) *Service {
	s, err := newService(opts)
	if err != nil {
		panic(err.Error())
	}
	return s
}

func newService(opts []Option) (*Service, error) {
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
		return nil, errors.New("kakaocerttest: WithEnvironment: neither Test nor Production")
	}
	agreed, err := newContract(set.contract)
	if err != nil {
		return nil, errors.New("kakaocerttest: WithContract: " + err.Error())
	}
	s := &Service{
		protocol:    set.protocol,
		environment: set.environment,
		clock:       set.clock,
		contract:    agreed,
		answers:     set.answers,
		users:       newAccounts(),
		routes:      newRoutes(set.protocol),
		store:       newStore(),
		events:      newEvents(),
		calls:       make(map[string]*atomic.Int64),
	}
	for _, step := range steps {
		s.calls[step] = new(atomic.Int64)
	}
	for _, u := range set.users {
		if err := s.AddUser(u); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// Clock returns the service's clock.
func (s *Service) Clock() *Clock { return s.clock }

// Calls returns how many calls of a step ("prepare", "request", "status",
// "verify", "signer") have reached the service.
func (s *Service) Calls(step string) int {
	if n := s.calls[step]; n != nil {
		return int(n.Load())
	}
	return 0
}

// reply is an answer before it takes to the wire.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// ServeHTTP answers one call.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a := s.exchange(r)
	for name, values := range a.header {
		w.Header()[name] = values
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // the client has gone: there is nobody left to tell
}

// exchange is the one path of every call, over TCP and in-process.
func (s *Service) exchange(r *http.Request) reply {
	c, found := s.route(r)
	if !found {
		return plainReply(http.StatusNotFound, "no such path\n")
	}
	if r.Method != c.method {
		return plainReply(http.StatusMethodNotAllowed, "method not allowed\n")
	}
	s.calls[c.step].Add(1)

	var a reply
	result, err := s.work(c, r)
	code := ""
	if err == nil {
		a = s.jsonReply(http.StatusOK, result)
	} else {
		code = err.code
		a = s.failureReply(err)
	}
	s.events.publish(Event{Time: s.clock.Now(), Step: c.step, Product: c.product, TxID: c.txID, Status: a.status, Code: code})
	return a
}

// object is a JSON object that is about to be sent.
type object map[string]any

// work checks what every call must have and does the step.
func (s *Service) work(c *call, r *http.Request) (object, *failure) {
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
		return s.prepare(c, in)
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
		return s.verify(tx)
	}
	return s.signer(tx)
}

// authorize wants both keys in the form that is known. (DOC, SDK)
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
	if r.Body == nil {
		return nil, fail("E1001", "there is no body")
	}
	text, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil || len(text) > maxBody {
		return nil, fail("E1001", "the body is cut off or larger than 16 MiB")
	}
	return jsonInput(s.protocol, r.Header.Get("Content-Type"), text)
}

func (s *Service) jsonReply(status int, o object) reply {
	body, err := json.Marshal(o)
	if err != nil {
		panic("kakaocerttest: answer is no JSON: " + err.Error())
	}
	return reply{status: status, header: http.Header{"Content-Type": {"application/json;charset=UTF-8"}}, body: body}
}

func (s *Service) failureReply(f *failure) reply {
	return s.jsonReply(f.status, object{
		s.protocol.Field("error_code"):    f.code,
		s.protocol.Field("error_message"): f.message,
	})
}

func plainReply(status int, text string) reply {
	return reply{status: status, header: http.Header{"Content-Type": {"text/plain; charset=utf-8"}}, body: []byte(text)}
}
