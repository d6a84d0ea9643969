package sim

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/internal/command/call"
	"github.com/kakaocert-go/kakaocert/internal/command/call/calltest"
	"github.com/kakaocert-go/kakaocert/internal/unserved"
)

func TestHealth_AsksARunningSimulator(t *testing.T) {
	t.Parallel()
	s := startSim(t)
	for _, address := range []string{s.URL, s.URL + "/"} {
		got := run(t, nil, "", "sim", "--health", address)
		assert.Equal(t, call.ExitDone, got.Code, got.Errors)
		assert.Empty(t, got.Out+got.Errors)
	}
	assert.Equal(t, string(calltest.Read(t, s.Roots)), s.control(200, "GET", "/_sim/roots", ""))
	s.stop()
	got := run(t, nil, "", "sim", "--health", s.URL)
	assert.Equal(t, call.ExitNo, got.Code)
	assert.Contains(t, got.Errors, "no simulator serves at 127.0.0.1:")
}

func TestSim_DescribesItsOwnWire(t *testing.T) {
	t.Parallel()
	protocol := calltest.Write(t, "protocol.json", []byte(`{"step.k1100.status": "GET /sign/v2/state"}`))
	s := startSim(t, "--protocol", protocol)
	var description struct {
		OpenAPI string
		Paths   map[string]any
	}
	require.NoError(t, json.Unmarshal([]byte(s.control(200, "GET", "/_sim/openapi.json", "")), &description))
	assert.Equal(t, "3.1.0", description.OpenAPI)
	assert.Contains(t, description.Paths, "/sign/v2/state")
}

func TestHealth_IsNoForAnythingElse(t *testing.T) {
	t.Parallel()
	for name, handle := range map[string]http.HandlerFunc{
		"another program": func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok")) },
		"an error": func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, `{"status":"ok"}`, http.StatusInternalServerError)
		},
		"a redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://bank.example/", http.StatusFound)
		},
	} {
		other := httptest.NewServer(handle)
		t.Cleanup(other.Close)
		got := run(t, nil, "", "sim", "--health", other.URL)
		assert.Equal(t, call.ExitNo, got.Code, name)
		assert.Contains(t, got.Errors, "is no simulator", name)
	}
	for _, address := range []string{"127.0.0.1:8080", "ftp://127.0.0.1", "http://", ":"} {
		assert.Equal(t, call.ExitWrong, run(t, nil, "", "sim", "--health", address).Code, address)
	}
	assert.Equal(t, call.ExitNo, run(t, nil, "", "sim", "--health", "http://"+unserved.Address(t)).Code)
}
