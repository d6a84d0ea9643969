package docs

import (
	"io/fs"
	"path"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var moduleRow = regexp.MustCompile("^\\| `github.com/kakaocert-go/kakaocert(?:/([^`]*))?` \\| `([^`]*)` \\| (.*) \\|$")

// TestReleasing_NamesEveryModule compares the table of modules with the go.mod
// files, and each tag with its directory.
func TestReleasing_NamesEveryModule(t *testing.T) {
	t.Parallel()
	var modules, listed []string
	require.NoError(t, filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Name() == "go.mod" {
			directory, err := filepath.Rel(root, filepath.Dir(file))
			modules = append(modules, filepath.ToSlash(directory))
			return err
		}
		return err
	}))
	tag := regexp.MustCompile("^`(.*)v[0-9.]+`$")
	for _, line := range named(t, "docs/releasing.md").prose() {
		row := moduleRow.FindStringSubmatch(line)
		if row == nil {
			continue
		}
		listed = append(listed, row[2])
		assert.Equal(t, row[2], path.Clean(row[1]), line)
		if match := tag.FindStringSubmatch(row[3]); match != nil {
			assert.Equal(t, path.Clean(row[1]), path.Clean(match[1]), line)
		} else {
			assert.Contains(t, row[3], "none: ", line)
		}
	}
	assert.ElementsMatch(t, modules, listed)
}
