package kakaocert

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"

	"github.com/kakaocert-go/kakaocert/internal/cms"
)

// CollectionType is how the money is collected. (FIELD)
type CollectionType string

const (
	CollectionCMS  CollectionType = "CMS"
	CollectionFirm CollectionType = "FIRM"
	CollectionGiro CollectionType = "GIRO"
)

// Consent is what a user agrees to: that this organisation may withdraw from
// this account. The six items are Kakao's (DOC), their names on the wire ours
// (ASSUMED). It prints as [redacted]; do not keep it in an unexported field by
// value.
type Consent struct {
	personal
	BillingOrganization   string         // 요금청구 기관명; at most 100 characters, as the other two names (ASSUMED)
	BankName              string         // 납부자 출금은행
	AccountNumber         string         // 출금계좌번호: 6 digits or more, hyphens between them; at most 32 characters
	AccountHolder         string         // 예금주명; must be the user's name (DOC)
	AccountHolderBirthday string         // YYYYMMDD
	CollectionType        CollectionType // CMS, FIRM or GIRO
}

// ConsentError names the items, as on the wire, in which the signed consent
// differs, without their values. It is [ErrConsentMismatch].
type ConsentError struct{ Items []string }

func (e *ConsentError) Error() string {
	return ErrConsentMismatch.Error() + ": " + strings.Join(e.Items, ", ")
}

func (e *ConsentError) Is(target error) bool { return target == ErrConsentMismatch }

func (c *Consent) check() error {
	if c == nil {
		return &ArgumentError{Field: "Consent", Reason: "must not be nil"}
	}
	for _, words := range []struct{ field, value string }{
		{"Consent.BillingOrganization", c.BillingOrganization},
		{"Consent.BankName", c.BankName},
		{"Consent.AccountHolder", c.AccountHolder},
	} {
		if err := checkName(words.field, words.value); err != nil {
			return err
		}
	}
	if !isAccountNumber(c.AccountNumber) {
		return &ArgumentError{Field: "Consent.AccountNumber", Reason: "must be at least 6 digits, with hyphens between them, in at most 32 characters"}
	}
	if err := checkBirthday("Consent.AccountHolderBirthday", c.AccountHolderBirthday); err != nil {
		return err
	}
	if !slices.Contains([]CollectionType{CollectionCMS, CollectionFirm, CollectionGiro}, c.CollectionType) {
		return &ArgumentError{Field: "Consent.CollectionType", Reason: "must be CMS, FIRM or GIRO"}
	}
	return nil
}

// CheckHolder refuses, with an [*ArgumentError], a consent whose account holder
// is not the user: the names must be equal (DOC). Call it before Prepare. When
// the user is given by CI, only Kakao knows the name.
func (c *Consent) CheckHolder(user User) error {
	if err := user.check(); err != nil {
		return err
	}
	if err := c.check(); err != nil {
		return err
	}
	if d := user.data.Get(); d.kind == userByPerson && d.person.Name != c.AccountHolder {
		return &ArgumentError{Field: "Consent.AccountHolder", Reason: "must be the user's name"}
	}
	return nil
}

func isAccountNumber(s string) bool {
	digits := strings.ReplaceAll(s, "-", "")
	return len(s) <= 32 && len(digits) >= 6 && isDigits(digits) && s == strings.Trim(s, "-")
}

// items is the consent by the Protocol's keys.
func (c *Consent) items() map[string]string {
	return map[string]string{
		"billing_organization":    c.BillingOrganization,
		"bank_name":               c.BankName,
		"account_number":          c.AccountNumber,
		"account_holder":          c.AccountHolder,
		"account_holder_birthday": c.AccountHolderBirthday,
		"service_type":            string(c.CollectionType),
	}
}

// wire is the consent as one JSON object, the same bytes each time. (ASSUMED)
func (c *Consent) wire(p *Protocol) ([]byte, error) {
	object := make(map[string]string, 6)
	for key, value := range c.items() {
		object[p.Field(key)] = value
	}
	return json.Marshal(object) // sorts the names
}

