package kakaocert_test

import (
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// dealersHost is Kakao's host for one dealer with several institutions: each has
// a contract of its own, and is known by its key.
type dealersHost struct {
	url         string
	services    []*kakaocerttest.Service
	connections atomic.Int32
}

func startDealersHost(t *testing.T, institutions int) *dealersHost {
	t.Helper()
	host := new(dealersHost)
	byKey := make(map[string]*kakaocerttest.Service)
	for range institutions {
		service := kakaocerttest.NewService(kakaocerttest.WithContract(kakaocerttest.Contract{DealerKey: "dealer"}))
		host.services = append(host.services, service)
		byKey["KakaoAK "+service.Config().InstitutionKey] = service
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		byKey[r.Header.Get("Target-Authorization")].ServeHTTP(w, r)
	}))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			host.connections.Add(1)
		}
	}
	server.Start()
	t.Cleanup(server.Close)
	host.url = server.URL
	return host
}

// clients are one for each institution, over one Transport.
func (h *dealersHost) clients(t *testing.T, shared http.RoundTripper) []*kakaocert.Client {
	t.Helper()
	var clients []*kakaocert.Client
	for _, service := range h.services {
		config := service.Config()
		config.BaseURL, config.Transport = h.url, shared
		clients = append(clients, newClient(t, config))
	}
	return clients
}

func newTransport(t *testing.T) http.RoundTripper {
	t.Helper()
	shared, err := kakaocert.NewTransport(&http.Transport{MaxConnsPerHost: 8})
	require.NoError(t, err)
	t.Cleanup(func() { shared.(interface{ CloseIdleConnections() }).CloseIdleConnections() })
	return shared
}

func TestNewTransport_ClientsShareItsConnections(t *testing.T) {
	t.Parallel()
	const institutions = 5
	for name, c := range map[string]struct {
		transport http.RoundTripper
		want      int32
	}{
		"shared": {newTransport(t), 1},
		"copied": {new(http.Transport), institutions},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			host := startDealersHost(t, institutions)
			for _, client := range host.clients(t, c.transport) {
				prepared(t, client)
			}
			assert.Equal(t, c.want, host.connections.Load())
		})
	}
}

func TestNewTransport_InstitutionsStayApart(t *testing.T) {
	t.Parallel()
	const institutions, flows = 8, 5
	host := startDealersHost(t, institutions)
	clients := host.clients(t, newTransport(t))
	var group sync.WaitGroup
	for _, client := range clients {
		for range flows {
			group.Go(func() { assert.NoError(t, identity(t.Context(), client)) })
		}
	}
	group.Wait()
	for _, service := range host.services {
		assert.Len(t, service.Transactions(), flows, "each at its own institution")
	}
	_, err := clients[1].K1100.Status(t.Context(), prepared(t, clients[0]))
	assert.ErrorIs(t, err, kakaocert.ErrUnknownTransaction, "one institution cannot see another's")
}

func TestNewTransport_ChecksLikeConfigTransport(t *testing.T) {
	t.Parallel()
	_, err := kakaocert.NewTransport(&http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}})
	argument := new(kakaocert.ArgumentError)
	require.ErrorAs(t, err, &argument)
	assert.Equal(t, "base", argument.Field)
	shared, err := kakaocert.NewTransport(nil)
	require.NoError(t, err)
	assert.NotNil(t, shared)
}
