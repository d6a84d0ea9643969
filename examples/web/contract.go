package main

import (
	"context"
	_ "embed" // the document

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/examples/internal/stage"
)

const contractTitle = "입출금통장 개설 신청서"

// contractText is signed byte for byte, and must be the same when the signature
// is checked. It is one for all visitors here; one that is made for a visitor
// has to be stored before it is sent.
//
//go:embed documents/account.txt
var contractText string

func contractDocuments() []kakaocert.Document {
	return []kakaocert.Document{kakaocert.TextDocument(contractTitle, contractText)}
}

// contract is the signature of a document (전자서명).
type contract struct{ *stage.Signing }

func (c contract) ask(ctx context.Context, s *session, to channel) (err error) {
	params := &kakaocert.K3500PrepareParams{Product: kakaocert.K3510, User: s.user()}
	if to.inApp {
		params.Product = kakaocert.K3520
	}
	if s.Contract, err = c.Client.K3500.Prepare(ctx, params); err != nil {
		return err
	}
	return s.asked(c.Client.K3500.Request(ctx, s.Contract, &kakaocert.K3500RequestParams{
		Documents: contractDocuments(), IdentifyItems: identifyItems, ExpiresIn: signWithin, ReturnURL: to.returnURL,
	}))
}

func (c contract) status(ctx context.Context, s *session) (kakaocert.TransactionStatus, error) {
	return c.Client.K3500.Status(ctx, s.Contract)
}

func (c contract) verify(ctx context.Context, s *session) ([]string, error) {
	result, err := c.Client.K3500.Verify(ctx, s.Contract, contractDocuments())
	if err != nil {
		return nil, err
	}
	return c.check(s, result)
}

func (c contract) restore(s *session, answer []byte) ([]string, error) {
	result, err := c.Client.K3500.Restore(s.Contract, answer, contractDocuments())
	if err != nil {
		return nil, err
	}
	return c.check(s, result)
}

// check checks the signature, and keeps next to the evidence what the check
// rested on. CI and VID, where the contract with Kakao grants them, say that
// the certificate is of the person with this CI.
func (c contract) check(s *session, result *kakaocert.K3500Result) ([]string, error) {
	checked, err := result.Check(c.Verifier)
	if err != nil {
		return nil, err
	}
	signed := checked.Verified()[0] // there is one document
	if ci, vid := result.CI(), result.VID(); !ci.IsZero() && !vid.IsZero() {
		if err := signed.CheckVID(result); err != nil {
			return nil, err
		}
	}
	return signed.Checks(), c.KeepCheck(s.txID(), signed)
}

func (c contract) signer(ctx context.Context, s *session) (*kakaocert.SignerInfo, error) {
	return c.Client.K3500.SignerInfo(ctx, s.Contract)
}
