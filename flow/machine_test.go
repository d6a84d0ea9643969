package flow_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/flow"
	"github.com/kakaocert-go/kakaocert/flow/flowtest"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

func TestMachine_EndsForTheReasonThatThereIs(t *testing.T) {
	t.Parallel()
	code := func(step, code string) kakaocerttest.Fault {
		return kakaocerttest.Fault{Step: step, Kind: kakaocerttest.ErrorCode, Code: code, Times: kakaocerttest.Always}
	}
	always := func(step string, kind kakaocerttest.FaultKind) kakaocerttest.Fault {
		return kakaocerttest.Fault{Step: step, Kind: kind, Times: kakaocerttest.Always}
	}
	for name, c := range map[string]struct {
		behaviour kakaocerttest.Behaviour
		product   string
		fault     kakaocerttest.Fault
		reason    flow.Reason
		code      kakaocert.Code
	}{
		"the user declines":         {kakaocerttest.RefuseAfter(time.Minute), "K1110", kakaocerttest.Fault{}, flow.ReasonDeclined, ""},
		"the user does nothing":     {kakaocerttest.Ignore(), "K3511", kakaocerttest.Fault{}, flow.ReasonExpired, ""},
		"no such user":              {kakaocerttest.SignAfter(0), "K1110", code("prepare", "E2001"), flow.ReasonRefused, kakaocert.ErrUserNotFound},
		"an unknown code":           {kakaocerttest.SignAfter(0), "K1110", code("prepare", "E2999"), flow.ReasonRefused, "E2999"},
		"a parameter":               {kakaocerttest.SignAfter(0), "K3511", code("request", "E1001"), flow.ReasonRefused, kakaocert.ErrParameter},
		"an account withdrawn":      {kakaocerttest.SignAfter(0), "K1110", code("status", "E2005"), flow.ReasonRefused, kakaocert.ErrUserUnavailable},
		"maintenance all day":       {kakaocerttest.SignAfter(0), "K1110", always("prepare", kakaocerttest.Maintenance), flow.ReasonUnavailable, ""},
		"no network before request": {kakaocerttest.SignAfter(0), "K1110", always("request", kakaocerttest.Refuse), flow.ReasonUnavailable, ""},
		"a forged document":         {kakaocerttest.SignAfter(0), "K3511", always("verify", kakaocerttest.AnotherDocument), flow.ReasonUntrusted, ""},
		"documents in wrong order":  {kakaocerttest.SignAfter(0), "K3511", always("verify", kakaocerttest.SwappedPair), flow.ReasonUntrusted, ""},
		"an expired certificate":    {kakaocerttest.SignAfter(0), "K3110", always("verify", kakaocerttest.ExpiredCertificate), flow.ReasonUntrusted, ""},
		"a VID of nobody":           {kakaocerttest.SignAfter(0), "K3110", always("verify", kakaocerttest.WrongVID), flow.ReasonMismatch, ""},
		"somebody else":             {kakaocerttest.SignAfter(0), "K3511", always("verify", kakaocerttest.AnotherUser), flow.ReasonMismatch, ""},
		"fetched by somebody else":  {kakaocerttest.SignAfter(0), "K1110", code("verify", "E2003"), flow.ReasonLost, kakaocert.ErrUnknownTransaction},
		"signed too long ago":       {kakaocerttest.SignAfter(0), "K1110", code("verify", "E2007"), flow.ReasonLost, kakaocert.ErrRequestExpired},
		"a tx_id that is unknown":   {kakaocerttest.SignAfter(0), "K1110", code("status", "E2003"), flow.ReasonRefused, kakaocert.ErrUnknownTransaction},
		"signer info forbidden":     {kakaocerttest.SignAfter(0), "K1110", code("signer", "E1002"), flow.ReasonMismatch, kakaocert.ErrPermission},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, c.behaviour)
				w.start(c.product)
				if c.fault.Kind != "" {
					require.NoError(t, w.kakao.Inject(c.fault))
				}
				w.live(30 * time.Hour)
				f := w.flow()
				assert.Equal(t, flow.StateEnded, f.State)
				assert.Equal(t, c.reason, f.Reason)
				assert.Equal(t, c.code, f.Code)
				assert.Nil(t, f.Input)
				assert.Equal(t, "failed "+string(c.reason), w.row())
			})
		})
	}
}

