package kakaocert

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// What errors.Is finds beside the codes of the service and the checks of a
// [Verifier].
var (
	// ErrOutcomeUnknown: a call was sent and may have been carried out, but no
	// whole answer came. See [OutcomeError].
	ErrOutcomeUnknown = errors.New("kakaocert: outcome unknown")
	// ErrNonceMismatch: an identity check has another nonce than the one expected,
	// or a login other data: a security event.
	ErrNonceMismatch = errors.New("kakaocert: nonce mismatch")
	// ErrStateMismatch: the browser came back with another login's state than its
	// own: a security event.
	ErrStateMismatch = errors.New("kakaocert: state mismatch")
	// ErrSignerMismatch: the signer is not who was expected. See [MismatchError].
	ErrSignerMismatch = errors.New("kakaocert: signer mismatch")
	// ErrSignersDiffer: not all documents were signed with the same certificate: a
	// security event.
	ErrSignersDiffer = errors.New("kakaocert: documents have different signers")
	// ErrConsentMismatch: what was signed is not the consent that was asked for: a
	// security event. See [ConsentError].
	ErrConsentMismatch = errors.New("kakaocert: consent mismatch")
	// ErrNoSignature: an answer has no CMS signature to check. An identity check
	// has one only where the contract has CI. (DOC)
	ErrNoSignature = errors.New("kakaocert: answer without a signature")
	// ErrNoAnswer: the evidence has no whole answer to the verify of a transaction.
	ErrNoAnswer = errors.New("kakaocert: no answer in the evidence")
	// ErrDecrypt: a value cannot be decrypted or, decrypted, does not have the
	// shape of what it should be: a date, digits, a CI.
	ErrDecrypt = errors.New("kakaocert: cannot decrypt")
	// ErrUnseal: none of the keys opens a sealed value: it was sealed under another
	// key, as another type or for another context, or was changed.
	ErrUnseal = errors.New("kakaocert: cannot unseal")
	// ErrSessionNotBegun: the session begins later.
	ErrSessionNotBegun = errors.New("kakaocert: session has not begun")
	// ErrReplayed: the same data was accepted before: a security event.
	ErrReplayed = errors.New("kakaocert: data was signed and accepted before")
)

