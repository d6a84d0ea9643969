package doctor

import (
	"encoding/base64"
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/kakaocert-go/kakaocert"
)

// sound is a configuration without faults: a client's complaint is then about
// the one field that was set. No call is made with it.
func sound() kakaocert.Config {
	const keyLength = 32
	cipher, err := kakaocert.NewGCMCipher(base64.StdEncoding.EncodeToString(make([]byte, keyLength)))
	if err != nil {
		panic(err) // the key is right
	}
	return kakaocert.Config{DealerKey: "x", InstitutionKey: "x", Cipher: cipher, Environment: kakaocert.Test}
}

// accepted reports whether a client would take the configuration.
func accepted(config kakaocert.Config) error {
	_, err := kakaocert.NewClient(config)
	return err
}

// examineSettings looks at the configuration without a call.
func (d *examination) examineSettings() {
	d.examineProtocol()
	d.examineEnvironment()
	d.examineKeys()
	if !d.wants(SettleID) && d.examineSettleIDForm() {
		d.say("settle_id", "settle.formed")
	}
	d.examineCipher()
	d.examineCertificates()
	d.examineAddress()
	d.examineRest()
}

func (d *examination) examineProtocol() {
	var changed []string
	assumed, all := 0, d.protocol.Entries()
	for _, entry := range all {
		if entry.Changed {
			changed = append(changed, entry.Key)
		} else if entry.Provenance == kakaocert.ProvenanceAssumed {
			assumed++
		}
	}
	if len(changed) > 0 {
		d.say("protocol", "protocol.file", strings.Join(changed, ", "), assumed)
	} else {
		d.say("protocol", "protocol.default", len(all), assumed)
	}
}

func (d *examination) examineEnvironment() {
	if !isEnvironment(d.config.Environment) {
		d.say("environment", "environment.unset")
		return
	}
	d.say("environment", "environment."+d.config.Environment.String())
}

// examineKeys checks the form of the keys for the headers.
func (d *examination) examineKeys() {
	dealer, institution := sound(), sound()
	dealer.DealerKey, institution.InstitutionKey = d.config.DealerKey, d.config.InstitutionKey
	dealerFormed := d.examineKey("dealer_key", "{DealerKey}", dealer.DealerKey, accepted(dealer))
	institutionFormed := d.examineKey("institution_key", "{InstitutionKey}", institution.InstitutionKey, accepted(institution))
	d.keysAreOK = dealerFormed && institutionFormed
}

func (d *examination) examineKey(check, name, value string, err error) (formed bool) {
	name = d.names.Replace(name)
	switch {
	case value == "":
		d.say(check, "key.unset", name)
	case strings.HasPrefix(value, "KakaoAK"):
		d.say(check, "key.prefixed", name)
	case err != nil:
		d.say(check, "key.malformed", name)
	default:
		d.say(check, "key.formed", name)
		return true
	}
	return false
}

// examineSettleIDForm checks the form of the settle_id, as far as that is
// possible without the service. It reports nothing for a well-formed one.
func (d *examination) examineSettleIDForm() (formed bool) {
	config := sound()
	config.SettleID = d.config.SettleID
	switch {
	case config.SettleID == "":
		d.say("settle_id", "settle.unset")
	case accepted(config) != nil:
		d.say("settle_id", "settle.malformed")
	default:
		return true
	}
	return false
}

// examineCipher encrypts and decrypts a known text.
func (d *examination) examineCipher() {
	switch {
	case d.config.Cipher == nil:
		d.say("cipher", "cipher.unset")
	case roundTrip(d.config.Cipher) != nil:
		d.say("cipher", "cipher.broken")
	default:
		d.say("cipher", "cipher.works")
	}
}

const knownText = "홍길동 19900101"

func roundTrip(cipher kakaocert.DataCipher) error {
	secret, err := cipher.Encrypt([]byte(knownText))
	if err != nil {
		return err
	}
	plain, err := cipher.Decrypt(secret)
	if err == nil && (string(plain) != knownText || string(secret) == knownText) {
		err = errors.New("another text came back")
	}
	return err
}

// examineAddress decides where the calls go.
func (d *examination) examineAddress() {
	if !isEnvironment(d.config.Environment) {
		d.skip("address")
		return
	}
	accepts := func(environment kakaocert.Environment, address string) bool {
		config := sound()
		config.Environment, config.BaseURL = environment, address
		return accepted(config) == nil
	}
	environment, address := d.config.Environment, d.config.BaseURL
	u, err := url.Parse(address)
	switch {
	case address == "":
		d.base = environment.BaseURL()
		d.say("address", "address.kakao", d.base, environment)
	case accepts(environment, address):
		d.base = strings.TrimRight(address, "/")
		d.say("address", "address.own", d.base)
	case accepts(otherThan(environment), address):
		d.say("address", "address.other_environment", u.Hostname(), environment)
	case err == nil && u.Scheme == "http" && accepts(environment, "https"+strings.TrimPrefix(address, u.Scheme)):
		d.say("address", "address.plain")
	default:
		d.say("address", "address.malformed")
	}
}

func otherThan(environment kakaocert.Environment) kakaocert.Environment {
	return kakaocert.Test + kakaocert.Production - environment
}

// examineRest makes a client from the whole configuration, and reports errors
// that no other check has reported.
func (d *examination) examineRest() {
	refused, is := errors.AsType[*kakaocert.ArgumentError](accepted(d.config))
	switch {
	case !is:
		d.say("client", "client.made")
	case slices.Contains(examined, refused.Field):
		d.skip("client")
	default:
		d.base = "" // for example, the kind of the Transport is not known
		d.say("client", "client.refused", refused.Field, refused.Reason)
	}
}

// examined are the fields that have their own checks.
var examined = []string{
	"Config.DealerKey", "Config.InstitutionKey", "Config.SettleID", "Config.Cipher", "Config.Environment", "Config.BaseURL",
}
