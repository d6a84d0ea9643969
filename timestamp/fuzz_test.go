package timestamp

import (
	"crypto/elliptic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/internal/cms/cmstest"
)

// FuzzResponse reads any response. What it takes is read again from the token
// alone, and good is only what the authority has signed.
func FuzzResponse(f *testing.F) {
	message := []byte("what was there\n")
	root := cmstest.Root("Example TSA Root", cmstest.ECKey(elliptic.P256()))
	tsa := root.Person(cmstest.ECKey(elliptic.P256()), cmstest.ForTimeStamps)
	info := cmstest.NewTimeInfo(cmstest.Imprint(5, message), cmstest.Now, 7) // crypto.SHA256
	good := cmstest.NewToken(info.Encode(), cmstest.Settings{}, tsa).Sign().Encode()
	f.Add(cmstest.TimeResponse(good))
	info.Accuracy = cmstest.TLV(0x30, cmstest.Integer(1), cmstest.TLV(0x80, []byte{1}), cmstest.TLV(0x81, []byte{1}))
	info.Ordering, info.Nonce = cmstest.TLV(0x01, []byte{0xff}), cmstest.Integer(9)
	info.Name = cmstest.TLV(0xa0, cmstest.TLV(0xa4, tsa.Certificate.RawSubject))
	info.Extensions = cmstest.TLV(0xa1, cmstest.TLV(0x30, cmstest.OID(1, 2, 3), cmstest.TLV(0x04)))
	f.Add(cmstest.TimeResponse(cmstest.NewToken(info.Encode(), cmstest.Settings{}, tsa).Sign().Encode()))
	f.Add(cmstest.TLV(0x30, cmstest.TLV(0x30, cmstest.Integer(2), cmstest.TLV(0x03, []byte{6, 0x00, 0x00, 0x40}))))
	v, err := NewVerifier(Config{Roots: cmstest.Pool(root)})
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
		require.Equal(t, tsa.Certificate.Raw, token.Chain[0].Raw)
		require.Equal(t, cmstest.Now, token.Time)
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
