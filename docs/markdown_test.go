// Package docs keeps the documents true: their snippets are the bodies of
// Examples that run, their tables come from the code, and their links,
// commands, flags, variables and names exist.
//
//	go test ./docs -update
//
// rewrites snippets, tables and openapi.json.
package docs

import (
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write snippets and tables anew")

const root = ".." // of the repository

// document is one Markdown file.
type document struct {
	path  string // from the root, with slashes
	lines []string
}

// documents reads every Markdown file of the repository.
func documents(t *testing.T) []*document {
	t.Helper()
	var all []*document
	require.NoError(t, filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && strings.HasPrefix(entry.Name(), ".") && entry.Name() != ".." {
			return fs.SkipDir
		}
		if filepath.Ext(path) != ".md" {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		all = append(all, &document{filepath.ToSlash(name), strings.Split(string(text), "\n")})
		return err
	}))
	require.NotEmpty(t, all)
	return all
}

// named returns one of the documents.
func named(t *testing.T, path string) *document {
	t.Helper()
	for _, d := range documents(t) {
		if d.path == path {
			return d
		}
	}
	require.Fail(t, "no such document", path)
	return nil
}

// block is a fenced code block.
type block struct {
	language    string
	first, last int    // lines between the fences: d.lines[first:last]
	above       string // the line above the opening fence
}

func (d *document) text(b block) string { return strings.Join(d.lines[b.first:b.last], "\n") }

func (d *document) blocks() []block {
	var all []block
	opened := -1
	for i, line := range d.lines {
		language, fence := strings.CutPrefix(line, "```")
		switch {
		case !fence:
		case opened < 0:
			opened = i
			b := block{language: language, first: i + 1}
			if i > 0 {
				b.above = d.lines[i-1]
			}
			all = append(all, b)
		default:
			all[len(all)-1].last, opened = i, -1
		}
	}
	return all
}

// prose returns the lines outside code blocks, with empty lines in place of the
// blocks.
func (d *document) prose() []string {
	lines := append([]string{}, d.lines...)
	for _, b := range d.blocks() {
		for i := b.first - 1; i <= b.last; i++ {
			lines[i] = ""
		}
	}
	return lines
}

// replace replaces lines first to last by the text, if they differ: in the file
// under -update, and as a failure otherwise.
func (d *document) replace(t *testing.T, first, last int, text string) {
	t.Helper()
	if strings.Join(d.lines[first:last], "\n") == text {
		return
	}
	if !*update {
		require.Equal(t, text, strings.Join(d.lines[first:last], "\n"), "%s:%d is not in step; go test ./docs -update", d.path, first+1)
	}
	d.lines = append(append(append([]string{}, d.lines[:first]...), strings.Split(text, "\n")...), d.lines[last:]...)
	require.NoError(t, os.WriteFile(filepath.Join(root, d.path), []byte(strings.Join(d.lines, "\n")), 0o644))
}
