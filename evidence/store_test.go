package evidence_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/evidence"
	"github.com/kakaocert-go/kakaocert/evidence/evidencetest"
)

func TestOpen_KeepsThePromisesOfAStore(t *testing.T) {
	evidencetest.RunStore(t, func(t testing.TB, place string) evidence.Store {
		t.Helper()
		store, closeStore, err := evidence.OpenStore(place)
		require.NoError(t, err)
		t.Cleanup(func() { _ = closeStore() })
		return store
	})
}

// places gives each place a store in memory of its own.
type places struct {
	mu     sync.Mutex
	stores map[string]*evidencetest.Memory
}

func (p *places) at(place string) *evidencetest.Memory {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stores[place] == nil {
		p.stores[place] = evidencetest.NewMemory()
	}
	return p.stores[place]
}

func TestNewLog_KeepsThePromisesOfASink(t *testing.T) {
	for name, options := range map[string][]evidence.KeyOption{"key": nil, "recipients": {recipient(t), recipient(t)}} {
		t.Run(name, func(t *testing.T) {
			stores := &places{stores: make(map[string]*evidencetest.Memory)}
			evidencetest.Run(t, func(t testing.TB, place string) kakaocert.Sink {
				t.Helper()
				log, err := evidence.NewLog(t.Context(), stores.at(place), key(t, 7), options...)
				require.NoError(t, err)
				t.Cleanup(func() { _ = log.Close() })
				return log
			}, evidencetest.WithoutProcesses(), evidencetest.WithFault("full", func(_ testing.TB, place string) func() {
				stores.at(place).Fail(func(op string) error {
					if op == "Commit" {
						return errFull
					}
					return nil
				})
				return func() { stores.at(place).Fail(nil) }
			}))
		})
	}
}
