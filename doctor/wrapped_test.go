package doctor

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// wrapping is a transport that wraps the answers of a simulator, each in the object
// that its path has; flat where there is none.
func wrapping(inner http.RoundTripper, objectOf func(path string) string) http.RoundTripper {
	return roundTripFunc(func(r *http.Request) (*http.Response, error) {
		response, err := inner.RoundTrip(r)
		if err != nil {
			return nil, err
		}
		body, err := io.ReadAll(response.Body)
		if err != nil {
			return nil, err
		}
		text := string(body)
		if object := objectOf(r.URL.Path); object != "" && strings.HasPrefix(text, "{") {
			text = `{"` + object + `":` + text + `}`
		}
		response.Body, response.ContentLength = io.NopCloser(strings.NewReader(text)), int64(len(text))
		response.Header.Del("Content-Length")
		return response, nil
	})
}

// Steps that wrap their answers in objects of different names, or of which some do
// not, are understood together.
func TestExamine_FindsSeveralObjects(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		objectOf func(path string) string
		answer   string // place.answer
		unread   int    // paths, without a search
		service  string // its cause, without a search
	}{
		"one for prepare, one for all else": {func(path string) string {
			if strings.Contains(path, "/prepare/") {
				return "prepared"
			}
			return "response"
		}, "prepared response data", 0, "wrapped"},
		"status alone": {func(path string) string {
			if strings.HasSuffix(path, "/status") {
				return "state"
			}
			return ""
		}, "state data", 4, "answers"},
		"all but prepare": {func(path string) string {
			if strings.Contains(path, "prepare") {
				return ""
			}
			return "response"
		}, "response data", 20, "answers"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := kakaocerttest.NewService().Config()
			config.Transport = wrapping(config.Transport, func(path string) string {
				if !strings.HasPrefix(path, "/sign/") {
					return "" // kauth and kapi
				}
				return c.objectOf(path)
			})
			unread := 0
			for _, f := range reportOf(t, config, everything).Findings {
				if f.Check == "service" {
					assert.Equal(t, c.service, f.Cause)
				}
				if f.Cause == "unread" {
					unread++
					assert.Equal(t, Wrong, f.Result)
					assert.Contains(t, f.Todo.English, `{"place.answer":"`)
				}
			}
			assert.Equal(t, c.unread, unread)

			options := everything
			options.Search = true
			report := reportOf(t, config, options)
			assert.True(t, report.Healthy(), "%v", report.Findings)
			protocol, err := kakaocert.ParseProtocol(strings.NewReader(string(report.Protocol)))
			require.NoError(t, err, string(report.Protocol))
			assert.Equal(t, c.answer, protocol.Get("place.answer"))
			config.Protocol = protocol
			assert.Zero(t, reportOf(t, config, everything).Count(Wrong))
		})
	}
}
