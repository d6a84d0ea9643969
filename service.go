package kakaocert

import (
	"cmp"
	"context"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/kakaocert-go/kakaocert/internal/codes"
	"github.com/kakaocert-go/kakaocert/internal/places"
)

// flow is the five steps as every service has them; the services add what is
// their own.
type flow[P Product] struct {
	*core
	service string
}

func (f flow[P]) step(name string, tx Transaction[P]) step {
	return step{service: f.service, name: name, product: tx.code(), txID: tx.txID}
}

// check refuses a transaction that this client cannot have.
func (f flow[P]) check(tx Transaction[P]) error {
	switch {
	case tx.IsZero():
		return &ArgumentError{Field: "Transaction", Reason: "must be set"}
	case tx.environment != f.environment:
		return &ArgumentError{Field: "Transaction", Reason: "is of the " + tx.environment.String() + " environment, the client of " + f.environment.String()}
	}
	return nil
}

// checkSink is check for a verify whose answer must not be lost.
func (f flow[P]) checkSink(tx Transaction[P]) error {
	if err := f.check(tx); err != nil {
		return err
	}
	if f.evidence == nil {
		return &ArgumentError{Field: "Config.Evidence", Reason: "must be set, since the signature comes only once"}
	}
	return nil
}

// PrepareParams says which user to ask, and by which product.
type PrepareParams[P Product] struct {
	personal
	Product  P
	User     User
	SettleID string // in place of Config.SettleID, when set
}

type (
	K1100PrepareParams = PrepareParams[K1100Product]
	K2220PrepareParams = PrepareParams[K2220Product]
	K3100PrepareParams = PrepareParams[K3100Product]
	K3500PrepareParams = PrepareParams[K3500Product]
)

func (f flow[P]) prepare(ctx context.Context, params *PrepareParams[P], opts []CallOption) (Transaction[P], error) {
	none := Transaction[P]{}
	if params == nil {
		return none, errNoParams
	}
	code, err := productCode(f.core, params.Product)
	if err != nil {
		return none, err
	}
	if err := params.User.check(); err != nil {
		return none, err
	}
	settleID, err := f.settle(params.SettleID)
	if err != nil {
		return none, err
	}
	body, err := f.userFields(params.User)
	if err != nil {
		return none, err
	}
	st := step{service: f.service, name: "prepare", product: code, body: body}
	if f.protocol.Get("place.settle_id") == "header" {
		st.header = http.Header{http.CanonicalHeaderKey(f.protocol.Get("header.settle_id")): {settleID}}
	} else {
		body[f.protocol.Field("settle_id")] = settleID
	}
	var txID string
	if _, err := f.do(ctx, st, opts, func(r reply) (err error) {
		txID, err = r.txID("tx_id")
		return err
	}); err != nil {
		return none, err
	}
	return Transaction[P]{product: params.Product, environment: f.environment, txID: txID}, nil
}

// productCode is the code as it is in a path.
func productCode[P Product](c *core, p P) (string, error) {
	if !slices.Contains(productsOf[P](), p) {
		return "", &ArgumentError{Field: "Product", Reason: "must be a product code of this service"}
	}
	return string(p) + c.environment.suffix(), nil
}

// settle is the settlement unit of a call.
func (c *core) settle(own string) (string, error) {
	settleID := cmp.Or(own, c.settleID)
	return settleID, checkSettleID("SettleID", settleID)
}

// userFields is how prepare names the user.
func (f flow[P]) userFields(user User) (map[string]any, error) {
	d := user.data.Get()
	kind, fields := "value.type.person", map[string]string{"name": d.person.Name, "birthday": d.person.Birthday, "phone_no": d.person.Phone}
	switch d.kind {
	case userByCI:
		kind, fields = "value.type.ci", map[string]string{"ci": d.ci}
	case userByCIAndPhone:
		kind, fields = "value.type.ci_phone", map[string]string{"ci": d.ci, "phone_no": d.person.Phone}
	}
	body := map[string]any{f.protocol.Field("type"): f.protocol.Get(kind)}
	for name, value := range fields {
		secret, err := f.encrypt(value)
		if err != nil {
			return nil, err
		}
		body[f.protocol.Field(name)] = secret
	}
	f.addKeyVersion(body)
	return body, nil
}

