package doctor

import (
	"context"
	"strconv"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/internal/env"
)

// furtherProducts are those that no path's check has called yet. A contract
// grants each by itself.
var furtherProducts = []struct{ service, product string }{
	{"k1100", string(kakaocert.K1120)},
	{"k3100", string(kakaocert.K3120)},
	{"k3500", string(kakaocert.K3520)},
	{"k3500", string(kakaocert.K3511)},
	{"k3500", string(kakaocert.K3521)},
}

func (d *doctor) furtherChecks() (checks []string) {
	for _, p := range furtherProducts {
		checks = append(checks, "product."+p.product)
	}
	return checks
}

// judgeFurther prepares with nothing in it for each further product.
func (d *doctor) judgeFurther(ctx context.Context, c *caller, round []probe) {
	for _, p := range furtherProducts {
		check := "product." + p.product
		if !canPrepare(round, p.service) {
			d.skip(check)
			continue
		}
		product := p.product
		if d.environment == kakaocert.Test {
			product += testSuffix
		}
		a := c.step(ctx, p.service, "prepare", product, nil)
		switch k := a.kind(); {
		case k == kindDenied:
			d.say(check, "further.denied", describe(a))
		case k == kindProduct:
			d.say(check, "further.host", describe(a))
		case a.fromService() && k != kindBusy:
			d.say(check, "further.answers", describe(a))
		default:
			d.say(check, "further.unclear", outcomeOf(a))
		}
	}
}

// canPrepare reports whether the service's prepare answers at all.
func canPrepare(round []probe, service string) bool {
	for _, p := range round {
		if p.service == service && p.step == "prepare" {
			return p.answer.fromService() && p.answer.kind() != kindBusy
		}
	}
	return false
}

func outcomeOf(a answer) string {
	if a.err != nil {
		return a.err.Error()
	}
	return describe(a)
}

// highestVersion is the last number of a key that is tried.
const highestVersion = 3

// findVersion tries the numbers that the key may have: a contract with several
// keys tells them apart by enc_version.
func (d *doctor) findVersion(ctx context.Context, service string) (version string, found bool) {
	for n := range highestVersion + 1 {
		if version = strconv.Itoa(n); n == 0 {
			version = ""
		}
		if version == d.getenv(env.EncVersion) {
			continue
		}
		cipher, err := env.ReadCipher(d.protocol, func(name string) string {
			if name == env.EncVersion {
				return version
			}
			return d.getenv(name)
		})
		if err == nil && looked(d.prepareNobody(ctx, service, cipher)) {
			return version, true
		}
	}
	return "", false
}
