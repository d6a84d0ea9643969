package kakaocert_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// hash is a document that only its digest is sent of.
func hash(t testing.TB, title string, size int) kakaocert.Document {
	t.Helper()
	d, err := kakaocert.DigestDocumentFrom(title, bytes.NewReader(bytes.Repeat([]byte("약관"), size)))
	require.NoError(t, err)
	return d
}

// contracted is 홍길동's signature of the documents, and what checks it.
func contracted(t *testing.T, server *kakaocerttest.Server, product kakaocert.K3500Product, user kakaocert.User, documents ...kakaocert.Document) (*kakaocert.K3500Result, *kakaocert.Verifier) {
	t.Helper()
	config := server.Config()
	config.Evidence = new(memorySink)
	client := newClient(t, config)
	tx := requestedDocuments(t, client, product, user, documents...)
	result, err := client.K3500.Verify(t.Context(), tx, documents)
	require.NoError(t, err)
	info, err := client.K3500.SignerInfo(t.Context(), tx)
	require.NoError(t, err)
	require.NoError(t, info.Compare(user))
	verifier, err := kakaocert.NewVerifier(server.Roots(), kakaocert.UnsafeNoRevocation())
	require.NoError(t, err)
	return result, verifier
}

func requestedDocuments(t testing.TB, client *kakaocert.Client, product kakaocert.K3500Product, user kakaocert.User, documents ...kakaocert.Document) kakaocert.K3500Transaction {
	t.Helper()
	tx, err := client.K3500.Prepare(t.Context(), &kakaocert.K3500PrepareParams{Product: product, User: user})
	require.NoError(t, err)
	_, err = client.K3500.Request(t.Context(), tx, &kakaocert.K3500RequestParams{Documents: documents, Title: "계약서", IdentifyItems: everyItem})
	require.NoError(t, err)
	_, err = client.K3500.Wait(soon(t), tx)
	require.NoError(t, err)
	return tx
}

func TestK3500_EndToEnd(t *testing.T) {
	t.Parallel()
	user := kakaocerttest.DefaultUser()
	user.CI = kakaocerttest.NewService().Users()[0].CI
	one := []kakaocert.Document{kakaocert.TextDocument("대출계약서", "제1조 (목적)\r\n 이 계약은 …\t\n  ")}
	several := append(one, hash(t, "약관", 100_000), kakaocert.TextDocument("동의서", strings.Repeat("𝄞", 1500)))
	for product, documents := range map[kakaocert.K3500Product][]kakaocert.Document{
		kakaocert.K3510: one, kakaocert.K3520: {hash(t, "약관", 1)}, kakaocert.K3511: several, kakaocert.K3521: several,
	} {
		for name, who := range map[string]kakaocert.User{
			"by person": byHong, "by CI": kakaocert.ByCI(user.CI), "by CI and phone": kakaocert.ByCIAndPhone(user.CI, user.Phone),
		} {
			for form, answers := range map[string]kakaocerttest.Dialect{"BER": {}, "DER": {DER: true, URLSafe: true, Base64VID: true}} {
				t.Run(fmt.Sprint(product, " ", name, " ", form), func(t *testing.T) {
					t.Parallel()
					server := kakaocerttest.NewServer(t, kakaocerttest.WithUsers(user), kakaocerttest.WithDialect(answers))
					result, verifier := contracted(t, server, product, who, documents...)
					checked, err := result.Check(verifier)
					require.NoError(t, err)
					assert.Len(t, checked.Verified(), len(documents))
					assert.NoError(t, checked.CheckVID(result))
				})
			}
		}
	}
}

