package kakaocerttest_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mozilla.org/pkcs7"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

var consent = fields{
	"billing_organization": "카카오서트보험", "bank_name": "신한은행", "account_number": "110-123-456789",
	"account_holder": "홍길동", "account_holder_birthday": "19900101", "service_type": "CMS",
}

func jsonOf(t *testing.T, v any) string {
	text, err := json.Marshal(v)
	require.NoError(t, err)
	return string(text)
}

// signedContent checks a signature and returns the signed content and the
// signer.
func (s *sim) signedContent(text any) (content, signer string) {
	s.t.Helper()
	raw, err := base64.StdEncoding.DecodeString(text.(string))
	require.NoError(s.t, err)
	message, err := pkcs7.Parse(raw)
	require.NoError(s.t, err)
	require.NoError(s.t, message.VerifyWithChainAtTime(s.service.Roots(), s.clock.Now()))
	var at time.Time
	require.NoError(s.t, message.UnmarshalSignedAttribute(pkcs7.OIDAttributeSigningTime, &at))
	assert.True(s.t, noon.Equal(at), "signing time is the clock's")
	return string(message.Content), message.GetOnlySigner().Subject.CommonName
}

func TestConsent(t *testing.T) {
	t.Parallel()
	plaintext, err := kakaocert.ParseProtocol(strings.NewReader(`{"signed.consent": "plaintext"}`))
	require.NoError(t, err)
	for _, product := range []string{"K3110T", "K3120T"} {
		for name, protocol := range map[string]*kakaocert.Protocol{"ciphertext": kakaocert.DefaultProtocol(), "plaintext": plaintext} {
			t.Run(product+" "+name, func(t *testing.T) {
				t.Parallel()
				s := start(t, kakaocerttest.Contract{}, kakaocerttest.WithProtocol(protocol))
				txID := s.prepared(product)
				plain := jsonOf(t, consent)
				sealed := s.seal(plain)
				s.ok(path("request", product, ""), fields{"tx_id": txID, "data": sealed})
				tx, found := s.service.Transaction(txID)
				require.True(t, found)
				assert.Equal(t, []kakaocerttest.Document{{Text: plain}}, tx.Documents)

				answer := s.ok(path("verify", product, txID), nil)
				content, signer := s.signedContent(answer["signed_data"])
				want := sealed
				if name == "plaintext" {
					want = plain
				}
				assert.Equal(t, want, content)
				assert.Equal(t, "홍길동", signer)
				s.refused("E2003", 400, path("verify", product, txID), nil)
			})
		}
	}
}

func TestConsentIsChecked(t *testing.T) {
	t.Parallel()
	s := start(t, kakaocerttest.Contract{})
	txID := s.prepared("K3110T")
	request := path("request", "K3110T", "")
	for name, wrong := range map[string]fields{
		"no bank":      consent.with("bank_name", nil),
		"account":      consent.with("account_number", "12a456"),
		"birthday":     consent.with("account_holder_birthday", "900101"),
		"service":      consent.with("service_type", "cms"),
		"one too many": consent.with("amount", "1000"),
		"a number":     consent.with("account_number", 110123456789),
	} {
		t.Run(name, func(t *testing.T) {
			s.refused("E1001", 400, request, fields{"tx_id": txID, "data": s.seal(jsonOf(t, wrong))})
		})
	}
	s.refused("E1001", 400, request, fields{"tx_id": txID, "data": jsonOf(t, consent)})
	s.refused("E1001", 400, request, fields{"tx_id": txID, "data": s.seal("no object")})
	s.refused("E2002", 400, request, fields{"tx_id": txID, "data": s.seal(jsonOf(t, consent.with("account_holder", "홍길순")))})
	s.ok(request, fields{"tx_id": txID, "data": s.seal(jsonOf(t, consent))})
}

func TestDocument_One(t *testing.T) {
	t.Parallel()
	hash := sha256.Sum256([]byte("a long contract"))
	for _, product := range []string{"K3510T", "K3520T"} {
		for kind, data := range map[string]string{"TEXT": "계약서 line\r\n", "HASH": base64.StdEncoding.EncodeToString(hash[:])} {
			t.Run(product+" "+kind, func(t *testing.T) {
				t.Parallel()
				s := start(t, kakaocerttest.Contract{})
				txID := s.prepared(product)
				s.ok(path("request", product, ""), fields{"tx_id": txID, "title": "계약", "document_type": kind, "data": data})
				tx, _ := s.service.Transaction(txID)
				assert.Equal(t, []kakaocerttest.Document{{Title: "계약", Type: kind, Text: data}}, tx.Documents)
				answer := s.ok(path("verify", product, txID), nil)
				content, _ := s.signedContent(answer["signed_data"])
				assert.Equal(t, data, content)
				assert.NotContains(t, answer, "signed_documents")
				assert.NotContains(t, answer, "data")
			})
		}
	}
}

