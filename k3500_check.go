package kakaocert

import (
	"errors"
	"fmt"
	"slices"
)

// ErrSignersDiffer says that not all documents were signed with the same
// certificate: a security event.
var ErrSignersDiffer = errors.New("kakaocert: documents have different signers")

// DocumentCheck is what a check found of one document. Either Verified or Err
// is set.
type DocumentCheck struct {
	Verified *Verified
	Err      error
}

// CheckedDocuments is what [K3500Result.Check] found.
type CheckedDocuments struct{ checks []DocumentCheck }

// Documents returns what was found of each document, in request order.
func (c *CheckedDocuments) Documents() []DocumentCheck { return slices.Clone(c.checks) }

// Verified returns every signature that passed, in request order.
func (c *CheckedDocuments) Verified() []*Verified {
	var verified []*Verified
	for _, check := range c.checks {
		if check.Err == nil {
			verified = append(verified, check.Verified)
		}
	}
	return verified
}

// CheckVID checks that the one signer of the documents is the person with the
// CI; see [Verified.CheckVID]. When a document failed, the error is that of
// [K3500Result.Check].
func (c *CheckedDocuments) CheckVID(result VIDSource) error {
	if c == nil || len(c.checks) == 0 {
		return errNotVerified
	}
	if err := documentsError(c.checks); err != nil {
		return err
	}
	return c.checks[0].Verified.CheckVID(result)
}

// failedDocuments says how many documents failed, and why the first did.
type failedDocuments struct {
	total int
	first int // place of the first, from 1
	errs  []error
}

func (e *failedDocuments) Error() string {
	return fmt.Sprintf("kakaocert: %d of %d documents failed the check, first document %d: %v", len(e.errs), e.total, e.first, e.errs[0])
}

// Unwrap returns the failures, in the order of the documents.
func (e *failedDocuments) Unwrap() []error { return e.errs }

func documentsError(checks []DocumentCheck) error {
	failed := &failedDocuments{total: len(checks)}
	for i, c := range checks {
		if c.Err == nil {
			continue
		}
		if len(failed.errs) == 0 {
			failed.first = i + 1
		}
		failed.errs = append(failed.errs, c.Err)
	}
	if len(failed.errs) == 0 {
		return nil
	}
	return failed
}
