package kakaocert_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// firstEdition is the protocol file for a host with the product code in
// every path of K1100.
const firstEdition = `{
	"step.k1100.request": "POST /sign/v2/request/{product}",
	"step.k1100.status": "GET /sign/v2/status/{product}",
	"step.k1100.verify": "GET /sign/v2/verify/{product}",
	"step.k1100.signer": "GET /sign/v2/signer/{product}"
}`

func TestProtocol_BothEditionsOfThePathsWork(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		host, client string
		works        bool
	}{
		"second edition, no file":           {`{}`, `{}`, true},
		"first edition, file of four lines": {firstEdition, firstEdition, true},
		"first edition, no file":            {firstEdition, `{}`, false},
		"second edition, the other's file":  {`{}`, firstEdition, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := kakaocerttest.NewServer(t, kakaocerttest.WithProtocol(parseProtocol(t, c.host)))
			config := server.Config()
			config.Protocol = parseProtocol(t, c.client)
			var mu sync.Mutex
			var paths []string
			config.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
				mu.Lock()
				paths = append(paths, r.URL.Path)
				mu.Unlock()
				return http.DefaultTransport.RoundTrip(r)
			})
			client := newClient(t, config)
			tx := prepared(t, client)
			_, err := client.K1100.Request(t.Context(), tx, &kakaocert.K1100RequestParams{Data: "nonce"})
			if !c.works {
				require.ErrorAs(t, err, new(*kakaocert.APIError), "a path that is not there")
				return
			}
			require.NoError(t, err)
			_, err = client.K1100.Wait(soon(t), tx)
			require.NoError(t, err)
			_, err = client.K1100.Verify(t.Context(), tx, "nonce")
			require.NoError(t, err)
			_, err = client.K1100.SignerInfo(t.Context(), tx)
			require.NoError(t, err)
			for _, path := range paths {
				hasProduct := strings.HasSuffix(path, "/K1110T")
				assert.Equal(t, c.client == firstEdition || strings.Contains(path, "prepare"), hasProduct, path)
			}
		})
	}
}

func TestProtocol_KnowsTheAlternativesOfEachStep(t *testing.T) {
	t.Parallel()
	alternatives := func(p *kakaocert.Protocol, key string) []string {
		for _, entry := range p.Entries() {
			if entry.Key == key {
				return entry.Alternatives
			}
		}
		return nil
	}
	p := kakaocert.DefaultProtocol()
	assert.Equal(t, []string{"GET /sign/v2/status/{product}"}, alternatives(p, "step.k1100.status"))
	assert.Empty(t, alternatives(p, "step.k1100.prepare"), "it is documented")
	assert.Empty(t, alternatives(p, "field.title"))
	signer := alternatives(p, "step.k3500.signer")
	assert.Equal(t, []string{"GET /sign/doc/v1/signer/{product}", "GET /sign/doc/v1/signer_info", "GET /sign/doc/v1/signer_info/{product}"}, signer[:3])
	for _, entry := range p.Entries() {
		for _, alternative := range entry.Alternatives {
			parseProtocol(t, `{"`+entry.Key+`": "`+alternative+`"}`)
		}
	}
	p = parseProtocol(t, firstEdition)
	assert.Equal(t, []string{"GET /sign/v2/status"}, alternatives(p, "step.k1100.status"), "the default is an alternative now")
}
