package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestInspectShowsGoodAndBadAlike(t *testing.T) {
	t.Parallel()
	good, forged := vector("good", "rsa-in-pieces.ber"), vector("bad", "unknown-authority_self-signed.der")
	got := call(t, nil, "", "inspect", good, forged, "--json")
	require.Equal(t, exitDone, got.code, got.errors)
	messages := objects[message](t, got.out)
	require.Len(t, messages, 2)
	assert.Equal(t, good, messages[0].File)
	assert.Equal(t, "BER", messages[0].Encoding)
	assert.Equal(t, "data", messages[0].ContentType)
	assert.Equal(t, 40, messages[0].ContentLength)
	assert.Equal(t, []string{"SHA-256"}, messages[0].Digests)
	assert.Equal(t, "RSA with SHA-256", messages[0].Signers[0].Signature)
	assert.Contains(t, messages[0].Signers[0].SignedAttributes, "messageDigest")
	assert.Len(t, messages[0].Certificates, 2)
	assert.Equal(t, messages[0].Certificates[0].Serial, messages[0].Signers[0].Serial)
	for _, m := range messages {
		assert.True(t, m.Read)
		assert.False(t, m.Verified, "inspect verifies nothing")
	}
	assert.NotContains(t, got.out, "홍길동")
}

func TestInspectForPeople(t *testing.T) {
	t.Parallel()
	got := call(t, nil, "", "inspect", vector("good", "detached.der"), vector("good", "key-identifier.der"))
	require.Equal(t, exitDone, got.code)
	assert.Contains(t, got.out, "nothing was verified")
	assert.Contains(t, got.out, "not attached")
	assert.Contains(t, got.out, "key identifier")
	assert.NotContains(t, got.out, "홍길동")
	assert.Contains(t, call(t, nil, "", "inspect", "--show-subject", vector("good", "rsa.der")).out, "CN=홍길동")
}

func TestInspectExitCodes(t *testing.T) {
	t.Parallel()
	got := call(t, nil, "", "inspect", "--json", vector("bad", "truncated.der"), vector("good", "rsa.der"))
	assert.Equal(t, exitNo, got.code)
	messages := objects[message](t, got.out)
	assert.Equal(t, message{
		File: vector("bad", "truncated.der"), Defect: "truncated",
		Digests: []string{}, Certificates: []certificate{}, Signers: []signerClaim{},
	}, messages[0])
	assert.Contains(t, call(t, nil, "", "inspect", vector("bad", "truncated.der")).out, "cannot be read: truncated")
	assert.Equal(t, exitWrong, call(t, nil, "", "inspect", "nothing.p7s").code)
	assert.Equal(t, exitWrong, call(t, nil, "", "inspect").code)
	assert.Equal(t, exitNo, call(t, nil, "", "inspect", "-").code, "empty standard input is a message that cannot be read")
}
