package kakaocert_test

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// unwrapper opens what a key store has wrapped.
type unwrapper func(ctx context.Context, wrapped []byte) (plain []byte, err error)

func contractCipher(ctx context.Context, unwrap unwrapper, wrapped []byte, version int) (kakaocert.DataCipher, error) {
	text, err := unwrap(ctx, wrapped) // once, at start: Vault, a cloud's KMS, or an HSM
	if err != nil {
		return nil, err
	}
	defer clear(text)
	var key struct{ Key, IV string } // in Base64, as the contract gives them
	if json.Unmarshal(text, &key) != nil {
		return nil, errors.New("the contract's key must be JSON with key and iv") // without the cause, which quotes the text
	}
	return kakaocert.NewCTRCipher(key.Key, key.IV, kakaocert.WithKeyVersion(version))
}

func withKeys(ctx context.Context, config kakaocert.Config, unwrap unwrapper, wrapped map[int][]byte, current int, others ...int) (*kakaocert.Client, error) {
	var err error
	if config.Cipher, err = contractCipher(ctx, unwrap, wrapped[current], current); err != nil {
		return nil, err
	}
	config.OlderCiphers = nil
	for _, version := range others { // newest first
		other, err := contractCipher(ctx, unwrap, wrapped[version], version)
		if err != nil {
			return nil, err
		}
		config.OlderCiphers = append(config.OlderCiphers, other)
	}
	return kakaocert.NewClient(config)
}

func Example_keys() {
	unwrap, wrapped := keyStore(map[int]kakaocerttest.CipherKey{1: contractKeys[0], 2: contractKeys[1]})
	sim := kakaocerttest.NewService(kakaocerttest.WithContract(kakaocerttest.Contract{CipherKeys: contractKeys[:2]}))
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()

	cipher, err := contractCipher(ctx, unwrap, wrapped[1], 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("key", cipher.KeyVersion())
	before, err := withKeys(ctx, sim.Config(), unwrap, wrapped, 1, 2) // reads the new key already
	if err != nil {
		fmt.Println(err)
		return
	}
	after, err := withKeys(ctx, sim.Config(), unwrap, wrapped, 2, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(identify(ctx, before, kakaocert.Person{Name: "홍길동", Birthday: "19900101", Phone: "01012345678"}))
	fmt.Println(identify(ctx, after, kakaocert.Person{Name: "홍길동", Birthday: "19900101", Phone: "01012345678"}))
	// Output:
	// key 1
	// <nil>
	// <nil>
}

// keyStore plays a key store: it wraps the contract's keys, and unwraps them.
func keyStore(keys map[int]kakaocerttest.CipherKey) (unwrapper, map[int][]byte) {
	block, err := aes.NewCipher(make([]byte, 32))
	if err != nil {
		panic(err)
	}
	store, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err)
	}
	wrapped := make(map[int][]byte)
	for version, key := range keys {
		text, err := json.Marshal(map[string]string{"key": key.Key, "iv": key.IV})
		if err != nil {
			panic(err)
		}
		wrapped[version] = store.Seal(nil, nil, text, nil)
	}
	return func(_ context.Context, text []byte) ([]byte, error) { return store.Open(nil, nil, text, nil) }, wrapped
}

// institution is what a dealer knows of one of its institutions.
type institution struct {
	key, settleID string
	cipher        kakaocert.DataCipher
	evidence      kakaocert.Sink
}

func clientsOf(dealerKey string, institutions map[string]institution) (map[string]*kakaocert.Client, error) {
	shared, err := kakaocert.NewTransport(nil) // one pool of connections
	if err != nil {
		return nil, err
	}
	clients := make(map[string]*kakaocert.Client)
	for name, of := range institutions {
		if clients[name], err = kakaocert.NewClient(kakaocert.Config{
			DealerKey: dealerKey, InstitutionKey: of.key, SettleID: of.settleID, Cipher: of.cipher,
			Evidence: of.evidence, Transport: shared, Environment: kakaocert.Test,
		}); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return clients, nil
}

func Example_institutions() {
	config := kakaocerttest.NewService().Config()
	clients, err := clientsOf(config.DealerKey, map[string]institution{
		"a bank":       {"key-of-the-bank", "settle-1", config.Cipher, kakaocert.UnsafeNoEvidence()},
		"an insurance": {"key-of-the-insurance", "settle-2", config.Cipher, kakaocert.UnsafeNoEvidence()},
	})
	fmt.Println(len(clients), err)
	// Output:
	// 2 <nil>
}