// ArgumentError says that a value given to this package cannot be used. It is
// found before anything is sent. It names the field and why, never the value.
type ArgumentError struct {
	Field  string // in Go's spelling: "Config.DealerKey", "Person.Birthday"
	Reason string // "is empty", "is not 8 digits"
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

// Unwrap returns the code.
func (e *APIError) Unwrap() error {
	if e.Code == "" {
		return nil
	}
	return e.Code
}

// Message returns the service's own words. They may quote what was sent, so
// they are not in the error's text.
func (e *APIError) Message() Secret { return e.message }

// Answer returns the answer as it came.
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

// Unwrap returns ErrDecrypt where a value could not be decrypted.
func (e *DecodeError) Unwrap() error { return e.Err }

// Hint returns the one place in the answer where a fitting value was found under
// a name that the Protocol does not have, as a protocol file would name it: at
// most 64 letters, digits, _, - and dots. It is empty where there is none or more
// than one. It is the other side's word, and so not in the error's text.
func (e *DecodeError) Hint() string { return e.hint }

// Answer returns the answer as it came.
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

// Answer returns the answer as it came.
func (e *StatusError) Answer() Answer { return e.answer }

// OutcomeError says that a request, a verify or the exchange of a login's code
// was sent and what became of it is unknown. It is [ErrOutcomeUnknown]; the
// cause is there too.
//
// Do not repeat a request: ask Status what became of it. Nor an exchange: the
// user logs in again. Of a verify, the bytes that came are in the evidence and
// in Answer. Where they are no whole answer, verifying again, by decision and
// not by a loop, gives the answer if it was never handed over, and
// [ErrUnknownTransaction] if it was.
type OutcomeError struct {
	Operation string
	Product   string
	Err       error
	answer    Answer
}

func (e *OutcomeError) Error() string {
	return fmt.Sprintf("kakaocert: %s %s: sent, outcome unknown: %v", e.Operation, e.Product, e.Err)
}

// Unwrap returns ErrOutcomeUnknown and the cause.
func (e *OutcomeError) Unwrap() []error { return []error{ErrOutcomeUnknown, e.Err} }

// Advice returns what to do about it, which depends on the step.
func (e *OutcomeError) Advice() Advice {
	switch _, step, _ := strings.Cut(e.Operation, "."); step {
	case "verify":
		return AdviceReadEvidence
	case "token":
		return AdviceLogInAgain
	}
	return AdviceAskStatus
}

// Answer returns what came of the answer: a zero Answer when nothing did.
func (e *OutcomeError) Answer() Answer { return e.answer }

// RedirectError says that the browser came back from a login or from the
// standard window with an error: [ErrAccessDenied] where the user has declined.
// The window's codes are not public. errors.Is matches it with its [Code].
type RedirectError struct {
	Product string
	Code    Code
}

func (e *RedirectError) Error() string {
	return "kakaocert: " + e.Product + ": the browser came back with an error: " + e.Code.Error()
}

func (e *RedirectError) Unwrap() error { return e.Code }

// ConnectionError says that no answer came, and that nothing is lost by it:
// either nothing was sent, or what was sent may be sent again.
type ConnectionError struct {
	Operation string
	Product   string
	Err       error
}

func (e *ConnectionError) Error() string {
	return fmt.Sprintf("kakaocert: %s %s: no answer: %v", e.Operation, e.Product, e.Err)
}

// Unwrap returns the cause.
func (e *ConnectionError) Unwrap() error { return e.Err }

// MaintenanceError says that a call was not sent, since an answer before it was
// [ErrMaintenance]; see Config.MaintenancePause. It is ErrMaintenance too: only
// Kakao can end it.
type MaintenanceError struct {
	Operation string
	Product   string
	Until     time.Time // calls are sent again from then on
}

func (e *MaintenanceError) Error() string {
	return fmt.Sprintf("kakaocert: %s %s: not sent before %s: %v", e.Operation, e.Product, e.Until.UTC().Format(time.RFC3339), ErrMaintenance)
}

// Unwrap returns ErrMaintenance.
func (e *MaintenanceError) Unwrap() error { return ErrMaintenance }

// EvidenceError says that the [Sink] failed. When it failed to begin, nothing
// was sent. Later the answer is in Answer, and it is the only copy:
// [Client.Keep] stores it as soon as the Sink works again.
// Where the call itself failed too, errors.Is and errors.As find both.
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

// Unwrap returns the sink's error, and with it the call's, if that failed too.
func (e *EvidenceError) Unwrap() error { return e.Err }

// Answer returns what came of the answer.
func (e *EvidenceError) Answer() Answer { return e.answer }

// MismatchError says which items of the signer differ, without their values.
// It is [ErrSignerMismatch].
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

// Is matches ErrSignerMismatch.
func (e *MismatchError) Is(target error) bool { return target == ErrSignerMismatch }

// MissingItemsError says which items the answer did not contain, where no other
// item differed: who signed is not known. Usually Request did not name them in
// IdentifyItems, or the contract does not grant them. It is no security event.
type MissingItemsError struct{ Items []IdentifyItem }

func (e *MissingItemsError) Error() string {
	return "kakaocert: signer info does not contain " + joinItems(e.Items) + ": Request must name them in IdentifyItems, and the contract must grant them"
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
// forged, swapped, revoked or replayed, or somebody else signed. Of joined
// errors one is enough. It is false for everything that a network, a contract
// or a user's mistake can cause: the service's codes, unknown outcomes, answers
// that were not understood, unknown revocation, ended contexts.
func IsSecurityEvent(err error) bool {
	return slices.ContainsFunc(securityEvents, func(event error) bool { return errors.Is(err, event) })
}
