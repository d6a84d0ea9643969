package doctor

import (
	"context"
	"slices"
	"strings"

	"github.com/kakaocert-go/kakaocert"
)

// probe is one call in the round through the paths.
type probe struct {
	service, step string
	entry         kakaocert.ProtocolEntry
	product       string
	answer        answer
	refused       bool   // the path is there for other products, and not for this one
	shownBy       string // the product whose call has shown it, where this probe's own was not made
	deferred      bool   // not called yet: the answer is that of the same step of another service
}

func (p probe) check() string { return "path." + p.service + "." + p.step }

// endpoint is the method and path of the call, with the name of the host
// between them if it is another host.
func (p probe) endpoint() string { return strings.Replace(p.entry.Value, "{product}", p.product, 1) }

// hasProduct reports that the path names the product.
func (p probe) hasProduct() bool { return strings.Contains(p.entry.Value, "{product}") }

// isAtOtherHost reports that the step is at kauth or kapi.
func (p probe) isAtOtherHost() bool { return strings.Count(p.entry.Value, " ") == 2 }

// hasQuery reports whether the step needs only the tx_id, so that E2003 is
// expected. Prepare and request need further values.
func (p probe) hasQuery() bool {
	return p.step != "prepare" && p.step != "request" && p.step != "token"
}

// bareProducts contains a product of each service, without the T.
var bareProducts = map[string]string{
	"k1100": "K1110", "k1400": "K1400", "k2100": "K2100", "k2220": "K2220", "k3100": "K3110", "k3500": "K3510",
}

// testSuffix is what the test host requires after a product code. (DOC)
const testSuffix = "T"

// codeFor is a product code in the form of the environment.
func codeFor(environment kakaocert.Environment, bare string) string {
	if environment == kakaocert.Test {
		return bare + testSuffix
	}
	return bare
}

func productFor(environment kakaocert.Environment, service string) string {
	return codeFor(environment, bareProducts[service])
}

// probes are the calls for all paths, in the protocol's order. Authorize is
// left out, because it is a page for a browser.
func (d *examination) probes() []probe {
	var list []probe
	for _, entry := range d.protocol.Entries() {
		words := strings.Split(entry.Key, ".")
		if words[0] == "step" && bareProducts[words[1]] != "" && words[2] != "authorize" {
			list = append(list, probe{service: words[1], step: words[2], entry: entry, product: productFor(d.config.Environment, words[1])})
		}
	}
	return list
}

// round makes the calls that the scope needs. Paths needs all of them; to learn
// whether the service accepts the keys, the first call that it answers is
// enough.
func (d *examination) round(ctx context.Context, c *caller) []probe {
	round := d.probes()
	if !d.makes(Paths) {
		preparing := d.makes(SettleID | Products | Decryption)
		round = slices.DeleteFunc(round, func(p probe) bool {
			isPrepare := p.step == "prepare" && furtherServices[p.service]
			return p.step != "status" && !(isPrepare && preparing) || p.isAtOtherHost()
		})
	}
	answered := false
	made := round[:0]
	for _, p := range round {
		if !d.makes(Paths) && answered && p.step == "status" {
			continue
		}
		if before, is := lastAtHost(made, p); is && before.answer.err != nil {
			p.answer = before.answer // and not a timeout for every path
		} else if before, is := missingAlike(made, p); is && d.options.Search {
			p.answer, p.deferred = before.answer, true // the search tries first what it finds there
		} else {
			p.answer = c.call(ctx, p)
		}
		answered = answered || p.answer.usable()
		made = append(made, p)
		if len(made) == 1 && p.answer.err != nil {
			break
		}
	}
	return made
}

// missingAlike returns a probe of the same step that is missing at a path of the same
// shape.
func missingAlike(made []probe, p probe) (probe, bool) {
	i := slices.IndexFunc(made, func(before probe) bool {
		return len(p.entry.Alternatives) > 0 && before.step == p.step && before.answer.kind() == kindMissing &&
			shapeOf(before.entry.Value) == shapeOf(p.entry.Value) && before.endpoint() != p.endpoint()
	})
	if i < 0 {
		return probe{}, false
	}
	return made[i], true
}

// lastAtHost returns the last probe at the same other host.
func lastAtHost(made []probe, p probe) (probe, bool) {
	host := strings.Fields(p.entry.Value)
	for _, before := range slices.Backward(made) {
		if words := strings.Fields(before.entry.Value); p.isAtOtherHost() && before.isAtOtherHost() && words[1] == host[1] {
			return before, true
		}
	}
	return probe{}, false
}

func (d *examination) pathChecks() []string {
	var checks []string
	for _, p := range d.probes() {
		checks = append(checks, p.check())
	}
	return checks
}
