package doctor

import (
	"context"
	"crypto/rand"
	"errors"

	"github.com/kakaocert-go/kakaocert"
)

// judgeDecryption prepares for a person who cannot exist, once encrypted as
// configured and once with data that no key has made. A service that can
// decrypt the first searches for the person and finds no account; it cannot
// search in the second case.
func (d *examination) judgeDecryption(ctx context.Context, round []probe, usable bool) {
	p, possible := preparable(round)
	if !usable || !possible || d.config.Cipher == nil || roundTrip(d.config.Cipher) != nil {
		d.skip("decryption")
		return
	}
	whole := impossible{p.service, d.config.SettleID, d.protocol.Get("place.settle_id")}
	prepare := func(cipher kakaocert.DataCipher) error { return d.prepareWith(ctx, whole, cipher) }
	configured := d.prepareImpossible(ctx, whole)
	if !looked(configured) {
		if version, found := d.findVersion(prepare); found {
			d.say("decryption", "decryption.version", version)
			return
		}
		d.say("decryption", "decryption.unknown", outcome(configured))
		return
	}
	if stranger := prepare(noise{d.config.Cipher}); !errors.Is(stranger, kakaocert.ErrParameter) {
		d.say("decryption", "decryption.blind", outcome(stranger))
		return
	}
	d.say("decryption", "decryption.works", outcome(configured))
}

// looked reports that the service has searched for the person.
func looked(err error) bool {
	return err == nil || errors.Is(err, kakaocert.ErrUserNotFound) || errors.Is(err, kakaocert.ErrUserMismatch) || errors.Is(err, kakaocert.ErrUserUnavailable)
}

// answerTo is how a client's call ended, as an answer.
func answerTo(err error) answer {
	if refusal, is := errors.AsType[*kakaocert.APIError](err); is {
		return answer{code: refusal.Code, status: refusal.StatusCode}
	}
	return answer{err: err}
}

// outcome describes how a client's call ended.
func outcome(err error) string {
	if err == nil {
		return "OK"
	}
	return answerTo(err).describe()
}

// noise is a cipher whose texts are random, of the same length as real ones.
type noise struct{ kakaocert.DataCipher }

func (n noise) Encrypt(plaintext []byte) ([]byte, error) {
	text, err := n.DataCipher.Encrypt(plaintext)
	random := make([]byte, len(text))
	_, _ = rand.Read(random) // never fails: crypto/rand ends the process instead
	return random, err
}

// numbered is a cipher whose key has another number.
type numbered struct {
	kakaocert.DataCipher
	version int
}

func (n numbered) KeyVersion() int { return n.version }

// highestVersion is the last number of a key that is tried.
const highestVersion = 3

// findVersion tries possible numbers of the key: a contract with several keys
// numbers them (enc_version).
func (d *examination) findVersion(prepare func(kakaocert.DataCipher) error) (version int, found bool) {
	for version := range highestVersion + 1 {
		if version == d.config.Cipher.KeyVersion() {
			continue
		}
		if looked(prepare(numbered{d.config.Cipher, version})) {
			return version, true
		}
	}
	return 0, false
}

// impossible is a prepare for a person who cannot exist, in the form of a real one.
type impossible struct {
	service         string
	settleID, place string
}

// prepareImpossible prepares with the configured cipher, unless that was done
// already.
func (d *examination) prepareImpossible(ctx context.Context, i impossible) error {
	err, is := d.prepared[i]
	if !is {
		err = d.prepareWith(ctx, i, d.config.Cipher)
		d.prepared[i] = err
	}
	return err
}

func (d *examination) prepareWith(ctx context.Context, i impossible, cipher kakaocert.DataCipher) error {
	protocol, err := d.protocolWith(i.place)
	if err != nil {
		return err
	}
	config := d.config
	config.Cipher, config.SettleID, config.Protocol, config.Evidence, config.Observer = cipher, i.settleID, protocol, nil, nil
	config.Transport = replacer{d.transport} // as it is, not a copy
	config.Retries, config.TryTimeout = kakaocert.NoRetries, callTimeout
	client, err := kakaocert.NewClient(config)
	if err == nil {
		err = d.budget.spend(ctx)
	}
	if err != nil {
		return err
	}
	user := kakaocert.ByPerson(kakaocert.Person{Name: "kakaocert doctor", Birthday: "19000101", Phone: "01000000000"})
	switch i.service {
	case "k1100":
		_, err = client.K1100.Prepare(ctx, &kakaocert.K1100PrepareParams{Product: kakaocert.K1110, User: user})
	case "k3100":
		_, err = client.K3100.Prepare(ctx, &kakaocert.K3100PrepareParams{Product: kakaocert.K3110, User: user})
	default:
		_, err = client.K3500.Prepare(ctx, &kakaocert.K3500PrepareParams{Product: kakaocert.K3510, User: user})
	}
	return err
}
