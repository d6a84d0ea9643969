package verify

import (
	"crypto/elliptic"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/internal/cms"
	"github.com/kakaocert-go/kakaocert/internal/cms/cmstest"
	"github.com/kakaocert-go/kakaocert/internal/command/call"
	"github.com/kakaocert-go/kakaocert/internal/command/call/calltest"
)

// The messages of testdata are good or bad at this time.
const vectorTime = "2026-06-01T12:00:00Z"

// vectors lists the messages in a folder of testdata/cms.
func vectors(t *testing.T, folder string) []string {
	t.Helper()
	files, err := filepath.Glob(calltest.Vector(folder, "*"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	return files
}

func verifyArgs(more ...string) []string {
	return append([]string{"verify", "--roots", calltest.Vector("root.pem"), "--time", vectorTime}, more...)
}

var upToKeyUsage = []string{"parsed", "signer_certificate", "algorithms", "signed_attributes", "signature", "chain", "key_usage"}

func TestVerifyAcceptsGoodMessages(t *testing.T) {
	t.Parallel()
	attached := slices.DeleteFunc(vectors(t, "good"), func(file string) bool { return filepath.Base(file) == "detached.der" })
	// Flags may come after the files as well as before them.
	got := run(t, nil, "", verifyArgs(append(attached, "--content", calltest.Vector("content.txt"), "--json")...)...)
	require.Equal(t, call.ExitDone, got.Code, got.Errors)
	answers := calltest.Objects[signed](t, got.Out)
	require.Len(t, answers, len(attached))
	for i, answer := range answers {
		assert.Equal(t, attached[i], answer.File)
		assert.True(t, answer.Verified, answer.File)
		assert.Empty(t, answer.Reason)
		assert.Equal(t, append(upToKeyUsage[:7:7], "content"), answer.Checks)
		assert.Equal(t, 40, answer.ContentLength)
		assert.True(t, answer.ContentChecked)
		assert.Equal(t, "CN=***,O=***,C=KR", answer.Signer.Subject)
		assert.NotEmpty(t, answer.Signer.Serial)
	}
	assert.Empty(t, got.Errors)
}

// The name of a bad message is its defect.
func TestVerifyRefusesBadMessages(t *testing.T) {
	t.Parallel()
	bad := vectors(t, "bad")
	got := run(t, nil, "", verifyArgs(append(bad, "--content", calltest.Vector("content.txt"), "--json")...)...)
	require.Equal(t, call.ExitNo, got.Code, got.Errors)
	answers := calltest.Objects[signed](t, got.Out)
	require.Len(t, answers, len(bad))
	order := append(upToKeyUsage[:7:7], "revocation", "content")
	for i, answer := range answers {
		defect, _, _ := strings.Cut(strings.TrimSuffix(filepath.Base(bad[i]), ".der"), "_")
		if filepath.Base(bad[i]) == "stray-end-of-contents_first.der" {
			defect = "not-signed-data" // its first byte could as well be that of a text
		}
		assert.Equal(t, defect, answer.Defect, answer.File)
		assert.False(t, answer.Verified)
		assert.False(t, answer.ContentChecked)
		assert.Nil(t, answer.Signer)
		assert.Contains(t, order, answer.Reason)
		for j, check := range answer.Checks {
			assert.Equal(t, order[j], check, answer.File)
		}
	}
}

// The keys are a contract.
func TestVerifyPrintsTheDocumentedKeys(t *testing.T) {
	t.Parallel()
	got := run(t, nil, "", verifyArgs("--json", calltest.Vector("good", "rsa.der"))...)
	require.Equal(t, call.ExitDone, got.Code)
	var answer map[string]any
	require.NoError(t, json.Unmarshal([]byte(got.Out), &answer))
	serial := answer["signer"].(map[string]any)["serial"].(string)
	assert.True(t, strings.HasPrefix(serial, "00"), "the serial number is negative without its leading 00: %s", serial)
	assert.Equal(t, map[string]any{
		"file": calltest.Vector("good", "rsa.der"), "verified": true, "reason": "",
		"checks":         []any{"parsed", "signer_certificate", "algorithms", "signed_attributes", "signature", "chain", "key_usage"},
		"signer":         map[string]any{"subject": "CN=***,O=***,C=KR", "serial": serial},
		"content_length": 40.0, "content_checked": false,
	}, answer)

	got = run(t, nil, "", verifyArgs("--json", calltest.Vector("bad", "trailing-data.der"))...)
	assert.JSONEq(t, `{"file": "`+calltest.Vector("bad", "trailing-data.der")+`", "verified": false, "reason": "parsed", "defect": "trailing-data",
		"checks": [], "signer": null, "content_length": 0, "content_checked": false}`, got.Out)
}

func TestVerifyReadsEveryForm(t *testing.T) {
	t.Parallel()
	der, ber := calltest.Read(t, calltest.Vector("good", "rsa.der")), calltest.Read(t, calltest.Vector("good", "rsa-in-pieces.ber"))
	for name, form := range map[string][]byte{
		"DER":             der,
		"BER":             ber,
		"PEM":             pem.EncodeToMemory(&pem.Block{Type: "CMS", Bytes: ber}),
		"Base64":          []byte(base64.StdEncoding.EncodeToString(ber) + "\n"),
		"URL-safe Base64": []byte(base64.RawURLEncoding.EncodeToString(der)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := calltest.Write(t, "signed", form)
			assert.Equal(t, call.ExitDone, run(t, nil, "", verifyArgs(file)...).Code)
			got := run(t, nil, string(form), verifyArgs("--json", "-")...)
			assert.Equal(t, call.ExitDone, got.Code)
			assert.Equal(t, "-", calltest.Objects[signed](t, got.Out)[0].File)
		})
	}
}

func TestVerifyExitCodes(t *testing.T) {
	t.Parallel()
	good, bad := calltest.Vector("good", "rsa.der"), calltest.Vector("bad", "signature-wrong.der")
	content := calltest.Vector("content.txt")
	empty, prose := calltest.Write(t, "empty", nil), calltest.Write(t, "prose", []byte("본인은 동의합니다."))
	ci := calltest.Write(t, "ci", []byte(testCI))
	for name, c := range map[string]struct {
		args  []string
		code  int
		lines int    // answers
		error string // on standard error
	}{
		"good":                    {verifyArgs(good), call.ExitDone, 1, ""},
		"bad":                     {verifyArgs(bad), call.ExitNo, 1, ""},
		"one of several bad":      {verifyArgs(good, bad, good), call.ExitNo, 3, ""},
		"empty":                   {verifyArgs(empty), call.ExitNo, 1, ""},
		"not a message":           {verifyArgs(prose), call.ExitNo, 1, ""},
		"no such file":            {verifyArgs("nothing.p7s"), call.ExitWrong, 0, "nothing.p7s: no such file"},
		"no such file among some": {verifyArgs(good, "nothing.p7s", bad), call.ExitWrong, 2, "nothing.p7s: no such file"},
		"a folder":                {verifyArgs("."), call.ExitWrong, 0, "is a directory"},
		"no file":                 {verifyArgs(), call.ExitWrong, 0, "which file?"},
		"standard input twice":    {verifyArgs("-", "-"), call.ExitWrong, 0, "twice"},
		"help is a file":          {verifyArgs("help", "h"), call.ExitWrong, 0, "help: no such file"},
		"attached":                {verifyArgs("--content", content, good), call.ExitDone, 1, ""},
		"other content":           {verifyArgs("--content", good, good), call.ExitNo, 1, ""},
		"attached, not detached":  {verifyArgs("--detached", content, good), call.ExitNo, 1, ""},
		"detached":                {verifyArgs("--detached", content, calltest.Vector("good", "detached.der")), call.ExitDone, 1, ""},
		"detached, not attached":  {verifyArgs(calltest.Vector("good", "detached.der")), call.ExitNo, 1, ""},
		"attached and detached":   {verifyArgs("--detached", content, "--content", content, good), call.ExitWrong, 0, "cannot be set along"},
		"no such content":         {verifyArgs("--content", "nothing.txt", good), call.ExitWrong, 0, "--content: open nothing.txt"},
		"without roots":           {[]string{"verify", good}, call.ExitWrong, 0, "--roots is missing"},
		"no such roots":           {[]string{"verify", "--roots", "nothing.pem", good}, call.ExitWrong, 0, "--roots: open nothing.pem"},
		"roots that are none":     {[]string{"verify", "--roots", content, good}, call.ExitWrong, 0, "no certificate in PEM"},
		"roots twice":             {verifyArgs("--roots", calltest.Vector("root.pem"), good), call.ExitWrong, 0, "--roots is given twice"},
		"bad time":                {[]string{"verify", "--roots", calltest.Vector("root.pem"), "--time", "2026-06-01", good}, call.ExitWrong, 0, "--time must be as in"},
		"another time":            {[]string{"verify", "--roots", calltest.Vector("root.pem"), "--time", "2126-06-01T00:00:00Z", good}, call.ExitNo, 1, ""},
		"unknown mode":            {verifyArgs("--revocation", "strict", good), call.ExitWrong, 0, "must be off, soft or hard"},
		"soft":                    {verifyArgs("--revocation", "soft", good), call.ExitDone, 1, ""},
		"hard":                    {verifyArgs("--revocation", "hard", good), call.ExitNo, 1, ""},
		"no such CRL":             {verifyArgs("--crl", "nothing.crl", good), call.ExitWrong, 0, "--crl: open nothing.crl"},
		"a CRL that is none":      {verifyArgs("--crl", content, good), call.ExitWrong, 0, "--crl: " + content},
		"CI without VID":          {verifyArgs("--ci-file", ci, good), call.ExitWrong, 0, "together"},
		"VID without CI":          {verifyArgs("--vid", strings.Repeat("00", 32), good), call.ExitWrong, 0, "together"},
		"bad VID":                 {verifyArgs("--ci-file", ci, "--vid", "00", good), call.ExitWrong, 0, "vid must be 32 bytes"},
		"bad CI":                  {verifyArgs("--ci-file", content, "--vid", strings.Repeat("00", 32), good), call.ExitWrong, 0, "ci must be Base64"},
		"another VID":             {verifyArgs("--ci-file", ci, "--vid", strings.Repeat("00", 32), good), call.ExitNo, 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := run(t, nil, "", append(c.args, "--json")...)
			assert.Equal(t, c.code, got.Code)
			assert.Len(t, calltest.Objects[signed](t, got.Out), c.lines)
			if c.error == "" {
				assert.Empty(t, got.Errors)
			} else {
				assert.Contains(t, got.Errors, c.error)
			}
			people := run(t, nil, "", c.args...)
			assert.Equal(t, c.code, people.Code, "the answer is the same for people")
			assert.NotContains(t, people.Out+people.Errors+got.Out+got.Errors, testCI)
			assert.NotContains(t, people.Out+people.Errors+got.Out+got.Errors, "홍길동")
		})
	}
}

