package kakaocert_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
)

func TestCode_HasOwnerAndAdvice(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		code   kakaocert.Code
		owner  kakaocert.Owner
		advice kakaocert.Advice
	}{
		{"E0001", kakaocert.OwnerKakao, kakaocert.AdviceTryAgain},
		{"E0002", kakaocert.OwnerKakao, kakaocert.AdviceStop},
		{"E1001", kakaocert.OwnerInstitution, kakaocert.AdviceStop},
		{"E1002", kakaocert.OwnerInstitution, kakaocert.AdviceStop},
		{"E1004", kakaocert.OwnerInstitution, kakaocert.AdviceStop},
		{"E1005", kakaocert.OwnerInstitution, kakaocert.AdviceStop},
		{"E1006", kakaocert.OwnerInstitution, kakaocert.AdviceStop},
		{"E1007", kakaocert.OwnerInstitution, kakaocert.AdviceStop},
		{"E2001", kakaocert.OwnerUser, kakaocert.AdviceStop},
		{"E2002", kakaocert.OwnerUser, kakaocert.AdviceStop},
		{"E2003", kakaocert.OwnerInstitution, kakaocert.AdvicePrepareAgain},
		{"E2004", kakaocert.OwnerInstitution, kakaocert.AdviceAskStatus},
		{"E2005", kakaocert.OwnerUser, kakaocert.AdviceStop},
		{"E2006", kakaocert.OwnerNone, kakaocert.AdviceAskStatus},
		{"E2007", kakaocert.OwnerUser, kakaocert.AdvicePrepareAgain},
		{"E2016", kakaocert.OwnerUser, kakaocert.AdviceLogInAgain},
	} {
		t.Run(string(c.code), func(t *testing.T) {
			t.Parallel()
			assert.True(t, c.code.Known())
			assert.Contains(t, kakaocert.Codes(), c.code)
			assert.Equal(t, c.owner, c.code.Owner())
			assert.Equal(t, c.advice, c.code.Advice())
			assert.NotEmpty(t, c.code.Meaning())
			assert.Regexp(t, `\p{Hangul}`, c.code.MeaningKorean())
			assert.Contains(t, c.code.Error(), string(c.code))
		})
	}
	assert.Len(t, kakaocert.Codes(), 16)
}

func TestCode_IsOpenAndMatchable(t *testing.T) {
	t.Parallel()
	unknown := kakaocert.Code("E9999")
	assert.False(t, unknown.Known())
	assert.Equal(t, "E9999", unknown.Error())
	assert.Equal(t, kakaocert.OwnerUnknown, unknown.Owner())
	assert.Equal(t, kakaocert.AdviceUnknown, unknown.Advice())

	err := fmt.Errorf("identity: %w", &kakaocert.APIError{Code: "E9999"})
	require.ErrorIs(t, err, unknown)
	assert.NotErrorIs(t, err, kakaocert.ErrUserNotFound)
	code, ok := errors.AsType[kakaocert.Code](err)
	require.True(t, ok)
	assert.Equal(t, unknown, code)
}
