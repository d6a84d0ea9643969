// Package journey takes a person through the whole flow of each service: in tests
// against every dialect of the simulator, for fixtures, and live.
package journey

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// Journey is what the flows need.
type Journey struct {
	Client   *kakaocert.Client
	SettleID string
	Person   kakaocert.Person
	CI       string                             // the person's, which signer info must give; empty where it is not known
	Verifier *kakaocert.Verifier                // nil where signatures are not checked
	Desc     *kakaocert.Desc                    // in the form of the contract, where it has one
	Extra    kakaocert.Extra                    // likewise
	Sim      *kakaocerttest.Service             // plays browser and app; nil where no flow has them, or they were recorded
	Nonce    string                             // fixed in fixtures; random where empty
	Order    []byte                             // what the app signs
	Once     func(string, Make) (string, error) // keeps what differs each time, under a name; nil keeps nothing
}

// Make makes what differs each time.
type Make func() (string, error)

// Flow takes the person through a flow, and returns the first error.
type Flow func(context.Context, *Journey) error

// Flows are the flows of all products.
var Flows = map[string]Flow{
	"K1110": identity(kakaocert.K1110),
	"K1120": identity(kakaocert.K1120),
	"K1400": window,
	"K2100": login,
	"K2220": session(kakaocert.K2220),
	"K3220": session(kakaocert.K3220),
	"K3110": withdrawal(kakaocert.K3110),
	"K3120": withdrawal(kakaocert.K3120),
	"K3510": documents(kakaocert.K3510, 1),
	"K3520": documents(kakaocert.K3520, 1),
	"K3511": documents(kakaocert.K3511, 3),
	"K3521": documents(kakaocert.K3521, 2),
}

func (j *Journey) once(name string, make Make) (string, error) {
	if j.Once == nil {
		return make()
	}
	return j.Once(name, make)
}

// callback is what a browser comes back with.
func (j *Journey) callback(name string, make Make) (url.Values, error) {
	text, err := j.once(name, make)
	if err != nil {
		return nil, err
	}
	back, err := url.Parse(text)
	if err != nil {
		return nil, err
	}
	return back.Query(), nil
}

func (j *Journey) user() kakaocert.User { return kakaocert.ByPerson(j.Person) }

func (j *Journey) items() []kakaocert.IdentifyItem {
	items := []kakaocert.IdentifyItem{kakaocert.IdentifyName, kakaocert.IdentifyBirthday}
	if j.CI != "" {
		items = append(items, kakaocert.IdentifyCI)
	}
	return items
}

// waiter is a service that can wait for the signature.
type waiter[P kakaocert.Product] interface {
	Wait(context.Context, kakaocert.Transaction[P], ...kakaocert.WaitOption) (kakaocert.TransactionStatus, error)
}

// signed waits for the signature, and requires the time when it was made.
func signed[P kakaocert.Product](ctx context.Context, s waiter[P], tx kakaocert.Transaction[P]) error {
	status, err := s.Wait(ctx, tx)
	if err == nil && (status.SignedAt.IsZero() || status.RequestExpiredAt.IsZero()) {
		return errors.New("status does not say when it was signed, or until when")
	}
	return err
}

// informer is a service that says who signed.
type informer[P kakaocert.Product] interface {
	SignerInfo(context.Context, kakaocert.Transaction[P], ...kakaocert.CallOption) (*kakaocert.SignerInfo, error)
}

// compare asks who signed, and compares.
func compare[P kakaocert.Product](ctx context.Context, j *Journey, s informer[P], tx kakaocert.Transaction[P]) error {
	info, err := s.SignerInfo(ctx, tx)
	if err != nil {
		return err
	}
	if j.CI != "" {
		if err := info.Compare(kakaocert.ByCI(j.CI)); err != nil {
			return err
		}
	}
	return info.Compare(j.user(), kakaocert.IdentifyName, kakaocert.IdentifyBirthday)
}

// granted is what a result has where the contract has CI.
type granted interface {
	CI() kakaocert.Secret
	VID() kakaocert.Secret
}

// checkVID says whose signature it is, where the contract has CI.
func checkVID(verified *kakaocert.Verified, result granted) error {
	if result.CI().IsZero() || result.VID().IsZero() {
		return nil
	}
	return verified.CompareVID(result.CI().Reveal(), result.VID().Reveal())
}

