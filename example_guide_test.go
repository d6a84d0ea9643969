package kakaocert_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/evidence"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// These are the snippets of the guide, each run by an Example below.

func compareSigner(info *kakaocert.SignerInfo, user kakaocert.User) string {
	err := info.Compare(user, kakaocert.IdentifyName, kakaocert.IdentifyPhoneNumber)
	missing, isMissing := errors.AsType[*kakaocert.MissingItemsError](err)
	switch {
	case err == nil:
		return "the user has signed"
	case isMissing: // no attack: the request did not ask for them, or the contract does not grant them
		return fmt.Sprint("add to IdentifyItems: ", missing.Items)
	case kakaocert.IsSecurityEvent(err): // a MismatchError, which names the items and not their values
		return "another person has signed"
	}
	return "the user cannot be compared"
}

func resultOf(ctx context.Context, client *kakaocert.Client, tx kakaocert.K3500Transaction, documents []kakaocert.Document) (*kakaocert.K3500Result, error) {
	result, err := client.K3500.Recall(ctx, tx, documents) // reads the evidence, sends nothing
	if errors.Is(err, kakaocert.ErrNoAnswer) {
		return client.K3500.Verify(ctx, tx, documents) // was never sent, or brought nothing
	}
	return result, err
}

func reported(logger *slog.Logger, tx fmt.Stringer, err error) error {
	if kakaocert.IsSecurityEvent(err) {
		logger.Error("security event", "transaction", tx.String(), "error", err) // no personal data in either
	}
	return err
}

// pending is a row of a table, or the content of a session.
type pending struct {
	Transaction kakaocert.K1100Transaction // no personal data: kept as it is
	Person      []byte                     // sealed
}

func keepPending(key *kakaocert.SealKey, tx kakaocert.K1100Transaction, person kakaocert.Person) (pending, error) {
	sealed, err := kakaocert.Seal(key, tx.String(), person) // bound to this transaction
	return pending{tx, sealed}, err
}

func personOf(row pending, keys ...*kakaocert.SealKey) (kakaocert.Person, error) {
	return kakaocert.Unseal[kakaocert.Person](row.Person, row.Transaction.String(), keys...)
}

func throughProxy(config kakaocert.Config, proxy *url.URL) (*kakaocert.Client, error) {
	base := http.DefaultTransport.(*http.Transport).Clone()
	base.Proxy = http.ProxyURL(proxy)
	config.Transport = base
	return kakaocert.NewClient(config)
}

func Example_identifyItems() {
	client, _ := simulated()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	person := kakaocert.Person{Name: "홍길동", Birthday: "19900101", Phone: "01012345678"}
	for _, items := range [][]kakaocert.IdentifyItem{
		{kakaocert.IdentifyName, kakaocert.IdentifyPhoneNumber},
		{kakaocert.IdentifyName},
	} {
		info, err := signerOf(ctx, client, person, items)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(compareSigner(info, kakaocert.ByPerson(person)))
		fmt.Println(compareSigner(info, kakaocert.ByPerson(kakaocert.Person{Name: "김철수", Birthday: "19851224", Phone: "01011112222"})))
	}
	// Output:
	// the user has signed
	// another person has signed
	// add to IdentifyItems: [PHONE_NUMBER]
	// another person has signed
}

// signerOf has a person sign a nonce, and asks for the signer's items.
func signerOf(ctx context.Context, client *kakaocert.Client, person kakaocert.Person, items []kakaocert.IdentifyItem) (*kakaocert.SignerInfo, error) {
	tx, err := client.K1100.Prepare(ctx, &kakaocert.K1100PrepareParams{Product: kakaocert.K1110, User: kakaocert.ByPerson(person)})
	if err != nil {
		return nil, err
	}
	nonce := kakaocert.NewNonce()
	if _, err := client.K1100.Request(ctx, tx, &kakaocert.K1100RequestParams{Data: nonce, IdentifyItems: items}); err != nil {
		return nil, err
	}
	if _, err := client.K1100.Verify(ctx, tx, nonce); err != nil {
		return nil, err
	}
	return client.K1100.SignerInfo(ctx, tx)
}

