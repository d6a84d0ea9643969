package evidence_test

import (
	"bytes"
	"context"
	"crypto"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/evidence"
	"github.com/kakaocert-go/kakaocert/evidence/evidencetest"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
	"github.com/kakaocert-go/kakaocert/timestamp"
)

// tsa is a time stamping authority that can be down, and counts what it gave.
type tsa struct {
	*kakaocerttest.Service
	down  error
	given int
}

func newTSA(options ...kakaocerttest.Option) *tsa {
	return &tsa{Service: kakaocerttest.NewService(options...)}
}

func (a *tsa) Stamp(ctx context.Context, request []byte) ([]byte, error) {
	if a.down != nil {
		return nil, a.down
	}
	a.given++
	return a.Service.Stamp(ctx, request)
}

func (a *tsa) verifier(t testing.TB) *timestamp.Verifier {
	t.Helper()
	v, err := timestamp.NewVerifier(timestamp.Config{Roots: a.Roots()})
	require.NoError(t, err)
	return v
}

func (a *tsa) every(t testing.TB, d time.Duration) evidence.CheckpointOption {
	t.Helper()
	s, err := timestamp.NewStamper(timestamp.StamperConfig{Authority: a, Verifier: a.verifier(t)})
	require.NoError(t, err)
	return evidence.WithStamps(s, d)
}

func stampOf(number int) evidence.Object {
	return evidence.Object{Kind: evidence.KindStamp, ID: fmt.Sprintf("%020d", number)}
}

func makerOf(t *testing.T, log *evidence.Log, signer crypto.Signer, options ...evidence.CheckpointOption) func() (evidence.Checkpoint, error) {
	t.Helper()
	maker, err := log.Checkpointer(origin, signer, options...)
	require.NoError(t, err)
	return func() (evidence.Checkpoint, error) { return maker.Make(t.Context()) }
}

// Each record has the stamp of the first stamped checkpoint that covers its end.
func TestReport_HasTheStampOfEachRecord(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s spoilable) {
		signer, public := signingKey(t)
		a := newTSA()
		log := s.open(t)
		plain, stamped := makerOf(t, log, signer), makerOf(t, log, signer, a.every(t, 0))
		open, err := log.Begin(t.Context(), kakaocert.EvidenceMeta{Product: "K3510T", TxID: "tx-open", BegunAt: time.Now(), Attempt: 1})
		require.NoError(t, err)
		var ids []string
		for i, checkpoint := range []func() (evidence.Checkpoint, error){plain, stamped, plain, stamped, plain} {
			ids = append(ids, store(t, log, fmt.Sprintf("tx-%d", i), "body"))
			if i == 2 {
				require.NoError(t, open.Commit())
			}
			made, err := checkpoint()
			require.NoError(t, err)
			assert.Equal(t, uint64(i+1), made.Number)
		}
		require.NoError(t, log.Purge(t.Context(), "time is over", ids[0])) // a stamp stays
		report, err := faultsOf(t, s, public, evidence.StampedBy(a.verifier(t)))
		require.NoError(t, err)
		assert.Equal(t, 2, report.Stamps)
		assert.Equal(t, 5, report.Stamped)
		for i, want := range []uint64{2, 2, 4, 4, 0} {
			stamp, found := report.Stamp(ids[i])
			assert.Equal(t, want != 0, found)
			assert.Equal(t, want, stamp.Checkpoint, "record %d", i)
		}
		stamp, _ := report.Stamp(open.(interface{ ID() string }).ID())
		assert.Equal(t, uint64(4), stamp.Checkpoint, "it was begun before, and ended after")

		unchecked, err := faultsOf(t, s)
		require.NoError(t, err)
		assert.Equal(t, 2, unchecked.Stamps)
		assert.Zero(t, unchecked.Stamped)
		assert.False(t, unchecked.StampsChecked)
		_, found := unchecked.Stamp(ids[1])
		assert.False(t, found)

		path := filepath.Join(t.TempDir(), "export")
		require.NoError(t, s.archive(t).Export(t.Context(), path))
		exported, err := faultsOf(t, spoilableDirectory{path}, public, evidence.StampedBy(a.verifier(t)))
		require.NoError(t, err)
		assert.Equal(t, report, exported)
	})
}

