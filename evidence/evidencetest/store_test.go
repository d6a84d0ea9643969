package evidencetest_test

import (
	"sync"
	"testing"

	"github.com/kakaocert-go/kakaocert/evidence"
	"github.com/kakaocert-go/kakaocert/evidence/evidencetest"
)

// memoryStores gives each place a store of its own.
func memoryStores() evidencetest.NewStore {
	var mu sync.Mutex
	stores := make(map[string]*evidencetest.Memory)
	return func(_ testing.TB, place string) evidence.Store {
		mu.Lock()
		defer mu.Unlock()
		if stores[place] == nil {
			stores[place] = evidencetest.NewMemory()
		}
		return stores[place]
	}
}

func TestRunStore_PassesForMemory(t *testing.T) { evidencetest.RunStore(t, memoryStores()) }
