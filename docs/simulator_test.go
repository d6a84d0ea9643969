package docs

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

var (
	faultKind   = regexp.MustCompile(`\bFaultKind\s+= "(\w+)"`)
	controlPath = regexp.MustCompile(`"(?:GET|POST|PUT|DELETE) (/_sim/[a-z]+)`)
)

// What the simulator can do wrong, and what its control interface has, is all
// in its document.
func TestTheSimulatorIsDescribedWhole(t *testing.T) {
	t.Parallel()
	text := strings.Join(named(t, "docs/simulator.md").lines, "\n")
	found := 0
	walkGo(t, func(path string, source []byte) {
		if !strings.Contains(path, "kakaocerttest") || strings.HasSuffix(path, "_test.go") {
			return
		}
		for _, match := range faultKind.FindAllStringSubmatch(string(source), -1) {
			found++
			assert.Contains(t, text, "`"+match[1]+"`")
		}
		for _, match := range controlPath.FindAllStringSubmatch(string(source), -1) {
			found++
			assert.Contains(t, text, match[1])
		}
	})
	assert.Greater(t, found, 20)
}
