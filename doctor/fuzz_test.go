package doctor

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// Whatever a host answers, the examination ends, its report can be written, it
// makes no more than its calls, the report contains nothing that was sent, and
// the result is a valid protocol file.
func FuzzExamine(f *testing.F) {
	for _, body := range []string{
		`{"code": "E2003"}`, `{"code": "E1007"}`, `{"code": "E1004", "message": "Authorization"}`, `{"errcode": -401}`,
		`{"data": {"error_code": "E1002"}}`, `{"error": {"code": "E1001"}}`, `{"error": "invalid_request"}`, `{}`, `[]`, `null`, `<html>`, "",
		"\xef\xbb\xbf{}", `{"result": "Y"}`, `{"tx_id": "x"}`, `{"canaryDealerKey": {"canaryInstitutionKey": 1}}`, strings.Repeat(`{"a":`, 100),
		`{"response": {"code": "E2003"}}`, `{"a": {"b": {"errCd": "E1005"}}}`, `{"errors": [{"code": "E2003"}]}`, `{"canarySettleID": {"code": "E2003"}}`,
		`{"response": {"code": 2003}, "data": {"code": "x"}}`, `{"code": {"code": "E1004", "message": "Authorization"}}`,
	} {
		f.Add(400, body, "Thu, 26 Nov 2026 09:00:00 GMT")
		f.Add(200, body, "")
	}
	f.Add(503, "", "never")
	f.Add(301, "", "Mon, 01 Jan 0001 00:00:00 GMT")
	f.Fuzz(func(t *testing.T, status int, body, date string) {
		if status < 100 || status > 599 {
			t.Skip("no server answers with it")
		}
		config := kakaocerttest.NewService().Config()
		config.DealerKey, config.InstitutionKey, config.SettleID = "canaryDealerKey", "canaryInstitutionKey", "canarySettleID"
		config.Transport = roundTripFunc(func(r *http.Request) (*http.Response, error) {
			return &http.Response{
				StatusCode: status, Request: r, ProtoMajor: 1, ProtoMinor: 1,
				Header: http.Header{"Date": {date}}, Body: io.NopCloser(strings.NewReader(body)),
			}, nil
		})
		options := everything
		options.Search = true
		report, err := Examine(t.Context(), config, options)
		require.NoError(t, err)
		assert.LessOrEqual(t, report.Calls, maxCalls)
		text, err := json.Marshal(report)
		require.NoError(t, err)
		for _, canary := range []string{config.DealerKey, config.InstitutionKey, config.SettleID} {
			assert.NotContains(t, string(text), canary)
		}
		if report.Protocol != nil {
			_, err := kakaocert.ParseProtocol(strings.NewReader(string(report.Protocol)))
			require.NoError(t, err)
		}
	})
}
