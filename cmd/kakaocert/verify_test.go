package main

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
	"github.com/kakaocert-go/kakaocert/internal/cms/cmstest"
)

// The messages of testdata are good or bad at this time.
const vectorTime = "2026-06-01T12:00:00Z"

func vector(elements ...string) string {
	return filepath.Join(append([]string{"..", "..", "testdata", "cms"}, elements...)...)
}

// vectors lists the messages in a folder of testdata/cms.
func vectors(t *testing.T, folder string) []string {
	t.Helper()
	files, err := filepath.Glob(vector(folder, "*"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	return files
}

func verifyArgs(more ...string) []string {
	return append([]string{"verify", "--roots", vector("root.pem"), "--time", vectorTime}, more...)
}

// objects reads a JSON object a line.
func objects[T any](t *testing.T, out string) []T {
	t.Helper()
	var list []T
	for line := range strings.Lines(out) {
		var object T
		decoder := json.NewDecoder(strings.NewReader(line))
		decoder.DisallowUnknownFields()
		require.NoError(t, decoder.Decode(&object), line)
		list = append(list, object)
	}
	return list
}

func write(t *testing.T, name string, octets []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, octets, 0o600))
	return path
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	octets, err := os.ReadFile(path)
	require.NoError(t, err)
	return octets
}

var upToKeyUsage = []string{"parsed", "signer_certificate", "algorithms", "signed_attributes", "signature", "chain", "key_usage"}

func TestVerifyAcceptsGoodMessages(t *testing.T) {
	t.Parallel()
	attached := slices.DeleteFunc(vectors(t, "good"), func(file string) bool { return filepath.Base(file) == "detached.der" })
	// Flags stand behind files as well as before them.
	got := call(t, nil, "", verifyArgs(append(attached, "--content", vector("content.txt"), "--json")...)...)
	require.Equal(t, exitDone, got.code, got.errors)
	answers := objects[signed](t, got.out)
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
	assert.Empty(t, got.errors)
}