// The process that fetched an answer checks what it has received. Only another
// process reads the evidence.
func TestMachine_ReadsTheEvidenceOnlyForAnswersOfOthers(t *testing.T) {
	t.Parallel()
	for _, product := range products {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, kakaocerttest.SignAfter(time.Second))
			w.start(product)
			w.live(time.Hour)
			assert.Contains(t, w.row(), "done", product)
			assert.Zero(t, w.evidence.recalls, product)

			w = newWorld(t, kakaocerttest.SignAfter(time.Second))
			w.start(product)
			w.refusals = 1 // the flow is stored, and another caller ends it
			w.live(time.Hour)
			assert.Contains(t, w.row(), "done", product)
			assert.Equal(t, 1, w.evidence.recalls, product)
		})
	}
}

// A wrong setting of one process does not end a flow whose user may have
// signed.
func TestMachine_KeepsAFlowThroughWhatOnlyThisProcessCannot(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ step, code string }{{"status", "E1004"}, {"verify", "E1002"}, {"verify", "E1007"}, {"status", "E0001"}} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, kakaocerttest.SignAfter(0))
			w.start("K1110")
			require.NoError(t, w.kakao.Inject(kakaocerttest.Fault{Step: c.step, Kind: kakaocerttest.ErrorCode, Code: c.code, Times: kakaocerttest.Always}))
			w.live(5 * time.Minute)
			assert.NotEqual(t, flow.StateEnded, w.flow().State, "%+v", c)
			w.kakao.ClearFaults()
			w.live(5 * time.Minute)
			assert.Contains(t, w.row(), "done", "%+v", c)
		})
	}
}

func TestMachine_ChecksAgainWhileRevocationIsUnknown(t *testing.T) {
	t.Parallel()
	for _, hours := range []int{1, 30} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, kakaocerttest.SignAfter(0))
			fetcher, err := kakaocert.NewRevocationFetcher(kakaocert.RevocationFetcherConfig{Transport: refused{}})
			require.NoError(t, err)
			w.revocation = kakaocert.WithRevocationFetcher(fetcher)
			w.start("K3511")
			w.live(time.Duration(hours) * time.Hour)
			if hours > 24 {
				assert.Equal(t, flow.ReasonUntrusted, w.flow().Reason)
				return
			}
			assert.Equal(t, flow.StateStored, w.flow().State)
			w.revocation = kakaocert.UnsafeNoRevocation()
			w.live(time.Hour)
			assert.Contains(t, w.row(), "done 2")
			assert.Equal(t, 1, w.flow().Verifies, "what was stored is not fetched again")
		})
	}
}

// While the evidence fails, the answer is in the memory of the process: it is
// kept until it is stored.
func TestMachine_KeepsTheAnswerUntilTheEvidenceTakesIt(t *testing.T) {
	t.Parallel()
	for _, step := range []string{"begin", "write", "commit"} {
		for _, outage := range []time.Duration{time.Second, time.Minute, 7 * time.Minute} {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, kakaocerttest.SignAfter(0))
				w.evidence.fails, w.evidence.until = step, time.Now().Add(outage)
				w.start("K3511")
				w.live(patience)
				w.mustHold(fmt.Sprint(step, outage))
				assert.Contains(t, w.row(), "done 2", "%s %v", step, outage)
			})
		}
	}
}

