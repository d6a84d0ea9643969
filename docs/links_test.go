package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"
)

var link = regexp.MustCompile(`\]\(([^)\s]+)\)`)

// Links stay within the repository, so that they work without a network, and
// lead to an existing file and heading.
func TestDocuments_LinksLeadSomewhere(t *testing.T) {
	t.Parallel()
	for _, d := range documents(t) {
		for i, line := range d.prose() {
			for _, match := range link.FindAllStringSubmatch(line, -1) {
				d.follow(t, i+1, match[1])
			}
		}
	}
}

func (d *document) follow(t *testing.T, line int, target string) {
	t.Helper()
	path, anchor, _ := strings.Cut(target, "#")
	if path == "" {
		path = filepath.Base(d.path)
	}
	file := filepath.Join(root, filepath.Dir(d.path), path)
	if _, err := os.Stat(file); !assert.NoError(t, err, "%s:%d", d.path, line) || anchor == "" {
		return
	}
	text, err := os.ReadFile(file)
	assert.NoError(t, err)
	there := &document{path, strings.Split(string(text), "\n")}
	assert.Contains(t, there.anchors(), anchor, "%s:%d", d.path, line)
}

// anchors are the headings in the form in which links name them.
func (d *document) anchors() []string {
	var all []string
	for _, line := range d.prose() {
		if level, title, ok := strings.Cut(line, " "); ok && strings.Trim(level, "#") == "" && level != "" {
			all = append(all, anchorOf(title))
		}
	}
	return all
}

func anchorOf(title string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
			return unicode.ToLower(r)
		}
		return -1
	}, title)
}
