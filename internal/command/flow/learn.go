package flow

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/internal/command/call"
	"github.com/kakaocert-go/kakaocert/internal/env"
	"github.com/kakaocert-go/kakaocert/internal/places"
	"github.com/kakaocert-go/kakaocert/internal/protocolfile"
)

// learner finds the flow's own values under names that the protocol does not
// have. Which names it learns is a matter of trust: a client that reads the wrong
// field accepts the wrong answer. So a name is learned only in
// the answer of the step that owns the field, only where the value is at one
// place and no other, and never where it may be an echo of what was sent. A nil
// learner learns nothing.
type learner struct {
	path  string // of the protocol file
	verb  string
	base  *kakaocert.Protocol // as the flow began
	lines map[string]protocolfile.Line
	order []string // keys of lines, as they were learned
	sent  *sentFields
}

// learnFlag is that of flows that begin with prepare.
func learnFlag() cli.Flag {
	return call.TextFlag("learn", "write the field names that this flow finds in answers to this protocol `FILE`; not in production")
}

const learnHelp = `
--learn FILE is for a host whose field names are not known. If an answer contains a value of this
flow under another name, that name is written to FILE; set KAKAOCERT_PROTOCOL to FILE later. A
name is learned only from the answer of its own step, and only if the value is at one place;
otherwise the places are shown. Read the file before you use it.
`

// learnFrom checks the call. A protocol file that is there already is what the
// flow begins with.
func learnFrom(path string, getenv func(string) string) (func(string) string, error) {
	if path == "" {
		return getenv, nil
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		if folder, err := os.Stat(filepath.Dir(path)); err != nil || !folder.IsDir() {
			return nil, call.Wrong("--learn: the folder of %s must be there", path)
		}
		return getenv, nil
	case err != nil:
		return nil, call.Wrong("--learn: %w", err)
	case !info.Mode().IsRegular():
		return nil, call.Wrong("--learn: %s must be a file", path)
	}
	if used := getenv(env.Protocol); used != "" {
		if other, err := os.Stat(used); err != nil || !os.SameFile(info, other) {
			return nil, call.Wrong("--learn: %s is there already: it must be the file that KAKAOCERT_PROTOCOL names", path)
		}
	}
	return func(name string) string {
		if name == env.Protocol {
			return path
		}
		return getenv(name)
	}, nil
}

// newLearner makes the learner that the call asks for; nil for none.
func newLearner(cmd *cli.Command, setting env.Setting) (*learner, error) {
	path := cmd.String("learn")
	switch {
	case path == "":
		return nil, nil
	case setting.Config.Environment == kakaocert.Production:
		return nil, call.Wrong("--learn is for the test host and for simulators, never for production")
	}
	return &learner{
		path: path, verb: cmd.Name, base: setting.Protocol,
		lines: make(map[string]protocolfile.Line), sent: newSentFields(setting.Protocol),
	}, nil
}

// answerGroups are the fields of answers that must not share a name, as only one
// of them would be right. Within a group they may.
var answerGroups = [][]string{
	{"tx_id"}, {"result"}, {"status"}, {"scheme"}, {"created_at"}, {"viewed_at"}, {"requested_at"},
	{"request_expired_at"}, {"signed_at"}, {"nonce", "signed_data", "signed_documents"},
	{"ci"}, {"vid"}, {"name"}, {"birthday"}, {"phone_number"}, {"error_code"}, {"error_message"},
}

// sentToo are fields of answers whose first name is also the one that is sent.
var sentToo = []string{"tx_id", "ci", "name", "birthday"}

// isTaken reports that a place is another field's by the protocol.
func isTaken(p *kakaocert.Protocol, key, path string) bool {
	for _, group := range answerGroups {
		if slices.Contains(group, key) {
			continue
		}
		for _, other := range group {
			if slices.Contains(p.List("field."+other), places.Inside(path, p.List("place.answer"))) {
				return true
			}
		}
	}
	return false
}

// isKnown reports that the protocol finds the field at one of the places.
func isKnown(p *kakaocert.Protocol, key string, found []places.Place) bool {
	return slices.ContainsFunc(found, func(at places.Place) bool {
		names := p.List("field." + key)
		return slices.Contains(names, at.Path) || slices.Contains(names, places.Inside(at.Path, p.List("place.answer")))
	})
}