// A process freezes in the middle of a verify, and continues after others have
// taken over the flow.
func TestMachine_SharesAFlowWithAProcessThatWasFrozen(t *testing.T) {
	t.Parallel()
	for _, delay := range []time.Duration{time.Minute, 3 * time.Minute, 8 * time.Minute} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, kakaocerttest.SignAfter(0))
			w.frozen = delay
			w.start("K1110")
			var group sync.WaitGroup
			for range 3 {
				group.Go(func() { w.live(patience) })
			}
			group.Wait()
			w.mustHold(delay.String())
			assert.Contains(t, w.row(), "done", delay)
		})
	}
}

func TestMachine_ManyProcessesRunOneFlowOnce(t *testing.T) {
	t.Parallel()
	for _, product := range products {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, kakaocerttest.SignAfter(3*time.Second))
			w.start(product)
			var group sync.WaitGroup
			for range 6 {
				group.Go(func() { w.live(patience) })
			}
			group.Wait()
			w.mustHold(product)
			assert.Contains(t, w.row(), "done", product)
			assert.Equal(t, 1, w.flow().Verifies)
		})
	}
}

// The handler's rows and the end of the flow are committed together or not at
// all.
func TestMachine_CallsDoneAgainAfterItsErrors(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, kakaocerttest.SignAfter(0))
		w.refusals = 3
		w.start("K1110")
		w.live(patience)
		w.mustHold("")
		assert.Contains(t, w.row(), "done")
		assert.Zero(t, w.refusals)
	})
}

func TestMachine_RunFindsWhatIsDueAndTakesOverFromTheDead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, kakaocerttest.SignAfter(30*time.Second))
		w.start("K3511")
		for crashAt := 1; ; crashAt += 3 {
			w.points, w.crashAt, w.crashed = 0, crashAt, ""
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Minute)
			p := w.process()
			p.machine.Run(ctx, flow.RunConfig{})
			cancel()
			if w.flow().State == flow.StateEnded {
				break
			}
		}
		w.mustHold("")
	})
}

func TestMachine_RunWaitsForTheVerifyUnderWay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, kakaocerttest.SignAfter(0))
		require.NoError(t, w.kakao.Inject(kakaocerttest.Fault{Step: "verify", Kind: kakaocerttest.Slow, Delay: 40 * time.Second}))
		w.start("K1110")
		ctx, cancel := context.WithCancel(t.Context())
		p := w.process()
		go func() {
			for w.flow().State != flow.StateVerifying {
				time.Sleep(time.Second)
			}
			cancel()
		}()
		p.machine.Run(ctx, flow.RunConfig{})
		assert.Equal(t, flow.StateStored, w.flow().State)
	})
}

func TestMachine_HoldKeepsUsersFromBeingAskedAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, kakaocerttest.SignAfter(0))
		w.start("K1110")
		p := w.process()
		time.Sleep(time.Second)
		n, err := p.machine.Hold(t.Context(), time.Now())
		require.NoError(t, err)
		assert.Equal(t, 1, n)
		next, err := p.machine.Step(t.Context(), flowID)
		require.NoError(t, err)
		assert.True(t, next.Held)
		assert.Empty(t, w.kakao.Transactions())

		require.NoError(t, p.machine.Release(t.Context(), flowID))
		w.live(patience)
		w.mustHold("")
		assert.Contains(t, w.row(), "done")
	})
}

func TestMachine_AbandonEndsAFlow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, kakaocerttest.Ignore())
		w.start("K1110")
		w.live(time.Minute)
		p := w.process()
		time.Sleep(time.Second)
		_, err := p.machine.Hold(t.Context(), time.Now())
		require.NoError(t, err)
		require.NoError(t, p.machine.Abandon(t.Context(), flowID))
		assert.Equal(t, "failed abandoned", w.row())
		assert.Equal(t, flow.ReasonAbandoned, w.flow().Reason)
		require.ErrorIs(t, p.machine.Abandon(t.Context(), flowID), flow.ErrRaced)
		require.ErrorIs(t, p.machine.Abandon(t.Context(), "order-2"), flow.ErrNotFound)
	})
}

