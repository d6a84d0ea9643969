package recorder_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/internal/recorder"
)

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestRecorder_WritesOnlyHarmlessValuesAsTheyWere(t *testing.T) {
	t.Parallel()
	const canary = "canary"
	body := `{"tx_id":"canary-1","name":"canary","status":"COMPLETED","unknown":"canary","list":["canary"],"message":"canary","vid":null}`
	r := &recorder.Recorder{
		Protocol: kakaocert.DefaultProtocol(),
		Invented: map[string]string{"name": "invented"},
		Next: roundTripper(func(request *http.Request) (*http.Response, error) {
			text, err := io.ReadAll(request.Body)
			assert.NoError(t, err)
			assert.Contains(t, string(text), canary, "the call itself is not changed")
			return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(body))}, nil
		}),
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://host.example/sign/v2/status?tx_id=canary-1", strings.NewReader(body))
	require.NoError(t, err)
	request.Header.Set("Authorization", "KakaoAK canary")
	response, err := r.RoundTrip(request)
	require.NoError(t, err)
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	assert.Equal(t, body, string(text), "the answer itself is not changed")

	path := filepath.Join(t.TempDir(), "fixture.json")
	require.NoError(t, r.Save(path))
	saved, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.NotContains(t, string(saved), canary)
	assert.NotContains(t, string(saved), "host.example")

	exchanges, err := recorder.Load(path)
	require.NoError(t, err)
	require.Len(t, exchanges, 1)
	assert.Equal(t, "tx_id="+r.Alias("canary-1"), exchanges[0].Request.Query)
	assert.JSONEq(t, `{"tx_id":"`+r.Alias("canary-1")+`","name":"invented","status":"COMPLETED","unknown":"`+r.Alias("canary")+
		`","list":"(scrubbed)","message":"`+r.Alias("canary")+`","vid":null}`, string(exchanges[0].Response.Body))
}

// An answer that came packed is recorded as what it says, and scrubbed.
func TestRecorder_ReadsWhatIsPacked(t *testing.T) {
	t.Parallel()
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, err := w.Write([]byte("\xef\xbb\xbf" + `{"status":"COMPLETED","name":"canary"}`))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	r := &recorder.Recorder{
		Protocol: kakaocert.DefaultProtocol(), Invented: map[string]string{"name": "invented"},
		Next: roundTripper(func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Body: io.NopCloser(bytes.NewReader(packed.Bytes()))}, nil
		}),
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://host.example/sign/v2/status?tx_id=t", nil)
	require.NoError(t, err)
	response, err := r.RoundTrip(request)
	require.NoError(t, err)
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	assert.Equal(t, packed.Bytes(), text, "the answer itself is not changed")
	require.Len(t, r.Exchanges(), 1)
	assert.JSONEq(t, `{"status":"COMPLETED","name":"invented"}`, string(r.Exchanges()[0].Response.Body))
}
