package kakaocert

import (
	"encoding/json"
	"testing"
)

// A text that counts as the consent contains the six items, each once, and no more.
func FuzzConsent(f *testing.F) {
	consent := &Consent{
		BillingOrganization: "예시전력", BankName: "예시은행", AccountNumber: "3333-01-1234567",
		AccountHolder: "홍길동", AccountHolderBirthday: "19900101", CollectionType: CollectionCMS,
	}
	p := DefaultProtocol()
	text, err := consent.wire(p)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"bank_name":"예시은행","bank_name":"예시은행"}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, signed []byte) {
		if consent.compare(p, signed) != nil {
			return
		}
		var read map[string]string
		if json.Unmarshal(signed, &read) != nil || len(read) != 6 {
			t.Fatal("the consent in a text that does not have its six items")
		}
		for key, want := range consent.items() {
			if read[p.Field(key)] != want {
				t.Fatal("another item")
			}
		}
	})
}
