package main

import (
	"context"
	"errors"
	"time"

	"github.com/kakaocert-go/kakaocert"
)

const (
	kindIdentity = "identity"
	kindContract = "contract"
)

// signWithin is how long the user has.
const signWithin = 5 * time.Minute

// identifyItems are what the signer is compared by. The contract may grant
// fewer.
var identifyItems = []kakaocert.IdentifyItem{
	kakaocert.IdentifyName, kakaocert.IdentifyBirthday, kakaocert.IdentifyPhoneNumber,
}

// product is what the pages need of a service: one method for each step, and
// none that waits.
type product interface {
	// ask looks the session's person up and asks them: Prepare and Request.
	// The session gets the transaction.
	ask(ctx context.Context, s *session, to channel) error
	// status asks once how far the person is.
	status(ctx context.Context, s *session) (kakaocert.TransactionStatus, error)
	// verify fetches what was signed, which comes once, and checks it. It
	// returns the names of the checks that were made.
	verify(ctx context.Context, s *session) ([]string, error)
	// restore does as verify with an answer that came before. It sends nothing.
	restore(s *session, answer []byte) ([]string, error)
	// signer asks who signed.
	signer(ctx context.Context, s *session) (*kakaocert.SignerInfo, error)
}

// channel is the way to the user's KakaoTalk.
type channel struct {
	inApp     bool   // the page opens it, rather than a message
	returnURL string // where it returns to; inApp only
}

// asked notes that the user was asked. When it is unknown whether the request
// arrived, it must not be repeated: the waiting page asks for the status.
func (s *session) asked(receipt *kakaocert.Receipt, err error) error {
	if err != nil && !errors.Is(err, kakaocert.ErrOutcomeUnknown) {
		return err
	}
	if receipt != nil {
		s.AppLink = receipt.AppLink
	}
	s.Until = time.Now().Add(signWithin)
	return nil
}
