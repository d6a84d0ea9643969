package verdict

import (
	"context"
	"errors"
	"strings"

	"github.com/kakaocert-go/kakaocert"
)

// ErrNoRoots says that a signature was left unchecked.
var ErrNoRoots = errors.New("no roots are trusted: the signature was neither checked nor exported; give --roots")

// Reason is why something failed, in one word for programs: the check of a
// signature, an error code of the service, a status, or one of ours.
func Reason(err error) string {
	if failed, ok := errors.AsType[*kakaocert.VerifyError](err); ok {
		return failed.Check
	}
	if code, ok := errors.AsType[kakaocert.Code](err); ok {
		return string(code)
	}
	if status, ok := errors.AsType[*kakaocert.StatusError](err); ok {
		return strings.ToLower(string(status.Status))
	}
	if _, ok := errors.AsType[*kakaocert.EvidenceError](err); ok {
		return "evidence"
	}
	if _, ok := errors.AsType[*kakaocert.MissingItemsError](err); ok {
		return "signer_items"
	}
	for _, known := range reasons {
		if errors.Is(err, known.err) {
			return known.word
		}
	}
	if _, ok := errors.AsType[*kakaocert.ConnectionError](err); ok {
		return "no_answer"
	}
	if _, ok := errors.AsType[*kakaocert.DecodeError](err); ok {
		return "answer"
	}
	return "error"
}

// reasons are looked for in this order.
var reasons = []struct {
	err  error
	word string
}{
	{kakaocert.ErrContentMismatch, "content"},
	{kakaocert.ErrSignersDiffer, "several_signers"},
	{kakaocert.ErrConsentMismatch, "consent"},
	{kakaocert.ErrNonceMismatch, "nonce"},
	{kakaocert.ErrSignerMismatch, "signer"},
	{kakaocert.ErrDecrypt, "decrypt"},
	{kakaocert.ErrOutcomeUnknown, "outcome_unknown"},
	{context.DeadlineExceeded, "timeout"},
	{context.Canceled, "interrupted"},
	{ErrNoRoots, "no_roots"},
}