// The stored flow contains no personal data in clear. Its input opens only for
// its own ID and with its own key.
func TestMachine_SealsTheInput(t *testing.T) {
	t.Parallel()
	for _, product := range products {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, kakaocerttest.SignAfter(0))
			w.start(product)
			f := w.flow()
			for _, text := range []string{hongName, hongPhone, "19900101", "110123456789", "본인인증", "제1조"} {
				assert.NotContains(t, string(f.Input), text, product)
				assert.NotContains(t, fmt.Sprintf("%+v %v", f, w.process().input(product)), text, product)
			}
			other, err := kakaocert.NewSealKey("2", bytes.Repeat([]byte{8}, 32))
			require.NoError(t, err)
			w.key = other
			_, err = w.process().machine.Step(t.Context(), flowID)
			require.ErrorIs(t, err, kakaocert.ErrUnseal, product)
			assert.NotEqual(t, flow.StateEnded, w.flow().State, "another process may have the key")
		})
	}
}

// The number of prepare's key is kept, whatever key later processes use.
func TestMachine_NotesTheKeyOfPrepare(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, kakaocerttest.SignAfter(0), kakaocerttest.WithContract(kakaocerttest.Contract{CipherKeys: []kakaocerttest.CipherKey{{Version: 3}}}))
		w.start("K1110")
		w.live(patience)
		assert.Equal(t, 3, w.flow().KeyVersion)
	})
}

func TestMachine_ForgetsTheRecordOfAFlowThatHasEnded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, kakaocerttest.SignAfter(0))
		var forgotten []string
		w.config = func(c *flow.Config[*flowtest.Tx]) {
			c.Forget = func(_ context.Context, ids ...string) error {
				assert.Equal(t, flow.StateEnded, w.flow().State)
				forgotten = append(forgotten, ids...)
				return errEvidence
			}
		}
		w.start("K3511")
		w.live(patience)
		assert.Equal(t, []string{"record-1"}, forgotten)
		assert.Contains(t, w.row(), "done")
	})
}

func TestMachine_TellsEachChange(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, kakaocerttest.SignAfter(0))
		var states []flow.State
		w.config = func(c *flow.Config[*flowtest.Tx]) {
			c.OnChange = func(_ context.Context, f flow.Flow) {
				states = append(states, f.State)
				assert.Nil(t, f.Input)
			}
		}
		w.start("K1110")
		w.live(patience)
		assert.Equal(t, []flow.State{
			flow.StatePrepared, flow.StateRequesting, flow.StateWaiting, flow.StateSigned,
			flow.StateVerifying, flow.StateStored, flow.StateEnded,
		}, states)
		rev := int64(0)
		for _, f := range w.memory.Log() {
			rev++
			assert.Equal(t, rev, f.Rev)
		}
	})
}

