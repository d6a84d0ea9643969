package kakaocert_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"strings"
	"time"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// connect makes a client from the contract's values.
func connect(getenv func(string) string, sink kakaocert.Sink) (*kakaocert.Client, error) {
	cipher, err := kakaocert.NewCTRCipher(getenv("KAKAOCERT_ENC_KEY"), getenv("KAKAOCERT_ENC_IV"))
	if err != nil {
		return nil, err
	}
	return kakaocert.NewClient(kakaocert.Config{
		DealerKey:      getenv("KAKAOCERT_DEALER_KEY"),      // Authorization
		InstitutionKey: getenv("KAKAOCERT_INSTITUTION_KEY"), // Target-Authorization
		SettleID:       getenv("KAKAOCERT_SETTLE_ID"),
		Cipher:         cipher,
		Environment:    kakaocert.Test,               // host and product codes together
		Evidence:       sink,                         // keeps what comes only once
		BaseURL:        getenv("KAKAOCERT_BASE_URL"), // a simulator's; empty for Kakao's own
	})
}

// identify asks a person to prove who they are.
func identify(ctx context.Context, client *kakaocert.Client, person kakaocert.Person) error {
	user := kakaocert.ByPerson(person)
	tx, err := client.K1100.Prepare(ctx, &kakaocert.K1100PrepareParams{Product: kakaocert.K1110, User: user})
	if err != nil {
		return err
	}
	nonce := kakaocert.NewNonce() // keep it with tx in the server's session
	if _, err := client.K1100.Request(ctx, tx, &kakaocert.K1100RequestParams{
		Data: nonce, IdentifyItems: []kakaocert.IdentifyItem{kakaocert.IdentifyName, kakaocert.IdentifyBirthday},
	}); err != nil {
		return err
	}
	if _, err := client.K1100.Wait(ctx, tx); err != nil { // until the user has signed; ctx has a deadline
		return err
	}
	if _, err := client.K1100.Verify(ctx, tx, nonce); err != nil { // once; refuses another nonce
		return err
	}
	info, err := client.K1100.SignerInfo(ctx, tx)
	if err != nil {
		return err
	}
	return info.Compare(user, kakaocert.IdentifyName, kakaocert.IdentifyBirthday)
}

// agree asks a user to agree to withdrawals from an account.
func agree(ctx context.Context, client *kakaocert.Client, verifier *kakaocert.Verifier, user kakaocert.User) error {
	consent := &kakaocert.Consent{
		BillingOrganization: "한국가스", BankName: "카카오은행", AccountNumber: "3333-01-2345678",
		AccountHolder: "홍길동", AccountHolderBirthday: "19900101", CollectionType: kakaocert.CollectionCMS,
	}
	if err := consent.CheckHolder(user); err != nil { // the account must be the user's own
		return err
	}
	tx, err := client.K3100.Prepare(ctx, &kakaocert.K3100PrepareParams{Product: kakaocert.K3110, User: user})
	if err != nil {
		return err
	}
	if _, err := client.K3100.Request(ctx, tx, &kakaocert.K3100RequestParams{Consent: consent, Title: "자동이체 출금동의"}); err != nil {
		return err
	}
	if _, err := client.K3100.Wait(ctx, tx); err != nil {
		return err
	}
	result, err := client.K3100.Verify(ctx, tx, consent)
	if err != nil {
		return err
	}
	_, err = result.Export(verifier) // checked, and made to be filed with KFTC
	return err
}

