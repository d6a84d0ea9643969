package flow

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"math"
	"os"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/kakaocert-go/kakaocert"
)

// Config is what a [Machine] needs.
type Config[T any] struct {
	Store Store[T]
	// Client must have evidence, also for identity checks. Every process must share
	// it, and it must be a [kakaocert.Recaller].
	Client   *kakaocert.Client
	Verifier *kakaocert.Verifier
	// Keys seal the inputs: the first key seals, and all keys open.
	Keys []*kakaocert.SealKey
	// Documents loads the documents of a [K3500Input.DocumentsRef]. It must return
	// the same ones each time. A transient error is tried again.
	Documents func(ctx context.Context, ref string) ([]kakaocert.Document, error)
	// Protocol is the client's; nil means [kakaocert.DefaultProtocol].
	Protocol *kakaocert.Protocol

	// Owner names this process in the store, such as a pod's name. A random part is
	// added. If it is empty, the host's name is used.
	Owner string
	// Poll is the pause before the next status call, by how long the flow has
	// waited for its user. Nil means 3 s in the first minute, 10 s up to the fifth,
	// then 30 s.
	Poll func(waited time.Duration) time.Duration
	// AskWithin is how long after its beginning a flow may still ask its user: a
	// message that is hours late is worse than no message. 0 means 10 minutes.
	AskWithin time.Duration
	// Lease is how long a process that has begun a request or a verify keeps others
	// from the flow. If it has died, another process takes over after that. 0 means
	// the client's VerifyBudget plus 30 s.
	Lease time.Duration
	// Grace is how long the flow waits for an answer that Kakao has handed over to
	// appear in the evidence, before it ends as lost. Lease and Grace together must
	// be at least the client's VerifyBudget. 0 means 2 minutes.
	Grace time.Duration
	// CheckWithin is how long the check of a fetched signature is repeated while it
	// has no result: revocation unknown, signer info missing. Then the flow fails.
	// 0 means 24 hours.
	CheckWithin time.Duration
	// Queued says that a job queue steps the flows, in addition to [Machine.Run].
	// [Store.Due] then finds a flow only when the queue should have stepped it long
	// ago.
	Queued bool
	// Forget is called with the record of the answer once its flow has ended, such
	// as Log.Forget of package evidence: from then on the processes cannot read the
	// record. If it fails, the record stays readable until an operator calls Forget
	// again. Nil keeps all records readable.
	Forget func(ctx context.Context, evidenceIDs ...string) error
	// OnChange is called after each change, with product and state, for metrics. It
	// must be fast.
	OnChange func(ctx context.Context, f Flow)
}

// AnswerLife is how long after signing Kakao keeps a signature. (FIELD)
const AnswerLife = 10 * time.Minute

// The default settings, and how long a step may take apart from its calls.
const (
	defaultAskWithin   = 10 * time.Minute
	defaultGrace       = 2 * time.Minute
	defaultCheckWithin = 24 * time.Hour
	stepSlack          = 30 * time.Second
	queueSlack         = 2 * time.Minute
	maxID              = 200 // as WithReference
)

// Machine runs flows. It is safe for use by several goroutines; a process needs
// only one.
type Machine[T any] struct {
	config   Config[T]
	handlers map[string]Handler[T]
	owner    string
	gone     kakaocert.Code // of a verify whose answer was handed over before
	busy     sync.Map       // IDs of the flows of which this process runs a step
	pause    pause
}

// New makes a machine with a handler for each service whose flows it runs. It
// refuses, with a [*kakaocert.ArgumentError], settings that would lose
// signatures: evidence that cannot be read back, and a verify that may take
// longer than Kakao keeps an answer.
func New[T any](config Config[T], handlers ...Handler[T]) (*Machine[T], error) {
	if config.Protocol == nil {
		config.Protocol = kakaocert.DefaultProtocol()
	}
	if config.Poll == nil {
		config.Poll = defaultPoll
	}
	config.AskWithin = cmp.Or(config.AskWithin, defaultAskWithin)
	config.Grace = cmp.Or(config.Grace, defaultGrace)
	config.CheckWithin = cmp.Or(config.CheckWithin, defaultCheckWithin)
	if config.Owner == "" {
		config.Owner, _ = os.Hostname()
	}
	if err := config.check(); err != nil {
		return nil, err
	}
	config.Lease = cmp.Or(config.Lease, config.Client.VerifyBudget()+stepSlack)
	m := &Machine[T]{
		config: config, handlers: make(map[string]Handler[T]),
		owner: fmt.Sprintf("%.80s-%s", config.Owner, rand.Text()[:8]),
		gone:  kakaocert.Code(config.Protocol.Get("error.verified_again")),
	}
	for _, h := range handlers {
		for _, product := range h.products() {
			if m.handlers[product] != nil {
				return nil, argument("handlers", "must be one for each service")
			}
			m.handlers[product] = h
		}
		if !h.outcomes().complete() {
			return nil, argument("handlers", "must have Done and Failed")
		}
	}
	if len(m.handlers) == 0 {
		return nil, argument("handlers", "must be given")
	}
	return m, nil
}

func argument(field, reason string) error {
	return &kakaocert.ArgumentError{Field: field, Reason: reason}
}

