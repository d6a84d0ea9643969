package kakaocert

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// exampleCI belongs to no person: the bytes 00 to 3f.
var exampleCI = func() string {
	raw := make([]byte, ciSize)
	for i := range raw {
		raw[i] = byte(i)
	}
	return base64.StdEncoding.EncodeToString(raw)
}()

// Made with BigInteger.toByteArray of Java 17.
var vidVectors = map[string]string{
	"01":                 "063f0e4e6060a87e9141d2b080085d37310e0ccdc33c98239cc1da89a9dbeaae",
	"7f":                 "ffde945a051679c1010fe9f487d0bfd76146020bcc3e4a765767631959f4ebec",
	"0080":               "cbc1507095123a88d2753456e4760b4c91dcb4db6c52dfcfa3cab6f1d32da72f",
	"00f1e2d3c4b5a69788": "e3e55ba787fbc46d690a7d0ac51b14628d6982371c9dd21cbd66f9bd972b5f98",
	"00" + "ffffffffffffffffffffffffffffffffffffffff": "1db34c67888372edab91f87d1dd11e1d9db8c8c446799988d105f4dd56b6253c",
}

func raw(t testing.TB, text string) []byte {
	t.Helper()
	decoded, err := hex.DecodeString(text)
	require.NoError(t, err)
	return decoded
}

func TestComputeVID(t *testing.T) {
	t.Parallel()
	for serial, want := range vidVectors {
		vid, err := ComputeVID(exampleCI, raw(t, serial))
		require.NoError(t, err)
		assert.Equal(t, want, vid.Hex(), serial)
	}
}

func TestComputeVIDRefuses(t *testing.T) {
	t.Parallel()
	serial := []byte{1}
	for name, ci := range map[string]string{
		"empty":         "",
		"63 bytes":      base64.StdEncoding.EncodeToString(make([]byte, 63)),
		"65 bytes":      base64.StdEncoding.EncodeToString(make([]byte, 65)),
		"hex":           strings.Repeat("00", 64),
		"two alphabets": "-/" + exampleCI[2:],
		"loose bits":    exampleCI[:85] + "x==",
	} {
		_, err := ComputeVID(ci, serial)
		var argument *ArgumentError
		require.ErrorAs(t, err, &argument, name)
		assert.Equal(t, "ci", argument.Field)
	}
	_, err := ComputeVID(exampleCI, nil)
	var argument *ArgumentError
	require.ErrorAs(t, err, &argument)
	assert.Equal(t, "serial", argument.Field)
}

func TestVID_IsNotPrinted(t *testing.T) {
	t.Parallel()
	vid, err := ComputeVID(exampleCI, []byte{1})
	require.NoError(t, err)
	foreign := struct{ vid VID }{vid}
	encoded, err := json.Marshal(vid)
	require.NoError(t, err)
	text := fmt.Sprintf("%v %+v %#v %s %x %v %+v %#v", vid, vid, vid, vid, vid, foreign, foreign, foreign) + string(encoded)
	assert.NotContains(t, text, vid.Hex()[:8])
	assert.NotContains(t, text, fmt.Sprint(raw(t, vid.Hex())[:3])[1:])
	assert.Contains(t, text, "[redacted]")
	assert.Empty(t, VID{}.Hex())
}

func TestCheckVID(t *testing.T) {
	t.Parallel()
	got, err := vectorVerifier(t).Verify(read(t, "good", "rsa.der"), ExpectContent(read(t, "content.txt")))
	require.NoError(t, err)
	serial := got.SerialNumber()
	require.Equal(t, byte(0), serial[0], "the certificate's serial number has a leading 00")
	vid, err := ComputeVID(exampleCI, serial)
	require.NoError(t, err)
	without, err := ComputeVID(exampleCI, got.Certificate().SerialNumber.Bytes())
	require.NoError(t, err)
	sum := raw(t, vid.Hex())

	for name, form := range map[string]string{
		"hex":                vid.Hex(),
		"upper-case hex":     strings.ToUpper(vid.Hex()),
		"Base64":             base64.StdEncoding.EncodeToString(sum),
		"Base64, unpadded":   base64.RawStdEncoding.EncodeToString(sum),
		"Base64, URL-safe":   base64.URLEncoding.EncodeToString(sum),
		"with space outside": " " + vid.Hex() + "\n",
	} {
		assert.NoError(t, got.CompareVID(exampleCI, form), name)
	}
	assert.NoError(t, got.CompareVID(strings.TrimRight(exampleCI, "="), vid.Hex()))

	err = got.CompareVID(exampleCI, without.Hex())
	requireRefused(t, err, "vid-mismatch", "vid", ErrVIDMismatch)
	assert.NotContains(t, err.Error(), vid.Hex())

	otherCI := base64.StdEncoding.EncodeToString(make([]byte, ciSize))
	require.ErrorIs(t, got.CompareVID(otherCI, vid.Hex()), ErrVIDMismatch)

	var argument *ArgumentError
	for _, unreadable := range []string{"", "00", vid.Hex()[:62], vid.Hex() + "00", "?"} {
		err := got.CompareVID(exampleCI, unreadable)
		require.ErrorAs(t, err, &argument)
		assert.Equal(t, "vid", argument.Field)
		assert.NotErrorIs(t, err, ErrVIDMismatch)
	}
	require.ErrorAs(t, got.CompareVID("x", vid.Hex()), &argument)
	assert.Equal(t, "ci", argument.Field)
}

