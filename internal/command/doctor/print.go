package doctor

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/doctor"
	"github.com/kakaocert-go/kakaocert/internal/bilingual"
	"github.com/kakaocert-go/kakaocert/internal/command/call"
)

// line is a finding as --json prints it.
type line struct {
	Check      string          `json:"check"`
	Result     doctor.Result   `json:"result"`
	Cause      string          `json:"cause"`
	Owner      kakaocert.Owner `json:"owner"`
	Endpoint   string          `json:"endpoint,omitempty"`
	Provenance string          `json:"provenance,omitempty"`
	Seen       string          `json:"seen"`
	Todo       string          `json:"todo,omitempty"`
}

// printer prints findings as they come, and counts them.
type printer struct {
	out     *call.Console
	words   bilingual.Words
	asJSON  bool
	counts  map[doctor.Result]int
	skipped []string // printed at the end, for people
	todo    string   // of the last lines, not printed yet: lines after each other may share it
	err     error
}

func newPrinter(out *call.Console, asJSON bool) *printer {
	return &printer{out: out, words: words.In(out.Lang()), asJSON: asJSON, counts: make(map[doctor.Result]int)}
}

func (p *printer) sayAll(list []said) {
	for _, s := range list {
		p.say(s.check, s.key, s.args...)
	}
}

// say prints a finding of the command's own, in the words under key.
func (p *printer) say(check, key string, args ...any) {
	l := line{Check: check, Result: cmp.Or(results[key], doctor.OK), Owner: kakaocert.OwnerNone, Seen: fmt.Sprintf(p.words.T(key), args...)}
	_, l.Cause, _ = strings.Cut(key, ".")
	if l.Result == doctor.Wrong || l.Result == doctor.Unknown {
		l.Owner, l.Todo = kakaocert.OwnerInstitution, p.words.T("todo."+key)
	}
	p.printLine(l)
}

// print prints a finding of the doctor's.
func (p *printer) print(f doctor.Finding) {
	p.printLine(line{f.Check, f.Result, f.Cause, f.Owner, f.Endpoint, f.Provenance, f.Seen.In(p.words.Lang), f.Todo.In(p.words.Lang)})
}

const clearLine = "\r\x1b[K"

// showCall shows a person that something happens: a whole examination takes half a
// minute.
func (p *printer) showCall(number int) {
	if p.out.Terminal && !p.asJSON {
		p.erase()
		fmt.Fprintf(p.out, p.words.T("call"), number)
	}
}

// erase takes away what showCall shows.
func (p *printer) erase() {
	if p.out.Terminal && !p.asJSON {
		fmt.Fprint(p.out, clearLine)
	}
}

func (p *printer) printLine(l line) {
	p.erase()
	p.counts[l.Result]++
	if p.asJSON {
		p.err = cmp.Or(p.err, call.PrintJSON(p.out, l))
		return
	}
	if l.Result == doctor.Skipped {
		name := l.Check
		if group, _, isOneOfMany := strings.Cut(name, "."); isOneOfMany {
			name = group + ".*"
		}
		if !slices.Contains(p.skipped, name) {
			p.skipped = append(p.skipped, name)
		}
		return
	}
	if l.Todo != p.todo {
		p.printTodo()
	}
	p.todo = l.Todo
	fmt.Fprintf(p.out, "%s  %-20s %s\n", p.word(l.Result), l.Check, call.Printable(l.Seen))
}

// printTodo prints what to do about the last lines.
func (p *printer) printTodo() {
	mark := "→ "
	for todo := range strings.Lines(p.todo) {
		fmt.Fprintf(p.out, "%30s%s%s\n", "", mark, call.Printable(strings.TrimSuffix(todo, "\n")))
		mark = "  "
	}
	p.todo = ""
}

// word is a result's, coloured where it is to be seen.
func (p *printer) word(of doctor.Result) string {
	word := p.words.T("result." + string(of)) // in 7 columns, of which Hangul takes two each
	switch of {
	case doctor.OK:
		return p.out.Paint(call.Green, word)
	case doctor.Wrong:
		return p.out.Paint(call.Red, word)
	case doctor.Unknown:
		return p.out.Paint(call.Yellow, word)
	}
	return word
}

// writeProtocol writes what holds as a protocol file.
func (p *printer) writeProtocol(file string, text []byte) {
	switch {
	case text == nil && p.counts[doctor.Wrong] > 0:
		p.say("write", "write.not_found")
	case text == nil:
		p.say("write", "write.nothing")
	default:
		if err := call.WriteNew(file, text); err != nil {
			p.say("write", "write.failed", err)
			return
		}
		p.say("write", "write.written", file, bytes.Count(text, []byte(`"found"`)))
	}
}

// conclude sums up. Something wrong is call.ErrNo.
func (p *printer) conclude() error {
	if !p.asJSON {
		p.printTodo()
		if len(p.skipped) > 0 {
			fmt.Fprintf(p.out, "%s  %s: %s\n", p.word(doctor.Skipped), strings.Join(p.skipped, ", "), p.words.T("skipped.before"))
		}
		fmt.Fprintf(p.out, "\n"+p.words.T("summary")+"\n", p.counts[doctor.OK], p.counts[doctor.Wrong], p.counts[doctor.Unknown], p.counts[doctor.Skipped])
	}
	if p.err != nil {
		return p.err
	}
	if p.counts[doctor.Wrong] > 0 {
		return call.ErrNo
	}
	return nil
}
