package doctor

import (
	"encoding/base64"
	"errors"
	"net/url"
	"strconv"
	"strings"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/cmd/kakaocert/internal/call"
	"github.com/kakaocert-go/kakaocert/internal/env"
)

// sound is a configuration in which nothing is wrong: whatever a client says of
// it is about the one field that was set. It is never called with.
func sound() kakaocert.Config {
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

// examineKeys looks at the keys of the headers as far as their form.
func (d *doctor) examineKeys() {
	dealer, institution := sound(), sound()
	dealer.DealerKey, institution.InstitutionKey = d.getenv(env.DealerKey), d.getenv(env.InstitutionKey)
	dealerFormed := d.examineKey("dealer_key", env.DealerKey, accepted(dealer))
	institutionFormed := d.examineKey("institution_key", env.InstitutionKey, accepted(institution))
	d.keysFormed = dealerFormed && institutionFormed
}

func (d *doctor) examineKey(check, variable string, err error) (formed bool) {
	switch value := d.getenv(variable); {
	case value == "":
		d.say(check, "key.unset", variable)
	case strings.HasPrefix(value, "KakaoAK"):
		d.say(check, "key.prefixed", variable)
	case err != nil:
		d.say(check, "key.malformed", variable)
	default:
		d.say(check, "key.formed", variable)
		return true
	}
	return false
}

// examineSettleIDForm looks at the settle_id as far as that goes without the
// service. Nothing is said of one that is well-formed.
func (d *doctor) examineSettleIDForm() (formed bool) {
	config := sound()
	config.SettleID = d.getenv(env.SettleID)
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

const (
	keyLength = 32
	ivLength  = 16
)

// examineCipher looks at the key and the IV of personal data, and sends a known
// text there and back.
func (d *doctor) examineCipher() {
	keySize, keyIsText := base64Size(d.getenv(env.EncKey))
	ivSize, ivIsText := base64Size(d.getenv(env.EncIV))
	if keyIsText && ivIsText && keySize == ivLength && ivSize == keyLength {
		d.say("encryption_key", "enc.swapped")
		d.skip("encryption_iv", "cipher")
		return
	}
	formed := d.examineSecret("encryption_key", env.EncKey, keyLength)
	if d.protocol.Get("cipher.mode") == "gcm" {
		d.say("encryption_iv", "enc.unused")
	} else {
		formed = d.examineSecret("encryption_iv", env.EncIV, ivLength) && formed
	}
	if !formed {
		d.skip("cipher")
		return
	}
	mode := strings.ToUpper(d.protocol.Get("cipher.mode"))
	if version := d.getenv(env.EncVersion); version != "" {
		if n, err := strconv.Atoi(version); err != nil || n < 1 {
			d.say("cipher", "cipher.version")
			return
		}
	}
	cipher, err := env.ReadCipher(d.protocol, d.getenv)
	if err == nil {
		err = roundTrip(cipher)
	}
	if err != nil {
		d.say("cipher", "cipher.broken", mode)
		return
	}
	d.cipher = cipher
	d.say("cipher", "cipher.works", mode)
}

func (d *doctor) examineSecret(check, variable string, length int) (formed bool) {
	size, isText := base64Size(d.getenv(variable))
	switch {
	case d.getenv(variable) == "":
		d.say(check, "enc.unset", variable)
	case !isText:
		d.say(check, "enc.not_base64", variable)
	case size != length:
		d.say(check, "enc.length", variable, size, length)
	default:
		d.say(check, "enc.formed", variable, size)
		return true
	}
	return false
}

func base64Size(text string) (size int, isText bool) {
	raw, err := base64.StdEncoding.DecodeString(text)
	return len(raw), err == nil && text != ""
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

// examineRoots looks at whether signatures can be checked.
func (d *doctor) examineRoots() {
	name := d.getenv(env.Roots)
	if name == "" {
		d.say("roots", "roots.unset")
		return
	}
	if _, _, err := call.ReadCertificates(name); err != nil {
		d.say("roots", "roots.broken", err)
		return
	}
	d.say("roots", "roots.readable", name)
}

// examineAddress decides where the calls go.
func (d *doctor) examineAddress() {
	if d.environment == 0 {
		d.skip("address")
		return
	}
	config := sound()
	config.Environment, config.BaseURL = d.environment, d.getenv(env.BaseURL)
	err := accepted(config)
	u, parseErr := url.Parse(config.BaseURL)
	switch {
	case err == nil && config.BaseURL == "":
		d.base = d.environment.BaseURL()
		d.say("address", "address.kakao", d.base, d.environment)
	case err == nil:
		d.base = strings.TrimRight(config.BaseURL, "/")
		d.say("address", "address.own", d.base)
	case parseErr == nil && isKakaos(u, kakaocert.Test+kakaocert.Production-d.environment):
		d.say("address", "address.other_environment", u.Hostname(), d.environment)
	case parseErr == nil && u.Scheme == "http" && u.Host != "":
		d.say("address", "address.plain")
	default:
		d.say("address", "address.malformed")
	}
}

func isKakaos(u *url.URL, environment kakaocert.Environment) bool {
	return strings.EqualFold(u.Scheme+"://"+u.Hostname(), environment.BaseURL())
}
