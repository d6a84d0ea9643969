package kakaocerttest

import (
	"encoding/json"
	"fmt"
	"slices"
	"unicode/utf8"
)

const (
	maxNonce     = 40   // characters (DOC)
	maxText      = 3000 // characters as the protocol counts (DOC)
	minDocuments = 2    // of K3511 and K3521 (DOC)
	maxDocuments = 200
)

// nonce is the content that K1100 has signed.
func (s *Service) nonce(a *asked, in *input) *failure {
	text, err := in.text("data")
	if err != nil {
		return err
	}
	if utf8.RuneCountInString(text) > maxNonce {
		return invalid(s.protocol.Field("data"), "is longer than 40 characters")
	}
	a.add(Document{Text: text}, text)
	return nil
}

// consent is the content that K3100 has signed: six items, encrypted as a
// whole.
func (s *Service) consent(tx *transaction, a *asked, in *input) *failure {
	plain, err := in.secret("data", tx.key)
	if err != nil {
		return err
	}
	sent, err := in.text("data")
	if err != nil {
		return err
	}
	items, err := objectInput(s.protocol, []byte(plain), s.protocol.Field("data")+".")
	if err != nil {
		return err
	}
	holder, err := s.consentItems(items)
	if err != nil {
		return err
	}
	if holder != tx.account.get().Name {
		return fail("E2002", "the account holder is not the user")
	}
	signed := sent
	if s.protocol.Get("signed.consent") == "plaintext" {
		signed = plain
	}
	a.add(Document{Text: plain}, signed)
	return nil
}

// consentItems checks the six items and returns the account holder's name.
func (s *Service) consentItems(in *input) (holder string, err *failure) {
	for _, item := range []struct {
		key    string
		shape  func(string) bool
		reason string
	}{
		{"billing_organization", isName, "is not 1 to 100 characters"},
		{"bank_name", isName, "is not 1 to 100 characters"},
		{"account_number", isAccountNumber, "is not 6 or more digits in at most 32 characters"},
		{"account_holder", isName, "is not 1 to 100 characters"},
		{"account_holder_birthday", isDate, "must be a date in the form YYYYMMDD"},
		{"service_type", isServiceType, "must be CMS, FIRM or GIRO"},
	} {
		text, err := in.text(item.key)
		if err != nil {
			return "", err
		}
		if !item.shape(text) {
			return "", invalid(in.path+s.protocol.Field(item.key), item.reason)
		}
		if item.key == "account_holder" {
			holder = text
		}
	}
	return holder, in.end()
}

// isAccountNumber accepts digits, and hyphens between them. (ASSUMED)
func isAccountNumber(s string) bool {
	digits := 0
	for _, r := range s {
		if r != '-' {
			digits++
		}
	}
	return onlyOf(s, "0123456789-") && digits >= 6 && len(s) <= 32 && s[0] != '-' && s[len(s)-1] != '-'
}

func isServiceType(s string) bool { return slices.Contains([]string{"CMS", "FIRM", "GIRO"}, s) }

// document is the content that K3510 and K3520 have signed, and each document
// of K3511 and K3521.
func (s *Service) document(a *asked, title string, in *input) *failure {
	kind, err := in.text("document_type")
	if err != nil {
		return err
	}
	text, err := in.text("data")
	if err != nil {
		return err
	}
	name := in.path + s.protocol.Field("data")
	switch kind {
	case s.protocol.Get("value.document_type.text"):
		if length(s.protocol, text) > maxText {
			return invalid(name, "is longer than 3000 characters")
		}
	case s.protocol.Get("value.document_type.hash"):
		hash, decodeErr := decodeText(s.protocol.Get("encoding.hash"), text)
		if decodeErr != nil || len(hash) != 32 {
			return invalid(name, "is not the SHA-256 of a document in the contract's encoding")
		}
	default:
		return invalid(in.path+s.protocol.Field("document_type"), "is neither text nor hash")
	}
	a.add(Document{Title: title, Type: kind, Text: text}, text)
	return nil
}

// documents is the content that K3511 and K3521 have signed.
func (s *Service) documents(a *asked, in *input) *failure {
	elements, err := in.list("documents")
	if err != nil {
		return err
	}
	name := s.protocol.Field("documents")
	if len(elements) < minDocuments || len(elements) > maxDocuments {
		return invalid(name, "are not 2 to 200")
	}
	for i, element := range elements {
		if err := s.element(a, element, fmt.Sprintf("%s[%d].", name, i)); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) element(a *asked, element json.RawMessage, path string) *failure {
	in, err := objectInput(s.protocol, element, path)
	if err != nil {
		return err
	}
	title, err := in.optional("title")
	if err != nil {
		return err
	}
	if err := s.document(a, title, in); err != nil {
		return err
	}
	return in.end()
}

// textToSign reads a text that the institution did not send with its request.
func textToSign(text string, items []string) *asked {
	a := &asked{items: items}
	a.add(Document{Text: text}, text)
	return a
}

// add adds a document as the user sees it, and the bytes that are signed.
func (a *asked) add(d Document, signed string) {
	a.documents = append(a.documents, d)
	a.signed = append(a.signed, []byte(signed))
}
