package keys_test

import (
	"bytes"
	"crypto/ecdh"
	"crypto/rand"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"path/filepath"
	"testing"
	"time"

	"github.com/miekg/pkcs11"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/evidence"
	"github.com/kakaocert-go/kakaocert/examples/keys"
)

var (
	oidP256 = asn1.ObjectIdentifier{1, 2, 840, 10045, 3, 1, 7}
	oidP384 = asn1.ObjectIdentifier{1, 3, 132, 0, 34}
)

// makePair makes a key pair whose private key cannot leave the token. The two
// keys have labels of their own, so that a test can mix pairs.
func makePair(t *testing.T, module *pkcs11.Ctx, session pkcs11.SessionHandle, curve asn1.ObjectIdentifier, public, private string, derive bool) (publicKey, privateKey pkcs11.ObjectHandle) {
	t.Helper()
	parameters, err := asn1.Marshal(curve)
	require.NoError(t, err)
	publicKey, privateKey, err = module.GenerateKeyPair(session, []*pkcs11.Mechanism{pkcs11.NewMechanism(pkcs11.CKM_EC_KEY_PAIR_GEN, nil)},
		[]*pkcs11.Attribute{
			pkcs11.NewAttribute(pkcs11.CKA_LABEL, public), pkcs11.NewAttribute(pkcs11.CKA_TOKEN, true),
			pkcs11.NewAttribute(pkcs11.CKA_EC_PARAMS, parameters),
		}, []*pkcs11.Attribute{
			pkcs11.NewAttribute(pkcs11.CKA_LABEL, private), pkcs11.NewAttribute(pkcs11.CKA_TOKEN, true),
			pkcs11.NewAttribute(pkcs11.CKA_PRIVATE, true), pkcs11.NewAttribute(pkcs11.CKA_SENSITIVE, true),
			pkcs11.NewAttribute(pkcs11.CKA_EXTRACTABLE, false), pkcs11.NewAttribute(pkcs11.CKA_DERIVE, derive),
		})
	require.NoError(t, err)
	return publicKey, privateKey
}

// recipientOf takes the public key the way that it goes to the writers: in PEM.
func recipientOf(t *testing.T, key *keys.ArchiveKey) evidence.Recipient {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key.PublicKey())
	require.NoError(t, err)
	recipient, err := evidence.ParseRecipient(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	require.NoError(t, err)
	return recipient
}

// sealOne writes one record as a server does whose flow has ended: its own key
// does not open it any more.
func sealOne(t *testing.T, path string, key evidence.Key, recipient evidence.Recipient, answer string) (id string) {
	t.Helper()
	log, err := evidence.Open(path, key, recipient)
	require.NoError(t, err)
	record, err := log.Begin(t.Context(), kakaocert.EvidenceMeta{Product: string(kakaocert.K3510), TxID: "9876543210", BegunAt: time.Now(), Attempt: 1})
	require.NoError(t, err)
	_, err = record.Write([]byte(answer))
	require.NoError(t, err)
	require.NoError(t, record.Commit())
	for recalled, err := range log.Recall(t.Context(), "9876543210") {
		require.NoError(t, err)
		id = recalled.ID
	}
	require.NoError(t, log.Forget(t.Context(), id))
	require.NoError(t, log.Close())
	return id
}

func read(t *testing.T, path, id string, options ...evidence.KeyOption) (string, error) {
	t.Helper()
	archive, err := evidence.OpenArchive(path, options...)
	require.NoError(t, err)
	defer func() { assert.NoError(t, archive.Close()) }()
	record, err := archive.Record(t.Context(), id)
	if err != nil {
		return "", err
	}
	return string(record.Body()), nil
}

func TestArchiveKey_OpensSealedEvidenceWithoutLeavingItsToken(t *testing.T) {
	module, session := token(t)
	_, private := makePair(t, module, session, oidP256, label, label, true)
	archiveKey, err := keys.NewArchiveKey(module, session, label)
	require.NoError(t, err)
	opener, err := archiveKey.Opener()
	require.NoError(t, err)
	recipient := recipientOf(t, archiveKey)
	assert.Equal(t, recipient.ID(), opener.ID())

	path := filepath.Join(t.TempDir(), "evidence")
	writers, err := evidence.NewKey(bytes.Repeat([]byte{1}, evidence.KeySize))
	require.NoError(t, err)
	id := sealOne(t, path, writers, recipient, `{"answer":"whole"}`)
	_, err = read(t, path, id, writers)
	require.ErrorIs(t, err, evidence.ErrKey, "the writers' key")
	answer, err := read(t, path, id, opener)
	require.NoError(t, err)
	assert.Equal(t, `{"answer":"whole"}`, answer)

	_, err = module.GetAttributeValue(session, private, []*pkcs11.Attribute{pkcs11.NewAttribute(pkcs11.CKA_VALUE, nil)})
	require.ErrorIs(t, err, pkcs11.Error(pkcs11.CKR_ATTRIBUTE_SENSITIVE))
	require.NoError(t, module.FindObjectsInit(session, []*pkcs11.Attribute{pkcs11.NewAttribute(pkcs11.CKA_CLASS, pkcs11.CKO_SECRET_KEY)}))
	left, _, err := module.FindObjects(session, 1)
	require.NoError(t, err)
	require.NoError(t, module.FindObjectsFinal(session))
	assert.Empty(t, left, "shared secrets in the token")

	require.NoError(t, module.CloseSession(session))
	_, err = read(t, path, id, opener)
	require.ErrorIs(t, err, pkcs11.Error(pkcs11.CKR_SESSION_HANDLE_INVALID), "without the token")
	require.NotErrorIs(t, err, evidence.ErrDamaged)
}

// The shared secret is 32 bytes, the first of which is 0 once in 256 exchanges.
func TestArchiveKey_KeepsLeadingZeroOfSharedSecret(t *testing.T) {
	module, session := token(t)
	makePair(t, module, session, oidP256, label, label, true)
	key, err := keys.NewArchiveKey(module, session, label)
	require.NoError(t, err)
	for {
		other, err := ecdh.P256().GenerateKey(rand.Reader)
		require.NoError(t, err)
		want, err := other.ECDH(key.PublicKey())
		require.NoError(t, err)
		if want[0] != 0 {
			continue
		}
		secret, err := key.ECDH(other.PublicKey())
		require.NoError(t, err)
		assert.Equal(t, want, secret)
		return
	}
}

func TestNewArchiveKey_RefusesKeysThatOpenNothing(t *testing.T) {
	module, session := token(t)
	makePair(t, module, session, oidP256, "public", "mixed", true)
	makePair(t, module, session, oidP256, "mixed", "private", true)
	makePair(t, module, session, oidP256, "signing", "signing", false)
	makePair(t, module, session, oidP384, "P-384", "P-384", true)
	makePair(t, module, session, oidP256, "twice", "twice", true)
	makePair(t, module, session, oidP256, "twice", "twice", true)
	for label, why := range map[string]string{
		"none": "one key of the kind", "public": "one key of the kind", "private": "one key of the kind", "twice": "one key of the kind",
		"mixed": "one pair", "signing": "CKR_KEY_FUNCTION_NOT_PERMITTED", "P-384": "invalid P256 point",
	} {
		key, err := keys.NewArchiveKey(module, session, label)
		require.ErrorContains(t, err, why, label)
		assert.Nil(t, key, label)
	}
}
