package docs

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert/internal/env"
)

// Commands in shell snippets name existing packages, verbs and flags.
func TestDocuments_CommandsExist(t *testing.T) {
	t.Parallel()
	command := filepath.Join(t.TempDir(), "kakaocert")
	output, err := exec.Command("go", "build", "-o", command, "../cmd/kakaocert").CombinedOutput()
	require.NoError(t, err, string(output))
	help := helpOf(command)
	for _, d := range documents(t) {
		for _, b := range d.blocks() {
			if b.language != "sh" {
				continue
			}
			for _, line := range strings.Split(strings.ReplaceAll(d.text(b), "\\\n", " "), "\n") {
				d.checkCommand(t, help, strings.Fields(line))
			}
		}
	}
}

func (d *document) checkCommand(t *testing.T, help func(...string) string, words []string) {
	t.Helper()
	if len(words) > 2 && words[0] == "go" && words[1] == "run" {
		_, err := os.Stat(filepath.Join(root, words[2]))
		assert.NoError(t, err, d.path)
		if words = words[2:]; words[0] != "./cmd/kakaocert" {
			return
		}
	} else if len(words) < 2 || words[0] != "kakaocert" {
		return
	}
	verb := words[1:2]
	if verb[0] == "evidence" {
		verb = words[1:3]
	}
	text := help(verb...)
	assert.Contains(t, text, verb[len(verb)-1], "%s: %v", d.path, words)
	for _, word := range words {
		if flag, _, _ := strings.Cut(word, "="); strings.HasPrefix(flag, "--") && flag != "--" {
			assert.Contains(t, text, flag, "%s: %v", d.path, words)
		}
	}
}

// helpOf runs the command's help once for each verb.
func helpOf(command string) func(...string) string {
	known := make(map[string]string)
	return func(verb ...string) string {
		key := strings.Join(verb, " ")
		if _, asked := known[key]; !asked {
			text, err := exec.Command(command, append(slices.Clone(verb), "-h")...).CombinedOutput()
			if err != nil {
				text = nil
			}
			known[key] = string(text)
		}
		return known[key]
	}
}

// The READMEs' tables of variables are complete.
func TestDocuments_VariablesAreComplete(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"README.md", "README.ko.md"} {
		var listed []string
		for _, line := range named(t, path).prose() {
			if name := variable.FindString(line); name != "" && strings.HasPrefix(line, "| `"+name+"` |") {
				listed = append(listed, name)
			}
		}
		assert.ElementsMatch(t, env.Variables(), listed, path)
	}
}

var variable = regexp.MustCompile(`KAKAOCERT_[A-Z_]+[A-Z]`)

// The code reads every environment variable that a document names.
func TestDocuments_VariablesAreRead(t *testing.T) {
	t.Parallel()
	read := make(map[string]bool)
	walkGo(t, func(path string, source []byte) {
		for _, name := range variable.FindAllString(string(source), -1) {
			read[name] = true
		}
	})
	for _, d := range documents(t) {
		for i, line := range d.lines {
			for _, name := range variable.FindAllString(line, -1) {
				assert.True(t, read[name], "%s:%d: %s", d.path, i+1, name)
			}
		}
	}
}
