package verify

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/internal/command/call"
	"github.com/kakaocert-go/kakaocert/internal/command/call/calltest"
)

func TestInspectShowsGoodAndBadAlike(t *testing.T) {
	t.Parallel()
	good, forged := calltest.Vector("good", "rsa-in-pieces.ber"), calltest.Vector("bad", "unknown-authority_self-signed.der")
	got := run(t, nil, "", "inspect", good, forged, "--json")
	require.Equal(t, call.ExitDone, got.Code, got.Errors)
	messages := calltest.Objects[message](t, got.Out)
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
	assert.NotContains(t, got.Out, "홍길동")
}

func TestInspectForPeople(t *testing.T) {
	t.Parallel()
	got := run(t, nil, "", "inspect", calltest.Vector("good", "detached.der"), calltest.Vector("good", "key-identifier.der"))
	require.Equal(t, call.ExitDone, got.Code)
	assert.Contains(t, got.Out, "nothing was verified")
	assert.Contains(t, got.Out, "not attached")
	assert.Contains(t, got.Out, "key identifier")
	assert.NotContains(t, got.Out, "홍길동")
	assert.Contains(t, run(t, nil, "", "inspect", "--show-subject", calltest.Vector("good", "rsa.der")).Out, "CN=홍길동")
}

func TestInspectExitCodes(t *testing.T) {
	t.Parallel()
	got := run(t, nil, "", "inspect", "--json", calltest.Vector("bad", "truncated.der"), calltest.Vector("good", "rsa.der"))
	assert.Equal(t, call.ExitNo, got.Code)
	messages := calltest.Objects[message](t, got.Out)
	assert.Equal(t, message{
		File: calltest.Vector("bad", "truncated.der"), Defect: "truncated",
		Digests: []string{}, Certificates: []certificate{}, Signers: []signerClaim{},
	}, messages[0])
	assert.Contains(t, run(t, nil, "", "inspect", calltest.Vector("bad", "truncated.der")).Out, "cannot be read: truncated")
	assert.Equal(t, call.ExitWrong, run(t, nil, "", "inspect", "nothing.p7s").Code)
	assert.Equal(t, call.ExitWrong, run(t, nil, "", "inspect").Code)
	assert.Equal(t, call.ExitNo, run(t, nil, "", "inspect", "-").Code, "empty standard input is a message that cannot be read")
}
