package main

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

func TestVisit_RevokedCertificateIsRefused(t *testing.T) {
	t.Parallel()
	b := open(t)
	require.NoError(t, b.sim.Inject(kakaocerttest.Fault{Kind: kakaocerttest.RevokedCertificate}))
	tx := b.ask("contract", "message")
	require.NoError(t, b.sim.Sign(tx.TxID))
	_, status, page := b.post("/finish?lang=en", nil)
	assert.Equal(t, http.StatusForbidden, status)
	assert.Contains(t, page, "This signature cannot be accepted")
	assert.Contains(t, b.log.String(), "revoked")

	_, status, page = b.get("/result?lang=en")
	assert.Equal(t, http.StatusForbidden, status, "it stays refused")
	assert.NotContains(t, page, "Signed")
}
