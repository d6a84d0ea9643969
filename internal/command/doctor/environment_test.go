package doctor

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/kakaocert-go/kakaocert/doctor"
	"github.com/kakaocert-go/kakaocert/internal/command/call"
	"github.com/kakaocert-go/kakaocert/internal/command/call/calltest"
	"github.com/kakaocert-go/kakaocert/internal/env"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// A right that a contract does not grant is reported for the product or the step
// that it concerns.
func TestDoctor_ReportsWhatIsDenied(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		denied, protocol string
		want             []string
	}{
		"a service": {denied: "k3500", want: []string{
			"path.k3500.prepare.permission", "permissions.unseen", "product.K3520.denied", "product.K3511.denied", "product.K3521.denied",
		}},
		"a service whose paths name it": {denied: "k3500", protocol: firstEdition, want: []string{
			"path.k3500.prepare.permission", "path.k3500.request.permission", "path.k3500.status.permission", "path.k3500.verify.permission",
			"path.k3500.signer.permission", "product.K3520.denied", "product.K3511.denied", "product.K3521.denied",
		}},
		"a step that cannot be seen": {denied: "k1100.signer", want: []string{"permissions.unseen"}},
		"a step that can be seen":    {denied: "k1100.signer", protocol: firstEdition, want: []string{"path.k1100.signer.permission"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			options := []kakaocerttest.Option{kakaocerttest.WithContract(kakaocerttest.Contract{Denied: []string{c.denied}})}
			if c.protocol != "" {
				options = append(options, protocolOf(t, c.protocol))
			}
			w := newWard(t, options...)
			if c.protocol != "" {
				w.set(env.Protocol, calltest.Write(t, "protocol.json", []byte(c.protocol)))
			}
			exit, findings := w.doctor()
			assert.Equal(t, call.ExitDone, exit)
			var unknown []string
			for _, f := range findings {
				if f.Result != doctor.OK {
					unknown = append(unknown, f.Check+"."+f.Cause)
				}
			}
			assert.Equal(t, c.want, unknown)
		})
	}
}

func TestDoctor_ReportsCertificatesThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	other := kakaocerttest.NewServer(t)
	for name, c := range map[string]struct {
		roots, intermediates string
		want                 string
	}{
		"good roots":            {roots: "sim"},
		"broken roots":          {roots: "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", want: "roots.broken"},
		"a key":                 {roots: "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", want: "roots.broken"},
		"no such file":          {roots: "none", want: "roots.broken"},
		"broken intermediates":  {roots: "sim", intermediates: "x", want: "intermediates.broken"},
		"foreign intermediates": {roots: "sim", intermediates: string(other.RootPEM()), want: "intermediates.orphan"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWard(t)
			switch c.roots {
			case "sim":
				w.set(env.Roots, calltest.Write(t, "roots.pem", w.sim.RootPEM()))
			case "none":
				w.set(env.Roots, filepath.Join(t.TempDir(), "none"))
			default:
				w.set(env.Roots, calltest.Write(t, "roots.pem", []byte(c.roots)))
			}
			if c.intermediates != "" {
				w.set(env.Intermediates, calltest.Write(t, "intermediates.pem", []byte(c.intermediates)))
			}
			_, findings := w.doctor()
			var want []string
			if c.want != "" {
				want = []string{c.want}
			}
			assert.Equal(t, want, found(findings, doctor.Wrong, doctor.Unknown))
		})
	}
}

func TestDoctor_FindsTheNumberOfTheKey(t *testing.T) {
	t.Parallel()
	numbered := newWard(t, kakaocerttest.WithContract(kakaocerttest.Contract{CipherKeys: []kakaocerttest.CipherKey{{Version: 1}, {Version: 2}}}))
	for version, want := range map[string][]string{
		"":  {"decryption.version"},
		"1": nil, // the key of the ward's environment
		"2": {"decryption.version"},
		"3": {"decryption.version"},
		"x": {"cipher.version"},
		"0": {"cipher.version"},
	} {
		w := &ward{t: t, sim: numbered.sim, environ: slices.Clone(numbered.environ)}
		w.set(env.EncVersion, version)
		_, findings := w.doctor()
		assert.Equal(t, want, found(findings, doctor.Wrong, doctor.Unknown), version)
	}
}
