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
// counts as found only when it answers that the made-up tx_id is unknown.
func (d *examination) search(ctx context.Context, c *caller, round []probe) {
	shapes := make(map[string]string) // of what was found, by step
	for _, p := range lost(round) {
		for _, alternative := range byShape(p.entry.Alternatives, shapes[p.step]) {
			if !d.budget.searchable() {
				return
			}
			there := *p
			there.entry.Value, there.entry.Changed = alternative, true
			there.answer = c.call(ctx, there)
			if there.answer.code == kakaocert.ErrUnknownTransaction {
				d.found[p.entry.Key], shapes[p.step] = found{alternative, "E2003"}, shapeOf(alternative)
				*p = there
				break
			}
			if there.answer.usable() && shapeOf(alternative) == shapes[p.step] {
				there.refused = true // the step is there, but not for this product
				*p = there
				break
			}
		}
	}
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
	rank := func(p *probe) int {
		if isGranted(round, p.service) {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(list, func(a, b *probe) int { return cmp.Compare(rank(a), rank(b)) })
	return list
}

// byShape puts the alternative first that has the shape in which the step was
// found for another service: a host spells its paths in one way.
func byShape(alternatives []string, shape string) []string {
	return slices.SortedStableFunc(slices.Values(alternatives), func(a, b string) int {
		rank := func(alternative string) int {
			if shape != "" && shapeOf(alternative) == shape {
				return 0
			}
			return 1
		}
		return cmp.Compare(rank(a), rank(b))
	})
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