// addKeyVersion says which key encrypted the body's values, where the contract
// has several.
func (c *core) addKeyVersion(body map[string]any) {
	version := c.cipher.KeyVersion()
	if version == 0 {
		return
	}
	if c.protocol.Get("encoding.enc_version") == "text" {
		body[c.protocol.Field("enc_version")] = strconv.Itoa(version)
		return
	}
	body[c.protocol.Field("enc_version")] = version
}

// Status is how far a transaction is. The list is open: an unknown status comes
// through as it is.
type Status string

const (
	StatusPrepared  Status = "PREPARED"  // before request (ASSUMED)
	StatusRequested Status = "REQUESTED" // the user has been asked (FIELD)
	StatusCompleted Status = "COMPLETED" // the user has signed (FIELD)
	StatusExpired   Status = "EXPIRED"   // the user let the time pass (FIELD)
	StatusRejected  Status = "REJECTED"  // the user declined (ASSUMED)
)

var statusKeys = map[Status]string{
	StatusPrepared:  "value.status.prepared",
	StatusRequested: "value.status.requested",
	StatusCompleted: "value.status.completed",
	StatusExpired:   "value.status.expired",
	StatusRejected:  "value.status.rejected",
}

// TransactionStatus is status's answer. A time that was not given is zero.
type TransactionStatus struct {
	Status           Status
	CreatedAt        time.Time // UTC (FIELD-1)
	ViewedAt         time.Time // when the user opened the message, UTC (FIELD-1)
	RequestedAt      time.Time // UTC (SDK)
	RequestExpiredAt time.Time // when the user's time ends or ended, UTC (SDK)
	SignedAt         time.Time // UTC (SDK)
}

// requested reports whether the user has surely been asked.
func (s TransactionStatus) requested() bool {
	return !s.RequestedAt.IsZero() || !s.ViewedAt.IsZero() || s.Status == StatusRequested || s.Status == StatusCompleted || s.Status == StatusRejected
}

func (f flow[P]) status(ctx context.Context, tx Transaction[P], opts []CallOption) (TransactionStatus, error) {
	if err := f.check(tx); err != nil {
		return TransactionStatus{}, err
	}
	var status TransactionStatus
	_, err := f.do(ctx, f.step("status", tx), opts, func(r reply) error {
		if status = r.status(); status.Status == "" {
			return r.missing("status", "is missing", places.IsText(r.core.isKnownStatus))
		}
		return nil
	})
	return status, err
}

func (r reply) status() TransactionStatus {
	return TransactionStatus{
		Status:           r.core.statusIn(r.fields),
		CreatedAt:        r.time("created_at"),
		ViewedAt:         r.time("viewed_at"),
		RequestedAt:      r.time("requested_at"),
		RequestExpiredAt: r.time("request_expired_at"),
		SignedAt:         r.time("signed_at"),
	}
}

// statusIn reads how far the transaction is. A status that is not known yields
// to a known one inside: the top may have the relay's own.
func (c *core) statusIn(fields answerFields) Status {
	top, inside := fields.both(c.protocol.List("field.status"))
	if c.isKnownStatus(inside) && !c.isKnownStatus(top) {
		return c.statusFrom(inside)
	}
	return c.statusFrom(cmp.Or(top, inside))
}

func (c *core) isKnownStatus(wire string) bool { return statusKeys[c.statusFrom(wire)] != "" }

// statusFrom gives a status its name here, whatever the wire calls it. An unknown
// one passes through, unless it is not a word.
func (c *core) statusFrom(wire string) Status {
	if status, known := c.protocol.statuses[wire]; known {
		return status
	}
	return Status(printable(wire))
}

// terminal reports whether the Protocol says that no signature will come.
func (c *core) terminal(status Status) bool {
	wire := string(status)
	if key, known := statusKeys[status]; known {
		wire = c.protocol.Get(key)
	}
	return slices.Contains(c.protocol.List("status.terminal"), wire)
}

