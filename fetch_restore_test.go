package kakaocert_test

import (
	"crypto/rand"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/evidence"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// The answer that verify left in the evidence is as good as the one it returned.
func TestRestore_ResultFromTheEvidence(t *testing.T) {
	t.Parallel()
	secret := make([]byte, evidence.KeySize)
	_, _ = rand.Read(secret)
	key, err := evidence.NewKey(secret)
	require.NoError(t, err)
	dir, err := evidence.Open(filepath.Join(t.TempDir(), "evidence"), key)
	require.NoError(t, err)
	defer func() { assert.NoError(t, dir.Close()) }()

	server := kakaocerttest.NewServer(t)
	config := server.Config()
	config.Evidence = dir
	client := newClient(t, config)
	verifier, err := kakaocert.NewVerifier(server.Roots(), kakaocert.UnsafeNoRevocation())
	require.NoError(t, err)
	several := []kakaocert.Document{contract, hash(t, "약관", 3)}
	tx := requestedDocuments(t, client, kakaocert.K3511, byHong, several...)
	_, err = client.K3500.Verify(t.Context(), tx, several)
	require.NoError(t, err)

	records := 0
	for record, err := range dir.Archive().ByTxID(t.Context(), tx.TxID()) {
		require.NoError(t, err)
		records++
		assert.Equal(t, evidence.Committed, record.Outcome)
		assert.Len(t, record.Meta.Asked, 2)
		result, err := client.K3500.Restore(tx, record.Body(), several)
		require.NoError(t, err)
		_, err = result.Check(verifier)
		require.NoError(t, err)

		signed, err := kakaocert.SignedDataIn(record.Body(), nil)
		require.NoError(t, err)
		assert.Equal(t, result.SignedData(), signed)

		_, err = client.K3500.Restore(tx, record.Body()[1:], several)
		require.ErrorAs(t, err, new(*kakaocert.DecodeError))
		_, err = client.K3500.Restore(tx, record.Body(), []kakaocert.Document{contract, contract, contract})
		require.ErrorAs(t, err, new(*kakaocert.DecodeError))
	}
	assert.Equal(t, 1, records)
}

func TestRestore_ConsentFromItsBody(t *testing.T) {
	t.Parallel()
	server := kakaocerttest.NewServer(t)
	sink := new(memorySink)
	config := server.Config()
	config.Evidence = sink
	client := newClient(t, config)
	tx, err := client.K3100.Prepare(t.Context(), &kakaocert.K3100PrepareParams{Product: kakaocert.K3110, User: byHong})
	require.NoError(t, err)
	_, err = client.K3100.Request(t.Context(), tx, &kakaocert.K3100RequestParams{Consent: hongsConsent()})
	require.NoError(t, err)
	_, err = client.K3100.Verify(t.Context(), tx, hongsConsent())
	require.NoError(t, err)
	verifier, err := kakaocert.NewVerifier(server.Roots(), kakaocert.UnsafeNoRevocation())
	require.NoError(t, err)
	result, err := client.K3100.Restore(tx, sink.all()[0].body, hongsConsent())
	require.NoError(t, err)
	_, err = result.Check(verifier)
	assert.NoError(t, err)
}

func TestRestore_IdentityFromItsBody(t *testing.T) {
	t.Parallel()
	server := kakaocerttest.NewServer(t)
	sink := new(memorySink)
	config := server.Config()
	config.Evidence = sink
	client := newClient(t, config)
	tx := requested(t, client, "nonce")
	_, err := client.K1100.Verify(t.Context(), tx, "nonce")
	require.NoError(t, err)
	body := sink.all()[0].body

	result, err := client.K1100.Restore(tx, body, "nonce")
	require.NoError(t, err)
	assert.True(t, result.CI().Equal(server.Users()[0].CI))
	_, err = client.K1100.Restore(tx, body, "another")
	require.ErrorIs(t, err, kakaocert.ErrNonceMismatch)
	_, err = client.K1100.Restore(requested(t, client, "nonce"), body, "nonce")
	require.ErrorAs(t, err, new(*kakaocert.DecodeError), "another transaction's")
	_, err = client.K1100.Restore(tx, body, "")
	require.ErrorAs(t, err, new(*kakaocert.ArgumentError))
	_, err = client.K1100.Restore(kakaocert.K1100Transaction{}, body, "nonce")
	require.ErrorAs(t, err, new(*kakaocert.ArgumentError))
	assert.Equal(t, 1, server.Calls("verify"))
}

func TestSignedDataIn_AnswerWithoutAny(t *testing.T) {
	t.Parallel()
	for body, fails := range map[string]bool{
		`{"result":"Y","data":"nonce"}`: false, `{"signed_data":"nonce"}`: false, `{}`: false,
		`[]`: true, ``: true, `{"signed_documents":[]}`: true, `{"signed_documents":[{}]}`: true, `{"signed_documents":"x"}`: true,
	} {
		signed, err := kakaocert.SignedDataIn([]byte(body), nil)
		assert.Equal(t, fails, err != nil, body)
		assert.Empty(t, signed, body)
	}
}

func FuzzSignedDataIn(f *testing.F) {
	f.Add([]byte(`{"signed_data":"MIAGCSqGSIb3DQEHAqCAMIACAQE"}`))
	f.Add([]byte(`{"signed_documents":[{"signed_document":"AAAA"},{"signed_data":"-----BEGIN CMS-----"}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		signed, err := kakaocert.SignedDataIn(body, nil)
		if err != nil && signed != nil {
			t.Fatal("both signatures and an error")
		}
	})
}
