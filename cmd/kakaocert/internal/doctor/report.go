package doctor

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/kakaocert-go/kakaocert/cmd/kakaocert/internal/call"
	"github.com/kakaocert-go/kakaocert/internal/bilingual"
)

// result of a check.
type result string

const (
	resultOK      result = "ok"
	resultWrong   result = "wrong"
	resultUnknown result = "unknown"
	resultSkipped result = "skipped"
)

// finding is what a check has found, as --json prints it.
type finding struct {
	Check      string `json:"check"`
	Result     result `json:"result"`
	Cause      string `json:"cause"`
	Endpoint   string `json:"endpoint,omitempty"`   // of a path
	Provenance string `json:"provenance,omitempty"` // of the endpoint: DOC or ASSUMED, or CHANGED by the protocol file
	Seen       string `json:"seen"`
	Todo       string `json:"todo,omitempty"`
}

// report prints findings as they come, and counts them.
type report struct {
	out     *call.Console
	words   bilingual.Words
	asJSON  bool
	counts  map[result]int
	skipped []string // told at the end, to people
	err     error
}

// say reports what a check has found, in the words of the diagnosis under key.
func (r *report) say(check, key string, args ...any) { r.add(finding{Check: check}, key, args...) }

// add completes the finding with the words of the diagnosis under key.
func (r *report) add(f finding, key string, args ...any) {
	_, f.Cause, _ = strings.Cut(key, ".")
	f.Result = cmp.Or(results[key], resultOK)
	f.Seen = fmt.Sprintf(r.words.T(key), args...)
	if todo := r.words.T("todo." + key); f.Result == resultWrong || f.Result == resultUnknown {
		f.Todo = todo
	}
	if r.counts == nil {
		r.counts = make(map[result]int)
	}
	r.counts[f.Result]++
	r.print(f)
}

// skip reports checks that need what is wrong.
func (r *report) skip(checks ...string) {
	for _, check := range checks {
		r.say(check, "skipped.before")
	}
}

func (r *report) print(f finding) {
	if r.asJSON {
		if err := call.PrintJSON(r.out, f); r.err == nil {
			r.err = err
		}
		return
	}
	if f.Result == resultSkipped {
		name := f.Check
		if service, isPath := strings.CutPrefix(name, "path."); isPath {
			name = "path." + service[:strings.Index(service, ".")] + ".*"
		}
		if !slices.Contains(r.skipped, name) {
			r.skipped = append(r.skipped, name)
		}
		return
	}
	fmt.Fprintf(r.out, "%s  %-20s %s\n", r.word(f.Result), f.Check, call.Printable(f.Seen))
	mark := "→ "
	for line := range strings.Lines(f.Todo) {
		fmt.Fprintf(r.out, "%30s%s%s\n", "", mark, strings.TrimSuffix(line, "\n"))
		mark = "  "
	}
}

// word is a result's, coloured where it is to be seen.
func (r *report) word(of result) string {
	word := r.words.T("result." + string(of)) // in 7 columns, of which Hangul takes two each
	switch of {
	case resultOK:
		return r.out.Paint(call.Green, word)
	case resultWrong:
		return r.out.Paint(call.Red, word)
	case resultUnknown:
		return r.out.Paint(call.Yellow, word)
	}
	return word
}

// conclude sums up. Something wrong is call.ErrNo.
func (r *report) conclude() error {
	if !r.asJSON {
		if len(r.skipped) > 0 {
			fmt.Fprintf(r.out, "%s  %s: %s\n", r.word(resultSkipped),
				strings.Join(r.skipped, ", "), r.words.T("skipped.before"))
		}
		fmt.Fprintf(r.out, "\n"+r.words.T("summary")+"\n", r.counts[resultOK], r.counts[resultWrong], r.counts[resultUnknown], r.counts[resultSkipped])
	}
	if r.err != nil {
		return r.err
	}
	if r.counts[resultWrong] > 0 {
		return call.ErrNo
	}
	return nil
}