// check checks the one signature of a result.
func (j *Journey) check(result interface {
	granted
	Check(*kakaocert.Verifier) (*kakaocert.Verified, error)
}) error {
	if j.Verifier == nil {
		return nil
	}
	verified, err := result.Check(j.Verifier)
	if err != nil {
		return err
	}
	return checkVID(verified, result)
}

func identity(product kakaocert.K1100Product) Flow {
	return func(ctx context.Context, j *Journey) error {
		k1100 := j.Client.K1100
		tx, err := k1100.Prepare(ctx, &kakaocert.K1100PrepareParams{Product: product, User: j.user()})
		if err != nil {
			return err
		}
		nonce := j.Nonce
		if nonce == "" {
			nonce = kakaocert.NewNonce()
		}
		receipt, err := k1100.Request(ctx, tx, &kakaocert.K1100RequestParams{Data: nonce, Title: "본인인증", IdentifyItems: j.items(), Desc: j.Desc, Extra: j.Extra})
		if err != nil {
			return err
		}
		if (receipt.AppLink != "") != (product == kakaocert.K1120) {
			return errors.New("an app link is for app-to-app products")
		}
		if err := signed(ctx, k1100, tx); err != nil {
			return err
		}
		result, err := k1100.Verify(ctx, tx, nonce)
		if err != nil {
			return err
		}
		if result.SignedData() != nil { // which it need not have
			if err := j.check(result); err != nil {
				return err
			}
		}
		return compare(ctx, j, k1100, tx)
	}
}

const redirectURI = "https://bank.example/back"

func window(ctx context.Context, j *Journey) error {
	k1400 := j.Client.K1400
	text, err := j.once("window", func() (string, error) {
		w, err := k1400.Begin(j.Nonce)
		if err != nil {
			return "", err
		}
		return w.Reveal(), nil
	})
	if err != nil {
		return err
	}
	w, err := kakaocert.ParseK1400Window(text)
	if err != nil {
		return err
	}
	back, err := j.callback("callback", func() (string, error) {
		return j.Sim.SignInWindow(ctx, kakaocerttest.Window{
			RedirectURI: redirectURI, SettleID: j.SettleID, SignData: w.SignData(), State: w.State(),
			IdentifyItems: []string{"NAME", "BIRTHDAY", "CI"},
		}, j.Person.Phone)
	})
	if err != nil {
		return err
	}
	tx, err := k1400.ParseRedirect(w, back)
	if err != nil {
		return err
	}
	if _, err := k1400.Status(ctx, tx); err != nil {
		return err
	}
	if _, err := k1400.Verify(ctx, tx, w); err != nil {
		return err
	}
	return compare(ctx, j, k1400, tx)
}

func login(ctx context.Context, j *Journey) error {
	k2100 := j.Client.K2100
	begun, err := k2100.Prepare(ctx, &kakaocert.K2100PrepareParams{RedirectURI: redirectURI, Data: j.Nonce, IdentifyItems: j.items()})
	if err != nil {
		return err
	}
	text, err := j.once("login", func() (string, error) { return begun.Reveal(), nil })
	if err != nil {
		return err
	}
	if begun, err = kakaocert.ParseK2100Login(text); err != nil {
		return err
	}
	back, err := j.callback("callback", func() (string, error) {
		address, err := k2100.AuthorizeURL(begun, nil)
		if err != nil {
			return "", err
		}
		return j.Sim.LogIn(ctx, address, j.Person.Phone)
	})
	if err != nil {
		return err
	}
	tokens, err := k2100.Exchange(ctx, begun, back)
	if err != nil {
		return err
	}
	result, err := k2100.Verify(ctx, tokens.Transaction, begun)
	if err != nil {
		return err
	}
	if err := j.check(result); err != nil {
		return err
	}
	return compare(ctx, j, k2100, tokens.Transaction)
}

// sessionLength is how long the app may sign.
const sessionLength = 24 * time.Hour