// Nothing between the caller and the signature changes an byte: no escaping,
// no normalising, no line ends.
func TestK3500_TextIsSignedExactlyAsGiven(t *testing.T) {
	t.Parallel()
	const (
		composed   = "\uac00\uac01"                   // 가각
		decomposed = "\u1100\u1161\u1100\u1161\u11a8" // the same to the eye
	)
	for name, text := range map[string]string{
		"marks of HTML":        `<b>a & b</b> "c" 'd' \u003c &lt;`,
		"line separators":      "a\u2028b\u2029c\u0085d",
		"line ends":            "a\r\nb\nc\rd\n\n",
		"blanks at both ends":  " \t a \u00a0\u3000",
		"a byte order mark":    "\ufeffa",
		"composed Hangul":      composed,
		"decomposed Hangul":    decomposed,
		"beyond the BMP":       "𝄞🏦",
		"what URLs would hide": "%EA%B0%80+a=b&c",
		"control characters":   "\x01\x1f\x7f",
		"a replacement":        "\ufffd",
		"Base64":               "MIIB",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			document := kakaocert.TextDocument("문서", text)
			server := kakaocerttest.NewServer(t)
			result, verifier := contracted(t, server, kakaocert.K3510, byHong, document)
			assert.Equal(t, text, server.Transactions()[0].Documents[0].Text, "what the user saw")
			checked, err := result.Check(verifier)
			require.NoError(t, err)
			assert.Equal(t, text, string(checked.Verified()[0].Content()), "what was signed")
		})
	}
	server := kakaocerttest.NewServer(t)
	result, verifier := contracted(t, server, kakaocert.K3510, byHong, kakaocert.TextDocument("문서", composed))
	_, err := result.On(kakaocert.TextDocument("문서", decomposed)).Check(verifier)
	assert.ErrorIs(t, err, kakaocert.ErrContentMismatch, "equal to the eye is not equal")
}

func TestK3500_TwoHundredDocuments(t *testing.T) {
	t.Parallel()
	documents := make([]kakaocert.Document, 200)
	for i := range documents {
		documents[i] = kakaocert.TextDocument(fmt.Sprint("문서 ", i), strings.Repeat("가", 2990)+fmt.Sprintf("%010d", i))
	}
	server := kakaocerttest.NewServer(t)
	result, verifier := contracted(t, server, kakaocert.K3511, byHong, documents...)
	checked, err := result.Check(verifier)
	require.NoError(t, err)
	assert.Len(t, checked.Verified(), 200)

	documents[17], documents[99] = documents[99], documents[17]
	checked, err = result.Check(verifier)
	require.NoError(t, err, "the caller's slice is not the result's")
	require.Len(t, checked.Verified(), 200)
	checked, err = result.On(documents...).Check(verifier)
	require.ErrorIs(t, err, kakaocert.ErrContentMismatch)
	assert.ErrorContains(t, err, "2 of 200 documents failed the check, first document 18:")
	assert.Len(t, checked.Verified(), 198)
	assert.ErrorIs(t, checked.CheckVID(result), kakaocert.ErrContentMismatch, "no VID of what failed")
	for i, c := range checked.Documents() {
		assert.Equal(t, i == 17 || i == 99, c.Err != nil)
		assert.Equal(t, c.Err == nil, c.Verified != nil)
	}
}

func TestK3500_DocumentsAreLimitedByProduct(t *testing.T) {
	t.Parallel()
	_, client := setup(t)
	text := kakaocert.TextDocument("문서", "본문")
	for _, c := range []struct {
		name      string
		product   kakaocert.K3500Product
		documents []kakaocert.Document
		field     string
	}{
		{"none", kakaocert.K3510, nil, "Documents"},
		{"two for one", kakaocert.K3510, []kakaocert.Document{text, text}, "Documents"},
		{"one for several", kakaocert.K3511, []kakaocert.Document{text}, "Documents"},
		{"201", kakaocert.K3521, make([]kakaocert.Document, 201), "Documents"},
		{"zero document", kakaocert.K3510, make([]kakaocert.Document, 1), "Documents[0]"},
		{"empty text", kakaocert.K3510, []kakaocert.Document{kakaocert.TextDocument("문서", "")}, "Documents[0].Text"},
		{"3001 characters", kakaocert.K3510, []kakaocert.Document{kakaocert.TextDocument("문서", strings.Repeat("가", 3001))}, "Documents[0].Text"},
		{"1501 pairs", kakaocert.K3510, []kakaocert.Document{kakaocert.TextDocument("문서", strings.Repeat("𝄞", 1501))}, "Documents[0].Text"},
		{"not UTF-8", kakaocert.K3510, []kakaocert.Document{kakaocert.TextDocument("문서", "\xff")}, "Documents[0].Text"},
		{"long title", kakaocert.K3510, []kakaocert.Document{kakaocert.TextDocument(strings.Repeat("가", 201), "본문")}, "Documents[0].Title"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			tx, err := client.K3500.Prepare(t.Context(), &kakaocert.K3500PrepareParams{Product: c.product, User: byHong})
			require.NoError(t, err)
			_, err = client.K3500.Request(t.Context(), tx, &kakaocert.K3500RequestParams{Documents: c.documents})
			argument, ok := errors.AsType[*kakaocert.ArgumentError](err)
			require.True(t, ok, "%v", err)
			assert.Equal(t, c.field, argument.Field)
		})
	}
}

