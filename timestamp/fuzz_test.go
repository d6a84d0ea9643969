package timestamp

import (
	"crypto/x509"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// FuzzResponse reads any response. What it takes is read again from the token
// alone, and good is only what the authority has signed. The seeds are answers of
// openssl ts: every process must have the same.
func FuzzResponse(f *testing.F) {
	message := []byte("what was there\n")
	file := func(name string) []byte {
		raw, err := os.ReadFile(filepath.Join("testdata", name))
		require.NoError(f, err)
		return raw
	}
	good := file("good.tsr")
	f.Add(good)
	f.Add(file("refused.tsr"))
	roots := x509.NewCertPool()
	require.True(f, roots.AppendCertsFromPEM(file("root.pem")))
	v, err := NewVerifier(Config{Roots: roots})
	require.NoError(f, err)
	raw, err := readResponse(good)
	require.NoError(f, err)
	signed, err := v.Check(raw, message)
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, response []byte) {
		raw, err := readResponse(response)
		if err != nil {
			return
		}
		require.LessOrEqual(t, len(raw), len(response))
		info, err := Parse(raw)
		if err != nil {
			require.ErrorAs(t, err, new(*TokenError))
			return
		}
		require.GreaterOrEqual(t, info.Accuracy, time.Duration(0))
		token, err := v.Check(raw, message)
		if err != nil {
			require.ErrorAs(t, err, new(*TokenError))
			return
		}
		require.Equal(t, signed.Chain, token.Chain)
		require.Equal(t, signed.Info, token.Info)
	})
}

// FuzzTime reads any time: what is taken is written in one way only.
func FuzzTime(f *testing.F) {
	f.Add("20260601120000Z")
	f.Add("20260601120000.5Z")
	f.Fuzz(func(t *testing.T, text string) {
		if at, ok := readTime(text); ok {
			require.Equal(t, at.Format("20060102150405.999999999")+"Z", text)
		}
	})
}
