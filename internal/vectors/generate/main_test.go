package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/internal/vectors"
)

const testdata = "../../../testdata"

func TestGenerate_MakesTheFilesThatAreThere(t *testing.T) {
	t.Parallel()
	made, err := generate(testdata)
	require.NoError(t, err)
	there, err := filepath.Glob(filepath.Join(testdata, "vectors", "*.json"))
	require.NoError(t, err)
	assert.Len(t, there, len(made)+1, "and the schema")
	for name, text := range made {
		kept, err := os.ReadFile(filepath.Join(testdata, "vectors", name))
		require.NoError(t, err)
		assert.True(t, string(kept) == string(text), "%s is not what the program makes: go generate .", name)
	}
}

func TestGenerate_EachVectorHasItsOwnID(t *testing.T) {
	t.Parallel()
	parts, err := vectors.Parts()
	require.NoError(t, err)
	seen := make(map[string]bool)
	for _, part := range parts {
		assert.NotEmpty(t, part.About)
		for _, v := range part.Vectors {
			assert.False(t, seen[v.ID], v.ID)
			seen[v.ID] = true
			assert.NotEmpty(t, v.Expect, v.ID)
			for field := range v.Detail {
				assert.NotContains(t, v.Expect, field, v.ID)
			}
		}
	}
	assert.Greater(t, len(seen), 300)
}
