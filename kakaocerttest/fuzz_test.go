package kakaocerttest_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ocsp"

	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// Whatever a body contains, the answer is JSON, with a code unless it is a
// success.
func FuzzBody(f *testing.F) {
	service := kakaocerttest.NewService(kakaocerttest.WithContract(kakaocerttest.Contract{
		DealerKey: dealerKey, InstitutionKey: institutionKey, SettleIDs: []string{settleID},
	}))
	paths := []string{path("prepare", "K1110T", ""), path("request", "K1110T", ""), path("request", "K3110T", ""), path("request", "K3510T", ""), path("request", "K3511T", "")}
	for i := range paths {
		f.Add(uint8(i), []byte(`{"settle_id":"`+settleID+`","type":"CI","ci":"AAAA","tx_id":"x","data":"n","documents":[{"data":"x","document_type":"TEXT"},{}]}`))
	}
	f.Add(uint8(0), []byte(`{"settle_id":["`+settleID+`"],"name":null}`))
	f.Add(uint8(1), []byte("[[[["))
	f.Fuzz(func(t *testing.T, which uint8, body []byte) {
		request := httptest.NewRequest(http.MethodPost, paths[int(which)%len(paths)], bytes.NewReader(body))
		request.Header.Set("Authorization", "KakaoAK "+dealerKey)
		request.Header.Set("Target-Authorization", "KakaoAK "+institutionKey)
		request.Header.Set("Content-Type", "application/json")
		answer := httptest.NewRecorder()
		service.ServeHTTP(answer, request)
		var out map[string]any
		require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &out))
		if answer.Code != http.StatusOK {
			require.NotEmpty(t, out["code"])
		}
	})
}

// Arguments also reach the checks after tx_id.
func FuzzRequest(f *testing.F) {
	service := kakaocerttest.NewService()
	f.Add("K1110T", `"data":"nonce","expires_in":60,"identify_items":["CI"],"desc":{"receiver_name":"x"}`)
	f.Add("K3510T", `"data":"text","document_type":"TEXT"`)
	f.Add("K3511T", `"documents":[{"data":"x","document_type":"TEXT"},{"data":"y","document_type":"HASH"}]`)
	f.Add("K3120T", `"data":"AAAA","return_url":"bank://back"`)
	config := service.Config()
	f.Fuzz(func(t *testing.T, product, rest string) {
		if len(product) != 6 || strings.ContainsAny(product, "/?#% ") {
			return
		}
		call := func(step, body string) *httptest.ResponseRecorder {
			request := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
			request.URL.Path = path(step, product, "")
			request.Header.Set("Authorization", "KakaoAK "+config.DealerKey)
			request.Header.Set("Target-Authorization", "KakaoAK "+config.InstitutionKey)
			request.Header.Set("Content-Type", "application/json")
			answer := httptest.NewRecorder()
			service.ServeHTTP(answer, request)
			return answer
		}
		sealed, err := config.Cipher.Encrypt([]byte(kakaocerttest.DefaultUser().CI))
		require.NoError(t, err)
		body, err := json.Marshal(map[string]any{"settle_id": config.SettleID, "type": "CI", "ci": sealed})
		require.NoError(t, err)
		prepared := call("prepare", string(body))
		if prepared.Code != http.StatusOK {
			return // no product
		}
		var out struct {
			TxID string `json:"tx_id"`
		}
		require.NoError(t, json.Unmarshal(prepared.Body.Bytes(), &out))
		answer := call("request", `{"tx_id":"`+out.TxID+`",`+rest+`}`)
		require.True(t, json.Valid(answer.Body.Bytes()))
		tx, found := service.Transaction(out.TxID)
		require.True(t, found)
		if !strings.Contains(rest, out.TxID) && !strings.Contains(rest, "tx_id") {
			require.Equal(t, answer.Code == http.StatusOK, !tx.RequestedAt.IsZero(), answer.Body.String())
		}
		service.ForgetTransactions()
	})
}

func FuzzOCSP(f *testing.F) {
	service := kakaocerttest.NewService()
	request, err := ocsp.CreateRequest(service.IssuingCA(), service.IssuingCA(), nil)
	require.NoError(f, err)
	f.Add(request)
	f.Add([]byte{0x30, 0x80})
	f.Fuzz(func(t *testing.T, request []byte) {
		answer, err := service.OCSP(request)
		require.NoError(t, err)
		require.NotEmpty(t, answer)
	})
}

// Whatever a browser or a client sends to kauth, the answer says what is wrong.
func FuzzKauth(f *testing.F) {
	service := kakaocerttest.NewService(kakaocerttest.WithContract(kakaocerttest.Contract{
		InstitutionKey: institutionKey, SettleIDs: []string{settleID},
	}))
	prepared := httptest.NewRecorder()
	service.ServeHTTP(prepared, kauthRequest(http.MethodPost, "/oauth/authorize/prepare", loginForm.Encode()))
	var out map[string]string
	require.NoError(f, json.Unmarshal(prepared.Body.Bytes(), &out))
	page := "client_id=" + institutionKey + "&response_type=code&prompt=cert&state=s&code_challenge=c&code_challenge_method=S256&redirect_uri="
	f.Add(uint8(0), loginForm.Encode())
	f.Add(uint8(1), "grant_type=authorization_code&code=&client_id="+institutionKey)
	f.Add(uint8(2), page+"https%3A%2F%2Fbank.example%2F&kauth_tx_id="+out["kauth_tx_id"])
	f.Add(uint8(2), page+"app%3A%22%3B+x%0D%0A&kauth_tx_id="+out["kauth_tx_id"])
	f.Add(uint8(3), "decision=agree&phone=01012345678")
	f.Fuzz(func(t *testing.T, which uint8, form string) {
		var request *http.Request
		switch which % 4 {
		case 0:
			request = kauthRequest(http.MethodPost, "/oauth/authorize/prepare", form)
		case 1:
			request = kauthRequest(http.MethodPost, "/oauth/token", form)
		case 2:
			request = kauthRequest(http.MethodGet, "/oauth/authorize", "")
			request.URL.RawQuery = form
		case 3:
			request = kauthRequest(http.MethodPost, "/oauth/authorize", form)
			request.URL.RawQuery = page + "https%3A%2F%2Fbank.example%2F&kauth_tx_id=" + out["kauth_tx_id"]
		}
		answer := httptest.NewRecorder()
		service.ServeHTTP(answer, request)
		require.Less(t, answer.Code, http.StatusInternalServerError)
		if which%4 < 2 && answer.Code != http.StatusOK {
			var refused map[string]any
			require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &refused))
			require.True(t, refused["error"] != nil || refused["code"] != nil)
		}
	})
}

func kauthRequest(method, path, form string) *http.Request {
	request := httptest.NewRequest(method, path, strings.NewReader(form))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return request
}