func (c *Config[T]) check() error {
	switch {
	case c.Store == nil:
		return argument("Config.Store", "must be set")
	case c.Client == nil:
		return argument("Config.Client", "must be set")
	case c.Verifier == nil:
		return argument("Config.Verifier", "must be set")
	case len(c.Keys) == 0:
		return argument("Config.Keys", "must have a key")
	case c.AskWithin < 0 || c.CheckWithin < 0 || c.Lease < 0 || c.Grace < 0:
		return argument("Config", "must not have a negative duration")
	case !utf8.ValidString(c.Owner):
		return argument("Config.Owner", "must be UTF-8")
	}
	budget := c.Client.VerifyBudget()
	lease := cmp.Or(c.Lease, budget+stepSlack)
	switch {
	case lease+c.Grace < budget:
		return argument("Config.Grace", "must be, with Lease, at least the client's VerifyBudget")
	case lease+stepSlack+c.Poll(math.MaxInt64) > AnswerLife:
		return argument("Config.Lease", "must leave time in the 10 minutes of a signature: set Retries and VerifyTimeout of the client lower, or Poll shorter")
	}
	for _, key := range c.Keys {
		if key == nil {
			return argument("Config.Keys", "must not contain nil")
		}
	}
	return c.checkEvidence()
}

// checkEvidence recalls the answer to a transaction that does not exist.
// Evidence that cannot be read back refuses this; any other ends with its
// context.
func (c *Config[T]) checkEvidence() error {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, text := range []string{"K1110T:none", "K1110:none"} {
		tx, err := kakaocert.ParseTransaction[kakaocert.K1100Product](text)
		if err != nil {
			return err
		}
		if _, err := c.Client.K1100.Recall(ctx, tx, "none"); isField(err, "Config.Evidence") {
			return err
		}
	}
	return nil
}

func defaultPoll(waited time.Duration) time.Duration {
	switch {
	case waited < time.Minute:
		return 3 * time.Second
	case waited < 5*time.Minute:
		return 10 * time.Second
	}
	return 30 * time.Second
}

// Start begins a flow in the caller's transaction: together with the
// institution's own rows, or not at all. The ID is the institution's own, such
// as an order number. It must have 1 to 200 characters and must not contain
// personal data. One ID is one flow, and [ErrExists] says that it was begun
// before.
func (m *Machine[T]) Start(ctx context.Context, tx T, id string, in Input) error {
	if id == "" || !utf8.ValidString(id) || utf8.RuneCountInString(id) > maxID {
		return argument("id", "must be 1 to 200 characters of UTF-8")
	}
	if in == nil {
		return argument("Input", "must be set")
	}
	product, parts, first, err := in.begin()
	if err != nil {
		return err
	}
	if m.handlers[product] == nil {
		return argument("Product", "must be one that New was given a handler for")
	}
	input, err := parts.seal(m.config.Keys[0], id)
	if err != nil {
		return err
	}
	begun := Change{Progress: first, Owner: m.owner}
	if m.config.Queued {
		begun.Due = stepSlack
	}
	return m.config.Store.Insert(ctx, tx, id, product, input, begun)
}

// State returns a flow as it is now, without its input, or [ErrNotFound]. It
// makes one read of the store, so a waiting page may call it.
func (m *Machine[T]) State(ctx context.Context, id string) (Flow, error) {
	f, err := m.config.Store.Load(ctx, id)
	f.Input = nil
	return f, err
}

// Hold holds all flows that were begun before the given time and have not
// ended. Use it after a database was restored to an earlier point: requests
// that were sent after that point are not in it, and a user would be asked a
// second time. A person examines each flow, by State, by Kakao's status and in
// the evidence, and then releases it ([Store.Release]) or ends it
// ([Machine.Abandon]). A flow in a state other than new can be released without
// that risk: its tx_id is known, and Kakao asks a user only once for one tx_id.
func (m *Machine[T]) Hold(ctx context.Context, before time.Time) (int, error) {
	return m.config.Store.Hold(ctx, before)
}

// Release ends the hold of a flow.
func (m *Machine[T]) Release(ctx context.Context, id string) error {
	return m.config.Store.Release(ctx, id)
}

// Abandon ends a flow, held or not, as [ReasonAbandoned]. It is an operator's
// decision: a user who was asked may still sign, and that signature is not
// fetched. A flow that has ended stays as it is, and the error is [ErrRaced].
// The error is the same while a step of the flow is running.
func (m *Machine[T]) Abandon(ctx context.Context, id string) error {
	if !m.enter(id) {
		return ErrRaced
	}
	defer m.busy.Delete(id)
	f, err := m.config.Store.Load(ctx, id)
	if err != nil {
		return err
	}
	if f.State == StateEnded || m.leased(f) > 0 {
		return ErrRaced
	}
	h := m.handlers[f.Product]
	if h == nil {
		return argument("Product", "must be one that New was given a handler for")
	}
	_, err = m.fail(ctx, f, h.outcomes().failed, ReasonAbandoned, nil)
	return err
}

// Stats counts the open flows, for gauges. Let one process call it once a
// minute.
func (m *Machine[T]) Stats(ctx context.Context) (Stats, error) { return m.config.Store.Stats(ctx) }

// Lease is how long a process keeps others from a flow while it calls Kakao.
func (m *Machine[T]) Lease() time.Duration { return m.config.Lease }

// enter reports whether this caller may now run the flow's step in this
// process.
func (m *Machine[T]) enter(id string) bool {
	_, busy := m.busy.LoadOrStore(id, true)
	return !busy
}

// leased is how long another process may still be in the middle of a step. A
// lease of this process itself belongs to a step that has ended: its move has
// failed.
func (m *Machine[T]) leased(f Flow) time.Duration {
	if f.LeaseUntil.IsZero() || f.Owner == m.owner {
		return 0
	}
	return f.LeaseUntil.Sub(f.Now)
}
