package kakaocert_test

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/internal/cms"
	"github.com/kakaocert-go/kakaocert/internal/vectors"
)

// given is one answer of this package to a portable vector.
type given map[string]any

var refused = given{"refused": true}

// vectorInput contains the fields of the inputs of every part.
type vectorInput struct {
	Mode, Key, IV, Plaintext string
	Ciphertext               *string // which may be empty

	CI, Serial, VID string
	Certificate     []byte

	Signed, Content []byte
	Detached        bool
	Roots           string
	Time            time.Time

	Operation, Product, Nonce string
	HTTPStatus                int     `json:"http_status"`
	Body                      *string // text, or else body_base64
	BodyBase64                []byte  `json:"body_base64"`
	TxID                      string  `json:"tx_id"`

	Consent      map[string]string
	File         []byte
	DocumentType string `json:"document_type"`

	Document  string
	Longest   int       `json:"longest_seconds"`
	PublicKey string    `json:"public_key"`
	StartAt   time.Time `json:"start_at"`
	EndAt     time.Time `json:"end_at"`
	Orders    []struct {
		Data, Signature string
		At              time.Time
	}
}

func TestVectors_HoldForThisPackage(t *testing.T) {
	t.Parallel()
	parts, err := vectors.Parts()
	require.NoError(t, err)
	answerers := map[string]func(*testing.T, vectorInput) given{
		"cipher": answerCipher, "vid": answerVID, "cms": answerCMS,
		"errors": answerError, "answers": answerAnswer, "session": answerSession,
		"consent": answerConsent, "document": answerDocument,
	}
	require.Len(t, parts, len(answerers))
	answers := make(map[string]given)
	for _, part := range parts {
		require.Contains(t, answerers, part.Part)
		for _, v := range part.Vectors {
			var in vectorInput
			require.NoError(t, part.Read(v, &in), v.ID)
			answers[v.ID] = answerers[part.Part](t, in)
		}
	}
	text, err := json.Marshal(answers)
	require.NoError(t, err)
	read, err := vectors.ReadAnswers(text)
	require.NoError(t, err)
	compared, err := vectors.Compare(parts, read, vectors.PartNames(parts))
	require.NoError(t, err)
	for _, d := range compared.Differences {
		assert.Fail(t, d.ID, "%s: %s is %s, must be %s", d.About, d.Field, d.Got, d.Expected)
	}
	assert.True(t, compared.Agrees)
	for _, count := range compared.Parts {
		assert.Zero(t, count.Unsupported, count.Part)
	}
}

func answerCipher(t *testing.T, in vectorInput) given {
	t.Helper()
	var cipher kakaocert.DataCipher
	var err error
	switch in.Mode {
	case "ctr":
		cipher, err = kakaocert.NewCTRCipher(in.Key, in.IV)
	case "cbc":
		cipher, err = kakaocert.NewCBCCipher(in.Key, in.IV)
	default:
		cipher, err = kakaocert.NewGCMCipher(in.Key)
	}
	require.NoError(t, err)
	if in.Ciphertext == nil {
		secret, err := cipher.Encrypt([]byte(in.Plaintext))
		require.NoError(t, err)
		return given{"ciphertext": base64.StdEncoding.EncodeToString(secret)}
	}
	secret, err := base64.StdEncoding.DecodeString(*in.Ciphertext)
	require.NoError(t, err)
	plain, err := cipher.Decrypt(secret)
	if err != nil {
		require.Equal(t, kakaocert.ErrDecrypt, err)
		return refused
	}
	return given{"plaintext": string(plain)}
}

func answerVID(t *testing.T, in vectorInput) given {
	t.Helper()
	serial, err := hex.DecodeString(in.Serial)
	require.NoError(t, err)
	if in.Certificate != nil {
		certificate, err := x509.ParseCertificate(in.Certificate)
		require.NoError(t, err)
		serial = cms.SerialBytes(certificate)
	}
	if in.VID != "" {
		explanation, err := kakaocert.ExplainVID(in.CI, in.VID, serial)
		return given{"same": err == nil && explanation == "the VID agrees"}
	}
	vid, err := kakaocert.ComputeVID(in.CI, serial)
	if err != nil {
		return refused
	}
	return given{"vid": vid.Hex(), "serial": hex.EncodeToString(serial)}
}

// verifierOf trusts the vector's roots, at its time.
func verifierOf(t *testing.T, in vectorInput) *kakaocert.Verifier {
	t.Helper()
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM([]byte(in.Roots)))
	verifier, err := kakaocert.NewVerifier(roots, kakaocert.WithTime(in.Time), kakaocert.UnsafeNoRevocation())
	require.NoError(t, err)
	return verifier
}

