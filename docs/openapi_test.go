package docs

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/internal/openapi"
)

func TestOpenAPI_ComesFromTheProtocol(t *testing.T) {
	t.Parallel()
	made, err := openapi.Document(kakaocert.DefaultProtocol())
	require.NoError(t, err)
	if *update {
		require.NoError(t, os.WriteFile("openapi.json", made, 0o644))
	}
	kept, err := os.ReadFile("openapi.json")
	require.NoError(t, err)
	assert.True(t, string(made) == string(kept), "openapi.json is not what the protocol says: go test ./docs -update")
}
