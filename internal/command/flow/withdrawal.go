package flow

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/internal/command/call"
)

// WithdrawalCommand is the verb withdrawal.
func WithdrawalCommand(getenv func(string) string) *cli.Command {
	return &cli.Command{
		Name:      "withdrawal",
		Usage:     "have a person consent to withdrawals from an account (K3100)",
		UsageText: "kakaocert withdrawal [consent] [--name NAME --birthday YYYYMMDD --phone NUMBER] [--out DIR] [options]",
		Description: `Prepares, requests, waits for the signature, fetches and checks it, and compares the signed
consent, item by item, and the signer. If the host is not on loopback, all six items of the
consent must be given. Otherwise missing items are invented.
` + storeHelp + `
DIR then contains consent.p7s (the signature, DER), consent.json (the items) and roots.pem:
  openssl cms -verify -inform DER -in DIR/consent.p7s -CAfile DIR/roots.pem -purpose any
  kakaocert evidence verify DIR --roots DIR/roots.pem
` + learnHelp + flowHelp + `
Example:
  kakaocert withdrawal --billing-organization 예시전력 --bank-name 예시은행 \
    --account-number 3333-01-1234567 --service-type CMS --out filed`,
		Flags:  flowFlags(string(kakaocert.K3110), append(append(consentFlags(), storeFlags()...), learnFlag())...),
		Action: flowAction(getenv, (*flow).withdrawal),
	}
}

// consentNames are the flags of a consent's items.
var consentNames = []string{
	"billing-organization", "bank-name", "account-number", "account-holder", "account-holder-birthday", "service-type",
}

func consentFlags() []cli.Flag {
	return []cli.Flag{
		call.TextFlag("billing-organization", "`NAME` of the organization that bills (요금청구 기관명)"),
		call.TextFlag("bank-name", "`NAME` of the bank that pays (납부자 출금은행)"),
		call.TextFlag("account-number", "`NUMBER` of the account (출금계좌번호)"),
		call.TextFlag("account-holder", "`NAME` of its holder, who must be the person (예금주명)"),
		call.TextFlag("account-holder-birthday", "birthday of its holder, `YYYYMMDD`"),
		call.TextFlag("service-type", "`TYPE` of collection: CMS, FIRM or GIRO"),
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
	if err := f.findPerson(); err != nil {
		return err
	}
	product, err := productOf(f, kakaocert.K3110, kakaocert.K3120)
	if err != nil {
		return err
	}
	if f.asked.Consent, err = f.consent(*f.person); err != nil {
		return err
	}
	if err := f.asked.Consent.consent().CheckHolder(kakaocert.ByPerson(*f.person)); err != nil {
		return err
	}
	return perform(ctx, f, f.withdrawalScript(), product, kakaocert.K3100Transaction{})
}

// withdrawalScript is the flow of a consent to withdrawals.
func (f *flow) withdrawalScript() script[kakaocert.K3100Product, kakaocert.K3100Result] {
	consent := f.asked.Consent.consent()
	return script[kakaocert.K3100Product, kakaocert.K3100Result]{
		files:   []string{consentSignature, consentItems, rootsFile},
		service: func(c *kakaocert.Client) service[kakaocert.K3100Product] { return c.K3100 },
		request: func(ctx context.Context, c *kakaocert.Client, tx kakaocert.K3100Transaction, opts ...kakaocert.CallOption) (*kakaocert.Receipt, error) {
			return c.K3100.Request(ctx, tx, &kakaocert.K3100RequestParams{
				Consent: consent, Title: f.asked.Title, IdentifyItems: identifyItems, Desc: f.asked.desc(),
			}, opts...)
		},
		verify: func(ctx context.Context, tx kakaocert.K3100Transaction, opts ...kakaocert.CallOption) (*kakaocert.K3100Result, error) {
			return f.client.K3100.Verify(ctx, tx, consent, opts...)
		},
		restore: func(tx kakaocert.K3100Transaction, body []byte) (*kakaocert.K3100Result, error) {
			return f.client.K3100.Restore(tx, body, consent)
		},
		recall: func(ctx context.Context, tx kakaocert.K3100Transaction) (*kakaocert.K3100Result, error) {
			return f.client.K3100.Recall(ctx, tx, consent)
		},
		check: f.checkWithdrawal,
	}
}

func (f *flow) checkWithdrawal(result *kakaocert.K3100Result) (exporter, error) {
	verifier, at, err := f.verifier()
	if err != nil {
		return nil, err
	}
	verified, err := result.Check(verifier)
	err = f.judge(at, []kakaocert.DocumentCheck{{Verified: verified, Err: err}}, result.CI(), result.VID())
	return func() ([]export, error) {
		filed, err := result.Export(verifier)
		if err != nil {
			return nil, err
		}
		items, err := filed.Items()
		return []export{{consentSignature, filed.SignedData()}, {consentItems, items}}, err
	}, err
}

// serviceTypes are the words of --service-type.
var serviceTypes = []string{string(kakaocert.CollectionCMS), string(kakaocert.CollectionFirm), string(kakaocert.CollectionGiro)}

// consent is what the call says. Items that a person is really asked for are
// not invented.
func (f *flow) consent(person kakaocert.Person) (*items, error) {
	invented := map[string]string{
		"billing-organization": "예시전력", "bank-name": "예시은행", "account-number": "3333-01-1234567",
		"account-holder": person.Name, "account-holder-birthday": person.Birthday, "service-type": serviceTypes[0],
	}
	given := make(map[string]string, len(invented))
	for _, name := range consentNames {
		given[name] = cmp.Or(f.cmd.String(name), invented[name])
		if f.cmd.String(name) == "" && f.setting.Remote() {
			return nil, call.Wrong("this would ask a real person: give --%s", name)
		}
	}
	return f.itemsOf(func(name string) string { return given[name] })
}

func (f *flow) itemsOf(value func(string) string) (*items, error) {
	if !slices.Contains(serviceTypes, value("service-type")) {
		return nil, call.Wrong("--service-type must be %s", strings.Join(serviceTypes, ", "))
	}
	return &items{
		BillingOrganization: value("billing-organization"), BankName: value("bank-name"),
		AccountNumber: value("account-number"), AccountHolder: value("account-holder"),
		AccountHolderBirthday: value("account-holder-birthday"), ServiceType: value("service-type"),
	}, nil
}
