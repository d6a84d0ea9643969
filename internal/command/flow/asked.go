package flow

import (
	"path/filepath"
	"strings"

	"github.com/kakaocert-go/kakaocert"
)

// asked is what a person is asked for, besides their identity. With --out it is
// kept before request is sent, so that the flow can be taken up again.
type asked struct {
	Title   string `json:"title,omitempty"`
	Desc    []byte `json:"desc,omitempty"`  // JSON, as given
	Nonce   string `json:"nonce,omitempty"` // of identity
	Texts   []text `json:"texts,omitempty"` // of contract
	Consent *items `json:"consent,omitempty"`
}

func (a *asked) desc() *kakaocert.Desc {
	if a.Desc == nil {
		return nil
	}
	return &kakaocert.Desc{Raw: a.Desc}
}

// text is one text to be signed.
type text struct {
	File  string `json:"file"`
	Bytes []byte `json:"bytes"`
}

// title is what the person sees above the text.
func (t text) title() string {
	return strings.TrimSuffix(filepath.Base(t.File), filepath.Ext(t.File))
}

// items are those of a consent: the library's type refuses to be written.
type items struct {
	BillingOrganization   string `json:"billing_organization"`
	BankName              string `json:"bank_name"`
	AccountNumber         string `json:"account_number"`
	AccountHolder         string `json:"account_holder"`
	AccountHolderBirthday string `json:"account_holder_birthday"`
	ServiceType           string `json:"service_type"`
}

func (i *items) consent() *kakaocert.Consent {
	return &kakaocert.Consent{
		BillingOrganization: i.BillingOrganization, BankName: i.BankName,
		AccountNumber: i.AccountNumber, AccountHolder: i.AccountHolder,
		AccountHolderBirthday: i.AccountHolderBirthday, CollectionType: kakaocert.CollectionType(i.ServiceType),
	}
}