// compare returns a [*ConsentError] unless the signed text is this consent,
// item by item, and nothing else.
func (c *Consent) compare(p *Protocol, signed []byte) error {
	o, repeated, err := parseSigned(signed)
	if err != nil {
		return &ConsentError{Items: []string{"(not a JSON object)"}}
	}
	var different []string
	if repeated {
		different = append(different, "(a repeated name)")
	}
	for key, want := range c.items() {
		if o.text([]string{p.Field(key)}) != want {
			different = append(different, p.Field(key))
		}
		delete(o, p.Field(key))
	}
	if len(o) > 0 {
		different = append(different, "(more than was asked)")
	}
	if len(different) == 0 {
		return nil
	}
	slices.Sort(different)
	return &ConsentError{Items: different}
}

// ConsentExport is what the institution files with KFTC (금융결제원): the signature
// as DER, and next to it the items that were signed, as two files. It prints as
// [redacted].
type ConsentExport struct {
	redacted
	data hidden[exportData]
}

type exportData struct {
	signed []byte
	items  exportItems
}

// exportItems is the form of the items' file.
type exportItems struct {
	Product      string            `json:"product"`
	TxID         string            `json:"tx_id"`
	Consent      map[string]string `json:"consent"` // by the Protocol's default names
	SignatureSHA string            `json:"signature_sha256"`
}

// Export is Check, and returns the signature with its items.
func (r *K3100Result) Export(v *Verifier) (*ConsentExport, error) {
	if _, err := r.Check(v); err != nil {
		return nil, err
	}
	der, err := cms.DER(r.SignedData())
	if err != nil {
		return nil, err
	}
	digest := sha256.Sum256(der)
	return &ConsentExport{data: hide(exportData{signed: der, items: exportItems{
		Product: r.tx.code(), TxID: r.tx.txID, Consent: r.consent.Get().items(), SignatureSHA: hex.EncodeToString(digest[:]),
	}})}, nil
}

// SignedData returns the CMS SignedData as DER.
func (e *ConsentExport) SignedData() []byte { return e.data.Value().signed }

// Items returns the items as JSON: product, tx_id, the six items, and the
// SHA-256 of their signature.
func (e *ConsentExport) Items() ([]byte, error) {
	if e.data.Get() == nil {
		return nil, errNotFromVerify
	}
	return json.MarshalIndent(e.data.Get().items, "", "  ")
}

// ParseConsentExport reads the two files and checks that they belong together.
// The signature is not checked yet.
func ParseConsentExport(signedData, items []byte) (*ConsentExport, error) {
	decoder := json.NewDecoder(bytes.NewReader(items))
	decoder.DisallowUnknownFields()
	var parsed exportItems
	if decoder.Decode(&parsed) != nil || decoder.More() {
		return nil, &ArgumentError{Field: "items", Reason: "is not the JSON of an export"}
	}
	if digest := sha256.Sum256(signedData); parsed.SignatureSHA != hex.EncodeToString(digest[:]) {
		return nil, &ArgumentError{Field: "signedData", Reason: "is not the signature that the items belong to"}
	}
	return &ConsentExport{data: hide(exportData{signed: signedData, items: parsed})}, nil
}

func (e *ConsentExport) Consent() *Consent { return consentOf(e.data.Value().items.Consent) }

// consentOf makes a consent of its items by the Protocol's keys.
func consentOf(items map[string]string) *Consent {
	return &Consent{
		BillingOrganization:   items["billing_organization"],
		BankName:              items["bank_name"],
		AccountNumber:         items["account_number"],
		AccountHolder:         items["account_holder"],
		AccountHolderBirthday: items["account_holder_birthday"],
		CollectionType:        CollectionType(items["service_type"]),
	}
}

// Check checks the signature, and that the signed consent, decrypted, is the
// items. One of the ciphers must be that of the contract when it was signed; a
// nil Protocol is [DefaultProtocol].
func (e *ConsentExport) Check(v *Verifier, p *Protocol, ciphers ...DataCipher) (*Verified, error) {
	if len(ciphers) == 0 || slices.Contains(ciphers, nil) {
		return nil, &ArgumentError{Field: "ciphers", Reason: "must be at least one, and not nil"}
	}
	if p == nil {
		p = DefaultProtocol()
	}
	return checkConsent(v, p, ciphers, e.SignedData(), e.Consent())
}