func TestDocuments_Several(t *testing.T) {
	t.Parallel()
	for product, count := range map[string]int{"K3511T": 2, "K3521T": 200} {
		t.Run(product, func(t *testing.T) {
			t.Parallel()
			user := kakaocerttest.DefaultUser()
			user.Key = kakaocerttest.ECDSA
			s := start(t, kakaocerttest.Contract{WithoutCI: true}, kakaocerttest.WithUsers(user))
			txID := s.prepared(product)
			documents := make([]fields, count)
			for i := range documents {
				documents[i] = fields{"title": fmt.Sprint("문서 ", i), "document_type": "TEXT", "data": fmt.Sprint("내용 ", i)}
			}
			s.ok(path("request", product, ""), fields{"tx_id": txID, "documents": documents})
			answer := s.ok(path("verify", product, txID), nil)
			list := answer["signed_documents"].([]any)
			require.Len(t, list, count)
			for i, element := range list {
				content, _ := s.signedContent(element.(map[string]any)["signed_document"])
				assert.Equal(t, fmt.Sprint("내용 ", i), content)
			}
			assert.NotContains(t, answer, "vid")
		})
	}
}

func TestDocumentsAreChecked(t *testing.T) {
	t.Parallel()
	s := start(t, kakaocerttest.Contract{})
	one := fields{"tx_id": s.prepared("K3510T"), "document_type": "TEXT", "data": strings.Repeat("가", 3000)}
	for name, wrong := range map[string]fields{
		"no type":        one.with("document_type", nil),
		"type":           one.with("document_type", "PDF"),
		"no data":        one.with("data", nil),
		"3001":           one.with("data", strings.Repeat("가", 3001)),
		"pairs count":    one.with("data", strings.Repeat("😀", 1501)),
		"not a hash":     one.with("document_type", "HASH"),
		"several":        one.with("documents", []fields{}),
		"hash too short": one.with("document_type", "HASH").with("data", "AAAA"),
	} {
		t.Run(name, func(t *testing.T) {
			s.refused("E1001", 400, path("request", "K3510T", ""), wrong)
		})
	}
	s.ok(path("request", "K3510T", ""), one)

	document := fields{"document_type": "TEXT", "data": "x"}
	txID := s.prepared("K3511T")
	repeat := func(n int) fields {
		list := make([]fields, n)
		for i := range list {
			list[i] = document
		}
		return fields{"tx_id": txID, "documents": list}
	}
	several := path("request", "K3511T", "")
	s.refused("E1001", 400, several, repeat(1))
	s.refused("E1001", 400, several, repeat(201))
	s.refused("E1001", 400, several, repeat(2).with("documents", []any{document, "x"}))
	s.refused("E1001", 400, several, repeat(2).with("documents", []any{document, document.with("name", "x")}))
	s.refused("E1001", 400, several, repeat(2).with("data", "x"))
	s.ok(several, repeat(200))
}

func TestFormsOfAnswers(t *testing.T) {
	t.Parallel()
	user := kakaocerttest.DefaultUser()
	user.Key = kakaocerttest.ECDSA
	s := start(t, kakaocerttest.Contract{}, kakaocerttest.WithUsers(user), kakaocerttest.WithDialect(kakaocerttest.Dialect{
		URLSafe: true, Base64VID: true, IdentityCMS: true, DER: true,
	}))
	var seen strings.Builder
	for range 8 {
		answer := s.ok(path("verify", "K1110T", s.requested("K1110T")), nil)
		assert.Equal(t, "nonce-1", answer["data"])
		text := answer["signed_data"].(string)
		seen.WriteString(text)
		raw, err := base64.URLEncoding.DecodeString(text)
		require.NoError(t, err)
		message, err := pkcs7.Parse(raw)
		require.NoError(t, err)
		assert.Equal(t, "nonce-1", string(message.Content))
		sum, err := base64.StdEncoding.DecodeString(answer["vid"].(string))
		require.NoError(t, err)
		assert.Len(t, sum, 32)
	}
	assert.True(t, strings.ContainsAny(seen.String(), "-_"))
	assert.False(t, strings.ContainsAny(seen.String(), "+/"))
}
