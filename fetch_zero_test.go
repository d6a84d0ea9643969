package kakaocert_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// A zero result, such as a test of a user's may hold, contains nothing and
// passes no check.
func TestResults_ZeroHasNothingAndPassesNothing(t *testing.T) {
	t.Parallel()
	verifier, err := kakaocert.NewVerifier(kakaocerttest.NewService().Roots(), kakaocert.UnsafeNoRevocation())
	require.NoError(t, err)
	var argument *kakaocert.ArgumentError

	k1100 := new(kakaocert.K1100Result)
	assert.Empty(t, k1100.SignedData())
	assert.True(t, k1100.CI().IsZero() && k1100.VID().IsZero())

	_, err = k1100.Check(verifier)
	assert.ErrorAs(t, err, &argument)

	k2100 := new(kakaocert.K2100Result)
	assert.Empty(t, k2100.SignedData())
	assert.True(t, k2100.CI().IsZero() && k2100.VID().IsZero())
	_, err = k2100.Check(verifier)
	assert.ErrorAs(t, err, &argument)

	k2220 := new(kakaocert.K2220Result)
	assert.Empty(t, k2220.SignedData())
	assert.True(t, k2220.CI().IsZero() && k2220.VID().IsZero())
	_, _, err = k2220.Check(verifier)
	assert.ErrorAs(t, err, &argument)

	k3100 := new(kakaocert.K3100Result)
	assert.Empty(t, k3100.SignedData())
	assert.True(t, k3100.CI().IsZero() && k3100.VID().IsZero())
	_, err = k3100.Check(verifier)
	assert.ErrorAs(t, err, &argument)
	_, err = k3100.Export(verifier)
	assert.ErrorAs(t, err, &argument)

	export := new(kakaocert.ConsentExport)
	assert.Empty(t, export.SignedData())
	assert.Equal(t, kakaocert.Consent{}, *export.Consent())
	_, err = export.Items()
	assert.ErrorAs(t, err, &argument)
	_, err = export.Check(verifier, nil, kakaocerttest.NewService().Config().Cipher)
	assert.ErrorAs(t, err, &argument)

	k3500 := new(kakaocert.K3500Result)
	assert.Empty(t, k3500.SignedData())
	assert.True(t, k3500.CI().IsZero() && k3500.VID().IsZero())
	_, err = k3500.Check(verifier)
	assert.ErrorAs(t, err, &argument)
	assert.ErrorAs(t, new(kakaocert.CheckedDocuments).CheckVID(k3500), &argument)
}
