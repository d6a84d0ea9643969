package evidence

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
	"github.com/kakaocert-go/kakaocert/timestamp"
)

// stamped has the office's checkpoints stamped by the simulator's authority.
func (o office) stamped(t *testing.T, every time.Duration) (*Checkpointer, *timestamp.Verifier) {
	t.Helper()
	verifier, err := timestamp.NewVerifier(timestamp.Config{Roots: o.sim.Roots()})
	require.NoError(t, err)
	stamper, err := timestamp.NewStamper(timestamp.StamperConfig{Authority: o.sim, Verifier: verifier})
	require.NoError(t, err)
	_, signer, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	maker, err := o.dir.Checkpointer("bank.example", signer, WithStamps(stamper, every))
	require.NoError(t, err)
	return maker, verifier
}

// errorsOf are what a recheck found wrong with each signature.
func errorsOf(t *testing.T, checks []kakaocert.DocumentCheck, err error) error {
	t.Helper()
	require.NoError(t, err)
	require.NotEmpty(t, checks)
	return checks[0].Err
}

// past is an office whose service, users and time stamping authority are four
// years back, where the certificates end after three.
func past(t *testing.T) (office, *kakaocerttest.Clock) {
	t.Helper()
	clock := kakaocerttest.NewClock(time.Now().AddDate(-4, 0, 0).Truncate(time.Second))
	return newOffice(t, kakaocerttest.WithClock(clock)), clock
}

// signed is a record of a signature that was checked by the office's clock.
func (o office) signed(t *testing.T, clock *kakaocerttest.Clock) *Record {
	t.Helper()
	result, r := o.contract(t, kakaocert.K3510, oneDocument, oneDocument)
	require.NoError(t, o.dir.AttachCheck(t.Context(), r.ID, clock.Now(), o.check(t, result, clock.Now())...))
	return o.record(t, r.Meta.TxID)
}

// Of two signatures whose certificate has ended since, the one is good that was
// stamped before: nothing but the institution's own clock says that the other
// was made in time.
func TestRecord_AsOfBelievesAStampAndNoClock(t *testing.T) {
	t.Parallel()
	o, clock := past(t)
	maker, verifier := o.stamped(t, time.Hour)
	SetClock(maker, clock.Now)
	covered := o.signed(t, clock)
	made, err := maker.Make(t.Context())
	require.NoError(t, err)
	clock.Advance(time.Minute)
	alone := o.signed(t, clock)
	_, err = maker.Make(t.Context()) // within the hour: not stamped
	require.NoError(t, err)

	report, err := openArchive(t, o.path).Verify(t.Context(), StampedBy(verifier), made)
	require.NoError(t, err)
	require.NoError(t, report.Err())
	assert.Equal(t, []int{2, 1, 1}, []int{report.Checkpoints, report.Stamps, report.Stamped})
	assert.True(t, report.StampsChecked)
	stamp, found := report.Stamp(covered.ID)
	require.True(t, found)
	assert.Equal(t, uint64(1), stamp.Checkpoint)
	assert.Equal(t, clock.Now().Add(-time.Minute), stamp.Time)
	_, found = report.Stamp(alone.ID)
	assert.False(t, found)

	recheck := func(r *Record) error {
		checks, err := r.Recheck(o.sim.Roots(), nil)
		return errorsOf(t, checks, err)
	}
	require.NoError(t, recheck(covered), "its own clock is believed")
	require.NoError(t, recheck(alone), "likewise")
	require.NoError(t, recheck(covered.AsOf(stamp.Latest())))
	require.ErrorIs(t, recheck(covered.AsOf(time.Now())), kakaocert.ErrUntrusted)
	require.ErrorIs(t, recheck(alone.AsOf(time.Now())), kakaocert.ErrUntrusted)
	require.ErrorIs(t, recheck(covered.AsOf(stamp.Time.AddDate(-1, 0, 0))), kakaocert.ErrUntrusted, "there was no such certificate")
}

// fetcher gets what the authority says now.
type fetcher func() kakaocert.RevocationData

func (f fetcher) FetchRevocation(context.Context, *x509.Certificate, *x509.Certificate) (kakaocert.RevocationData, error) {
	return f(), nil
}

// A certificate that was revoked before the stamp is not saved by what the
// institution's clock says and by the list of that time.
func TestRecord_AsOfHearsRevocationUpToTheStamp(t *testing.T) {
	t.Parallel()
	o, clock := past(t)
	began := clock.Now()
	r := o.signed(t, clock)
	clock.Advance(time.Hour)
	require.NoError(t, o.sim.Revoke(kakaocerttest.DefaultUser().Phone))
	clock.Advance(time.Hour)
	today := fetcher(func() kakaocert.RevocationData { return o.revocation(t) })
	recheck := func(existed time.Time) error {
		checks, err := r.AsOf(existed).RecheckOnline(t.Context(), o.sim.Roots(), nil, kakaocert.RevocationHard, today)
		return errorsOf(t, checks, err)
	}
	require.NoError(t, recheck(began.Add(30*time.Minute)))
	require.NoError(t, recheck(time.Time{}), "its own clock is believed")
	require.ErrorIs(t, recheck(began.Add(2*time.Hour)), kakaocert.ErrRevoked, "although what was kept is current")
	clock.Advance(24 * time.Hour)
	require.ErrorIs(t, recheck(began.Add(26*time.Hour)), kakaocert.ErrRevoked)
	checks, err := r.AsOf(began.Add(26*time.Hour)).Recheck(o.sim.Roots(), nil)
	require.NoError(t, errorsOf(t, checks, err), "nothing at hand says so")
}
