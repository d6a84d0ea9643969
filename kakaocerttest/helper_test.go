package kakaocerttest_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// noon is the time of the tests' clocks.
var noon = time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)

// sim is a service under test, called only with net/http and the test's own
// AES: these tests do not use the client.
type sim struct {
	t       *testing.T
	service *kakaocerttest.Service
	url     string
	http    *http.Client
	clock   *kakaocerttest.Clock
	header  http.Header
	key, iv []byte
	mode    kakaocerttest.CipherMode
}

const (
	dealerKey      = "dealer-of-the-tests"
	institutionKey = "institution-of-the-tests"
	settleID       = "settle-of-the-tests"
)

func bytesOf(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return b
}

// start listens on loopback, with a clock that stays at noon.
func start(t *testing.T, contract kakaocerttest.Contract, opts ...kakaocerttest.Option) *sim {
	t.Helper()
	s := &sim{t: t, key: bytesOf(32), iv: bytesOf(16), mode: kakaocerttest.CTR, clock: kakaocerttest.NewClock(noon), http: new(http.Client)}
	contract.DealerKey, contract.InstitutionKey, contract.SettleIDs = dealerKey, institutionKey, []string{settleID}
	if len(contract.CipherKeys) == 0 {
		contract.CipherKeys = []kakaocerttest.CipherKey{{}}
	}
	s.mode = contract.CipherKeys[0].Mode
	contract.CipherKeys[0].Key = base64.StdEncoding.EncodeToString(s.key)
	contract.CipherKeys[0].IV = base64.StdEncoding.EncodeToString(s.iv)
	opts = append([]kakaocerttest.Option{kakaocerttest.WithClock(s.clock), kakaocerttest.WithContract(contract)}, opts...)
	server := kakaocerttest.NewServer(t, opts...)
	s.service, s.url = server.Service, server.URL
	s.header = http.Header{
		"Authorization":        {"KakaoAK " + dealerKey},
		"Target-Authorization": {"KakaoAK " + institutionKey},
		"Content-Type":         {"application/json"},
	}
	t.Cleanup(s.http.CloseIdleConnections)
	return s
}

func (s *sim) seal(plain string) string {
	block, err := aes.NewCipher(s.key)
	require.NoError(s.t, err)
	text := []byte(plain)
	switch s.mode {
	case kakaocerttest.GCM:
		aead, err := cipher.NewGCM(block)
		require.NoError(s.t, err)
		nonce := bytesOf(12)
		text = append(nonce, aead.Seal(nil, nonce, text, nil)...)
	case kakaocerttest.CBC:
		n := 16 - len(text)%16
		text = append(text, bytes.Repeat([]byte{byte(n)}, n)...)
		cipher.NewCBCEncrypter(block, s.iv).CryptBlocks(text, text)
	default:
		cipher.NewCTR(block, s.iv).XORKeyStream(text, text)
	}
	return base64.StdEncoding.EncodeToString(text)
}

func (s *sim) open(secret any) string {
	text, err := base64.StdEncoding.DecodeString(secret.(string))
	require.NoError(s.t, err)
	block, err := aes.NewCipher(s.key)
	require.NoError(s.t, err)
	switch s.mode {
	case kakaocerttest.GCM:
		aead, err := cipher.NewGCM(block)
		require.NoError(s.t, err)
		text, err = aead.Open(nil, text[:12], text[12:], nil)
		require.NoError(s.t, err)
	case kakaocerttest.CBC:
		cipher.NewCBCDecrypter(block, s.iv).CryptBlocks(text, text)
		text = text[:len(text)-int(text[len(text)-1])]
	default:
		cipher.NewCTR(block, s.iv).XORKeyStream(text, text)
	}
	return string(text)
}

type fields map[string]any

// with returns a copy with other values; nil removes a field.
func (f fields) with(name string, value any) fields {
	out := fields{}
	for k, v := range f {
		out[k] = v
	}
	if out[name] = value; value == nil {
		delete(out, name)
	}
	return out
}

// do sends one call. A nil body is a GET.
func (s *sim) do(path string, body any) (int, fields) {
	s.t.Helper()
	status, text, err := s.try(path, body)
	require.NoError(s.t, err)
	var out fields
	require.NoError(s.t, json.Unmarshal(text, &out), "answer is not JSON: %s", text)
	return status, out
}

func (s *sim) try(path string, body any) (int, []byte, error) {
	s.t.Helper()
	method, reader := http.MethodGet, io.Reader(nil)
	if body != nil {
		text, err := json.Marshal(body)
		require.NoError(s.t, err)
		method, reader = http.MethodPost, bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, reader)
	require.NoError(s.t, err)
	request.Header = s.header.Clone()
	response, err := s.http.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer func() { require.NoError(s.t, response.Body.Close()) }()
	text, err := io.ReadAll(response.Body)
	return response.StatusCode, text, err
}

func (s *sim) ok(path string, body any) fields {
	s.t.Helper()
	status, out := s.do(path, body)
	require.Equal(s.t, http.StatusOK, status, "%v", out)
	return out
}

// refused expects an error code with its HTTP status.
func (s *sim) refused(code string, status int, path string, body any) {
	s.t.Helper()
	got, out := s.do(path, body)
	require.Equal(s.t, code, out["code"], "%v", out)
	require.Equal(s.t, status, got)
}

func (s *sim) person(u kakaocerttest.User) fields {
	return fields{
		"settle_id": settleID, "type": "PERSONAL_INFO",
		"name": s.seal(u.Name), "birthday": s.seal(u.Birthday), "phone_no": s.seal(u.Phone),
	}
}

func servicePath(product string) string {
	if product[1] == '1' || product[2] == '2' {
		return "/sign/v2/"
	}
	return "/sign/doc/v1/"
}

func path(step, product, txID string) string {
	p := servicePath(product) + step
	if step == "prepare" {
		p += "/" + product
	}
	if txID != "" {
		p += "?tx_id=" + txID
	}
	return p
}

// prepared opens a transaction for the default user.
func (s *sim) prepared(product string) (txID string) {
	s.t.Helper()
	return s.ok(path("prepare", product, ""), s.person(kakaocerttest.DefaultUser()))["tx_id"].(string)
}

// requested opens a K1100 transaction and sends its nonce.
func (s *sim) requested(product string) (txID string) {
	s.t.Helper()
	txID = s.prepared(product)
	s.ok(path("request", product, ""), fields{"tx_id": txID, "data": "nonce-1"})
	return txID
}
