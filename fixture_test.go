package kakaocert_test

import (
	"context"
	"crypto/x509"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/internal/fixtures"
	"github.com/kakaocert-go/kakaocert/internal/journey"
	"github.com/kakaocert-go/kakaocert/internal/recorder"
)

var fixtureFolder = filepath.Join("testdata", "fixtures")

// The client must send what was recorded, to the letter, understand what came
// back, and find the signatures good, as of when they were made.
func TestFixtures_ArePlayedBack(t *testing.T) {
	t.Parallel()
	for _, fixture := range fixtures.All() {
		t.Run(fixture.Name, func(t *testing.T) {
			t.Parallel()
			recording, err := fixture.Load(fixtureFolder)
			require.NoError(t, err, "go run ./internal/fixtures/record")
			synctest.Test(t, func(t *testing.T) { // whose time is any that is wanted
				time.Sleep(time.Until(recording.RecordedAt))
				playBack(t, fixture, recording)
			})
		})
	}
}

func playBack(t *testing.T, fixture fixtures.Fixture, recording *fixtures.Recording) {
	t.Helper()
	config, err := fixture.ClientConfig()
	require.NoError(t, err)
	mock := httpmock.NewMockTransport()
	played := 0
	mock.RegisterNoResponder(func(r *http.Request) (*http.Response, error) {
		require.Less(t, played, len(recording.Exchanges), "more calls than were recorded")
		e := recording.Exchanges[played]
		played++
		assertRequest(t, config, e.Request, r)
		return httpmock.NewBytesResponse(e.Response.Status, e.Response.Body), nil
	})
	config.Transport = mock
	j, err := fixtures.Journey(config)
	require.NoError(t, err)
	j.Once = func(name string, _ journey.Make) (string, error) {
		require.Contains(t, recording.Notes, name)
		return recording.Notes[name], nil
	}
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM([]byte(recording.Roots)))
	j.Verifier, err = kakaocert.NewVerifier(roots, kakaocert.UnsafeNoRevocation())
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	require.NoError(t, fixture.Run(ctx, j))
	assert.Equal(t, len(recording.Exchanges), played)
}

func assertRequest(t *testing.T, config kakaocert.Config, want recorder.Request, got *http.Request) {
	t.Helper()
	assert.Equal(t, want.Method, got.Method)
	assert.Equal(t, want.Host, got.URL.Host)
	assert.Equal(t, want.Path, got.URL.Path)
	assert.Equal(t, want.Query, got.URL.RawQuery)
	if want.Host != "kauth.kakao.com" {
		assert.Equal(t, "KakaoAK "+config.DealerKey, got.Header.Get("Authorization"))
		assert.Equal(t, "KakaoAK "+config.InstitutionKey, got.Header.Get("Target-Authorization"))
	}
	var body []byte
	if got.Body != nil {
		var err error
		body, err = io.ReadAll(got.Body)
		require.NoError(t, err)
	}
	if len(want.Body) > 0 {
		assert.JSONEq(t, string(want.Body), string(body))
		return
	}
	assert.Equal(t, want.Form, string(body))
}

// Every product has a fixture, and every file belongs to a flow.
func TestFixtures_AreOfAllProductsAndNothingElse(t *testing.T) {
	t.Parallel()
	var names, files []string
	for _, fixture := range fixtures.All() {
		names = append(names, fixture.Name)
	}
	entries, err := os.ReadDir(fixtureFolder)
	require.NoError(t, err)
	for _, entry := range entries {
		files = append(files, strings.TrimSuffix(entry.Name(), ".json"))
	}
	slices.Sort(names)
	assert.Equal(t, files, names)
	for _, product := range []string{"K1110", "K1120", "K1400", "K2100", "K2220", "K3110", "K3120", "K3510", "K3511", "K3520", "K3521"} {
		assert.Contains(t, names, strings.ToLower(product))
	}
}

// A recording made today follows the same course as the recordings in the files.
func TestFixtures_TodaysRecordingMakesTheSameCalls(t *testing.T) {
	t.Parallel()
	for _, fixture := range fixtures.All() {
		then, err := fixture.Load(fixtureFolder)
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		now, err := fixture.Record(ctx)
		cancel()
		require.NoError(t, err)
		require.Len(t, now.Exchanges, len(then.Exchanges), fixture.Name)
		for i, e := range now.Exchanges {
			assert.Equal(t, then.Exchanges[i].Request.Path, e.Request.Path, fixture.Name)
			assert.Equal(t, then.Exchanges[i].Response.Status, e.Response.Status, fixture.Name)
		}
	}
}
