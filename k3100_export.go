package kakaocert

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"github.com/kakaocert-go/kakaocert/internal/cms"
)

// ConsentExport is what the institution files with KFTC (금융결제원): the
// signature as DER, and beside it the items that were signed. It is made to be
// kept as two files and checked again at any time. It prints as [redacted].
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

// Export checks the signature, as [K3100Result.Check] does, and returns it
// with its items. Nothing that was not verified is exported.
func (r *K3100Result) Export(v *Verifier, consent *Consent) (*ConsentExport, error) {
	if _, err := r.Check(v, consent); err != nil {
		return nil, err
	}
	der, err := cms.DER(r.SignedData())
	if err != nil {
		return nil, err
	}
	tx := r.data.get().tx
	digest := sha256.Sum256(der)
	return &ConsentExport{data: hide(exportData{signed: der, items: exportItems{
		Product: tx.code(), TxID: tx.txID, Consent: consent.items(), SignatureSHA: hex.EncodeToString(digest[:]),
	}})}, nil
}

// SignedData returns the CMS SignedData as DER.
func (e *ConsentExport) SignedData() []byte { return e.data.value().signed }

// Items returns the items as JSON: product, tx_id, the six items, and the
// SHA-256 of the signature that they belong to.
func (e *ConsentExport) Items() ([]byte, error) {
	if e.data.get() == nil {
		return nil, errNotOfVerify
	}
	return json.MarshalIndent(e.data.get().items, "", "  ")
}

// ParseConsentExport takes up an export from its two files. It is not checked
// yet; that the two belong together is.
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

// Consent returns the six items.
func (e *ConsentExport) Consent() *Consent {
	items := e.data.value().items.Consent
	return &Consent{
		BillingOrganization:   items["billing_organization"],
		BankName:              items["bank_name"],
		AccountNumber:         items["account_number"],
		AccountHolder:         items["account_holder"],
		AccountHolderBirthday: items["account_holder_birthday"],
		ServiceType:           ServiceType(items["service_type"]),
	}
}

// Check verifies the export again: signature, chain, and that the signed
// consent, decrypted, is the items. The cipher is the one of the contract when
// it was signed; a nil Protocol is [DefaultProtocol].
func (e *ConsentExport) Check(v *Verifier, cipher DataCipher, p *Protocol) (*Verified, error) {
	if cipher == nil {
		return nil, &ArgumentError{Field: "cipher", Reason: "is nil"}
	}
	if p == nil {
		p = DefaultProtocol()
	}
	return checkConsent(v, p, cipher, e.SignedData(), e.Consent())
}
