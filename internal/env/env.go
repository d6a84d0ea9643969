// Package env makes a client's configuration from the environment, for the
// command, the examples and the live tests.
package env

import (
	"fmt"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/internal/transport"
)

// The variables. Keys and the settlement unit are needed together.
const (
	DealerKey      = "KAKAOCERT_DEALER_KEY"
	InstitutionKey = "KAKAOCERT_INSTITUTION_KEY"
	SettleID       = "KAKAOCERT_SETTLE_ID"
	EncKey         = "KAKAOCERT_ENC_KEY"     // Base64
	EncIV          = "KAKAOCERT_ENC_IV"      // Base64
	EncVersion     = "KAKAOCERT_ENC_VERSION" // number of the key, where the contract gives it one
	Environment    = "KAKAOCERT_ENV"         // test (default) or production
	BaseURL        = "KAKAOCERT_BASE_URL"
	Protocol       = "KAKAOCERT_PROTOCOL"      // path of a protocol file
	Roots          = "KAKAOCERT_ROOTS"         // path of the roots that are trusted, in PEM
	Intermediates  = "KAKAOCERT_INTERMEDIATES" // path of issuing authorities that messages do not contain, in PEM
	TSAUser        = "KAKAOCERT_TSA_USER"      // name and password at a time stamping authority
	TSAHeader      = "KAKAOCERT_TSA_HEADER"    // header lines for one
)

// Variables lists all that are read.
func Variables() []string {
	return []string{
		DealerKey, InstitutionKey, SettleID, EncKey, EncIV, EncVersion,
		Environment, BaseURL, Protocol, Roots, Intermediates, TSAUser, TSAHeader,
	}
}

const prefix = "KAKAOCERT_"

// Unknown lists the names in an environment, given as KEY=value, that begin as
// the variables do but are not variables: misspelt ones would be ignored silently.
func Unknown(environ []string) (names []string) {
	for _, pair := range environ {
		name, _, _ := strings.Cut(pair, "=")
		if strings.HasPrefix(name, prefix) && !slices.Contains(Variables(), name) {
			names = append(names, name)
		}
	}
	return names
}

// Setting is what the environment says.
type Setting struct {
	Config   kakaocert.Config
	Protocol *kakaocert.Protocol
	// Set reports whether there are keys. Without, there is nothing but the
	// Protocol, and the simulator is meant.
	Set bool
}

// Read reads the environment. Some keys but not all, or a host without keys,
// is an error, so that the simulator is never used by surprise.
func Read(getenv func(string) string) (Setting, error) {
	protocol, err := ReadProtocol(getenv)
	if err != nil {
		return Setting{}, err
	}
	required := Required(protocol)
	missing := unset(required, getenv)
	if len(missing) == len(required) && getenv(BaseURL) == "" && getenv(Environment) == "" {
		return Setting{Protocol: protocol}, nil
	}
	if len(missing) > 0 {
		return Setting{}, fmt.Errorf("the environment is set in part: %s missing", strings.Join(missing, ", "))
	}
	environment, err := ReadEnvironment(getenv)
	if err != nil {
		return Setting{}, err
	}
	cipher, err := ReadCipher(protocol, getenv)
	if err != nil {
		return Setting{}, fmt.Errorf("%s, %s: %w", EncKey, EncIV, err)
	}
	return Setting{Set: true, Protocol: protocol, Config: kakaocert.Config{
		DealerKey: getenv(DealerKey), InstitutionKey: getenv(InstitutionKey), SettleID: getenv(SettleID),
		Cipher: cipher, Environment: environment, BaseURL: getenv(BaseURL), Protocol: protocol,
	}}, nil
}

// Remote reports whether calls leave this machine: then real people with real
// phones are asked, and no one is asked by default.
func (s Setting) Remote() bool {
	if !s.Set {
		return false
	}
	u, err := url.Parse(s.Config.BaseURL)
	if err != nil || s.Config.BaseURL == "" {
		return true
	}
	return !transport.IsLoopback(u.Hostname())
}

// Host names what calls go to, for a person to read.
func (s Setting) Host() string {
	switch {
	case !s.Set:
		return "built-in simulator"
	case s.Config.BaseURL != "":
		return s.Config.BaseURL
	}
	return "Kakao's " + s.Config.Environment.String() + " host"
}

// Required lists the variables that a client needs. GCM carries its nonces with
// the data, and there is no IV.
func Required(protocol *kakaocert.Protocol) []string {
	required := []string{DealerKey, InstitutionKey, SettleID, EncKey}
	if protocol.Get("cipher.mode") != "gcm" {
		required = append(required, EncIV)
	}
	return required
}

func unset(required []string, getenv func(string) string) []string {
	return slices.DeleteFunc(required, func(name string) bool { return getenv(name) != "" })
}

// ReadEnvironment reads the word for the environment, test where there is none.
func ReadEnvironment(getenv func(string) string) (kakaocert.Environment, error) {
	switch getenv(Environment) {
	case "", "test":
		return kakaocert.Test, nil
	case "production":
		return kakaocert.Production, nil
	}
	return 0, fmt.Errorf("%s must be test or production", Environment)
}

// ReadProtocol reads the protocol file, the default where none is named.
func ReadProtocol(getenv func(string) string) (*kakaocert.Protocol, error) {
	path := getenv(Protocol)
	if path == "" {
		return kakaocert.DefaultProtocol(), nil
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", Protocol, err)
	}
	defer func() { _ = file.Close() }()
	return kakaocert.ParseProtocol(file)
}

// ReadCipher makes the cipher of the protocol's mode from key and IV.
func ReadCipher(protocol *kakaocert.Protocol, getenv func(string) string) (kakaocert.DataCipher, error) {
	var options []kakaocert.CipherOption
	if text := getenv(EncVersion); text != "" {
		version, err := strconv.Atoi(text)
		if err != nil || version < 1 {
			return nil, fmt.Errorf("%s must be a whole number from 1", EncVersion)
		}
		options = append(options, kakaocert.WithKeyVersion(version))
	}
	switch protocol.Get("cipher.mode") {
	case "cbc":
		return kakaocert.NewCBCCipher(getenv(EncKey), getenv(EncIV), options...)
	case "gcm":
		return kakaocert.NewGCMCipher(getenv(EncKey), options...)
	}
	return kakaocert.NewCTRCipher(getenv(EncKey), getenv(EncIV), options...)
}
