package evidencedir

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/internal/command/call"
	"github.com/kakaocert-go/kakaocert/internal/command/call/calltest"
)

// The printed checkpoint shows that a directory was set back.
func TestEvidenceCheckpoint(t *testing.T) {
	t.Parallel()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	der, err := x509.MarshalPKCS8PrivateKey(private)
	require.NoError(t, err)
	sign := calltest.Write(t, "sign.pem", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	der, err = x509.MarshalPKIXPublicKey(public)
	require.NoError(t, err)
	check := calltest.Write(t, "check.pem", pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	dir, _ := archived(t)
	before := filepath.Join(t.TempDir(), "before")
	require.NoError(t, os.CopyFS(before, os.DirFS(dir)))

	made := run(t, nil, "", "evidence", "checkpoint", dir, "--origin", "bank.example", "--sign-key", sign)
	require.Equal(t, call.ExitDone, made.Code, made.Errors)
	kept := calltest.Write(t, "checkpoint", []byte(made.Out))
	assert.Equal(t, made.Out, run(t, nil, "", "evidence", "checkpoint", dir, "--origin", "bank.example", "--sign-key", sign).Out, "nothing is new")
	got := run(t, nil, "", "evidence", "verify", dir, "--checkpoint", kept, "--checkpoint-key", check, "--origin", "bank.example", "--json")
	require.Equal(t, call.ExitDone, got.Code, got.Out+got.Errors)
	whole := auditOf(t, got).whole
	assert.Equal(t, 1, whole.Checkpoints)
	assert.True(t, whole.CheckpointsSigned)
	assert.Positive(t, whole.Covered)
	people := run(t, nil, "", "evidence", "verify", dir)
	assert.Contains(t, people.Out, "signatures not checked: --checkpoint-key")

	assert.Equal(t, call.ExitDone, run(t, nil, "", "evidence", "verify", before).Code, "an older copy is whole in itself")
	rolled := run(t, nil, "", "evidence", "verify", before, "--checkpoint", kept)
	assert.Equal(t, call.ExitNo, rolled.Code)
	assert.Contains(t, rolled.Out, "cut tail")
	other := run(t, nil, "", "evidence", "verify", dir, "--checkpoint-key", check, "--origin", "other.example")
	assert.Equal(t, call.ExitNo, other.Code)
	copied := filepath.Join(t.TempDir(), "copied")
	require.Equal(t, call.ExitDone, run(t, nil, "", "evidence", "copy", dir, "--to", copied).Code)
	assert.Equal(t, call.ExitDone, run(t, nil, "", "evidence", "verify", copied, "--checkpoint", kept).Code)
	assert.NotEqual(t, call.ExitDone, run(t, nil, "", "evidence", "copy", dir, "--to", copied).Code, "nothing is overwritten")
	for name, args := range map[string][]string{
		"no target":        {"copy", dir},
		"no origin":        {"checkpoint", dir, "--sign-key", sign},
		"a public key":     {"checkpoint", dir, "--origin", "bank.example", "--sign-key", check},
		"an origin's form": {"checkpoint", dir, "--origin", "bank example", "--sign-key", sign},
		"a key alone":      {"verify", dir, "--checkpoint-key", check},
		"no checkpoint":    {"verify", dir, "--checkpoint", check},
		"a private key":    {"verify", dir, "--checkpoint-key", sign, "--origin", "bank.example"},
	} {
		assert.Equal(t, call.ExitWrong, run(t, nil, "", append([]string{"evidence"}, args...)...).Code, name)
	}
}
