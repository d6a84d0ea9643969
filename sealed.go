package kakaocert

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"encoding/json"
	"slices"
)

// SealKey encrypts personal data that a program keeps in a row, a queue or a
// cookie. It is the institution's own, never the contract's. It prints as
// [redacted].
type SealKey struct {
	redacted
	id   string
	aead cipher.AEAD
}

// NewSealKey makes a key of 32 random bytes. The ID, 1 to 64 characters of
// printable ASCII, is in clear in every sealed value.
func NewSealKey(id string, key []byte) (*SealKey, error) {
	if id == "" || len(id) > 64 || !isGraphic(id) {
		return nil, &ArgumentError{Field: "id", Reason: "must be 1 to 64 characters of printable ASCII"}
	}
	if len(key) != 32 {
		return nil, &ArgumentError{Field: "key", Reason: "must be 32 bytes"}
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, err
	}
	return &SealKey{id: id, aead: aead}, nil
}

// Sealable is what [Seal] takes.
type Sealable interface {
	User | Person | Consent | Document | []Document | Secret | K2100Login
}

// sealVersion is the first byte of a sealed value. After it come the length of
// the key's ID, the ID, the nonce and the ciphertext.
const sealVersion = 1

// Seal encrypts a value with AES-256-GCM. The context says where it belongs,
// such as the ID of a row, and [Unseal] must be given the same. Version, type,
// key ID and context are authenticated.
func Seal[T Sealable](key *SealKey, context string, value T) ([]byte, error) {
	if key == nil {
		return nil, &ArgumentError{Field: "SealKey", Reason: "must not be nil"}
	}
	kind, form, err := sealForm(value)
	if err != nil {
		return nil, err
	}
	plain, err := json.Marshal(form)
	if err != nil {
		return nil, err
	}
	if replaced(plain) {
		return nil, &ArgumentError{Field: "value", Reason: notUTF8}
	}
	head := append([]byte{sealVersion, byte(len(key.id))}, key.id...)
	return key.aead.Seal(head, nil, plain, sealedWith(kind, key.id, context)), nil
}

// Unseal opens what [Seal] made, for the same type and context, with the one of
// the keys that it names. The error is [ErrUnseal].
func Unseal[T Sealable](sealed []byte, context string, keys ...*SealKey) (T, error) {
	var value T
	id, box, ok := splitSealed(sealed)
	at := slices.IndexFunc(keys, func(k *SealKey) bool { return k != nil && k.id == id })
	if !ok || at < 0 {
		return value, ErrUnseal
	}
	kind, _, _ := sealForm(value)
	plain, err := keys[at].aead.Open(nil, nil, box, sealedWith(kind, id, context))
	if err != nil {
		return value, ErrUnseal
	}
	if err := unsealForm(plain, &value); err != nil {
		return value, ErrUnseal
	}
	return value, nil
}

func splitSealed(sealed []byte) (id string, box []byte, ok bool) {
	if len(sealed) < 2 || sealed[0] != sealVersion || len(sealed) < 2+int(sealed[1]) {
		return "", nil, false
	}
	end := 2 + int(sealed[1])
	return string(sealed[2:end]), sealed[end:], true
}

// sealedWith is the additional data: each part with its length in front, so that
// no two lists of parts are the same bytes.
func sealedWith(parts ...string) []byte {
	data := []byte{sealVersion}
	for _, part := range parts {
		data = binary.BigEndian.AppendUint64(data, uint64(len(part)))
		data = append(data, part...)
	}
	return data
}

// The forms in which values are sealed. Their names never change.
type (
	sealedUser struct {
		Kind   userKind     `json:"kind"`
		Person sealedPerson `json:"person"`
		CI     string       `json:"ci,omitempty"`
	}
	sealedPerson struct {
		Name     string `json:"name,omitempty"`
		Birthday string `json:"birthday,omitempty"`
		Phone    string `json:"phone,omitempty"`
	}
	sealedDocument struct {
		Title  string `json:"title,omitempty"`
		Text   string `json:"text,omitempty"`
		Digest []byte `json:"digest,omitempty"` // of a document that was given as SHA-256
	}
)

var errNothingToSeal = &ArgumentError{Field: "value", Reason: "must be set"}

func sealForm(value any) (kind string, form any, err error) {
	switch v := value.(type) {
	case User:
		d := v.data.Get()
		if d == nil {
			return "user", nil, errNothingToSeal
		}
		return "user", sealedUser{d.kind, personForm(d.person), d.ci}, nil
	case Person:
		return "person", personForm(v), nil
	case Consent:
		return "consent", v.items(), nil
	case Document:
		form, err := documentForm(v)
		return "document", form, err
	case []Document:
		forms := make([]sealedDocument, len(v))
		for i, d := range v {
			if forms[i], err = documentForm(d); err != nil {
				return "documents", nil, err
			}
		}
		return "documents", forms, nil
	case Secret:
		return "secret", v.Reveal(), nil
	case K2100Login:
		d := v.data.Get()
		if d == nil {
			return "login", nil, errNothingToSeal
		}
		return "login", *d, nil
	}
	return "", nil, errNothingToSeal
}

func personForm(p Person) sealedPerson { return sealedPerson{p.Name, p.Birthday, p.Phone} }

func documentForm(d Document) (sealedDocument, error) {
	inside := d.data.Get()
	if inside == nil {
		return sealedDocument{}, errNothingToSeal
	}
	form := sealedDocument{Title: inside.title, Text: inside.text}
	if inside.hashed {
		form.Digest = inside.digest[:]
	}
	return form, nil
}

func unsealForm(plain []byte, into any) error {
	read := func(form any) error {
		decoder := json.NewDecoder(bytes.NewReader(plain))
		decoder.DisallowUnknownFields()
		return decoder.Decode(form)
	}
	switch value := into.(type) {
	case *User:
		var form sealedUser
		if err := read(&form); err != nil {
			return err
		}
		*value = User{data: hide(userData{person: form.Person.person(), ci: form.CI, kind: form.Kind})}
	case *Person:
		var form sealedPerson
		if err := read(&form); err != nil {
			return err
		}
		*value = form.person()
	case *Consent:
		items := make(map[string]string)
		if err := read(&items); err != nil {
			return err
		}
		*value = *consentOf(items)
	case *Document:
		var form sealedDocument
		if err := read(&form); err != nil {
			return err
		}
		*value = form.document()
	case *[]Document:
		var forms []sealedDocument
		if err := read(&forms); err != nil {
			return err
		}
		for _, form := range forms {
			*value = append(*value, form.document())
		}
	case *Secret:
		var text string
		if err := read(&text); err != nil {
			return err
		}
		*value = NewSecret(text)
	case *K2100Login:
		var form loginData
		if err := read(&form); err != nil {
			return err
		}
		*value = K2100Login{data: hide(form)}
	}
	return nil
}

func (p sealedPerson) person() Person {
	return Person{Name: p.Name, Birthday: p.Birthday, Phone: p.Phone}
}

func (d sealedDocument) document() Document {
	if len(d.Digest) == 32 {
		return DigestDocument(d.Title, [32]byte(d.Digest))
	}
	return TextDocument(d.Title, d.Text)
}
