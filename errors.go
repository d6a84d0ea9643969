package kakaocert

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Errors that errors.Is finds next to the codes of the service and the checks of a
// [Verifier].
var (
	ErrOutcomeUnknown  = errors.New("kakaocert: outcome unknown")                     // sent, and no whole answer came: see OutcomeError
	ErrNonceMismatch   = errors.New("kakaocert: nonce mismatch")                      // another nonce, or another login's data
	ErrStateMismatch   = errors.New("kakaocert: state mismatch")                      // the browser sent another login's state
	ErrSignerMismatch  = errors.New("kakaocert: signer mismatch")                     // see MismatchError
	ErrSignersDiffer   = errors.New("kakaocert: documents have different signers")    // not all have the same certificate
	ErrConsentMismatch = errors.New("kakaocert: consent mismatch")                    // see ConsentError
	ErrNoSignature     = errors.New("kakaocert: answer without a signature")          // an identity check contains one only where the contract includes CI (DOC)
	ErrNoAnswer        = errors.New("kakaocert: no answer in the evidence")           // no whole answer to the verify of a transaction
	ErrDecrypt         = errors.New("kakaocert: cannot decrypt")                      // or the decrypted text is not a date, digits or a CI
	ErrUnseal          = errors.New("kakaocert: cannot unseal")                       // another key, type or context, or it was changed
	ErrSessionNotBegun = errors.New("kakaocert: session has not begun")               // it begins later
	ErrReplayed        = errors.New("kakaocert: data was signed and accepted before") // see Session.VerifyOnce
)

// ArgumentError says that a value given to this package cannot be used. It is
// found before anything is sent, and never contains the value.
type ArgumentError struct {
	Field  string // in Go's spelling: "Config.DealerKey", "Person.Birthday"
	Reason string // "must not be empty", "must be 10 or 11 digits"
}

func (e *ArgumentError) Error() string {
	return "kakaocert: " + e.Field + " " + e.Reason
}

// APIError is a refusal by the service. errors.Is matches it with its [Code].
type APIError struct {
	Operation  string        // "k1100.prepare"
	Product    string        // code as it was called: "K1110T"
	StatusCode int           // HTTP status
	Code       Code          // empty where the answer had none
	RetryAfter time.Duration // what the answer asked for; 0 when it did not
	answer     Answer
	message    Secret
}

func (e *APIError) Error() string {
	text := "answer without a code"
	switch {
	case e.Code != "":
		text = e.Code.Error()
	case e.StatusCode >= 300 && e.StatusCode < 400:
		text = "redirect refused"
	}
	text = fmt.Sprintf("kakaocert: %s %s: %s (HTTP %d)", e.Operation, e.Product, text, e.StatusCode)
	if key := e.key(); key != "" {
		text += ": see " + key + " in the Protocol"
	}
	return text
}

// key is the key in the Protocol of what the host may have otherwise; "" where
// the answer does not point at one.
func (e *APIError) key() string {
	switch {
	case e.Code == ErrSettleID && strings.HasSuffix(e.Operation, ".prepare"):
		return "place.settle_id"
	case e.Code == "" && (e.StatusCode == http.StatusNotFound || e.StatusCode == http.StatusMethodNotAllowed):
		return "step." + e.Operation
	}
	return ""
}

func (e *APIError) Unwrap() error {
	if e.Code == "" {
		return nil
	}
	return e.Code
}

// Message returns the service's own words, which may quote what was sent.
func (e *APIError) Message() Secret { return e.message }

func (e *APIError) Answer() Answer { return e.answer }

// DecodeError says that an answer was not understood. The answer is kept.
type DecodeError struct {
	Operation string
	Product   string
	Field     string // key in the Protocol, such as "field.status"; empty where it is the whole body
	Reason    string
	Err       error // ErrDecrypt, or nil
	answer    Answer
	hint      string
}

func (e *DecodeError) Error() string {
	field := e.Field
	if field == "" {
		field = "body"
	}
	return fmt.Sprintf("kakaocert: %s %s: answer: %s %s", e.Operation, e.Product, field, e.Reason)
}

func (e *DecodeError) Unwrap() error { return e.Err }

// Hint returns the one place in the answer where a fitting value was found, in
// the other side's words: a field, or "response.tx_id", whose object place.answer
// can name. It is empty where there is none or more than one.
func (e *DecodeError) Hint() string { return e.hint }

func (e *DecodeError) Answer() Answer { return e.answer }

// StatusError says that the transaction is not, or will never be, COMPLETED.
type StatusError struct {
	Operation string
	Product   string
	Status    Status // empty where the answer had none
	Result    string // what the answer gave as result; empty where it had none
	answer    Answer
}

func (e *StatusError) Error() string {
	var said []string
	if e.Status != "" {
		said = append(said, "status "+string(e.Status))
	}
	if e.Result != "" {
		said = append(said, "result "+e.Result)
	}
	return fmt.Sprintf("kakaocert: %s %s: %s", e.Operation, e.Product, strings.Join(said, ", "))
}

func (e *StatusError) Answer() Answer { return e.answer }

// OutcomeError says that a request, a verify or the exchange of a login's code
// was sent and what became of it is unknown. It is [ErrOutcomeUnknown], and the
// cause; Advice depends on the step.
//
// Do not repeat it: ask Status after a request, and begin a login again. The
// bytes that came of a verify are in the evidence and in Answer. Where they are
// not a whole answer, another verify, by decision and not by a loop, gives the
// answer if it was never handed over, and [ErrUnknownTransaction] if it was.
type OutcomeError struct {
	Operation string
	Product   string
	Err       error
	answer    Answer
}

