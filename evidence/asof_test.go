package evidence

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"testing"
	"testing/synctest"
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

// Of two signatures whose certificate has ended since, the one is good that was
// stamped before: nothing but the institution's own clock says that the other
// was made in time.
func TestRecord_AsOfBelievesAStampAndNoClock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t)
		maker, verifier := o.stamped(t, time.Hour)
		result, covered := o.contract(t, kakaocert.K3511, severalDocuments, severalDocuments)
		now := time.Now()
		require.NoError(t, o.dir.AttachCheck(t.Context(), covered.ID, now, o.check(t, result, now)...))
		_, err := maker.Make(t.Context())
		require.NoError(t, err)
		time.Sleep(time.Minute)
		_, alone := o.contract(t, kakaocert.K3510, oneDocument, oneDocument)
		_, err = maker.Make(t.Context()) // within the hour: not stamped
		require.NoError(t, err)

		time.Sleep(4 * 365 * 24 * time.Hour)
		report, err := openArchive(t, o.path).Verify(t.Context(), StampedBy(verifier))
		require.NoError(t, err)
		require.NoError(t, report.Err())
		assert.Equal(t, 2, report.Checkpoints)
		assert.Equal(t, 1, report.Stamps)
		assert.Equal(t, 1, report.Stamped)
		assert.True(t, report.StampsChecked)
		stamp, found := report.Stamp(covered.ID)
		require.True(t, found)
		assert.Equal(t, uint64(1), stamp.Checkpoint)
		assert.Equal(t, now.Truncate(time.Second), stamp.Time.Local())
		_, found = report.Stamp(alone.ID)
		assert.False(t, found)

		covered, alone = o.record(t, covered.Meta.TxID), o.record(t, alone.Meta.TxID)
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
	})
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
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t)
		result, r := o.contract(t, kakaocert.K3510, oneDocument, oneDocument)
		now := time.Now()
		require.NoError(t, o.dir.AttachCheck(t.Context(), r.ID, now, o.check(t, result, now)...))
		r = o.record(t, r.Meta.TxID)
		time.Sleep(time.Hour)
		require.NoError(t, o.sim.Revoke(kakaocerttest.DefaultUser().Phone))
		time.Sleep(time.Hour)
		today := fetcher(func() kakaocert.RevocationData { return o.revocation(t) })
		recheck := func(existed time.Time) error {
			checks, err := r.AsOf(existed).RecheckOnline(t.Context(), o.sim.Roots(), nil, kakaocert.RevocationHard, today)
			return errorsOf(t, checks, err)
		}
		require.NoError(t, recheck(now.Add(30*time.Minute)))
		require.NoError(t, recheck(time.Time{}), "its own clock is believed")
		require.ErrorIs(t, recheck(now.Add(2*time.Hour)), kakaocert.ErrRevoked, "although what was kept is current")
		time.Sleep(24 * time.Hour)
		require.ErrorIs(t, recheck(now.Add(26*time.Hour)), kakaocert.ErrRevoked)
		offline := func(existed time.Time) error {
			checks, err := r.AsOf(existed).Recheck(o.sim.Roots(), nil)
			return errorsOf(t, checks, err)
		}
		require.NoError(t, offline(now.Add(26*time.Hour)), "nothing at hand says so")
	})
}