func TestMachine_StartRefusesWhatCannotBeRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t, kakaocerttest.SignAfter(0))
	p := w.process()
	only, err := flow.New(flow.Config[*flowtest.Tx]{
		Store: w.memory, Client: clientWith(t, w, sink{p}), Verifier: verifierOf(t, w), Keys: []*kakaocert.SealKey{w.key},
	}, flow.K1100[*flowtest.Tx]{Done: done[*kakaocert.K1100Result](p), Failed: p.failed})
	require.NoError(t, err)
	for name, c := range map[string]struct {
		id    string
		in    flow.Input
		field string
	}{
		"no ID":             {"", p.input("K1110"), "id"},
		"a long ID":         {strings.Repeat("가", 201), p.input("K1110"), "id"},
		"no input":          {flowID, nil, "Input"},
		"no handler":        {flowID, p.input("K3511"), "Product"},
		"no product":        {flowID, flow.K1100Input{Prepare: kakaocert.K1100PrepareParams{User: byHong}, Request: kakaocert.K1100RequestParams{IdentifyItems: items}}, "Product"},
		"no items":          {flowID, flow.K1100Input{Prepare: kakaocert.K1100PrepareParams{Product: kakaocert.K1110, User: byHong}}, "Request.IdentifyItems"},
		"items of somebody": {flowID, flow.K1100Input{Prepare: kakaocert.K1100PrepareParams{Product: kakaocert.K1110, User: byHong}, Request: kakaocert.K1100RequestParams{IdentifyItems: []kakaocert.IdentifyItem{kakaocert.IdentifyCI}}}, "Request.IdentifyItems"},
		"no documents":      {flowID, flow.K3500Input{Prepare: kakaocert.K3500PrepareParams{Product: kakaocert.K3510, User: byHong}}, "Request.Documents"},
		"no consent":        {flowID, flow.K3100Input{Prepare: kakaocert.K3100PrepareParams{Product: kakaocert.K3110, User: byHong}}, "Request.Consent"},
		"no window":         {flowID, flow.K1400Input{}, "Transaction"},
		"no login":          {flowID, flow.K2100Input{}, "Transaction"},
		"no session":        {flowID, flow.K2220Input{}, "Transaction"},
	} {
		t.Run(name, func(t *testing.T) {
			err := w.memory.Begin(t.Context(), func(ctx context.Context, tx *flowtest.Tx) error { return only.Start(ctx, tx, c.id, c.in) })
			refusal, is := errors.AsType[*kakaocert.ArgumentError](err)
			require.True(t, is, "%v", err)
			assert.Equal(t, c.field, refusal.Field)
		})
	}
	start := func() error {
		return w.memory.Begin(t.Context(), func(ctx context.Context, tx *flowtest.Tx) error {
			return only.Start(ctx, tx, flowID, p.input("K1110"))
		})
	}
	require.NoError(t, start())
	require.ErrorIs(t, start(), flow.ErrExists)
}

func verifierOf(t *testing.T, w *world) *kakaocert.Verifier {
	t.Helper()
	verifier, err := kakaocert.NewVerifier(w.kakao.Roots(), kakaocert.UnsafeNoRevocation())
	require.NoError(t, err)
	return verifier
}

func clientWith(t *testing.T, w *world, evidence kakaocert.Sink) *kakaocert.Client {
	t.Helper()
	config := w.kakao.Config()
	config.Evidence = evidence
	client, err := kakaocert.NewClient(config)
	require.NoError(t, err)
	return client
}

// writeOnly is evidence that cannot be read back.
type writeOnly struct{ kakaocert.Sink }

