package docs

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// The Korean README says the same as the English one: the same headings by
// level, and the same code.
func TestBothReadmesAreInStep(t *testing.T) {
	t.Parallel()
	english, korean := named(t, "README.md"), named(t, "README.ko.md")
	assert.Equal(t, english.levels(), korean.levels())
	assert.Equal(t, english.code(), korean.code())
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

func (d *document) code() []string {
	var code []string
	for _, b := range d.blocks() {
		code = append(code, b.language+"\n"+d.text(b))
	}
	return code
}