// The name of a bad message is its defect.
func TestVerifyRefusesBadMessages(t *testing.T) {
	t.Parallel()
	bad := vectors(t, "bad")
	got := call(t, nil, "", verifyArgs(append(bad, "--content", vector("content.txt"), "--json")...)...)
	require.Equal(t, exitNo, got.code, got.errors)
	answers := objects[signed](t, got.out)
	require.Len(t, answers, len(bad))
	order := append(upToKeyUsage[:7:7], "revocation", "content")
	for i, answer := range answers {
		defect, _, _ := strings.Cut(strings.TrimSuffix(filepath.Base(bad[i]), ".der"), "_")
		if filepath.Base(bad[i]) == "stray-end-of-contents_first.der" {
			defect = "not-signed-data" // its first octet could as well be that of a text
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
	got := call(t, nil, "", verifyArgs("--json", vector("good", "rsa.der"))...)
	require.Equal(t, exitDone, got.code)
	var answer map[string]any
	require.NoError(t, json.Unmarshal([]byte(got.out), &answer))
	serial := answer["signer"].(map[string]any)["serial"].(string)
	assert.True(t, strings.HasPrefix(serial, "00"), "the serial number is negative without its leading 00: %s", serial)
	assert.Equal(t, map[string]any{
		"file": vector("good", "rsa.der"), "verified": true, "reason": "",
		"checks":         []any{"parsed", "signer_certificate", "algorithms", "signed_attributes", "signature", "chain", "key_usage"},
		"signer":         map[string]any{"subject": "CN=***,O=***,C=KR", "serial": serial},
		"content_length": 40.0, "content_checked": false,
	}, answer)

	got = call(t, nil, "", verifyArgs("--json", vector("bad", "trailing-data.der"))...)
	assert.JSONEq(t, `{"file": "`+vector("bad", "trailing-data.der")+`", "verified": false, "reason": "parsed", "defect": "trailing-data",
		"checks": [], "signer": null, "content_length": 0, "content_checked": false}`, got.out)
}

func TestVerifyReadsEveryForm(t *testing.T) {
	t.Parallel()
	der, ber := read(t, vector("good", "rsa.der")), read(t, vector("good", "rsa-in-pieces.ber"))
	for name, form := range map[string][]byte{
		"DER":             der,
		"BER":             ber,
		"PEM":             pem.EncodeToMemory(&pem.Block{Type: "CMS", Bytes: ber}),
		"Base64":          []byte(base64.StdEncoding.EncodeToString(ber) + "\n"),
		"URL-safe Base64": []byte(base64.RawURLEncoding.EncodeToString(der)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := write(t, "signed", form)
			assert.Equal(t, exitDone, call(t, nil, "", verifyArgs(file)...).code)
			got := call(t, nil, string(form), verifyArgs("--json", "-")...)
			assert.Equal(t, exitDone, got.code)
			assert.Equal(t, "-", objects[signed](t, got.out)[0].File)
		})
	}
}

func TestVerifyExitCodes(t *testing.T) {
	t.Parallel()
	good, bad := vector("good", "rsa.der"), vector("bad", "signature-wrong.der")
	content := vector("content.txt")
	empty, prose := write(t, "empty", nil), write(t, "prose", []byte("본인은 동의합니다."))
	ci := write(t, "ci", []byte(testCI))
	for name, c := range map[string]struct {
		args  []string
		code  int
		lines int    // answers
		error string // on standard error
	}{
		"good":                    {verifyArgs(good), exitDone, 1, ""},
		"bad":                     {verifyArgs(bad), exitNo, 1, ""},
		"one of several bad":      {verifyArgs(good, bad, good), exitNo, 3, ""},
		"empty":                   {verifyArgs(empty), exitNo, 1, ""},
		"not a message":           {verifyArgs(prose), exitNo, 1, ""},
		"no such file":            {verifyArgs("nothing.p7s"), exitWrong, 0, "nothing.p7s: no such file"},
		"no such file among some": {verifyArgs(good, "nothing.p7s", bad), exitWrong, 2, "nothing.p7s: no such file"},
		"a folder":                {verifyArgs("."), exitWrong, 0, "is a directory"},
		"no file":                 {verifyArgs(), exitWrong, 0, "which file?"},
		"standard input twice":    {verifyArgs("-", "-"), exitWrong, 0, "twice"},
		"help is a file":          {verifyArgs("help", "h"), exitWrong, 0, "help: no such file"},
		"attached":                {verifyArgs("--content", content, good), exitDone, 1, ""},
		"other content":           {verifyArgs("--content", good, good), exitNo, 1, ""},
		"attached, not detached":  {verifyArgs("--detached", content, good), exitNo, 1, ""},
		"detached":                {verifyArgs("--detached", content, vector("good", "detached.der")), exitDone, 1, ""},
		"detached, not attached":  {verifyArgs(vector("good", "detached.der")), exitNo, 1, ""},
		"attached and detached":   {verifyArgs("--detached", content, "--content", content, good), exitWrong, 0, "cannot be set along"},
		"no such content":         {verifyArgs("--content", "nothing.txt", good), exitWrong, 0, "--content: open nothing.txt"},
		"without roots":           {[]string{"verify", good}, exitWrong, 0, "--roots is not given"},
		"no such roots":           {[]string{"verify", "--roots", "nothing.pem", good}, exitWrong, 0, "--roots: open nothing.pem"},
		"roots that are none":     {[]string{"verify", "--roots", content, good}, exitWrong, 0, "no certificate in PEM"},
		"roots twice":             {verifyArgs("--roots", vector("root.pem"), good), exitWrong, 0, "--roots is given twice"},
		"bad time":                {[]string{"verify", "--roots", vector("root.pem"), "--time", "2026-06-01", good}, exitWrong, 0, "--time is not as in"},
		"another time":            {[]string{"verify", "--roots", vector("root.pem"), "--time", "2126-06-01T00:00:00Z", good}, exitNo, 1, ""},
		"unknown mode":            {verifyArgs("--revocation", "strict", good), exitWrong, 0, "not off, soft or hard"},
		"soft":                    {verifyArgs("--revocation", "soft", good), exitDone, 1, ""},
		"hard":                    {verifyArgs("--revocation", "hard", good), exitNo, 1, ""},
		"no such CRL":             {verifyArgs("--crl", "nothing.crl", good), exitWrong, 0, "--crl: open nothing.crl"},
		"a CRL that is none":      {verifyArgs("--crl", content, good), exitWrong, 0, "cannot be read"},
		"CI without VID":          {verifyArgs("--ci-file", ci, good), exitWrong, 0, "together"},
		"VID without CI":          {verifyArgs("--vid", strings.Repeat("00", 32), good), exitWrong, 0, "together"},
		"bad VID":                 {verifyArgs("--ci-file", ci, "--vid", "00", good), exitWrong, 0, "vid is not 32 octets"},
		"bad CI":                  {verifyArgs("--ci-file", content, "--vid", strings.Repeat("00", 32), good), exitWrong, 0, "ci is not Base64"},
		"another VID":             {verifyArgs("--ci-file", ci, "--vid", strings.Repeat("00", 32), good), exitNo, 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := call(t, nil, "", append(c.args, "--json")...)
			assert.Equal(t, c.code, got.code)
			assert.Len(t, objects[signed](t, got.out), c.lines)
			if c.error == "" {
				assert.Empty(t, got.errors)
			} else {
				assert.Contains(t, got.errors, c.error)
			}
			people := call(t, nil, "", c.args...)
			assert.Equal(t, c.code, people.code, "the answer is the same for people")
			assert.NotContains(t, people.out+people.errors+got.out+got.errors, testCI)
			assert.NotContains(t, people.out+people.errors+got.out+got.errors, "홍길동")
		})
	}
}