// An authority that is down stops no checkpoint, and is asked again.
func TestCheckpointer_GoesOnWithoutItsAuthority(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s spoilable) {
		signer, _ := signingKey(t)
		a := newTSA()
		a.down = errors.New("no route to host")
		log := s.open(t)
		checkpoint := makerOf(t, log, signer, a.every(t, time.Hour))
		none, err := checkpoint()
		require.NoError(t, err, "there is nothing to stamp")
		assert.Zero(t, none.Number)
		for i := range 2 {
			store(t, log, fmt.Sprintf("tx-%d", i), "body")
			made, err := checkpoint()
			var late *evidence.StampError
			require.ErrorAs(t, err, &late)
			require.ErrorIs(t, err, a.down)
			assert.Equal(t, uint64(i+1), late.Number)
			assert.Equal(t, late.Number, made.Number)
		}
		a.down = nil
		made, err := checkpoint() // nothing is new but the stamp
		require.NoError(t, err)
		assert.Equal(t, uint64(2), made.Number)
		report, err := faultsOf(t, s, evidence.StampedBy(a.verifier(t)))
		require.NoError(t, err)
		assert.Equal(t, 2, report.Stamped)
		assert.Equal(t, 1, report.Stamps)
	})
}

// Another authority's token is worth nothing: it is not kept.
func TestCheckpointer_KeepsNoTokenThatItRefuses(t *testing.T) {
	t.Parallel()
	signer, _ := signingKey(t)
	memory := spoilableMemory{evidencetest.NewMemory()}
	log := memory.open(t)
	store(t, log, "tx-1", "body")
	s, err := timestamp.NewStamper(timestamp.StamperConfig{Authority: newTSA(), Verifier: newTSA().verifier(t)})
	require.NoError(t, err)
	made, err := makerOf(t, log, signer, evidence.WithStamps(s, 0))()
	require.ErrorIs(t, err, kakaocert.ErrUntrusted)
	assert.Equal(t, uint64(1), made.Number)
	_, err = memory.Read(t.Context(), stampOf(1))
	require.ErrorIs(t, err, os.ErrNotExist)
}

// Several processes make one stamp an hour together.
func TestCheckpointer_StampsOnceInAWhile(t *testing.T) {
	t.Parallel()
	signer, _ := signingKey(t)
	clock := kakaocerttest.NewClock(time.Date(2026, time.March, 1, 9, 30, 0, 0, time.UTC))
	a := newTSA(kakaocerttest.WithClock(clock))
	memory := spoilableMemory{evidencetest.NewMemory()}
	log := memory.open(t)
	newMaker := func() func() (evidence.Checkpoint, error) {
		maker, err := log.Checkpointer(origin, signer, a.every(t, time.Hour))
		require.NoError(t, err)
		evidence.SetClock(maker, clock.Now)
		return func() (evidence.Checkpoint, error) { return maker.Make(t.Context()) }
	}
	makers := []func() (evidence.Checkpoint, error){newMaker(), newMaker()}
	for minute := range 181 {
		store(t, log, fmt.Sprintf("tx-%d", minute), "body")
		for _, checkpoint := range makers {
			_, err := checkpoint()
			require.NoError(t, err)
		}
		if minute == 100 { // a process begins anew
			makers[0] = newMaker()
		}
		clock.Advance(time.Minute)
	}
	assert.Equal(t, 4, a.given, "at the beginning and after one, two and three hours")
	report, err := faultsOf(t, memory, evidence.StampedBy(a.verifier(t)))
	require.NoError(t, err)
	assert.Equal(t, 181, report.Stamped)
	// What came last is stamped without anything new.
	store(t, log, "tx-last", "body")
	_, err = makers[0]()
	require.NoError(t, err)
	clock.Advance(time.Hour)
	for range 2 {
		made, err := makers[0]()
		require.NoError(t, err)
		assert.Equal(t, uint64(182), made.Number)
	}
	assert.Equal(t, 5, a.given)
	clock.Advance(-2 * time.Hour) // a stamp of the future counts as none
	store(t, log, "tx-back", "body")
	_, err = makers[0]()
	require.NoError(t, err)
	assert.Equal(t, 6, a.given)
}

