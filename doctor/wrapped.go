package doctor

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/internal/codes"
	"github.com/kakaocert-go/kakaocert/internal/places"
)

// codePlace is where an answer has the code of an error, if not where the protocol
// looks for it.
type codePlace struct {
	endpoint string // that was called
	code     string
	path     string   // empty where no protocol file can name it, or there are several
	several  []string // the paths, if there are several
	object   string   // that contains the fields; empty where the place is at the top
	name     string   // of the code, where the protocol does not have it; else empty
}

// findCodes lists the places at which answers have a code of the service that the
// protocol does not find, each once. It also reports whether other answers were
// understood.
func (d *examination) findCodes(round []probe) (list []codePlace, understood bool) {
	for _, p := range round {
		if p.isAtOtherHost() || p.answer.err != nil {
			continue
		}
		if p.answer.fromService() {
			understood = true
			continue
		}
		at, is := d.codeIn(p.answer)
		if is && !slices.ContainsFunc(list, func(other codePlace) bool { return other.path == at.path }) {
			at.endpoint = p.endpoint()
			list = append(list, at)
		}
	}
	return list, understood
}

// codeIn finds the place of an answer that has a code of the service.
func (d *examination) codeIn(a answer) (found codePlace, is bool) {
	all, known := places.All(a.plain, nil), d.protocol.List("field.error_code")
	list := places.Fitting(all, func(value json.RawMessage) bool { return codes.IsService(places.Text(value)) })
	if len(list) == 0 { // digits alone may be anything, unless the name is that of a code
		list = slices.DeleteFunc(all, func(at places.Place) bool {
			_, _, isKnown := places.Wrapped(at.Path, known)
			return !isKnown || !kakaocert.Code("E"+strings.Trim(string(at.Value), `"`)).Known()
		})
	}
	if len(list) == 0 {
		return found, false
	}
	found.code = strings.Trim(string(list[0].Value), `"`)
	for _, at := range list {
		if d.fieldNames([]string{at.Path}) != "" {
			found.several = append(found.several, at.Path)
		}
	}
	if len(list) > 1 || len(found.several) == 0 {
		return found, true
	}
	found.path, found.several = found.several[0], nil
	if object, _, isKnown := places.Wrapped(found.path, known); isKnown {
		found.object = object
	} else if i := strings.LastIndexByte(found.path, '.'); i >= 0 {
		found.object, found.name = found.path[:i], found.path[i+1:]
	} else {
		found.name = found.path
	}
	return found, true
}

// lines are those of a protocol file that make the places known. The names that were
// known before are kept: success may come in another form.
func (d *examination) lines(list ...codePlace) map[string]string {
	lines := make(map[string]string)
	add := func(key, name string) {
		before := cmp.Or(lines[key], d.protocol.Get(key))
		if name != "" && !slices.Contains(strings.Fields(before), name) {
			lines[key] = name + " " + before
		}
	}
	for _, at := range slices.Backward(list) {
		add("place.answer", at.object)
		add("field.error_code", at.name)
	}
	return lines
}

// examineForm reports answers in a form that the protocol does not have. A search
// goes on with that form; else nothing can be judged where no other answer was
// understood.
func (d *examination) examineForm(ctx context.Context, c *caller, round []probe) (known bool) {
	all, understood := d.findCodes(round)
	named := slices.DeleteFunc(slices.Clone(all), func(at codePlace) bool { return at.path == "" })
	if len(named) > 0 && d.options.Search && d.adoptLines(ctx, c, round, named) {
		cause, args := causeOf(named)
		d.say("form", "form."+cause, args...)
		return true
	}
	switch {
	case understood || len(all) == 0:
		return true // the findings of the paths say what is wrong
	case len(named) > 0:
		cause, args := causeOf(named)
		d.add(Finding{Check: "service", Todo: d.text("todo.service."+cause, membersOf(d.lines(named...)))}, "service."+cause, args...)
	case len(all[0].several) > 1:
		d.say("service", "service.several", all[0].endpoint, strings.Join(all[0].several, ", "), all[0].code)
	default:
		d.say("service", "service.unnameable", all[0].endpoint, all[0].code)
	}
	return false
}

// causeOf is the cause that a finding has, and the arguments of its words.
func causeOf(list []codePlace) (cause string, args []any) {
	var paths, objects []string
	for _, at := range list {
		paths = append(paths, at.path)
		if at.object != "" {
			objects = append(objects, at.object)
		}
	}
	args = []any{list[0].endpoint, list[0].code, strings.Join(paths, ", ")}
	if len(objects) == 0 {
		return "renamed", args
	}
	return "wrapped", append(args, strings.Join(objects, ", "))
}

// adoptLines goes on with a protocol that knows the places, and notes its lines as
// found.
func (d *examination) adoptLines(ctx context.Context, c *caller, round []probe, list []codePlace) bool {
	lines := d.lines(list...)
	for key, value := range lines {
		d.found[key] = found{value, list[0].code + " at " + list[0].path}
	}
	protocol, err := kakaocert.ParseProtocol(bytes.NewReader(d.protocolFile()))
	if err == nil {
		err = c.adopt(ctx, protocol, round)
	}
	if err != nil { // a name that no protocol file can have
		for key := range lines {
			delete(d.found, key)
		}
	}
	return err == nil
}

// membersOf spells lines of a protocol file.
func membersOf(lines map[string]string) string {
	text, err := json.Marshal(lines)
	if err != nil {
		panic(err) // nothing but text
	}
	return string(text)
}

// adopt goes on with another protocol, under which the answers that came are judged
// again.
func (c *caller) adopt(ctx context.Context, protocol *kakaocert.Protocol, round []probe) error {
	reader, err := c.clientOf(protocol, replayer{}, nil)
	if err != nil {
		return err
	}
	client, err := c.clientOf(protocol, replacer{c.d.transport}, c.d.config.Limiter)
	if err != nil {
		return err
	}
	c.client, c.d.protocol = client, protocol
	for key, known := range c.known {
		if known.err != nil {
			continue
		}
		var came kakaocert.Answer
		_, err := reader.K1100.Status(context.WithValue(ctx, replayedKey{}, known), c.carrier, kakaocert.WithAnswer(&came))
		c.known[key] = c.d.answerOf(came, err)
	}
	for i := range round {
		if again, is := c.known[callKey(round[i])]; is && round[i].answer.err == nil {
			round[i].answer = again
		}
	}
	return nil
}

// replayer is a transport that returns the context's answer.
type replayer struct{}

type replayedKey struct{}

func (replayer) RoundTrip(r *http.Request) (*http.Response, error) {
	a, _ := r.Context().Value(replayedKey{}).(answer)
	return &http.Response{
		StatusCode: a.status, Request: r, ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(bytes.NewReader(a.plain)),
	}, nil
}
