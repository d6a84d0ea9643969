package kakaocerttest_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

func inHex(t *testing.T, text string) string {
	raw, err := base64.StdEncoding.DecodeString(text)
	require.NoError(t, err)
	return hex.EncodeToString(raw)
}

func TestBehaviourText(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]kakaocerttest.Behaviour{
		"sign": kakaocerttest.SignAfter(0), "sign:3s": kakaocerttest.SignAfter(3 * time.Second),
		"refuse": kakaocerttest.RefuseAfter(0), "refuse:1m30s": kakaocerttest.RefuseAfter(90 * time.Second),
		"ignore": kakaocerttest.Ignore(), "manual": kakaocerttest.Manual(), "dormant": kakaocerttest.Dormant(),
		"foreign": kakaocerttest.ForeignNumber(), "no_certificate": kakaocerttest.NoCertificate(),
	} {
		var got kakaocerttest.Behaviour
		require.NoError(t, got.UnmarshalText([]byte(text)), text)
		assert.Equal(t, want, got)
		assert.Equal(t, text, got.String())
	}
	for _, wrong := range []string{"", "sing", "sign:", "sign:-1s", "sign:soon", "ignore:1s"} {
		var got kakaocerttest.Behaviour
		require.Error(t, got.UnmarshalText([]byte(wrong)), wrong)
		assert.Zero(t, got)
	}
}

func TestUserIsJSON(t *testing.T) {
	t.Parallel()
	var u kakaocerttest.User
	require.NoError(t, json.Unmarshal([]byte(`{"name":"김철수","birthday":"19851224","phone":"01011112222","behaviour":"sign:3s"}`), &u))
	s := kakaocerttest.NewService(kakaocerttest.WithUsers(u))
	users := s.Users()
	require.Len(t, users, 1)
	assert.Equal(t, "김철수", users[0].Name)
	assert.Equal(t, kakaocerttest.SignAfter(3*time.Second), users[0].Behaviour)
	raw, err := base64.StdEncoding.DecodeString(users[0].CI)
	require.NoError(t, err)
	assert.Len(t, raw, 64)
}

func TestAddUserRefuses(t *testing.T) {
	t.Parallel()
	s := kakaocerttest.NewService()
	good := kakaocerttest.User{Name: "김철수", Birthday: "19851224", Phone: "01011112222"}
	for field, change := range map[string]func(*kakaocerttest.User){
		"User.Name":     func(u *kakaocerttest.User) { u.Name = "" },
		"User.Birthday": func(u *kakaocerttest.User) { u.Birthday = "851224" },
		"User.Phone":    func(u *kakaocerttest.User) { u.Phone = "010-1111-2222" },
		"same User.Phone": func(u *kakaocerttest.User) {
			u.Phone, u.CI = kakaocerttest.DefaultUser().Phone, base64.StdEncoding.EncodeToString(bytesOf(64))
		},
		"User.CI":      func(u *kakaocerttest.User) { u.CI = "AAAA" },
		"same User.CI": func(u *kakaocerttest.User) { u.CI = kakaocerttest.DefaultUser().CI },
	} {
		u := good
		change(&u)
		require.ErrorContains(t, s.AddUser(u), field)
	}
	require.NoError(t, s.AddUser(good))
	require.Error(t, s.SetBehaviour("01000000000", kakaocerttest.Ignore()))
}

func TestNewService_RefusesOptions(t *testing.T) {
	t.Parallel()
	for name, opt := range map[string]kakaocerttest.Option{
		"environment": kakaocerttest.WithEnvironment(7),
		"key":         kakaocerttest.WithContract(kakaocerttest.Contract{CipherKeys: []kakaocerttest.CipherKey{{Key: "AAAA"}}}),
		"IV":          kakaocerttest.WithContract(kakaocerttest.Contract{CipherKeys: []kakaocerttest.CipherKey{{IV: "AAAA"}}}),
		"mode":        kakaocerttest.WithContract(kakaocerttest.Contract{CipherKeys: []kakaocerttest.CipherKey{{Mode: "ECB"}}}),
		"versions":    kakaocerttest.WithContract(kakaocerttest.Contract{CipherKeys: []kakaocerttest.CipherKey{{}, {}}}),
		"denied":      kakaocerttest.WithContract(kakaocerttest.Contract{Denied: []string{"k1100.sign"}}),
		"twice":       kakaocerttest.WithContract(kakaocerttest.Contract{CipherKeys: []kakaocerttest.CipherKey{{Version: 1}, {Version: 1}}}),
		"user":        kakaocerttest.WithUsers(kakaocerttest.User{}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Panics(t, func() { kakaocerttest.NewService(opt) })
			_, err := kakaocerttest.StartServer("127.0.0.1:0", opt)
			require.ErrorContains(t, err, "kakaocerttest: ")
		})
	}
}
