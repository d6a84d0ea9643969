package docs

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// unplain maps words and beginnings of sentences that are hard for readers
// whose first language is not English to what to write instead.
var unplain = map[*regexp.Regexp]string{
	regexp.MustCompile(`\bbeside\b`):                                       "next to, or compared with",
	regexp.MustCompile(`\b[Ww]hoever\b`):                                   "everybody who, or a person who",
	regexp.MustCompile(`\b[Oo]ctets?\b`):                                   "bytes",
	regexp.MustCompile(`\bis none\b`):                                      "is not one",
	regexp.MustCompile(`\bstands\b`):                                       "is",
	regexp.MustCompile(`\btells\b`):                                        "reports, or says",
	regexp.MustCompile(`\bsave where\b`):                                   "except where",
	regexp.MustCompile(`(^|[.:;|] )Of (a|an|the|those|these|what|some)\b`): "begin with the subject",
	regexp.MustCompile(`(^|[.:;] )That (the|a|an|it|there)\b`):             "begin with the subject",
}

// TestDocuments_EnglishIsPlain reads everything except code.
func TestDocuments_EnglishIsPlain(t *testing.T) {
	t.Parallel()
	for _, d := range documents(t) {
		if strings.HasSuffix(d.path, ".ko.md") || d.path == "CHANGELOG.md" {
			continue
		}
		for i, line := range d.prose() {
			line = quoted.ReplaceAllString(line, "")
			for word, instead := range unplain {
				assert.False(t, word.MatchString(line), "%s:%d: %q: write %s", d.path, i+1, word.FindString(line), instead)
			}
		}
	}
}
