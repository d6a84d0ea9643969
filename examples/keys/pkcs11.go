package keys

import (
	"context"
	"errors"

	"github.com/miekg/pkcs11"
)

const (
	ivLength  = 12  // bytes, in front of the ciphertext
	tagLength = 128 // bits
)

// PKCS11 unwraps with an AES key that never leaves its HSM, in GCM: the IV of 12
// bytes, then the ciphertext and its tag of 16 bytes. The session is logged in to
// the token that contains the key under this label.
func PKCS11(module *pkcs11.Ctx, session pkcs11.SessionHandle, label string) Unwrap {
	return func(_ context.Context, wrapped []byte) ([]byte, error) {
		if len(wrapped) < ivLength+tagLength/8 {
			return nil, errors.New("pkcs11: what was wrapped must be at least 28 bytes")
		}
		key, err := findKey(module, session, pkcs11.CKO_SECRET_KEY, label)
		if err != nil {
			return nil, err
		}
		parameters := pkcs11.NewGCMParams(wrapped[:ivLength], nil, tagLength)
		defer parameters.Free()
		mechanism := []*pkcs11.Mechanism{pkcs11.NewMechanism(pkcs11.CKM_AES_GCM, parameters)}
		if err := module.DecryptInit(session, mechanism, key); err != nil {
			return nil, err
		}
		return module.Decrypt(session, wrapped[ivLength:])
	}
}

func findKey(module *pkcs11.Ctx, session pkcs11.SessionHandle, class uint, label string) (pkcs11.ObjectHandle, error) {
	err := module.FindObjectsInit(session, []*pkcs11.Attribute{
		pkcs11.NewAttribute(pkcs11.CKA_CLASS, class), pkcs11.NewAttribute(pkcs11.CKA_LABEL, label),
	})
	if err != nil {
		return 0, err
	}
	found, _, err := module.FindObjects(session, 2)
	if err := errors.Join(err, module.FindObjectsFinal(session)); err != nil {
		return 0, err
	}
	if len(found) != 1 {
		return 0, errors.New("pkcs11: the token must have one key of the kind with this label")
	}
	return found[0], nil
}
