package console

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/kakaocert-go/kakaocert/internal/openapi"
	"github.com/kakaocert-go/kakaocert/internal/strictjson"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

const maxBody = 1 << 20

// addControl adds the calls for programs. The package documentation lists them.
func (c *console) addControl() {
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
		"GET /_sim/health":                   c.health,
	} {
		c.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			r.Body = http.MaxBytesReader(w, r.Body, maxBody)
			answer(w, r, handle)
		})
	}
	c.mux.HandleFunc("GET /_sim/roots", c.roots)
	c.mux.HandleFunc("GET /_sim/openapi.json", c.description)
}

// health is for programs that start the simulator and wait for it.
func (c *console) health(*http.Request) (any, error) {
	return map[string]string{"status": "ok"}, nil
}

// description is the wire as OpenAPI, as this service's protocol spells it.
func (c *console) description(w http.ResponseWriter, _ *http.Request) {
	text, err := openapi.Document(c.service.Config().Protocol)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	_, _ = w.Write(text)
}

// roots returns the root certificate, for clients that do not share a disk with
// the simulator.
func (c *console) roots(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/x-pem-file")
	_, _ = w.Write(c.service.RootPEM()) // if it fails, the client has gone
}

type controlError struct {
	Error string `json:"error"`
}

var errNotFound = errors.New("console: no such transaction or action")

// answer writes the value that handle returns: nil is 204.
func answer(w http.ResponseWriter, r *http.Request, handle func(*http.Request) (any, error)) {
	out, err := handle(r)
	switch {
	case errors.Is(err, errNotFound), errors.Is(err, kakaocerttest.ErrNoUser):
		writeJSON(w, http.StatusNotFound, controlError{err.Error()})
	case errors.Is(err, kakaocerttest.ErrNotPending):
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
	_ = json.NewEncoder(w).Encode(v) // if it fails, the client has gone
}

func readJSON(r *http.Request, into any) error {
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return fmt.Errorf("console: body: %w", err)
	}
	if err := strictjson.Unmarshal(text, into); err != nil {
		return fmt.Errorf("console: body is not the JSON that is expected: %w", err)
	}
	return nil
}

func (c *console) users(*http.Request) (any, error) { return c.service.Users(), nil }

func (c *console) addUser(r *http.Request) (any, error) {
	var u kakaocerttest.User
	if err := readJSON(r, &u); err != nil {
		return nil, err
	}
	if err := c.service.AddUser(u); err != nil {
		return nil, err
	}
	users := c.service.Users() // completed
	return users[slices.IndexFunc(users, func(added kakaocerttest.User) bool { return added.Phone == u.Phone })], nil
}

func (c *console) setBehaviour(r *http.Request) (any, error) {
	var in struct {
		Behaviour kakaocerttest.Behaviour `json:"behaviour"`
	}
	if err := readJSON(r, &in); err != nil {
		return nil, err
	}
	return nil, c.service.SetBehaviour(r.PathValue("phone"), in.Behaviour)
}

func (c *console) revoke(r *http.Request) (any, error) {
	return nil, c.service.Revoke(r.PathValue("phone"))
}

func (c *console) transactions(*http.Request) (any, error) { return c.service.Transactions(), nil }

func (c *console) forget(*http.Request) (any, error) {
	c.service.ForgetTransactions()
	return nil, nil
}

func (c *console) transaction(r *http.Request) (any, error) {
	tx, found := c.service.Transaction(r.PathValue("id"))
	if !found {
		return nil, errNotFound
	}
	return tx, nil
}

func (c *console) decide(r *http.Request) (any, error) {
	decisions := map[string]func(string) error{"sign": c.service.Sign, "decline": c.service.Decline, "expire": c.service.Expire}
	act, known := decisions[r.PathValue("act")]
	id := r.PathValue("id")
	if _, found := c.service.Transaction(id); !known || !found {
		return nil, errNotFound
	}
	return nil, act(id)
}

func (c *console) faults(*http.Request) (any, error) {
	return append([]kakaocerttest.Fault{}, c.service.Faults()...), nil // [] rather than null
}

func (c *console) inject(r *http.Request) (any, error) {
	var f kakaocerttest.Fault
	if err := readJSON(r, &f); err != nil {
		return nil, err
	}
	return nil, c.service.Inject(f)
}

func (c *console) clearFaults(*http.Request) (any, error) {
	c.service.ClearFaults()
	return nil, nil
}

type clockJSON struct {
	Now time.Time `json:"now"`
}

func (c *console) clock(*http.Request) (any, error) { return clockJSON{c.service.Clock().Now()}, nil }

func (c *console) advance(r *http.Request) (any, error) {
	var in struct {
		Advance string `json:"advance"`
	}
	if err := readJSON(r, &in); err != nil {
		return nil, err
	}
	d, err := time.ParseDuration(in.Advance)
	if err != nil {
		return nil, errors.New("console: advance is not a duration such as 10m")
	}
	c.service.Clock().Advance(d)
	return clockJSON{c.service.Clock().Now()}, nil
}
