package languages

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/urfave/cli/v3"
	"go.mozilla.org/pkcs7"

	"github.com/kakaocert-go/kakaocert/internal/command/call"
	"github.com/kakaocert-go/kakaocert/internal/command/call/calltest"
	"github.com/kakaocert-go/kakaocert/internal/command/verify"
	"github.com/kakaocert-go/kakaocert/internal/vectors"
)

// kakaocertCommand contains the verbs that the tests of this package call.
var kakaocertCommand calltest.Command = func(getenv func(string) string) []*cli.Command {
	return []*cli.Command{Command(), verify.Command(getenv)}
}

var run = kakaocertCommand.Run

// rightAnswers are what the vectors expect.
func rightAnswers(t *testing.T) (map[string]map[string]any, []vectors.Part) {
	t.Helper()
	parts, err := vectors.Parts()
	require.NoError(t, err)
	answers := make(map[string]map[string]any)
	for _, part := range parts {
		for _, v := range part.Vectors {
			answer := make(map[string]any)
			for name, value := range v.Expect {
				answer[name] = value
			}
			answers[v.ID] = answer
		}
	}
	return answers, parts
}

// told is what the command reports about answers, and which vectors it names.
func told(t *testing.T, answers map[string]map[string]any, args ...string) (code int, ids []string) {
	t.Helper()
	text, err := json.Marshal(answers)
	require.NoError(t, err)
	got := run(t, nil, string(text), append([]string{"vectors", "--json", "-"}, args...)...)
	require.Empty(t, got.Errors)
	compared := calltest.Objects[vectors.Comparison](t, got.Out)[0]
	for _, d := range compared.Differences {
		ids = append(ids, d.ID)
	}
	assert.Equal(t, got.Code == call.ExitDone, compared.Agrees)
	return got.Code, ids
}

func TestVectors_QuestionsAreOneObjectWithoutExpectations(t *testing.T) {
	t.Parallel()
	got := run(t, nil, "", "vectors")
	require.Equal(t, call.ExitDone, got.Code)
	printed := calltest.Objects[struct{ Parts []vectors.Part }](t, got.Out)
	require.Len(t, printed, 1)
	assert.Equal(t, []string{"answers", "cipher", "cms", "consent", "document", "errors", "session", "vid"}, vectors.PartNames(printed[0].Parts))
	for _, part := range printed[0].Parts {
		for _, v := range part.Vectors {
			require.NotEmpty(t, v.Input, v.ID)
			require.Empty(t, v.Expect, v.ID)
			require.Empty(t, v.Detail, v.ID)
		}
	}
	some := calltest.Objects[struct{ Parts []vectors.Part }](t, run(t, nil, "", "vectors", "--part", "vid", "--part", "cipher").Out)
	assert.Equal(t, []string{"vid", "cipher"}, vectors.PartNames(some[0].Parts))
}

func TestVectors_RightAnswersAgree(t *testing.T) {
	t.Parallel()
	answers, _ := rightAnswers(t)
	code, ids := told(t, answers)
	assert.Equal(t, call.ExitDone, code)
	assert.Empty(t, ids)
	maps.DeleteFunc(answers, func(id string, _ map[string]any) bool { return !strings.HasPrefix(id, "vid/") })
	code, _ = told(t, answers)
	assert.Equal(t, call.ExitDone, code, "one part is enough")
	code, ids = told(t, answers, "--part", "vid", "--part", "session")
	assert.Equal(t, call.ExitNo, code)
	assert.Contains(t, ids, "session/order")
}

// An implementation that computes the VID as big.Int.Bytes() in Go would.
func TestVectors_NameADroppedLeadingZero(t *testing.T) {
	t.Parallel()
	answers, parts := rightAnswers(t)
	chosen, err := vectors.Choose(parts, []string{"vid"})
	require.NoError(t, err)
	dropped := 0
	for _, v := range chosen[0].Vectors {
		var in struct {
			CI, Serial string
		}
		require.NoError(t, chosen[0].Read(v, &in))
		ci, err := base64.StdEncoding.DecodeString(in.CI)
		require.NoError(t, err)
		serial, err := hex.DecodeString(in.Serial)
		require.NoError(t, err)
		if answers[v.ID]["vid"] == nil || in.Serial == "" {
			continue
		}
		if serial[0] == 0 {
			serial = serial[1:]
			dropped++
		}
		sum := sha256.Sum256(slices.Concat(ci, serial))
		answers[v.ID]["vid"] = hex.EncodeToString(sum[:])
	}
	require.NotZero(t, dropped)
	code, ids := told(t, answers)
	assert.Equal(t, call.ExitNo, code)
	assert.Equal(t, []string{"vid/leading-zero", "vid/leading-zero-long", "vid/longest"}, ids)
}

