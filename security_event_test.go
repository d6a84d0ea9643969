package kakaocert_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/kakaocert-go/kakaocert"
)

func TestIsSecurityEvent_IsTrueForWhatMustRingAnAlarm(t *testing.T) {
	t.Parallel()
	for _, event := range []error{
		kakaocert.ErrSignature, kakaocert.ErrSignedAttributes, kakaocert.ErrUntrusted, kakaocert.ErrKeyUsage, kakaocert.ErrRevoked,
		kakaocert.ErrContentMismatch, kakaocert.ErrConsentMismatch, kakaocert.ErrNonceMismatch, kakaocert.ErrStateMismatch,
		kakaocert.ErrVIDMismatch, kakaocert.ErrCIMismatch, kakaocert.ErrSignerMismatch, kakaocert.ErrSignersDiffer, kakaocert.ErrReplayed,
		&kakaocert.ConsentError{Items: []string{"bank_name"}},
		&kakaocert.MismatchError{Different: []kakaocert.IdentifyItem{kakaocert.IdentifyName}, Missing: []kakaocert.IdentifyItem{kakaocert.IdentifyCI}},
	} {
		assert.True(t, kakaocert.IsSecurityEvent(event), "%v", event)
		assert.True(t, kakaocert.IsSecurityEvent(fmt.Errorf("transfer: %w", event)), "%v, wrapped", event)
		assert.True(t, kakaocert.IsSecurityEvent(errors.Join(context.Canceled, kakaocert.ErrInternal, event)), "%v, among others", event)
		assert.True(t, kakaocert.IsSecurityEvent(&kakaocert.EvidenceError{Err: event}), "%v, with a sink that failed", event)
	}
}

func TestIsSecurityEvent_IsFalseForWhatANetworkAContractOrAUserCanCause(t *testing.T) {
	t.Parallel()
	others := []error{
		nil, errors.New("something"), context.Canceled, context.DeadlineExceeded,
		kakaocert.ErrOutcomeUnknown, kakaocert.ErrDecrypt, kakaocert.ErrMalformed, kakaocert.ErrSignerCertificate, kakaocert.ErrAlgorithm,
		kakaocert.ErrRevocationUnknown, kakaocert.ErrSessionNotBegun, kakaocert.ErrInvalidGrant, kakaocert.ErrAccessDenied,
		&kakaocert.ArgumentError{Field: "User"}, &kakaocert.APIError{Code: kakaocert.ErrUserMismatch}, &kakaocert.DecodeError{},
		&kakaocert.StatusError{Status: kakaocert.StatusRejected}, &kakaocert.OutcomeError{Operation: "k3500.verify", Err: context.Canceled},
		&kakaocert.ConnectionError{Err: context.Canceled}, &kakaocert.EvidenceError{Err: errors.New("disk full")},
		&kakaocert.MissingItemsError{Items: []kakaocert.IdentifyItem{kakaocert.IdentifyCI}},
	}
	for _, code := range kakaocert.Codes() {
		others = append(others, code)
	}
	for _, err := range others {
		assert.False(t, kakaocert.IsSecurityEvent(err), "%v", err)
	}
	assert.False(t, kakaocert.IsSecurityEvent(errors.Join(others...)))
}

func TestOutcomeError_AdvisesByStep(t *testing.T) {
	t.Parallel()
	for operation, advice := range map[string]kakaocert.Advice{
		"k1100.request": kakaocert.AdviceAskStatus,
		"k3100.verify":  kakaocert.AdviceReadEvidence,
		"k2100.token":   kakaocert.AdviceLogInAgain,
	} {
		assert.Equal(t, advice, (&kakaocert.OutcomeError{Operation: operation}).Advice(), operation)
	}
}

func TestCompare_ItemsThatWereNeverAskedForAreNoMismatch(t *testing.T) {
	t.Parallel()
	_, client := setup(t)
	tx := requested(t, client, "nonce") // names no items
	_, err := client.K1100.Wait(soon(t), tx)
	assert.NoError(t, err)
	info, err := client.K1100.SignerInfo(t.Context(), tx)
	assert.NoError(t, err)
	err = info.Compare(byHong)
	missing, ok := errors.AsType[*kakaocert.MissingItemsError](err)
	if assert.True(t, ok, "%v", err) {
		assert.Equal(t, []kakaocert.IdentifyItem{kakaocert.IdentifyBirthday, kakaocert.IdentifyName, kakaocert.IdentifyPhoneNumber}, missing.Items)
		assert.Contains(t, err.Error(), "IdentifyItems")
	}
	assert.NotErrorIs(t, err, kakaocert.ErrSignerMismatch)
	assert.False(t, kakaocert.IsSecurityEvent(err))
}
