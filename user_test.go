package kakaocert_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
)

func TestByPerson_ImpossiblePersonIsRefusedUnsent(t *testing.T) {
	t.Parallel()
	sent := 0
	client := newClient(t, configWith(t, roundTripper(func(*http.Request) (*http.Response, error) {
		sent++
		return answer(200, `{"tx_id":"tx"}`), nil
	})))
	prepare := func(name, birthday string) error {
		_, err := client.K1100.Prepare(t.Context(), &kakaocert.K1100PrepareParams{
			Product: kakaocert.K1110, User: kakaocert.ByPerson(kakaocert.Person{Name: name, Birthday: birthday, Phone: "01012345678"}),
		})
		return err
	}
	for name, person := range map[string]struct{ field, name, birthday string }{
		"NFD":               {"Person.Name", "\u1112\u1169\u11bc길동", "19900101"},
		"Hangul filler":     {"Person.Name", "\u3164", "19900101"},
		"filler within":     {"Person.Name", "홍\u3164길동", "19900101"},
		"halfwidth filler":  {"Person.Name", "홍\uffa0", "19900101"},
		"old jamo":          {"Person.Name", "\ua960", "19900101"},
		"blanks":            {"Person.Name", "   ", "19900101"},
		"ideographic blank": {"Person.Name", "\u3000", "19900101"},
		"no-break space":    {"Person.Name", "\u00a0", "19900101"},
		"year 0000":         {"Person.Birthday", "홍길동", "00000101"},
		"year 1492":         {"Person.Birthday", "홍길동", "14920101"},
		"in the future":     {"Person.Birthday", "홍길동", time.Now().AddDate(1, 0, 0).Format("20060102")},
		"February 30":       {"Person.Birthday", "홍길동", "19900230"},
	} {
		argument, ok := errors.AsType[*kakaocert.ArgumentError](prepare(person.name, person.birthday))
		if assert.True(t, ok, name) {
			assert.Equal(t, person.field, argument.Field, name)
		}
	}
	assert.Zero(t, sent)
	require.NoError(t, prepare(" 홍길동\n", "19900101 "), "outer blanks are removed")
	require.NoError(t, prepare("ㅎ길동", "19900101"), "compatibility jamo can be seen and typed")
	require.NoError(t, prepare("Gil-dong O'Hong", "20010228"))
}