func session(product kakaocert.K2220Product) Flow {
	return func(ctx context.Context, j *Journey) error {
		k2220 := j.Client.K2220
		tx, err := k2220.Prepare(ctx, &kakaocert.K2220PrepareParams{Product: product, User: j.user()})
		if err != nil {
			return err
		}
		if _, err := k2220.Request(ctx, tx, &kakaocert.K2220RequestParams{
			SessionLength: sessionLength, Title: "주문 서명", IdentifyItems: j.items(), Desc: j.Desc, Extra: j.Extra,
		}); err != nil {
			return err
		}
		text, err := j.once("order", func() (string, error) { return j.appSigns(ctx, tx) })
		if err != nil {
			return err
		}
		if err := signed(ctx, k2220, tx); err != nil {
			return err
		}
		if _, err := k2220.SessionInfo(ctx, tx); err != nil {
			return err
		}
		result, err := k2220.Verify(ctx, tx, sessionLength)
		if err != nil {
			return err
		}
		if err := j.checkOrder(result, text); err != nil {
			return err
		}
		return compare(ctx, j, k2220, tx)
	}
}

// appSigns opens the transaction in the person's app, and signs an order.
func (j *Journey) appSigns(ctx context.Context, tx kakaocert.K2220Transaction) (string, error) {
	app := j.Sim.NewApp(j.Person.Phone)
	if err := app.Open(ctx, tx.TxID()); err != nil {
		return "", err
	}
	order, err := app.Sign(j.Order)
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(order)
	return string(text), err
}

func (j *Journey) checkOrder(result *kakaocert.K2220Result, text string) error {
	if j.Verifier == nil {
		return nil
	}
	var order kakaocerttest.SignedOrder
	if err := json.Unmarshal([]byte(text), &order); err != nil {
		return err
	}
	checked, verified, err := result.Check(j.Verifier)
	if err != nil {
		return err
	}
	if err := checkVID(verified, result); err != nil {
		return err
	}
	return checked.Verify(order.Data, order.Signature)
}

// Consent is what the person agrees to.
func (j *Journey) Consent() *kakaocert.Consent {
	return &kakaocert.Consent{
		BillingOrganization: "예시전력", BankName: "예시은행", AccountNumber: "3333-01-1234567",
		AccountHolder: j.Person.Name, AccountHolderBirthday: j.Person.Birthday, CollectionType: kakaocert.CollectionCMS,
	}
}

func withdrawal(product kakaocert.K3100Product) Flow {
	return func(ctx context.Context, j *Journey) error {
		k3100 := j.Client.K3100
		tx, err := k3100.Prepare(ctx, &kakaocert.K3100PrepareParams{Product: product, User: j.user()})
		if err != nil {
			return err
		}
		if _, err := k3100.Request(ctx, tx, &kakaocert.K3100RequestParams{
			Consent: j.Consent(), Title: "출금동의", IdentifyItems: j.items(), Desc: j.Desc, Extra: j.Extra,
		}); err != nil {
			return err
		}
		if err := signed(ctx, k3100, tx); err != nil {
			return err
		}
		result, err := k3100.Verify(ctx, tx, j.Consent())
		if err != nil {
			return err
		}
		if err := j.check(result); err != nil {
			return err
		}
		return compare(ctx, j, k3100, tx)
	}
}

func documents(product kakaocert.K3500Product, count int) Flow {
	return func(ctx context.Context, j *Journey) error {
		k3500 := j.Client.K3500
		texts := []kakaocert.Document{
			kakaocert.TextDocument("약정서", "제1조 (목적) 이 약정은 테스트를 위한 것입니다."),
			kakaocert.DigestDocument("동의서", [32]byte{1, 2, 3}),
			kakaocert.TextDocument("설명서", "제3조"),
		}[:count]
		tx, err := k3500.Prepare(ctx, &kakaocert.K3500PrepareParams{Product: product, User: j.user()})
		if err != nil {
			return err
		}
		if _, err := k3500.Request(ctx, tx, &kakaocert.K3500RequestParams{
			Documents: texts, Title: "테스트 계약", IdentifyItems: j.items(), Desc: j.Desc, Extra: j.Extra,
		}); err != nil {
			return err
		}
		if err := signed(ctx, k3500, tx); err != nil {
			return err
		}
		result, err := k3500.Verify(ctx, tx, texts)
		if err != nil {
			return err
		}
		if j.Verifier != nil {
			checked, err := result.Check(j.Verifier)
			if err != nil {
				return err
			}
			for _, document := range checked.Documents() {
				if err := checkVID(document.Verified, result); err != nil {
					return fmt.Errorf("a document: %w", err)
				}
			}
		}
		return compare(ctx, j, k3500, tx)
	}
}
