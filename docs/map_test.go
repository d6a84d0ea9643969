package docs

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The map of the root package in CONTRIBUTING.md has every file, and no other.
func TestTheMapHasEveryFileOfTheRootPackage(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob(filepath.Join(root, "*.go"))
	require.NoError(t, err)
	mapped := make(map[string]bool)
	for _, line := range named(t, "CONTRIBUTING.md").lines {
		cell, _, _ := strings.Cut(strings.TrimPrefix(line, "|"), "|")
		for _, name := range quoted.FindAllStringSubmatch(cell, -1) {
			if strings.HasSuffix(name[1], ".go") && strings.HasPrefix(line, "|") {
				mapped[name[1]] = false
			}
		}
	}
	for _, path := range paths {
		file := filepath.Base(path)
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		found := false
		for pattern := range mapped {
			if match, _ := filepath.Match(pattern, file); match {
				mapped[pattern], found = true, true
			}
		}
		assert.True(t, found, "%s is not on the map", file)
	}
	for pattern, used := range mapped {
		assert.True(t, used, "the map has %s, which is not there", pattern)
	}
}