// sign asks a user to sign two documents.
func sign(ctx context.Context, client *kakaocert.Client, verifier *kakaocert.Verifier, user kakaocert.User) error {
	documents := []kakaocert.Document{
		kakaocert.TextDocument("여신거래약정서", "제1조 (목적) 이 약정은 거래의 조건을 정합니다."),
		kakaocert.TextDocument("개인정보 동의서", "성명과 연락처의 이용에 동의합니다."),
	}
	tx, err := client.K3500.Prepare(ctx, &kakaocert.K3500PrepareParams{Product: kakaocert.K3511, User: user})
	if err != nil {
		return err
	}
	if _, err := client.K3500.Request(ctx, tx, &kakaocert.K3500RequestParams{
		Title: "대출 계약", Documents: documents,
		IdentifyItems: []kakaocert.IdentifyItem{kakaocert.IdentifyName, kakaocert.IdentifyBirthday, kakaocert.IdentifyPhoneNumber},
	}); err != nil {
		return err
	}
	if _, err := client.K3500.Wait(ctx, tx); err != nil {
		return err
	}
	result, err := client.K3500.Verify(ctx, tx, documents) // once; it is in the evidence before it is here
	if err != nil {
		return err
	}
	checked, err := result.Check(verifier) // each signature on its own document, by one signer
	if err != nil {
		return err
	}
	if err := checked.CheckVID(result); err != nil { // whose signature it is, with CI in the contract
		return err
	}
	info, err := client.K3500.SignerInfo(ctx, tx)
	if err != nil {
		return err
	}
	return info.Compare(user) // the person that was asked
}

// advise says what to do about an error.
func advise(err error) string {
	switch {
	case kakaocert.IsSecurityEvent(err): // first: an alarm, whatever else went wrong
		return "a security event"
	case errors.Is(err, kakaocert.ErrUserNotFound), errors.Is(err, kakaocert.ErrUserMismatch):
		return "ask the user to check name, birthday and phone"
	case errors.Is(err, kakaocert.ErrAlreadyRequested):
		return "ask Status"
	case errors.Is(err, kakaocert.ErrMaintenance):
		return "take the service off the page for a while"
	}
	if unknown, ok := errors.AsType[*kakaocert.OutcomeError](err); ok {
		return "sent once, do not repeat it; next: " + string(unknown.Advice())
	}
	if code, ok := errors.AsType[kakaocert.Code](err); ok {
		return fmt.Sprintf("%s can put it right; next: %s", code.Owner(), code.Advice())
	}
	return "not the service's: look at the error"
}

