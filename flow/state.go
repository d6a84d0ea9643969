package flow

import (
	"slices"
	"time"

	"github.com/kakaocert-go/kakaocert"
)

// State is how far a flow is. Each change of it is durable before the next call
// to Kakao is sent.
type State string

const (
	StateNew        State = "new"        // begun; Kakao knows nothing of it
	StatePrepared   State = "prepared"   // there is a tx_id, but the user was not asked
	StateRequesting State = "requesting" // the user is being asked, under a lease
	StateWaiting    State = "waiting"    // the user was asked
	StateSigned     State = "signed"     // the user has signed; nothing was fetched
	StateVerifying  State = "verifying"  // the signature is being fetched, under a lease
	StateReverify   State = "reverify"   // a fetch has failed, and the answer is not in the evidence: fetch again
	StateMissing    State = "missing"    // Kakao has handed the answer over, but it is not in the evidence yet
	StateStored     State = "stored"     // the answer is in the evidence, and is to be checked
	StateEnded      State = "ended"      // done, or failed for a [Reason]
)

// States returns all states, in the order in which a flow goes through them.
func States() []State {
	return []State{
		StateNew, StatePrepared, StateRequesting, StateWaiting, StateSigned,
		StateVerifying, StateReverify, StateMissing, StateStored, StateEnded,
	}
}

// SignatureAtStake reports whether the user has signed and the answer may not
// be in the evidence yet: the signature must be fetched within ten minutes.
func (s State) SignatureAtStake() bool {
	return slices.Contains([]State{StateSigned, StateVerifying, StateReverify, StateMissing}, s)
}

// Reason is why a flow has failed.
type Reason string

const (
	ReasonDeclined    Reason = "declined"    // the user has declined
	ReasonExpired     Reason = "expired"     // the user did not answer in time
	ReasonRefused     Reason = "refused"     // Kakao has refused; the code says why
	ReasonUnavailable Reason = "unavailable" // Kakao could not be reached in time: the user was not asked
	ReasonUntrusted   Reason = "untrusted"   // the check of a signature has failed, or its content does not match
	ReasonMismatch    Reason = "mismatch"    // the signer is not the user, or that cannot be shown
	ReasonLost        Reason = "lost"        // the user has signed, but the signature can no longer be fetched
	ReasonAbandoned   Reason = "abandoned"   // ended by [Machine.Abandon]
)

// Progress is the part of a flow that changes while it runs. It contains no
// personal data.
type Progress struct {
	State State
	// Transaction is the text form of the [kakaocert.Transaction]; empty before
	// prepare.
	Transaction string
	// KeyVersion is the number of the contract's key that prepare was encrypted
	// with; 0 if the contract has one key.
	KeyVersion int
	AppLink    string    // of an app-to-app product whose user was asked
	SignedAt   time.Time // by Kakao's clock; zero before
	// FetchBy is when a signature that was not fetched counts as lost, by the
	// store's clock.
	FetchBy    time.Time
	Verifies   int            // how often a verify was decided
	EvidenceID string         // the record of the answer, if the Sink names its records
	Reason     Reason         // of a failed flow; empty for a done one
	Code       kakaocert.Code // Kakao's code, if it is the cause of the end
}

// Flow is a flow as a [Store] returns it.
type Flow struct {
	ID      string // the institution's own: an order number
	Product string // "K3511", without the test host's T
	Progress
	Input []byte // sealed; nil when the flow has ended
	Rev   int64  // 1 at the beginning, and one more after each change
	Held  bool   // by [Store.Hold]
	Owner string // the machine that made the last change
	// LeaseUntil is the end of Owner's lease; zero without a lease. Until then
	// other machines do not touch the flow.
	LeaseUntil time.Time
	CreatedAt  time.Time
	UpdatedAt  time.Time // of the last change
	Now        time.Time // the store's clock when the flow was loaded
}

// Change is the next state of a flow.
type Change struct {
	Progress               // the complete new state
	Owner    string        // the machine that makes the change
	Lease    time.Duration // from now by the store's clock; 0 ends a lease
	Due      time.Duration // from now by the store's clock: when [Store.Due] must return the flow
}

// Stats is what to monitor in a store.
type Stats struct {
	Open map[State]int // flows by state, without the ended ones
	Held int           // how many of these are held
	// OldestSigned is how long ago the oldest flow with a signature at stake was
	// signed, or was begun where it is not known when its user signed (a login);
	// 0 without such a flow. Above 5 minutes an operator must act.
	OldestSigned time.Duration
}
