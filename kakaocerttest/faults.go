package kakaocerttest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/kakaocert-go/kakaocert/internal/strictjson"
)

// FaultKind is what goes wrong.
type FaultKind string

// What goes wrong with the connection.
const (
	// Refuse refuses the connection: the call does not reach the service. Over TCP
	// the step is known too late for that, so the connection is reset.
	Refuse     FaultKind = "refuse"
	DropBefore FaultKind = "drop_before" // the connection ends before the work is done
	DropAfter  FaultKind = "drop_after"  // the work is done and the answer is lost
	CutBody    FaultKind = "cut_body"    // the work is done and the answer ends after half, or after Size bytes
	Slow       FaultKind = "slow"        // the work is done and the answer comes after Delay
	Trickle    FaultKind = "trickle"     // the work is done and the answer comes in pieces of Size bytes, each after Delay
)

// What the service, or something before it, answers instead of doing the work.
const (
	TooManyRequests FaultKind = "too_many_requests" // 429, with Retry-After
	Unavailable     FaultKind = "unavailable"       // 503, with Retry-After, and no code
	InternalError   FaultKind = "internal_error"    // E0001
	Maintenance     FaultKind = "maintenance"       // E0002, 503
	BadGateway      FaultKind = "bad_gateway"       // 502 with a page of HTML
	ErrorCode       FaultKind = "error_code"        // the code in Code, known or not
)

// What is wrong with an answer, after the work is done.
const (
	BrokenJSON FaultKind = "broken_json" // the JSON ends too early, but HTTP is complete
	Oversized  FaultKind = "oversized"   // Size bytes more in an unused field
)

// What is wrong with a signature; only for verify. The form of the answer is
// right.
const (
	WrongVID           FaultKind = "wrong_vid"           // a VID that belongs to no user
	AnotherUser        FaultKind = "another_user"        // signed by another user, with a good certificate
	AnotherDocument    FaultKind = "another_document"    // a good signature of another text
	SwappedPair        FaultKind = "swapped_pair"        // K3511, K3521: the first two signatures are exchanged
	ExpiredCertificate FaultKind = "expired_certificate" // of a certificate that had expired
	RevokedCertificate FaultKind = "revoked_certificate" // of a certificate that had been revoked an hour before
)

// What goes wrong in a login or a session, each at the one named step.
const (
	WrongState     FaultKind = "wrong_state"     // authorize: the browser is sent back with another login's state
	UsedCode       FaultKind = "used_code"       // token: another client has used the code already
	ExpiredSession FaultKind = "expired_session" // verify: the session that was signed has ended
	WrongKey       FaultKind = "wrong_key"       // order: the app signs with another key
	Replay         FaultKind = "replay"          // order: the previous order is repeated
)

var loginFaults = []FaultKind{WrongState, UsedCode, ExpiredSession, WrongKey, Replay}

// faultSteps are where something can go wrong: at a call, or when an [App]
// signs an order.
var faultSteps = append(slices.Clone(steps), "order")

// stepOf is the only step at which a kind can happen; "" means any step.
func stepOf(kind FaultKind) string {
	switch kind {
	case WrongState:
		return "authorize"
	case UsedCode:
		return "token"
	case WrongKey, Replay:
		return "order"
	case ExpiredSession:
		return "verify"
	}
	if slices.Contains(signatureFaults, kind) {
		return "verify"
	}
	return ""
}

var signatureFaults = []FaultKind{WrongVID, AnotherUser, AnotherDocument, SwappedPair, ExpiredCertificate, RevokedCertificate}

// faultKinds lists all kinds.
var faultKinds = slices.Concat([]FaultKind{
	Refuse, DropBefore, DropAfter, CutBody, Slow, Trickle,
	TooManyRequests, Unavailable, InternalError, Maintenance, BadGateway, ErrorCode,
	BrokenJSON, Oversized,
}, signatureFaults, loginFaults)

// Always is a [Fault.Times] without end.
const Always = -1

// Fault is something that goes wrong in the next calls of a step. Its JSON form
// has the fields in snake case and durations as texts such as "3s"; unknown
// fields are refused.
type Fault struct {
	Step       string        // "prepare", "authorize", "token", "request", "status", "verify", "signer", "session" or "order"; empty is any
	Kind       FaultKind     // what goes wrong
	Times      int           // how often; 0 means once, Always means until ClearFaults
	Delay      time.Duration // Slow, Trickle: in the machine's time, not the clock's
	RetryAfter time.Duration // TooManyRequests, Unavailable: whole seconds; 0 means no header
	Code       string        // ErrorCode: "E2016"
	Size       int           // CutBody, Trickle, Oversized: bytes; 0 means half, 16 and 65 MiB
}

