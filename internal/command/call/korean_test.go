package call

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
)

// A translation takes the arguments of its original.
func TestKorean_TakesTheSameArguments(t *testing.T) {
	t.Parallel()
	verb := regexp.MustCompile(`%(?:\[\d\])?([a-z])`)
	for english, translated := range korean {
		count := map[string]int{}
		for _, match := range verb.FindAllStringSubmatch(english, -1) {
			count[match[1]]++
		}
		for _, match := range verb.FindAllStringSubmatch(translated, -1) {
			count[match[1]]--
		}
		for kind, difference := range count {
			assert.Zero(t, difference, "%q: %%%s", english, kind)
		}
		for _, match := range placeholder.FindAllStringSubmatch(english, -1) {
			assert.Contains(t, translated, "`"+match[1]+"`")
		}
	}
}