func ExampleNewClient() {
	server, err := kakaocerttest.StartServer("127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	defer server.Close()
	variables := make(map[string]string)
	for _, pair := range server.Environ() {
		name, value, _ := strings.Cut(pair, "=")
		variables[name] = value
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()

	client, err := connect(func(name string) string { return variables[name] }, kakaocert.UnsafeNoEvidence())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(identify(ctx, client, kakaocert.Person{Name: "홍길동", Birthday: "19900101", Phone: "01012345678"}))
	// Output: <nil>
}

// simulated is a client of a simulator in the same process, and a verifier
// that trusts it.
func simulated() (*kakaocert.Client, *kakaocert.Verifier) {
	sim := kakaocerttest.NewService()
	config := sim.Config()
	config.Evidence = kakaocert.UnsafeNoEvidence() // an example keeps nothing
	client, err := kakaocert.NewClient(config)
	if err != nil {
		log.Fatal(err)
	}
	fetcher, err := kakaocert.NewRevocationFetcher(kakaocert.RevocationFetcherConfig{Transport: sim.Transport()})
	if err != nil {
		log.Fatal(err)
	}
	verifier, err := kakaocert.NewVerifier(sim.Roots(), kakaocert.WithRevocationFetcher(fetcher))
	if err != nil {
		log.Fatal(err)
	}
	return client, verifier
}

func ExampleK1100Service() {
	client, _ := simulated()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	person := kakaocert.Person{Name: "홍길동", Birthday: "19900101", Phone: "01012345678"}
	fmt.Println(identify(ctx, client, person))
	// Output: <nil>
}

func ExampleK3100Service() {
	client, verifier := simulated()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	person := kakaocert.Person{Name: "홍길동", Birthday: "19900101", Phone: "01012345678"}
	fmt.Println(agree(ctx, client, verifier, kakaocert.ByPerson(person)))
	// Output: <nil>
}

func ExampleK3500Service() {
	client, verifier := simulated()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	person := kakaocert.Person{Name: "홍길동", Birthday: "19900101", Phone: "01012345678"}
	fmt.Println(sign(ctx, client, verifier, kakaocert.ByPerson(person)))
	// Output: <nil>
}

func ExampleCode() {
	client, _ := simulated()
	stranger := kakaocert.Person{Name: "임꺽정", Birthday: "19850505", Phone: "01098765432"}
	_, err := client.K1100.Prepare(context.Background(), &kakaocert.K1100PrepareParams{
		Product: kakaocert.K1110, User: kakaocert.ByPerson(stranger),
	})
	fmt.Println(err)
	fmt.Println(advise(err))
	fmt.Println(advise(fmt.Errorf("starting: %w", kakaocert.ErrSettleID)))
	// Output:
	// kakaocert: k1100.prepare K1110T: E2001: no such Kakao account (HTTP 400)
	// ask the user to check name, birthday and phone
	// institution can put it right; next: stop
}

// A transaction goes into a database row or an authenticated cookie, and the
// flow goes on after a restart or in another process.
func ExampleTransaction() {
	client, _ := simulated()
	ctx := context.Background()
	tx, err := client.K1100.Prepare(ctx, &kakaocert.K1100PrepareParams{
		Product: kakaocert.K1120, User: kakaocert.ByCI(kakaocerttest.DefaultUser().CI),
	})
	if err != nil {
		log.Fatal(err)
	}
	row, err := json.Marshal(tx) // "K1120T:...", without personal data
	if err != nil {
		log.Fatal(err)
	}

	var again kakaocert.K1100Transaction
	if err := json.Unmarshal(row, &again); err != nil {
		log.Fatal(err)
	}
	status, err := client.K1100.Status(ctx, again)
	fmt.Println(status.Status, err)
	fmt.Println(json.Unmarshal(row, new(kakaocert.K3100Transaction)))
	// Output:
	// PREPARED <nil>
	// kakaocert: Transaction has no product code of this service
}

// A contract holder whose papers differ writes the differences down.
func ExampleParseProtocol() {
	protocol, err := kakaocert.ParseProtocol(strings.NewReader(`{
		"step.k1100.status": "GET /sign/v2/result",
		"status.terminal": "EXPIRED REJECTED CANCELED"
	}`))
	if err != nil {
		log.Fatal(err) // names the line and the key
	}
	config := kakaocert.Config{Protocol: protocol} // and the contract's values
	fmt.Println(config.Protocol.Endpoint("k1100", "status"))
	// Output: GET /sign/v2/result
}

func ExampleWithOnStatus() {
	client, _ := simulated()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	tx, err := client.K1100.Prepare(ctx, &kakaocert.K1100PrepareParams{
		Product: kakaocert.K1110, User: kakaocert.ByCI(kakaocerttest.DefaultUser().CI),
	})
	if err != nil {
		log.Fatal(err)
	}
	if _, err := client.K1100.Request(ctx, tx, &kakaocert.K1100RequestParams{Data: "a nonce of this session"}); err != nil {
		log.Fatal(err)
	}
	show := kakaocert.WithOnStatus(func(s kakaocert.TransactionStatus) { fmt.Println(s.Status) })
	if _, err := client.K1100.Wait(ctx, tx, show, kakaocert.WithPoll(time.Second, 5*time.Second)); err != nil {
		log.Fatal(err)
	}
	// Output: COMPLETED
}

// Fields that this package does not know are in the answer as it came.
func ExampleWithAnswer() {
	client, _ := simulated()
	var answer kakaocert.Answer
	_, err := client.K1100.Prepare(context.Background(), &kakaocert.K1100PrepareParams{
		Product: kakaocert.K1110, User: kakaocert.ByCI(kakaocerttest.DefaultUser().CI),
	}, kakaocert.WithAnswer(&answer))
	fmt.Println(answer.StatusCode(), err)
	fmt.Println(json.Valid(answer.Body()), answer)
	// Output:
	// 200 <nil>
	// true [redacted]
}