func TestVerifyTrustsTheRootsOfTheEnvironment(t *testing.T) {
	t.Parallel()
	environ := []string{"KAKAOCERT_ROOTS=" + vector("root.pem")}
	assert.Equal(t, exitDone, call(t, environ, "", "verify", "--time", vectorTime, vector("good", "rsa.der")).code)
}

func TestVerifyShowsTheSubjectWhenAsked(t *testing.T) {
	t.Parallel()
	for _, form := range []string{"--json", "--json=false"} {
		got := call(t, nil, "", verifyArgs(form, "--show-subject", vector("good", "rsa.der"))...)
		assert.Contains(t, got.out, "CN=홍길동")
		got = call(t, nil, "", verifyArgs(form, vector("good", "rsa.der"))...)
		assert.NotContains(t, got.out, "홍길동")
	}
}

// Without content the output says, to programs and to people, that nobody has
// said what was to be signed.
func TestVerifySaysThatContentWasNotCompared(t *testing.T) {
	t.Parallel()
	assert.Contains(t, call(t, nil, "", verifyArgs(vector("good", "rsa.der"))...).out, "checked against the signature only")
	got := call(t, nil, "", verifyArgs("--content", vector("content.txt"), vector("good", "rsa.der"))...)
	assert.Contains(t, got.out, "as was to be signed")
	assert.Contains(t, call(t, nil, "", verifyArgs(vector("good", "detached.der"))...).out, "--detached says what it is")
}

