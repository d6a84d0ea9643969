package kakaocert

import (
	"context"
	"slices"
	"time"
)

// Status is how far a transaction is. The list is open: a status that is not
// known here comes through as it is.
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
	RequestedAt      time.Time // UTC (SDK)
	RequestExpiredAt time.Time // when the user's time ends or ended, UTC (SDK)
	SignedAt         time.Time // UTC (SDK)
}

// requested reports whether the user has surely been asked.
func (s TransactionStatus) requested() bool {
	return !s.RequestedAt.IsZero() || s.Status == StatusRequested || s.Status == StatusCompleted || s.Status == StatusRejected
}

func (f flow[P]) status(ctx context.Context, tx Transaction[P], opts []CallOption) (TransactionStatus, error) {
	if err := f.check(tx); err != nil {
		return TransactionStatus{}, err
	}
	st := f.step("status", tx)
	answer, object, err := f.do(ctx, st, opts)
	if err != nil {
		return TransactionStatus{}, err
	}
	if err := f.same(st, tx, object, answer); err != nil {
		return TransactionStatus{}, err
	}
	status := f.transactionStatus(object)
	if status.Status == "" {
		return status, st.undecodable(f.protocol.Field("status"), "is missing", nil, answer)
	}
	return status, nil
}

func (c *core) transactionStatus(o object) TransactionStatus {
	return TransactionStatus{
		Status:           c.statusFrom(o.text(c.protocol.List("field.status"))),
		RequestedAt:      o.time(c.protocol.List("field.requested_at")),
		RequestExpiredAt: o.time(c.protocol.List("field.request_expired_at")),
		SignedAt:         o.time(c.protocol.List("field.signed_at")),
	}
}

// statusFrom gives a status its name here, whatever the wire calls it. One that
// is not known passes through, unless it is no word at all.
func (c *core) statusFrom(wire string) Status {
	for status, key := range statusKeys {
		if wire == c.protocol.Get(key) {
			return status
		}
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
	if text == "" || isCodeText(text) {
		return text
	}
	return "(unprintable)"
}
