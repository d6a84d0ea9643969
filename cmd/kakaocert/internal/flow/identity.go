package flow

import (
	"cmp"
	"context"

	"github.com/urfave/cli/v3"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/cmd/kakaocert/internal/call"
)

// IdentityCommand is the verb identity.
func IdentityCommand(getenv func(string) string) *cli.Command {
	return &cli.Command{
		Name:      "identity",
		Usage:     "have a person prove who they are (K1100)",
		UsageText: "kakaocert identity [--name NAME --birthday YYYYMMDD --phone NUMBER] [options]",
		Description: `Prepares, requests, waits for the signature, verifies the nonce, and compares the signer with
the person.
` + flowHelp + `
Examples:
  kakaocert identity
  kakaocert identity --name 홍길동 --birthday 19900101 --phone 01012345678 --json`,
		Flags:  flowFlags(string(kakaocert.K1110)),
		Action: flowAction(getenv, (*flow).identity),
	}
}

func (f *flow) identity(ctx context.Context) error {
	if err := call.NoArguments(f.cmd); err != nil {
		return err
	}
	person, err := f.person()
	if err != nil {
		return err
	}
	if err := f.open(person, nil); err != nil { // without a signature there is nothing to keep
		return err
	}
	nonce := kakaocert.NewNonce()
	identity := f.client.K1100
	product := kakaocert.K1100Product(cmp.Or(f.cmd.String("product"), string(kakaocert.K1110)))
	tx, err := ask(ctx, f, identity, product, func(ctx context.Context, tx kakaocert.K1100Transaction) (*kakaocert.Receipt, error) {
		return identity.Request(ctx, tx, &kakaocert.K1100RequestParams{Data: nonce, IdentifyItems: identifyItems, Desc: f.desc})
	})
	if err != nil {
		return err
	}
	f.at = "verify"
	result, err := kept(identity.Verify(ctx, tx, nonce))
	if err != nil {
		return err
	}
	f.say("verified", "it is this request's nonce")
	if err := f.checkIdentity(result, nonce); err != nil {
		return err
	}
	return compareSigner(ctx, f, identity, tx)
}

// checkIdentity checks the signature that an answer may carry where the
// contract has CI.
func (f *flow) checkIdentity(result *kakaocert.K1100Result, nonce string) error {
	if result.SignedData() == nil {
		return nil
	}
	if f.roots == nil {
		f.warn("the answer has a signature too, which was not checked: nobody said whom to trust (--roots)")
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