func answerCMS(t *testing.T, in vectorInput) given {
	t.Helper()
	verifier := verifierOf(t, in)
	rule := kakaocert.ExpectContent(in.Content)
	if in.Detached {
		rule = kakaocert.DetachedContent(in.Content)
	}
	verified, err := verifier.Verify(in.Signed, rule)
	if err == nil && in.VID != "" {
		err = verified.CompareVID(in.CI, in.VID)
	}
	return verdictOf(t, err)
}

func verdictOf(t *testing.T, err error) given {
	t.Helper()
	if err == nil {
		return given{"verified": true, "reason": ""}
	}
	failed, ok := errors.AsType[*kakaocert.VerifyError](err)
	require.True(t, ok, "%v", err)
	return given{"verified": false, "reason": failed.Check, "defect": string(failed.Defect)}
}

// signedAnswer is an answer to verify with the vector's signature.
func signedAnswer(t *testing.T, in vectorInput) []byte {
	t.Helper()
	body, err := json.Marshal(map[string]string{"result": "Y", "signed_data": base64.StdEncoding.EncodeToString(in.Signed)})
	require.NoError(t, err)
	return body
}

func answerConsent(t *testing.T, in vectorInput) given {
	t.Helper()
	consent := &kakaocert.Consent{
		BillingOrganization: in.Consent["billing_organization"], BankName: in.Consent["bank_name"], AccountNumber: in.Consent["account_number"],
		AccountHolder: in.Consent["account_holder"], AccountHolderBirthday: in.Consent["account_holder_birthday"],
		CollectionType: kakaocert.CollectionType(in.Consent["service_type"]),
	}
	tx := parseTransaction[kakaocert.K3100Product](t, "K3110T:tx")
	result, err := answeringClient(t, in).K3100.Restore(tx, signedAnswer(t, in), consent)
	require.NoError(t, err)
	_, err = result.Check(verifierOf(t, in))
	different := []string{}
	if differs, ok := errors.AsType[*kakaocert.ConsentError](err); ok {
		for _, item := range differs.Items {
			if !strings.HasPrefix(item, "(") {
				different = append(different, item)
			}
		}
	}
	return given{"agrees": err == nil, "different": different}
}

func answerDocument(t *testing.T, in vectorInput) given {
	t.Helper()
	document := kakaocert.TextDocument("약관", string(in.File))
	if in.DocumentType == "HASH" {
		var err error
		document, err = kakaocert.DigestDocumentFrom("약관", bytes.NewReader(in.File))
		require.NoError(t, err)
	}
	tx := parseTransaction[kakaocert.K3500Product](t, "K3510T:tx")
	if in.Signed == nil {
		return given{"data": sentDocument(t, tx, document)}
	}
	documents := []kakaocert.Document{document}
	result, err := answeringClient(t, in).K3500.Restore(tx, signedAnswer(t, in), documents)
	require.NoError(t, err)
	_, err = result.Check(verifierOf(t, in))
	return verdictOf(t, err)
}

// sentDocument is what a request contains of a document.
func sentDocument(t *testing.T, tx kakaocert.K3500Transaction, document kakaocert.Document) string {
	t.Helper()
	var sent struct{ Data string }
	config := configWith(t, roundTripper(func(r *http.Request) (*http.Response, error) {
		if err := json.NewDecoder(r.Body).Decode(&sent); err != nil {
			return nil, err
		}
		return answer(http.StatusOK, `{"result":"Y"}`), nil
	}))
	config.Evidence = kakaocert.UnsafeNoEvidence()
	_, err := newClient(t, config).K3500.Request(t.Context(), tx, &kakaocert.K3500RequestParams{Title: "약관", Documents: []kakaocert.Document{document}})
	require.NoError(t, err)
	return sent.Data
}

// answeringClient is a client whose every call gets the vector's answer.
func answeringClient(t *testing.T, in vectorInput) *kakaocert.Client {
	t.Helper()
	body := string(in.BodyBase64)
	if in.Body != nil {
		body = *in.Body
	}
	config := configWith(t, answering(in.HTTPStatus, body))
	config.Evidence, config.Retries = kakaocert.UnsafeNoEvidence(), kakaocert.NoRetries
	if in.Key != "" {
		var err error
		config.Cipher, err = kakaocert.NewCTRCipher(in.Key, in.IV)
		require.NoError(t, err)
	}
	return newClient(t, config)
}