func TestVerifyTrustsTheRootsOfTheEnvironment(t *testing.T) {
	t.Parallel()
	environ := []string{"KAKAOCERT_ROOTS=" + calltest.Vector("root.pem")}
	assert.Equal(t, call.ExitDone, run(t, environ, "", "verify", "--time", vectorTime, calltest.Vector("good", "rsa.der")).Code)
}

func TestVerifyShowsTheSubjectWhenAsked(t *testing.T) {
	t.Parallel()
	for _, form := range []string{"--json", "--json=false"} {
		got := run(t, nil, "", verifyArgs(form, "--show-subject", calltest.Vector("good", "rsa.der"))...)
		assert.Contains(t, got.Out, "CN=홍길동")
		got = run(t, nil, "", verifyArgs(form, calltest.Vector("good", "rsa.der"))...)
		assert.NotContains(t, got.Out, "홍길동")
	}
}

// Without content the output says, to programs and to people, that the content was
// not compared.
func TestVerifySaysThatContentWasNotCompared(t *testing.T) {
	t.Parallel()
	assert.Contains(t, run(t, nil, "", verifyArgs(calltest.Vector("good", "rsa.der"))...).Out, "checked against the signature only")
	got := run(t, nil, "", verifyArgs("--content", calltest.Vector("content.txt"), calltest.Vector("good", "rsa.der"))...)
	assert.Contains(t, got.Out, "as was to be signed")
	assert.Contains(t, run(t, nil, "", verifyArgs(calltest.Vector("good", "detached.der"))...).Out, "--detached says what it is")
}

