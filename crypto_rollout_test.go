package kakaocert_test

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// pods are the processes of an institution, whose configuration is rolled out
// one by one while they work.
type pods struct {
	clients [4]atomic.Pointer[kakaocert.Client]
	server  *kakaocerttest.Server
	sink    *memorySink
}

func (p *pods) any() *kakaocert.Client { return p.clients[rand.IntN(len(p.clients))].Load() }

// roll gives one pod its next configuration.
func (p *pods) roll(t testing.TB, pod int, current int, others ...int) {
	t.Helper()
	config := p.server.Config()
	config.Evidence = p.sink
	config.Cipher = cipherOf(t, contractKeys[current])
	for _, other := range others {
		config.OlderCiphers = append(config.OlderCiphers, cipherOf(t, contractKeys[other]))
	}
	p.clients[pod].Store(newClient(t, config))
}

func startPods(t *testing.T) *pods {
	t.Helper()
	user := kakaocerttest.DefaultUser()
	server := kakaocerttest.NewServer(t, kakaocerttest.WithUsers(user), kakaocerttest.WithContract(kakaocerttest.Contract{CipherKeys: contractKeys}))
	p := &pods{server: server, sink: new(memorySink)}
	for pod := range p.clients {
		p.roll(t, pod, 0)
	}
	return p
}

// flow is one identity flow, each step of which is some pod's.
func (p *pods) flow(ctx context.Context) error {
	tx, err := p.any().K1100.Prepare(ctx, &kakaocert.K1100PrepareParams{Product: kakaocert.K1110, User: byHong})
	if err != nil {
		return err
	}
	nonce := kakaocert.NewNonce()
	if _, err := p.any().K1100.Request(ctx, tx, &kakaocert.K1100RequestParams{Data: nonce, IdentifyItems: everyItem}); err != nil {
		return err
	}
	if _, err := p.any().K1100.Wait(ctx, tx); err != nil {
		return err
	}
	if _, err := p.any().K1100.Verify(ctx, tx, nonce); err != nil {
		return err
	}
	info, err := p.any().K1100.SignerInfo(ctx, tx)
	if err != nil {
		return err
	}
	return info.Compare(byHong)
}

// The rotation as in docs/keys.md, pod by pod and under load: every pod learns
// to read the new key, then every pod moves to it, then the old one is dropped
// when nothing that was prepared under it is left.
func TestRotation_UnderLoadLosesNoTransaction(t *testing.T) {
	t.Parallel()
	p := startPods(t)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	const workers, flows = 8, 400
	var done atomic.Int32
	ended := make(chan struct{}, flows)
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for done.Add(1) <= flows {
				assert.NoError(t, p.flow(ctx))
				ended <- struct{}{}
			}
		})
	}
	for _, stage := range []struct {
		current int
		others  []int
	}{{0, []int{1}}, {1, []int{0}}} {
		for pod := range p.clients {
			for range flows / 10 { // so many flows between two pods
				<-ended
			}
			p.roll(t, pod, stage.current, stage.others...)
		}
	}
	group.Wait() // what was prepared under the old key has ended
	for pod := range p.clients {
		p.roll(t, pod, 1)
		require.NoError(t, p.flow(ctx))
	}
	records := p.sink.all()
	assert.Len(t, records, flows+len(p.clients))
	versions := make(map[int]int)
	for _, record := range records {
		assert.Equal(t, "committed", record.ended)
		versions[record.meta.KeyVersion]++
	}
	assert.NotZero(t, versions[1], "some ended before")
	assert.NotZero(t, versions[2], "and some after")
}

// Without the first stage a pod that was not rolled yet meets a transaction of
// one that was.
func TestRotation_InOneStageLosesTransactions(t *testing.T) {
	t.Parallel()
	p := startPods(t)
	p.roll(t, 0, 1, 0)
	tx := requested(t, p.clients[0].Load(), "nonce", everyItem...)
	_, err := p.clients[1].Load().K1100.Verify(t.Context(), tx, "nonce")
	require.ErrorIs(t, err, kakaocert.ErrDecrypt)
	assert.Len(t, p.sink.all(), 1, "only the evidence has it")
}
