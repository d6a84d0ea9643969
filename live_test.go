//go:build live

package kakaocert_test

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/evidence"
	"github.com/kakaocert-go/kakaocert/internal/env"
	"github.com/kakaocert-go/kakaocert/internal/journey"
	"github.com/kakaocert-go/kakaocert/internal/pemfile"
	"github.com/kakaocert-go/kakaocert/internal/recorder"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

var (
	liveName     = flag.String("live.name", "", "the name of the person who will sign on the phone")
	liveBirthday = flag.String("live.birthday", "", "YYYYMMDD")
	livePhone    = flag.String("live.phone", "", "digits only")
	liveRecord   = flag.String("live.record", "", "record the scrubbed calls into this folder")
	liveEvidence = flag.String("live.evidence", "", "keep the evidence in this folder, under the key in its key file; a temporary one where it is empty")
	liveWait     = flag.Duration("live.wait", 5*time.Minute, "how long the person has for each signature")
)

// TestLive takes a person who really signs, on a real phone, through the flows of
// K1110, K3110 and K3510 at the host that the environment names: each answer is
// kept as evidence, each signature checked where KAKAOCERT_ROOTS names the
// roots, and the evidence audited.
//
//	go test -tags live -run TestLive . -args -live.name ... -live.birthday ... -live.phone ...
//	go test -tags live -run TestLive/K1110 . -args ...
func TestLive(t *testing.T) {
	setting, err := env.Read(os.Getenv)
	require.NoError(t, err)
	if !setting.Set {
		t.Skip("no keys in the environment: KAKAOCERT_DEALER_KEY and the others")
	}
	require.NotEqual(t, kakaocert.Production, setting.Config.Environment, "the live test is for the test host")
	verifier := liveVerifier(t, setting)
	for _, product := range []string{"K1110", "K3110", "K3510"} { // one after the other: there is one phone
		t.Run(product, func(t *testing.T) {
			config := setting.Config
			dir := liveDir(t, product)
			config.Evidence = dir
			if *liveRecord != "" {
				r := &recorder.Recorder{Next: http.DefaultTransport, Protocol: setting.Protocol, Invented: invented(t)}
				config.Transport = r
				defer func() { require.NoError(t, r.Save(filepath.Join(*liveRecord, strings.ToLower(product)+".json"))) }()
			}
			client, err := kakaocert.NewClient(config)
			require.NoError(t, err)
			ctx, cancel := context.WithTimeout(t.Context(), *liveWait)
			defer cancel()
			require.NoError(t, journey.Flows[product](ctx, &journey.Journey{
				Client: client, SettleID: config.SettleID, Verifier: verifier,
				Person: kakaocert.Person{Name: *liveName, Birthday: *liveBirthday, Phone: *livePhone},
			}))
			report, err := dir.Archive().Verify(t.Context())
			require.NoError(t, err)
			assert.Empty(t, report.Faults)
			assert.Equal(t, 1, report.Committed, "the answer of verify")
		})
	}
}

// liveVerifier is nil where no roots are named.
func liveVerifier(t *testing.T, setting env.Setting) *kakaocert.Verifier {
	t.Helper()
	path := os.Getenv(env.Roots)
	if path == "" {
		t.Log("KAKAOCERT_ROOTS is not set: signatures are kept, and not checked")
		return nil
	}
	roots, _, err := pemfile.Read(path)
	require.NoError(t, err)
	pool := x509.NewCertPool()
	for _, root := range roots {
		pool.AddCert(root)
	}
	var intermediates []*x509.Certificate
	if path := os.Getenv(env.Intermediates); path != "" {
		intermediates, _, err = pemfile.Read(path)
		require.NoError(t, err)
	}
	fetcher, err := kakaocert.NewRevocationFetcher(kakaocert.RevocationFetcherConfig{BaseURL: setting.Config.BaseURL})
	require.NoError(t, err)
	verifier, err := kakaocert.NewVerifier(pool, kakaocert.WithIntermediates(intermediates...),
		kakaocert.WithRevocation(kakaocert.RevocationSoft, kakaocert.RevocationData{}), kakaocert.WithRevocationFetcher(fetcher))
	require.NoError(t, err)
	return verifier
}

// liveDir is the evidence of one product, under a key of its own.
func liveDir(t *testing.T, product string) *evidence.Log {
	t.Helper()
	parent := *liveEvidence
	if parent == "" {
		parent = t.TempDir()
	}
	folder := filepath.Join(parent, product+time.Now().Format("-20060102-150405"))
	require.NoError(t, os.MkdirAll(folder, 0o700))
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // never fails
	require.NoError(t, os.WriteFile(folder+".key", []byte(base64.StdEncoding.EncodeToString(secret)+"\n"), 0o600))
	key, err := evidence.NewKey(secret)
	require.NoError(t, err)
	dir, err := evidence.Open(filepath.Join(folder, "evidence"), key)
	require.NoError(t, err)
	t.Cleanup(func() { _ = dir.Close() })
	return dir
}

// invented is a person in place of the real one, under the fixtures' key.
func invented(t *testing.T) map[string]string {
	t.Helper()
	user := kakaocerttest.DefaultUser()
	cipher, err := kakaocert.NewCTRCipher(b64(make([]byte, 32)), b64(make([]byte, 16)))
	require.NoError(t, err)
	values := map[string]string{
		"name": user.Name, "birthday": user.Birthday, "phone_no": user.Phone, "phone_number": user.Phone, "ci": user.CI,
	}
	for key, plain := range values {
		secret, err := cipher.Encrypt([]byte(plain))
		require.NoError(t, err)
		values[key] = b64(secret)
	}
	return values
}
