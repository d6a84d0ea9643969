package evidence

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hpke"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// wrapped is a file's secret, sealed to one key. (FORMAT.md, "Secrets")
type wrapped struct {
	To     string `json:"to"`
	How    string `json:"how"`
	Sealed []byte `json:"sealed"`
}

// usage binds a wrapped secret to its file.
func usage(kind Kind, id string) string {
	return "kakaocert evidence 2 secret " + string(kind) + " " + id
}

// wrapFor seals a file's secret to a recipient.
func (r Recipient) wrapFor(secret []byte, use string) (wrapped, error) {
	sealed, err := hpke.Seal(r.public, hpke.HKDFSHA256(), hpke.AES256GCM(), []byte(use), secret)
	return wrapped{To: r.id, How: r.how, Sealed: sealed}, err
}

// unwrap opens what is sealed. The error is ErrKey where the private key fails,
// as one in an HSM can: that says nothing about what is sealed.
func (o Opener) unwrap(w wrapped, use string) ([]byte, error) {
	private := o.hidden.Value()
	size := kems[private.KEM().ID()].size
	if len(w.Sealed) < size {
		return nil, errTag
	}
	encapsulated, sealed := w.Sealed[:size], w.Sealed[size:]
	if _, err := private.KEM().NewPublicKey(encapsulated); err != nil && o.how != howHybrid {
		return nil, errTag // no private key can do anything with it
	}
	recipient, err := hpke.NewRecipient(encapsulated, private, hpke.HKDFSHA256(), hpke.AES256GCM(), []byte(use))
	if err != nil {
		return nil, fmt.Errorf("%w: %s failed: %w", ErrKey, keyName(o.id), err)
	}
	return recipient.Open(nil, sealed)
}

// wrapFor seals a file's secret to the key itself: after a nonce of 12 random
// bytes, with the usage as additional data.
func (k Key) wrapFor(secret []byte, use string) wrapped {
	nonce := make([]byte, 12)
	_, _ = rand.Read(nonce) // never fails
	return wrapped{To: k.ID(), How: howKey, Sealed: newGCM(k.secrets().wrap).Seal(nonce, nonce, secret, []byte(use))}
}

func (s *secrets) unwrap(w wrapped, use string) ([]byte, error) {
	if len(w.Sealed) < 12 {
		return nil, errTag
	}
	return newGCM(s.wrap).Open(nil, w.Sealed[:12], w.Sealed[12:], []byte(use))
}

// newGCM is AES-256-GCM under 32 bytes.
func newGCM(key []byte) cipher.AEAD {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic("evidence: " + err.Error()) // 32 bytes are a key of AES
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic("evidence: " + err.Error()) // AES has blocks of 16 bytes
	}
	return aead
}

// wrapAll seals a new file's secret to all recipients, or without recipients to
// the writers' key.
func (r *keyring) wrapAll(key Key, secret []byte, use string) ([]wrapped, error) {
	if len(r.recipients) == 0 {
		return []wrapped{key.wrapFor(secret, use)}, nil
	}
	all := make([]wrapped, len(r.recipients))
	for i, recipient := range r.recipients {
		var err error
		if all[i], err = recipient.wrapFor(secret, use); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// unwrap opens a secret with the first matching key that works. The error is
// ErrKey where none was given or could be used, and ErrDamaged where a key does
// not open the secret.
func (r *keyring) unwrap(all []wrapped, use string) (secret []byte, suite string, err error) {
	var names []string
	var failed error
	for _, w := range all {
		secret, suite, err = nil, suiteGCM, nil
		if secrets := r.find(w.To); secrets != nil && w.How == howKey {
			secret, err = secrets.unwrap(w, use)
			suite = secrets.suite
		} else if opener, found := r.openers[w.To]; found && opener.how == w.How {
			secret, err = opener.unwrap(w, use)
		} else {
			names = append(names, keyName(w.To))
			continue
		}
		if errors.Is(err, ErrKey) {
			failed = err
			continue
		}
		if err != nil || len(secret) != KeySize {
			return nil, "", damaged("secret is not as it was sealed")
		}
		return secret, suite, nil
	}
	if failed != nil {
		return nil, "", failed
	}
	return nil, "", fmt.Errorf("%w: %s", ErrKey, strings.Join(names, " or "))
}

// recoveryOf is the content of a recovery key's object: one wrapped secret.
func recoveryOf(key Key, secret []byte, record string) ([]byte, error) {
	return json.Marshal(key.wrapFor(secret, usage(KindRecovery, record)))
}
