package kakaocerttest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"
)

// controlPath is where the control interface is. The package documentation has
// its list.
const controlPath = "/_sim/"

const maxControlBody = 1 << 20

// control is the control interface of a service.
type control struct {
	service *Service
	hosts   []string
	mux     *http.ServeMux
	history *history
}

func newControl(s *Service, hosts []string) *control {
	c := &control{service: s, hosts: hosts, mux: http.NewServeMux(), history: newHistory()}
	s.OnEvent(c.history.add)
	for pattern, handle := range map[string]func(*http.Request) (any, error){
		"GET /_sim/users":                    c.users,
		"POST /_sim/users":                   c.addUser,
		"PUT /_sim/users/{phone}/behaviour":  c.setBehaviour,
		"POST /_sim/users/{phone}/revoke":    c.revoke,
		"GET /_sim/transactions":             c.transactions,
		"DELETE /_sim/transactions":          c.forget,
		"GET /_sim/transactions/{id}":        c.transaction,
		"POST /_sim/transactions/{id}/{act}": c.decide,
		"GET /_sim/faults":                   c.faults,
		"POST /_sim/faults":                  c.inject,
		"DELETE /_sim/faults":                c.clearFaults,
		"GET /_sim/clock":                    c.clock,
		"POST /_sim/clock":                   c.advance,
	} {
		c.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			r.Body = http.MaxBytesReader(w, r.Body, maxControlBody)
			answer(w, r, handle)
		})
	}
	c.mux.HandleFunc("GET /_sim/events", c.events)
	c.addPhone()
	return c
}

func (c *control) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if reason := c.foreign(r); reason != "" {
		writeJSON(w, http.StatusForbidden, controlError{reason})
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	c.mux.ServeHTTP(w, r)
}

// foreign says why a request is not one of the control's own: a page of
// another origin, or a host name that somebody else has pointed at this
// machine. Only opening the phone page is free to all.
func (c *control) foreign(r *http.Request) (reason string) {
	if !c.ownHost(r.Host) {
		return "host name is not one that WithControl was given"
	}
	opensPage := r.Method == http.MethodGet && r.URL.Path == phonePath &&
		r.Header.Get("Sec-Fetch-Mode") == "navigate" && r.Header.Get("Sec-Fetch-Dest") == "document"
	if opensPage {
		return ""
	}
	if origin := r.Header.Get("Origin"); origin != "" && origin != "http://"+r.Host && origin != "https://"+r.Host {
		return "request comes from another origin"
	}
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "same-origin", "none":
		return ""
	}
	return "request comes from another site"
}

// ownHost takes addresses, which no foreign name server can give out, and the
// names that were given.
func (c *control) ownHost(hostPort string) bool {
	host := hostPort
	if h, _, err := net.SplitHostPort(hostPort); err == nil {
		host = h
	}
	host = strings.Trim(host, "[]")
	return host == "localhost" || net.ParseIP(host) != nil || slices.Contains(c.hosts, host)
}

type controlError struct {
	Error string `json:"error"`
}

var errNotFound = errors.New("kakaocerttest: no such user, transaction or action")

// answer writes what handle returns: nil is 204.
func answer(w http.ResponseWriter, r *http.Request, handle func(*http.Request) (any, error)) {
	out, err := handle(r)
	switch {
	case errors.Is(err, errNotFound), errors.Is(err, errNoUser):
		writeJSON(w, http.StatusNotFound, controlError{err.Error()})
	case errors.Is(err, ErrNotPending):
		writeJSON(w, http.StatusConflict, controlError{err.Error()})
	case err != nil:
		writeJSON(w, http.StatusBadRequest, controlError{err.Error()})
	case out == nil:
		w.WriteHeader(http.StatusNoContent)
	default:
		writeJSON(w, http.StatusOK, out)
	}
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the client has gone: there is nobody left to tell
}

func readJSON(r *http.Request, into any) error {
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return fmt.Errorf("kakaocerttest: body: %w", err)
	}
	if err := strictJSON(text, into); err != nil {
		return fmt.Errorf("kakaocerttest: body is not the JSON that is expected: %w", err)
	}
	return nil
}

// strictJSON refuses fields that into does not have, and more than one value.
func strictJSON(text []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return errors.New("more follows behind it")
	}
	return nil
}

func (c *control) users(*http.Request) (any, error) { return c.service.Users(), nil }

func (c *control) addUser(r *http.Request) (any, error) {
	var u User
	if err := readJSON(r, &u); err != nil {
		return nil, err
	}
	if err := c.service.AddUser(u); err != nil {
		return nil, err
	}
	return u.complete(), nil
}

func (c *control) setBehaviour(r *http.Request) (any, error) {
	var in struct {
		Behaviour Behaviour `json:"behaviour"`
	}
	if err := readJSON(r, &in); err != nil {
		return nil, err
	}
	return nil, c.service.SetBehaviour(r.PathValue("phone"), in.Behaviour)
}

func (c *control) revoke(r *http.Request) (any, error) {
	return nil, c.service.Revoke(r.PathValue("phone"))
}

func (c *control) transactions(*http.Request) (any, error) { return c.service.Transactions(), nil }

func (c *control) forget(*http.Request) (any, error) {
	c.service.ForgetTransactions()
	return nil, nil
}

func (c *control) transaction(r *http.Request) (any, error) {
	tx, found := c.service.Transaction(r.PathValue("id"))
	if !found {
		return nil, errNotFound
	}
	return tx, nil
}

func (c *control) decide(r *http.Request) (any, error) {
	decisions := map[string]func(string) error{"sign": c.service.Sign, "decline": c.service.Decline, "expire": c.service.Expire}
	act, known := decisions[r.PathValue("act")]
	id := r.PathValue("id")
	if _, found := c.service.Transaction(id); !known || !found {
		return nil, errNotFound
	}
	return nil, act(id)
}

func (c *control) faults(*http.Request) (any, error) {
	return append([]Fault{}, c.service.Faults()...), nil // [] rather than null
}

func (c *control) inject(r *http.Request) (any, error) {
	var f Fault
	if err := readJSON(r, &f); err != nil {
		return nil, err
	}
	return nil, c.service.Inject(f)
}

func (c *control) clearFaults(*http.Request) (any, error) {
	c.service.ClearFaults()
	return nil, nil
}

type clockJSON struct {
	Now time.Time `json:"now"`
}

func (c *control) clock(*http.Request) (any, error) { return clockJSON{c.service.clock.Now()}, nil }

func (c *control) advance(r *http.Request) (any, error) {
	var in struct {
		Advance string `json:"advance"`
	}
	if err := readJSON(r, &in); err != nil {
		return nil, err
	}
	d, err := time.ParseDuration(in.Advance)
	if err != nil {
		return nil, errors.New("kakaocerttest: advance is not a duration such as 10m")
	}
	c.service.clock.Advance(d)
	return clockJSON{c.service.clock.Now()}, nil
}