func TestVerifyRevocation(t *testing.T) {
	t.Parallel()
	root := cmstest.Root("Example Root", cmstest.ECKey(elliptic.P256()))
	ca := root.Authority("Example Issuing CA", cmstest.ECKey(elliptic.P256()))
	person := ca.Person(cmstest.ECKey(elliptic.P256()))
	message := calltest.Write(t, "signed.p7s", cmstest.New([]byte("동의합니다"), cmstest.Settings{}, person, ca).Sign().Encode())
	roots := calltest.Write(t, "root.pem", root.PEM())
	rootList := calltest.Write(t, "root.crl", root.CRL(nil))
	good := calltest.Write(t, "ca.crl", pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: ca.CRL(nil)}))
	answer := calltest.Write(t, "person.ocsp", ca.OCSP(ca, person))
	revoking := calltest.Write(t, "revoking.crl", ca.CRL(person.Revoked(cmstest.Now.AddDate(0, 0, -1), 1)))
	for name, c := range map[string]struct {
		args   []string
		code   int
		defect string
	}{
		"good":             {[]string{"--crl", rootList, "--crl", good}, call.ExitDone, ""},
		"revoked":          {[]string{"--crl", rootList, "--crl", revoking}, call.ExitNo, "revoked"},
		"hard with --crl":  {[]string{"--crl", good}, call.ExitNo, "revocation-unknown"},
		"soft":             {[]string{"--crl", good, "--revocation", "soft"}, call.ExitDone, ""},
		"OCSP":             {[]string{"--crl", rootList, "--ocsp", answer}, call.ExitDone, ""},
		"hard with --ocsp": {[]string{"--ocsp", answer}, call.ExitNo, "revocation-unknown"},
		"bad --ocsp":       {[]string{"--ocsp", rootList}, call.ExitWrong, ""},
		"soft, revoked":    {[]string{"--crl", revoking, "--revocation", "soft"}, call.ExitNo, "revoked"},
		"off with --crl":   {[]string{"--crl", good, "--revocation", "off"}, call.ExitWrong, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			args := append([]string{"verify", "--json", "--roots", roots, "--time", vectorTime}, c.args...)
			got := run(t, nil, "", append(args, message)...)
			require.Equal(t, c.code, got.Code, got.Errors)
			if c.code == call.ExitWrong {
				return
			}
			answer := calltest.Objects[signed](t, got.Out)[0]
			assert.Equal(t, c.defect, answer.Defect)
			assert.Equal(t, c.defect == "", slices.Contains(answer.Checks, "revocation"))
		})
	}
}

