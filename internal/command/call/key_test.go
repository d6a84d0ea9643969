package call_test

import (
	"encoding/base64"
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/evidence"
	"github.com/kakaocert-go/kakaocert/internal/command/call"
	"github.com/kakaocert-go/kakaocert/internal/command/call/calltest"
)

func TestKeyFiles(t *testing.T) {
	t.Parallel()
	raw := []byte("0123456789abcdef0123456789abcdef") // 32 bytes that are hex of 16 too
	want, err := evidence.NewKey(raw)
	require.NoError(t, err)
	for name, data := range map[string][]byte{
		"raw":    raw,
		"hex":    []byte(hex.EncodeToString(raw) + "\n"),
		"Base64": []byte(base64.StdEncoding.EncodeToString(raw) + "\r\n"),
	} {
		key, err := call.ReadKey(calltest.Write(t, "key", data))
		require.NoError(t, err, name)
		assert.Equal(t, want.ID(), key.ID(), name)
	}
	for name, data := range map[string][]byte{
		"empty": nil, "short": raw[:31], "zero": make([]byte, 32), "hex of 31": []byte(hex.EncodeToString(raw[:31])),
		"Base64 of 33": []byte(base64.StdEncoding.EncodeToString(append(raw, 1))),
	} {
		_, err := call.ReadKey(calltest.Write(t, "key", data))
		require.ErrorAs(t, err, new(call.WrongCall), name)
		assert.NotContains(t, err.Error(), "0123456789")
	}
}
