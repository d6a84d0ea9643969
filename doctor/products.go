package doctor

import (
	"context"

	"github.com/kakaocert-go/kakaocert"
)

// furtherProducts are the products that no check of a path has called yet. A
// contract grants each of them separately.
var furtherProducts = []struct{ service, product string }{
	{"k1100", string(kakaocert.K1120)},
	{"k3100", string(kakaocert.K3120)},
	{"k3500", string(kakaocert.K3520)},
	{"k3500", string(kakaocert.K3511)},
	{"k3500", string(kakaocert.K3521)},
}

// furtherServices are the services whose prepare names a person.
var furtherServices = map[string]bool{"k1100": true, "k3100": true, "k3500": true}

func (d *examination) furtherChecks() (checks []string) {
	for _, p := range furtherProducts {
		checks = append(checks, "product."+p.product)
	}
	return checks
}

// judgeFurther calls prepare with the settle_id alone for each further product.
func (d *examination) judgeFurther(ctx context.Context, c *caller, round []probe, usable bool) {
	for _, further := range furtherProducts {
		check := "product." + further.product
		p, possible := prepareOf(round, further.service)
		if !usable || !possible {
			d.skip(check)
			continue
		}
		p.product = codeFor(d.config.Environment, further.product)
		a := c.call(ctx, p)
		switch k := a.kind(); {
		case k == kindDenied:
			d.say(check, "further.denied", a.describe())
		case k == kindProduct:
			d.say(check, "further.host", a.describe())
		case k == kindNoCall:
			d.say(check, "further.no_call")
		case a.usable():
			d.say(check, "further.answers", a.describe())
		default:
			d.say(check, "further.unclear", a.describe())
		}
	}
}

// grant is whether the contract includes a service, as far as its prepare shows.
type grant int

const (
	granted grant = iota
	unseen        // it has no prepare at this host, or none that could answer
	denied
)

func grantOf(round []probe, service string) grant {
	for _, p := range round {
		if p.service != service || p.step != "prepare" || p.isAtOtherHost() {
			continue
		}
		switch p.answer.kind() {
		case kindAPI:
			return granted
		case kindDenied, kindProduct:
			return denied
		}
	}
	return unseen
}

// isGranted reports that the contract includes the service, as far as that
// shows: its prepare is answered, and neither the API nor the product is
// refused.
func isGranted(round []probe, service string) bool {
	p, there := prepareOf(round, service)
	return there && furtherServices[service] && p.answer.kind() == kindAPI
}

// prepareOf returns the service's prepare, if it answers at all.
func prepareOf(round []probe, service string) (probe, bool) {
	for _, p := range round {
		if p.service == service && p.step == "prepare" {
			return p, p.answer.usable()
		}
	}
	return probe{}, false
}
