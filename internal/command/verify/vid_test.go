package verify

import (
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/internal/cms/cmstest"
	"github.com/kakaocert-go/kakaocert/internal/command/call"
	"github.com/kakaocert-go/kakaocert/internal/command/call/calltest"
	"github.com/kakaocert-go/kakaocert/internal/command/verdict"
)

func mustHex(t *testing.T, text string) []byte {
	t.Helper()
	raw, err := hex.DecodeString(text)
	require.NoError(t, err)
	return raw
}

// The vectors were made with Java's BigInteger.
func TestVID(t *testing.T) {
	t.Parallel()
	ci := calltest.Write(t, "ci.txt", []byte(testCI+"\r\n"))
	for serial, vid := range map[string]string{
		"01":                      "063f0e4e6060a87e9141d2b080085d37310e0ccdc33c98239cc1da89a9dbeaae",
		"1":                       "063f0e4e6060a87e9141d2b080085d37310e0ccdc33c98239cc1da89a9dbeaae",
		"7F":                      "ffde945a051679c1010fe9f487d0bfd76146020bcc3e4a765767631959f4ebec",
		"0080":                    "cbc1507095123a88d2753456e4760b4c91dcb4db6c52dfcfa3cab6f1d32da72f",
		"80":                      "cbc1507095123a88d2753456e4760b4c91dcb4db6c52dfcfa3cab6f1d32da72f",
		"f1e2d3c4b5a69788":        "e3e55ba787fbc46d690a7d0ac51b14628d6982371c9dd21cbd66f9bd972b5f98",
		"00F1e2d3c4b5a69788":      "e3e55ba787fbc46d690a7d0ac51b14628d6982371c9dd21cbd66f9bd972b5f98",
		"f1:e2:d3:c4:b5:a6:97:88": "e3e55ba787fbc46d690a7d0ac51b14628d6982371c9dd21cbd66f9bd972b5f98",
		"ffffffffffffffffffffffffffffffffffffffff": "1db34c67888372edab91f87d1dd11e1d9db8c8c446799988d105f4dd56b6253c",
	} {
		got := run(t, nil, "", "vid", "--ci-file", ci, "--serial", serial)
		require.Equal(t, call.ExitDone, got.Code, got.Errors)
		assert.Equal(t, vid+"\n", got.Out, serial)
	}
	got := run(t, nil, "", "vid", "--serial", "80", "--ci-file", ci, "--json")
	assert.JSONEq(t, `{"vid": "cbc1507095123a88d2753456e4760b4c91dcb4db6c52dfcfa3cab6f1d32da72f", "serial": "0080"}`, got.Out)
}

func TestVIDOfACertificate(t *testing.T) {
	t.Parallel()
	ci := calltest.Write(t, "ci.txt", []byte(testCI))
	person := cmstest.Root("Example Root", cmstest.RSAKey(2048))
	serial := verdict.SerialText(person.Certificate)
	want := run(t, nil, "", "vid", "--ci-file", ci, "--serial", serial).Out
	for _, raw := range [][]byte{person.PEM(), person.Certificate.Raw} {
		got := run(t, nil, "", "vid", "--ci-file", ci, "--cert", calltest.Write(t, "cert", raw))
		require.Equal(t, call.ExitDone, got.Code, got.Errors)
		assert.Equal(t, want, got.Out)
	}
}

func TestVIDWrongCalls(t *testing.T) {
	t.Parallel()
	ci := calltest.Write(t, "ci.txt", []byte(testCI))
	short := calltest.Write(t, "short.txt", []byte(testCI[:84]))
	root := string(calltest.Read(t, calltest.Vector("root.pem")))
	for name, args := range map[string][]string{
		"nothing":               {},
		"no serial number":      {"--ci-file", ci},
		"no CI":                 {"--serial", "01"},
		"both":                  {"--ci-file", ci, "--serial", "01", "--cert", calltest.Vector("root.pem")},
		"not hex":               {"--ci-file", ci, "--serial", "0x01"},
		"zero":                  {"--ci-file", ci, "--serial", "00"},
		"negative":              {"--ci-file", ci, "--serial", "-01"},
		"empty":                 {"--ci-file", ci, "--serial", ""},
		"short CI":              {"--ci-file", short, "--serial", "01"},
		"no such CI":            {"--ci-file", "nothing.txt", "--serial", "01"},
		"no such certificate":   {"--ci-file", ci, "--cert", "nothing.pem"},
		"no certificate":        {"--ci-file", ci, "--cert", calltest.Vector("content.txt")},
		"a message":             {"--ci-file", ci, "--cert", calltest.Vector("good", "rsa.der")},
		"several certificates":  {"--ci-file", ci, "--cert", calltest.Write(t, "two.pem", []byte(root+root))},
		"more than the options": {"--ci-file", ci, "--serial", "01", testCI},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := run(t, nil, "", append([]string{"vid"}, args...)...)
			assert.Equal(t, call.ExitWrong, got.Code)
			assert.Empty(t, got.Out)
			assert.NotEmpty(t, got.Errors)
			assert.NotContains(t, got.Errors, testCI[:20])
		})
	}
}
