package kakaocert_test

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

// beginLogin returns where the browser is sent, and what its session keeps.
func beginLogin(ctx context.Context, client *kakaocert.Client) (address, kept string, err error) {
	login, err := client.K2100.Prepare(ctx, &kakaocert.K2100PrepareParams{
		RedirectURI:   "https://bank.example/login/back",
		IdentifyItems: []kakaocert.IdentifyItem{kakaocert.IdentifyName, kakaocert.IdentifyBirthday},
	})
	if err != nil {
		return "", "", err
	}
	address, err = client.K2100.AuthorizeURL(login, nil)
	return address, login.Reveal(), err // a secret: an encrypted cookie, or the session store
}

// finishLogin takes what the browser came back with, r.URL.Query(), and what
// its session kept.
func finishLogin(ctx context.Context, client *kakaocert.Client, verifier *kakaocert.Verifier, kept string, callback url.Values) (*kakaocert.SignerInfo, error) {
	login, err := kakaocert.ParseK2100Login(kept)
	if err != nil {
		return nil, err
	}
	tokens, err := client.K2100.Exchange(ctx, login, callback) // once; refuses another state
	if err != nil {
		return nil, err
	}
	result, err := client.K2100.Verify(ctx, tokens.Transaction, login) // once; refuses other data
	if err != nil {
		return nil, err
	}
	verified, err := result.Check(verifier)
	if err != nil {
		return nil, err
	}
	if err := verified.CheckVID(result); err != nil { // with CI in the contract
		return nil, err
	}
	return client.K2100.SignerInfo(ctx, tokens.Transaction)
}

func ExampleK2100Service() {
	sim := kakaocerttest.NewService()
	config := sim.Config()
	config.Evidence = kakaocert.UnsafeNoEvidence() // see package evidence
	client, err := kakaocert.NewClient(config)
	if err != nil {
		fmt.Println(err)
		return
	}
	fetcher, err := kakaocert.NewRevocationFetcher(kakaocert.RevocationFetcherConfig{Transport: sim.Transport()})
	if err != nil {
		fmt.Println(err)
		return
	}
	verifier, err := kakaocert.NewVerifier(sim.Roots(), kakaocert.WithRevocationFetcher(fetcher))
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()

	address, kept, err := beginLogin(ctx, client)
	if err != nil {
		fmt.Println(err)
		return
	}
	back, err := sim.LogIn(ctx, address, "01012345678") // the browser, and 홍길동 at it
	if err != nil {
		fmt.Println(err)
		return
	}
	u, err := url.Parse(back)
	if err != nil {
		fmt.Println(err)
		return
	}
	info, err := finishLogin(ctx, client, verifier, kept, u.Query())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("logged in:", info.Name.Reveal())

	_, err = finishLogin(ctx, client, verifier, kept, url.Values{"code": u.Query()["code"], "state": {"of another login"}})
	fmt.Println("another state:", errors.Is(err, kakaocert.ErrStateMismatch))
	_, err = finishLogin(ctx, client, verifier, kept, u.Query())
	fmt.Println("the same code:", errors.Is(err, kakaocert.ErrInvalidGrant))
	// Output:
	// logged in: 홍길동
	// another state: true
	// the same code: true
}

// beginSession asks for a session of a day. The app opens the transaction with
// Kakao's mobile SDK.
func beginSession(ctx context.Context, client *kakaocert.Client, user kakaocert.User) (kakaocert.K2220Transaction, error) {
	tx, err := client.K2220.Prepare(ctx, &kakaocert.K2220PrepareParams{Product: kakaocert.K2220, User: user})
	if err != nil {
		return tx, err
	}
	_, err = client.K2220.Request(ctx, tx, &kakaocert.K2220RequestParams{SessionLength: 24 * time.Hour, Title: "주식 주문"})
	return tx, err
}

// finishSession returns the session as it is kept.
func finishSession(ctx context.Context, client *kakaocert.Client, verifier *kakaocert.Verifier, tx kakaocert.K2220Transaction) ([]byte, error) {
	if _, err := client.K2220.Wait(ctx, tx); err != nil { // until the user has signed; ctx has a deadline
		return nil, err
	}
	result, err := client.K2220.Verify(ctx, tx, 24*time.Hour) // once
	if err != nil {
		return nil, err
	}
	session, verified, err := result.Check(verifier) // the key, out of what was signed
	if err != nil {
		return nil, err
	}
	if err := verified.CheckVID(result); err != nil { // with CI in the contract
		return nil, err
	}
	return json.Marshal(session)
}

// takeOrder accepts an order once.
func takeOrder(ctx context.Context, kept []byte, seen kakaocert.ReplayStore, order []byte, signature string) error {
	var session kakaocert.Session
	if err := json.Unmarshal(kept, &session); err != nil {
		return err
	}
	return session.VerifyOnce(ctx, seen, order, signature)
}

func ExampleK2220Service() {
	sim := kakaocerttest.NewService()
	config := sim.Config()
	config.Evidence = kakaocert.UnsafeNoEvidence() // see package evidence
	client, err := kakaocert.NewClient(config)
	if err != nil {
		fmt.Println(err)
		return
	}
	fetcher, err := kakaocert.NewRevocationFetcher(kakaocert.RevocationFetcherConfig{Transport: sim.Transport()})
	if err != nil {
		fmt.Println(err)
		return
	}
	verifier, err := kakaocert.NewVerifier(sim.Roots(), kakaocert.WithRevocationFetcher(fetcher))
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()

	user := kakaocerttest.DefaultUser() // 홍길동
	tx, err := beginSession(ctx, client, kakaocert.ByCI(user.CI))
	if err != nil {
		fmt.Println(err)
		return
	}
	app := sim.NewApp(user.Phone)
	if err := app.Open(ctx, tx.TxID()); err != nil { // on the user's phone
		fmt.Println(err)
		return
	}
	kept, err := finishSession(ctx, client, verifier, tx)
	if err != nil {
		fmt.Println(err)
		return
	}
	signed, err := app.Sign([]byte(`{"number":1,"code":"000000","side":"buy","quantity":10}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	seen := kakaocert.NewMemoryReplayStore()
	fmt.Println("order:", takeOrder(ctx, kept, seen, signed.Data, signed.Signature))
	fmt.Println("again:", errors.Is(takeOrder(ctx, kept, seen, signed.Data, signed.Signature), kakaocert.ErrReplayed))
	fmt.Println("other:", errors.Is(takeOrder(ctx, kept, seen, []byte("another order"), signed.Signature), kakaocert.ErrSignature))
	// Output:
	// order: <nil>
	// again: true
	// other: true
}