func (e *OutcomeError) Error() string {
	return fmt.Sprintf("kakaocert: %s %s: sent, outcome unknown: %v", e.Operation, e.Product, e.Err)
}

func (e *OutcomeError) Unwrap() []error { return []error{ErrOutcomeUnknown, e.Err} }

func (e *OutcomeError) Advice() Advice {
	switch _, step, _ := strings.Cut(e.Operation, "."); step {
	case "verify":
		return AdviceReadEvidence
	case "token":
		return AdviceLogInAgain
	}
	return AdviceAskStatus
}

func (e *OutcomeError) Answer() Answer { return e.answer }

// RedirectError says that the browser came back from a login or the standard
// window with an error: [ErrAccessDenied] where the user has declined.
// errors.Is matches it with its [Code].
type RedirectError struct {
	Product string
	Code    Code
}

func (e *RedirectError) Error() string {
	return "kakaocert: " + e.Product + ": the browser came back with an error: " + e.Code.Error()
}

func (e *RedirectError) Unwrap() error { return e.Code }

// ConnectionError says that no answer came and nothing is lost by it: nothing
// was sent, or what was sent may be sent again.
type ConnectionError struct {
	Operation string
	Product   string
	Err       error
}

func (e *ConnectionError) Error() string {
	return fmt.Sprintf("kakaocert: %s %s: no answer: %v", e.Operation, e.Product, e.Err)
}

func (e *ConnectionError) Unwrap() error { return e.Err }

// MaintenanceError says that a call was not sent, since an answer before it was
// [ErrMaintenance], which it is too; see Config.MaintenancePause.
type MaintenanceError struct {
	Operation string
	Product   string
	Until     time.Time // calls are sent again from then on
}

func (e *MaintenanceError) Error() string {
	return fmt.Sprintf("kakaocert: %s %s: not sent before %s: %v", e.Operation, e.Product, e.Until.UTC().Format(time.RFC3339), ErrMaintenance)
}

func (e *MaintenanceError) Unwrap() error { return ErrMaintenance }

// EvidenceError says that the [Sink] failed. At "begin" nothing was sent. Later
// the answer is in Answer, the only copy: [Client.Keep] stores it as soon as
// the Sink works again. errors.Is and errors.As find the Sink's error, and the
// call's if that failed too.
type EvidenceError struct {
	Operation string
	Product   string
	Step      string // "begin", "write", "commit" or "abort"
	Err       error
	answer    Answer
	meta      EvidenceMeta
	whole     bool // the answer was accepted
}

func (e *EvidenceError) Error() string {
	return fmt.Sprintf("kakaocert: %s %s: evidence: %s: %v", e.Operation, e.Product, e.Step, e.Err)
}

func (e *EvidenceError) Unwrap() error { return e.Err }

func (e *EvidenceError) Answer() Answer { return e.answer }

// MismatchError says which items of the signer differ, without their values. It
// is [ErrSignerMismatch].
type MismatchError struct {
	Different []IdentifyItem // at least one
	Missing   []IdentifyItem // not in the answer
}

func (e *MismatchError) Error() string {
	text := ErrSignerMismatch.Error() + ": different: " + joinItems(e.Different)
	if len(e.Missing) > 0 {
		text += "; missing: " + joinItems(e.Missing)
	}
	return text
}

func (e *MismatchError) Is(target error) bool { return target == ErrSignerMismatch }

// MissingItemsError says which items the answer did not contain, where no other
// item differed: who signed is not known. Usually Request did not name them in
// IdentifyItems, or the contract does not grant them. It is not a security event.
type MissingItemsError struct{ Items []IdentifyItem }

func (e *MissingItemsError) Error() string {
	text := "kakaocert: signer info does not contain " + joinItems(e.Items) + ": Request must name them in IdentifyItems, and the contract must grant them"
	var keys []string
	for _, item := range e.Items {
		parts := strings.Split(identifyKeys[item], ".")
		key := "field." + parts[len(parts)-1]
		if _, known := protocolRows[key]; known {
			keys = append(keys, key)
		}
	}
	if len(keys) > 0 {
		text += "; see also " + strings.Join(keys, ", ") + " in the Protocol"
	}
	return text
}

func joinItems(items []IdentifyItem) string {
	words := make([]string, len(items))
	for i, item := range items {
		words[i] = string(item)
	}
	return strings.Join(words, ", ")
}

// securityEvents are the errors that IsSecurityEvent is about.
var securityEvents = []error{
	ErrSignature, ErrSignedAttributes, ErrUntrusted, ErrKeyUsage, ErrRevoked,
	ErrContentMismatch, ErrConsentMismatch, ErrNonceMismatch, ErrStateMismatch,
	ErrVIDMismatch, ErrCIMismatch, ErrSignerMismatch, ErrSignersDiffer, ErrReplayed,
}

// IsSecurityEvent reports whether an error has to ring an alarm: something was
// forged, swapped, revoked or replayed, or another person signed. It is false
// for all that a network, a contract or a user's mistake can cause.
func IsSecurityEvent(err error) bool {
	return slices.ContainsFunc(securityEvents, func(event error) bool { return errors.Is(err, event) })
}
