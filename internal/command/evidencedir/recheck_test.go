package evidencedir

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/internal/command/call"
	"github.com/kakaocert-go/kakaocert/internal/command/call/calltest"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// signedAt is a directory with one contract that was signed at the host, whose
// revocation was checked in that mode.
func signedAt(t *testing.T, h *calltest.Host, mode string) (dir, roots string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "evidence")
	text := calltest.Write(t, "contract.txt", []byte(calltest.ContractText))
	called := run(t, h.Environ, "", "contract", "--text", text, "--out", dir, "--poll", "1ms", "--revocation", mode, "--json")
	require.Equal(t, call.ExitDone, called.Code, called.Errors)
	return dir, calltest.Write(t, "roots.pem", h.RootPEM())
}

// signatureOf is the one signature of a directory.
func signatureOf(t *testing.T, got calltest.Called) (recheck, findings) {
	t.Helper()
	audit := auditOf(t, got)
	require.Len(t, audit.records, 1)
	require.Len(t, audit.records[0].Signatures, 1)
	return audit.records[0].Signatures[0], audit.whole
}

func TestEvidenceVerify_FetchesWhatWasNotKept(t *testing.T) {
	t.Parallel()
	h := calltest.NewHost(t)
	dir, roots := signedAt(t, h, "off")
	args := []string{"evidence", "verify", dir, "--roots", roots}

	offline, whole := signatureOf(t, run(t, h.Environ, "", append(args, "--json")...))
	assert.True(t, offline.Verified)
	assert.Empty(t, offline.Revocation)
	assert.Empty(t, offline.RevocationBy)
	assert.Equal(t, revocations{NotChecked: 1}, whole.Revocation)

	got := run(t, h.Environ, "", append(args, "--fetch", "--json")...)
	require.Equal(t, call.ExitDone, got.Code, got.Errors)
	fetched, whole := signatureOf(t, got)
	assert.Equal(t, "good", fetched.Revocation)
	assert.Equal(t, byFetched, fetched.RevocationBy)
	assert.Contains(t, fetched.Checks, "revocation")
	assert.Equal(t, revocations{Fetched: 1}, whole.Revocation)
	people := run(t, h.Environ, "", append(args, "--fetch")...)
	assert.Contains(t, people.Out, "0 by kept answers, 1 by fetched answers, 0 unknown, 0 not checked")
	korean := run(t, h.Environ, "", append(args, "--fetch", "--lang", "ko")...)
	assert.Contains(t, korean.Out, "가져온 응답으로 1")
}

func TestEvidenceVerify_RefusesWhatWasRevokedBefore(t *testing.T) {
	t.Parallel()
	h := calltest.NewHost(t)
	require.NoError(t, h.Inject(kakaocerttest.Fault{Kind: kakaocerttest.RevokedCertificate}))
	dir, roots := signedAt(t, h, "off")
	assert.Equal(t, call.ExitDone, run(t, h.Environ, "", "evidence", "verify", dir, "--roots", roots).Code)
	for _, mode := range []string{"soft", "hard"} {
		got := run(t, h.Environ, "", "evidence", "verify", dir, "--roots", roots, "--fetch", "--revocation", mode, "--json")
		assert.Equal(t, call.ExitNo, got.Code)
		found, whole := signatureOf(t, got)
		assert.Equal(t, "revoked", found.Revocation)
		assert.Equal(t, byFetched, found.RevocationBy)
		assert.Equal(t, revocations{Fetched: 1}, whole.Revocation)
		assert.Zero(t, whole.SignaturesGood)
	}
}

// The lists of today say revoked, and those that were kept say that the
// certificate was good when it signed.
func TestEvidenceVerify_AnswersThatWereKeptComeFirst(t *testing.T) {
	t.Parallel()
	h := calltest.NewHost(t)
	dir, roots := signedAt(t, h, "hard")
	require.NoError(t, h.Revoke(kakaocerttest.DefaultUser().Phone))
	h.Close() // nothing can be fetched
	for _, more := range [][]string{nil, {"--fetch"}, {"--fetch", "--revocation", "soft"}} {
		got := run(t, h.Environ, "", append([]string{"evidence", "verify", dir, "--roots", roots, "--json"}, more...)...)
		require.Equal(t, call.ExitDone, got.Code, got.Errors)
		kept, whole := signatureOf(t, got)
		assert.Equal(t, "good", kept.Revocation)
		assert.Equal(t, byKept, kept.RevocationBy)
		assert.Equal(t, revocations{Kept: 1}, whole.Revocation)
	}
}

func TestEvidenceVerify_SaysWhyRevocationIsUnknown(t *testing.T) {
	t.Parallel()
	h := calltest.NewHost(t)
	dir, roots := signedAt(t, h, "off")
	h.Close()
	hard := run(t, h.Environ, "", "evidence", "verify", dir, "--roots", roots, "--fetch", "--json")
	assert.Equal(t, call.ExitNo, hard.Code)
	found, whole := signatureOf(t, hard)
	assert.Equal(t, "revocation-unknown", found.Defect)
	assert.NotEmpty(t, found.Hint)
	assert.Equal(t, revocations{Unknown: 1}, whole.Revocation)
	soft := run(t, h.Environ, "", "evidence", "verify", dir, "--roots", roots, "--fetch", "--revocation", "soft")
	assert.Equal(t, call.ExitDone, soft.Code, soft.Out)
	assert.Contains(t, soft.Out, "1 unknown")
	assert.Contains(t, soft.Out, "hint")
}

// The network is used only where the caller says so, and only for what was not kept.
func TestEvidenceVerify_SendsNothingWithoutFetch(t *testing.T) {
	t.Parallel()
	var requests atomic.Int32
	h := calltest.NewHost(t, kakaocerttest.WithHandler(func(s *kakaocerttest.Service) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			requests.Add(1)
			s.ServeHTTP(w, r)
		})
	}))
	without, roots := signedAt(t, h, "off")
	with, _ := signedAt(t, h, "hard")
	var proxied atomic.Int32 // and nothing goes to the proxy of the environment
	proxy := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { proxied.Add(1) }))
	t.Cleanup(proxy.Close)
	environ := calltest.With(h.Environ, "HTTP_PROXY", proxy.URL)
	before := requests.Load()
	for _, args := range [][]string{{without}, {with}, {with, "--fetch"}} {
		got := run(t, environ, "", append([]string{"evidence", "verify", "--roots", roots}, args...)...)
		assert.Equal(t, call.ExitDone, got.Code, got.Errors)
		assert.Equal(t, before, requests.Load(), args)
	}
	got := run(t, environ, "", "evidence", "verify", "--roots", roots, without, "--fetch")
	assert.Equal(t, call.ExitDone, got.Code, got.Errors)
	assert.Greater(t, requests.Load(), before)
	assert.Zero(t, proxied.Load())
}

func TestEvidenceVerify_FetchIsToBeCalledRightly(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	roots := calltest.Vector("root.pem")
	for want, args := range map[string][]string{
		"--fetch needs --roots":             {"--fetch"},
		"--revocation needs --fetch":        {"--roots", roots, "--revocation", "soft"},
		"--revocation must be soft or hard": {"--roots", roots, "--fetch", "--revocation", "off"},
	} {
		got := run(t, nil, "", append([]string{"evidence", "verify", dir}, args...)...)
		assert.Equal(t, call.ExitWrong, got.Code, want)
		assert.Contains(t, got.Errors, want)
	}
}
