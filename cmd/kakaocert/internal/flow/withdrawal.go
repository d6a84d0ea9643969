package flow

import (
	"cmp"
	"context"

	"github.com/urfave/cli/v3"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/cmd/kakaocert/internal/call"
)

// WithdrawalCommand is the verb withdrawal.
func WithdrawalCommand(getenv func(string) string) *cli.Command {
	return &cli.Command{
		Name:      "withdrawal",
		Usage:     "have a person consent to withdrawals from an account (K3100)",
		UsageText: "kakaocert withdrawal [consent] [--name NAME --birthday YYYYMMDD --phone NUMBER] [--out DIR] [options]",
		Description: `Prepares, requests, waits for the signature, fetches and checks it, and compares what was
signed, item by item, and the signer. The consent's six items must be given against a host
that is not loopback; elsewhere what is left out is invented.
` + storeHelp + `
DIR then has consent.p7s (the signature, DER), consent.json (the items) and roots.pem:
  openssl cms -verify -inform DER -in DIR/consent.p7s -CAfile DIR/roots.pem -purpose any
  kakaocert evidence verify DIR --roots DIR/roots.pem
` + flowHelp + `
Example:
  kakaocert withdrawal --billing-organization 예시전력 --bank-name 예시은행 \
    --account-number 3333-01-1234567 --service-type CMS --out filed`,
		Flags: flowFlags(string(kakaocert.K3110), append([]cli.Flag{
			call.TextFlag("billing-organization", "`NAME` of the organization that bills (요금청구 기관명)"),
			call.TextFlag("bank-name", "`NAME` of the bank that pays (납부자 출금은행)"),
			call.TextFlag("account-number", "`NUMBER` of the account (출금계좌번호)"),
			call.TextFlag("account-holder", "`NAME` of its holder, who must be the person (예금주명)"),
			call.TextFlag("account-holder-birthday", "birthday of its holder, `YYYYMMDD`"),
			call.TextFlag("service-type", "`TYPE` of collection: CMS, FIRM or GIRO"),
		}, storeFlags()...)...),
		Action: flowAction(getenv, (*flow).withdrawal),
	}
}

// The files of a consent that was verified.
const (
	consentSignature = "consent.p7s"
	consentItems     = "consent.json"
)

func (f *flow) withdrawal(ctx context.Context) error {
	if err := call.NoArguments(f.cmd); err != nil {
		return err
	}
	person, err := f.person()
	if err != nil {
		return err
	}
	consent, err := f.consent(person)
	if err != nil {
		return err
	}
	if f.store, err = openStore(f.cmd, f.setting.Remote(), []string{consentSignature, consentItems, rootsFile}); err != nil {
		return err
	}
	if err := f.open(person, f.store.sink()); err != nil {
		return err
	}
	f.warnWithoutRoots()
	withdrawal := f.client.K3100
	product := kakaocert.K3100Product(cmp.Or(f.cmd.String("product"), string(kakaocert.K3110)))
	tx, err := ask(ctx, f, withdrawal, product, func(ctx context.Context, tx kakaocert.K3100Transaction) (*kakaocert.Receipt, error) {
		return withdrawal.Request(ctx, tx, &kakaocert.K3100RequestParams{
			User: f.user, Consent: consent, IdentifyItems: identifyItems, Desc: f.desc,
		})
	})
	if err != nil {
		return err
	}
	result, err := fetch(f, tx, func() (*kakaocert.K3100Result, error) { return withdrawal.Verify(ctx, tx, consent) })
	if err != nil {
		return err
	}
	verifier, at, err := f.verifier()
	if err != nil {
		return err
	}
	verified, err := result.Check(verifier, consent)
	if err := f.judge(at, []kakaocert.DocumentCheck{{Verified: verified, Err: err}}, result.CI(), result.VID()); err != nil {
		return err
	}
	return f.conclude(compareSigner(ctx, f, withdrawal, tx), func() ([]export, error) {
		filed, err := result.Export(verifier, consent)
		if err != nil {
			return nil, err
		}
		items, err := filed.Items()
		return []export{{consentSignature, filed.SignedData()}, {consentItems, items}}, err
	})
}

// consent is what the call says. Items that a person is really asked for are
// not invented.
func (f *flow) consent(person kakaocert.Person) (*kakaocert.Consent, error) {
	invented := map[string]string{
		"billing-organization": "예시전력", "bank-name": "예시은행", "account-number": "3333-01-1234567",
		"account-holder": person.Name, "account-holder-birthday": person.Birthday, "service-type": string(kakaocert.CollectionCMS),
	}
	items := make(map[string]string, len(invented))
	for name, value := range invented {
		items[name] = value
		if given := f.cmd.String(name); given != "" {
			items[name] = given
		} else if f.setting.Remote() {
			return nil, call.Wrong("this would ask a real person: give --%s", name)
		}
	}
	return &kakaocert.Consent{
		BillingOrganization:   items["billing-organization"],
		BankName:              items["bank-name"],
		AccountNumber:         items["account-number"],
		AccountHolder:         items["account-holder"],
		AccountHolderBirthday: items["account-holder-birthday"],
		CollectionType:        kakaocert.CollectionType(items["service-type"]),
	}, nil
}