func TestVectors_NameCBCForCTR(t *testing.T) {
	t.Parallel()
	answers, parts := rightAnswers(t)
	chosen, err := vectors.Choose(parts, []string{"cipher"})
	require.NoError(t, err)
	wrong := 0
	for _, v := range chosen[0].Vectors {
		var in struct {
			Mode, Plaintext string
			Key, IV         []byte
		}
		require.NoError(t, chosen[0].Read(v, &in))
		if in.Mode != "ctr" || in.Plaintext == "" {
			continue
		}
		wrong++
		block, err := aes.NewCipher(in.Key)
		require.NoError(t, err)
		n := aes.BlockSize - len(in.Plaintext)%aes.BlockSize
		text := []byte(in.Plaintext + strings.Repeat(string(rune(n)), n))
		cipher.NewCBCEncrypter(block, in.IV).CryptBlocks(text, text)
		answers[v.ID]["ciphertext"] = base64.StdEncoding.EncodeToString(text)
	}
	code, ids := told(t, answers)
	assert.Equal(t, call.ExitNo, code)
	assert.Len(t, ids, wrong)
	for _, id := range ids {
		assert.True(t, strings.HasPrefix(id, "cipher/ctr-encrypt-"), id)
	}
}

// believes is an implementation that takes for true what a library verifies: go.mozilla.org/pkcs7
// checks the signature over whatever the message has, and the chain.
func believes(signed, content []byte, detached bool, roots *x509.CertPool, at time.Time) bool {
	message, err := pkcs7.Parse(signed)
	if err != nil {
		return false
	}
	if detached {
		message.Content = content
	}
	return message.VerifyWithChainAtTime(roots, at) == nil
}

func TestVectors_NameForgedContent(t *testing.T) {
	t.Parallel()
	answers, parts := rightAnswers(t)
	chosen, err := vectors.Choose(parts, []string{"cms"})
	require.NoError(t, err)
	for _, v := range chosen[0].Vectors {
		var in struct {
			Signed, Content []byte
			Detached        bool
			Roots           string
			Time            time.Time
		}
		require.NoError(t, chosen[0].Read(v, &in))
		roots := x509.NewCertPool()
		require.True(t, roots.AppendCertsFromPEM([]byte(in.Roots)))
		answers[v.ID]["verified"] = believes(in.Signed, in.Content, in.Detached, roots, in.Time)
	}
	code, ids := told(t, answers)
	assert.Equal(t, call.ExitNo, code)
	for _, forged := range []string{
		"cms/bad-attributes-missing_replayed-as-content", "cms/bad-content-differs", "cms/bad-content-type-differs",
		"cms/content-another", "cms/content-longer", "cms/content-empty",
		"cms/bad-key-usage_encipherment", "cms/bad-trailing-data", "cms/vid-another",
	} {
		assert.Contains(t, ids, forged)
	}
	for _, id := range ids {
		assert.True(t, strings.HasPrefix(id, "cms/"), id)
	}
	assert.NotContains(t, ids, "cms/good-rsa")
	assert.NotContains(t, ids, "cms/bad-signature-wrong")
}

