package pgstore_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/evidence"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
	"github.com/kakaocert-go/kakaocert/pgstore"
	"github.com/kakaocert-go/kakaocert/timestamp"
)

// An export is audited offline when the signers' certificates have ended: the
// signature that was stamped in time is good, and the other is not.
func TestEvidence_ExportIsCheckedByItsStamps(t *testing.T) {
	t.Parallel()
	db := newDatabase(t)
	sim := kakaocerttest.NewService()
	log, err := evidence.NewLog(t.Context(), open(t, connect(t, db.URLAs("pod"))).Evidence(), evidence.UnsafePlaintext())
	require.NoError(t, err)
	config := sim.Config()
	config.Evidence = log
	client, err := kakaocert.NewClient(config)
	require.NoError(t, err)
	documents := []kakaocert.Document{kakaocert.TextDocument("대출계약서", "제1조 (목적)")}
	sign := func() (txID string) {
		tx, err := client.K3500.Prepare(t.Context(), &kakaocert.K3500PrepareParams{Product: kakaocert.K3510, User: kakaocert.ByCI(kakaocerttest.DefaultUser().CI)})
		require.NoError(t, err)
		_, err = client.K3500.Request(t.Context(), tx, &kakaocert.K3500RequestParams{Documents: documents, Title: "대출계약서"})
		require.NoError(t, err)
		_, err = client.K3500.Verify(t.Context(), tx, documents)
		require.NoError(t, err)
		return tx.TxID()
	}

	trusted, err := timestamp.NewVerifier(timestamp.Config{Roots: sim.Roots()})
	require.NoError(t, err)
	stamper, err := timestamp.NewStamper(timestamp.StamperConfig{Authority: sim, Verifier: trusted})
	require.NoError(t, err)
	_, signer, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	maker, err := log.Checkpointer("bank.example", signer, evidence.WithStamps(stamper, time.Hour))
	require.NoError(t, err)
	stamped := sign()
	_, err = maker.Make(t.Context())
	require.NoError(t, err)
	late := sign()
	made, err := maker.Make(t.Context())
	require.NoError(t, err)
	assert.Equal(t, uint64(2), made.Number)
	assert.Equal(t, 3, count(t, db, "evidence_piece_checkpoints"), "two checkpoints and a stamp")

	store, err := pgstore.OpenReader(t.Context(), connect(t, db.URLAs("auditor")))
	require.NoError(t, err)
	auditor, err := evidence.NewArchive(store, evidence.UnsafePlaintext())
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "export")
	require.NoError(t, auditor.Export(t.Context(), path))
	archive, err := evidence.OpenArchive(path, evidence.UnsafePlaintext())
	require.NoError(t, err)
	defer func() { _ = archive.Close() }()
	report, err := archive.Verify(t.Context(), evidence.StampedBy(trusted))
	require.NoError(t, err)
	require.NoError(t, report.Err())
	assert.Equal(t, 1, report.Stamped)
	years := time.Now().AddDate(4, 0, 0)
	recheck := func(txID string) error {
		for r, err := range archive.ByTxID(t.Context(), txID) {
			require.NoError(t, err)
			existed := years
			if stamp, found := report.Stamp(r.ID); found {
				existed = stamp.Latest()
			}
			checks, err := r.AsOf(existed).Recheck(sim.Roots(), nil)
			require.NoError(t, err)
			require.Len(t, checks, 1)
			return checks[0].Err
		}
		t.Fatal("no such record")
		return nil
	}
	require.NoError(t, recheck(stamped))
	require.ErrorIs(t, recheck(late), kakaocert.ErrUntrusted)
}
