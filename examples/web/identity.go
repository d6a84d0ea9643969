package main

import (
	"context"

	"github.com/kakaocert-go/kakaocert"
)

// identity is the identity check (본인인증).
type identity struct{ service *kakaocert.K1100Service }

func (i identity) ask(ctx context.Context, s *session, to channel) (err error) {
	params := &kakaocert.K1100PrepareParams{Product: kakaocert.K1110, User: s.user()}
	if to.inApp {
		params.Product = kakaocert.K1120
	}
	if s.Identity, err = i.service.Prepare(ctx, params); err != nil {
		return err
	}
	s.Nonce = kakaocert.NewNonce()
	return s.asked(i.service.Request(ctx, s.Identity, &kakaocert.K1100RequestParams{
		Data: s.Nonce, Title: "예시은행 본인인증", IdentifyItems: identifyItems, ExpiresIn: signWithin, ReturnURL: to.returnURL,
	}))
}

func (i identity) status(ctx context.Context, s *session) (kakaocert.TransactionStatus, error) {
	return i.service.Status(ctx, s.Identity)
}

// verify compares the nonce with the one that the session has. There is no
// signature to check.
func (i identity) verify(ctx context.Context, s *session) ([]string, error) {
	_, err := i.service.Verify(ctx, s.Identity, s.Nonce)
	return nil, err
}

func (i identity) restore(s *session, answer []byte) ([]string, error) {
	_, err := i.service.Restore(s.Identity, answer, s.Nonce)
	return nil, err
}

func (i identity) signer(ctx context.Context, s *session) (*kakaocert.SignerInfo, error) {
	return i.service.SignerInfo(ctx, s.Identity)
}
