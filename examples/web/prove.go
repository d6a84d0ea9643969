package main

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/kakaocert-go/kakaocert"
)

// prove finds out who signed what. The answer comes once, so it is looked for
// in the evidence before it is fetched: a process that stopped behind the fetch
// has left it there.
func (s *server) prove(ctx context.Context, visit *session) (*proof, error) {
	proof, err := s.recall(ctx, visit)
	if !errors.Is(err, errNotFetched) {
		return proof, err
	}
	if err := s.signed(ctx, visit); err != nil { // the browser's word is not enough
		return nil, err
	}
	checks, err := s.products[visit.kind()].verify(ctx, visit)
	if errors.Is(err, kakaocert.ErrUnknownTransaction) { // another process may have been faster
		if proof, err := s.recall(ctx, visit); !errors.Is(err, errNotFetched) {
			return proof, err
		}
	}
	if err != nil {
		s.rescue(err)
		return nil, err
	}
	return s.compare(ctx, visit, checks, time.Now())
}

// rescue saves an answer that the evidence could not take (a full disk): it is
// the only copy, and a person has to look after it.
func (s *server) rescue(err error) {
	failed, ok := errors.AsType[*kakaocert.EvidenceError](err)
	if !ok || len(failed.Answer().Body()) == 0 {
		return
	}
	file, err := os.CreateTemp("", "kakaocert-answer-*.json") // for its owner alone
	if err != nil {
		s.log.Error("the answer is lost", "error", err)
		return
	}
	_, err = file.Write(failed.Answer().Body())
	err = errors.Join(err, file.Sync(), file.Close())
	s.log.Error("the evidence could not take the answer", "file", file.Name(), "error", err)
}

// recall does as prove with the answer in the evidence. Without one it is
// errNotFetched. Everything is checked again, as if the answer had just come.
func (s *server) recall(ctx context.Context, visit *session) (*proof, error) {
	record, err := s.set.Answer(visit.txID())
	if err != nil {
		return nil, err
	}
	if record == nil {
		return nil, errNotFetched
	}
	checks, err := s.products[visit.kind()].restore(visit, record.Body())
	if err != nil {
		return nil, err
	}
	return s.compare(ctx, visit, checks, record.EndedAt)
}

// compare is the last step: a good signature proves that some person signed, and
// this proves that it was the session's person.
func (s *server) compare(ctx context.Context, visit *session, checks []string, at time.Time) (*proof, error) {
	info, err := s.products[visit.kind()].signer(ctx, visit)
	if err != nil {
		return nil, err
	}
	if err := info.Compare(visit.user(), identifyItems...); err != nil {
		return nil, err
	}
	return &proof{At: at, Checks: checks}, nil
}
