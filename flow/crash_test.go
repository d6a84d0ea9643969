package flow_test

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/flow"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// patience is far longer than any flow needs.
const patience = 2 * time.Hour

// run runs a flow whose process dies at one point; others take it up.
func run(t *testing.T, product string, crashAt int, faults ...kakaocerttest.Fault) *world {
	t.Helper()
	w := newWorld(t, kakaocerttest.SignAfter(4*time.Second))
	w.crashAt = crashAt
	w.start(product)
	for _, fault := range faults {
		require.NoError(t, w.kakao.Inject(fault))
	}
	w.live(patience)
	w.live(patience)
	w.mustHold(fmt.Sprintf("%s, died at %q, faults %v", product, w.crashed, faults))
	return w
}

func TestMachine_RunsEveryProductToItsEnd(t *testing.T) {
	t.Parallel()
	for _, product := range products {
		synctest.Test(t, func(t *testing.T) {
			w := run(t, product, 0)
			assert.Contains(t, w.row(), "done", product)
			f := w.flow()
			assert.Equal(t, "record-1", f.EvidenceID)
			assert.Equal(t, 1, f.Verifies)
			assert.Equal(t, product == "K1120", f.AppLink != "")
			assert.Len(t, w.evidence.records, 1)
			assert.Equal(t, flowID, w.evidence.records[0].Meta.Ref)
		})
	}
}

// For every product, a process dies at every point in turn: before and after
// each change, call and use of the evidence. Another process continues.
func TestMachine_GoesOnFromEveryPointAtWhichAProcessDies(t *testing.T) {
	t.Parallel()
	for _, product := range products {
		t.Run(product, func(t *testing.T) {
			t.Parallel()
			lost, points := 0, 0
			for crashAt := 1; ; crashAt++ {
				over := false
				synctest.Test(t, func(t *testing.T) {
					w := run(t, product, crashAt)
					over = w.crashed == ""
					if w.flow().Reason == flow.ReasonLost {
						lost++
						assert.Contains(t, []string{"sent verify", "evidence write", "evidence written"}, w.crashed)
					} else {
						assert.Contains(t, w.row(), "done", "died at %q", w.crashed)
					}
				})
				if over || t.Failed() {
					break
				}
				points++
			}
			t.Logf("%d points, %d lost", points, lost)
			assert.Greater(t, points, 12)
			assert.LessOrEqual(t, lost, 2, "only between Kakao's answer and its being stored")
		})
	}
}

// passing are faults from which a flow recovers.
var passing = []kakaocerttest.Fault{
	{Kind: kakaocerttest.Refuse}, {Kind: kakaocerttest.DropBefore}, {Kind: kakaocerttest.DropAfter},
	{Kind: kakaocerttest.CutBody}, {Kind: kakaocerttest.Slow, Delay: 90 * time.Second}, {Kind: kakaocerttest.Trickle, Delay: 100 * time.Millisecond},
	{Kind: kakaocerttest.InternalError}, {Kind: kakaocerttest.Maintenance}, {Kind: kakaocerttest.BrokenJSON},
	{Kind: kakaocerttest.TooManyRequests, RetryAfter: 7 * time.Second}, {Kind: kakaocerttest.TooManyRequests},
	{Kind: kakaocerttest.CutBody, Size: 1}, {Kind: kakaocerttest.Unavailable}, {Kind: kakaocerttest.BadGateway},
	{Kind: kakaocerttest.ErrorCode, Code: "E1004"}, // a wrong key, of this process alone
}

// crashing is how many of them are also tried with a death at every point.
const crashing = 9

// eaten are the faults after which Kakao has handed the answer over.
var eaten = []kakaocerttest.FaultKind{kakaocerttest.DropAfter, kakaocerttest.CutBody, kakaocerttest.Slow, kakaocerttest.BrokenJSON}

func TestMachine_GetsOverWhatPasses(t *testing.T) {
	t.Parallel()
	for _, product := range products {
		t.Run(product, func(t *testing.T) {
			t.Parallel()
			for _, step := range []string{"prepare", "request", "status", "verify", "signer"} {
				for i, fault := range passing {
					if testing.Short() && i%4 != 0 {
						continue
					}
					for _, times := range []int{1, 4} {
						synctest.Test(t, func(t *testing.T) {
							fault.Step, fault.Times = step, times
							w := run(t, product, 0, fault)
							w.mustEndAsFaultsSay(fault)
						})
					}
				}
			}
		})
	}
}

// mustEndAsFaultsSay checks that a flow is done, unless the answer was lost by
// the fault.
func (w *world) mustEndAsFaultsSay(fault kakaocerttest.Fault) {
	w.Helper()
	f := w.flow()
	switch {
	case fault.Kind == kakaocerttest.ErrorCode && (fault.Step == "prepare" || fault.Step == "request"):
		if f.Transaction == "" || f.Verifies == 0 {
			assert.Equal(w, flow.ReasonRefused, f.Reason, "%+v", fault)
			assert.Equal(w, kakaocert.ErrKey, f.Code)
		}
	case fault.Step == "verify" && slices.Contains(eaten, fault.Kind):
		assert.Equal(w, flow.ReasonLost, f.Reason, "%+v", fault)
	default:
		assert.Empty(w, f.Reason, "%+v, died at %q", fault, w.crashed)
	}
}

// Two things go wrong at once: a fault, and the death of the process.
func TestMachine_GoesOnWhereAProcessDiesAmongFaults(t *testing.T) {
	t.Parallel()
	for product, steps := range map[string][]string{"K1110": {"prepare", "request", "status", "verify", "signer"}, "K3511": {"verify"}} {
		for _, step := range steps {
			t.Run(product+"/"+step, func(t *testing.T) {
				t.Parallel()
				for _, fault := range passing[:crashing] {
					fault.Step, fault.Times = step, 2
					stride := 1
					if testing.Short() {
						stride = 5
					}
					for crashAt, over := 1, false; !over && !t.Failed(); crashAt += stride {
						synctest.Test(t, func(t *testing.T) {
							over = run(t, product, crashAt, fault).crashed == ""
						})
					}
				}
			})
		}
	}
}
