package flow

import (
	"context"
	"errors"
	"net/http"

	"github.com/kakaocert-go/kakaocert"
)

// errRehearsal is how every call of a rehearsal ends.
var errRehearsal = errors.New("a rehearsal sends nothing")

// emptyStage is a transport behind which there is nothing.
type emptyStage struct{}

func (emptyStage) RoundTrip(*http.Request) (*http.Response, error) { return nil, errRehearsal }

// rehearse plays the flow up to request on a client whose calls go nowhere.
// Values that the library refuses are so found before anything is sent or made, and
// are a wrong call.
func rehearse[P kakaocert.Product, R any](f *flow, s script[P, R], product P, tx kakaocert.Transaction[P]) error {
	f.config = f.setting.Config
	if !f.setting.Set {
		f.config = f.simulate(*f.person)
	}
	config := f.config
	config.Transport, config.Evidence = emptyStage{}, kakaocert.UnsafeNoEvidence()
	config.Retries = kakaocert.NoRetries
	client, err := kakaocert.NewClient(config)
	if err == nil {
		err = play(f, s, client, product, tx)
	}
	if errors.Is(err, errRehearsal) {
		return nil
	}
	return wrongArgument(err)
}

func play[P kakaocert.Product, R any](f *flow, s script[P, R], client *kakaocert.Client, product P, tx kakaocert.Transaction[P]) error {
	ctx := context.Background() // for no call goes anywhere
	if tx.IsZero() {
		_, err := s.service(client).Prepare(ctx, &kakaocert.PrepareParams[P]{Product: product, User: f.user()})
		if !errors.Is(err, errRehearsal) {
			return err
		}
		if tx, err = kakaocert.ParseTransaction[P](f.codeOf(string(product)) + ":rehearsal"); err != nil {
			return err
		}
	}
	_, err := s.request(ctx, client, tx)
	return err
}

// codeOf is a product code as the environment gives it.
func (f *flow) codeOf(product string) string {
	if f.config.Environment == kakaocert.Test {
		return product + "T"
	}
	return product
}
