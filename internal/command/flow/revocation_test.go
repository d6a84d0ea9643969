package flow

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/internal/command/call"
	"github.com/kakaocert-go/kakaocert/internal/command/call/calltest"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

func TestContract_RevokedCertificateIsRefused(t *testing.T) {
	t.Parallel()
	text := calltest.Write(t, "contract.txt", []byte(calltest.ContractText))
	for name, test := range map[string]struct {
		args []string
		code int
	}{
		"default": {nil, call.ExitNo},
		"soft":    {[]string{"--revocation", "soft"}, call.ExitNo},
		"off":     {[]string{"--revocation", "off"}, call.ExitDone},
		"other":   {[]string{"--revocation", "maybe"}, call.ExitWrong},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHost(t)
			require.NoError(t, h.Inject(kakaocerttest.Fault{Kind: kakaocerttest.RevokedCertificate}))
			got, called := h.flow(append([]string{"contract", "--text", text}, test.args...)...)
			require.Equal(t, test.code, called.Code, called.Errors)
			switch test.code {
			case call.ExitNo:
				require.Len(t, got.Signatures, 1)
				assert.Equal(t, "revoked", got.Signatures[0].Revocation)
				assert.Equal(t, "revoked", got.Signatures[0].Defect)
				assert.Empty(t, got.Files)
			case call.ExitDone:
				assert.Contains(t, called.Errors, "revocation was not checked")
				assert.Empty(t, got.Signatures[0].Revocation)
			default:
				assert.Zero(t, h.Calls("prepare"))
			}
		})
	}
}

func TestContract_RevocationIsFetchedFromTheHost(t *testing.T) {
	t.Parallel()
	text := calltest.Write(t, "contract.txt", []byte(calltest.ContractText))
	h := newHost(t)
	out := t.TempDir() + "/out"
	got, called := h.flow("contract", "--text", text, "--out", out)
	require.Equal(t, call.ExitDone, called.Code, called.Errors)
	assert.Equal(t, "good", got.Signatures[0].Revocation)
	assert.NotContains(t, called.Errors, "revocation")

	signed, roots := out+"/document-001.p7s", out+"/"+rootsFile
	fetched := run(t, h.Environ, "", "verify", "--roots", roots, "--content", text, "--fetch", signed)
	require.Equal(t, call.ExitDone, fetched.Code, fetched.Errors)
	assert.Contains(t, fetched.Out, "revocation, content")

	without := run(t, nil, "", "verify", "--roots", roots, "--content", text, signed)
	assert.Equal(t, call.ExitDone, without.Code)
	assert.Contains(t, without.Out, "not checked")

	refused := run(t, nil, "", "verify", "--roots", roots, "--fetch", signed)
	assert.Equal(t, call.ExitNo, refused.Code, "without the simulator's address none on this machine is followed")
	assert.Contains(t, refused.Out, "revocation-unknown")

	require.NoError(t, h.Revoke(kakaocerttest.DefaultUser().Phone))
	again := run(t, h.Environ, "", "verify", "--roots", roots, "--fetch", signed)
	assert.Equal(t, call.ExitNo, again.Code)
	assert.Contains(t, again.Out, "revoked")
	wrong := run(t, h.Environ, "", "verify", "--roots", roots, "--fetch", "--revocation", "off", signed)
	assert.Equal(t, call.ExitWrong, wrong.Code)
}