func TestK3500_FetchesNoSignatureWithoutASink(t *testing.T) {
	t.Parallel()
	server, client := setup(t)
	document := kakaocert.TextDocument("문서", "본문")
	tx := requestedDocuments(t, client, kakaocert.K3510, byHong, document)
	_, err := client.K3500.Verify(t.Context(), tx, []kakaocert.Document{document})
	argument, ok := errors.AsType[*kakaocert.ArgumentError](err)
	require.True(t, ok)
	assert.Equal(t, "Config.Evidence", argument.Field)
	assert.Zero(t, server.Calls("verify"))

	config := server.Config()
	config.Evidence = kakaocert.UnsafeNoEvidence()
	_, err = newClient(t, config).K3500.Verify(t.Context(), tx, []kakaocert.Document{document})
	assert.NoError(t, err)
}

// Each document well signed, and not by one person.
func TestK3500_DocumentsOfSeveralSigners(t *testing.T) {
	t.Parallel()
	other := kakaocerttest.User{Name: "성춘향", Birthday: "19910202", Phone: "01098765432"}
	server := kakaocerttest.NewServer(t, kakaocerttest.WithUsers(kakaocerttest.DefaultUser(), other))
	documents := []kakaocert.Document{
		kakaocert.TextDocument("계약서", "제1조"), kakaocert.TextDocument("약관", "제2조"), kakaocert.TextDocument("동의서", "제3조"),
	}
	byOther := kakaocert.ByPerson(kakaocert.Person{Name: other.Name, Birthday: other.Birthday, Phone: other.Phone})
	config := server.Config()
	config.Evidence = kakaocert.UnsafeNoEvidence()
	client := newClient(t, config)
	var signed []string
	for i, user := range []kakaocert.User{byHong, byOther, byHong} {
		one, _ := contracted(t, server, kakaocert.K3510, user, documents[i])
		signed = append(signed, `{"signed_document":"`+b64(one.SignedData()[0])+`"}`)
	}
	tx, err := kakaocert.ParseTransaction[kakaocert.K3500Product]("K3511T:tx")
	require.NoError(t, err)
	body := `{"tx_id":"tx","result":"Y","status":"COMPLETED","signed_documents":[` + strings.Join(signed, ",") + `]}`
	result, err := client.K3500.Restore(tx, []byte(body), documents)
	require.NoError(t, err)
	verifier, err := kakaocert.NewVerifier(server.Roots(), kakaocert.UnsafeNoRevocation())
	require.NoError(t, err)
	checked, err := result.Check(verifier)
	require.ErrorIs(t, err, kakaocert.ErrSignersDiffer)
	checks := checked.Documents()
	require.ErrorIs(t, checks[1].Err, kakaocert.ErrSignersDiffer)
	assert.Nil(t, checks[1].Verified)
	assert.NoError(t, checks[0].Err)
	assert.NoError(t, checks[2].Err)
}

func TestK3500_CheckNeedsAsManyDocumentsAsWereSigned(t *testing.T) {
	t.Parallel()
	server := kakaocerttest.NewServer(t)
	document := kakaocert.TextDocument("문서", "본문")
	result, verifier := contracted(t, server, kakaocert.K3510, byHong, document)
	var argument *kakaocert.ArgumentError
	_, err := result.On().Check(verifier)
	require.ErrorAs(t, err, &argument, "asked by a program that has the documents no longer")
	_, err = result.Check(nil)
	require.ErrorAs(t, err, &argument)
	_, err = result.On(kakaocert.TextDocument("문서", "본문 ")).Check(verifier)
	assert.ErrorIs(t, err, kakaocert.ErrContentMismatch, "a blank is a difference")
}
