package env_test

import (
	"encoding/base64"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/internal/env"
)

func complete(changes map[string]string) func(string) string {
	values := map[string]string{
		env.DealerKey: "dealer", env.InstitutionKey: "institution", env.SettleID: "settle",
		env.EncKey: base64.StdEncoding.EncodeToString(make([]byte, 32)),
		env.EncIV:  base64.StdEncoding.EncodeToString(make([]byte, 16)),
	}
	maps.Copy(values, changes)
	return func(name string) string { return values[name] }
}

func TestRead_EmptyEnvironmentMeansTheSimulator(t *testing.T) {
	t.Parallel()
	s, err := env.Read(func(string) string { return "" })
	require.NoError(t, err)
	assert.False(t, s.Set)
	assert.False(t, s.Remote())
	assert.Equal(t, "built-in simulator", s.Host())
	assert.NotNil(t, s.Protocol)
}

func TestRead_KeysMeanTheTestHostUnlessProductionIsSaid(t *testing.T) {
	t.Parallel()
	s, err := env.Read(complete(nil))
	require.NoError(t, err)
	assert.Equal(t, kakaocert.Test, s.Config.Environment)
	assert.True(t, s.Remote())
	_, err = kakaocert.NewClient(s.Config)
	require.NoError(t, err)

	s, err = env.Read(complete(map[string]string{env.Environment: "production"}))
	require.NoError(t, err)
	assert.Equal(t, kakaocert.Production, s.Config.Environment)

	_, err = env.Read(complete(map[string]string{env.Environment: "prod"}))
	assert.ErrorContains(t, err, env.Environment)
}

func TestRead_HalfSetEnvironmentIsAnErrorThatNamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	for name, getenv := range map[string]func(string) string{
		env.DealerKey: complete(map[string]string{env.DealerKey: ""}),
		env.EncIV:     complete(map[string]string{env.EncIV: ""}),
		env.SettleID: func(name string) string {
			return map[string]string{env.BaseURL: "http://127.0.0.1:1"}[name]
		},
		env.EncKey: func(name string) string {
			return map[string]string{env.Environment: "production"}[name]
		},
	} {
		_, err := env.Read(getenv)
		assert.ErrorContains(t, err, name)
	}
}

func TestSetting_OnlyLoopbackIsNotRemote(t *testing.T) {
	t.Parallel()
	for base, remote := range map[string]bool{
		"":                        true,
		"http://127.0.0.1:8080":   false,
		"http://localhost:8080":   false,
		"http://[::1]:8080":       false,
		"https://gateway.example": true,
	} {
		s, err := env.Read(complete(map[string]string{env.BaseURL: base}))
		require.NoError(t, err)
		assert.Equal(t, remote, s.Remote(), base)
	}
}

func TestRead_ProtocolFileSetsTheCipherMode(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "protocol.json")
	require.NoError(t, os.WriteFile(path, []byte(`{"cipher.mode": "gcm"}`), 0o600))
	s, err := env.Read(complete(map[string]string{env.Protocol: path, env.EncIV: ""})) // GCM has no IV
	require.NoError(t, err)
	secret, err := s.Config.Cipher.Encrypt([]byte("x"))
	require.NoError(t, err)
	assert.Len(t, secret, 12+1+16)

	_, err = env.Read(complete(map[string]string{env.Protocol: path + ".missing"}))
	assert.ErrorIs(t, err, os.ErrNotExist)
}
