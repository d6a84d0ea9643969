package doctor

import (
	"bytes"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/doctor"
	"github.com/kakaocert-go/kakaocert/internal/command/call"
	"github.com/kakaocert-go/kakaocert/internal/command/call/calltest"
	"github.com/kakaocert-go/kakaocert/internal/env"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// The walk of docs/first-hour.md, at a host with the product code in every path
// and another name for the nonce: the doctor finds the paths, one identity check the
// name, and then everything works with the one file.
func TestFirstHour_EndsWithAProtocolFileThatWorks(t *testing.T) {
	t.Parallel()
	w := newWard(t, kakaocerttest.WithDialect(kakaocerttest.Dialect{ProductInPath: true, Wrapped: true, Names: map[string]string{"nonce": "plain_token"}}))
	w.set(env.Roots, calltest.Write(t, "roots.pem", w.sim.RootPEM()))
	file := filepath.Join(t.TempDir(), "protocol.json")
	findings, _ := w.write(file)
	require.Empty(t, found(findings, doctor.Wrong))

	w.set(env.Protocol, file)
	require.Equal(t, call.ExitNo, run(t, w.environ, "", "identity", "--poll", "1ms").Code, "the nonce has another name")
	learned := run(t, w.environ, "", "identity", "--learn", file, "--poll", "1ms")
	assert.Equal(t, call.ExitDone, learned.Code, learned.Errors+learned.Out)

	text := calltest.Write(t, "contract.txt", []byte(calltest.ContractText))
	for _, args := range [][]string{{"identity"}, {"withdrawal"}, {"contract", "--text", text}} {
		got := run(t, w.environ, "", append(args, "--poll", "1ms")...)
		assert.Equal(t, call.ExitDone, got.Code, "%s: %s", args[0], got.Errors+got.Out)
	}
	exit, findings := w.doctor()
	assert.Equal(t, call.ExitDone, exit)
	assert.Empty(t, found(findings, doctor.Wrong, doctor.Unknown))

	protocol, err := kakaocert.ParseProtocol(bytes.NewReader(calltest.Read(t, file)))
	require.NoError(t, err)
	assert.Contains(t, protocol.List("field.nonce"), "data.plain_token")
	for _, entry := range protocol.Entries() {
		assert.Equal(t, entry.Changed, entry.Found != "", "%s has a note of how it was found", entry.Key)
	}
}