func TestNew_RefusesWhatWouldLoseSignatures(t *testing.T) {
	t.Parallel()
	w := newWorld(t, kakaocerttest.SignAfter(0))
	p := w.process()
	handler := flow.K1100[*flowtest.Tx]{Done: done[*kakaocert.K1100Result](p), Failed: p.failed}
	slow := w.kakao.Config()
	slow.Evidence, slow.Retries = sink{p}, 5
	slowClient, err := kakaocert.NewClient(slow)
	require.NoError(t, err)
	good := func() flow.Config[*flowtest.Tx] {
		return flow.Config[*flowtest.Tx]{Store: w.memory, Client: clientWith(t, w, sink{p}), Verifier: verifierOf(t, w), Keys: []*kakaocert.SealKey{w.key}}
	}
	for name, c := range map[string]struct {
		change   func(*flow.Config[*flowtest.Tx])
		handlers []flow.Handler[*flowtest.Tx]
		field    string
	}{
		"no store":               {func(c *flow.Config[*flowtest.Tx]) { c.Store = nil }, nil, "Config.Store"},
		"no client":              {func(c *flow.Config[*flowtest.Tx]) { c.Client = nil }, nil, "Config.Client"},
		"no verifier":            {func(c *flow.Config[*flowtest.Tx]) { c.Verifier = nil }, nil, "Config.Verifier"},
		"no key":                 {func(c *flow.Config[*flowtest.Tx]) { c.Keys = nil }, nil, "Config.Keys"},
		"a nil key":              {func(c *flow.Config[*flowtest.Tx]) { c.Keys = append(c.Keys, nil) }, nil, "Config.Keys"},
		"no evidence":            {func(c *flow.Config[*flowtest.Tx]) { c.Client = clientWith(t, w, nil) }, nil, "Config.Evidence"},
		"evidence that forgets":  {func(c *flow.Config[*flowtest.Tx]) { c.Client = clientWith(t, w, kakaocert.UnsafeNoEvidence()) }, nil, "Config.Evidence"},
		"evidence that hides":    {func(c *flow.Config[*flowtest.Tx]) { c.Client = clientWith(t, w, writeOnly{sink{p}}) }, nil, "Config.Evidence"},
		"a verify of 10 minutes": {func(c *flow.Config[*flowtest.Tx]) { c.Client = slowClient }, nil, "Config.Lease"},
		"a poll of 10 minutes": {func(c *flow.Config[*flowtest.Tx]) {
			c.Poll = func(time.Duration) time.Duration { return 10 * time.Minute }
		}, nil, "Config.Lease"},
		"lease and grace too short": {func(c *flow.Config[*flowtest.Tx]) { c.Lease, c.Grace = time.Minute, time.Minute }, nil, "Config.Grace"},
		"a negative duration":       {func(c *flow.Config[*flowtest.Tx]) { c.AskWithin = -1 }, nil, "Config"},
		"no handler":                {nil, []flow.Handler[*flowtest.Tx]{}, "handlers"},
		"two of one service":        {nil, []flow.Handler[*flowtest.Tx]{handler, handler}, "handlers"},
		"a handler without Failed":  {nil, []flow.Handler[*flowtest.Tx]{flow.K1100[*flowtest.Tx]{Done: handler.Done}}, "handlers"},
	} {
		t.Run(name, func(t *testing.T) {
			config, handlers := good(), c.handlers
			if c.change != nil {
				c.change(&config)
			}
			if handlers == nil {
				handlers = []flow.Handler[*flowtest.Tx]{handler}
			}
			_, err := flow.New(config, handlers...)
			refusal, is := errors.AsType[*kakaocert.ArgumentError](err)
			require.True(t, is, "%v", err)
			assert.Equal(t, c.field, refusal.Field)
		})
	}
	_, err = flow.New(good(), handler)
	require.NoError(t, err)
}

// An input that was cut or changed cannot be opened, and never causes a panic.
func FuzzMachine_OpensOnlyWhatItSealed(f *testing.F) {
	f.Add([]byte(`{}`))
	f.Add([]byte(`{"form":"AQExAAAA"}`))
	f.Add([]byte(`{"form":null,"user":"","documents":"AA=="}`))
	f.Fuzz(func(t *testing.T, input []byte) {
		w := newWorld(t, kakaocerttest.SignAfter(0))
		require.NoError(t, w.memory.Begin(t.Context(), func(ctx context.Context, tx *flowtest.Tx) error {
			return w.memory.Insert(ctx, tx, flowID, "K1110", input, flow.Change{Progress: flow.Progress{State: flow.StateNew}})
		}))
		_, err := w.process().machine.Step(t.Context(), flowID)
		require.ErrorIs(t, err, kakaocert.ErrUnseal)
	})
}

// A request whose connection broke arrives late, after the status has shown
// that the user was not asked: Kakao refuses one of the two with the same
// tx_id.
func TestMachine_AsksOnceAlthoughARequestArrivesLate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, kakaocerttest.SignAfter(0))
		w.late = true
		w.start("K1110")
		w.live(patience)
		w.mustHold("")
		assert.Contains(t, w.row(), "done")
		assert.Len(t, w.kakao.Transactions(), 1)
	})
}

// A verify continues when its caller has gone, and so does the storing of its
// answer.
func TestMachine_StoresAnAnswerWhoseCallerHasGone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, kakaocerttest.SignAfter(0))
		require.NoError(t, w.kakao.Inject(kakaocerttest.Fault{Step: "verify", Kind: kakaocerttest.Slow, Delay: 30 * time.Second}))
		w.start("K1110")
		p := w.process()
		for w.flow().State != flow.StateSigned {
			_, err := p.machine.Step(t.Context(), flowID)
			require.NoError(t, err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		next, err := p.machine.Step(ctx, flowID)
		require.NoError(t, err)
		assert.Equal(t, flow.StateStored, next.State)
	})
}