var testCI = base64.StdEncoding.EncodeToString(testCIBytes())

// testCIOctets are 00 01 .. 3f.
func testCIBytes() []byte {
	raw := make([]byte, 64)
	for i := range raw {
		raw[i] = byte(i)
	}
	return raw
}

func TestVerifyVID(t *testing.T) {
	t.Parallel()
	ci := calltest.Write(t, "ci", []byte(testCI+"\n"))
	signedFile := calltest.Vector("good", "rsa.der")
	serial := calltest.Objects[signed](t, run(t, nil, "", verifyArgs("--json", signedFile)...).Out)[0].Signer.Serial
	vid := strings.TrimSpace(run(t, nil, "", "vid", "--ci-file", ci, "--serial", serial).Out)

	got := run(t, nil, "", verifyArgs("--json", "--ci-file", ci, "--vid", vid, signedFile)...)
	require.Equal(t, call.ExitDone, got.Code, got.Errors)
	assert.Equal(t, append(upToKeyUsage[:7:7], "vid"), calltest.Objects[signed](t, got.Out)[0].Checks)

	require.True(t, strings.HasPrefix(serial, "00"))
	raw, err := kakaocert.ComputeVID(testCI, mustHex(t, serial)[1:])
	require.NoError(t, err)
	got = run(t, nil, "", verifyArgs("--json", "--ci-file", ci, "--vid", raw.Hex(), signedFile)...)
	require.Equal(t, call.ExitNo, got.Code)
	answer := calltest.Objects[signed](t, got.Out)[0]
	assert.Equal(t, "vid", answer.Reason)
	assert.Equal(t, upToKeyUsage, answer.Checks)
	assert.Contains(t, answer.Hint, "only the leading zero differs")
}

// A name in a certificate must not move the cursor.
func TestVerifyPrintsNoControlCharacters(t *testing.T) {
	t.Parallel()
	root := cmstest.Root("Example Root", cmstest.ECKey(elliptic.P256()))
	person := root.Person(cmstest.ECKey(elliptic.P256()), func(c *x509.Certificate) { c.Subject.CommonName = "홍\x1b[2J길동" })
	message := calltest.Write(t, "signed\x1b[2J.p7s", cmstest.New([]byte("동의"), cmstest.Settings{}, person).Sign().Encode())
	roots := calltest.Write(t, "root.pem", root.PEM())
	for _, verb := range [][]string{{"verify", "--roots", roots, "--time", vectorTime}, {"inspect"}} {
		got := run(t, nil, "", append(verb, "--show-subject", message, message+".nothing")...)
		require.Equal(t, call.ExitWrong, got.Code)
		assert.Contains(t, got.Out, "길동")
		assert.NotContains(t, got.Out+got.Errors, "\x1b")
	}
}

// Korean signatures often contain the signer's certificate and no other.
func TestVerify_IntermediatesFromFileAndEnvironment(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(calltest.Vector("good", "rsa.der"))
	require.NoError(t, err)
	message, err := cms.Parse(raw, cms.DefaultMaxSize)
	require.NoError(t, err)
	authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: message.Certificates[1].Raw})
	file := calltest.Write(t, "intermediates.pem", append([]byte("\ufeffissuing authority\n"), authority...))
	alone := calltest.Vector("bad", "unknown-authority_no-issuer.der")

	assert.Equal(t, call.ExitNo, run(t, nil, "", verifyArgs(alone)...).Code)
	got := run(t, nil, "", verifyArgs(alone, "--intermediates", file)...)
	assert.Equal(t, call.ExitDone, got.Code, got.Errors)
	got = run(t, []string{"KAKAOCERT_INTERMEDIATES=" + file}, "", verifyArgs(alone)...)
	assert.Equal(t, call.ExitDone, got.Code, got.Errors)
	got = run(t, nil, "", verifyArgs(alone, "--intermediates", calltest.Vector("content.txt"))...)
	assert.Equal(t, call.ExitWrong, got.Code)
	assert.Contains(t, got.Errors, "--intermediates")
}