// learn takes the name of the one place that was found for a field, or shows why
// it does not.
func (f *flow) learn(step, key string, found []places.Place) (learned bool) {
	if len(found) == 0 || isKnown(f.config.Protocol, key, found) {
		return false
	}
	path, names := "", f.config.Protocol.List("field."+key)
	if len(found) == 1 && !f.isOwn(found[0].Path) {
		path = found[0].Path
	}
	object, _, isWrapped := places.Wrapped(path, names)
	// What was not sent shows that the object around it is the answer, whatever else
	// it contains.
	isEcho := len(found) == 1 && found[0].Echo && (!isWrapped || f.learner.sent.hasText(places.Text(found[0].Value)))
	switch {
	case path == "" || isEcho || isTaken(f.config.Protocol, key, path):
		f.warn("field.%s was not learned; its value is at: %s", key, f.listPlaces(key, found))
		return false
	case isWrapped: // and so is all that the object contains
		return f.learnLine("place.answer", object+" "+f.config.Protocol.Get("place.answer"), step)
	}
	if slices.Contains(sentToo, key) {
		names = append(slices.Clone(names), path)
	} else {
		names = append([]string{path}, names...) // before a name under which something else is
	}
	return f.learnLine("field."+key, strings.Join(names, " "), step)
}

// learnLine adds a line, and goes on with a client that has it.
func (f *flow) learnLine(key, value, step string) bool {
	l := f.learner
	before, again := l.lines[key]
	l.lines[key] = protocolfile.Line{
		Value: value,
		Found: fmt.Sprintf("kakaocert %s --learn, %s, in the answer of %s", l.verb, time.Now().Format(time.DateOnly), step),
	}
	protocol, err := kakaocert.ParseProtocol(bytes.NewReader(protocolfile.Text(l.base, l.lines)))
	if err == nil {
		f.config.Protocol = protocol
		err = f.connect()
	}
	if err != nil { // a name that no protocol file can have
		delete(l.lines, key)
		if again {
			l.lines[key] = before
		}
		return false
	}
	if !again {
		l.order = append(l.order, key)
	}
	f.say("learned", "%s: %s", key, value)
	return true
}

// listPlaces is for a person to read: where a value is.
func (f *flow) listPlaces(key string, found []places.Place) string {
	words := make([]string, len(found))
	for i, at := range found {
		switch {
		case at.Path == "" || f.isOwn(at.Path):
			words[i] = f.out.T("a place that no protocol file can name")
		case at.Echo:
			words[i] = f.out.Sprintf("%s, which may be an echo of the request", at.Path)
			if object, _, known := places.Wrapped(at.Path, f.config.Protocol.List("field."+key)); known {
				words[i] += f.out.Sprintf(" (if it is not, write place.answer: %s)", object+" "+f.config.Protocol.Get("place.answer"))
			}
		case isTaken(f.config.Protocol, key, at.Path):
			words[i] = f.out.Sprintf("%s, which is another field's", at.Path)
		default:
			words[i] = at.Path
		}
	}
	return strings.Join(words, "; ")
}

// isOwn reports that a name contains something of this flow's: a hostile name
// could carry it into the file.
func (f *flow) isOwn(path string) bool {
	own := []string{f.outcome.TxID, f.asked.Nonce, f.setting.Config.SettleID, f.setting.Config.DealerKey, f.setting.Config.InstitutionKey}
	if f.person != nil {
		own = append(own, f.person.Name, f.person.Birthday, f.person.Phone)
	}
	if c := f.asked.Consent; c != nil {
		own = append(own, c.AccountNumber, c.BankName, c.BillingOrganization)
	}
	return slices.ContainsFunc(own, func(text string) bool { return text != "" && strings.Contains(path, text) })
}

// write keeps what was learned, unless the flow has shown that something is
// badly wrong with the host.
func (l *learner) write(f *flow, flowErr error) error {
	if l == nil {
		return nil
	}
	if len(l.lines) == 0 {
		if flowErr == nil {
			f.say("learned", "nothing: the protocol has every name already, and nothing was written")
		}
		return nil
	}
	if kakaocert.IsSecurityEvent(flowErr) {
		f.warn("what was learned was not written, because of what is wrong with the answers")
		return nil
	}
	if err := call.WriteProtocol(l.path, protocolfile.Text(l.base, l.lines)); err != nil {
		return fmt.Errorf("--learn: %w", err)
	}
	for _, key := range l.order {
		f.outcome.Learned = append(f.outcome.Learned, learnedLine{key, l.lines[key].Value})
	}
	f.say("written", "%d lines of %s", len(l.lines), l.path)
	return nil
}

// learnedLine is a line that was written.
type learnedLine struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// undecoded is the answer that an error is about, and the key of the field that
// it lacks; nil where it is about something else.
func undecoded(err error) (answer *kakaocert.Answer, key string) {
	if bad, ok := errors.AsType[*kakaocert.DecodeError](err); ok {
		a := bad.Answer()
		return &a, cmp.Or(strings.TrimPrefix(bad.Field, "field."), "body")
	}
	if refused, ok := errors.AsType[*kakaocert.APIError](err); ok && refused.Code == "" {
		a := refused.Answer()
		return &a, "error_code"
	}
	return nil, ""
}
