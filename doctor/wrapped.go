package doctor

import (
	"bytes"
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

// codePlace is where a host's answers have the code of an error, if not where the
// protocol looks for it.
type codePlace struct {
	probe  probe  // one of the calls
	code   string // that came
	path   string
	object string // that contains the fields; empty where the place is at the top
	name   string // of the code, where the protocol does not have it; else empty
}

// findCodes looks for the one place at which all answers have a code of the
// service, where the protocol finds none.
func (d *examination) findCodes(round []probe) (found codePlace, is bool) {
	for _, p := range round {
		switch {
		case p.isAtOtherHost() || p.answer.err != nil:
			continue
		case p.answer.fromService():
			return codePlace{}, false
		}
		at, there := d.codeIn(p.answer)
		switch {
		case !there:
			continue
		case is && at.path != found.path:
			return codePlace{}, false
		case !is:
			found, is = at, true
			found.probe = p
		}
	}
	return found, is
}

// codeIn finds the only place of an answer that has a code of the service.
func (d *examination) codeIn(a answer) (codePlace, bool) {
	known := d.protocol.List("field.error_code")
	list := places.Fitting(places.All(a.plain, nil), func(value json.RawMessage) bool { return codes.IsService(places.Text(value)) })
	if len(list) == 0 { // digits alone may be anything, unless the name is that of a code
		list = slices.DeleteFunc(places.All(a.plain, nil), func(at places.Place) bool {
			_, _, isKnown := places.Wrapped(at.Path, known)
			return !isKnown || !kakaocert.Code("E"+strings.Trim(string(at.Value), `"`)).Known()
		})
	}
	if len(list) != 1 || d.fieldNames([]string{list[0].Path}) == "" {
		return codePlace{}, false
	}
	found := codePlace{path: list[0].Path, code: strings.Trim(string(list[0].Value), `"`)}
	if object, _, isKnown := places.Wrapped(found.path, known); isKnown {
		found.object = object
	} else if i := strings.LastIndexByte(found.path, '.'); i >= 0 {
		found.object, found.name = found.path[:i], found.path[i+1:]
	} else {
		found.name = found.path
	}
	return found, true
}

// lines are those of a protocol file that make the place known. The names that were
// known before are kept: success may come in another form.
func (d *examination) lines(at codePlace) map[string]string {
	lines := make(map[string]string)
	for key, name := range map[string]string{"place.answer": at.object, "field.error_code": at.name} {
		if name != "" {
			lines[key] = name + " " + d.protocol.Get(key)
		}
	}
	return lines
}

// examineForm reports answers in a form that the protocol does not have. A search
// goes on with that form; else nothing further can be judged.
func (d *examination) examineForm(ctx context.Context, c *caller, round []probe) (known bool) {
	at, is := d.findCodes(round)
	if !is {
		return true
	}
	args := []any{at.probe.endpoint(), at.code, at.path, at.object}
	cause := "wrapped"
	if at.object == "" {
		cause, args = "renamed", args[:3]
	}
	lines := d.lines(at)
	if d.options.Search && d.adoptLines(ctx, c, round, lines, at.code+" at "+at.path) {
		d.say("form", "form."+cause, args...)
		return true
	}
	d.add(Finding{Check: "service", Todo: d.text("todo.service."+cause, membersOf(lines))}, "service."+cause, args...)
	return false
}

// membersOf spells lines of a protocol file.
func membersOf(lines map[string]string) string {
	text, err := json.Marshal(lines)
	if err != nil {
		panic(err) // nothing but text
	}
	return string(text)
}

// adoptLines goes on with a protocol that has the lines, and notes them as found.
func (d *examination) adoptLines(ctx context.Context, c *caller, round []probe, lines map[string]string, by string) bool {
	for key, value := range lines {
		d.found[key] = found{value, by}
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