// An implementation that reads a signed consent as encoding/json does, and looks
// for the six items.
func TestVectors_NameALaxReaderOfConsents(t *testing.T) {
	t.Parallel()
	answers, parts := rightAnswers(t)
	chosen, err := vectors.Choose(parts, []string{"consent"})
	require.NoError(t, err)
	for _, v := range chosen[0].Vectors {
		var in struct {
			Key, IV, Content []byte
			Consent          map[string]string
		}
		require.NoError(t, chosen[0].Read(v, &in))
		secret, err := base64.StdEncoding.DecodeString(string(in.Content))
		if err != nil {
			continue
		}
		block, err := aes.NewCipher(in.Key)
		require.NoError(t, err)
		cipher.NewCTR(block, in.IV).XORKeyStream(secret, secret)
		found := make(map[string]any)
		agrees := json.Unmarshal(secret, &found) == nil
		for item, value := range in.Consent {
			agrees = agrees && found[item] == value
		}
		answers[v.ID]["agrees"] = agrees
	}
	code, ids := told(t, answers)
	assert.Equal(t, call.ExitNo, code)
	assert.ElementsMatch(t, []string{
		"consent/more", "consent/repeated", "consent/repeated-equal",
		"consent/signature-of-another", "consent/content-replaced", "consent/detached", "consent/another-root",
	}, ids)
}

// An implementation that compares the document's hash with messageDigest, where
// every message has a hash, and not with what was signed.
func TestVectors_NameAHashThatIsNotTheContent(t *testing.T) {
	t.Parallel()
	answers, parts := rightAnswers(t)
	chosen, err := vectors.Choose(parts, []string{"document"})
	require.NoError(t, err)
	for _, v := range chosen[0].Vectors {
		var in struct{ File, Signed []byte }
		require.NoError(t, chosen[0].Read(v, &in))
		if in.Signed != nil {
			digest := sha256.Sum256(in.File)
			message, err := pkcs7.Parse(in.Signed)
			require.NoError(t, err)
			var inside []byte
			require.NoError(t, message.UnmarshalSignedAttribute(pkcs7.OIDAttributeMessageDigest, &inside))
			answers[v.ID]["verified"] = string(digest[:]) == string(inside)
		}
	}
	code, ids := told(t, answers)
	assert.Equal(t, call.ExitNo, code)
	assert.ElementsMatch(t, []string{
		"document/hash", "document/hash-binary", "document/hash-empty", "document/document-and-not-hash", "document/hash-in-message-digest",
	}, ids)
}

func TestVectors_WordsForPeople(t *testing.T) {
	t.Parallel()
	file := calltest.Write(t, "answers.json", []byte(`{"errors/named-code":{"code":""}}`))
	got := run(t, nil, "", "vectors", file)
	require.Equal(t, call.ExitNo, got.Code)
	assert.Contains(t, got.Out, "DIFFER, 0 of ")
	assert.Contains(t, got.Out, "vid       not answered\n")
	assert.Contains(t, got.Out, "errors/named-code: the code is in code\n  field        code\n  expected     \"E2001\"\n  got          \"\"\n")
	assert.Contains(t, got.Out, "errors/page: a page of something in between\n  answer       there is none\n")
	korean := run(t, nil, "", "vectors", file, "--lang", "ko").Out
	assert.Contains(t, korean, "불일치")
	assert.Contains(t, korean, "기대한 값")
	hostile := run(t, nil, `{"errors/named-code":{"code":"`+strings.Repeat(`\u001b[2J`, 100)+`"}}`, "vectors", "-").Out
	assert.NotContains(t, hostile, "\x1b")
}

func TestVectors_WrongCalls(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		input, error string
		args         []string
	}{
		"no such file":    {"", "no such file", []string{"missing.json"}},
		"no such part":    {"", "--part must be one of answers, cipher, cms, consent, document, errors, session, vid", []string{"--part", "java"}},
		"two files":       {"", "one file of answers", []string{"-", "-"}},
		"no JSON":         {"vid: 1", "must be one JSON object", []string{"-"}},
		"an unknown ID":   {`{"vid/two":{}}`, `"vid/two" is no vector of these parts: answers`, []string{"-"}},
		"of another part": {`{"vid/one":{}}`, `"vid/one" is no vector of these parts: cms`, []string{"--part", "cms", "-"}},
	} {
		got := run(t, nil, c.input, append([]string{"vectors"}, c.args...)...)
		assert.Equal(t, call.ExitWrong, got.Code, name)
		assert.Contains(t, got.Errors, c.error, name)
		assert.Empty(t, got.Out, name)
	}
}
