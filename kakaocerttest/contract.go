package kakaocerttest

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Contract is what institution and service have agreed. Its zero value is a
// contract with generated keys, one cipher key for CTR, CI, and every API.
type Contract struct {
	DealerKey      string   `json:"dealer_key"`      // of the dealer's app; generated when empty
	InstitutionKey string   `json:"institution_key"` // of the institution's app; generated when empty
	SettleIDs      []string `json:"settle_ids"`      // accepted settle_id; one is generated when empty

	// CipherKeys encrypt personal data; [Service.Config] uses the first. If there
	// are several, each has its own Version and prepare must name one.
	CipherKeys []CipherKey `json:"cipher_keys"`

	// ClientSecret is what a login's code exchange must contain, if it is set.
	ClientSecret string `json:"client_secret"`
	// RedirectURIs are the addresses to which a login may return; none allows any
	// address.
	RedirectURIs []string `json:"redirect_uris"`

	// WithoutCI grants neither CI nor VID.
	WithoutCI bool `json:"without_ci"`

	// Desc is the display data that every request must repeat (E1006 otherwise);
	// nil allows any.
	Desc *Desc `json:"desc"`

	// ExtraFields are further fields that the contract allows in a request.
	ExtraFields []string `json:"extra_fields"`

	// Denied are APIs without permission (E1002): services such as "k3500", or
	// one step such as "k1100.signer".
	Denied []string `json:"denied"`
}

// Desc is a request's display data.
type Desc struct {
	RequestType         string `json:"request_type,omitempty"`
	RequestOrganization string `json:"request_organization,omitempty"`
	ReceiverName        string `json:"receiver_name,omitempty"`
}

// contract is a Contract that was checked and completed.
type contract struct {
	Contract
	keys []*cipherKey
}

func newContract(c Contract) (*contract, error) {
	if c.DealerKey == "" {
		c.DealerKey = hex.EncodeToString(random(16))
	}
	if c.InstitutionKey == "" {
		c.InstitutionKey = hex.EncodeToString(random(16))
	}
	if len(c.SettleIDs) == 0 {
		c.SettleIDs = []string{"settle-" + hex.EncodeToString(random(4))}
	}
	if len(c.CipherKeys) == 0 {
		c.CipherKeys = []CipherKey{{Mode: CTR}}
	}
	out := &contract{Contract: c}
	for _, k := range c.CipherKeys {
		key, err := newCipherKey(k)
		if err != nil {
			return nil, err
		}
		if len(c.CipherKeys) > 1 && key.Version == 0 {
			return nil, errors.New("CipherKey.Version is not set though there are several keys")
		}
		if out.key(key.Version) != nil {
			return nil, fmt.Errorf("two CipherKeys have Version %d", key.Version)
		}
		out.keys = append(out.keys, key)
	}
	for _, api := range c.Denied {
		if !isAPI(api) {
			return nil, fmt.Errorf("an API in Denied, %q, is neither a service such as k3500 nor a step such as k1100.signer", api)
		}
	}
	return out, nil
}

// isAPI reports whether the text names a service, or one step of a service.
func isAPI(text string) bool {
	service, step, one := strings.Cut(text, ".")
	_, known := products[service]
	return known && (!one || slices.Contains(steps, step))
}

func (c *contract) key(version int) *cipherKey {
	for _, k := range c.keys {
		if k.Version == version {
			return k
		}
	}
	return nil
}

func (c *contract) denies(service, step string) bool {
	return slices.Contains(c.Denied, service) || slices.Contains(c.Denied, service+"."+step)
}
