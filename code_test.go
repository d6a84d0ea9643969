package kakaocert_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
)

func TestEveryCodeSaysWhoAndWhatNext(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		code  kakaocert.Code
		party kakaocert.Party
		next  kakaocert.Next
	}{
		{"E0001", kakaocert.PartyKakao, kakaocert.NextTryAgain},
		{"E0002", kakaocert.PartyKakao, kakaocert.NextStop},
		{"E1001", kakaocert.PartyInstitution, kakaocert.NextStop},
		{"E1002", kakaocert.PartyInstitution, kakaocert.NextStop},
		{"E1004", kakaocert.PartyInstitution, kakaocert.NextStop},
		{"E1005", kakaocert.PartyInstitution, kakaocert.NextStop},
		{"E1006", kakaocert.PartyInstitution, kakaocert.NextStop},
		{"E1007", kakaocert.PartyInstitution, kakaocert.NextStop},
		{"E2001", kakaocert.PartyUser, kakaocert.NextStop},
		{"E2002", kakaocert.PartyUser, kakaocert.NextStop},
		{"E2003", kakaocert.PartyInstitution, kakaocert.NextPrepareAgain},
		{"E2004", kakaocert.PartyInstitution, kakaocert.NextAskStatus},
		{"E2005", kakaocert.PartyUser, kakaocert.NextStop},
		{"E2006", kakaocert.PartyNobody, kakaocert.NextAskStatus},
		{"E2007", kakaocert.PartyUser, kakaocert.NextPrepareAgain},
		{"E2016", kakaocert.PartyUser, kakaocert.NextLogInAgain},
	} {
		t.Run(string(c.code), func(t *testing.T) {
			t.Parallel()
			assert.True(t, c.code.Known())
			assert.Contains(t, kakaocert.Codes(), c.code)
			assert.Equal(t, c.party, c.code.Party())
			assert.Equal(t, c.next, c.code.Next())
			assert.NotEmpty(t, c.code.Meaning())
			assert.Regexp(t, `\p{Hangul}`, c.code.MeaningKorean())
			assert.Contains(t, c.code.Error(), string(c.code))
		})
	}
	assert.Len(t, kakaocert.Codes(), 16)
}

func TestCodesAreOpenAndMatchable(t *testing.T) {
	t.Parallel()
	unknown := kakaocert.Code("E9999")
	assert.False(t, unknown.Known())
	assert.Equal(t, "E9999", unknown.Error())
	assert.Equal(t, kakaocert.PartyUnknown, unknown.Party())
	assert.Equal(t, kakaocert.NextUnknown, unknown.Next())

	err := fmt.Errorf("identity: %w", &kakaocert.APIError{Code: "E9999"})
	require.ErrorIs(t, err, unknown)
	assert.NotErrorIs(t, err, kakaocert.ErrUserNotFound)
	code, ok := errors.AsType[kakaocert.Code](err)
	require.True(t, ok)
	assert.Equal(t, unknown, code)
}