func (f Fault) check() error {
	switch {
	case !slices.Contains(faultKinds, f.Kind):
		return fmt.Errorf("kakaocerttest: Fault.Kind is unknown")
	case f.Step != "" && !slices.Contains(faultSteps, f.Step):
		return fmt.Errorf("kakaocerttest: Fault.Step is unknown")
	case f.Times < Always || f.Delay < 0 || f.RetryAfter < 0 || f.Size < 0 || f.Size > maxOversize:
		return fmt.Errorf("kakaocerttest: Fault has a number that is out of range")
	case f.Step == "order" && stepOf(f.Kind) != "order":
		return fmt.Errorf("kakaocerttest: Fault.Kind is for calls only")
	case (f.Kind == ErrorCode) != (f.Code != ""):
		return fmt.Errorf("kakaocerttest: Fault.Code and Kind ErrorCode come together only")
	case f.Step != "" && stepOf(f.Kind) != "" && f.Step != stepOf(f.Kind):
		return fmt.Errorf("kakaocerttest: Fault.Kind is for %s only", stepOf(f.Kind))
	}
	return nil
}

// faultJSON is the JSON form of a Fault.
type faultJSON struct {
	Step       string    `json:"step,omitempty"`
	Kind       FaultKind `json:"kind"`
	Times      int       `json:"times,omitempty"`
	Delay      string    `json:"delay,omitempty"`
	RetryAfter string    `json:"retry_after,omitempty"`
	Code       string    `json:"code,omitempty"`
	Size       int       `json:"size,omitempty"`
}

// MarshalJSON returns the JSON form.
func (f Fault) MarshalJSON() ([]byte, error) {
	out := faultJSON{Step: f.Step, Kind: f.Kind, Times: f.Times, Code: f.Code, Size: f.Size}
	if f.Delay > 0 {
		out.Delay = f.Delay.String()
	}
	if f.RetryAfter > 0 {
		out.RetryAfter = f.RetryAfter.String()
	}
	return json.Marshal(out)
}

// UnmarshalJSON reads the JSON form.
func (f *Fault) UnmarshalJSON(text []byte) error {
	var in faultJSON
	if err := strictjson.Unmarshal(text, &in); err != nil {
		return err
	}
	delay, err := durationOf("delay", in.Delay)
	if err != nil {
		return err
	}
	retryAfter, err := durationOf("retry_after", in.RetryAfter)
	if err != nil {
		return err
	}
	*f = Fault{Step: in.Step, Kind: in.Kind, Times: in.Times, Delay: delay, RetryAfter: retryAfter, Code: in.Code, Size: in.Size}
	return nil
}

func durationOf(field, text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0, fmt.Errorf("kakaocerttest: Fault: %s is not a duration such as 3s", field)
	}
	return d, nil
}

// faults are the waiting faults, in the order of their injection.
type faults struct {
	mu    sync.Mutex
	queue []Fault
}

// take returns the next fault for a step, or the zero Fault.
func (q *faults) take(step string) Fault {
	q.mu.Lock()
	defer q.mu.Unlock()
	for i, f := range q.queue {
		if f.Step != step && (f.Step != "" || step == "order") {
			continue
		}
		if f.Times != Always {
			if q.queue[i].Times--; q.queue[i].Times == 0 {
				q.queue = slices.Delete(q.queue, i, i+1)
			}
		}
		return f
	}
	return Fault{}
}

// Inject injects a fault. Faults of one step happen in the order in which they
// were injected, one for each call. The error names the field that is wrong.
func (s *Service) Inject(f Fault) error {
	if err := f.check(); err != nil {
		return err
	}
	if f.Times == 0 {
		f.Times = 1
	}
	f.Step = cmp.Or(stepOf(f.Kind), f.Step)
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.queue = append(s.faults.queue, f)
	return nil
}

// Faults lists the faults that are still to happen.
func (s *Service) Faults() []Fault {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	return slices.Clone(s.faults.queue)
}

// ClearFaults removes all faults.
func (s *Service) ClearFaults() {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.queue = nil
}
