package flow

import (
	"context"

	"github.com/urfave/cli/v3"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/internal/command/call"
)

// IdentityCommand is the verb identity.
func IdentityCommand(getenv func(string) string) *cli.Command {
	return &cli.Command{
		Name:      "identity",
		Usage:     "have a person prove who they are (K1100)",
		UsageText: "kakaocert identity [--name NAME --birthday YYYYMMDD --phone NUMBER] [options]",
		Description: `Prepares, requests, waits for the signature, fetches the result, compares the nonce, and compares
the signer with the person.
` + learnHelp + flowHelp + `
Examples:
  kakaocert identity
  kakaocert identity --name 홍길동 --birthday 19900101 --phone 01012345678 --json`,
		Flags:  flowFlags(string(kakaocert.K1110), learnFlag()),
		Action: flowAction(getenv, (*flow).identity),
	}
}

func (f *flow) identity(ctx context.Context) error {
	if err := call.NoArguments(f.cmd); err != nil {
		return err
	}
	if err := f.findPerson(); err != nil {
		return err
	}
	product, err := productOf(f, kakaocert.K1110, kakaocert.K1120)
	if err != nil {
		return err
	}
	f.asked.Nonce = kakaocert.NewNonce()
	return perform(ctx, f, f.identityScript(), product, kakaocert.K1100Transaction{})
}

// identityScript is the flow of an identity check. Without a signature there is
// nothing to keep.
func (f *flow) identityScript() script[kakaocert.K1100Product, kakaocert.K1100Result] {
	nonce := f.asked.Nonce
	return script[kakaocert.K1100Product, kakaocert.K1100Result]{
		service: func(c *kakaocert.Client) service[kakaocert.K1100Product] { return c.K1100 },
		request: func(ctx context.Context, c *kakaocert.Client, tx kakaocert.K1100Transaction, opts ...kakaocert.CallOption) (*kakaocert.Receipt, error) {
			return c.K1100.Request(ctx, tx, &kakaocert.K1100RequestParams{
				Data: nonce, Title: f.asked.Title, IdentifyItems: identifyItems, Desc: f.asked.desc(),
			}, opts...)
		},
		verify: func(ctx context.Context, tx kakaocert.K1100Transaction, opts ...kakaocert.CallOption) (*kakaocert.K1100Result, error) {
			return f.client.K1100.Verify(ctx, tx, nonce, opts...)
		},
		restore: func(tx kakaocert.K1100Transaction, body []byte) (*kakaocert.K1100Result, error) {
			return f.client.K1100.Restore(tx, body, nonce)
		},
		check: func(result *kakaocert.K1100Result) (exporter, error) {
			f.say("verified", "it is this request's nonce")
			return nil, f.checkIdentity(result, nonce)
		},
	}
}

// checkIdentity checks the signature that an answer may carry where the
// contract has CI.
func (f *flow) checkIdentity(result *kakaocert.K1100Result, nonce string) error {
	if result.SignedData() == nil {
		return nil
	}
	if f.roots == nil {
		f.warn("the answer also has a signature, which was not checked because no roots are trusted: give --roots")
		return nil
	}
	f.at = "check"
	verifier, at, err := f.verifier()
	if err != nil {
		return err
	}
	verified, err := verifier.Verify(result.SignedData(), kakaocert.ExpectContent(nonce))
	return f.judge(at, []kakaocert.DocumentCheck{{Verified: verified, Err: err}}, result.CI(), result.VID())
}
