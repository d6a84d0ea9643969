package cms

import (
	"bytes"
	"encoding/base64"
	"encoding/pem"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestUnwrap(t *testing.T) {
	t.Parallel()
	message := append([]byte{0x30, 0x82, 0x01, 0x00}, bytes.Repeat([]byte{0xfb, 0xff}, 128)...)
	standard := base64.StdEncoding.EncodeToString(message)
	urlSafe := base64.URLEncoding.EncodeToString(message)
	block := func(kind string) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: message}))
	}
	for name, given := range map[string]string{
		"as it is":           string(message),
		"Base64":             standard,
		"unpadded":           base64.RawStdEncoding.EncodeToString(message),
		"URL-safe":           urlSafe,
		"URL-safe, unpadded": base64.RawURLEncoding.EncodeToString(message),
		"lines":              "\n" + standard[:64] + "\r\n" + standard[64:100] + " \t" + standard[100:] + "\n",
		"CMS":                block("CMS"),
		"PKCS7":              block("PKCS7"),
		"PKCS #7":            block("PKCS #7 SIGNED DATA"),
		"a byte order mark":  "\ufeff" + standard,
		"a mark and PEM":     "\ufeff" + block("CMS"),
		"words before PEM":   "signed by 홍길동\r\n" + block("CMS"),
		"space around PEM":   "\n " + block("CMS") + "\n\n",
	} {
		got, err := Unwrap([]byte(given), len(message))
		require.NoError(t, err, name)
		assert.Equal(t, message, got, name)
	}
	for name, test := range map[string]struct {
		given string
		want  Defect
	}{
		"nothing":          {"", NotSignedData},
		"space":            {" \n", NotSignedData},
		"padding alone":    {"====", NotSignedData},
		"words":            {"not a message", NotSignedData},
		"two alphabets":    {standard + urlSafe, NotSignedData},
		"half the padding": {"MA=", NotSignedData},
		"loose bits":       {"MB", NotSignedData},
		"certificate":      {block("CERTIFICATE"), NotSignedData},
		"two blocks":       {block("CMS") + block("CMS"), NotSignedData},
		"broken block":     {block("CMS")[:50], NotSignedData},
		"words behind":     {block("CMS") + "words", NotSignedData},
		"one byte more":    {string(message) + "x", TooLarge},
		"one byte in text": {base64.StdEncoding.EncodeToString(append(message, 'x')), TooLarge},
		"very large":       {string(make([]byte, 4096)), TooLarge},
	} {
		_, err := Unwrap([]byte(test.given), len(message))
		assert.Equal(t, test.want, err, name)
	}
}

// FuzzUnwrap: what is read is within the limit, and read again from its own
// bytes or their Base64 it is the same.
func FuzzUnwrap(f *testing.F) {
	f.Add([]byte("MAA="))
	f.Add([]byte("-----BEGIN CMS-----\nMAA=\n-----END CMS-----\n"))
	f.Add([]byte{0x30, 0x00})
	f.Fuzz(func(t *testing.T, given []byte) {
		got, err := Unwrap(given, 4096)
		if err != nil {
			return
		}
		require.LessOrEqual(t, len(got), 4096)
		again, err := Unwrap([]byte(base64.RawURLEncoding.EncodeToString(got)), 4096)
		require.NoError(t, err)
		require.Equal(t, got, again)
	})
}
