package docs

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// term is a row of the glossary.
type term struct {
	english, korean string
	avoided         []string // Korean words to avoid for it
}

// glossary reads a glossary's tables, whose columns begin with the two words.
func glossary(t *testing.T, path string) (terms []term) {
	t.Helper()
	for _, line := range named(t, path).prose() {
		cells := strings.Split(strings.Trim(line, "|"), "|")
		if !strings.HasPrefix(line, "| ") || len(cells) < 3 {
			continue
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		row := term{english: cells[0], korean: cells[1]}
		if len(cells) == 4 {
			row = term{english: cells[1], korean: cells[0]}
			if cells[3] != "" {
				row.avoided = strings.Split(cells[3], ", ")
			}
		}
		if row.english != "English" && row.english != "영어" {
			terms = append(terms, row)
		}
	}
	require.NotEmpty(t, terms, path)
	return terms
}

func TestGlossary_SameWordsInBothLanguages(t *testing.T) {
	t.Parallel()
	korean := glossary(t, "docs/glossary.ko.md")
	for i := range korean {
		korean[i].avoided = nil
	}
	assert.Equal(t, glossary(t, "docs/glossary.md"), korean)
}

func TestGlossary_AvoidedWordsAreAbsent(t *testing.T) {
	t.Parallel()
	instead := make(map[string]string)
	for _, row := range glossary(t, "docs/glossary.ko.md") {
		for _, word := range row.avoided {
			instead[word] = row.korean
		}
	}
	require.NotEmpty(t, instead)
	walkTexts(t, func(path string, lines []string) {
		for i, line := range lines {
			for word, right := range instead {
				assert.NotContains(t, line, word, "%s:%d: write %s", path, i+1, right)
			}
		}
	})
}

// walkTexts visits the texts that people read: documents, and the sources that
// contain help texts, errors and pages. It leaves out the glossary, which names
// the words to avoid.
func walkTexts(t *testing.T, visit func(path string, lines []string)) {
	t.Helper()
	kinds := []string{".md", ".go", ".html", ".js", ".mjs"}
	require.NoError(t, filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() && (name == "testdata" || strings.HasPrefix(name, ".") && name != "..") {
			return fs.SkipDir
		}
		if !slices.Contains(kinds, filepath.Ext(name)) || name == "glossary.ko.md" || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		text, err := os.ReadFile(path)
		visit(path, strings.Split(string(text), "\n"))
		return err
	}))
}
