package keys

import (
	"bytes"
	"crypto/ecdh"
	"crypto/hpke"
	"crypto/rand"
	"errors"
	"sync"

	"github.com/miekg/pkcs11"

	"github.com/kakaocert-go/kakaocert/evidence"
)

const (
	secretLength = 32 // bytes, of what an exchange on P-256 gives
	pointLength  = 65 // bytes, of an uncompressed point on P-256
)

// ArchiveKey is an archive's private key on P-256 that never leaves its HSM. It
// is an [ecdh.KeyExchanger]: for each record the HSM gives the shared secret that
// opens this one record, so it can count, limit and log what is read.
type ArchiveKey struct {
	module  *pkcs11.Ctx
	session pkcs11.SessionHandle
	private pkcs11.ObjectHandle
	public  *ecdh.PublicKey
	mu      sync.Mutex // PKCS #11 allows one call at a time in a session
}

// NewArchiveKey finds the key pair under this label, and makes sure that the two
// keys belong together: what is sealed to another key's public key would be lost.
// The session is logged in to the token, and is used for nothing else.
func NewArchiveKey(module *pkcs11.Ctx, session pkcs11.SessionHandle, label string) (*ArchiveKey, error) {
	private, err := findKey(module, session, pkcs11.CKO_PRIVATE_KEY, label)
	if err != nil {
		return nil, err
	}
	public, err := findKey(module, session, pkcs11.CKO_PUBLIC_KEY, label)
	if err != nil {
		return nil, err
	}
	point, err := attribute(module, session, public, pkcs11.CKA_EC_POINT)
	if err != nil {
		return nil, err
	}
	if len(point) == pointLength+2 {
		point = point[2:] // the header of an OCTET STRING, which some tokens leave out
	}
	k := &ArchiveKey{module: module, session: session, private: private}
	if k.public, err = ecdh.P256().NewPublicKey(point); err != nil {
		return nil, err
	}
	if err := k.try(); err != nil {
		return nil, err
	}
	return k, nil
}

// Opener opens the evidence that is sealed to the key: give it to
// [evidence.OpenArchive] or [evidence.NewArchive].
func (k *ArchiveKey) Opener() (evidence.Opener, error) {
	private, err := hpke.NewDHKEMPrivateKey(k)
	if err != nil {
		return evidence.Opener{}, err
	}
	return evidence.NewOpener(private)
}

// Curve is P-256.
func (k *ArchiveKey) Curve() ecdh.Curve { return ecdh.P256() }

// PublicKey is what the writers seal to. They need it alone, and no HSM.
func (k *ArchiveKey) PublicKey() *ecdh.PublicKey { return k.public }

// ECDH makes the exchange in the HSM.
func (k *ArchiveKey) ECDH(remote *ecdh.PublicKey) (secret []byte, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	parameters := pkcs11.NewECDH1DeriveParams(pkcs11.CKD_NULL, nil, remote.Bytes())
	mechanism := []*pkcs11.Mechanism{pkcs11.NewMechanism(pkcs11.CKM_ECDH1_DERIVE, parameters)}
	derived, err := k.module.DeriveKey(k.session, mechanism, k.private, []*pkcs11.Attribute{
		pkcs11.NewAttribute(pkcs11.CKA_CLASS, pkcs11.CKO_SECRET_KEY), pkcs11.NewAttribute(pkcs11.CKA_KEY_TYPE, pkcs11.CKK_GENERIC_SECRET),
		pkcs11.NewAttribute(pkcs11.CKA_VALUE_LEN, secretLength), pkcs11.NewAttribute(pkcs11.CKA_TOKEN, false),
		pkcs11.NewAttribute(pkcs11.CKA_SENSITIVE, false), pkcs11.NewAttribute(pkcs11.CKA_EXTRACTABLE, true),
	})
	if err != nil {
		return nil, err
	}
	secret, err = attribute(k.module, k.session, derived, pkcs11.CKA_VALUE)
	if err := errors.Join(err, k.module.DestroyObject(k.session, derived)); err != nil {
		return nil, err
	}
	if len(secret) != secretLength {
		return nil, errors.New("pkcs11: the shared secret must be 32 bytes")
	}
	return secret, nil
}

// try makes one exchange with a key made for it, and compares the two sides.
func (k *ArchiveKey) try() error {
	other, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	inside, err := k.ECDH(other.PublicKey())
	if err != nil {
		return err
	}
	if outside, err := other.ECDH(k.public); err != nil || !bytes.Equal(inside, outside) {
		return errors.New("pkcs11: the private key and the public key with this label must be one pair")
	}
	return nil
}

func attribute(module *pkcs11.Ctx, session pkcs11.SessionHandle, object pkcs11.ObjectHandle, kind uint) ([]byte, error) {
	found, err := module.GetAttributeValue(session, object, []*pkcs11.Attribute{pkcs11.NewAttribute(kind, nil)})
	if err != nil {
		return nil, err
	}
	return found[0].Value, nil
}
