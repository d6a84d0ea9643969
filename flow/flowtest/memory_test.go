package flowtest_test

import (
	"testing"

	"github.com/kakaocert-go/kakaocert/flow"
	"github.com/kakaocert-go/kakaocert/flow/flowtest"
)

func TestMemory_KeepsTheContractOfAStore(t *testing.T) {
	flowtest.Run(t, func(*testing.T) (flow.Store[*flowtest.Tx], flowtest.Begin[*flowtest.Tx]) {
		memory := flowtest.NewMemory()
		return memory, memory.Begin
	})
}
