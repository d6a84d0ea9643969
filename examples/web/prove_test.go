package main

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
)

// fullDisk is evidence that begins and cannot end.
type fullDisk struct{ kakaocert.Sink }

func (d fullDisk) Begin(ctx context.Context, meta kakaocert.EvidenceMeta) (kakaocert.RecordWriter, error) {
	record, err := d.Sink.Begin(ctx, meta)
	return fullRecord{record}, err
}

type fullRecord struct{ kakaocert.RecordWriter }

func (fullRecord) Commit() error { return syscall.ENOSPC }

func TestVisit_AnswerThatTheEvidenceCannotTakeIsSaved(t *testing.T) {
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	b := open(t)
	config := b.set.Config
	config.Evidence = fullDisk{b.set.Dir}
	client, err := kakaocert.NewClient(config)
	require.NoError(t, err)
	b.set.Client = client

	tx := b.ask("contract", "message")
	require.NoError(t, b.sim.Sign(tx.TxID))
	_, status, text := b.post("/finish?lang=en", nil)
	assert.Equal(t, http.StatusBadGateway, status)
	assert.Contains(t, text, "Something did not work")
	assert.Contains(t, b.log.String(), "the evidence could not take the answer")
	saved, err := filepath.Glob(filepath.Join(temporary, "kakaocert-answer-*.json"))
	require.NoError(t, err)
	require.Len(t, saved, 1)
	answer, err := os.ReadFile(saved[0])
	require.NoError(t, err)
	_, err = contract{b.set}.restore(&session{Contract: b.unseal().Contract}, answer)
	assert.ErrorContains(t, err, "no record", "the signature is good, and its record is not")
}
