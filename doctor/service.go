package doctor

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/kakaocert-go/kakaocert"
)

// examineAnswers runs the checks that need the service's answers, or reports
// them as skipped if the host cannot be called.
func (d *examination) examineAnswers(ctx context.Context, possible bool) {
	var c *caller
	if possible {
		var err error
		if c, err = d.caller(d.config.DealerKey, d.config.InstitutionKey); err != nil {
			possible = false // the settings' findings say what is wrong
		}
	}
	if !possible {
		d.skip("service")
		d.skipAnswers()
		return
	}
	round := d.round(ctx, c)
	if !d.examineForm(ctx, c, round) {
		d.skipAnswers()
		return
	}
	if !d.judgeService(round) {
		d.skipAnswers()
		return
	}
	d.judgeAnswers(ctx, c, round)
}

// skipAnswers reports the checks that need the service's answers as skipped,
// and checks of the settle_id what is possible without them.
func (d *examination) skipAnswers() {
	d.skip("keys", "product")
	if d.wants(SettleID) && d.examineSettleIDForm() {
		d.skip("settle_id")
	}
	d.skipIf(Paths, append(d.pathChecks(), "permissions")...)
	d.skipIf(Decryption, "decryption")
	d.skipIf(Products, d.furtherChecks()...)
}

// skipIf reports the checks of a scope as skipped, if they are wanted.
func (d *examination) skipIf(scope Scope, checks ...string) {
	if d.wants(scope) {
		d.skip(checks...)
	}
}

// judgeAnswers judges by all answers together.
func (d *examination) judgeAnswers(ctx context.Context, c *caller, round []probe) {
	usable := d.judgeKeys(ctx, round)
	if usable {
		usable = d.judgeProduct(ctx, c, round)
	} else {
		d.skip("product")
	}
	settled := d.config.SettleID != ""
	if d.wants(SettleID) {
		settled = d.judgeSettleID(ctx, c, round, usable)
	}
	if usable && d.wants(Paths) {
		if d.options.Search {
			d.searchPaths(ctx, c, round)
		}
		for _, p := range round {
			d.judgePath(p, round)
		}
		d.judgePermissions(round)
	} else {
		d.skipIf(Paths, append(d.pathChecks(), "permissions")...)
	}
	if d.wants(Decryption) {
		d.judgeDecryption(ctx, round, usable && settled && d.makes(Decryption))
	}
	if d.wants(Products) {
		d.judgeFurther(ctx, c, round, usable && d.makes(Products))
	}
}

// first returns the first probe whose answer is of a kind.
func first(round []probe, k kind) (probe, bool) {
	i := slices.IndexFunc(round, func(p probe) bool { return p.answer.kind() == k })
	if i < 0 {
		return probe{}, false
	}
	return round[i], true
}

// judgeService decides whether the answers come from the service at all.
func (d *examination) judgeService(round []probe) (is bool) {
	ours := slices.DeleteFunc(slices.Clone(round), probe.isAtOtherHost)
	if i := slices.IndexFunc(ours, func(p probe) bool { return p.answer.usable() }); i >= 0 {
		d.say("service", "service.answers", ours[i].endpoint(), ours[i].answer.describe())
		return true
	}
	for _, k := range []kind{kindNothing, kindFront, kindBusy, kindOther, kindNoCode} {
		p, found := first(ours, k)
		if !found {
			continue
		}
		if k == kindNoCode {
			d.say("service", "service.no_code", p.endpoint(), p.answer.status, cmp.Or(d.fieldNames(p.answer.names), "-"))
		} else {
			d.say("service", "service."+string(k), p.endpoint(), p.answer.describe())
		}
		return false
	}
	d.say("service", "service.not_it", ours[0].endpoint(), ours[0].answer.describe())
	return false
}

// judgeKeys finds out whether the keys are right and, if possible, which one is
// wrong.
func (d *examination) judgeKeys(ctx context.Context, round []probe) (accepted bool) {
	p, refused := first(round, kindKeys)
	if !refused {
		d.say("keys", "keys.accepted")
		return true
	}
	words := p.answer.words
	var again answer
	if exchanged, err := d.caller(d.config.InstitutionKey, d.config.DealerKey); err == nil {
		again = exchanged.call(ctx, p)
	}
	switch {
	case again.usable() && again.kind() != kindKeys:
		d.say("keys", "keys.swapped")
	case strings.Contains(words, "Target-Authorization"):
		d.say("keys", "keys.institution")
	case strings.Contains(words, "Authorization"):
		d.say("keys", "keys.dealer")
	default:
		d.say("keys", "keys.either")
	}
	return false
}

// judgeProduct finds out whether the product codes have the form that the host
// requires, and which form that is. If the host accepts one code, a code that
// it refuses says something about that product alone.
func (d *examination) judgeProduct(ctx context.Context, c *caller, round []probe) (accepted bool) {
	p, refused := first(round, kindProduct)
	if !refused || taken(round) {
		d.say("product", "product.accepted", productFor(d.config.Environment, "k1100"))
		return true
	}
	refusedCode, other := p.product, otherThan(d.config.Environment)
	p.product = productFor(other, p.service)
	again := c.call(ctx, p)
	switch {
	case !again.usable() || again.kind() == kindProduct:
		d.say("product", "product.neither", refusedCode)
	case other == kakaocert.Production:
		d.say("product", "product.production_host", refusedCode, p.product)
	default:
		d.say("product", "product.test_host", refusedCode, p.product)
	}
	return false
}

// preparable returns a probe of a prepare that the service answers and the
// contract allows.
func preparable(round []probe) (probe, bool) {
	i := slices.IndexFunc(round, func(p probe) bool {
		return p.step == "prepare" && furtherServices[p.service] && p.answer.kind() == kindAPI
	})
	if i < 0 {
		return probe{}, false
	}
	return round[i], true
}
