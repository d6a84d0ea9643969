package places_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/kakaocert-go/kakaocert/internal/places"
)

func TestWrapped_SplitsAtTheObject(t *testing.T) {
	t.Parallel()
	known := []string{"tx_id", "outer.key"}
	for path, want := range map[string][2]string{
		"response.tx_id":      {"response", "tx_id"},
		"response.body.tx_id": {"response.body", "tx_id"},
		"tx_id.tx_id":         {"tx_id", "tx_id"},
		"a.outer.key":         {"a", "outer.key"},
		"outer.key":           {},
		"tx_id":               {},
		"response.id":         {},
		".tx_id":              {},
		"":                    {},
	} {
		object, name, ok := places.Wrapped(path, known)
		assert.Equal(t, want, [2]string{object, name}, path)
		assert.Equal(t, want[0] != "", ok, path)
	}
}

func TestInside_CutsOneOfTheObjects(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"data.tx_id": "tx_id", "response.body.tx_id": "tx_id", "response.tx_id": "response.tx_id", "tx_id": "tx_id", "datatx_id": "datatx_id",
	} {
		assert.Equal(t, want, places.Inside(path, []string{"response.body", "data"}), path)
	}
}
