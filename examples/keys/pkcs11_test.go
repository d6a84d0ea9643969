package keys_test

import (
	"context"
	"crypto/rand"
	"os"
	"path/filepath"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/miekg/pkcs11"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/examples/keys"
	"github.com/kakaocert-go/kakaocert/internal/judge"
)

func staticCredentials(context.Context) (aws.Credentials, error) {
	return aws.Credentials{AccessKeyID: "id", SecretAccessKey: "secret"}, nil
}

const (
	softHSM = "/usr/lib/softhsm/libsofthsm2.so" // of Debian's package softhsm2
	pin     = "1234"
	label   = "kakaocert"
)

// token is a token of SoftHSM in a directory of the test's own, with a session
// that is logged in.
func token(t *testing.T) (*pkcs11.Ctx, pkcs11.SessionHandle) {
	t.Helper()
	judge.Need(t, "softhsm2-util")
	dir := t.TempDir()
	config := filepath.Join(dir, "softhsm2.conf")
	require.NoError(t, os.WriteFile(config, []byte("directories.tokendir = "+dir+"\nlog.level = ERROR\n"), 0o600))
	t.Setenv("SOFTHSM2_CONF", config)
	module := pkcs11.New(softHSM)
	require.NotNil(t, module)
	require.NoError(t, module.Initialize())
	t.Cleanup(func() { _ = module.Finalize(); module.Destroy() })
	slots, err := module.GetSlotList(false)
	require.NoError(t, err)
	require.NoError(t, module.InitToken(slots[0], pin, "test"))
	slots, err = module.GetSlotList(true)
	require.NoError(t, err)
	session, err := module.OpenSession(slots[0], pkcs11.CKF_SERIAL_SESSION|pkcs11.CKF_RW_SESSION)
	require.NoError(t, err)
	require.NoError(t, module.Login(session, pkcs11.CKU_SO, pin))
	require.NoError(t, module.InitPIN(session, pin))
	require.NoError(t, module.Logout(session))
	require.NoError(t, module.Login(session, pkcs11.CKU_USER, pin))
	return module, session
}

// makeKey makes a key that cannot leave the token.
func makeKey(t *testing.T, module *pkcs11.Ctx, session pkcs11.SessionHandle) pkcs11.ObjectHandle {
	t.Helper()
	key, err := module.GenerateKey(session, []*pkcs11.Mechanism{pkcs11.NewMechanism(pkcs11.CKM_AES_KEY_GEN, nil)}, []*pkcs11.Attribute{
		pkcs11.NewAttribute(pkcs11.CKA_LABEL, label), pkcs11.NewAttribute(pkcs11.CKA_TOKEN, true),
		pkcs11.NewAttribute(pkcs11.CKA_VALUE_LEN, 32), pkcs11.NewAttribute(pkcs11.CKA_SENSITIVE, true),
		pkcs11.NewAttribute(pkcs11.CKA_EXTRACTABLE, false),
		pkcs11.NewAttribute(pkcs11.CKA_ENCRYPT, true), pkcs11.NewAttribute(pkcs11.CKA_DECRYPT, true),
	})
	require.NoError(t, err)
	return key
}

// wrap is what is done once, when the contract's key arrives.
func wrap(t *testing.T, module *pkcs11.Ctx, session pkcs11.SessionHandle, key pkcs11.ObjectHandle) []byte {
	t.Helper()
	iv := make([]byte, 12)
	_, _ = rand.Read(iv)
	parameters := pkcs11.NewGCMParams(iv, nil, 128)
	defer parameters.Free()
	require.NoError(t, module.EncryptInit(session, []*pkcs11.Mechanism{pkcs11.NewMechanism(pkcs11.CKM_AES_GCM, parameters)}, key))
	ciphertext, err := module.Encrypt(session, []byte(plain))
	require.NoError(t, err)
	return append(iv, ciphertext...)
}

func TestPKCS11_UnwrapsWithAKeyThatCannotLeaveItsToken(t *testing.T) {
	module, session := token(t)
	wrapped := wrap(t, module, session, makeKey(t, module, session))
	unwrap := keys.PKCS11(module, session, label)
	opened, err := unwrap(t.Context(), wrapped)
	require.NoError(t, err)
	assert.Equal(t, plain, string(opened))

	wrapped[20] ^= 1
	_, err = unwrap(t.Context(), wrapped)
	assert.Error(t, err, "changed")
	_, err = unwrap(t.Context(), wrapped[:27])
	assert.Error(t, err, "cut")
	_, err = keys.PKCS11(module, session, "another")(t.Context(), wrapped)
	assert.Error(t, err, "no such key")
	makeKey(t, module, session)
	_, err = unwrap(t.Context(), wrapped)
	assert.Error(t, err, "two keys of one label")
}
