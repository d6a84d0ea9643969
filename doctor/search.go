package doctor

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/internal/protocolfile"
)

// found is the value that replaces the protocol's, and the evidence for it.
type found struct{ value, by string }

// search looks for the steps that are missing at the protocol's path. A path
// counts as found only when it answers that the made-up tx_id is unknown; then it
// is there for all products whose steps have that path.
type search struct {
	*examination
	caller *caller
	round  []probe

	// By path, with {product} in it.
	there   map[string]probe // it was found
	refused map[string]probe // it refuses the product
	absent  map[string]bool  // it is missing, although the contract includes the product

	shapes      map[string]string // of what was found, by step
	withProduct bool              // what was found last has the product in its path
	confirmed   map[string]bool   // services that were called, by their own product, at a path that was found
}

// searchPaths fills in what was found in place of the missing probes.
func (d *examination) searchPaths(ctx context.Context, c *caller, round []probe) {
	s := &search{
		examination: d, caller: c, round: round,
		there: make(map[string]probe), refused: make(map[string]probe), absent: make(map[string]bool),
		shapes: make(map[string]string), confirmed: make(map[string]bool),
	}
	for _, p := range lost(round) {
		s.find(ctx, p)
		if p.deferred {
			p.answer, p.deferred = answer{err: errBudget}, false
		}
	}
}

// find tries the alternatives for a missing step until one is there.
func (s *search) find(ctx context.Context, p *probe) {
	for _, alternative := range s.inOrder(p) {
		if s.recalls(p, alternative) || p.deferred && !s.hasKnownShape(p, alternative) && s.callDeferred(ctx, p) {
			return
		}
		if s.absent[alternative] || grantOf(s.round, p.service) == denied && !s.hasKnownShape(p, alternative) {
			continue
		}
		called := *p
		called.entry.Value, called.entry.Changed = alternative, true
		if !s.budget.searchable() && !s.caller.remembers(called) {
			return
		}
		called.answer = s.caller.call(ctx, called)
		if s.learn(&called, alternative) {
			called.deferred = false
			*p = called
			return
		}
	}
	if p.deferred {
		s.callDeferred(ctx, p)
	}
}

// callDeferred makes the call that the round has left out, and reports whether there
// is nothing more to find.
func (s *search) callDeferred(ctx context.Context, p *probe) (done bool) {
	if !s.budget.searchable() {
		return true
	}
	p.answer, p.deferred = s.caller.call(ctx, *p), false
	return !p.isLost(s.round) && p.answer.kind() != kindOther
}

// recalls fills in what calls for another product have shown about the path.
func (s *search) recalls(p *probe, alternative string) bool {
	if !strings.Contains(alternative, "{product}") {
		return false // that call is this one
	}
	before, is := s.there[alternative]
	if is && (s.confirmed[p.service] || grantOf(s.round, p.service) != unseen) {
		s.found[p.entry.Key] = found{alternative, "E2003 for " + before.product}
	} else if before, is = s.refused[alternative]; !is || before.service != p.service && grantOf(s.round, p.service) != denied {
		return false
	}
	p.entry.Value, p.entry.Changed, p.deferred = alternative, true, false
	p.answer, p.refused, p.shownBy = before.answer, before.refused, before.product
	return true
}

// learn remembers what a call has shown, and reports whether the path is there.
func (s *search) learn(called *probe, alternative string) bool {
	switch {
	case called.answer.code == kakaocert.ErrUnknownTransaction:
		s.there[alternative] = *called
		s.confirmed[called.service] = true
		s.found[called.entry.Key] = found{alternative, "E2003"}
		s.shapes[called.step], s.withProduct = shapeOf(alternative), called.hasProduct()
		return true
	case called.answer.usable() && s.hasKnownShape(called, alternative):
		called.refused = true // the step is there, but not for this product
		s.refused[alternative] = *called
		return true
	case called.answer.kind() == kindMissing && grantOf(s.round, called.service) == granted:
		s.absent[alternative] = true
	}
	return false
}

// hasKnownShape reports that the step was found at a path of the same shape.
func (s *search) hasKnownShape(p *probe, alternative string) bool {
	return shapeOf(alternative) == s.shapes[p.step]
}

// inOrder puts the alternative first that has the shape in which the step was
// found for another service, and then those that have the product as other steps
// do: a host spells its paths in one way.
func (s *search) inOrder(p *probe) []string {
	rank := func(alternative string) int {
		switch {
		case s.hasKnownShape(p, alternative):
			return 0
		case s.withProduct == strings.Contains(alternative, "{product}"):
			return 1
		}
		return 2
	}
	return slices.SortedStableFunc(slices.Values(p.entry.Alternatives), func(a, b string) int { return cmp.Compare(rank(a), rank(b)) })
}

// lost returns the probes of missing steps, in the order in which to search:
// first those of services whose prepare the contract grants. Steps at kauth and
// kapi have no alternatives: if a path of this host answers E2003, that says
// nothing about them.
func lost(round []probe) []*probe {
	var list []*probe
	for i := range round {
		if p := &round[i]; p.isLost(round) || p.answer.kind() == kindOther { // a gateway has codes of its own
			list = append(list, p)
		}
	}
	slices.SortStableFunc(list, func(a, b *probe) int {
		return cmp.Compare(grantOf(round, a.service), grantOf(round, b.service))
	})
	return list
}

// shapeOf is a path without the part that differs from service to service.
func shapeOf(endpoint string) string {
	for _, family := range []string{"/sign/v2/", "/sign/doc/v1/"} {
		if _, rest, found := strings.Cut(endpoint, family); found {
			return rest
		}
	}
	return endpoint
}

// isLost reports that the step is missing at its path.
func (p probe) isLost(round []probe) bool {
	switch p.answer.kind() {
	case kindMissing, kindMethod, kindFront:
		return true
	}
	return p.answer.code == kakaocert.ErrParameter && p.hasQuery() && p.isElsewhere(round)
}

// protocolFile returns the protocol file for the host: what the protocol had
// changed already, and what was found. It is nil if nothing was found.
func (d *examination) protocolFile() []byte {
	if len(d.found) == 0 {
		return nil
	}
	lines := make(map[string]protocolfile.Line)
	for key, f := range d.found {
		lines[key] = protocolfile.Line{Value: f.value, Found: "kakaocert doctor, " + d.At.Format(time.DateOnly) + ": " + f.by}
	}
	return protocolfile.Text(d.protocol, lines)
}