// When the change after a call has failed, the process need not wait for the
// end of its own lease.
func TestMachine_GoesOnAtOnceAfterItsOwnMoveHasFailed(t *testing.T) {
	t.Parallel()
	for _, state := range []flow.State{flow.StateWaiting, flow.StateStored} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, kakaocerttest.SignAfter(0))
			w.unmoved = state
			w.start("K3511")
			began := time.Now()
			w.live(patience)
			w.mustHold(string(state))
			assert.Contains(t, w.row(), "done", state)
			assert.Less(t, time.Since(began), time.Minute)
			assert.Equal(t, 1, w.flow().Verifies)
		})
	}
}

func TestMachine_StepsAFlowOnceAtATimeInOneProcess(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, kakaocerttest.SignAfter(0))
		require.NoError(t, w.kakao.Inject(kakaocerttest.Fault{Step: "verify", Kind: kakaocerttest.Slow, Delay: 40 * time.Second}))
		w.start("K1110")
		p := w.process()
		var group sync.WaitGroup
		for range 4 {
			group.Go(func() {
				for w.flow().State != flow.StateEnded {
					next, err := p.machine.Step(t.Context(), flowID)
					assert.NoError(t, err)
					time.Sleep(next.After)
				}
			})
		}
		group.Wait()
		w.mustHold("")
		assert.Equal(t, 1, w.flow().Verifies)
		assert.Contains(t, w.row(), "done")
	})
}

// An answer is stored although this process does not have its key. A process
// that has the key ends the flow, and the answer is not fetched again.
func TestMachine_LeavesWhatItCannotDecryptToOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		keys := []kakaocerttest.CipherKey{{Version: 1}, {Version: 2, Key: base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{2}, 32)), IV: base64.StdEncoding.EncodeToString(make([]byte, 16))}}
		w := newWorld(t, kakaocerttest.SignAfter(0), kakaocerttest.WithContract(kakaocerttest.Contract{CipherKeys: keys}))
		w.start("K3511")
		p := w.process()
		for w.flow().State != flow.StateSigned {
			_, err := p.machine.Step(t.Context(), flowID)
			require.NoError(t, err)
		}
		second, err := kakaocert.NewCTRCipher(keys[1].Key, keys[1].IV, kakaocert.WithKeyVersion(2))
		require.NoError(t, err)
		w.cipher = second
		w.live(5 * time.Minute)
		assert.Equal(t, flow.StateStored, w.flow().State)
		w.cipher = nil
		w.live(patience)
		assert.Contains(t, w.row(), "done 2")
		assert.Equal(t, 1, w.flow().Verifies)
	})
}

// After E0002 the process makes no calls for a minute, for any flow.
func TestMachine_PausesForMaintenance(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, kakaocerttest.SignAfter(0))
		require.NoError(t, w.kakao.Inject(kakaocerttest.Fault{Step: "prepare", Kind: kakaocerttest.Maintenance}))
		w.start("K1110")
		p := w.process()
		next, err := p.machine.Step(t.Context(), flowID)
		require.ErrorIs(t, err, kakaocert.ErrMaintenance)
		assert.Equal(t, time.Minute, next.After)
		time.Sleep(30 * time.Second)
		next, err = p.machine.Step(t.Context(), flowID)
		require.NoError(t, err)
		assert.GreaterOrEqual(t, next.After, 30*time.Second)
		assert.Equal(t, flow.StateNew, w.flow().State)
		time.Sleep(31 * time.Second)
		_, err = p.machine.Step(t.Context(), flowID)
		require.NoError(t, err)
		assert.Equal(t, flow.StatePrepared, w.flow().State)
	})
}
