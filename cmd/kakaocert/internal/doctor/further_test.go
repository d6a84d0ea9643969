package doctor

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/kakaocert-go/kakaocert/cmd/kakaocert/internal/call"
	"github.com/kakaocert-go/kakaocert/cmd/kakaocert/internal/call/calltest"
	"github.com/kakaocert-go/kakaocert/internal/env"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// What a contract does not grant, broken roots and a key with a number are told
// as what they are.
func TestDoctor_NamesWhatItCannotKnow(t *testing.T) {
	t.Parallel()
	denied := newWard(t, kakaocerttest.WithContract(kakaocerttest.Contract{Denied: []string{"k3500"}}))
	exit, findings := denied.doctor()
	assert.Equal(t, call.ExitDone, exit)
	unknown := found(findings, resultUnknown)
	assert.Contains(t, unknown, "path.k3500.prepare.permission")
	assert.Contains(t, unknown, "product.K3511.denied")
	assert.NotContains(t, unknown, "product.K1120.denied")

	for _, roots := range []string{calltest.Write(t, "roots.pem", []byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")), filepath.Join(t.TempDir(), "none")} {
		w := newWard(t)
		w.set(env.Roots, roots)
		_, findings = w.doctor()
		assert.Equal(t, []string{"roots.broken"}, found(findings, resultWrong, resultUnknown))
	}

	numbered := newWard(t, kakaocerttest.WithContract(kakaocerttest.Contract{CipherKeys: []kakaocerttest.CipherKey{{Version: 1}, {Version: 2}}}))
	for _, version := range []string{"", "1", "2", "3", "x"} {
		w := &ward{t: t, sim: numbered.sim, environ: append([]string(nil), numbered.environ...)}
		w.set(env.EncVersion, version)
		_, findings := w.doctor()
		want := []string{"decryption.version"}
		switch version {
		case "1":
			want = nil // the key of the ward's environment
		case "x":
			want = []string{"cipher.version"}
		}
		assert.Equal(t, want, found(findings, resultWrong, resultUnknown), version)
	}
}
