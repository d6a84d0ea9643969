package kakaocert_test

import (
	"context"
	"fmt"
	"net/url"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// beginWindow returns what the page gives to Kakao.Cert.identify as signData and
// state, and what the browser's session keeps.
func beginWindow(client *kakaocert.Client) (signData, state, kept string, err error) {
	window, err := client.K1400.Begin("") // a random text to sign
	if err != nil {
		return "", "", "", err
	}
	return window.SignData(), window.State(), window.Reveal(), nil
}

// finishWindow takes what the browser came back with, r.URL.Query(), and what its
// session kept.
func finishWindow(ctx context.Context, client *kakaocert.Client, kept string, query url.Values) (*kakaocert.SignerInfo, error) {
	window, err := kakaocert.ParseK1400Window(kept)
	if err != nil {
		return nil, err
	}
	tx, err := client.K1400.ParseRedirect(window, query) // exactly one of tx_id and error_code
	if err != nil {
		return nil, err
	}
	if _, err := client.K1400.Verify(ctx, tx, window); err != nil { // once; refuses another session's tx_id
		return nil, err
	}
	return client.K1400.SignerInfo(ctx, tx)
}

func ExampleK1400Service() {
	sim := kakaocerttest.NewService()
	config := sim.Config()
	config.Evidence = kakaocert.UnsafeNoEvidence() // see package evidence
	client, err := kakaocert.NewClient(config)
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	signData, state, kept, err := beginWindow(client)
	if err != nil {
		fmt.Println(err)
		return
	}

	// The page opens the window, the user signs, and the browser comes back.
	callback, err := sim.SignInWindow(ctx, kakaocerttest.Window{
		RedirectURI: "https://bank.example/window/back", SettleID: config.SettleID,
		SignData: signData, State: state, IdentifyItems: []string{"NAME", "BIRTHDAY"},
	}, kakaocerttest.DefaultUser().Phone)
	if err != nil {
		fmt.Println(err)
		return
	}
	address, err := url.Parse(callback)
	if err != nil {
		fmt.Println(err)
		return
	}
	info, err := finishWindow(ctx, client, kept, address.Query())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(info.Birthday.Reveal())
	// Output: 19900101
}

// loginPage is where the browser is sent, with further parameters of the page.
func loginPage(client *kakaocert.Client, login *kakaocert.K2100Login) (string, error) {
	return client.K2100.AuthorizeURL(login, &kakaocert.AuthorizeParams{
		Scope:           []string{"openid"},
		ChannelPublicID: "_example",
		ServiceTerms:    []string{"terms_1", "terms_2"},
	})
}

func ExampleK2100Service_AuthorizeURL() {
	client, err := kakaocert.NewClient(kakaocerttest.NewService().Config())
	if err != nil {
		fmt.Println(err)
		return
	}
	login, err := client.K2100.Prepare(context.Background(), &kakaocert.K2100PrepareParams{RedirectURI: "https://bank.example/login/back"})
	if err != nil {
		fmt.Println(err)
		return
	}
	address, err := loginPage(client, login)
	if err != nil {
		fmt.Println(err)
		return
	}
	u, err := url.Parse(address)
	if err != nil {
		fmt.Println(err)
		return
	}
	query := u.Query()
	fmt.Println(query.Get("prompt"), query.Get("scope"), query.Get("channel_public_id"), query.Get("service_terms"))
	// Output: cert openid _example terms_1,terms_2
}