func Example_recall() {
	path, err := os.MkdirTemp("", "evidence-")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(path) }()
	key, err := evidence.NewKey(bytes.Repeat([]byte{1}, 32))
	if err != nil {
		fmt.Println(err)
		return
	}
	dir, err := evidence.Open(filepath.Join(path, "records"), key)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = dir.Close() }()
	sim := kakaocerttest.NewService()
	config := sim.Config()
	config.Evidence = dir
	client, err := kakaocert.NewClient(config)
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	documents := []kakaocert.Document{kakaocert.TextDocument("여신거래약정서", "제1조 (목적)")}
	tx, err := client.K3500.Prepare(ctx, &kakaocert.K3500PrepareParams{
		Product: kakaocert.K3510, User: kakaocert.ByCI(kakaocerttest.DefaultUser().CI),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := client.K3500.Request(ctx, tx, &kakaocert.K3500RequestParams{Title: "대출 계약", Documents: documents}); err != nil {
		fmt.Println(err)
		return
	}
	for range 2 { // the second time after a restart, say
		_, err := resultOf(ctx, client, tx, documents)
		fmt.Println(err, sim.Calls("verify"))
	}
	// Output:
	// <nil> 1
	// <nil> 1
}

func Example_securityEvents() {
	sim := kakaocerttest.NewService()
	client, err := kakaocert.NewClient(sim.Config())
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	tx, err := client.K1100.Prepare(ctx, &kakaocert.K1100PrepareParams{
		Product: kakaocert.K1110, User: kakaocert.ByCI(kakaocerttest.DefaultUser().CI),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := client.K1100.Request(ctx, tx, &kakaocert.K1100RequestParams{Data: "another visitor's nonce"}); err != nil {
		fmt.Println(err)
		return
	}
	var log bytes.Buffer
	_, err = client.K1100.Verify(ctx, tx, "this visitor's nonce")
	_ = reported(slog.New(slog.NewTextHandler(&log, nil)), tx, err)
	fmt.Println(errors.Is(err, kakaocert.ErrNonceMismatch), strings.Contains(log.String(), "security event"))
	// Output: true true
}

func Example_personalData() {
	key, err := kakaocert.NewSealKey("2026-11", bytes.Repeat([]byte{1}, 32)) // random bytes, from your key store
	if err != nil {
		fmt.Println(err)
		return
	}
	tx, err := kakaocert.ParseTransaction[kakaocert.K1100Product]("K1110T:0123456789abcdef")
	if err != nil {
		fmt.Println(err)
		return
	}
	row, err := keepPending(key, tx, kakaocert.Person{Name: "홍길동", Birthday: "19900101", Phone: "01012345678"})
	if err != nil {
		fmt.Println(err)
		return
	}
	person, err := personOf(row, key)
	fmt.Println(person.Name == "홍길동", err)

	row.Transaction, err = kakaocert.ParseTransaction[kakaocert.K1100Product]("K1110T:another")
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = personOf(row, key) // moved to another transaction
	fmt.Println(errors.Is(err, kakaocert.ErrUnseal))
	// Output:
	// true <nil>
	// true
}

func Example_proxy() {
	server, err := kakaocerttest.StartServer("127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = server.Close() }()
	var calls atomic.Int32
	proxy := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(*httputil.ProxyRequest) { calls.Add(1) }})
	defer proxy.Close()
	address, err := url.Parse(proxy.URL)
	if err != nil {
		fmt.Println(err)
		return
	}
	client, err := throughProxy(server.Config(), address)
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	_, err = client.K1100.Prepare(ctx, &kakaocert.K1100PrepareParams{
		Product: kakaocert.K1110, User: kakaocert.ByCI(kakaocerttest.DefaultUser().CI),
	})
	fmt.Println(err, calls.Load())
	// Output: <nil> 1
}
