package kakaocert_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// BenchmarkStatus is one Status call, and the same call as one would write it
// by hand, to the same server on loopback.
func BenchmarkStatus(b *testing.B) {
	client, byHand, tx := statusCallers(b)
	b.Run("client", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := client.K1100.Status(b.Context(), tx); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("by hand", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := byHand.status(b.Context(), tx); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func statusCallers(b testing.TB) (*kakaocert.Client, *handWritten, kakaocert.K1100Transaction) {
	b.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"tx_id":"0123456789abcdef0123456789abcdef012345","status":"REQUESTED",`+
			`"requested_at":"2026-01-02T03:04:05Z","request_expired_at":"2026-01-02T03:09:05Z","signed_at":null}`)
	}))
	b.Cleanup(server.Close)
	config := configWith(b, nil)
	config.BaseURL = server.URL
	client := newClient(b, config)
	var tx kakaocert.K1100Transaction
	require.NoError(b, tx.UnmarshalText([]byte("K1110T:0123456789abcdef0123456789abcdef012345")))
	return client, &handWritten{http.Client{Timeout: 10 * time.Second}, config}, tx
}

// BenchmarkStatusRatio alternates the two, so that whatever else the machine
// does befalls both.
func BenchmarkStatusRatio(b *testing.B) {
	client, byHand, tx := statusCallers(b)
	var ours, theirs time.Duration
	for b.Loop() {
		began := time.Now()
		_, err := client.K1100.Status(b.Context(), tx)
		between := time.Now()
		_, errByHand := byHand.status(b.Context(), tx)
		ours, theirs = ours+between.Sub(began), theirs+time.Since(between)
		if err != nil || errByHand != nil {
			b.Fatal(err, errByHand)
		}
	}
	b.ReportMetric(float64(ours)/float64(theirs), "client/by-hand")
}

// It is not parallel: others would be counted too.
func TestStatus_AllocatesLittleMoreThanACallByHand(t *testing.T) {
	client, byHand, tx := statusCallers(t)
	ours := testing.AllocsPerRun(100, func() { _, _ = client.K1100.Status(t.Context(), tx) })
	theirs := testing.AllocsPerRun(100, func() { _, _ = byHand.status(t.Context(), tx) })
	assert.Positive(t, theirs)
	assert.LessOrEqual(t, ours, theirs+10)
}

type handWritten struct {
	client http.Client
	config kakaocert.Config
}

type handWrittenStatus struct {
	TxID             string     `json:"tx_id"`
	Status           string     `json:"status"`
	RequestedAt      *time.Time `json:"requested_at"`
	RequestExpiredAt *time.Time `json:"request_expired_at"`
	SignedAt         *time.Time `json:"signed_at"`
}

func (h *handWritten) status(ctx context.Context, tx kakaocert.K1100Transaction) (*handWrittenStatus, error) {
	address := h.config.BaseURL + "/sign/v2/status?tx_id=" + url.QueryEscape(tx.TxID())
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "KakaoAK "+h.config.DealerKey)
	request.Header.Set("Target-Authorization", "KakaoAK "+h.config.InstitutionKey)
	request.Header.Set("Accept", "application/json")
	response, err := h.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("HTTP %d", response.StatusCode)
	}
	var status handWrittenStatus
	return &status, json.Unmarshal(body, &status)
}

// BenchmarkFlowsAtOnce is 10,000 identity flows at once against the simulator
// in the same process: how many a second, and the memory that the process took
// from the system.
func BenchmarkFlowsAtOnce(b *testing.B) {
	const flows = 10_000
	user := kakaocerttest.DefaultUser()
	user.Behaviour = kakaocerttest.SignAfter(time.Second) // so that all wait at once
	service := kakaocerttest.NewService(kakaocerttest.WithUsers(user))
	config := service.Config()
	config.TryTimeout = time.Minute
	client := newClient(b, config)
	for b.Loop() {
		var group sync.WaitGroup
		failures := make(chan error, flows)
		for range flows {
			group.Go(func() { failures <- identity(b.Context(), client) })
		}
		group.Wait()
		for range flows {
			if err := <-failures; err != nil {
				b.Fatal(err)
			}
		}
	}
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	b.ReportMetric(float64(flows*b.N)/b.Elapsed().Seconds(), "flows/s")
	b.ReportMetric(float64(memory.Sys)/(1<<20), "MiB-from-system")
}

func identity(ctx context.Context, client *kakaocert.Client) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	tx, err := client.K1100.Prepare(ctx, &kakaocert.K1100PrepareParams{Product: kakaocert.K1110, User: byHong})
	if err != nil {
		return err
	}
	nonce := kakaocert.NewNonce()
	if _, err := client.K1100.Request(ctx, tx, &kakaocert.K1100RequestParams{
		Data: nonce, IdentifyItems: []kakaocert.IdentifyItem{kakaocert.IdentifyName},
	}); err != nil {
		return err
	}
	if _, err := client.K1100.Wait(ctx, tx); err != nil {
		return err
	}
	if _, err := client.K1100.Verify(ctx, tx, nonce); err != nil {
		return err
	}
	info, err := client.K1100.SignerInfo(ctx, tx)
	if err != nil {
		return err
	}
	return info.Compare(byHong, kakaocert.IdentifyName)
}
