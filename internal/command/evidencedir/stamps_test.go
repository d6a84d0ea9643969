package evidencedir

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/internal/command/call"
	"github.com/kakaocert-go/kakaocert/internal/command/call/calltest"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// signKey writes a key for checkpoints.
func signKey(t *testing.T) string {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	der, err := x509.MarshalPKCS8PrivateKey(private)
	require.NoError(t, err)
	return calltest.Write(t, "sign.pem", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// A stamp is got from the simulator's authority, kept, copied, and believed in
// an audit.
func TestEvidenceCheckpoint_IsStamped(t *testing.T) {
	t.Parallel()
	h := calltest.NewHost(t)
	dir, roots := signedAt(t, h, "hard")
	base := h.URL
	checkpoint := []string{"evidence", "checkpoint", dir, "--origin", "bank.example", "--sign-key", signKey(t)}
	stamped := append(checkpoint, "--tsa-url", base+"/_pki/tsa", "--tsa-roots", roots)

	plain := run(t, nil, "", checkpoint...)
	require.Equal(t, call.ExitDone, plain.Code, plain.Errors)
	audit := []string{"evidence", "verify", dir, "--roots", roots, "--tsa-roots", roots}
	before := run(t, nil, "", append(audit, "--json")...)
	require.Equal(t, call.ExitDone, before.Code, before.Errors)
	assert.Empty(t, auditOf(t, before).records[0].StampedAt)
	assert.Contains(t, run(t, nil, "", audit...).Out, "without a stamp: checked as of now")

	made := run(t, nil, "", append(stamped, "--tsa-every", "1h")...)
	require.Equal(t, call.ExitDone, made.Code, made.Errors)
	assert.Equal(t, plain.Out, made.Out, "nothing is new but the stamp")
	copied := filepath.Join(t.TempDir(), "copied")
	require.Equal(t, call.ExitDone, run(t, nil, "", "evidence", "copy", dir, "--to", copied).Code)
	audit[2] = copied
	after := run(t, nil, "", append(audit, "--json")...)
	require.Equal(t, call.ExitDone, after.Code, after.Errors)
	found := auditOf(t, after)
	assert.NotEmpty(t, found.records[0].StampedAt)
	assert.Equal(t, []any{1, true, 1}, []any{found.whole.Stamps, found.whole.StampsChecked, found.whole.Stamped})
	people := run(t, nil, "", audit...).Out
	assert.Contains(t, people, ", stamped "+found.records[0].StampedAt)
	assert.Contains(t, people, "1, good for 1 of 1 records")
	assert.Contains(t, run(t, nil, "", append(audit, "--lang", "ko")...).Out, "1, 레코드 1건 가운데 1건이 유효")
	assert.Contains(t, run(t, nil, "", "evidence", "verify", copied).Out, "1; not checked: --tsa-roots")
	fetched := run(t, h.Environ, "", append(audit, "--fetch")...)
	assert.Equal(t, call.ExitDone, fetched.Code, fetched.Out+fetched.Errors)

	list, err := h.CRL()
	require.NoError(t, err)
	current := calltest.Write(t, "ca.crl", list)
	assert.Equal(t, call.ExitDone, run(t, nil, "", append(audit, "--tsa-crl", current)...).Code, "it revokes nothing")
	other := calltest.Write(t, "other.pem", kakaocerttest.NewService().RootPEM())
	foreign := run(t, nil, "", "evidence", "verify", copied, "--tsa-roots", other)
	assert.Equal(t, call.ExitNo, foreign.Code)
	assert.Contains(t, foreign.Out, "time stamp is not accepted: timestamp: signature check failed: chain")
}

// What was revoked between its check and its stamp is refused, if the authority
// is asked.
func TestEvidenceVerify_HearsRevocationBeforeTheStamp(t *testing.T) {
	t.Parallel()
	h := calltest.NewHost(t)
	dir, roots := signedAt(t, h, "hard")
	require.NoError(t, h.Revoke(kakaocerttest.DefaultUser().Phone))
	base := h.URL
	made := run(t, nil, "", "evidence", "checkpoint", dir, "--origin", "bank.example", "--sign-key", signKey(t), "--tsa-url", base+"/_pki/tsa", "--tsa-roots", roots)
	require.Equal(t, call.ExitDone, made.Code, made.Errors)
	audit := []string{"evidence", "verify", dir, "--roots", roots, "--fetch"}
	assert.Equal(t, call.ExitDone, run(t, h.Environ, "", audit...).Code, "its own clock is believed")
	got := run(t, h.Environ, "", append(audit, "--tsa-roots", roots, "--json")...)
	assert.Equal(t, call.ExitNo, got.Code)
	found, _ := signatureOf(t, got)
	assert.Equal(t, "revoked", found.Revocation)
	assert.Equal(t, byFetched, found.RevocationBy)
}

func TestEvidenceCheckpoint_GoesOnWithoutItsAuthority(t *testing.T) {
	t.Parallel()
	h := calltest.NewHost(t)
	dir, roots := signedAt(t, h, "off")
	down := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(down.Close)
	args := []string{"evidence", "checkpoint", dir, "--origin", "bank.example", "--sign-key", signKey(t)}
	made := run(t, nil, "", append(args, "--tsa-url", down.URL, "--tsa-roots", roots)...)
	assert.Equal(t, call.ExitNo, made.Code)
	assert.Contains(t, made.Out, "bank.example\n")
	assert.Contains(t, made.Errors, "checkpoint 1 has no time stamp yet: timestamp: time stamp could not be fetched: the HTTP status must be 200")
	assert.Equal(t, made.Out, run(t, nil, "", args...).Out, "it was kept")
	for name, more := range map[string][]string{
		"no roots":                {"--tsa-url", down.URL},
		"roots alone":             {"--tsa-roots", roots},
		"a list alone":            {"--tsa-crl", roots},
		"a list that is none":     {"--tsa-url", down.URL, "--tsa-roots", roots, "--tsa-crl", roots},
		"intermediates alone":     {"--tsa-intermediates", roots},
		"a period alone":          {"--tsa-every", "1h"},
		"no URL":                  {"--tsa-url", "tsa.example", "--tsa-roots", roots},
		"a period that is long":   {"--tsa-url", down.URL, "--tsa-roots", roots, "--tsa-every", "25h"},
		"roots that are no roots": {"--tsa-url", down.URL, "--tsa-roots", dir},
	} {
		assert.Equal(t, call.ExitWrong, run(t, nil, "", append(args, more...)...).Code, name)
	}
}
