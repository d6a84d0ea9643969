package flow

import (
	"context"
	"errors"

	"github.com/kakaocert-go/kakaocert"
)

// The common part of the flows with a signature, K3100 and K3500.

// warnWithoutRoots says before the person is asked what the outcome will be.
func (f *flow) warnWithoutRoots() {
	if f.roots == nil {
		f.warn("no roots are trusted: the signature will be neither checked nor exported; with --out it will be kept as evidence. Give --roots")
	}
}

// fetch calls verify for the signature, once, and notes where it was kept, whether
// or not it could be read.
func fetch[P kakaocert.Product, R any](ctx context.Context, f *flow, s script[P, R], tx kakaocert.Transaction[P]) (*R, error) {
	f.at = "verify"
	var answer kakaocert.Answer
	result, err := kept(s.verify(ctx, tx, kakaocert.WithAnswer(&answer)))
	for f.learnVerified(&answer, err) {
		result, err = s.restore(tx, answer.Body())
	}
	var noteErr error
	if f.outcome.Evidence, noteErr = f.store.note(tx.TxID()); noteErr != nil && err == nil {
		f.warn("the evidence cannot be read back: %v", noteErr)
	}
	if err != nil {
		return nil, err
	}
	if f.outcome.Evidence != nil {
		f.say("kept", "as evidence, in %s", f.outcome.Evidence.Dir)
	}
	f.at = "check"
	return result, nil
}

// conclude exports what was verified, unless another person has signed it: the
// signature is good also where it is unknown who signed.
func (f *flow) conclude(signerErr error, files func() ([]export, error)) error {
	if errors.Is(signerErr, kakaocert.ErrSignerMismatch) || f.store == nil {
		return signerErr
	}
	at := f.at
	f.at = "export"
	exports, err := files()
	if err != nil {
		return err
	}
	f.outcome.Files, err = f.store.export(append(exports, export{rootsFile, f.roots.PEM}))
	if err != nil {
		return err
	}
	f.at = at
	return signerErr
}
