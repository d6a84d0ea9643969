package doctor

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/kakaocert-go/kakaocert"
)

// Result is how a check ended.
type Result string

const (
	OK      Result = "ok"
	Wrong   Result = "wrong"
	Unknown Result = "unknown" // Finding.Todo says how to find out
	Skipped Result = "skipped" // something before it is wrong
)

// Report is what an examination found, in the order of the checks.
type Report struct {
	At       time.Time `json:"at"`      // when the examination began, in UTC
	Version  string    `json:"version"` // of this module
	Findings []Finding `json:"findings"`
	Calls    int       `json:"calls"` // the number of calls made
	// Protocol is a protocol file that is right for the host, for
	// [kakaocert.ParseProtocol]: what the Protocol had changed already, and what
	// was found. It is nil without Options.Search, and if nothing was found.
	Protocol []byte `json:"-"`
}

// Healthy reports that no finding is wrong. Unknown and skipped findings count
// as healthy.
func (r *Report) Healthy() bool { return r.Count(Wrong) == 0 }

// Count is the number of findings with the result.
func (r *Report) Count(result Result) int {
	n := 0
	for _, f := range r.Findings {
		if f.Result == result {
			n++
		}
	}
	return n
}

// Finding is what one check found.
type Finding struct {
	Check  string `json:"check"` // such as "keys" or "path.k1100.status"
	Result Result `json:"result"`
	Cause  string `json:"cause"` // such as "swapped"
	// Owner can fix it; OwnerNone if nothing must be fixed.
	Owner      kakaocert.Owner `json:"owner"`
	Endpoint   string          `json:"endpoint,omitempty"`   // of a path
	Provenance string          `json:"provenance,omitempty"` // of the endpoint: DOC or ASSUMED and so on, or CHANGED by a protocol file
	Seen       Text            `json:"seen"`
	Todo       Text            `json:"todo,omitzero"` // empty if nothing must be done
}

// Text is a text in both languages.
type Text struct {
	English string `json:"en"`
	Korean  string `json:"ko"`
}

// In returns the text in a language: "ko", or English for any other.
func (t Text) In(lang string) string {
	if lang == korean {
		return t.Korean
	}
	return t.English
}

const (
	english = "en"
	korean  = "ko"
)

// say reports a finding, in the words of the diagnosis under key.
func (d *examination) say(check, key string, args ...any) { d.add(Finding{Check: check}, key, args...) }

// add completes the finding with the words of the diagnosis under key.
func (d *examination) add(f Finding, key string, args ...any) {
	_, f.Cause, _ = strings.Cut(key, ".")
	about := diagnoses[key]
	f.Result, f.Owner = cmp.Or(about.result, OK), cmp.Or(about.owner, kakaocert.OwnerNone)
	f.Seen = d.text(key, args...)
	if f.Todo == (Text{}) && (f.Result == Wrong || f.Result == Unknown) {
		f.Todo = d.text("todo." + key)
	}
	d.Findings = append(d.Findings, f)
	if d.options.OnFinding != nil {
		d.options.OnFinding(f)
	}
}

// text returns the text under key in both languages.
func (d *examination) text(key string, args ...any) Text {
	in := func(lang string) string {
		return fmt.Sprintf(d.names.Replace(words.In(lang).T(key)), args...)
	}
	return Text{English: in(english), Korean: in(korean)}
}

// skip reports checks as skipped because something that they need is wrong.
func (d *examination) skip(checks ...string) {
	for _, check := range checks {
		d.say(check, "skipped.before")
	}
}

// fields maps the settings that texts name, such as {DealerKey}.
var fields = []string{"DealerKey", "InstitutionKey", "SettleID", "Cipher", "KeyVersion", "Environment", "BaseURL", "Transport", "Protocol", "Roots", "Intermediates"}

func replacerOf(names map[string]string) *strings.Replacer {
	var pairs []string
	for _, field := range fields {
		name := names[field]
		if name == "" {
			name = defaultName(field)
		}
		pairs = append(pairs, "{"+field+"}", strings.ReplaceAll(name, "%", "%%"))
	}
	return strings.NewReplacer(pairs...)
}

func defaultName(field string) string {
	switch field {
	case "Roots", "Intermediates":
		return "Options." + field
	case "KeyVersion":
		return "WithKeyVersion"
	}
	return "Config." + field
}