func TestVerifyRevocation(t *testing.T) {
	t.Parallel()
	root := cmstest.Root("Example Root", cmstest.ECKey(elliptic.P256()))
	ca := root.Authority("Example Issuing CA", cmstest.ECKey(elliptic.P256()))
	person := ca.Person(cmstest.ECKey(elliptic.P256()))
	message := write(t, "signed.p7s", cmstest.New([]byte("동의합니다"), cmstest.Settings{}, person, ca).Sign().Encode())
	roots := write(t, "root.pem", root.PEM())
	rootList := write(t, "root.crl", root.CRL(nil))
	good := write(t, "ca.crl", pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: ca.CRL(nil)}))
	revoking := write(t, "revoking.crl", ca.CRL(person.Revoked(cmstest.Now.AddDate(0, 0, -1), 1)))
	for name, c := range map[string]struct {
		args   []string
		code   int
		defect string
	}{
		"good":            {[]string{"--crl", rootList, "--crl", good}, exitDone, ""},
		"revoked":         {[]string{"--crl", rootList, "--crl", revoking}, exitNo, "revoked"},
		"hard with --crl": {[]string{"--crl", good}, exitNo, "revocation-unknown"},
		"soft":            {[]string{"--crl", good, "--revocation", "soft"}, exitDone, ""},
		"soft, revoked":   {[]string{"--crl", revoking, "--revocation", "soft"}, exitNo, "revoked"},
		"off with --crl":  {[]string{"--crl", good, "--revocation", "off"}, exitWrong, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			args := append([]string{"verify", "--json", "--roots", roots, "--time", vectorTime}, c.args...)
			got := call(t, nil, "", append(args, message)...)
			require.Equal(t, c.code, got.code, got.errors)
			if c.code == exitWrong {
				return
			}
			answer := objects[signed](t, got.out)[0]
			assert.Equal(t, c.defect, answer.Defect)
			assert.Equal(t, c.defect == "", slices.Contains(answer.Checks, "revocation"))
		})
	}
}

var testCI = base64.StdEncoding.EncodeToString(testCIOctets())

// testCIOctets are 00 01 .. 3f.
func testCIOctets() []byte {
	octets := make([]byte, 64)
	for i := range octets {
		octets[i] = byte(i)
	}
	return octets
}

func TestVerifyVID(t *testing.T) {
	t.Parallel()
	ci := write(t, "ci", []byte(testCI+"\n"))
	signedFile := vector("good", "rsa.der")
	serial := objects[signed](t, call(t, nil, "", verifyArgs("--json", signedFile)...).out)[0].Signer.Serial
	vid := strings.TrimSpace(call(t, nil, "", "vid", "--ci-file", ci, "--serial", serial).out)

	got := call(t, nil, "", verifyArgs("--json", "--ci-file", ci, "--vid", vid, signedFile)...)
	require.Equal(t, exitDone, got.code, got.errors)
	assert.Equal(t, append(upToKeyUsage[:7:7], "vid"), objects[signed](t, got.out)[0].Checks)

	require.True(t, strings.HasPrefix(serial, "00"))
	octets, err := kakaocert.ComputeVID(testCI, mustHex(t, serial)[1:])
	require.NoError(t, err)
	got = call(t, nil, "", verifyArgs("--json", "--ci-file", ci, "--vid", octets.Base64(), signedFile)...)
	require.Equal(t, exitNo, got.code)
	answer := objects[signed](t, got.out)[0]
	assert.Equal(t, "vid", answer.Reason)
	assert.Equal(t, upToKeyUsage, answer.Checks)
	assert.Contains(t, answer.Hint, "only the leading zero differs")
}

// A name in a certificate must not move the cursor.
func TestVerifyPrintsNoControlCharacters(t *testing.T) {
	t.Parallel()
	root := cmstest.Root("Example Root", cmstest.ECKey(elliptic.P256()))
	person := root.Person(cmstest.ECKey(elliptic.P256()), func(c *x509.Certificate) { c.Subject.CommonName = "홍\x1b[2J길동" })
	message := write(t, "signed\x1b[2J.p7s", cmstest.New([]byte("동의"), cmstest.Settings{}, person).Sign().Encode())
	roots := write(t, "root.pem", root.PEM())
	for _, verb := range [][]string{{"verify", "--roots", roots, "--time", vectorTime}, {"inspect"}} {
		got := call(t, nil, "", append(verb, "--show-subject", message, message+".nothing")...)
		require.Equal(t, exitWrong, got.code)
		assert.Contains(t, got.out, "길동")
		assert.NotContains(t, got.out+got.errors, "\x1b")
	}
}
