package docs

import (
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A document in Korean says the same as the one in English: the same headings
// by level, the same number of rows and points under each, and the same code.
// Each links to the other.
func TestDocuments_KoreanIsInStep(t *testing.T) {
	t.Parallel()
	found := 0
	for _, korean := range documents(t) {
		name, isKorean := strings.CutSuffix(korean.path, ".ko.md")
		if !isKorean {
			continue
		}
		found++
		english := named(t, name+".md")
		assert.Equal(t, english.levels(), korean.levels(), korean.path)
		assert.Equal(t, english.tables(), korean.tables(), "%s: rows and points under each heading", korean.path)
		assert.Equal(t, len(english.code()), len(korean.code()), "%s: blocks", korean.path)
		for i := range min(len(english.code()), len(korean.code())) {
			assert.Equal(t, english.code()[i], korean.code()[i], korean.path)
		}
		base := path.Base(name)
		assert.Contains(t, strings.Join(english.prose(), "\n"), "[한국어]("+base+".ko.md)", english.path)
		assert.Contains(t, strings.Join(korean.prose(), "\n"), "[English]("+base+".md)", korean.path)
	}
	require.NotZero(t, found)
}

func (d *document) levels() []int {
	var levels []int
	for _, line := range d.prose() {
		if hashes, _, ok := strings.Cut(line, " "); ok && hashes != "" && strings.Trim(hashes, "#") == "" {
			levels = append(levels, len(hashes))
		}
	}
	return levels
}

// tables counts, under each heading, the rows of tables and the points of lists.
func (d *document) tables() []int {
	counts := []int{0}
	for _, line := range d.prose() {
		switch {
		case strings.HasPrefix(line, "#"):
			counts = append(counts, 0)
		case strings.HasPrefix(line, "|"), strings.HasPrefix(line, "- "), point.MatchString(line):
			counts[len(counts)-1]++
		}
	}
	return counts
}

var point = regexp.MustCompile(`^[0-9]+\. `)

// code returns every block with its language. For a diagram, whose words are
// translated, it returns how each line begins.
func (d *document) code() []string {
	var code []string
	for _, b := range d.blocks() {
		text := d.text(b)
		if b.language == "mermaid" {
			text = withoutWords(text)
		}
		code = append(code, b.language+"\n"+text)
	}
	return code
}

var quotedWords = regexp.MustCompile(`"[^"]*"`)

// withoutWords keeps the arrows and participants of a diagram.
func withoutWords(diagram string) string {
	lines := strings.Split(diagram, "\n")
	for i, line := range lines {
		line = quotedWords.ReplaceAllString(line, "")
		line, _, _ = strings.Cut(line, ":")
		line, _, _ = strings.Cut(line, " as ")
		if before, _, isLoop := strings.Cut(line, "loop "); isLoop {
			line = before + "loop"
		}
		lines[i] = line
	}
	return strings.Join(lines, "\n")
}

// Links in a Korean document lead to Korean documents where they exist; a link
// to another document says that it is in English.
func TestDocuments_KoreanLinksToKorean(t *testing.T) {
	t.Parallel()
	written := make(map[string]bool)
	for _, d := range documents(t) {
		written[d.path] = true
	}
	markdown := regexp.MustCompile(`\[([^\]]+)\]\(([^)\s#]+\.md)`)
	for _, d := range documents(t) {
		if !strings.HasSuffix(d.path, ".ko.md") {
			continue
		}
		for _, match := range markdown.FindAllStringSubmatch(strings.Join(d.prose(), "\n"), -1) {
			target := path.Join(path.Dir(d.path), match[2])
			if strings.HasSuffix(target, ".ko.md") || match[1] == "English" {
				continue
			}
			assert.False(t, written[strings.TrimSuffix(target, ".md")+".ko.md"], "%s: %s is there in Korean", d.path, target)
			assert.Contains(t, match[1], "영문", "%s: %s is in English", d.path, target)
		}
	}
}