// printable keeps text of unknown origin out of errors.
func printable(text string) string {
	if text == "" || codes.IsCode(text) {
		return text
	}
	return "(unprintable)"
}

// WaitOption is an option of Wait.
type WaitOption func(*waitSettings)

type waitSettings struct {
	first, longest time.Duration
	onStatus       func(TransactionStatus)
}

// longestPoll is longer than any transaction lasts. Much longer pauses could not be
// varied and lengthened without an overflow.
const longestPoll = 24 * time.Hour

// WithPoll sets the first pause between two questions and the longest to which
// it grows: 2 s and 10 s by default, each varied by a fifth.
func WithPoll(first, longest time.Duration) WaitOption {
	return func(w *waitSettings) { w.first, w.longest = first, longest }
}

// WithOnStatus calls f with every answer.
func WithOnStatus(f func(TransactionStatus)) WaitOption {
	return func(w *waitSettings) { w.onStatus = f }
}

// wait asks until the status is COMPLETED, the Protocol's list says that it
// never will be, a question fails for good, or the context ends.
func (f flow[P]) wait(ctx context.Context, tx Transaction[P], opts []WaitOption) (TransactionStatus, error) {
	settings := waitSettings{first: 2 * time.Second, longest: 10 * time.Second}
	for _, opt := range opts {
		if opt == nil {
			return TransactionStatus{}, &ArgumentError{Field: "WaitOption", Reason: "must not be nil"}
		}
		opt(&settings)
	}
	if settings.first <= 0 || settings.longest < settings.first {
		return TransactionStatus{}, &ArgumentError{Field: "WithPoll", Reason: "must be positive, with the longest pause not below the first"}
	}
	settings.first, settings.longest = min(settings.first, longestPoll), min(settings.longest, longestPoll)
	if _, has := ctx.Deadline(); !has {
		return TransactionStatus{}, &ArgumentError{Field: "ctx", Reason: "must have a deadline"}
	}
	if f.observer == nil {
		return f.poll(ctx, tx, settings)
	}
	ctx, end := f.observer.Begin(ctx, Span{Kind: SpanWait, Operation: f.service + ".wait", Product: tx.code(), TxID: tx.txID})
	last, err := f.poll(ctx, tx, settings)
	end(SpanEnd{Status: last.Status, Err: err})
	return last, err
}

// poll returns the last status that it saw, also together with an error.
func (f flow[P]) poll(ctx context.Context, tx Transaction[P], settings waitSettings) (last TransactionStatus, err error) {
	deadline, _ := ctx.Deadline()
	for pause := settings.first; ; pause = min(pause*3/2, settings.longest) {
		status, err := f.status(ctx, tx, nil)
		switch {
		case err == nil:
			last = status
			if settings.onStatus != nil {
				settings.onStatus(status)
			}
			if ended, err := f.ended(tx, status); ended {
				return last, err
			}
		case ctx.Err() != nil || !isTransient(err):
			return last, err
		}
		if ctxErr := sleepWithin(ctx, deadline, pause); ctxErr != nil {
			if err != nil {
				return last, joined{ctxErr, err}
			}
			return last, ctxErr
		}
	}
}

// ended reports that there is nothing more to wait for, and why it went wrong.
func (f flow[P]) ended(tx Transaction[P], status TransactionStatus) (bool, error) {
	if status.Status == StatusCompleted {
		return true, nil
	}
	if !f.terminal(status.Status) {
		return false, nil
	}
	st := f.step("status", tx)
	return true, &StatusError{Operation: st.operation(), Product: st.product, Status: status.Status}
}

// lastQuestions are how long before its deadline a wait asks once more, since
// a user may sign while the last pause lasts: early enough for a slow answer,
// and late enough for a late user.
var lastQuestions = []time.Duration{2 * time.Second, 250 * time.Millisecond}

// sleepWithin sleeps d, a fifth more or less, but not past the time of a last
// question.
func sleepWithin(ctx context.Context, deadline time.Time, d time.Duration) error {
	d += rand.N(2*d/5+1) - d/5
	left := time.Until(deadline)
	for _, before := range lastQuestions {
		if left > before+before/4 {
			d = min(d, left-before)
			break
		}
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
