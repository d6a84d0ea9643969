package kakaocerttest

import (
	"fmt"

	"github.com/kakaocert-go/kakaocert"
)

// Config returns the configuration of a client that calls this service in the
// same process, with the contract's keys. It contains no Evidence: the test
// sets its own, or [kakaocert.UnsafeNoEvidence].
func (s *Service) Config() kakaocert.Config {
	return kakaocert.Config{
		DealerKey:      s.contract.DealerKey,
		InstitutionKey: s.contract.InstitutionKey,
		SettleID:       s.contract.SettleIDs[0],
		Cipher:         s.contract.keys[0].client(),
		Environment:    s.environment,
		Transport:      s.Transport(),
		Protocol:       s.protocol,
		ClientSecret:   s.contract.ClientSecret,
	}
}

// Config returns the configuration of a client that calls this server over TCP,
// otherwise like [Service.Config].
func (s *Server) Config() kakaocert.Config {
	config := s.Service.Config()
	config.BaseURL, config.Transport = s.URL, nil
	return config
}

// Environ returns what a client in another process or language needs, as
// KEY=value: the environment variables that the kakaocert command reads. It
// does not contain KAKAOCERT_PROTOCOL, nor the encryption key's number and
// mode, which only Go programs set: a contract for the command has one key for
// CTR.
func (s *Server) Environ() []string {
	key := s.contract.keys[0]
	return []string{
		"KAKAOCERT_DEALER_KEY=" + s.contract.DealerKey,
		"KAKAOCERT_INSTITUTION_KEY=" + s.contract.InstitutionKey,
		"KAKAOCERT_SETTLE_ID=" + s.contract.SettleIDs[0],
		"KAKAOCERT_ENC_KEY=" + key.Key,
		"KAKAOCERT_ENC_IV=" + key.IV,
		"KAKAOCERT_ENV=" + s.environment.String(),
		"KAKAOCERT_BASE_URL=" + s.URL,
	}
}

// client returns the same key in the form that the client uses.
func (k *cipherKey) client() kakaocert.DataCipher {
	var (
		c       kakaocert.DataCipher
		err     error
		version = kakaocert.WithKeyVersion(k.Version)
	)
	switch k.Mode {
	case GCM:
		c, err = kakaocert.NewGCMCipher(k.Key, version)
	case CBC:
		c, err = kakaocert.NewCBCCipher(k.Key, k.IV, version)
	default:
		c, err = kakaocert.NewCTRCipher(k.Key, k.IV, version)
	}
	if err != nil { // the key was checked when the service was made
		panic(fmt.Sprintf("kakaocerttest: %v", err))
	}
	return c
}
