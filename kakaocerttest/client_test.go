package kakaocerttest_test

import (
	"context"
	"encoding/base64"
	"net/http"
	"os"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

func person(u kakaocerttest.User) kakaocert.User {
	return kakaocert.ByPerson(kakaocert.Person{Name: u.Name, Birthday: u.Birthday, Phone: u.Phone})
}

// identify runs one identity flow with the real client.
func identify(ctx context.Context, client *kakaocert.Client, who kakaocert.User) (*kakaocert.SignerInfo, error) {
	tx, err := client.K1100.Prepare(ctx, &kakaocert.K1100PrepareParams{Product: kakaocert.K1110, User: who})
	if err != nil {
		return nil, err
	}
	nonce := kakaocert.NewNonce()
	_, err = client.K1100.Request(ctx, tx, &kakaocert.K1100RequestParams{
		Data: nonce, IdentifyItems: []kakaocert.IdentifyItem{kakaocert.IdentifyName},
	})
	if err != nil {
		return nil, err
	}
	if _, err := client.K1100.Wait(ctx, tx); err != nil {
		return nil, err
	}
	if _, err := client.K1100.Verify(ctx, tx, nonce); err != nil {
		return nil, err
	}
	return client.K1100.SignerInfo(ctx, tx)
}

func TestClientOverTCP(t *testing.T) {
	t.Parallel()
	user := kakaocerttest.DefaultUser()
	for name, key := range map[string]kakaocerttest.CipherKey{
		"CTR": {Mode: kakaocerttest.CTR}, "CBC": {Mode: kakaocerttest.CBC}, "GCM": {Mode: kakaocerttest.GCM}, "numbered": {Version: 3},
	} {
		for _, environment := range []kakaocert.Environment{kakaocert.Test, kakaocert.Production} {
			t.Run(name+" "+environment.String(), func(t *testing.T) {
				t.Parallel()
				server := kakaocerttest.NewServer(t,
					kakaocerttest.WithEnvironment(environment),
					kakaocerttest.WithContract(kakaocerttest.Contract{CipherKeys: []kakaocerttest.CipherKey{key}}))
				client, err := kakaocert.NewClient(server.Config())
				require.NoError(t, err)
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				for _, who := range []kakaocert.User{person(user), kakaocert.ByCI(user.CI), kakaocert.ByCIAndPhone(user.CI, user.Phone)} {
					info, err := identify(ctx, client, who)
					require.NoError(t, err)
					assert.True(t, info.Name.Equal(user.Name))
					assert.True(t, info.Birthday.IsZero(), "was not asked for")
				}
			})
		}
	}
}

// In a bubble the service's clock is the bubble's: a user who takes an hour
// takes no time.
func TestClientInABubble(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		user := kakaocerttest.DefaultUser()
		user.Behaviour = kakaocerttest.SignAfter(4 * time.Minute)
		service := kakaocerttest.NewService(kakaocerttest.WithUsers(user))
		client, err := kakaocert.NewClient(service.Config())
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		began := time.Now()
		_, err = identify(ctx, client, person(user))
		require.NoError(t, err)
		assert.GreaterOrEqual(t, time.Since(began), 4*time.Minute)
	})
}

// All users take ten seconds, so all flows wait at the same time.
func TestService_RunsTenThousandFlowsAtOnce(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("10,000 flows are not short")
	}
	synctest.Test(t, func(t *testing.T) {
		const flows = 10_000
		user := kakaocerttest.DefaultUser()
		user.Behaviour = kakaocerttest.SignAfter(10 * time.Second)
		service := kakaocerttest.NewService(kakaocerttest.WithUsers(user))
		client, err := kakaocert.NewClient(service.Config())
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()

		errs := make(chan error, flows)
		for range flows {
			go func() {
				_, err := identify(ctx, client, person(user))
				errs <- err
			}()
		}
		synctest.Wait()
		pending := 0
		for _, tx := range service.Transactions() {
			if tx.Pending {
				pending++
			}
		}
		assert.Equal(t, flows, pending, "at once")
		for range flows {
			require.NoError(t, <-errs)
		}
		assert.Equal(t, flows, service.Calls("verify"))
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		assert.Less(t, m.Sys, uint64(1<<30), "memory from the system")
		t.Logf("memory from the system: %d MiB", m.Sys>>20)
	})
}

func TestEnviron(t *testing.T) {
	t.Parallel()
	server := kakaocerttest.NewServer(t)
	values := map[string]string{}
	for _, line := range server.Environ() {
		key, value, found := strings.Cut(line, "=")
		require.True(t, found)
		values[key] = value
	}
	config := server.Config()
	assert.Equal(t, config.DealerKey, values["KAKAOCERT_DEALER_KEY"])
	assert.Equal(t, config.InstitutionKey, values["KAKAOCERT_INSTITUTION_KEY"])
	assert.Equal(t, config.SettleID, values["KAKAOCERT_SETTLE_ID"])
	assert.Equal(t, config.BaseURL, values["KAKAOCERT_BASE_URL"])
	assert.Equal(t, "test", values["KAKAOCERT_ENV"])
	key, err := base64.StdEncoding.DecodeString(values["KAKAOCERT_ENC_KEY"])
	require.NoError(t, err)
	assert.Len(t, key, 32)
}

func TestTransportHonoursTheContext(t *testing.T) {
	t.Parallel()
	service := kakaocerttest.NewService()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://cbt-cert-sign.kakao.com/sign/v2/status", nil)
	require.NoError(t, err)
	_, err = service.Transport().RoundTrip(request)
	require.ErrorIs(t, err, context.Canceled)
	assert.Zero(t, service.Calls("status"))
}

func TestServer_EverywhereIsCalledByAName(t *testing.T) {
	t.Parallel()
	server := kakaocerttest.NewServer(t)
	assert.True(t, strings.HasPrefix(server.URL, "http://127.0.0.1:"))
	for _, address := range []string{":0", "0.0.0.0:0"} {
		server, err := kakaocerttest.StartServer(address)
		require.NoError(t, err)
		assert.True(t, strings.HasPrefix(server.URL, "http://localhost:"), server.URL)
		response, err := http.Get(server.URL)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		require.NoError(t, server.Close())
	}
}

func TestServer_Closes(t *testing.T) {
	t.Parallel()
	server, err := kakaocerttest.StartServer("127.0.0.1:0")
	require.NoError(t, err)
	_, err = kakaocerttest.StartServer(strings.TrimPrefix(server.URL, "http://"))
	require.Error(t, err, "the port is taken")
	require.NoError(t, server.Close())
	require.NoError(t, server.Close())
	_, err = http.Get(server.URL)
	require.Error(t, err)
	require.NotErrorIs(t, err, os.ErrDeadlineExceeded)
}