func TestVerified_CheckVIDTakesBothFromTheResult(t *testing.T) {
	t.Parallel()
	got, err := vectorVerifier(t).Verify(read(t, "good", "rsa.der"), UnsafeAnyContent())
	require.NoError(t, err)
	vid, err := ComputeVID(exampleCI, got.SerialNumber())
	require.NoError(t, err)
	result := func(ci, vid string) *Fetched {
		return &Fetched{data: hide(resultData{ci: NewSecret(ci), vid: NewSecret(vid)})}
	}
	assert.NoError(t, got.CheckVID(result(exampleCI, vid.Hex())))
	otherCI := base64.StdEncoding.EncodeToString(make([]byte, ciSize))
	assert.ErrorIs(t, got.CheckVID(result(otherCI, vid.Hex())), ErrVIDMismatch)
	var argument *ArgumentError
	for _, missing := range []VIDSource{nil, result("", vid.Hex()), result(exampleCI, ""), new(Fetched)} {
		require.ErrorAs(t, got.CheckVID(missing), &argument)
		assert.Equal(t, "result", argument.Field)
	}
}

func TestResult_CheckCI(t *testing.T) {
	t.Parallel()
	result := &Fetched{data: hide(resultData{ci: NewSecret(exampleCI)})}
	urlSafe := strings.NewReplacer("+", "-", "/", "_", "=", "").Replace(exampleCI)
	assert.NoError(t, result.CheckCI(exampleCI))
	assert.NoError(t, result.CheckCI(urlSafe), "compared decoded")
	assert.ErrorIs(t, result.CheckCI(base64.StdEncoding.EncodeToString(make([]byte, ciSize))), ErrCIMismatch)
	var argument *ArgumentError
	require.ErrorAs(t, result.CheckCI(""), &argument)
	assert.Equal(t, "want", argument.Field)
	require.ErrorAs(t, new(Fetched).CheckCI(exampleCI), &argument)
	assert.Equal(t, "result", argument.Field)
}

func TestExplainVID(t *testing.T) {
	t.Parallel()
	ci, err := parseCI("ci", exampleCI)
	require.NoError(t, err)
	serial := raw(t, "00f1e2d3c4b5a69788")
	for want, vid := range map[string]VID{
		"agrees":              hashVID(ci, serial),
		"without its leading": hashVID(ci, serial[1:]),
		"one 00 more":         hashVID(ci, []byte{0}, serial),
		"order differs":       hashVID(serial, ci),
		"Base64 text":         hashVID([]byte(exampleCI), serial),
		"hexadecimal text":    hashVID(ci, []byte("00f1e2d3c4b5a69788")),
		"nothing known":       hashVID(ci),
	} {
		text, err := ExplainVID(exampleCI, vid.Hex(), serial)
		require.NoError(t, err)
		assert.Contains(t, text, want)
		for _, secret := range []string{exampleCI, vid.Hex(), "f1e2d3"} {
			assert.NotContains(t, text, secret)
		}
	}
	var argument *ArgumentError
	_, err = ExplainVID("", strings.Repeat("00", 32), serial)
	require.ErrorAs(t, err, &argument)
	_, err = ExplainVID(exampleCI, "", serial)
	require.ErrorAs(t, err, &argument)
	_, err = ExplainVID(exampleCI, strings.Repeat("00", 32), nil)
	require.ErrorAs(t, err, &argument)
}

// FuzzVID: what is read as a VID or CI is so in every form of it.
func FuzzVID(f *testing.F) {
	f.Add(exampleCI, "063f0e4e6060a87e9141d2b080085d37310e0ccdc33c98239cc1da89a9dbeaae", []byte{1})
	f.Add("", "Bj8OTmBgqH6RQdKwgAhdNzEODM3DPJgjnMHaianb6q4", []byte{0, 0x80})
	f.Fuzz(func(t *testing.T, ci, text string, serial []byte) {
		vid, err := ComputeVID(ci, serial)
		if err == nil && len(vid.Hex()) != 64 {
			t.Fatal("a VID of another size")
		}
		sum, err := parseVID(text)
		if err != nil {
			return
		}
		again, err := parseVID(hex.EncodeToString(sum))
		require.NoError(t, err)
		require.Equal(t, sum, again)
	})
}