func TestStampedBy_ShowsWhatWasDoneToStamps(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s spoilable) {
		signer, _ := signingKey(t)
		a := newTSA()
		log := s.open(t)
		checkpoint := makerOf(t, log, signer, a.every(t, 0))
		var ids []string
		for i := range 3 {
			ids = append(ids, store(t, log, fmt.Sprintf("tx-%d", i), "body"))
			_, err := checkpoint()
			require.NoError(t, err)
		}
		require.NoError(t, log.Close())
		trusted := evidence.StampedBy(a.verifier(t))
		second := readStamp(t, s, 2)
		for name, test := range map[string]struct {
			stamp []byte
			known []evidence.Known
			want  error
		}{
			"cut":                 {second[:len(second)-1], nil, evidence.ErrDamaged},
			"empty":               {[]byte{}, nil, evidence.ErrDamaged},
			"trailing byte":       {append(bytes.Clone(second), 0), nil, evidence.ErrDamaged},
			"of another":          {readStamp(t, s, 1), nil, evidence.ErrDamaged},
			"too large":           {filler(timestamp.MaxToken + 2), nil, evidence.ErrDamaged},
			"changed signature":   {changed(second), []evidence.Known{trusted}, evidence.ErrStamp},
			"another's authority": {second, []evidence.Known{evidence.StampedBy(newTSA().verifier(t))}, evidence.ErrStamp},
		} {
			spoilt := s.copied(t)
			setStamp(t, spoilt, 2, test.stamp)
			report, err := faultsOf(t, spoilt, test.known...)
			require.ErrorIs(t, err, test.want, name)
			assert.Equal(t, "checkpoints/00000000000000000002.stamp", report.Faults[min(1, len(report.Faults)-1)].File, name)
			report, err = faultsOf(t, spoilt, trusted)
			if name == "another's authority" {
				require.NoError(t, err)
				continue
			}
			require.Error(t, err, name)
			require.Len(t, report.Faults, 1, name)
			stamp, found := report.Stamp(ids[1])
			assert.True(t, found, name)
			assert.Equal(t, uint64(3), stamp.Checkpoint, "the next one covers it too: %s", name)
		}

		gone := s.copied(t)
		gone.remove(t, stampOf(2))
		report, err := faultsOf(t, gone, trusted)
		require.NoError(t, err)
		assert.Equal(t, 2, report.Stamps)

		without := s.copied(t)
		without.remove(t, evidence.Object{Kind: evidence.KindCheckpoint, ID: stampOf(3).ID})
		report, err = faultsOf(t, without, trusted)
		require.ErrorIs(t, err, evidence.ErrExtra)
		assert.Equal(t, 2, report.Stamped)

		wrong := s.copied(t) // a checkpoint that is not right proves nothing, stamped or not
		wrong.remove(t, evidence.Object{Kind: evidence.KindCheckpoint, ID: stampOf(1).ID})
		report, err = faultsOf(t, wrong, trusted)
		require.ErrorIs(t, err, evidence.ErrMissing)
		assert.Zero(t, report.Stamped)

		named := s.copied(t)
		putObject(t, named, evidence.Object{Kind: evidence.KindStamp, ID: "17"}, second)
		_, err = faultsOf(t, named)
		require.ErrorIs(t, err, evidence.ErrExtra)
	})
}

func TestWithStamps_RefusesWhatCannotBeUsed(t *testing.T) {
	t.Parallel()
	signer, _ := signingKey(t)
	memory := spoilableMemory{evidencetest.NewMemory()}
	log := memory.open(t)
	a := newTSA()
	for _, option := range []evidence.CheckpointOption{nil, evidence.WithStamps(nil, 0), a.every(t, -1), a.every(t, 25*time.Hour)} {
		_, err := log.Checkpointer(origin, signer, option)
		var argument *kakaocert.ArgumentError
		require.ErrorAs(t, err, &argument)
	}
}

func filler(size int) []byte { return bytes.Repeat([]byte{0x30}, size) }

// changed is a token whose signature is another.
func changed(token []byte) []byte {
	other := bytes.Clone(token)
	other[len(other)-1] ^= 1
	return other
}

func readStamp(t *testing.T, s spoilable, number int) []byte {
	t.Helper()
	in, err := s.archive(t).Store().Read(t.Context(), stampOf(number))
	require.NoError(t, err)
	defer func() { _ = in.Close() }()
	raw, err := io.ReadAll(in)
	require.NoError(t, err)
	return raw
}

func setStamp(t *testing.T, s spoilable, number int, raw []byte) {
	t.Helper()
	s.remove(t, stampOf(number))
	putObject(t, s, stampOf(number), raw)
}

func putObject(t *testing.T, s spoilable, o evidence.Object, raw []byte) {
	t.Helper()
	switch s := s.(type) {
	case spoilableMemory:
		s.Edit(func(_ map[string][]evidence.Entry, objects map[evidence.Object][]byte) { objects[o] = raw })
	case spoilableDirectory:
		require.NoError(t, os.WriteFile(filepath.Join(s.path, evidence.FileOf(o)), raw, 0o600))
	}
}