func answerError(t *testing.T, in vectorInput) given {
	t.Helper()
	_, err := answeringClient(t, in).K1100.Prepare(t.Context(), &kakaocert.K1100PrepareParams{Product: kakaocert.K1110, User: byHong})
	failed, ok := errors.AsType[*kakaocert.APIError](err)
	if !ok {
		require.NoError(t, err)
		return given{"code": ""}
	}
	return given{"code": string(failed.Code), "message": failed.Message().Reveal()}
}

func answerAnswer(t *testing.T, in vectorInput) given {
	t.Helper()
	client, ctx := answeringClient(t, in), t.Context()
	fields, err := func() (given, error) {
		if in.Operation == "k3500.verify" {
			return fetchedDocuments(t, client, in)
		}
		tx := parseTransaction[kakaocert.K1100Product](t, "K1110T:"+in.TxID)
		switch in.Operation {
		case "k1100.prepare":
			tx, err := client.K1100.Prepare(ctx, &kakaocert.K1100PrepareParams{Product: kakaocert.K1110, User: byHong})
			return given{"tx_id": tx.TxID()}, err
		case "k1100.request":
			_, err := client.K1100.Request(ctx, tx, &kakaocert.K1100RequestParams{Data: "nonce"})
			return given{}, err
		case "k1100.status":
			status, err := client.K1100.Status(ctx, tx)
			if err != nil {
				return nil, err
			}
			return given{
				"status": status.Status, "signed_at": timeOrNil(status.SignedAt), "requested_at": timeOrNil(status.RequestedAt),
			}, nil
		case "k1100.verify":
			result, err := client.K1100.Verify(ctx, tx, in.Nonce)
			if err != nil {
				return nil, err
			}
			return given{"nonce": in.Nonce, "ci": result.CI().Reveal(), "vid": vidInHex(t, result.VID().Reveal())}, nil
		default:
			require.Equal(t, "k1100.signer", in.Operation)
			info, err := client.K1100.SignerInfo(ctx, tx)
			if err != nil {
				return nil, err
			}
			return given{"ci": info.CI.Reveal(), "name": info.Name.Reveal(), "birthday": info.Birthday.Reveal(), "phone": info.Phone.Reveal()}, nil
		}
	}()
	if err != nil {
		return given{"accepted": false}
	}
	fields["accepted"] = true
	return fields
}

func fetchedDocuments(t *testing.T, client *kakaocert.Client, in vectorInput) (given, error) {
	t.Helper()
	documents := []kakaocert.Document{contract, contract}[:1+strings.Count(in.Product, "K3511")]
	tx := parseTransaction[kakaocert.K3500Product](t, in.Product+"T:"+in.TxID)
	result, err := client.K3500.Verify(t.Context(), tx, documents)
	if err != nil {
		return nil, err
	}
	digests := []string{}
	for _, signed := range result.SignedData() {
		sum := sha256.Sum256(signed)
		digests = append(digests, hex.EncodeToString(sum[:]))
	}
	return given{"signatures": digests}, nil
}

func timeOrNil(at time.Time) any {
	if at.IsZero() {
		return nil
	}
	return at.Format(time.RFC3339)
}

// vidInHex is a VID in the form of the vectors.
func vidInHex(t *testing.T, text string) string {
	t.Helper()
	if raw, err := base64.StdEncoding.DecodeString(text); err == nil && len(raw) == sha256.Size {
		return hex.EncodeToString(raw)
	}
	return text
}

// answerSession checks orders at their own times, as if they came then.
func answerSession(t *testing.T, in vectorInput) given {
	t.Helper()
	if in.Document != "" {
		tx := parseTransaction[kakaocert.K2220Product](t, "K3220T:"+in.TxID)
		session, err := kakaocert.OpenSession(tx, []byte(in.Document), time.Duration(in.Longest)*time.Second)
		if err != nil {
			return given{"opened": false}
		}
		return given{"opened": true, "start_at": session.StartAt().Format(time.RFC3339), "end_at": session.EndAt().Format(time.RFC3339)}
	}
	text, err := json.Marshal(map[string]any{"transaction": "K3220T:tx", "public_key": in.PublicKey, "start_at": in.StartAt, "end_at": in.EndAt})
	require.NoError(t, err)
	accepted := []bool{}
	synctest.Test(t, func(t *testing.T) {
		var session kakaocert.Session
		require.NoError(t, json.Unmarshal(text, &session))
		seen := kakaocert.NewMemoryReplayStore()
		for _, order := range in.Orders {
			time.Sleep(time.Until(order.At))
			err := session.VerifyOnce(t.Context(), seen, []byte(order.Data), order.Signature)
			if err != nil {
				require.ErrorAs(t, err, new(*kakaocert.SessionError))
			}
			accepted = append(accepted, err == nil)
		}
	})
	return given{"accepted": accepted}
}
