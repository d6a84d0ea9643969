package keys_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/hashicorp/vault/api"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/examples/keys"
	"github.com/kakaocert-go/kakaocert/internal/judge"
)

func TestMain(m *testing.M) { judge.Main(m) }

const plain = `{"key":"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=","iv":"AgICAgICAgICAgICAgICAg=="}`

// stub is a key store that answers one call, in the form of its documents, and
// says what it was asked.
func stub(t *testing.T, status int, answer string) (url string, asked func() (*http.Request, map[string]any)) {
	t.Helper()
	var request *http.Request
	body := make(map[string]any)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		request = r
		assert.NoError(t, json.NewDecoder(r.Body).Decode(&body))
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(answer))
	}))
	t.Cleanup(server.Close)
	return server.URL, func() (*http.Request, map[string]any) { return request, body }
}

func vaultAt(t *testing.T, url string) *api.Client {
	t.Helper()
	config := api.DefaultConfig()
	config.Address, config.MaxRetries = url, 0
	client, err := api.NewClient(config)
	require.NoError(t, err)
	client.SetToken("token")
	return client
}

func TestVault_UnwrapsWithTransit(t *testing.T) {
	url, asked := stub(t, http.StatusOK, `{"data":{"plaintext":"`+base64.StdEncoding.EncodeToString([]byte(plain))+`"}}`)
	opened, err := keys.Vault(vaultAt(t, url), "kakaocert")(t.Context(), []byte("vault:v1:abc"))
	require.NoError(t, err)
	assert.Equal(t, plain, string(opened))
	request, body := asked()
	assert.Equal(t, "/v1/transit/decrypt/kakaocert", request.URL.Path)
	assert.Equal(t, "token", request.Header.Get("X-Vault-Token"))
	assert.Equal(t, map[string]any{"ciphertext": "vault:v1:abc"}, body)
}

func TestVault_RefusalsAreErrors(t *testing.T) {
	for status, answer := range map[int]string{
		http.StatusForbidden: `{"errors":["permission denied"]}`, http.StatusOK: `{"data":{}}`, http.StatusCreated: `{"data":{"plaintext":7}}`,
	} {
		url, _ := stub(t, status, answer)
		_, err := keys.Vault(vaultAt(t, url), "kakaocert")(t.Context(), []byte("vault:v1:abc"))
		assert.Error(t, err, answer)
	}
}

func kmsAt(url string) *kms.Client {
	return kms.New(kms.Options{
		Region: "ap-northeast-2", BaseEndpoint: aws.String(url), Retryer: aws.NopRetryer{},
		Credentials: aws.CredentialsProviderFunc(staticCredentials),
	})
}

func TestKMS_UnwrapsWithDecrypt(t *testing.T) {
	url, asked := stub(t, http.StatusOK, `{"KeyId":"key","Plaintext":"`+base64.StdEncoding.EncodeToString([]byte(plain))+`"}`)
	opened, err := keys.KMS(kmsAt(url), "alias/kakaocert", map[string]string{"use": "kakaocert"})(t.Context(), []byte("blob"))
	require.NoError(t, err)
	assert.Equal(t, plain, string(opened))
	request, body := asked()
	assert.Equal(t, "TrentService.Decrypt", request.Header.Get("X-Amz-Target"))
	assert.Equal(t, "alias/kakaocert", body["KeyId"])
	assert.Equal(t, base64.StdEncoding.EncodeToString([]byte("blob")), body["CiphertextBlob"])
	assert.Equal(t, map[string]any{"use": "kakaocert"}, body["EncryptionContext"])
}

func TestKMS_RefusalsAreErrors(t *testing.T) {
	url, _ := stub(t, http.StatusBadRequest, `{"__type":"InvalidCiphertextException"}`)
	_, err := keys.KMS(kmsAt(url), "alias/kakaocert", nil)(t.Context(), []byte("blob"))
	require.Error(t, err)
	assert.True(t, strings.Contains(err.Error(), "InvalidCiphertextException"))
}
