package flow

import (
	"context"
	"errors"
	"fmt"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/internal/command/call"
)

// service is what the services of a client have in common.
type service[P kakaocert.Product] interface {
	Prepare(context.Context, *kakaocert.PrepareParams[P], ...kakaocert.CallOption) (kakaocert.Transaction[P], error)
	Status(context.Context, kakaocert.Transaction[P], ...kakaocert.CallOption) (kakaocert.TransactionStatus, error)
	Wait(context.Context, kakaocert.Transaction[P], ...kakaocert.WaitOption) (kakaocert.TransactionStatus, error)
	SignerInfo(context.Context, kakaocert.Transaction[P], ...kakaocert.CallOption) (*kakaocert.SignerInfo, error)
}

// exporter makes the files of what was verified.
type exporter func() ([]export, error)

// script is in what the flows of the services differ.
type script[P kakaocert.Product, R any] struct {
	files   []string // that the flow writes into --out; none where nothing is kept
	service func(*kakaocert.Client) service[P]
	request func(context.Context, *kakaocert.Client, kakaocert.Transaction[P], ...kakaocert.CallOption) (*kakaocert.Receipt, error)
	verify  func(context.Context, kakaocert.Transaction[P], ...kakaocert.CallOption) (*R, error)
	restore func(kakaocert.Transaction[P], []byte) (*R, error)          // of an answer that came, by a client that has learned
	recall  func(context.Context, kakaocert.Transaction[P]) (*R, error) // nil where nothing is kept
	check   func(*R) (exporter, error)
}

// perform takes a flow from its beginning to its end, or goes on with a
// transaction that was prepared before.
func perform[P kakaocert.Product, R any](ctx context.Context, f *flow, s script[P, R], product P, tx kakaocert.Transaction[P]) error {
	if s.files != nil {
		if err := f.checkStore(s.files); err != nil {
			return err
		}
	}
	if err := rehearse(f, s, product, tx); err != nil {
		return err
	}
	var sink kakaocert.Sink
	if s.files != nil {
		var err error
		if f.store, err = f.openStore(); err != nil {
			return err
		}
		sink = f.store.sink()
	}
	if err := f.open(sink); err != nil {
		return err
	}
	if s.files != nil {
		f.warnWithoutRoots()
	}
	tx, result, err := signed(ctx, f, s, product, tx)
	if err != nil {
		return err
	}
	f.at = "check"
	files, err := s.check(result)
	if err != nil {
		return err
	}
	return f.conclude(compareSigner(ctx, f, s.service, tx), files)
}

// signed takes a flow to where the answer of verify is there.
func signed[P kakaocert.Product, R any](ctx context.Context, f *flow, s script[P, R], product P, tx kakaocert.Transaction[P]) (kakaocert.Transaction[P], *R, error) {
	var err error
	begun := !tx.IsZero()
	if !begun {
		tx, err = prepare(ctx, f, s, product)
	} else {
		f.setTransaction(string(tx.Product()), tx.TxID(), tx.String())
		f.say("resumed", "%s", tx)
		var result *R
		if result, err = recall(ctx, f, s, tx); result != nil || err != nil {
			return tx, result, err
		}
	}
	if err == nil {
		err = requestOnce(ctx, f, s, tx, begun)
	}
	if err == nil {
		err = await(ctx, f, s, tx)
	}
	if err != nil {
		return tx, nil, err
	}
	result, err := fetch(ctx, f, s, tx)
	return tx, result, err
}

// isFinal reports that the service has said the last word on a transaction.
func isFinal(err error) bool {
	_, status := errors.AsType[*kakaocert.StatusError](err)
	_, refused := errors.AsType[*kakaocert.APIError](err)
	return status || refused
}

func prepare[P kakaocert.Product, R any](ctx context.Context, f *flow, s script[P, R], product P) (kakaocert.Transaction[P], error) {
	f.at, f.outcome.Product = "prepare", string(product)
	tx, err := s.service(f.client).Prepare(ctx, &kakaocert.PrepareParams[P]{Product: product, User: f.user()})
	if err != nil {
		f.learnCode("prepare", err)
		learned, found := learnTxID(ctx, f, s.service(f.client), f.codeOf(string(product)), err)
		if !found {
			return tx, err
		}
		tx = learned
	}
	f.setTransaction(string(product), tx.TxID(), tx.String())
	f.say("prepared", "%s", tx)
	if f.simulator != nil { // which ends with this call
		return tx, nil
	}
	return tx, f.store.remember(f.transaction, &f.asked)
}

// requestOnce asks the person. When the transaction was prepared before, status
// says whether that has been done.
func requestOnce[P kakaocert.Product, R any](ctx context.Context, f *flow, s script[P, R], tx kakaocert.Transaction[P], begun bool) error {
	if begun {
		f.at, f.requested = "status", true
		status, err := s.service(f.client).Status(ctx, tx)
		if err != nil || status.Status != kakaocert.StatusPrepared {
			return err
		}
	}
	f.at = "request"
	var answer kakaocert.Answer
	receipt, err := s.request(ctx, f.client, tx, kakaocert.WithAnswer(&answer))
	if !f.learnResult("request", &answer) {
		f.learnCode("request", err)
	}
	if errors.Is(err, kakaocert.ErrAlreadyRequested) {
		f.requested = true
		return nil
	}
	return f.sayRequested(receipt, err)
}

// await waits for the signature: only this is what --timeout limits.
func await[P kakaocert.Product, R any](ctx context.Context, f *flow, s script[P, R], tx kakaocert.Transaction[P]) error {
	f.at = "status"
	learnStatus(ctx, f, s.service(f.client), tx)
	waiting, cancel := context.WithTimeout(ctx, f.timeout)
	defer cancel()
	told, stop := f.waiting()
	status, err := s.service(f.client).Wait(waiting, tx, kakaocert.WithPoll(f.poll, longestPause(f.poll)), kakaocert.WithOnStatus(told))
	stop()
	if ended := waiting.Err(); err != nil && errors.Is(ended, context.DeadlineExceeded) && ctx.Err() == nil && !isFinal(err) {
		return fmt.Errorf("no signature within %s: %w", f.timeout, ended)
	}
	if err != nil {
		return err
	}
	f.outcome.SignedAt = status.SignedAt
	f.say("signed", "%s", call.TimeText(status.SignedAt))
	return nil
}

// recall looks for an answer that reached the disk.
func recall[P kakaocert.Product, R any](ctx context.Context, f *flow, s script[P, R], tx kakaocert.Transaction[P]) (*R, error) {
	if f.store == nil || s.recall == nil {
		return nil, nil
	}
	result, err := s.recall(ctx, tx)
	if errors.Is(err, kakaocert.ErrNoAnswer) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	f.requested = true
	f.say("recalled", "from the evidence, in %s", f.store.path)
	f.outcome.Evidence, err = f.store.note(tx.TxID())
	return result, err
}
